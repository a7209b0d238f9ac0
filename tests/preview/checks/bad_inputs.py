"""Mistakes that preview must find: one row each, also driven through the real CLI."""

from __future__ import annotations

from typing import Final

from tests.preview.checks.bad_input import REMOVED, BadInput
from tests.preview.checks.bad_results import RESULTS
from tests.preview.checks.bad_scripts import SCRIPTS
from tests.preview.checks.bad_sources import SOURCES

__all__ = ["BAD_INPUTS", "REMOVED", "BadInput"]

BAD_INPUTS: Final[tuple[BadInput, ...]] = (*SOURCES, *SCRIPTS, *RESULTS)
