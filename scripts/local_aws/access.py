"""Between the network and moto: calls of functions are noted, and held against their role."""

import collections
import dataclasses
import json
import re
import threading
import time
import uuid

from moto.iam.models import iam_backends

from . import policy, s3_calls

CREDENTIAL = re.compile(r"Credential=([^/]+)/[^/]*/([^/]+)/([^/]+)/")


@dataclasses.dataclass(frozen=True)
class Call:
    """A permission that a function needed, and whether its role gives it."""

    function: str
    action: str
    resource: str
    context: tuple
    allowed: bool


class AccessControl:
    """A WSGI application around moto's.

    Calls with the credentials of an environment are those of its function. For tests of what a slow
    or broken network does, they can be delayed, and an environment can be killed at its n-th call.
    """

    def __init__(self, application, pool):
        self._application = application
        self._pool = pool
        self._lock = threading.Lock()
        self.calls = collections.Counter()
        self.delay_seconds = 0.0
        self._kill_in = None
        # S3 decides a conditional write in one step; moto looks first and writes then.
        self._writes = threading.Lock()

    def kill_after(self, count):
        """Kills the environment that makes the count-th call from now on; None for none."""
        with self._lock:
            self._kill_in = count

    def __call__(self, environ, start_response):
        credential = CREDENTIAL.search(environ.get("HTTP_AUTHORIZATION", ""))
        environment = self._pool.environment(credential.group(1)) if credential else None
        is_s3 = credential is not None and credential.group(3) == "s3"
        if environment is None:
            return self._pass_on(environ, start_response, is_s3)
        if self._killed(environment):
            environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
            return _refusal(start_response, "503 Service Unavailable", "ServiceUnavailable")
        if self.delay_seconds:
            time.sleep(self.delay_seconds)
        if not is_s3:
            # The function speaks to S3 and to nothing else.
            return self._refuse(environ, start_response, environment, f"{credential.group(3)}:Call")
        denied = self._denied(environ, environment)
        if denied:
            return self._refuse(environ, start_response, environment, denied)
        return self._answer(environ, start_response, environment)

    def _killed(self, environment):
        with self._lock:
            if self._kill_in is None:
                return False
            self._kill_in -= 1
            if self._kill_in > 0:
                return False
            self._kill_in = None
        environment.kill()
        return True

    def _policies(self, environment):
        backend = iam_backends[environment.settings.account]["aws"]
        role = backend.get_role_by_arn(environment.settings.role)
        return [json.loads(document) for document in role.policies.values()]

    def _denied(self, environ, environment):
        """The first action that the role does not allow."""
        headers = {"x-amz-copy-source": environ.get("HTTP_X_AMZ_COPY_SOURCE")}
        found = s3_calls.needs(
            environ["REQUEST_METHOD"], _raw_path(environ), environ.get("QUERY_STRING", ""), headers
        )
        policies = self._policies(environment)
        denied = None
        for need in found:
            allowed = policy.allows(policies, need.action, need.resource, dict(need.context))
            self._note(environment, need.action, need.resource, need.context, allowed)
            if not allowed:
                denied = denied or need.action
        return denied

    def _note(self, environment, action, resource, context, allowed):
        call = Call(environment.settings.name, action, resource, context, allowed)
        with self._lock:
            self.calls[call] += 1

    def _refuse(self, environ, start_response, environment, action):
        environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        environment.log.write(f"local AWS: {environment.settings.role} does not allow {action}")
        return _refusal(start_response, "403 Forbidden", "AccessDenied")

    def _answer(self, environ, start_response, environment):
        """A missing key is one only to those who may list the bucket."""
        begun = []

        def start(status, headers, exc_info=None):
            begun.append((status, headers))
            return lambda _: None

        body = self._pass_on(environ, start, True)
        status, headers = begun[0]
        if status.startswith("404") and environ["REQUEST_METHOD"] in ("GET", "HEAD"):
            bucket = _raw_path(environ).lstrip("/").partition("/")[0]
            if not policy.allows(
                self._policies(environment), "s3:ListBucket", f"arn:aws:s3:::{bucket}"
            ):
                return _refusal(start_response, "403 Forbidden", "AccessDenied")
        start_response(status, headers)
        return body

    def _pass_on(self, environ, start_response, is_s3):
        if is_s3 and environ["REQUEST_METHOD"] in ("PUT", "POST", "DELETE"):
            with self._writes:
                return list(self._application(environ, start_response))
        return self._application(environ, start_response)


def _raw_path(environ):
    return (environ.get("RAW_URI") or environ["PATH_INFO"]).partition("?")[0]


def _refusal(start_response, status, code):
    body = (
        f"<?xml version=\"1.0\" encoding=\"UTF-8\"?><Error><Code>{code}</Code>"
        f"<Message>{status[4:]}</Message><RequestId>{uuid.uuid4()}</RequestId></Error>"
    ).encode()
    start_response(status, [
        ("Content-Type", "application/xml"), ("Content-Length", str(len(body))),
    ])
    return [body]
