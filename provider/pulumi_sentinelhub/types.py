"""The API's JSON shapes, for editors and type checkers. Any mapping of the same shape does.

Names are the service's own (camelCase), so what its documentation shows can be pasted. [batch OpenAPI:
schemas BatchProcessRequest, ProcessRequest, BatchProcessOutput, BatchZarrParameters]
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Literal, Protocol, TypeAlias, TypedDict

import pulumi
from pulumi import Input


class HasArea(Protocol):
    """Anything that tells its geometry: shapely, geopandas, geojson and others."""

    @property
    def __geo_interface__(self) -> Any:
        """GeoJSON."""


class HasGeometry(Protocol):
    """Anything with such a geometry: ``BBox`` and ``Geometry`` of sentinelhub-py."""

    @property
    def geometry(self) -> Any:
        """The geometry."""


class HasPayload(Protocol):
    """A ``SentinelHubRequest`` of sentinelhub-py."""

    payload: dict[str, Any]


#: An area that is no JSON: an object, or the path of a GeoJSON file.
Area: TypeAlias = "HasArea | HasGeometry | str | os.PathLike[str]"

#: JSON of any shape that comes later. A dictionary that is written in a program has to have the API's shape,
#: so that a misspelt member is found early; where it stands apart annotate it: ``grid: TilingGrid = …``.
LaterJson: TypeAlias = "pulumi.Output[Mapping[str, Any]]"

#: How far a run goes.
Until: TypeAlias = Literal["analysed", "started", "finished", "cancelled"]
#: What destroy does with a remote request.
OnDelete: TypeAlias = Literal["cancel", "leave"]
#: What destroy does with a collection.
CollectionEnd: TypeAlias = Literal["delete", "leave"]

TimeRange = TypedDict("TimeRange", {"from": "Input[str] | date", "to": "Input[str] | date"})
"""A time range, both ends ISO 8601, e.g. ``2019-04-01T00:00:00Z``, or dates: whole days."""


class CrsProperties(TypedDict, total=False):
    """``crs``, e.g. ``http://www.opengis.net/def/crs/EPSG/0/32632``; CRS84 where absent."""

    crs: Input[str]


class Bounds(TypedDict, total=False):
    """The area: ``bbox`` (west, south, east, north in the CRS) or ``geometry``, and its CRS.

    The geometry is GeoJSON, anything with ``__geo_interface__``, or the path of a GeoJSON file.
    """

    bbox: Input[Sequence[Input[float]]]
    geometry: Input[Mapping[str, Any]] | Area
    properties: Input[CrsProperties]


class DataFilter(TypedDict, total=False):
    """Which acquisitions: time range, cloud coverage in percent, order; more by collection."""

    timeRange: Input[TimeRange]
    maxCloudCoverage: Input[float]
    mosaickingOrder: Input[str]
    previewMode: Input[str]
    acquisitionMode: Input[str]
    polarization: Input[str]
    resolution: Input[str]
    orbitDirection: Input[str]
    timeliness: Input[str]
    demInstance: Input[str]
    minQa: Input[int]
    tiers: Input[str]
    constellation: Input[str]


class _DataType(TypedDict):
    type: Input[str]


class DataSource(_DataType, total=False):
    """One source: collection ``type`` such as ``sentinel-2-l2a``, ``id`` for fusion, filter, processing."""

    id: Input[str]
    dataFilter: Input[DataFilter]
    processing: Input[Mapping[str, Any]]


class _Data(TypedDict):
    data: Input[Sequence[Input[DataSource]]]


class ProcessInput(_Data, total=False):
    """Area and data sources; where features are processed, they are the area."""

    bounds: Input[Bounds] | Area


class Format(TypedDict):
    """``type``: ``image/tiff``, ``application/json`` (for ``userdata``) or ``zarr/array``."""

    type: Input[str]


class _Response(TypedDict):
    identifier: Input[str]
    format: Input[Format]


class Response(_Response, total=False):
    """One output of the evalscript and its format; ``logo`` is what the service's echoes have."""

    logo: Input[bool]


class ProcessOutput(TypedDict):
    """The outputs to be written."""

    responses: Input[Sequence[Input[Response]]]


class _ProcessRequest(TypedDict):
    input: Input[ProcessInput]


class ProcessRequest(_ProcessRequest, total=False):
    """What to compute. ``evalscript`` may be given by the argument of that name instead."""

    output: Input[ProcessOutput]
    evalscript: Input[str]


class _TilingGrid(TypedDict):
    id: Input[int]
    resolution: Input[float]


class TilingGrid(_TilingGrid, total=False):
    """Tiling grid and resolution (metres, or degrees in WGS84 grids); buffers in pixels on each side."""

    bufferX: Input[int]
    bufferY: Input[int]


class _FeatureFile(TypedDict):
    url: Input[str]


class FeatureFile(_FeatureFile, total=False):
    """Where a GeoPackage is: ``s3://bucket/areas.gpkg``, and the bucket's region where it is another one."""

    region: Input[str]


class FeatureDefaults(TypedDict, total=False):
    """For features that have none: width and height in pixels, or resolution in units of their CRS."""

    width: Input[int]
    height: Input[int]
    resolution: Input[float]


class _FeatureInput(TypedDict):
    s3: Input[FeatureFile]


class FeatureInput(_FeatureInput, total=False):
    """Features of a GeoPackage, in place of a tiling grid (batch v2)."""

    defaults: Input[FeatureDefaults]


class CogParameters(TypedDict, total=False):
    """How cloud-optimised GeoTIFFs are written: overviews, and block size in pixels."""

    overviewLevels: Input[Sequence[Input[int]]]
    overviewMinSize: Input[int]
    resamplingAlgorithm: Input[str]
    blockxsize: Input[int]
    blockysize: Input[int]
    usePredictor: Input[bool]


class Output(TypedDict, total=False):
    """Where and how GeoTIFFs are written, and the collection that they go into."""

    defaultTilePath: Input[str]
    overwrite: Input[bool]
    skipExisting: Input[bool]
    cogOutput: Input[bool]
    cogParameters: Input[CogParameters]
    createCollection: Input[bool]
    collectionId: Input[str]


class _ZarrGroup(TypedDict):
    zarr_format: Input[int]


class ZarrGroup(_ZarrGroup, total=False):
    """The group's metadata: ``zarr_format`` 2, origin of the coordinates, attributes of one's own."""

    coordinates: Input[Mapping[str, Any]]
    customAttributes: Input[Mapping[str, Any]]


class ArrayParameters(TypedDict, total=False):
    """How arrays are stored: e.g. dtype ``<u2``, order ``C``, chunks ``[1, y, x]`` in pixels, fill value."""

    dtype: Input[str]
    order: Input[str]
    chunks: Input[Sequence[Input[int]]]
    fill_value: Input[float | str]
    compressor: Input[Mapping[str, Any]]


class ArrayOverride(ArrayParameters, total=False):
    """What differs for one output, and attributes of its array."""

    customAttributes: Input[Mapping[str, Any]]


class _ZarrOutput(TypedDict):
    group: Input[ZarrGroup]


class ZarrOutput(_ZarrOutput, total=False):
    """A Zarr result: ``path`` (``s3://bucket/folder/<requestId>``), group and arrays."""

    path: Input[str]
    arrayParameters: Input[ArrayParameters]
    arrayOverrides: Input[Mapping[str, Input[ArrayOverride]]]


class BatchPayload(TypedDict, total=False):
    """A whole payload as the API takes it, for ``BatchRequest.from_payload``."""

    processRequest: Input[ProcessRequest]
    tilingGrid: Input[TilingGrid]
    bucketName: Input[str]
    output: Input[Output]
    zarrOutput: Input[ZarrOutput]
    description: Input[str]
