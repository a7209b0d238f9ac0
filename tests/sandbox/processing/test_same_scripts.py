"""Hundreds of requests with one evalscript: what they have in common is looked at once."""

from __future__ import annotations

from typing import Any

import pytest

from sentinelhub_sandbox import processing
from sentinelhub_sandbox.processing import EvalscriptFailure, plan_tiles
from sentinelhub_sandbox.processing.request import evalscript
from sentinelhub_sandbox.real_pixels import FlatPixels, RealPixels

from .requests import script, small

GOOD = script("return [1]")


@pytest.mark.parametrize(
    ("end", "same"),
    [
        ("\n// of a", True),
        ("\n// of a\n  // of b\n\n", True),
        ("\nlet a = 1; // of a", False),
        ("\n/* of a\n// of b */", False),
        ("\nlet a = `\n// of a`", False),
    ],
)
def test_last_comments_make_no_other_script(end: str, same: bool) -> None:
    """Line comments at the end are left out, and nothing that could be more."""
    bare, other = evalscript(small(GOOD)).rstrip(), evalscript(small(f"{GOOD.rstrip()}{end}")).rstrip()
    assert (bare == other) == same
    assert same or other.endswith(end.rstrip())


def test_the_first_line_stays() -> None:
    """A script of comments alone keeps its version."""
    assert evalscript(small("//VERSION=3\n// nothing")).strip() == "//VERSION=3"


@pytest.mark.parametrize(("pixels", "times"), [(FlatPixels, 2), (RealPixels, 4)])
def test_flat_pixels_try_a_script_once(
    monkeypatch: pytest.MonkeyPatch, pixels: type[RealPixels], times: int
) -> None:
    """Once for the same data, wherever it is; other data are tried, too."""
    tried: list[Any] = []
    monkeypatch.setattr(processing, "validate_evalscript", lambda request, _: tried.append(request))
    made = pixels()
    other = small(GOOD)
    other["processRequest"]["input"]["data"][0]["dataFilter"]["maxCloudCoverage"] = 20
    for request in (
        small(GOOD),
        small(f"{GOOD}\n// of b"),
        small(GOOD, bbox=[9.0, 42.0, 9.1, 42.1]),
        other,
    ):
        made.validate_evalscript(request, plan_tiles(request))
    assert len(tried) == times


def test_flat_pixels_refuse_a_broken_script_each_time() -> None:
    """What was refused is refused again."""
    pixels, request = FlatPixels(), small(script("nonsense("))
    for _ in range(2):
        with pytest.raises(EvalscriptFailure):
            pixels.validate_evalscript(request, plan_tiles(request))
