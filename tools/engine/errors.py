"""The one error of this tool."""

from __future__ import annotations


class EngineError(Exception):
    """No Pulumi CLI could be had; the message says what was tried and what to do."""
