"""The service's words when a request cannot be found, or not do what is asked."""

from __future__ import annotations

from ..wire import ApiError


def not_found(kind: str, identifier: str) -> ApiError:
    """A 404 about one object."""
    return ApiError(404, f"Not found: {kind} {identifier}")


def illegal(before: str, action: str, status: str | None) -> ApiError:
    """A 400 about an action at the wrong time [observed]."""
    return ApiError(400, f"Illegal to change userAction from {before} to {action} with task status {status}")
