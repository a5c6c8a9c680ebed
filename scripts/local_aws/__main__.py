"""`python -m local_aws serve`: a local AWS, until it is interrupted."""

import argparse
import pathlib
import signal
import threading

from .server import LocalAWS


def main():
    parser = argparse.ArgumentParser(prog="local_aws", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    serve = commands.add_parser("serve", help="run a local AWS until interrupted")
    serve.add_argument("--port", type=int, default=4566)
    serve.add_argument("--region", default="us-east-1")
    serve.add_argument("--ready-file", help="file to write the endpoint to")
    serve.add_argument(
        "--retry-seconds", type=float, nargs="*", default=[60, 120],
        help="seconds before asynchronous invocations that failed are tried again",
    )
    options = parser.parse_args()

    ended = threading.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, lambda *_: ended.set())
    aws = LocalAWS(options.port, options.region, tuple(options.retry_seconds))
    print(f"a local AWS listens on {aws.endpoint}", flush=True)
    if options.ready_file:
        pathlib.Path(options.ready_file).write_text(aws.endpoint)
    ended.wait()
    aws.close()


if __name__ == "__main__":
    main()
