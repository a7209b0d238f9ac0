"""Foreign evalscripts at preview: each ends as findings or an estimate, soon, small and in one line."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from pulumi_sentinelhub.evalscript.child import MEMORY_MARGIN
from pulumi_sentinelhub.evalscript.runner import MEMORY_BYTES
from pulumi_sentinelhub.finding import Severity
from pulumi_sentinelhub.preview.checks.check import check_request
from pulumi_sentinelhub.preview.estimate import estimate_request
from tests.evalscript.soon import end_soon
from tests.support import requests
from tests.support.hostile import CANARY, HOSTILE

MOST_FINDINGS, MOST_OF_A_FINDING = 60, 1500
#: Bytes of Python itself in the process that runs a script, its stack and the address space's slack.
OF_PYTHON = 48 * 2**20


#: What nothing but time ends.
ENDLESS = (
    "a sparse array",
    "a loop",
    "a loop on being asked",
    "a loop in a message",
    "a loop in a trace",
    "a regular expression",
    "a long expression",
    "sorting",
)


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_evalscript(
    name: str, record_property: Callable[[str, object], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Findings and the estimate are made; each finding is short, fit to be shown, and quotes no token."""
    if name in ENDLESS:
        end_soon(monkeypatch)
    inputs = requests.geotiff()
    inputs["process_request"]["evalscript"] = HOSTILE[name]
    findings = [str(problem) for problem in check_request(inputs)]
    estimate_request(inputs)
    assert len(findings) <= MOST_FINDINGS
    for finding in findings:
        assert finding.isprintable(), ascii(finding[:200])
        assert "::error" not in finding
        assert "::set-output" not in finding
        assert len(finding) <= MOST_OF_A_FINDING
        assert CANARY not in finding

    record_property("hostile_evalscripts", 1)


REFUSED = [
    "5000 digits",
    "1e300",
    "minus one",
    "a big integer",
    "40,000 levels",
    "in itself",
    "a symbol",
    "a promise",
    "throws escapes",
    "throws nothing",
    "a loop",
    "a loop on being asked",
    "a regular expression",
    "sorting",
    "an endless generator",
    "buffers",
    "texts",
    "a map",
    "require",
    "an import",
    "a token",
    "a NUL",
    "half a pair in the text",
    "two million characters",
    "nothing",
]


@pytest.mark.parametrize("name", REFUSED)
def test_it_is_refused(name: str) -> None:
    """What cannot work at the service is an error, not a warning."""
    inputs = requests.geotiff()
    inputs["process_request"]["evalscript"] = HOSTILE[name]
    assert any(finding.severity is Severity.ERROR for finding in check_request(inputs)), name


GREEDY = ("buffers", "texts", "joining", "replacing", "a map", "throws 30 MB", "a longer text")
MEASURE = """
import resource
import sys
from pulumi_sentinelhub.errors import SentinelHubError
from pulumi_sentinelhub.evalscript import run_setup
from tests.support.hostile import HOSTILE
for name in sys.argv[1:]:
    try:
        run_setup(HOSTILE[name])
    except SentinelHubError:
        pass
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="only Linux tells the size of a process")
def test_none_takes_more_memory_than_it_may() -> None:
    """The largest of the processes that ran scripts stays below its limit."""
    command = [sys.executable, "-c", MEASURE, *GREEDY]
    root = str(Path(__file__).parents[2])
    said = subprocess.run(command, cwd=root, check=True, capture_output=True, text=True, timeout=300).stdout
    assert 0 < int(said) * 1024 < MEMORY_BYTES + MEMORY_MARGIN + OF_PYTHON
