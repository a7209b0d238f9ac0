"""Amounts as the report writes them."""

from __future__ import annotations


def pu(value: float | None) -> str:
    """Processing units, with as many digits as mean something."""
    if value is None:
        return "not known"
    return f"{value:,.0f} PU" if value >= 100 else f"{value:.3g} PU"
