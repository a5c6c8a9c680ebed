"""AWS's end of the Lambda Runtime API (2018-06-01), for one execution environment."""

import http.server
import json
import queue
import re
import threading

VERSION = "/2018-06-01/runtime"
RESPONSE_LIMIT = 6 * 1024 * 1024


class Invocation:
    """What one `next` hands out, and what became of it."""

    def __init__(self, request_id, payload, deadline_ms, function_arn, trace_header):
        self.request_id = request_id
        self.payload = payload
        self.deadline_ms = deadline_ms
        self.function_arn = function_arn
        self.trace_header = trace_header
        self.answered = threading.Event()
        self.answer = b""
        self.failed = False

    def finish(self, answer, failed):
        """Sets the answer; only the first one counts."""
        if not self.answered.is_set():
            self.answer, self.failed = answer, failed
            self.answered.set()


class RuntimeAPI:
    """Serves `next`, `response`, `error` and `init/error` on loopback."""

    def __init__(self):
        self._waiting = queue.Queue()
        self._current = None
        self._lock = threading.Lock()
        self.init_error = None
        # Set when the runtime first asks for work, or says that it cannot.
        self.initialized = threading.Event()
        api = self

        class Handler(_Handler):
            runtime_api = api

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    @property
    def address(self):
        """What AWS_LAMBDA_RUNTIME_API says."""
        return "127.0.0.1:%d" % self._server.server_address[1]

    def send(self, invocation):
        """Hands an invocation to the runtime, now or when it asks."""
        self._waiting.put(invocation)

    def close(self):
        """Ends the server; a runtime that waits for work gets no answer."""
        self._waiting.put(None)
        self._server.shutdown()
        self._server.server_close()

    def next(self):
        """Waits for an invocation; None when the server closes."""
        self.initialized.set()
        invocation = self._waiting.get()
        with self._lock:
            self._current = invocation
        return invocation

    def finish(self, request_id, answer, failed):
        """Takes an answer; False if it is for no invocation that runs."""
        with self._lock:
            current = self._current
            if current is None or current.request_id != request_id:
                return False
            self._current = None
        current.finish(answer, failed)
        return True


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    runtime_api = None

    def log_message(self, *arguments):
        pass

    def do_GET(self):
        if self.path != f"{VERSION}/invocation/next":
            return self._reply(404, _error("NotFound", f"There is no {self.path}"))
        invocation = self.runtime_api.next()
        if invocation is None:
            self.close_connection = True
            return None
        headers = {
            "Lambda-Runtime-Aws-Request-Id": invocation.request_id,
            "Lambda-Runtime-Deadline-Ms": str(invocation.deadline_ms),
            "Lambda-Runtime-Invoked-Function-Arn": invocation.function_arn,
            "Lambda-Runtime-Trace-Id": invocation.trace_header,
        }
        return self._reply(200, invocation.payload, headers)

    def do_POST(self):
        body = self._body()
        if self.path == f"{VERSION}/init/error":
            self.runtime_api.init_error = _error_document(body, "Runtime.InitError")
            self.runtime_api.initialized.set()
            return self._reply(202, b'{"status":"OK"}')
        match = re.fullmatch(rf"{VERSION}/invocation/([^/]+)/(response|error)", self.path)
        if not match:
            return self._reply(404, _error("NotFound", f"There is no {self.path}"))
        request_id, kind = match.groups()
        failed = kind == "error"
        if failed:
            body = _error_document(body, self.headers.get("Lambda-Runtime-Function-Error-Type"))
        elif len(body) > RESPONSE_LIMIT:
            self.runtime_api.finish(
                request_id,
                _error("Function.ResponseSizeTooLarge", "The response is larger than 6 MB."),
                True,
            )
            return self._reply(413, _error("RequestEntityTooLarge", "The response is too large"))
        if not self.runtime_api.finish(request_id, body, failed):
            return self._reply(400, _error("InvalidRequestID", "No such invocation runs"))
        return self._reply(202, b'{"status":"OK"}')

    def _body(self):
        if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        chunks = []
        while size := int(self.rfile.readline().split(b";")[0], 16):
            chunks.append(self.rfile.read(size))
            self.rfile.readline()
        while self.rfile.readline().strip():
            pass
        return b"".join(chunks)

    def _reply(self, status, body, headers=None):
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)


def _error(kind, message):
    return json.dumps({"errorType": kind, "errorMessage": message}).encode()


def _error_document(body, kind):
    """What a runtime reported, as JSON whatever it was."""
    try:
        json.loads(body)
        return body
    except ValueError:
        return _error(kind or "Unknown", body.decode("utf-8", "replace"))
