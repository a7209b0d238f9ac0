"""Every place in the valid requests."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.support import requests

BASES = (requests.geotiff, requests.zarr, requests.collection)
Step = str | int


def paths(value: Any, here: tuple[Step, ...] = ()) -> Iterator[tuple[Step, ...]]:
    """The paths of all values inside ``value``."""
    members: Any = (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    )
    for step, member in members:
        yield (*here, step)
        yield from paths(member, (*here, step))


def put(inputs: dict[str, Any], path: tuple[Step, ...], value: Any) -> dict[str, Any]:
    """The inputs with another value at a path."""
    target: Any = inputs
    for step in path[:-1]:
        target = target[step]
    target[path[-1]] = value
    return inputs


PLACES = [(base, path) for base in BASES for path in paths(base())]
