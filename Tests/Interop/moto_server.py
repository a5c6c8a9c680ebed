"""moto's server, or rclone's, as a context: S3 as somebody else wrote it, on loopback."""

import contextlib
import pathlib
import subprocess
import sys
import tempfile
import time

SERVE = pathlib.Path(__file__).with_name("serve.py")


@contextlib.contextmanager
def running(server="moto"):
    """The URL of a server that ends with the context: `moto` or `rclone`, as serve.py knows them."""
    with tempfile.TemporaryDirectory() as directory:
        ready = pathlib.Path(directory, "ready")
        with subprocess.Popen(
            [sys.executable, SERVE, server, ready], stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        ) as process:
            try:
                for _ in range(600):
                    if ready.exists():
                        break
                    assert process.poll() is None, f"{server}'s server ended"
                    time.sleep(0.1)
                else:
                    raise TimeoutError(f"{server}'s server does not answer")
                yield ready.read_text().splitlines()[0]
            finally:
                # It ends with its standard input, and takes along what it has started.
                process.stdin.close()
                try:
                    process.wait(timeout=20)
                except subprocess.TimeoutExpired:
                    process.kill()
