"""How the processes of a run share the tests: by file, and long files by their tests."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

#: Files whose tests (by first parameter) may go to different processes: what their fixtures make for a whole
#: session is made once in each process, whatever that is given.
IN_PARTS = (
    "tests/e2e/",
    "tests/faults/test_matrix.py",
    "tests/faults/test_buckets.py",
    "tests/faults/test_answers.py",
    "tests/lifecycle/test_crashes.py",
    "tests/lifecycle/test_many.py",
    "tests/resources/test_wild.py",
    "tests/s3/test_buckets.py",
)
#: Of these, what makes something for the whole file.
WHOLE = (
    "tests/e2e/test_actions.py",
    "tests/e2e/test_buckets.py",
    "tests/e2e/test_collections.py",
    "tests/e2e/test_drift.py",
    "tests/e2e/test_foreign_answers.py",
    "tests/e2e/test_options.py",
    "tests/e2e/test_outcomes.py",
    "tests/e2e/test_ownership.py",
    "tests/e2e/test_plugin_typescript.py",
    "tests/e2e/test_replacement.py",
    "tests/e2e/test_v2_examples.py",
)
#: Tests with the mark ``pixels``, which go to one process, and share the sandbox that computes them there.
PIXELS = (
    "tests/e2e/test_corsica.py",
    "tests/e2e/test_examples.py::test_collection",
    "tests/e2e/test_examples.py::test_zarr",
    "tests/e2e/test_report.py::test_before_and_after",
    "tests/e2e/test_templates.py::test_geotiff",
    "tests/e2e/test_templates.py::test_zarr",
)
#: What hardly computes: processes that are killed and end by themselves, time-outs, answers that drip.
IDLE = (
    "tests/e2e/test_interruption.py",
    "tests/e2e/test_foreign_answers.py",
    "tests/e2e/test_plugin_later.py",
    "tests/e2e/test_unrecorded.py",
    "tests/e2e/test_slow_reads.py",
    "tests/e2e/test_errors.py::test_an_unreachable",
    "tests/plugin/test_process.py",
    "tests/plugin/test_lookups.py",
    "tests/dynamic/test_host.py",
    "tests/faults/test_dripping",
)
#: What mostly waits for other processes, and leaves a processor to the tests that compute.
WAITING = (
    "tests/e2e/",
    "tests/tools/",
    "tests/dynamic/",
    "tests/report/test_browser.py",
    "tests/engine/",
)
#: About how long a test takes, seconds; the first that fits counts.
SECONDS = {
    "tests/e2e/test_notebook.py": 22.0,
    "tests/e2e/test_corsica.py": 20.0,
    "tests/e2e/test_unrecorded.py": 10.0,
    "tests/e2e/test_slow_reads.py": 12.0,
    "tests/e2e/test_outcomes.py": 3.0,
    "tests/e2e/test_replacement.py": 5.0,
    "tests/e2e/test_v2_examples.py": 3.0,
    "tests/e2e/test_errors.py::test_an_unreachable": 10.0,
    "tests/e2e/test_plugin_later.py": 10.0,
    "tests/e2e/test_interruption.py::test_a_killed_cli": 14.0,
    "tests/e2e/test_plugin_typescript.py": 15.0,
    "tests/e2e/test_drift.py": 3.0,
    "tests/e2e/test_foreign_answers.py": 3.0,
    "tests/e2e/test_foreign.py::test_a_large_outline": 17.0,
    "tests/e2e/test_buckets.py": 2.5,
    "tests/e2e/test_report.py": 10.0,
    "tests/e2e/test_examples.py": 9.0,
    "tests/e2e/test_interruption.py": 4.0,
    "tests/e2e/test_ownership.py": 2.0,
    "tests/e2e/": 5.0,
    "tests/tools/": 2.5,
    "tests/plugin/test_process.py": 4.0,
    "tests/plugin/test_lookups.py": 0.7,
    "tests/dynamic/test_host.py": 1.2,
    "tests/engine/test_build.py": 1.5,
    "tests/engine/": 0.3,
    "tests/faults/test_bytes.py": 4.0,
    "tests/faults/test_dripping": 1.2,
    "tests/faults/test_answers.py": 0.4,
    "tests/faults/test_buckets.py": 0.04,
    "tests/lifecycle/test_machine.py": 6.0,
    "tests/lifecycle/test_many.py": 1.5,
    "tests/lifecycle/test_crashes.py": 0.4,
    "tests/resources/test_wild.py": 0.6,
    "tests/batch/v2/test_large_files.py": 3.0,
    "tests/sandbox/test_own_collections.py": 2.0,
    "tests/sandbox/v2/test_vendor.py": 4.0,
    "tests/sandbox/": 0.15,
    "tests/report/test_browser.py": 2.0,
    "tests/evalscript/": 0.14,
    "tests/test_layers.py": 0.5,
}
A_TEST = 0.03
"""Seconds of all others."""


def part(test: str) -> str:
    """The part of the suite that a test's id belongs to; a part runs in one process, in order."""
    file = test.partition("::")[0]
    if test.startswith(PIXELS):
        return "tests/e2e/ with pixels"
    return test.partition("-")[0] if file.startswith(IN_PARTS) and file not in WHOLE else file


def ranks(tests: Iterable[str]) -> dict[str, float]:
    """An order of the parts of these tests: what takes long first, what waits beside what computes.

    The tests that are idle, those that wait and those that compute are three rows, each with its longest
    part first; a rank is the share of the row's time that has passed before a part.
    """
    seconds: defaultdict[str, float] = defaultdict(float)
    for test in tests:
        seconds[part(test)] += next((time for file, time in SECONDS.items() if test.startswith(file)), A_TEST)
    found: dict[str, float] = {}
    for row in _rows(sorted(seconds, key=lambda one: -seconds[one])):
        whole, passed = sum(seconds[one] for one in row), 0.0
        for one in row:
            found[one] = passed / whole
            passed += seconds[one]
    return found


def _rows(parts: Iterable[str]) -> tuple[list[str], ...]:
    rows: tuple[list[str], list[str], list[str]] = ([], [], [])
    idle, waiting, computing = rows
    for one in parts:
        (idle if one.startswith(IDLE) else waiting if one.startswith(WAITING) else computing).append(one)
    return rows


def in_parts(config: Any, log: Any) -> Any:
    """A scheduler of pytest-xdist that gives a free process the next part."""
    # not every environment that runs some of the tests has it
    from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]

    class InParts(LoadScopeScheduling):  # type: ignore[misc]
        def _split_scope(self, nodeid: str) -> str:
            return part(nodeid)

    return InParts(config, log)
