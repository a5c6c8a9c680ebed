"""One execution environment: a process of the function's, kept warm between invocations."""

import json
import os
import pathlib
import shutil
import signal
import subprocess
import threading
import time
import uuid

from . import package
from .runtime_api import Invocation, RuntimeAPI

INIT_SECONDS = 10


class Environment:
    """Starts `bootstrap` as Lambda does, and gives it one invocation at a time.

    `settings` is what the function's configuration says (see `functions.settings_of`), `endpoint`
    the URL of the local AWS, `log` a `logs.Stream`.
    """

    def __init__(self, settings, endpoint, directory, log, trace_address=None):
        self.settings = settings
        self.log = log
        self.key_id = "LOCAL" + uuid.uuid4().hex[:15].upper()
        self.directory = pathlib.Path(directory, self.key_id)
        self.invocations = 0
        self.process = None
        self._api = RuntimeAPI()
        self._endpoint = endpoint
        self._trace_address = trace_address
        self._init_failure = None
        self._start()

    def _start(self):
        task, opt = self.directory / "task", self.directory / "opt"
        size = package.unpack([self.settings.code], task) + package.unpack(
            self.settings.layers, opt
        )
        if size > package.UNPACKED_LIMIT:
            raise package.PackageError(
                f"Function and layers take {size} bytes, and may take {package.UNPACKED_LIMIT}"
            )
        bootstrap = next(
            (place / "bootstrap" for place in (task, opt) if (place / "bootstrap").is_file()), None
        )
        if bootstrap is None or not os.access(bootstrap, os.X_OK):
            self._init_failure = _failure(
                "Runtime.InvalidEntrypoint",
                "There is no executable bootstrap in the package or its layers",
            )
            return
        (self.directory / "tmp").mkdir()
        self._started = time.monotonic()
        try:
            self.process = subprocess.Popen(
                [bootstrap], cwd=task, env=self._variables(task, opt), stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True,
            )
        except OSError as error:
            self._init_failure = _failure("Runtime.InvalidEntrypoint", str(error))
            return
        threading.Thread(target=self._read_log, daemon=True).start()

    def _variables(self, task, opt):
        settings = self.settings
        variables = {
            "PATH": f"{os.environ.get('PATH', '/usr/bin:/bin')}:{opt}/bin",
            "LANG": "en_US.UTF-8",
            "TZ": ":UTC",
            "TMPDIR": str(self.directory / "tmp"),
            "LD_LIBRARY_PATH": f"{opt}/lib:{task}:{task}/lib",
            "LAMBDA_TASK_ROOT": str(task),
            "LAMBDA_RUNTIME_DIR": "/var/runtime",
            "_HANDLER": settings.handler,
            "_X_AMZN_TRACE_ID": "",
            "AWS_LAMBDA_RUNTIME_API": self._api.address,
            "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
            "AWS_LAMBDA_FUNCTION_NAME": settings.name,
            "AWS_LAMBDA_FUNCTION_VERSION": settings.version,
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(settings.memory_mb),
            "AWS_LAMBDA_LOG_GROUP_NAME": self.log.group,
            "AWS_LAMBDA_LOG_STREAM_NAME": self.log.name,
            "AWS_REGION": settings.region,
            "AWS_DEFAULT_REGION": settings.region,
            "AWS_ACCESS_KEY_ID": self.key_id,
            "AWS_SECRET_ACCESS_KEY": "local",
            "AWS_SESSION_TOKEN": "local",
            "AWS_ENDPOINT_URL": self._endpoint,
            "AWS_EC2_METADATA_DISABLED": "true",
        }
        if self._trace_address:
            variables["AWS_XRAY_DAEMON_ADDRESS"] = self._trace_address
            variables["AWS_XRAY_CONTEXT_MISSING"] = "LOG_ERROR"
        return variables | settings.variables

    def _read_log(self):
        for line in self.process.stdout:
            self.log.write(line.decode("utf-8", "replace").rstrip("\n"))

    @property
    def alive(self):
        """Whether the process can take another invocation."""
        return self.process is not None and self.process.poll() is None

    def invoke(self, payload, function_arn, request_id, trace_header):
        """Runs one invocation; returns the answer, and whether it is that of a failure."""
        settings = self.settings
        cold = self.invocations == 0
        self.invocations += 1
        if cold and (failure := self._await_init()):
            self._report(request_id, 0, None)
            return failure, True
        began = time.monotonic()
        init_ms = (began - self._started) * 1000 if cold else None
        invocation = Invocation(
            request_id, payload, int((time.time() + settings.timeout) * 1000), function_arn,
            trace_header,
        )
        self.log.write(f"START RequestId: {request_id} Version: {settings.version}")
        self._api.send(invocation)
        failure = self._await_answer(invocation, began + settings.timeout)
        milliseconds = (time.monotonic() - began) * 1000
        if failure is not None:
            invocation.finish(failure, True)
        self.log.write(f"END RequestId: {request_id}")
        self._report(request_id, milliseconds, init_ms)
        return invocation.answer, invocation.failed

    def _await_init(self):
        deadline = self._started + INIT_SECONDS if self.process else 0
        while self._init_failure is None and not self._api.initialized.wait(0.01):
            if not self.alive:
                return _failure("Runtime.ExitError", f"Runtime exited {self._exit_status()}")
            if time.monotonic() > deadline:
                self.kill()
                return _failure("Sandbox.Timedout", f"Init took more than {INIT_SECONDS} seconds")
        return self._init_failure or self._api.init_error

    def _await_answer(self, invocation, deadline):
        """None once there is an answer, else why there will be none."""
        timeout = self.settings.timeout
        while not invocation.answered.wait(0.02):
            if not self.alive:
                # An answer that was sent just before the end counts.
                if invocation.answered.wait(0.2):
                    return None
                return _failure(
                    "Runtime.ExitError",
                    f"RequestId: {invocation.request_id} Error: Runtime exited"
                    f" {self._exit_status()}",
                )
            if time.monotonic() > deadline:
                self.kill()
                return _failure(
                    "Sandbox.Timedout",
                    f"RequestId: {invocation.request_id} Error: Task timed out after"
                    f" {timeout:.2f} seconds",
                )
        return None

    def _exit_status(self):
        status = self.process.wait()
        return f"by signal {-status}" if status < 0 else f"with exit status {status}"

    def _report(self, request_id, milliseconds, init_ms):
        init = f"\tInit Duration: {init_ms:.2f} ms" if init_ms is not None else ""
        self.log.write(
            f"REPORT RequestId: {request_id}\tDuration: {milliseconds:.2f} ms"
            f"\tBilled Duration: {int(milliseconds) + 1} ms"
            f"\tMemory Size: {self.settings.memory_mb} MB"
            f"\tMax Memory Used: {self._peak_memory_mb()} MB{init}"
        )

    def _peak_memory_mb(self):
        try:
            status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        except (OSError, AttributeError):
            return 0
        peak = next((line for line in status.splitlines() if line.startswith("VmHWM:")), "x 0")
        return int(peak.split()[1]) // 1024

    def kill(self):
        """Ends the process at once, as Lambda does after a timeout."""
        if self.alive:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()

    def close(self):
        """Asks the process to end, then ends it, and removes what was unpacked."""
        if self.alive:
            self.process.terminate()
            try:
                self.process.wait(2)
            except subprocess.TimeoutExpired:
                self.kill()
        self._api.close()
        shutil.rmtree(self.directory, ignore_errors=True)


def _failure(kind, message):
    return json.dumps({"errorType": kind, "errorMessage": message}).encode()
