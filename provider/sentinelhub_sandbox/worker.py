"""The thread that analyses requests and writes their files."""

from __future__ import annotations

import json
import sys
import threading
import traceback
from dataclasses import replace

from .delivery import Delivery, DeliveryError, denied
from .engine import Engine, Work
from .model import Analysis, Job
from .output_checks import MOST_CHECKED_FILES
from .pixels import Plan
from .s3_front import S3Front
from .wire import Json

IDLE_SECONDS = 0.02


class Worker:
    """Does the engine's work in one background thread.

    Args:
        engine: what is to be done.
        delivery: the way into buckets.
        front: knows bucket policies, which an analysis looks at without writing.
    """

    def __init__(self, engine: Engine, delivery: Delivery, front: S3Front) -> None:
        self._engine = engine
        self._pixels = engine.pixels
        self._delivery = delivery
        self._front = front
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._loop, name="sandbox-worker", daemon=True)

    def start(self) -> None:
        """Begin to work."""
        self._thread.start()

    def stop(self) -> None:
        """Finish the tile at hand, then end."""
        self._stopping.set()
        self._thread.join(timeout=10)

    def _loop(self) -> None:
        while not self._stopping.is_set():
            work = self._engine.next_work()
            if work is None:
                self._stopping.wait(IDLE_SECONDS)
            else:
                self._do(work)

    def _do(self, work: Work) -> None:
        job = work.job
        try:
            if work.kind == "analyse":
                self._engine.analysed(job, self._analyse(job))
            elif work.kind == "open":
                self._open(job)
            elif work.plan is not None:
                self._tile(job, work.plan)
            else:
                self._close(job)
        except DeliveryError as error:
            self._engine.run_failed(job, str(error))
        except Exception as error:  # noqa: BLE001  a defect here must not leave requests hanging for ever
            traceback.print_exc(file=sys.stderr)
            if work.kind == "analyse":
                self._engine.analysed(job, Analysis(ready=self._engine.now(), error=str(error)))
            else:
                self._engine.run_failed(job, str(error))

    def _analyse(self, job: Job) -> Analysis:
        quick = self._engine.quick_analysis(job)
        error = quick.error
        if error is not None:
            return replace(quick, ready=self._engine.now())
        try:
            self._check_bucket(job.request, job.id, quick.plans)
            self._pixels.validate_evalscript(job.request, quick.plans)
            if job.collection_id is not None:
                self._engine.collections.link(job.owner.account, job.collection_id, job.request, quick.bands)
        except Exception as failure:  # noqa: BLE001  whatever the evalscript or the bucket is at fault for
            error = str(failure)
        return replace(quick, ready=self._engine.now(), error=error)

    def _check_bucket(self, request: Json, request_id: str, plans: tuple[Plan, ...]) -> None:
        """Raises DeliveryError if it could not write, or would write over files [OpenAPI: overwrite]."""
        bucket, prefix = self._pixels.output_location(request, request_id)
        self._delivery.check_bucket(bucket)
        if not self._front.service_may("s3:PutObject", bucket, _copy_key(prefix, request_id)):
            raise DeliveryError(denied(bucket))
        if "zarrOutput" in request:
            if self._delivery.existing(bucket, prefix):
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
        present = self._delivery.existing(bucket, _common_prefix(every))
        taken = {tile: ([key for key in mine if key in present], len(mine)) for tile, mine in keys.items()}
        return {tile: found for tile, found in taken.items() if found[0]}

    def _open(self, job: Job) -> None:
        assert job.analysis is not None
        request = job.request
        bucket, prefix = self._pixels.output_location(request, job.id)
        if len(job.runs) == 1:
            self._check_bucket(request, job.id, job.analysis.plans)
            copy = json.dumps(job.view(self._engine.now()), indent=2).encode()
            if "zarrOutput" in request:
                job.zarr = self._pixels.zarr_job(request, job.id, job.analysis.plans)
                self._delivery.put(bucket, job.zarr.begin())
            self._delivery.put_bytes(bucket, _copy_key(prefix, job.id), copy, "application/json")
        self._engine.mark(job, opened=True)

    def _tile(self, job: Job, plan: Plan) -> None:
        run = job.runs[-1]
        if plan.id in run.doomed:
            self._engine.tile_done(job, plan, good=False)
            return
        request = job.request
        bucket, _ = self._pixels.output_location(request, job.id)
        if (request.get("output") or {}).get("skipExisting"):
            taken = self._taken(request, job.id, (plan,)).get(plan.id)
            if taken is not None and len(taken[0]) == taken[1]:
                self._engine.tile_done(job, plan, good=True, cost=0.0)
                return
        try:
            files = job.zarr.render(plan) if job.zarr else self._pixels.render_tile(request, job.id, plan)
        except Exception as error:  # noqa: BLE001  an evalscript that throws on this tile's data
            print(f"tile {plan.name} of {job.id}: {error}", file=sys.stderr)
            self._engine.tile_done(job, plan, good=False)
            return
        self._delivery.put(bucket, files)
        self._engine.tile_done(job, plan, good=True)

    def _close(self, job: Job) -> None:
        if job.zarr is not None:
            bucket, _ = self._pixels.output_location(job.request, job.id)
            self._delivery.put(bucket, job.zarr.finish())
        self._engine.mark(job, closed=True)


def _copy_key(prefix: str, request_id: str) -> str:
    """Where the copy of the request goes: into the folder that is named after it."""
    folder = prefix if request_id in prefix else f"{prefix}{request_id}/"
    return f"{folder}request-{request_id}.json"


def _common_prefix(keys: list[str]) -> str:
    low, high = min(keys), max(keys)
    length = next((i for i, (a, b) in enumerate(zip(low, high, strict=False)) if a != b), len(low))
    return low[:length]
