"""moto's server, or rclone's, as a context: S3 as somebody else wrote it, on loopback."""

import contextlib
import pathlib
import subprocess
import sys

SERVE = pathlib.Path(__file__).with_name("serve.py")


@contextlib.contextmanager
def running(server="moto"):
    """The URL of a server that ends with the context: `moto` or `rclone`, as serve.py knows them."""
    with subprocess.Popen(
        [sys.executable, SERVE, server], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL, text=True,
    ) as process:
        try:
            line = process.stdout.readline()
            assert line.startswith("serves "), f"{server}'s server ended"
            yield line.split()[1]
        finally:
            # It ends with its standard input, and takes along what it has started.
            process.stdin.close()
            try:
                process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                process.kill()
