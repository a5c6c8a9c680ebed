"""Runs the packages of the Lambda function as Lambda would, under a Runtime API that is not ours.

    check_lambda.py DIRECTORY

Each package that is there is unpacked, layers where Lambda unpacks them, and the function started with
nothing in its environment but what Lambda sets. It must ask for an invocation, answer that its settings
are missing, and end when it is told to.
"""

import pathlib
import sys
import tempfile
import zipfile

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "Tests" / "Interop"))
import runtime_api_peer

PACKAGES = {
    "static": {"task": ["bootstrap-static.zip"], "opt": []},
    "layered": {"task": ["bootstrap.zip"], "opt": ["swift-runtime-layer.zip", "codecs-layer.zip"]},
}


def unpack(zips, directory):
    for path in zips:
        with zipfile.ZipFile(path) as archive:
            for info in archive.infolist():
                # zipfile itself leaves the modes out.
                pathlib.Path(archive.extract(info, directory)).chmod(info.external_attr >> 16 & 0o777)


def start(program, libraries):
    """Seconds from the start of the process to its first call, and how it answered."""
    environment = {
        "PATH": "/usr/bin:/bin", "LANG": "en_US.UTF-8", "TZ": ":UTC", "LD_LIBRARY_PATH": str(libraries),
        "AWS_REGION": "us-east-1", "LAMBDA_TASK_ROOT": str(program.parent),
    }
    with runtime_api_peer.running(str(program), environment, inherits=False) as (peer, process):
        try:
            answer = peer.invoke(b"{}", timeout=30)
        except AssertionError as error:
            process.kill()
            raise SystemExit(f"{program} has not answered: {error}\n{process.text()}") from None
        seconds = process.seconds_to_first_call()
        status = runtime_api_peer.terminate(process)
        assert status == 0, f"{program} ended with the status {status}:\n{process.text()}"
        assert not peer.complaints, peer.complaints
        assert answer.kind == "response", answer
        body = answer.json()
        assert body["statusCode"] == 400 and "SOURCE_BUCKET" in answer.body.decode(), answer
        return seconds


def main():
    directory = pathlib.Path(sys.argv[1])
    found = 0
    for kind, parts in PACKAGES.items():
        if not all((directory / name).exists() for names in parts.values() for name in names):
            continue
        found += 1
        with tempfile.TemporaryDirectory() as temporary:
            task, opt = pathlib.Path(temporary, "task"), pathlib.Path(temporary, "opt")
            unpack([directory / name for name in parts["task"]], task)
            unpack([directory / name for name in parts["opt"]], opt)
            seconds = min(start(task / "bootstrap", opt / "lib") for _ in range(5))
        print(f"{kind}: starts, answers and ends; {seconds * 1000:.1f} ms from its start to its first request")
    if not found:
        raise SystemExit(f"There are no packages in {directory}: run `make lambda`.")


main()
