"""Where the results of a job go."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pulumi

from .arguments import ArgumentError, is_later
from .collection import BatchCollection


@dataclass(frozen=True)
class Place:
    """Exactly one of the three ways to say where results go."""

    bucket_name: Any = None
    output: Any = None
    zarr_output: Any = None


def has_path(output: Any, zarr_output: Any) -> bool:
    """Whether the bucket is named by a path; what comes later is taken to be complete."""
    if is_later(output) or is_later(zarr_output):
        return True
    return "defaultTilePath" in (output or {}) or "path" in (zarr_output or {})


def place_of(where: str, bucket: Any, output: Any, zarr_output: Any, collection: Any) -> Place:
    """The place that a job's arguments name. Raises ArgumentError where they contradict each other."""
    if zarr_output is not None:
        if output is not None or collection is not None:
            raise ArgumentError(f"{where} has zarr_output, which goes with neither output nor collection")
        return Place(zarr_output=_filled(zarr_output, "path", bucket, "/<requestId>"))
    if output is None and collection is None:
        return Place(bucket_name=bucket)
    filled = _filled({} if output is None else output, "defaultTilePath", bucket, "")
    if collection is None:
        return Place(output=filled)
    id = collection.id if isinstance(collection, BatchCollection) else collection
    if is_later(filled):
        raise ArgumentError(
            f"{where}: put the collection into output as collectionId, since output is an Output"
        )
    return Place(output={"cogOutput": True, **filled, "collectionId": id})


def _filled(family: Any, member: str, bucket: Any, suffix: str) -> Any:
    """The output family with a path on the bucket, where it has none."""
    if bucket is None or is_later(family) or member in family:
        return family
    return {**family, member: pulumi.Output.concat("s3://", bucket, suffix)}
