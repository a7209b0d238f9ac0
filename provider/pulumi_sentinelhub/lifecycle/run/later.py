"""Whether a run that ran out of time may be left to a later command without a word in the state."""

from __future__ import annotations

from ...batch.api import Phase
from ...errors import DeadlineExceeded, Unfinished


def comes_later(error: Unfinished) -> bool:
    """Whether nothing is lost where the state stays as it was before: the next update finds all of it anew.

    So not where it holds what no look at the requests tells: that their failed tiles were run again, what was
    spent on requests that have left, or that the run alone has to cancel requests that are given by bare id.
    """
    records = error.outputs.get("results") or []
    return (
        isinstance(error.cause, DeadlineExceeded)
        and any(not Phase.of(record.get("status")).is_final for record in records)
        and not any(record.get("restarts") for record in records)
        and not error.outputs.get("earlier")
        and not error.outputs.get("bare")
    )
