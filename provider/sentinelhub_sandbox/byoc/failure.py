"""Why a tile cannot be ingested."""

from __future__ import annotations

UNEXPECTED = "Unexpected error occurred while ingesting the tile."  # [observed]


class IngestionError(Exception):
    """A tile cannot be ingested; the message is its ``failedIngestionCause``."""
