"""The X-Ray daemon's end: segments that come by UDP are kept as X-Ray keeps them."""

import json
import socket
import threading

from moto.xray.models import xray_backends


class TraceDaemon:
    """Receives on loopback; `address` is what AWS_XRAY_DAEMON_ADDRESS says."""

    def __init__(self, account, region):
        self._account, self._region = account, region
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self.address = "127.0.0.1:%d" % self._socket.getsockname()[1]
        self.documents = []
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self):
        while True:
            datagram = self._socket.recv(65536)
            header, _, document = datagram.partition(b"\n")
            try:
                if json.loads(header).get("format") != "json":
                    continue
                self.documents.append(json.loads(document))
                xray_backends[self._account][self._region].process_segment(document.decode())
            except Exception as error:
                print(f"a trace segment that cannot be read: {error}", flush=True)
