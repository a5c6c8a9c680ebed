"""Serves S3 by an implementation that others wrote, until its standard input ends.

    serve.py moto|rclone

Once the server answers, it prints `serves URL ACCESS-KEY SECRET-KEY`, and nothing more after that.
Both have a bucket `bucket`. moto checks no signatures, rclone does.
"""

import os
import pathlib
import re
import subprocess
import sys
import tempfile
import threading
import urllib.request

ACCESS_KEY = "AKIATESTSERVER0000"
SECRET_KEY = "test/server+secret"


def announce(url):
    print("serves", url, ACCESS_KEY, SECRET_KEY, flush=True)
    # Nobody reads on, and a full pipe would stop the server.
    with open(os.devnull, "w") as nothing:
        os.dup2(nothing.fileno(), 1)
        os.dup2(nothing.fileno(), 2)
    sys.stdin.buffer.read()


def moto():
    # Less than S3's 5 MiB, so that tests need not send megabytes.
    os.environ["S3_UPLOAD_PART_MIN_SIZE"] = "5000"
    import moto.server

    server = moto.server.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    url = "http://%s:%d" % server.get_host_and_port()
    bucket = urllib.request.Request(f"{url}/bucket", method="PUT")
    urllib.request.urlopen(bucket).close()
    announce(url)
    # Without waiting for connections that clients keep open.
    os._exit(0)


def rclone():
    program = pathlib.Path(sys.executable).parent / "rclone"
    with tempfile.TemporaryDirectory() as directory:
        os.mkdir(f"{directory}/bucket")
        # Its directory cache stays on: without it, listings at the same time undo each other's work
        # for as long as half a minute.
        command = [
            str(program), "serve", "s3", "--addr", "127.0.0.1:0",
            "--auth-key", f"{ACCESS_KEY},{SECRET_KEY}", directory,
        ]
        environment = os.environ | {"RCLONE_CONFIG": f"{directory}/none"}
        process = subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, env=environment
        )
        try:
            for line in process.stderr:
                sys.stderr.write(line)
                if found := re.search(r"server on \[(http://[^/\]]+)", line):
                    # A full pipe would stop the server.
                    drain = threading.Thread(target=process.stderr.read, daemon=True)
                    drain.start()
                    announce(found[1])
                    return
            raise SystemExit("rclone ended before it served")
        finally:
            process.kill()
            process.wait()


if __name__ == "__main__":
    {"moto": moto, "rclone": rclone}[sys.argv[1]]()
