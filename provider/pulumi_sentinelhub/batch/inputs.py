"""Declared inputs of a batch request, in whatever generation it lives."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def collection_id_of(inputs: Mapping[str, Any]) -> str | None:
    """The collection that the declared output writes into."""
    output = inputs.get("output")
    link = output.get("collectionId") if isinstance(output, Mapping) else None
    return link if isinstance(link, str) else None


def with_link(output: Mapping[str, Any], collection_id: str | None) -> dict[str, Any]:
    """An ``output`` that writes into another collection."""
    return {**output, "collectionId": collection_id}


def without_link(output: Any) -> Any:
    """An ``output`` without its collection link, the one member that can be changed in place."""
    if not isinstance(output, Mapping):
        return output
    return {key: value for key, value in output.items() if key != "collectionId"}
