"""Rules of a tiling grid's settings [OpenAPI: TilingGridSettings, BatchV2TilingGridInput]."""

from __future__ import annotations

from typing import Any

from ..wire import Json, bad, expect

_BUFFER_LIMIT = 2**15 - 1


def check_grid(settings: Any, grids: list[Json], member: str) -> Json:
    """The descriptor of the grid that the settings name. Raises ApiError (400).

    Args:
        settings: ``id``, ``resolution``, ``bufferX``, ``bufferY``.
        grids: tiling grid descriptors.
        member: where the settings stand in the request, for messages.
    """
    expect(settings, dict, member)
    identifier = expect(settings.get("id"), int, f"{member}->id")
    resolution = expect(settings.get("resolution"), (int, float), f"{member}->resolution")
    grid = next((grid for grid in grids if grid["id"] == identifier), None)
    if grid is None:
        raise bad(f"{member}->id", f"Tiling grid with id {identifier} does not exist.")
    allowed = grid["properties"]["resolutions"]
    if not any(abs(resolution - value) <= 1e-9 * value for value in allowed):
        listed = ", ".join(str(float(value)) for value in sorted(allowed))
        raise bad(
            f"{member}->resolution",
            f"Resolution {float(resolution)} is not supported by grid {identifier}. Supported: {listed}.",
        )
    for name in ("bufferX", "bufferY"):
        buffer = settings.get(name)
        if buffer is not None and not 0 <= expect(buffer, int, f"{member}->{name}") <= _BUFFER_LIMIT:
            raise bad(f"{member}->{name}", "Must not be negative.")
    return grid
