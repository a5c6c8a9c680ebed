"""AWS's end of the Lambda Runtime API, by Python's http.server alone, for programs under test.

It holds a runtime to what AWS documents (Lambda Developer Guide, "Using the Lambda runtime API for custom
runtimes", and the OpenAPI specification of the version 2018-06-01) and to what the tests of other
runtimes expect: paths, methods and headers of each call; one invocation at a time; an answer that is no
more than 6 MB; errors as JSON with errorType, errorMessage and stackTrace.
"""

import contextlib
import http.server
import json
import os
import queue
import select
import signal
import socket
import subprocess
import threading
import time

PREFIX = "/2018-06-01/runtime/"
LIMIT = 6 * 1024 * 1024 + 100


class Answer:
    """What a runtime said to an invocation."""

    def __init__(self, kind, body, headers):
        self.kind, self.body, self.headers = kind, body, headers

    def json(self):
        return json.loads(self.body)

    def __repr__(self):
        return f"{self.kind}: {self.body[:300]!r}"


class Peer:
    """A server; `complaints` is what a runtime has done that it must not."""

    def __init__(self, closes=False):
        self.closes = closes
        self.complaints, self.calls = [], []
        self.connections = 0
        self.polled = threading.Event()
        self.init_error = None
        self.first_call = None
        self._invocations = queue.Queue()
        self._answers = {}
        self._current = None
        # What the next calls of a kind are answered with instead: (status, body).
        self.instead = {"next": [], "response": [], "error": [], "init": []}
        self._lock = threading.Lock()
        self._ended = False
        peer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            # Head and body leave as one: in two pieces, the second waits for the client's delayed
            # acknowledgement of the first, 40 ms.
            wbufsize = -1
            disable_nagle_algorithm = True

            def setup(self):
                super().setup()
                peer.connections += 1

            def do_GET(self):
                peer._serve(self)

            do_POST = do_GET

            def log_message(self, *arguments):
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    @property
    def address(self):
        return "127.0.0.1:%d" % self._server.server_address[1]

    def end(self):
        self._ended = True
        self._server.shutdown()
        self._server.server_close()

    def invoke(self, event, request_id="8476a536-e9f4-11e8-9739-2dfe598c3fcd", timeout=60, headers=None):
        """The runtime's answer to an event. A header that is None is left out."""
        answers = self._answers[request_id] = queue.Queue()
        all_headers = {
            "Lambda-Runtime-Aws-Request-Id": request_id,
            "Lambda-Runtime-Deadline-Ms": str(int((time.time() + timeout) * 1000)),
            "Lambda-Runtime-Invoked-Function-Arn": "arn:aws:lambda:us-east-2:123456789012:function:custom-runtime",
            "Lambda-Runtime-Trace-Id": "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=9a9197af755a6419;Sampled=1",
            "Content-Type": "application/json",
        } | (headers or {})
        self._invocations.put((request_id, event, {k: v for k, v in all_headers.items() if v is not None}))
        try:
            return answers.get(timeout=timeout)
        except queue.Empty:
            raise AssertionError(f"no answer to {request_id} in {timeout} s; {self.calls[-5:]}") from None

    def _complain(self, request, text):
        self.complaints.append(f"{request.command} {request.path}: {text}")

    def _serve(self, request):
        length = request.headers.get("Content-Length")
        if "chunked" in request.headers.get("Transfer-Encoding", ""):
            # Lambda takes chunks only from functions that stream their response.
            self._complain(request, "chunked")
        body = request.rfile.read(int(length)) if length else b""
        if not self.calls:
            self.first_call = time.perf_counter()
        self.calls.append(f"{request.command} {request.path}")
        if request.request_version != "HTTP/1.1":
            self._complain(request, request.request_version)
        for name in ("Host", "User-Agent"):
            if not request.headers.get(name):
                self._complain(request, f"no header {name}")
        if "Lambda-Runtime-Function-Response-Mode" in request.headers:
            self._complain(request, "announces a stream")
        path = request.path.removeprefix(PREFIX).split("/")
        if not request.path.startswith(PREFIX):
            self._complain(request, "is no path of the Runtime API")
            return self._send(request, 404, b"{}")
        if request.command == "GET" and path == ["invocation", "next"]:
            self._next(request, body)
        elif (request.command == "POST" and len(path) == 3 and path[0] == "invocation"
              and path[2] in ("response", "error")):
            self._answer(request, path[1], path[2], body)
        elif request.command == "POST" and path == ["init", "error"]:
            if not self._replaced(request, "init"):
                self._check_error(request, body)
                self.init_error = Answer("init error", body, request.headers)
                self._send(request, 202, b'{"status":"OK"}')
        else:
            self._complain(request, "is no call of the Runtime API")
            self._send(request, 404, b"{}")

    def _next(self, request, body):
        if body:
            self._complain(request, "has a body")
        if self._replaced(request, "next"):
            return
        if self._current is not None:
            self._complain(request, f"asks for more before it has answered {self._current}")
        self.polled.set()
        while True:
            if self._ended or self._is_gone(request.connection):
                request.close_connection = True
                return
            try:
                self._current, event, headers = self._invocations.get(timeout=0.02)
                break
            except queue.Empty:
                pass
        self.polled.clear()
        self._send(request, 200, event, headers)

    @staticmethod
    def _is_gone(connection):
        """Whether a runtime that waits has closed its connection: what it would be given would be lost."""
        readable, _, _ = select.select([connection], [], [], 0)
        try:
            return bool(readable) and connection.recv(1, socket.MSG_PEEK) == b""
        except OSError:
            return True

    def _answer(self, request, request_id, kind, body):
        if self._replaced(request, kind):
            return
        if request_id != self._current:
            self._complain(request, f"answers {request_id}, and {self._current} was asked")
            return self._send(request, 400, b'{"errorMessage":"Invalid request ID","errorType":"InvalidRequestID"}')
        if kind == "error":
            self._check_error(request, body)
        elif len(body) > LIMIT:
            self._complain(request, f"has {len(body)} bytes")
        self._current = None
        # The caller has its answer only after the runtime has its own: what it does next comes after.
        self._send(request, 202, b'{"status":"OK"}')
        self._answers[request_id].put(Answer(kind, body, request.headers))

    def _check_error(self, request, body):
        try:
            error = json.loads(body)
            assert isinstance(error["errorType"], str) and error["errorType"], "errorType"
            assert isinstance(error["errorMessage"], str), "errorMessage"
            assert isinstance(error["stackTrace"], list), "stackTrace"
        except (ValueError, KeyError, TypeError, AssertionError) as problem:
            self._complain(request, f"is no error of Lambda's ({problem!r}): {body[:200]!r}")
        if not request.headers.get("Lambda-Runtime-Function-Error-Type"):
            self._complain(request, "has no Lambda-Runtime-Function-Error-Type")
        if request.headers.get("Content-Type") != "application/vnd.aws.lambda.error+json":
            self._complain(request, f"has the type {request.headers.get('Content-Type')}")

    def _replaced(self, request, kind):
        with self._lock:
            if not self.instead[kind]:
                return False
            status, body = self.instead[kind].pop(0)
        self._send(request, status, body)
        return True

    def _send(self, request, status, body, headers=None):
        request.send_response(status)
        for name, value in (headers or {"Content-Type": "application/json"}).items():
            request.send_header(name, value)
        request.send_header("Content-Length", str(len(body)))
        if self.closes:
            request.send_header("Connection", "close")
            request.close_connection = True
        request.end_headers()
        request.wfile.write(body)
        request.wfile.flush()


@contextlib.contextmanager
def running(program, environment=None, closes=False, inherits=True):
    """A program under a Runtime API of its own: the server, and the process.

    `inherits` is whether the program has the variables of this process, too.
    """
    peer = Peer(closes)
    started = time.perf_counter()
    process = subprocess.Popen(
        [program], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        env=(os.environ if inherits else {}) | {
            "AWS_LAMBDA_RUNTIME_API": peer.address, "AWS_LAMBDA_FUNCTION_NAME": "custom-runtime",
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "512", "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        } | (environment or {}),
    )
    output = []
    reader = threading.Thread(target=lambda: output.append(process.stdout.read()), daemon=True)
    reader.start()

    def text():
        reader.join(timeout=10)
        return b"".join(output).decode(errors="replace")

    process.text = text
    process.seconds_to_first_call = lambda: peer.first_call - started
    try:
        yield peer, process
    finally:
        process.kill()
        process.wait()
        peer.end()


def terminate(process, timeout=20):
    """The exit status of a process that is told to end, as Lambda tells it."""
    process.send_signal(signal.SIGTERM)
    return process.wait(timeout=timeout)
