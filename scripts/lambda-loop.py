"""Runs the example lambda-loop under a Runtime API that is not ours, and checks what it does there.

    lambda-loop.py PROGRAM
"""

import pathlib
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "Tests" / "Interop"))
import runtime_api_peer

program = sys.argv[1]


def check_good(peer, request_id, event):
    answer = peer.invoke(event, request_id)
    assert answer.kind == "response", answer
    assert answer.json() == {"bytes": len(event), "request": request_id}, answer


with runtime_api_peer.running(program) as (peer, process):
    for number in range(50):
        check_good(peer, f"id-{number}", b"x" * (1 + number * 1000))
    check_good(peer, "whole", b" " * runtime_api_peer.LIMIT)
    # An error of the handler is an answer, and the process goes on.
    answer = peer.invoke(b"", "empty")
    assert answer.kind == "error" and answer.json()["errorType"] == "EmptyEvent", answer
    # So is an invocation that is malformed.
    for header, value in (("Lambda-Runtime-Deadline-Ms", None), ("Lambda-Runtime-Deadline-Ms", "soon")):
        answer = peer.invoke(b"{}", "malformed", headers={header: value})
        assert answer.kind == "error", answer
        assert header in answer.json()["errorMessage"], answer
    # What is optional may be missing.
    answer = peer.invoke(
        b"{}", "bare", headers={"Lambda-Runtime-Trace-Id": None, "Lambda-Runtime-Invoked-Function-Arn": None})
    assert answer.kind == "response", answer
    check_good(peer, "last", b"{}")
    assert peer.connections == 1, peer.connections
    assert peer.polled.wait(20), "the next invocation is not asked for"
    assert runtime_api_peer.terminate(process) == 0, process.text()
    assert not peer.complaints, peer.complaints

# A server that closes each connection, as some local ones do.
with runtime_api_peer.running(program, closes=True) as (peer, process):
    for number in range(5):
        check_good(peer, f"id-{number}", b"{}")
    assert peer.connections >= 10, peer.connections
    assert runtime_api_peer.terminate(process) == 0, process.text()
    assert not peer.complaints, peer.complaints

# A container error ends the process, and not as if all were well.
with runtime_api_peer.running(program) as (peer, process):
    peer.instead["response"].append((500, b'{"errorType":"InternalServerError"}'))
    try:
        peer.invoke(b"{}", timeout=2)
        raise SystemExit("The answer should have been refused.")
    except AssertionError:
        pass
    assert process.wait(timeout=20) == 1, process.text()
    assert "500" in process.text(), process.text()

# Outside Lambda it says so.
outside = subprocess.run([program], env={}, capture_output=True, text=True, timeout=20)
assert outside.returncode == 1 and "AWS_LAMBDA_RUNTIME_API" in outside.stderr, outside
print("The loop keeps to the Runtime API.")
