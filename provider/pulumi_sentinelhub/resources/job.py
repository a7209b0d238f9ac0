"""BatchJob: bucket, request and run in one declaration."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any, Final

import pulumi

from ..lifecycle.tables.job import FIELDS, OUTPUTS
from ..types import (
    BatchPayload,
    FeatureInput,
    HasPayload,
    LaterJson,
    OnDelete,
    Output,
    ProcessRequest,
    TilingGrid,
    Until,
    ZarrOutput,
)
from .arguments import ArgumentError, checked, expect_payload
from .bucket import OutputBucket
from .collection import BatchCollection
from .place import has_path, place_of
from .request import BatchRequest, expect_one_cutter, from_payload
from .run import BatchRun

TYPE: Final = "sentinelhub:index:BatchJob"


class BatchJob(pulumi.ComponentResource):
    """A whole job: a bucket (unless one is given), a BatchRequest and a BatchRun.

    ``custom_timeouts`` of the component are handed on to its parts.

    Args:
        name: the name in the Pulumi program; its parts bear it, too.
        process_request: what to compute, in the API's own JSON shape: input, output, evalscript; or a
            ``SentinelHubRequest`` of sentinelhub-py. The area may be anything with ``__geo_interface__``, or
            the path of a GeoJSON file.
        tiling_grid: tiling grid and resolution (metres or degrees): id, resolution, bufferX, bufferY
            (pixels); exactly one of ``tiling_grid`` and ``features`` is needed.
        features: a GeoPackage whose features are processed in place of a grid's tiles, with batch v2: where
            it is (``s3.url``), and size (pixels) or resolution for features that have none (``defaults``);
            such as ``Features(…).features``.
        bucket: an OutputBucket or a bucket's name; one is made where absent, unless ``output`` or
            ``zarr_output`` name a path.
        output: paths, COG and collection of GeoTIFF results; ``defaultTilePath`` is the bucket where absent.
        zarr_output: a Zarr result in place of GeoTIFFs; ``path`` is ``s3://<bucket>/<requestId>`` where
            absent.
        collection: the batch collection to write into, or its id; another one in its place is linked in
            place.
        role_arn: ARN of the IAM role by which batch v2 comes to results and features on AWS; that of
            ``bucket`` where absent, if it makes one (``delivery_role``), else the configured keys are used.
        description: free text to recognise the request by; names a created collection.
        evalscript: the evalscript's text, or a path to it, in place of ``process_request["evalscript"]``.
        force_destroy: whether destroy removes what is in the bucket that is made here.
        until: how far: ``"analysed"``, ``"started"``, ``"finished"`` or ``"cancelled"``. A job stands for its
            results, so it waits for them where nothing is said; a run, which may hold hundreds of requests,
            only starts them.
        max_cost: processing units that all requests together may cost, after the batch discount: they are
            analysed first and nothing is started when the estimates exceed it; while the run waits for them,
            they are cancelled when the cost so far passes it. A change alone makes no call, and so ends no
            job.
        restart_partial: how often failed tiles of a PARTIAL request are run again, which costs processing
            units.
        accept_partial: whether a result that lacks failed tiles will do.
        on_delete: what destroy does with the remote request: ``"cancel"`` and delete it, or ``"leave"`` it as
            it is.
        opts: options of the component.

    Changes:
        ``process_request``, ``tiling_grid``, ``features``, ``bucket``, ``output``, ``zarr_output``,
            ``collection``, ``role_arn``: a change replaces the remote object.
        ``description``: a change is made in place.
        ``until``, ``restart_partial``, ``accept_partial``: a change drives the requests: calls are made for
            each that is not at the outcome.
        ``force_destroy``, ``max_cost``, ``on_delete``: a change makes no call: it is kept in the state, and
            counts the next time that it matters.

    Attributes:
        request: the BatchRequest.
        run: the BatchRun.
        output_bucket: the OutputBucket, where one is made or given.
        request_id: id of the batch request.
        status: status that the run has brought it to.
        tiles: number of tiles.
        cost_estimate: estimate in processing units, after the batch discount.
        cost: processing units spent, after the batch discount.
        bucket: name of the bucket.
        result_path: where the results are: ``s3://bucket/prefix``.
        collection_id: the batch collection that it writes into, be it one that it makes itself.
        failed_tiles: names of failed tiles, at most 20 a request; on v2 each with its reason.

    Raises:
        pulumi.RunError: an argument has the wrong Python type, or two contradict each other.
    """

    request: BatchRequest
    run: BatchRun
    output_bucket: OutputBucket | None
    request_id: pulumi.Output[str]
    status: pulumi.Output[str]
    tiles: pulumi.Output[int]
    cost_estimate: pulumi.Output[float | None]
    cost: pulumi.Output[float | None]
    failed_tiles: pulumi.Output[Sequence[str]]
    bucket: pulumi.Output[str | None]
    result_path: pulumi.Output[str]
    collection_id: pulumi.Output[str | None]

    def __init__(
        self,
        name: str,
        *,
        process_request: pulumi.Input[ProcessRequest] | LaterJson | HasPayload,
        tiling_grid: pulumi.Input[TilingGrid] | LaterJson | None = None,
        features: pulumi.Input[FeatureInput] | LaterJson | None = None,
        bucket: OutputBucket | pulumi.Input[str] | None = None,
        output: pulumi.Input[Output] | LaterJson | None = None,
        zarr_output: pulumi.Input[ZarrOutput] | LaterJson | None = None,
        collection: BatchCollection | pulumi.Input[str] | None = None,
        role_arn: pulumi.Input[str | None] | None = None,
        description: pulumi.Input[str] | None = None,
        evalscript: pulumi.Input[str] | os.PathLike[str] | None = None,
        force_destroy: pulumi.Input[bool] = False,
        until: pulumi.Input[Until] = "finished",
        max_cost: pulumi.Input[float] | None = None,
        restart_partial: pulumi.Input[int] = 0,
        accept_partial: pulumi.Input[bool] = False,
        on_delete: pulumi.Input[OnDelete] = "cancel",
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__(TYPE, name, None, opts)
        where = f'BatchJob("{name}")'
        expect_one_cutter(where, tiling_grid, features)
        given: dict[str, Any] = {
            "bucket": None if isinstance(bucket, OutputBucket) else bucket,
            "output": output,
            "zarr_output": zarr_output,
            "collection": None if isinstance(collection, BatchCollection) else collection,
            "force_destroy": force_destroy,
        }
        own = checked(where, FIELDS, given)
        output, zarr_output, force_destroy = own["output"], own["zarr_output"], own["force_destroy"]
        bucket = bucket if isinstance(bucket, OutputBucket) else own["bucket"]
        collection = collection if isinstance(collection, BatchCollection) else own["collection"]
        of_part = pulumi.ResourceOptions(parent=self, custom_timeouts=opts.custom_timeouts if opts else None)
        self.output_bucket = bucket if isinstance(bucket, OutputBucket) else None
        if role_arn is None and isinstance(bucket, OutputBucket) and bucket.declares_role:
            role_arn = bucket.role_arn
        if bucket is None and not has_path(output, zarr_output):
            self.output_bucket = OutputBucket(name, force_destroy=force_destroy, opts=of_part)
        elif force_destroy is True:
            raise ArgumentError(
                f"{where}.force_destroy is for a bucket that is made here; set it on your own one"
            )
        bucket_name = bucket if self.output_bucket is None else self.output_bucket.bucket
        place = place_of(where, bucket_name, output, zarr_output, collection)
        self.request = BatchRequest(
            name,
            process_request=process_request,
            tiling_grid=tiling_grid,
            features=features,
            bucket_name=place.bucket_name,
            output=place.output,
            zarr_output=place.zarr_output,
            role_arn=role_arn,
            description=description,
            evalscript=evalscript,
            on_delete=on_delete,
            opts=pulumi.ResourceOptions.merge(
                of_part,
                pulumi.ResourceOptions(depends_on=[self.output_bucket] if self.output_bucket else None),
            ),
        )
        self.run = BatchRun(
            name,
            requests=self.request,
            until=until,
            max_cost=max_cost,
            restart_partial=restart_partial,
            accept_partial=accept_partial,
            on_delete=on_delete,
            opts=of_part,
        )
        self._show(bucket_name)

    def _show(self, bucket_name: Any) -> None:
        self.request_id = self.request.id
        # Of this very request: an update that leaves the run out keeps what that said of another one.
        own: pulumi.Output[Mapping[str, Any]] = pulumi.Output.all(
            self.request.id, self.request.status, self.request.tile_count, self.run.results
        ).apply(_own_record)
        self.status = own.apply(lambda record: record["status"])
        self.tiles = own.apply(lambda record: sum(record["tiles"].values()) or record["tile_count"] or 0)
        self.cost_estimate = own.apply(lambda record: record.get("cost_estimate"))
        self.cost = own.apply(lambda record: record.get("cost"))
        self.failed_tiles = own.apply(lambda record: record.get("failed_tiles") or [])
        self.result_path = self.request.result_path
        self.collection_id = own.apply(lambda record: record.get("collection_id"))
        if bucket_name is None:
            self.bucket = self.result_path.apply(_bucket_of)
        else:
            self.bucket = pulumi.Output.from_input(bucket_name)
        self.register_outputs({name: getattr(self, name) for name in OUTPUTS})

    @classmethod
    def from_payload(
        cls,
        name: str,
        payload: BatchPayload | Mapping[str, Any],
        *,
        bucket: OutputBucket | pulumi.Input[str] | None = None,
        collection: BatchCollection | pulumi.Input[str] | None = None,
        role_arn: pulumi.Input[str | None] | None = None,
        evalscript: pulumi.Input[str] | os.PathLike[str] | None = None,
        force_destroy: pulumi.Input[bool] = False,
        until: pulumi.Input[Until] = "finished",
        max_cost: pulumi.Input[float] | None = None,
        restart_partial: pulumi.Input[int] = 0,
        accept_partial: pulumi.Input[bool] = False,
        on_delete: pulumi.Input[OnDelete] = "cancel",
        opts: pulumi.ResourceOptions | None = None,
    ) -> BatchJob:
        """A job from a whole payload, as the service's documentation shows it.

        ``bucketName`` of the payload may be left out: the bucket is then ``bucket``, or one that is made. All
        other arguments are those of the constructor.

        Raises:
            pulumi.RunError: the payload has other members, or its parts have the wrong type.
        """
        where = f'BatchJob.from_payload("{name}")'
        expect_payload(where, payload)
        inputs = from_payload(where, payload)
        named = inputs.pop("bucket_name", None)
        if role_arn is not None:
            inputs["role_arn"] = role_arn
        if "process_request" not in inputs:
            raise ArgumentError(f"{where}: the payload lacks processRequest")
        return cls(
            name,
            **inputs,
            bucket=bucket if bucket is not None else named,
            collection=collection,
            evalscript=evalscript,
            force_destroy=force_destroy,
            until=until,
            max_cost=max_cost,
            restart_partial=restart_partial,
            accept_partial=accept_partial,
            on_delete=on_delete,
            opts=opts,
        )


def _own_record(known: Sequence[Any]) -> Mapping[str, Any]:
    """What the run says of the request, or the request itself where the run has not read it yet."""
    id, status, tile_count, results = known
    said = next((record for record in results or () if record.get("id") == id), {"status": status})
    return {"tile_count": tile_count, **said, "tiles": said.get("tiles") or {}}


def _bucket_of(path: str | None) -> str | None:
    """The bucket of ``s3://bucket/prefix``."""
    return path.removeprefix("s3://").partition("/")[0] if path else None
