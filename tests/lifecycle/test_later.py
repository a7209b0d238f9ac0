"""When a run that ran out of time may be left to a later command."""

from __future__ import annotations

from typing import Any, Final

import pytest

from pulumi_sentinelhub.errors import DeadlineExceeded, Interrupted, JobFailed, Unfinished
from pulumi_sentinelhub.lifecycle.run.later import comes_later

RUNS: Final = {"id": "r-1", "status": "PROCESSING", "restarts": 0}
LATE: Final = DeadlineExceeded("no time is left")


@pytest.mark.parametrize(
    ("cause", "outputs", "later"),
    [
        (LATE, {"results": [RUNS]}, True),
        (LATE, {"results": [RUNS, {"id": "r-2", "status": "DONE"}]}, True),
        (LATE, {"results": [{"id": "r-1", "status": "FAILED"}]}, False),
        (LATE, {"results": [{**RUNS, "restarts": 1}]}, False),
        (LATE, {"results": [RUNS], "earlier": [{"id": "r-0", "cost": 7.0}]}, False),
        (LATE, {"results": [RUNS], "bare": ["r-1"]}, False),
        (Interrupted("interrupted"), {"results": [RUNS]}, False),
        (JobFailed("failed"), {"results": [RUNS]}, False),
        (LATE, {}, False),
    ],
)
def test_nothing_is_lost(cause: Any, outputs: dict[str, Any], later: bool) -> None:
    """Only out of time, with jobs that go on, and without what no look at them tells again."""
    assert comes_later(Unfinished(cause, id="run", outputs=outputs)) is later
