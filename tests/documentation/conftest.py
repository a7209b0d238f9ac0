"""Programs of the documentation run against an engine that only takes notes."""

from __future__ import annotations

from tests.support.notes import event_loop, notes, program

__all__ = ["event_loop", "notes", "program"]
