"""Whether IAM policies allow a call. Only what is understood: anything else is an error.

Written from the IAM User Guide, "Policy evaluation logic" and "IAM JSON policy elements". Identity
policies only, no principals, no NotAction, no NotResource.
"""

import functools
import re

ELEMENTS = {"Sid", "Effect", "Action", "Resource", "Condition"}


class PolicyError(Exception):
    """A policy that this evaluation does not understand."""


def allows(policies, action, resource, context=None):
    """Whether the policies, taken together, allow an action on a resource (an ARN)."""
    allowed = False
    for policy in policies:
        for statement in _list(policy["Statement"]):
            if not _applies(statement, action, resource, context or {}):
                continue
            if statement["Effect"] == "Deny":
                return False
            allowed = True
    return allowed


def _applies(statement, action, resource, context):
    if unknown := set(statement) - ELEMENTS:
        raise PolicyError(f"elements that are not understood: {sorted(unknown)}")
    return (
        any(matches(pattern.lower(), action.lower()) for pattern in _list(statement["Action"]))
        and any(matches(pattern, resource) for pattern in _list(statement["Resource"]))
        and all(
            _condition(operator, key, _list(values), context)
            for operator, keys in statement.get("Condition", {}).items()
            for key, values in keys.items()
        )
    )


def _condition(operator, key, values, context):
    name = operator.removesuffix("IfExists")
    value = {known.lower(): value for known, value in context.items()}.get(key.lower())
    if value is None:
        return name != operator
    if name == "StringEquals":
        return value in values
    if name in ("StringLike", "ArnLike", "ArnEquals"):
        return any(matches(pattern, value) for pattern in values)
    if name == "Bool":
        return value.lower() in [one.lower() for one in values]
    raise PolicyError(f"a condition that is not understood: {operator}")


def matches(pattern, text):
    """Whether a text is what a pattern with `*` and `?` says."""
    return _expression(pattern).fullmatch(text) is not None


@functools.cache
def _expression(pattern):
    parts = (
        ".*" if character == "*" else "." if character == "?" else re.escape(character)
        for character in pattern
    )
    return re.compile("".join(parts), re.DOTALL)


def _list(value):
    return value if isinstance(value, list) else [value]
