"""Invocations of the functions that moto knows: where they run, and what is counted."""

import collections
import dataclasses
import datetime
import hashlib
import json
import queue
import secrets
import threading
import time
import uuid

from moto.awslambda.utils import get_backend

from . import logs
from .environment import Environment
from .package import PackageError


class Throttled(Exception):
    """More invocations at once than are reserved for the function."""


@dataclasses.dataclass(frozen=True)
class Settings:
    """What an environment is made of. Two versions that differ in it share no process."""

    account: str
    region: str
    name: str
    version: str
    role: str
    handler: str
    timeout: int
    memory_mb: int
    variables: dict
    code: bytes
    layers: tuple

    @property
    def fingerprint(self):
        digest = hashlib.sha256(self.code)
        for layer in self.layers:
            digest.update(hashlib.sha256(layer).digest())
        digest.update(repr(
            (self.account, self.region, self.name, self.version, self.role, self.handler,
             self.timeout, self.memory_mb, sorted(self.variables.items()))
        ).encode())
        return digest.hexdigest()


def settings_of(function):
    """The settings of a version as moto keeps it."""
    backend = get_backend(function.account_id, function.region)
    layers = []
    for layer in function.layers:
        version = backend.layers_versions_by_arn(layer["Arn"])
        if version is None:
            raise PackageError(f"There is no layer version {layer['Arn']}")
        layers.append(version.code_bytes)
    version = str(function.version)
    latest = ":" not in function.function_arn.split(":function:")[1]
    return Settings(
        account=function.account_id,
        region=function.region,
        name=function.function_name,
        version="$LATEST" if latest else version,
        role=function.role,
        handler=function.handler or "",
        timeout=int(function.timeout),
        memory_mb=int(function.memory_size),
        variables={name: str(value) for name, value in function.environment_vars.items()},
        code=function.code_bytes,
        layers=tuple(layers),
    )


@dataclasses.dataclass
class Answer:
    """What an invocation came to."""

    payload: bytes
    failed: bool
    request_id: str
    version: str
    log: str


class FunctionPool:
    """Runs invocations in environments, warm ones first."""

    def __init__(self, endpoint, directory, trace_address=None, retry_seconds=(60, 120)):
        self._endpoint = endpoint
        self._directory = directory
        self._trace_address = trace_address
        self._retry_seconds = retry_seconds
        self._lock = threading.Lock()
        self._idle = collections.defaultdict(list)
        self._busy = set()
        self._running = collections.Counter()
        self._events = queue.Queue()
        for _ in range(8):
            threading.Thread(target=self._run_events, daemon=True).start()

    def environments(self):
        """All environments, warm and at work."""
        with self._lock:
            return [*self._busy, *(one for idle in self._idle.values() for one in idle)]

    def environment(self, key_id):
        """The environment that has these credentials, or None."""
        return next((one for one in self.environments() if one.key_id == key_id), None)

    def invoke(self, function, payload, arn):
        """Runs one invocation to its end."""
        request_id = str(uuid.uuid4())
        with self._reserved(function):
            try:
                settings = settings_of(function)
                environment = self._take(settings)
            except PackageError as error:
                document = {"errorType": "InvalidPackage", "errorMessage": str(error)}
                answer = json.dumps(document).encode()
                return Answer(answer, True, request_id, str(function.version), str(error))
            began = time.monotonic()
            try:
                environment.log.tail = []
                answer, failed = environment.invoke(payload, arn, request_id, _trace_header())
            finally:
                self._give_back(environment)
        milliseconds = (time.monotonic() - began) * 1000
        self._count(settings, failed, milliseconds)
        tail = "\n".join(environment.log.tail)[-4096:]
        return Answer(answer, failed, request_id, settings.version, tail)

    def invoke_later(self, find, payload, arn):
        """Queues an asynchronous invocation, which is tried up to three times.

        `find` gives the function when its turn comes: an alias may have been moved until then.
        """
        self._events.put((0.0, find, payload, arn, 0))

    def close(self):
        """Ends all environments."""
        with self._lock:
            idle = [one for group in self._idle.values() for one in group]
            self._idle.clear()
            busy = list(self._busy)
        for environment in busy:
            environment.kill()
        for environment in idle:
            environment.close()

    def _reserved(self, function):
        backend = get_backend(function.account_id, function.region)
        limit = backend.get_function_concurrency(function.function_name)
        return _Reservation(self, function.function_name, None if limit is None else int(limit))

    def _take(self, settings):
        retired = []
        with self._lock:
            fingerprint = settings.fingerprint
            for other, idle in list(self._idle.items()):
                # $LATEST was changed: what runs the old one is not needed any more.
                if other != fingerprint and idle and _replaces(settings, idle[0].settings):
                    retired += self._idle.pop(other)
            idle = self._idle[fingerprint]
            while idle:
                environment = idle.pop()
                if environment.alive:
                    self._busy.add(environment)
                    break
                retired.append(environment)
            else:
                environment = None
        for old in retired:
            old.close()
        if environment is None:
            log = logs.Stream(
                settings.account, settings.region, f"/aws/lambda/{settings.name}", settings.version
            )
            environment = Environment(
                settings, self._endpoint, self._directory, log, self._trace_address
            )
            with self._lock:
                self._busy.add(environment)
        return environment

    def _give_back(self, environment):
        with self._lock:
            self._busy.discard(environment)
            if environment.alive:
                self._idle[environment.settings.fingerprint].append(environment)
                return
        environment.close()

    def _count(self, settings, failed, milliseconds):
        dimensions = [{"Name": "FunctionName", "Value": settings.name}]
        moment = datetime.datetime.now(datetime.timezone.utc).replace(tzinfo=None)
        logs.put_metrics(settings.account, settings.region, "AWS/Lambda", [
            {"MetricName": name, "Value": value, "Unit": unit, "Dimensions": dimensions,
             "Timestamp": moment}
            for name, value, unit in (
                ("Invocations", 1, "Count"), ("Errors", int(failed), "Count"),
                ("Duration", milliseconds, "Milliseconds"),
            )
        ])

    def _run_events(self):
        while True:
            due, find, payload, arn, tries = self._events.get()
            if due > time.monotonic():
                # Not its turn yet: to the end of the queue.
                time.sleep(0.05)
                self._events.put((due, find, payload, arn, tries))
                continue
            try:
                failed = self.invoke(find(), payload, arn).failed
            except Throttled:
                self._events.put((time.monotonic() + 1, find, payload, arn, tries))
                continue
            except Exception as error:  # The function is gone, or cannot be started.
                print(f"asynchronous invocation of {arn}: {error}", flush=True)
                failed = True
            if failed and tries < len(self._retry_seconds):
                due = time.monotonic() + self._retry_seconds[tries]
                self._events.put((due, find, payload, arn, tries + 1))


class _Reservation:
    """A place among the invocations of a function that may run at once."""

    def __init__(self, pool, name, limit):
        self._pool, self._name, self._limit = pool, name, limit

    def __enter__(self):
        with self._pool._lock:
            running = self._pool._running[self._name]
            if self._limit is not None and running >= self._limit:
                raise Throttled(f"{self._name} runs {running} times, which is its limit")
            self._pool._running[self._name] += 1

    def __exit__(self, *_):
        with self._pool._lock:
            self._pool._running[self._name] -= 1


def _replaces(new, old):
    return (new.account, new.region, new.name, new.version) == (
        old.account, old.region, old.name, old.version
    )


def _trace_header():
    root = f"1-{int(time.time()):08x}-{secrets.token_hex(12)}"
    return f"Root={root};Parent={secrets.token_hex(8)};Sampled=1"

