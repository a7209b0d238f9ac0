"""How the processes of a run share the tests: by file, and long files by their tests."""

from __future__ import annotations

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
#: Of these, what has a sandbox of its own for the whole file.
WHOLE = ("tests/e2e/test_interruption.py", "tests/e2e/test_actions.py")
#: What takes long without being shared: one of these at the end would keep the other processes idle.
LONG = (
    "tests/tools/test_bench.py",
    "tests/report/test_browser.py",
    "tests/s3/test_contents.py",
    "tests/s3/test_create.py",
    "tests/evalscript/",
    "tests/sandbox/v2/",
    "tests/test_layers.py",
)


def part(test: str) -> str:
    """The part of the suite that a test's id belongs to; a part runs in one process, in order."""
    file = test.partition("::")[0]
    return test.partition("-")[0] if file.startswith(IN_PARTS) and file not in WHOLE else file


def length(test: str) -> int:
    """A rank: what takes long comes first, so that small files fill the gaps at the end."""
    file = test.partition("::")[0]
    if file in WHOLE:
        return 0
    ranks = (("tests/e2e/",), LONG, IN_PARTS)
    return next((rank for rank, files in enumerate(ranks, 1) if file.startswith(files)), len(ranks) + 1)


def in_parts(config: Any, log: Any) -> Any:
    """A scheduler of pytest-xdist that gives a free process the next part."""
    # not every environment that runs some of the tests has it
    from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]

    class InParts(LoadScopeScheduling):  # type: ignore[misc]
        def _split_scope(self, nodeid: str) -> str:
            return part(nodeid)

    return InParts(config, log)
