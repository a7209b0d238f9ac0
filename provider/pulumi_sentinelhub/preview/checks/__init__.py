"""What can be found wrong in a batch request before any call, and before any money is spent."""

from __future__ import annotations

from .check import check_request

__all__ = ["check_request"]
