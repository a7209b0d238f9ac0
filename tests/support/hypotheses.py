"""Hypothesis's settings: the same examples each time, unless a larger, random run is asked for."""

from __future__ import annotations

import os
from typing import Any

from hypothesis import HealthCheck, settings


def wished(variable: str) -> int:
    """How many examples the environment asks for; 0: none, so the suite's own number is tried."""
    return int(os.environ.get(variable, "0"))


def tried(usual: int, variable: str = "", **more: Any) -> settings:
    """So many examples, always the same ones; where ``variable`` is set, as many as it says, at random."""
    number = wished(variable)
    return settings(
        max_examples=number or usual,
        derandomize=not number,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        **more,
    )
