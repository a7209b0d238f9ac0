"""The states of a request."""

from __future__ import annotations

from enum import Enum


class Phase(str, Enum):
    """States of a request, of either generation [batch docs: state machines of v1 and v2]."""

    CREATED = "CREATED"
    ANALYSING = "ANALYSING"
    ANALYSIS_DONE = "ANALYSIS_DONE"
    PROCESSING = "PROCESSING"
    DONE = "DONE"
    PARTIAL = "PARTIAL"
    FAILED = "FAILED"
    CANCELED = "CANCELED"
    STOPPED = "STOPPED"


_COMMON = (Phase.CREATED, Phase.ANALYSING, Phase.ANALYSIS_DONE, Phase.PROCESSING, Phase.DONE, Phase.FAILED)
V1_PHASES = frozenset({*_COMMON, Phase.PARTIAL, Phase.CANCELED})
V2_PHASES = frozenset({*_COMMON, Phase.STOPPED})
