"""Programs that others bring, and output that is fit for a terminal."""

from __future__ import annotations

from tests.e2e.areas import BUCKET
from tests.e2e.jobs import PARTS
from tests.support.inputs import ONE_TILE

TRACEBACK = "Traceback (most recent call last)"


def program(request: str, before: str = "") -> str:
    """The parts, and something in between."""
    return f"{PARTS}\n{before}\n{request}\n"


def area(more: str = "") -> str:
    return f'area = request("area", "{BUCKET}", {ONE_TILE}{more})'


def clean(output: str) -> str:
    """What the CLI has printed, which must be fit for a terminal and for the log of a CI run."""
    assert TRACEBACK not in output
    assert "\x1b" not in output
    assert "\r" not in output.replace("\r\n", "\n")
    assert not any(line.lstrip().startswith("::") for line in output.splitlines())
    assert max(map(len, output.splitlines()), default=0) < 5000
    return output
