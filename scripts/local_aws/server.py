"""The server: moto's application, with what runs functions around it."""

import json
import os
import pathlib
import tempfile
import threading
import urllib.parse

from moto.moto_server.werkzeug_app import (
    DomainDispatcherApplication,
    MotoRequestHandler,
    create_backend_app,
)
from werkzeug.serving import make_server

from . import moto_changes
from .access import AccessControl
from .functions import FunctionPool
from .schedules import Scheduler
from .traces import TraceDaemon

ACCOUNT = "123456789012"
CONTROL = "/_local_aws/"


class _RequestHandler(MotoRequestHandler):
    # A client keeps its connections, as with S3.
    protocol_version = "HTTP/1.1"

    def log_request(self, *arguments, **named):
        """Says nothing: there are thousands."""


class LocalAWS:
    """An AWS on loopback, from its construction to `close`."""

    def __init__(self, port=0, region="us-east-1", retry_seconds=(60, 120)):
        self._directory = tempfile.TemporaryDirectory(prefix="local-aws-")
        self._server = make_server(
            "127.0.0.1", port, self._serve, threaded=True, request_handler=_RequestHandler
        )
        self.endpoint = "http://127.0.0.1:%d" % self._server.server_port
        # The interpreter of state machines calls back here.
        os.environ["MOTO_PORT"] = str(self._server.server_port)
        self.region = region
        self.traces = TraceDaemon(ACCOUNT, region)
        self.pool = FunctionPool(
            self.endpoint, pathlib.Path(self._directory.name), self.traces.address, retry_seconds
        )
        moto_changes.install(self.pool)
        self.scheduler = Scheduler(self.pool, ACCOUNT)
        self.access = AccessControl(DomainDispatcherApplication(create_backend_app), self.pool)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def close(self):
        """Ends the server and everything that it started."""
        self._server.shutdown()
        self.pool.close()
        self._directory.cleanup()

    def _serve(self, environ, start_response):
        path = environ["PATH_INFO"]
        if not path.startswith(CONTROL):
            return self.access(environ, start_response)
        query = dict(urllib.parse.parse_qsl(environ.get("QUERY_STRING", "")))
        try:
            status, document = "200 OK", self._control(path[len(CONTROL):], query)
        except (KeyError, ValueError) as error:
            status, document = "400 Bad Request", {"error": f"{path}: {error!r}"}
        body = json.dumps(document).encode()
        start_response(status, [
            ("Content-Type", "application/json"), ("Content-Length", str(len(body))),
        ])
        return [body]

    def _control(self, what, query):
        """What no AWS has: looking behind the scenes, and making trouble."""
        if what == "environments":
            return [
                {"function": one.settings.name, "version": one.settings.version,
                 "invocations": one.invocations, "pid": one.process and one.process.pid}
                for one in self.pool.environments()
            ]
        if what == "calls":
            return [
                {"function": call.function, "action": call.action, "resource": call.resource,
                 "context": dict(call.context), "allowed": call.allowed, "count": count}
                for call, count in list(self.access.calls.items())
            ]
        if what == "traces":
            return self.traces.documents
        if what == "fire":
            self.scheduler.fire_named(query.get("region", self.region), query["rule"])
            return {}
        if what == "delay":
            self.access.delay_seconds = float(query["milliseconds"]) / 1000
            return {}
        if what == "kill-after":
            self.access.kill_after(int(query["calls"]))
            return {}
        raise KeyError(what)
