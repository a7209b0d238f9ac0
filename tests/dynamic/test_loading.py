"""The host calls from many threads, also before anything is imported."""

from __future__ import annotations

import subprocess
import sys

# Holds the first thread up in the middle of its imports until the second has gone as far as it can.
TWO_THREADS = """
import sys, threading
from pulumi_sentinelhub.dynamic import providers

def second():
    try:
        providers.Run()._loaded()
    except ImportError as error:
        print("second:", error)

class Between:
    started = None

    def find_spec(self, name, path=None, target=None):
        if name == "pulumi_sentinelhub.preview.checks.check" and self.started is None:
            self.started = threading.Thread(target=second)
            self.started.start()
            self.started.join(2)
        return None

between = Between()
sys.meta_path.insert(0, between)
try:
    providers.Request()._loaded()
except ImportError as error:
    print("first:", error)
assert between.started is not None, "the module that is waited for has another name now"
between.started.join(120)
"""


def test_two_threads_load_at_once() -> None:
    """Two first calls at once, of two resources, import alike modules without finding them half done."""
    done = subprocess.run(
        [sys.executable, "-c", TWO_THREADS],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, ""), done.stdout + done.stderr
