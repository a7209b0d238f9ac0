"""How v1 requests are analysed and their files written: as the service's own AWS account."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass, replace

from ..delivery import Delivery, DeliveryError, denied
from ..jobs.job import Analysis, Job
from ..jobs.queue import Queue
from ..jobs.store import Store
from ..payloads.raster import MOST_CHECKED_FILES
from ..pixels import Pixels, Plan
from ..s3_front import S3Front
from ..wire import Json
from .collections import Collections
from .life import LifeV1


@dataclass(frozen=True)
class HandV1:
    """Works for v1 requests.

    Attributes:
        store: the clock.
        life: what an analysis finds without looking at buckets.
        queue: takes results.
        collections: which requests may write into.
        delivery: the way into buckets.
        front: knows bucket policies, which an analysis looks at without writing.
    """

    store: Store[Job]
    life: LifeV1
    queue: Queue[Job]
    collections: Collections
    delivery: Delivery
    front: S3Front

    @property
    def _pixels(self) -> Pixels:
        return self.life.pixels

    def analyse(self, job: Job) -> Analysis:
        """Tiles, estimate, bands, and whether bucket and evalscript are fit."""
        quick = self.life.quick_analysis(job)
        error = quick.error
        if error is not None:
            return replace(quick, ready=self.store.now())
        try:
            self._check_bucket(job.request, job.id, quick.plans)
            self._pixels.validate_evalscript(job.request, quick.plans)
            if job.collection_id is not None:
                self.collections.link(job.owner.account, job.collection_id, job.request, quick.bands)
        except Exception as failure:  # noqa: BLE001  whatever the evalscript or the bucket is at fault for
            error = str(failure)
        return replace(quick, ready=self.store.now(), error=error)

    def _check_bucket(self, request: Json, request_id: str, plans: tuple[Plan, ...]) -> None:
        """Raises DeliveryError if it could not write, or would write over files [OpenAPI: overwrite]."""
        bucket, prefix = self._pixels.output_location(request, request_id)
        self.delivery.check_bucket(bucket)
        if not self.front.service_may("s3:PutObject", bucket, _copy_key(prefix, request_id)):
            raise DeliveryError(denied(bucket))
        if "zarrOutput" in request:
            if self.delivery.existing(bucket, prefix):
                raise DeliveryError(f"Files already exist in s3://{bucket}/{prefix}.")
            return
        taken = self._taken(request, request_id, plans)
        output = request.get("output") or {}
        if taken and not output.get("overwrite"):
            partly = any(0 < len(keys) < all_keys for keys, all_keys in taken.values())
            if partly or not output.get("skipExisting"):
                example = next(iter(taken.values()))[0][0]
                raise DeliveryError(f"Output files already exist, e.g. s3://{bucket}/{example}.")

    def _taken(
        self, request: Json, request_id: str, plans: tuple[Plan, ...]
    ) -> dict[int, tuple[list[str], int]]:
        """By tile id: the output files that are there already, and how many outputs it has."""
        keys = {plan.id: self._pixels.tile_keys(request, request_id, plan) for plan in plans}
        every = [key for tile in keys.values() for key in tile]
        if not every or len(every) >= MOST_CHECKED_FILES:
            return {}
        bucket, _ = self._pixels.output_location(request, request_id)
        present = self.delivery.existing(bucket, _common_prefix(every))
        taken = {tile: ([key for key in mine if key in present], len(mine)) for tile, mine in keys.items()}
        return {tile: found for tile, found in taken.items() if found[0]}

    def open(self, job: Job) -> None:
        """The copy of the request; the Zarr group."""
        assert job.analysis is not None
        request = job.request
        bucket, prefix = self._pixels.output_location(request, job.id)
        if len(job.runs) == 1:
            self._check_bucket(request, job.id, job.analysis.plans)
            copy = json.dumps(job.view(self.store.now()), indent=2).encode()
            if "zarrOutput" in request:
                job.zarr = self._pixels.zarr_job(request, job.id, job.analysis.plans)
                self.delivery.put(bucket, job.zarr.begin())
            self.delivery.put_bytes(bucket, _copy_key(prefix, job.id), copy, "application/json")
        self.queue.mark(job, opened=True)

    def tile(self, job: Job, plan: Plan) -> None:
        """One tile's files."""
        run = job.runs[-1]
        if plan.id in run.doomed:
            self.queue.tile_done(job, plan, good=False)
            return
        request = job.request
        bucket, _ = self._pixels.output_location(request, job.id)
        if (request.get("output") or {}).get("skipExisting"):
            taken = self._taken(request, job.id, (plan,)).get(plan.id)
            if taken is not None and len(taken[0]) == taken[1]:
                self.queue.tile_done(job, plan, good=True, cost=0.0)
                return
        try:
            files = job.zarr.render(plan) if job.zarr else self._pixels.render_tile(request, job.id, plan)
        except Exception as error:  # noqa: BLE001  an evalscript that throws on this tile's data
            print(f"tile {plan.name} of {job.id}: {error}", file=sys.stderr)
            self.queue.tile_done(job, plan, good=False)
            return
        self.delivery.put(bucket, files)
        self.queue.tile_done(job, plan, good=True)

    def close(self, job: Job) -> None:
        """The Zarr group's metadata once more."""
        if job.zarr is not None:
            bucket, _ = self._pixels.output_location(job.request, job.id)
            self.delivery.put(bucket, job.zarr.finish())
        self.queue.mark(job, closed=True)


def _copy_key(prefix: str, request_id: str) -> str:
    """Where the copy of the request goes: into the folder that is named after it."""
    folder = prefix if request_id in prefix else f"{prefix}{request_id}/"
    return f"{folder}request-{request_id}.json"


def _common_prefix(keys: list[str]) -> str:
    low, high = min(keys), max(keys)
    length = next((i for i, (a, b) in enumerate(zip(low, high, strict=False)) if a != b), len(low))
    return low[:length]
