"""Amounts as the report writes them."""

from __future__ import annotations

from ..preview import price


def pu(value: float | None) -> str:
    """Processing units, as the preview and the run write them, also where they are not known."""
    return "not known" if value is None else price.pu(value)
