"""Every place in the valid requests."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from hypothesis import strategies as st

from pulumi_sentinelhub.values import UNKNOWN
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


#: Whatever may stand in a place.
GARBAGE = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=12)
    | st.sampled_from(
        ["s3://", "<MyBucket>", "|u1", "image/tiff", "NaN", "9" * 400, 10**400, "default", UNKNOWN]
    ),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
