"""Mistakes that preview must find: one row each, also driven through the real CLI."""

from __future__ import annotations

from typing import Final

from tests.support.bad_inputs.mistake import REMOVED, Bad
from tests.support.bad_inputs.results import RESULTS
from tests.support.bad_inputs.scripts import SCRIPTS
from tests.support.bad_inputs.sources import SOURCES

__all__ = ["BAD_INPUTS", "REMOVED", "Bad"]

BAD_INPUTS: Final[tuple[Bad, ...]] = (*SOURCES, *SCRIPTS, *RESULTS)
