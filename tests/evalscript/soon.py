"""A limit that is soon reached, for scripts that nothing but time ends, whatever the limit."""

from __future__ import annotations

import pytest

from pulumi_sentinelhub.evalscript import runner

#: Seconds of CPU; what a right script takes is a hundredth of it.
SOON = 0.1


def end_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let scripts of this test have no more time than that."""
    monkeypatch.setattr(runner, "CPU_SECONDS", SOON)
