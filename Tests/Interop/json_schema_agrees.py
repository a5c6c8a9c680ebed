"""Holds verdicts on events against those of an independent validator of JSON Schema.

Usage: json_schema_agrees.py SCHEMA CASES

SCHEMA is the exported JSON Schema; CASES has one JSON object a line, {"document": text,
"accepted": bool}. Every disagreement is printed; the exit status is 1 if there is one. The last
line says how many documents were valid and how many were not.
"""

import decimal
import json
import sys

import jsonschema


def is_integer(checker, instance):
    """Numbers are kept as decimals, so that no rounding makes an integer of what is none."""
    if isinstance(instance, bool):
        return False
    if isinstance(instance, decimal.Decimal):
        return instance == instance.to_integral_value()
    return isinstance(instance, int)


def is_number(checker, instance):
    return not isinstance(instance, bool) and isinstance(instance, (int, decimal.Decimal))


def main(schema_path, cases_path):
    with open(schema_path, encoding="utf-8") as file:
        schema = json.load(file)
    base = jsonschema.Draft202012Validator
    base.check_schema(schema)
    checker = base.TYPE_CHECKER.redefine("integer", is_integer).redefine("number", is_number)
    validator = jsonschema.validators.extend(base, type_checker=checker)(schema)
    counts = {True: 0, False: 0}
    disagreements = 0
    with open(cases_path, encoding="utf-8", newline="\n") as file:
        for line in file:
            case = json.loads(line)
            document = json.loads(case["document"], parse_float=decimal.Decimal)
            errors = [error.message for error in validator.iter_errors(document)]
            counts[not errors] += 1
            if case["accepted"] != (not errors):
                disagreements += 1
                print("accepted" if case["accepted"] else "refused", "but by the schema",
                      errors or "valid", ":", case["document"])
    print(f"{counts[True]} valid, {counts[False]} invalid")
    return 1 if disagreements else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
