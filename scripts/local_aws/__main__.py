"""A local AWS in which deployed functions run: `python -m local_aws serve | demo | check`."""

import argparse
import pathlib
import signal
import sys
import threading

from . import terraform


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
    demo = commands.add_parser("demo", help="deploy every optional part, use it, destroy it")
    demo.add_argument("--command", dest="program", required=True, help="event-checkpoint")
    demo.add_argument("--packages", required=True, help="directory of the zips of `make lambda`")
    demo.add_argument("--package", choices=["static", "layered"], default="static")
    commands.add_parser("check", help="say whether Terraform and its provider are to be had")
    options = parser.parse_args()
    if options.command == "check":
        return check()
    if options.command == "demo":
        return show(options)
    return run(options)


def check():
    try:
        terraform.find()
    except terraform.Unavailable as reason:
        print(reason)
        return 1
    return 0


def show(options):
    try:
        terraform.find()
    except terraform.Unavailable as reason:
        print(reason, file=sys.stderr)
        return 1
    from .demo import Demo

    Demo(options.program, options.packages, options.package).run()
    return 0


def run(options):
    from .server import LocalAWS

    ended = threading.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, lambda *_: ended.set())
    try:
        aws = LocalAWS(options.port, options.region, tuple(options.retry_seconds))
    except OSError as error:
        print(f"port {options.port}: {error}. Choose another with --port.", file=sys.stderr)
        return 1
    print(f"A local AWS listens on {aws.endpoint}. To speak to it:\n")
    for name, value in terraform.aws_environment(aws.endpoint, options.region).items():
        print(f"  export {name}={value}")
    print("\nCtrl-C ends it, and forgets everything.", flush=True)
    if options.ready_file:
        # In one step: who waits for the file reads it as soon as it is there.
        partial = pathlib.Path(options.ready_file + ".part")
        partial.write_text(aws.endpoint)
        partial.rename(options.ready_file)
    ended.wait()
    aws.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
