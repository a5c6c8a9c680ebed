"""Runs Swift's tests, and says which have not ended where they take too long.

    run_tests.py [ARGUMENTS OF swift test]

A few tests run at the same time (TEST_WIDTH, 8): all of them at once, as Swift Testing has it, would
need a thousand open files, and be late for each other. After TEST_LIMIT seconds (1,500) the run ends,
and is a failure.
"""

import os
import pty
import re
import shutil
import subprocess
import sys
import threading

LIMIT = float(os.environ.get("TEST_LIMIT", "1500"))
LINE = re.compile(
    r"[^\w\s] ((?:Test|Suite) (?!case |run ).+?)(?: with \d+ test cases?)? (started\.|passed after|failed after)"
)


def main(arguments):
    environment = os.environ | {
        "SWT_EXPERIMENTAL_MAXIMUM_PARALLELIZATION_WIDTH": os.environ.get("TEST_WIDTH", "8"),
        "NO_COLOR": "1",
    }
    # A terminal, so that lines come when they are printed, and not by the block.
    reader, writer = pty.openpty()
    process = subprocess.Popen(
        [os.environ.get("SWIFT", "swift"), "test", *arguments],
        stdin=subprocess.DEVNULL, stdout=writer, stderr=writer, env=environment,
        start_new_session=True,
    )
    os.close(writer)
    late = threading.Event()

    def stop():
        late.set()
        # The tests are a process group of their own within the session.
        if shutil.which("pkill"):
            subprocess.run(["pkill", "-KILL", "-s", str(process.pid)])
        process.kill()

    timer = threading.Timer(LIMIT, stop)
    timer.daemon = True
    timer.start()
    running = {}  # In the order in which they began.
    try:
        with open(reader, encoding="utf-8", errors="replace", newline="\n") as lines:
            for line in lines:
                print(line.rstrip(), flush=True)
                if found := LINE.search(line):
                    name, event = found.groups()
                    if event == "started.":
                        running[name] = None
                    else:
                        running.pop(name, None)
    except OSError:
        pass  # So a terminal says that its other side is closed.
    status = process.wait()
    timer.cancel()
    if late.is_set():
        print(f"\nThe tests did not end within {LIMIT:.0f} s. Not ended:")
        print(*(f"    {name}" for name in running), sep="\n")
        return 1
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
