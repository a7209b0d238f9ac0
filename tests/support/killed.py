"""The death of a process, in the middle of a call."""

from __future__ import annotations


class Killed(BaseException):
    """The process dies here; no handler of the provider sees it."""
