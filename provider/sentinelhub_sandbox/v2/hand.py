"""How v2 tasks are analysed and their files written: with the access that each of them names."""

from __future__ import annotations

import json
import sys
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, field, replace
from typing import Any

from ..byoc.results import ResultCollections
from ..delivery import DeliveryError
from ..jobs.job import Analysis
from ..jobs.queue import Queue
from ..jobs.store import Store
from ..pixels import Pixels, Plan
from ..wire import ApiError, Json
from . import places
from .collections import path_of
from .echo import masked
from .execution import NO_DATA, database_of, rows_of
from .job import JobV2
from .life import LifeV2
from .manifest import manifest_of
from .places import Place
from .storage import DELIVERY, Access, Storage, open_storage, opened

UPDATES = 20  # of the execution database, about; how often the service replaces it is not documented
UNHEALTHY_AFTER = 10  # features in a row that cannot be delivered


@dataclass(frozen=True)
class HandV2:
    """Works for v2 tasks.

    Attributes:
        store: the clock.
        life: what an analysis finds without looking at the delivery.
        queue: takes results.
        access: the way into buckets.
        collections: which tasks may write into.
    """

    store: Store[JobV2]
    life: LifeV2
    queue: Queue[JobV2]
    access: Access
    collections: ResultCollections
    _open: dict[str, Storage] = field(default_factory=dict)
    _refused: dict[str, int] = field(default_factory=dict)

    @property
    def _pixels(self) -> Pixels:
        return self.life.pixels

    def announce(self, job: JobV2) -> None:
        """Write the copy of the request. A delivery that refuses it is told of by the analysis."""
        body = json.dumps(masked(job.order), indent=2).encode()
        try:
            with self._opened(job) as storage:
                storage.put_bytes(_copy(job).key, body, "application/json")
        except DeliveryError:
            return

    def analyse(self, job: JobV2) -> Analysis:
        """Features, bands, and whether delivery and evalscript are fit; writes the feature manifest."""
        quick = self.life.quick_analysis(job)
        if quick.error is not None:
            return replace(quick, ready=self.store.now())
        try:
            with self._opened(job) as storage:
                there = self._there(job, storage, quick.plans)
                self._pixels.validate_evalscript(job.request, quick.plans)
                if job.collection_id is not None:
                    account = job.owner.account
                    self.collections.link(account, job.collection_id, storage.bucket, quick.bands)
                place = _root(job).file(places.manifest(job.id))
                body = manifest_of(job, self._pixels, quick.plans)
                storage.put_bytes(place.key, body, "application/geopackage+sqlite3")
        except Exception as failure:  # noqa: BLE001  whatever the evalscript or the bucket is at fault for
            return replace(quick, ready=self.store.now(), error=str(failure))
        skips = job.request.get("output", {}).get("skipExisting", False)
        complete = skips and all(there.get(plan.id) for plan in quick.plans)
        return replace(quick, ready=self.store.now(), complete=complete)

    def _there(self, job: JobV2, storage: Storage, plans: tuple[Plan, ...]) -> dict[int, bool]:
        """Whether all files of a feature are there already, by its id, for those of which some are.

        Raises DeliveryError if they would be written over [OpenAPI: overwrite, skipExisting; Zarr delivery].
        """
        request = job.request
        bucket, prefix = self._pixels.output_location(request, job.id)
        present = {key for key in storage.existing(prefix) if not places.is_own(key, job.id)}
        if "zarrOutput" in request:
            if present:
                raise DeliveryError(f"Files already exist in {Place(bucket, prefix).url}.")
            return {}
        keys = {plan.id: self._pixels.tile_keys(request, job.id, plan) for plan in plans}
        there = {tile: present.issuperset(mine) for tile, mine in keys.items() if present.intersection(mine)}
        output = request["output"]
        fatal = not output["skipExisting"] or not all(there.values())
        if there and fatal and not output["overwrite"]:
            example = next(key for mine in keys.values() for key in mine if key in present)
            raise DeliveryError(f"Output files already exist, e.g. {Place(bucket, example).url}.")
        return there

    def open(self, job: JobV2) -> None:
        """The Zarr group, at first; the execution database."""
        self._shut(job)  # a run that failed has left it open
        storage = self._storage(job)
        self._refused.pop(job.id, None)
        if len(job.runs) == 1 and "zarrOutput" in job.request:
            assert job.analysis is not None
            job.zarr = self._pixels.zarr_job(job.request, job.id, job.analysis.plans)
            storage.put(job.zarr.begin())
        self._upload(job)
        self.queue.mark(job, opened=True)

    def tile(self, job: JobV2, plan: Plan) -> None:
        """One feature's files. Raises DeliveryError when many in a row could not be written."""
        try:
            self._feature(job, plan)
        except DeliveryError as error:
            self._refused[job.id] = self._refused.get(job.id, 0) + 1
            if self._refused[job.id] >= UNHEALTHY_AFTER:
                raise
            self.queue.tile_done(job, plan, good=False, note=str(error))
        else:
            self._refused.pop(job.id, None)
        with self.store.lock:
            ended = len(job.settled())
        total = len(job.analysis.plans) if job.analysis is not None else 0
        if ended % max(1, total // UPDATES) == 0:
            with suppress(DeliveryError):  # the features will tell, or the last update
                self._upload(job)

    def _feature(self, job: JobV2, plan: Plan) -> None:
        request = job.request
        if plan.id in job.runs[-1].doomed:
            self.queue.tile_done(job, plan, good=False)
            return
        storage = self._storage(job)
        if self._is_skipped(job, plan, storage):
            self.queue.tile_done(job, plan, good=True, cost=0.0)
            return
        try:
            empty = not self._pixels.has_data(request, plan)
            if not empty:
                render = job.zarr.render if job.zarr else None
                files = render(plan) if render else self._pixels.render_tile(request, job.id, plan)
                storage.put(files)
        except DeliveryError:
            raise
        except Exception as error:  # noqa: BLE001  an evalscript that throws on this feature's data
            print(f"feature {plan.name} of {job.id}: {error}", file=sys.stderr)
            self.queue.tile_done(job, plan, good=False, note=str(error))
            return
        if empty:
            self.queue.tile_done(job, plan, good=True, cost=0.0, note=NO_DATA)
            return
        if job.collection_id is not None:
            self._collect(job.collection_id, job, plan)
        self.queue.tile_done(job, plan, good=True)

    def _is_skipped(self, job: JobV2, plan: Plan, storage: Storage) -> bool:
        if not job.request.get("output", {}).get("skipExisting"):
            return False
        keys = self._pixels.tile_keys(job.request, job.id, plan)
        return storage.existing(_common_prefix(keys)).issuperset(keys)

    def _collect(self, collection_id: str, job: JobV2, plan: Plan) -> None:
        """Add a feature's files to a collection. Raises DeliveryError when there is none any more."""
        try:
            self.collections.add(collection_id, path_of(self._pixels, job, plan))
        except ApiError as error:
            raise DeliveryError(f"BYOC collection {collection_id} does not exist any more.") from error

    def close(self, job: JobV2) -> None:
        """The Zarr group's metadata once more; the execution database as it remains."""
        storage = self._storage(job)
        if job.zarr is not None:
            storage.put(job.zarr.finish())
        self._upload(job)
        self._shut(job)
        self.queue.mark(job, closed=True)

    def let_go(self) -> None:
        """Close what is still open."""
        while self._open:
            self._open.popitem()[1].client.close()

    def _shut(self, job: JobV2) -> None:
        if job.id in self._open:
            self._open.pop(job.id).client.close()

    def _upload(self, job: JobV2) -> None:
        with self.store.lock:
            rows = rows_of(job)
        place = _root(job).file(places.execution(job.id))
        self._storage(job).put_bytes(place.key, database_of(rows), "application/vnd.sqlite3")

    def _storage(self, job: JobV2) -> Storage:
        """The task's bucket, opened once for a run."""
        if job.id not in self._open:
            self._open[job.id] = open_storage(self.access, _delivery(job), DELIVERY, _copy(job).key)
        return self._open[job.id]

    def _opened(self, job: JobV2) -> AbstractContextManager[Storage]:
        """The task's bucket, for a while."""
        return opened(self.access, _delivery(job), DELIVERY, _copy(job).key)


def _delivery(job: JobV2) -> Json:
    s3: Any = job.order["output"]["delivery"]["s3"]
    return dict(s3)


def _root(job: JobV2) -> Place:
    return places.root(str(_delivery(job)["url"]), job.id)


def _copy(job: JobV2) -> Place:
    return _root(job).file(places.request_copy(job.id))


def _common_prefix(keys: list[str]) -> str:
    low, high = min(keys), max(keys)
    length = next((i for i, (a, b) in enumerate(zip(low, high, strict=False)) if a != b), len(low))
    return low[:length]
