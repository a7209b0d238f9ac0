"""What a check finds."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Problem:
    """A mistake in what was declared.

    Attributes:
        property: path of the input, e.g. ``process_request.input.bounds.bbox``.
        reason: what is wrong, as a clause about the property: ``has 3 numbers``.
        mend: what to write instead.
        warning: it may well work, or cannot be known here; said, but not refused.
    """

    property: str
    reason: str
    mend: str
    warning: bool = False

    def message(self) -> str:
        """Reason and mend in one line."""
        return f"{self.reason}; {self.mend}"

    def __str__(self) -> str:
        return f"{self.property}: {self.message()}"
