"""The life of batch requests: user actions, and what time and the worker make of them.

[batch docs: state machine] States advance when they are looked at, from the injected clock, so a test that
moves the clock needs no waiting. With ``render`` the worker does the analyses and writes the files, and a
state is entered only when both the time has come and the work is done.
"""

from __future__ import annotations

import threading
import uuid
from dataclasses import dataclass

from .accounts import Caller
from .batch_collections import Collections
from .model import FINAL, Analysis, Job, Phase, Run, Settled, pick_doomed, shuffled
from .options import SandboxOptions
from .output_checks import check_file_count
from .outputs import check_outputs
from .pixels import Pixels, Plan
from .settings import LiveOptions
from .wire import ApiError, Json, bad, timestamp

TOO_MANY_FAILED = "Too many failed tiles"
ONLY_PARTIAL = "Only requests with status PARTIAL can be restarted."


@dataclass(frozen=True)
class Work:
    """One thing for the worker: ``kind`` is analyse, open, tile or close."""

    kind: str
    job: Job
    plan: Plan | None = None


class Engine:
    """All batch requests of one sandbox.

    Args:
        live: durations, failures, staleness.
        pixels: grids, tiles, costs.
        collections: batch collections, which requests may make and be linked to.
    """

    def __init__(self, live: LiveOptions, pixels: Pixels, collections: Collections) -> None:
        self._live = live
        self.pixels = pixels
        self.collections = collections
        self.lock = threading.RLock()
        self._jobs: dict[str, Job] = {}
        self._made = 0

    @property
    def options(self) -> SandboxOptions:
        """The options in force."""
        return self._live.now

    # --- reading -----------------------------------------------------------------------------------------

    def now(self) -> float:
        """The sandbox's time, epoch seconds."""
        return self.options.clock()

    def _read_time(self) -> float:
        return self.now() - self.options.stale_reads_seconds

    def reset(self) -> None:
        """Forget all requests."""
        with self.lock:
            self._jobs.clear()

    def jobs(self) -> list[Job]:
        """All requests of all accounts that exist, brought up to date."""
        with self.lock:
            now = self.now()
            present = [job for job in self._jobs.values() if job.deleted is None]
            for job in present:
                self.advance(job, now)
            return present

    def views(self, account: str) -> list[Json]:
        """All requests of an account as a reader sees them, oldest first."""
        with self.lock:
            self.jobs()
            at = self._read_time()
            seen = [job.view(at) for job in self._jobs.values() if self._shown(job, account)]
            return [view for view in seen if view is not None]

    def view(self, account: str, request_id: str) -> Json:
        """A request as a reader sees it. Raises ApiError (404)."""
        with self.lock:
            job = self._jobs.get(request_id)
            if job is not None:
                self.advance(job, self.now())
            shown = job is not None and self._shown(job, account)
            seen = job.view(self._read_time()) if job is not None and shown else None
            if seen is None:
                raise not_found("batch request", request_id)
            return seen

    def _shown(self, job: Job, account: str) -> bool:
        return job.owner.account == account and self.now() >= job.hidden_until

    def tiles(self, account: str, request_id: str) -> list[Json] | None:
        """A request's tiles as a reader sees them; ``None`` before analysis. Raises ApiError (404)."""
        with self.lock:
            self.view(account, request_id)
            return self._jobs[request_id].tiles(self._read_time())

    def find(self, account: str, request_id: str) -> Job:
        """The request itself, up to date. Raises ApiError (404), also while readers do not see it."""
        with self.lock:
            self.view(account, request_id)
            job = self._jobs[request_id]
            if job.deleted is not None:
                raise not_found("batch request", request_id)
            return job

    # --- user actions ------------------------------------------------------------------------------------

    def create(self, owner: Caller, request: Json) -> Json:
        """Make a request from a checked, normalised payload; the answer to POST.

        Raises ApiError (400) for an area without tiles, or with too many.
        """
        with self.lock:
            now = self.now()
            tiles = self._estimated_tiles(request)
            check_file_count(request, tiles)
            job = Job(id=str(uuid.uuid4()), request=request, created=now, ordinal=self._made, owner=owner)
            self._made += 1
            grid = request["tilingGrid"]
            properties = next(g["properties"] for g in self.pixels.grids() if g["id"] == grid["id"])
            job.record(
                now,
                id=job.id,
                userId=owner.user,
                accountId=owner.account,
                created=timestamp(now),
                **request,
                tileCount=tiles,
                tileWidthPx=round(properties["tileWidth"] / grid["resolution"]),
                tileHeightPx=round(properties["tileHeight"] / grid["resolution"]),
            )
            job.act(now, "NONE")
            job.enter(Phase.CREATED, now)
            self._jobs[job.id] = job
            view = job.view(now)
            assert view is not None
            return view

    def _estimated_tiles(self, request: Json) -> int:
        try:
            return self.pixels.estimate_tile_count(request)
        except Exception as error:  # whatever is wrong with the area is the request's fault
            raise bad("processRequest->input->bounds", str(error)) from error

    def analyse(self, account: str, request_id: str) -> None:
        """ANALYSE. Raises ApiError: 404, or 400 unless it is CREATED and nothing was asked for."""
        with self.lock:
            job, now = self.find(account, request_id), self.now()
            if job.phase is not Phase.CREATED or job.action != "NONE":
                raise self._illegal(job, "ANALYSE")
            job.act(now, "ANALYSE")
            self._begin_analysis(job, now)

    def start(self, account: str, request_id: str) -> None:
        """START, through the analysis where there was none. Raises ApiError: 404, or 400 if run before."""
        with self.lock:
            job, now = self.find(account, request_id), self.now()
            startable = {Phase.CREATED, Phase.ANALYSING, Phase.ANALYSIS_DONE}
            if job.phase not in startable or job.action not in {"NONE", "ANALYSE"}:
                raise self._illegal(job, "START")
            job.act(now, "START")
            if job.phase is Phase.CREATED:
                self._begin_analysis(job, now)
            elif job.phase is Phase.ANALYSIS_DONE:
                self.begin_run(job, now)

    def cancel(self, account: str, request_id: str) -> None:
        """CANCEL, at any time; without effect on what has ended. Raises ApiError (404)."""
        with self.lock:
            job, now = self.find(account, request_id), self.now()
            if job.phase in FINAL or job.action == "CANCEL":
                return
            job.act(now, "CANCEL")
            if job.phase is Phase.PROCESSING:
                run = job.runs[-1]
                flying = (
                    run.claimed if self.options.render else {t for t in run.order if run.starts[t] <= now}
                )
                run.dropped = frozenset(tile for tile in run.open_tiles() if tile not in flying)
                run.opened = True
                run.hurry(now + self._lag(self.options.processing_seconds))
            elif job.phase in {Phase.CREATED, Phase.ANALYSIS_DONE}:
                job.enter(Phase.CANCELED, now + self._lag(self.options.analysis_seconds))

    def restart_partial(self, account: str, request_id: str) -> None:
        """Process the FAILED tiles again; they succeed. Raises ApiError: 404, or 400 unless it is PARTIAL."""
        with self.lock:
            job, now = self.find(account, request_id), self.now()
            if job.phase is not Phase.PARTIAL:
                raise ApiError(400, ONLY_PARTIAL)
            job.act(now, "START")  # the contract knows no action of its own for a restart
            self.begin_run(job, now)

    def update(self, account: str, request_id: str, changes: Json) -> Json:
        """PUT: the new view. Raises ApiError: 404, 409 if processed or waiting for it, 400 for a bad link."""
        with self.lock:
            job, now = self.find(account, request_id), self.now()
            waiting = job.action in {"START", "CANCEL"} and job.phase not in FINAL
            if job.phase is Phase.PROCESSING or waiting:
                raise ApiError(409, "Batch request is being processed or waiting to be processed.")
            updated = dict(job.request)
            if "description" in changes:
                updated["description"] = changes["description"]
            if "output" in changes:
                output = dict(updated.get("output") or {})
                output["collectionId"] = changes["output"].get("collectionId")
                if output["collectionId"] is None:
                    del output["collectionId"]
                else:
                    if not output.get("cogOutput"):
                        raise bad("output->collectionId", "Only requests with COG output can be linked.")
                    self.collections.link(account, output["collectionId"], job.request, self._bands(job))
                updated["output"] = output or None
            job.request = {key: value for key, value in updated.items() if value is not None}
            job.record(now, **{key: updated.get(key) for key in ("description", "output")})
            view = job.view(now)
            assert view is not None
            return view

    def delete(self, account: str, request_id: str) -> None:
        """DELETE. Raises ApiError: 404, or 409 when it is active, confirmed or has processed tiles."""
        with self.lock:
            job = self.find(account, request_id)
            pending = job.phase is Phase.CREATED and job.action != "NONE"
            if job.phase in {Phase.ANALYSING, Phase.PROCESSING} or pending:
                raise ApiError(409, "Batch request must be canceled before it can be deleted.")
            if job.count("PROCESSED"):
                raise ApiError(409, "Batch request with processed tiles cannot be deleted.")
            job.deleted = self.now()

    def processed_tiles(self, collection_id: str) -> list[tuple[Job, Plan]]:
        """The tiles that requests have written into a collection, as far as these are up to date.

        Bringing them up to date would need the tiles again, where a request reads what it writes.
        """
        with self.lock:
            return [
                (job, plan)
                for job in self._jobs.values()
                if job.deleted is None and job.collection_id == collection_id
                for plan in (job.analysis.plans if job.analysis is not None else ())
                if job.tile_status(plan.id, self.now())[0] == "PROCESSED"
            ]

    def collection_in_use(self, collection_id: str) -> bool:
        """Whether any request other than FAILED or CANCELED ones is linked to a collection."""
        idle = {Phase.FAILED, Phase.CANCELED}
        return any(job.collection_id == collection_id and job.phase not in idle for job in self.jobs())

    def _illegal(self, job: Job, action: str) -> ApiError:
        seen = job.view(self.now()) or {}
        return ApiError(
            400,
            f"Illegal to change userAction from {job.action} to {action} "
            f"with task status {seen.get('status')}",
        )

    def _bands(self, job: Job) -> Json:
        return job.analysis.bands if job.analysis is not None else {}

    # --- what time brings --------------------------------------------------------------------------------

    def _lag(self, seconds: float) -> float:
        """How long a status lags behind its cause, seconds."""
        return min(1.0, 0.1 * seconds)

    def _begin_analysis(self, job: Job, now: float) -> None:
        job.enter(Phase.ANALYSING, now + self._lag(self.options.analysis_seconds))
        job.analysis_ends = now + self.options.analysis_seconds

    def begin_run(self, job: Job, now: float, lag: float | None = None) -> None:
        """Process all tiles, or the FAILED ones of an earlier run; the request is PROCESSING.

        ``lag`` is how long readers do not see it, seconds; by default as long as usual.
        """
        assert job.analysis is not None
        seconds, total = self.options.processing_seconds, len(job.analysis.plans)
        lag = self._lag(seconds) if lag is None else lag
        first = not job.runs
        failed = (
            plan.id for plan in job.analysis.plans if first or job.tile_status(plan.id, now)[0] == "FAILED"
        )
        order = tuple(failed)
        doomed: frozenset[int] = frozenset()
        if isinstance(job.doom, frozenset):
            doomed, job.doom = job.doom, None
        elif first:
            fraction = self.options.fail_tiles if job.doom is None else job.doom
            doomed = pick_doomed(order, fraction, f"{self.options.seed}/{job.ordinal}/failures")
        job.runs.append(
            Run(begins=now + lag, step=(seconds - 2 * lag) / max(1, total), order=order, doomed=doomed)
        )
        job.enter(Phase.PROCESSING, now + lag, error=None)

    def advance(self, job: Job, now: float) -> None:
        """Bring a request up to a moment."""
        before = None
        while before != job.phase:
            before = job.phase
            if job.phase is Phase.ANALYSING:
                self._advance_analysis(job, now)
            elif job.phase is Phase.PROCESSING:
                self._advance_run(job, now)

    def _advance_analysis(self, job: Job, now: float) -> None:
        if job.analysis is None and not self.options.render:
            job.analysis = self.quick_analysis(job)
        if job.analysis is None or now < max(job.analysis_ends, job.analysis.ready):
            return
        at = max(job.analysis_ends, job.analysis.ready)
        found: Json = {}
        if job.analysis.error is None:
            found = {
                "tileCount": len(job.analysis.plans),
                "valueEstimate": float(job.analysis.estimate),
            }
        if job.action == "CANCEL":
            # [batch docs: cancel] An analysis that has begun is completed first.
            job.enter(Phase.CANCELED, at + self._lag(self.options.analysis_seconds), **found)
        elif job.analysis.error is not None:
            job.enter(Phase.FAILED, at, error=job.analysis.error)
        else:
            self._make_collection(job, at)
            job.enter(Phase.ANALYSIS_DONE, at, **found)
            if job.action == "START":
                self.begin_run(job, at)

    def _make_collection(self, job: Job, at: float) -> None:
        output = job.request.get("output") or {}
        if not output.get("createCollection"):
            return
        collection = self.collections.create_for(job.owner, job.request, self._bands(job))
        job.request = {**job.request, "output": {**output, "collectionId": collection}}
        job.record(at, output=job.request["output"])

    def quick_analysis(self, job: Job) -> Analysis:
        """Tiles, estimate and bands from what the evalscript declares; no pixel, no bucket is looked at."""
        try:
            plans = shuffled(self.pixels.plan_tiles(job.request), f"{self.options.seed}/{job.ordinal}/tiles")
            estimate = self.pixels.estimate_value(job.request, plans)
            bands = check_outputs(job.request, self.pixels.declared_outputs(job.request))
        except Exception as error:  # noqa: BLE001  whatever is wrong with it fails the analysis
            return Analysis(ready=job.analysis_ends, error=str(error))
        return Analysis(ready=job.analysis_ends, plans=plans, estimate=estimate, bands=bands)

    def _advance_run(self, job: Job, now: float) -> None:
        run = job.runs[-1]
        assert job.analysis is not None
        if not self.options.render:
            run.opened = run.closed = True
            for plan in job.analysis.plans:
                if plan.id in run.starts and plan.id not in run.dropped and run.due(plan.id) <= now:
                    self._settle(job, plan, run.due(plan.id), good=plan.id not in run.doomed)
        if any(True for _ in run.open_tiles()) or not run.closed:
            return
        end = max([settled.at for settled in run.settled.values()], default=max(run.begins, job.created))
        if run.dropped:
            end = max(end, job.changed(now))
        if now >= end:
            self._finish(job, run, end + self._lag(self.options.processing_seconds))

    def _finish(self, job: Job, run: Run, seen: float) -> None:
        processed, failed = job.count("PROCESSED"), job.count("FAILED")
        if run.failure is not None:
            job.enter(Phase.FAILED, seen, error=run.failure)
        elif job.action == "CANCEL":
            job.enter(Phase.CANCELED, seen)
        elif not failed:
            job.enter(Phase.DONE, seen)
        else:
            job.enter(Phase.PARTIAL if processed else Phase.FAILED, seen, error=TOO_MANY_FAILED)

    def _settle(self, job: Job, plan: Plan, at: float, *, good: bool, cost: float | None = None) -> None:
        run = job.runs[-1]
        if plan.id in run.settled:
            return
        if cost is None:
            total = len(job.analysis.plans) if job.analysis else 1
            cost = self.pixels.tile_cost(job.request, plan) if job.cost is None else job.cost / total
        run.settled[plan.id] = Settled(at, "PROCESSED" if good else "FAILED", float(cost) if good else 0.0)

    # --- for the worker ----------------------------------------------------------------------------------

    def next_work(self) -> Work | None:
        """What is to be done now, claimed for the caller: analyses first, then the tile that is due first."""
        with self.lock:
            now, best = self.now(), None
            for job in self.jobs():
                if job.phase is Phase.ANALYSING and job.analysis is None and not job.analysing:
                    job.analysing = True
                    return Work("analyse", job)
                if job.phase is not Phase.PROCESSING:
                    continue
                run = job.runs[-1]
                if not run.opened:
                    return Work("open", job)
                tile = next((tile for tile in run.open_tiles() if tile not in run.claimed), None)
                if tile is not None:
                    if run.starts[tile] <= now and (best is None or run.starts[tile] < best[0]):
                        best = (run.starts[tile], job, run, tile)
                elif not run.closed and not any(True for _ in run.open_tiles()):
                    return Work("close", job)
            if best is None:
                return None
            _, job, run, tile = best
            run.claimed.add(tile)
            assert job.analysis is not None
            return Work("tile", job, next(plan for plan in job.analysis.plans if plan.id == tile))

    def analysed(self, job: Job, analysis: Analysis) -> None:
        """The worker's analysis is there."""
        with self.lock:
            job.analysis = analysis

    def tile_done(self, job: Job, plan: Plan, *, good: bool, cost: float | None = None) -> None:
        """The worker has written a tile's files, or could not. ``cost`` in PU, by default the tile's own."""
        with self.lock:
            run = self._current(job)
            if run is not None:
                self._settle(job, plan, max(self.now(), run.due(plan.id)), good=good, cost=cost)

    def run_failed(self, job: Job, why: str) -> None:
        """The whole request fails: no further tile runs."""
        with self.lock:
            run = self._current(job)
            if run is not None:
                run.failure, run.opened, run.closed = why, True, True
                run.dropped = frozenset(run.open_tiles())

    def mark(self, job: Job, *, opened: bool = False, closed: bool = False) -> None:
        """What comes before (``opened``) or after (``closed``) the tiles of the last run is done."""
        with self.lock:
            run = self._current(job)
            if run is not None:
                run.opened, run.closed = run.opened or opened, run.closed or closed

    @staticmethod
    def _current(job: Job) -> Run | None:
        """The run that the worker is at; ``None`` when the request was forced elsewhere meanwhile."""
        return job.runs[-1] if job.phase is Phase.PROCESSING else None


def not_found(kind: str, identifier: str) -> ApiError:
    """A 404 about one object."""
    return ApiError(404, f"Not found: {kind} {identifier}")
