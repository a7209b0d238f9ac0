"""Features: a GeoPackage that batch v2 processes in place of a grid's tiles."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any, Final

import pulumi

from ..dynamic import phase, providers
from ..lifecycle.feature_file import for_request, key_of, url_of
from ..lifecycle.tables.features import FIELDS, OUTPUTS
from ..types import FeatureDefaults
from .arguments import checked
from .bucket import OutputBucket
from .declared import Declared
from .feature_source import feature_file
from .hidden import hidden_inputs, previewed, program_settings

TYPE: Final = "pulumi-python:dynamic/sentinelhub:Features"


class Features(Declared, module="sentinelhub", name="Features"):
    """A GeoPackage in a bucket: what a batch request processes in place of a grid's tiles (batch v2).

    The object's key holds a hash of the content, so that other content makes another object, and another
    request, while one that runs keeps its file. Destroying deletes the object, and nothing that others have
    put in its place.

    Args:
        name: the name in the Pulumi program.
        source: the path of a GeoPackage; or a GeoJSON-like FeatureCollection; or anything with
            ``__geo_interface__`` that gives one, such as a GeoDataFrame. Each feature is a polygon with a
            property ``identifier``, which becomes ``<tileName>``, and may have ``width`` and ``height``
            (pixels) or ``resolution`` (units of the CRS).
        bucket: an OutputBucket, or the name of a bucket: where the file goes.
        key: key of the object, ``features/<name>.gpkg`` where absent; the content's hash is put before its
            ending, so that a request which runs keeps its file.
        defaults: width and height (pixels), or resolution (units of the CRS), of features that have none.
        opts: options of the resource.

    Changes:
        ``bucket``, ``key``: a change replaces the remote object.
        ``defaults``: a change makes no call: it is kept in the state, and counts the next time that it
            matters.

    Attributes:
        url: where the file is: ``s3://bucket/key``, with the hash of its content.
        content_hash: a hash of the content; another one makes another file.
        features: to be given to a request as its ``features``.
        etag: the store's own mark of what was uploaded, to see a change by.

    Raises:
        pulumi.RunError: an argument has the wrong Python type, the source cannot be read or written, or the
            extra ``features`` is not installed.
    """

    bucket: pulumi.Output[str]
    key: pulumi.Output[str]
    defaults: pulumi.Output[Mapping[str, Any] | None]
    url: pulumi.Output[str]
    content_hash: pulumi.Output[str]
    features: pulumi.Output[Mapping[str, Any]]
    etag: pulumi.Output[str]

    def __init__(
        self,
        name: str,
        *,
        source: str | os.PathLike[str] | Mapping[str, Any] | object,
        bucket: OutputBucket | pulumi.Input[str],
        key: pulumi.Input[str] | None = None,
        defaults: pulumi.Input[FeatureDefaults] | pulumi.Input[Mapping[str, Any]] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        where = f'Features("{name}")'
        given: dict[str, Any] = {
            "bucket": bucket.bucket if isinstance(bucket, OutputBucket) else bucket,
            "key": key_of(name) if key is None else key,
            "defaults": defaults,
        }
        arguments = checked(where, FIELDS, given)
        file = feature_file(f"{where}.source", source)
        known: pulumi.Output[Any] = pulumi.Output.from_input(arguments)
        url = known.apply(lambda values: url_of(values, file.content_hash))
        inputs: dict[str, Any] = {
            **arguments,
            "content_hash": file.content_hash,
            "file": str(file.path),
            "url": url,
            "features": pulumi.Output.all(url, known).apply(
                lambda both: for_request(both[0], both[1].get("defaults"))
            ),
            phase.KEY: previewed(),
            **hidden_inputs(program_settings(), TYPE, name, opts),
        }
        super().__init__(providers.Features(), name, OUTPUTS, inputs, opts)
