"""BatchRequest: what is to be computed."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any, Final

import pulumi

from ..batch.api import Generation
from ..batch.generations import GENERATIONS
from ..dynamic import phase, providers
from ..lifecycle.tables.request import FIELDS, OUTPUTS
from ..shown import listed
from ..types import (
    BatchPayload,
    FeatureInput,
    HasPayload,
    LaterJson,
    OnDelete,
    Output,
    ProcessRequest,
    TilingGrid,
    ZarrOutput,
)
from .areas import with_area
from .arguments import ArgumentError, checked, expect_payload, is_later
from .declared import Declared
from .hidden import hidden_inputs, previewed, program_settings
from .script_file import evalscript_text

TYPE: Final = "pulumi-python:dynamic/sentinelhub:BatchRequest"


class BatchRequest(Declared, module="sentinelhub", name="BatchRequest"):
    """A batch request: what is to be computed. Creating one runs and costs nothing; a BatchRun runs it.

    Destroying cancels it where it is active, waits until it has settled, and deletes it.

    Args:
        name: the name in the Pulumi program.
        process_request: what to compute, in the API's own JSON shape: input, output, evalscript; or a
            ``SentinelHubRequest`` of sentinelhub-py. The area may be anything with ``__geo_interface__``, or
            the path of a GeoJSON file.
        tiling_grid: tiling grid and resolution (metres or degrees): id, resolution, bufferX, bufferY
            (pixels); exactly one of ``tiling_grid`` and ``features`` is needed.
        features: a GeoPackage whose features are processed in place of a grid's tiles, with batch v2: where
            it is (``s3.url``), and size (pixels) or resolution for features that have none (``defaults``);
            such as ``Features(…).features``.
        bucket_name: bucket for GeoTIFF results at the default paths; exactly one of ``bucket_name``,
            ``output`` and ``zarr_output`` is needed.
        output: paths, COG and collection of GeoTIFF results; its collectionId alone can be changed in place.
        zarr_output: path and arrays of a Zarr result.
        role_arn: ARN of the IAM role by which batch v2 comes to results and features on AWS, such as
            ``OutputBucket(…).role_arn``; the configured keys are used where absent, and v1 takes no notice.
        description: free text to recognise the request by; names a created collection.
        evalscript: the evalscript's text, or a path to it, in place of ``process_request["evalscript"]``.
        adopt_id: id of an existing batch request to take over instead of making one; like an import: once it
            is done, it may be taken out again.
        on_delete: what destroy does with the remote request: ``"cancel"`` and delete it, or ``"leave"`` it as
            it is; where absent, one that was made here is cancelled, an adopted one is left.
        opts: options of the resource.

    Changes:
        ``process_request``, ``tiling_grid``, ``features``, ``bucket_name``, ``output``, ``zarr_output``,
            ``role_arn``, ``adopt_id``: a change replaces the remote object.
        ``description``: a change is made in place.
        ``on_delete``: a change makes no call: it is kept in the state, and counts the next time that it
            matters.

    Attributes:
        request_id: id of the batch request.
        status: status as last read, in the service's words; a refresh reads it again.
        user_action: the latest action: NONE, ANALYSE, START or CANCEL.
        user_action_updated: when that was, ISO 8601.
        created: when the request was made, ISO 8601.
        value_estimate: the service's estimate in processing units, before the batch discount; known after
            analysis.
        tile_count: number of tiles: estimated at first, exact after analysis.
        tile_width_px: width of a tile in pixels, without buffers.
        tile_height_px: height of a tile in pixels, without buffers.
        error: the service's words where the request failed.
        collection_id: the batch collection that it writes into.
        data_type: what a Process API request names to read that collection: ``batch-<id>``.
        result_path: where the results are: ``s3://bucket/prefix``.
        expired: whether the service has removed the request after it ran.
        missing: set where a refresh did not find the request and nobody saw its job end: ``may run`` or
            ``never ran``.
        adopted: whether it was taken over by ``adopt_id``.
        service: address of the service that it was made at.
        account_id: id of the account that it belongs to.
        api_version: the generation of the batch API that it lives in, ``"v1"`` or ``"v2"``; absent in states
            of 0.1.0.

    Raises:
        pulumi.RunError: an argument has the wrong Python type, or the evalscript's file cannot be read.
    """

    process_request: pulumi.Output[Mapping[str, Any]]
    tiling_grid: pulumi.Output[Mapping[str, Any] | None]
    features: pulumi.Output[Mapping[str, Any] | None]
    bucket_name: pulumi.Output[str | None]
    output: pulumi.Output[Mapping[str, Any] | None]
    zarr_output: pulumi.Output[Mapping[str, Any] | None]
    role_arn: pulumi.Output[str | None]
    description: pulumi.Output[str | None]
    adopt_id: pulumi.Output[str | None]
    on_delete: pulumi.Output[str]
    request_id: pulumi.Output[str]
    status: pulumi.Output[str]
    user_action: pulumi.Output[str | None]
    user_action_updated: pulumi.Output[str | None]
    created: pulumi.Output[str | None]
    value_estimate: pulumi.Output[float | None]
    tile_count: pulumi.Output[int | None]
    tile_width_px: pulumi.Output[int | None]
    tile_height_px: pulumi.Output[int | None]
    error: pulumi.Output[str | None]
    collection_id: pulumi.Output[str | None]
    data_type: pulumi.Output[str | None]
    result_path: pulumi.Output[str]
    api_version: pulumi.Output[str | None]
    expired: pulumi.Output[bool]
    missing: pulumi.Output[str | None]
    adopted: pulumi.Output[bool]
    service: pulumi.Output[str | None]
    account_id: pulumi.Output[str | None]

    def __init__(
        self,
        name: str,
        *,
        process_request: pulumi.Input[ProcessRequest] | LaterJson | HasPayload | None = None,
        tiling_grid: pulumi.Input[TilingGrid] | LaterJson | None = None,
        features: pulumi.Input[FeatureInput] | LaterJson | None = None,
        bucket_name: pulumi.Input[str] | None = None,
        output: pulumi.Input[Output] | LaterJson | None = None,
        zarr_output: pulumi.Input[ZarrOutput] | LaterJson | None = None,
        role_arn: pulumi.Input[str | None] | None = None,
        description: pulumi.Input[str] | None = None,
        evalscript: pulumi.Input[str] | os.PathLike[str] | None = None,
        adopt_id: pulumi.Input[str] | None = None,
        on_delete: pulumi.Input[OnDelete] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        where = f'BatchRequest("{name}")'
        if adopt_id is None:
            if process_request is None:
                raise ArgumentError(f"{where} needs process_request (or adopt_id)")
            expect_one_cutter(where, tiling_grid, features)
        given: dict[str, Any] = {
            "process_request": with_area(f"{where}.process_request", process_request),
            "tiling_grid": tiling_grid,
            "features": features,
            "bucket_name": bucket_name,
            "output": output,
            "zarr_output": zarr_output,
            "role_arn": role_arn,
            "description": description,
            "adopt_id": adopt_id,
            "on_delete": on_delete,
        }
        arguments = checked(where, FIELDS, given)
        settings = program_settings()
        inputs: dict[str, Any] = {
            **arguments,
            "process_request": _with_evalscript(where, arguments["process_request"], evalscript),
            phase.KEY: previewed(),
            **hidden_inputs(settings, TYPE, name, opts),
            "result_path": _path(
                GENERATIONS[settings.api_version],
                *(arguments[given] for given in ("bucket_name", "output", "zarr_output")),
            ),
        }
        #: The key of this declaration, for the run that its price belongs to.
        self.declaration: pulumi.Output[str] = inputs["declaration"]
        super().__init__(providers.Request(), name, OUTPUTS, inputs, _old_one_first(opts))

    @classmethod
    def from_payload(
        cls,
        name: str,
        payload: BatchPayload | Mapping[str, Any],
        *,
        evalscript: pulumi.Input[str] | os.PathLike[str] | None = None,
        on_delete: pulumi.Input[OnDelete] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> BatchRequest:
        """A request from a whole payload, as the service's documentation shows it.

        Args:
            name: the name in the Pulumi program.
            payload: members processRequest, tilingGrid, bucketName, output, zarrOutput, description.
            evalscript: in place of the payload's own.
            on_delete: as in the constructor.
            opts: options of the resource.

        Raises:
            pulumi.RunError: the payload has other members, or its parts have the wrong type.
        """
        where = f'BatchRequest.from_payload("{name}")'
        expect_payload(where, payload)
        inputs = from_payload(where, payload)
        return cls(name, **inputs, evalscript=evalscript, on_delete=on_delete, opts=opts)


def expect_one_cutter(where: str, tiling_grid: Any, features: Any) -> None:
    """Raise ArgumentError unless exactly one of the two says how the area is cut."""
    if (tiling_grid is None) == (features is None):
        raise ArgumentError(
            f"{where} needs exactly one of tiling_grid and features, but "
            f"{'has neither' if features is None else 'has both'}"
        )


def from_payload(where: str, payload: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments that a payload stands for. Raises ArgumentError for members that no payload has."""
    api = min(GENERATIONS.values(), key=lambda one: len(set(payload) - set(one.members)))
    unknown = sorted(str(member) for member in set(payload) - set(api.members))
    if unknown:
        raise ArgumentError(
            f"{where}: {listed(unknown)} cannot be part of a new request; its members are "
            f"{', '.join(api.members)}"
        )
    return api.inputs(payload)


def _old_one_first(opts: pulumi.ResourceOptions | None) -> pulumi.ResourceOptions:
    """A job that runs has to end before the one in its place is started.

    For a replacement that the user asks for (``--replace``) the engine does not ask the provider, only this
    option [pulumi 3.259: step_generator, diff]. So a False of the user's is not kept: two jobs would run.
    """
    first = pulumi.ResourceOptions(delete_before_replace=True)
    return first if opts is None else pulumi.ResourceOptions.merge(opts, first)


def _path(api: Generation, bucket_name: Any, output: Any, zarr_output: Any) -> Any:
    """Where results go, before the request has an id.

    The engine keeps an output secret whose input of the same name is: a secret in the path stays one.
    """
    given = {"bucket_name": bucket_name, "output": output, "zarr_output": zarr_output}
    known = {name: value for name, value in given.items() if value is not None}
    if not any(is_later(value) or isinstance(value, Mapping) for value in known.values()):
        return api.result_path(known, "<requestId>")
    resolved: pulumi.Output[Any] = pulumi.Output.from_input(known)
    return resolved.apply(lambda values: api.result_path(values, "<requestId>"))


def _with_evalscript(where: str, process_request: Any, evalscript: Any) -> Any:
    """The process request with the evalscript merged in."""
    if evalscript is None:
        return process_request
    if process_request is None:
        raise ArgumentError(f"{where}.evalscript has no process_request to go into")
    text = evalscript_text(f"{where}.evalscript", evalscript)

    def merged(known: Any) -> Any:
        if not isinstance(known, Mapping):
            return known  # the lifecycle's check says so
        if "evalscript" in known:
            raise ArgumentError(f'{where} has an evalscript twice: also in process_request["evalscript"]')
        return {**known, "evalscript": text}

    return process_request.apply(merged) if is_later(process_request) else merged(process_request)
