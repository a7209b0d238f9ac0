"""What time makes of a v2 task [v2 docs: state machine]."""

from __future__ import annotations

from collections.abc import Sequence

from ..byoc.results import ResultCollections
from ..jobs.job import Analysis
from ..jobs.life import Life
from ..jobs.phases import Phase
from ..jobs.runs import Run, shuffled
from ..payloads.bands import check_arrays, check_cog_type, written_outputs
from ..pixels import Output, Pixels, Plan
from ..settings import LiveOptions
from ..wire import Json
from .checks import GRID
from .collections import bands_of
from .features import read_features
from .job import OUT_OF_PU, UNHEALTHY, USER_ACTION, JobV2
from .places import Place
from .purse import Purse
from .storage import Access

FEATURE_FAILED = "Failed to process the feature."
_DISCOUNTED_PIXELS = (
    10_000  # [PU docs] The files of v2 must be bigger than that, those of v1 may be as large.
)
_DISCOUNT = 3
# [Batch Statistical; the v2 page says nothing] Days without activity after which tasks go; results stay.
_DAYS = {Phase.CREATED: 7.0, Phase.FAILED: 15.0}
_OTHER_DAYS = 30.0
_DAY_SECONDS = 86_400.0


class LifeV2(Life[JobV2]):
    """The v2 state machine.

    Args:
        live: durations, failures, the clock.
        pixels: features, costs.
        access: the way to GeoPackages.
        collections: which tasks may make.
        purse: what accounts have left.
    """

    def __init__(
        self, live: LiveOptions, pixels: Pixels, access: Access, collections: ResultCollections, purse: Purse
    ) -> None:
        super().__init__(live, pixels)
        self._access = access
        self._collections = collections
        self._purse = purse

    def quick_analysis(self, job: JobV2) -> Analysis:
        """Features, and bands from what the evalscript declares; no pixel, no delivery is looked at."""
        try:
            plans = shuffled(self._plans(job), f"{self.options.seed}/{job.ordinal}/tiles")
            outputs = written_outputs(job.request, self.pixels.declared_outputs(job.request))
            bands = _checked_bands(job.request, outputs)
        except Exception as error:  # noqa: BLE001  whatever is wrong with it fails the analysis
            return Analysis(ready=job.analysis_ends, error=str(error))
        return Analysis(ready=job.analysis_ends, plans=plans, bands=bands)

    def _plans(self, job: JobV2) -> Sequence[Plan]:
        source = job.order["input"]
        if source["type"] == GRID:
            return self.pixels.plan_tiles(job.request)
        return self.pixels.plan_features(job.request, read_features(self._access, source))

    def analysed(self, job: JobV2, analysis: Analysis, at: float) -> None:
        """ANALYSIS_DONE, FAILED, STOPPED where that was asked for meanwhile, DONE with nothing to do."""
        if analysis.error is not None:
            job.enter(Phase.FAILED, at, error=analysis.error)
        elif analysis.complete:
            job.enter(Phase.DONE, at)
        else:
            self._make_collection(job, analysis.bands, at)
            if job.action == "STOP":
                # [v2 docs: stop] An analysis that has begun is completed first.
                self.stop(job, at + self.analysis_lag(), USER_ACTION)
                return
            job.enter(Phase.ANALYSIS_DONE, at)
            if job.action == "START":
                self.begin_run(job, at)

    def _make_collection(self, job: JobV2, bands: Json, at: float) -> None:
        output = job.order["output"]
        if output.get("createCollection") and job.collection_id is None:
            bucket = Place.of(output["delivery"]["s3"]["url"]).bucket
            job.link(self._collections.create(job.owner, job.order.get("description"), bucket, bands), at)

    def stop(self, job: JobV2, seen: float, reason: str, error: str | None = None) -> None:
        """Be STOPPED, seen by readers from a moment on."""
        job.stop_reason = reason
        job.enter(Phase.STOPPED, seen, stoppedStatusReason=reason, error=error)

    def restart(self, job: JobV2, now: float) -> None:
        """Go on after a stop, by way of ANALYSIS_DONE, with what has not ended yet."""
        job.stop_reason = None
        at = now + self.analysis_lag()
        job.enter(Phase.ANALYSIS_DONE, at, stoppedStatusReason=None, error=None)
        self.begin_run(job, at)

    def tiles_to_run(self, job: JobV2) -> tuple[int, ...]:
        """Those that have not ended. [INFER] What is FATAL has ended."""
        assert job.analysis is not None
        ended = job.settled()
        return tuple(plan.id for plan in job.analysis.plans if plan.id not in ended)

    def watch(self, job: JobV2, at: float) -> None:
        """Stop a task whose account runs out of PU [Batch Statistical: OUT_OF_PU]."""
        if job.stop_reason is None and self._purse.is_low(job.owner.account):
            job.stop_reason, job.stopped = OUT_OF_PU, at
            self.break_off(job, at)

    def finished(self, job: JobV2, run: Run, seen: float) -> None:
        """DONE, however its features have ended; STOPPED where something kept some from running."""
        if run.failure is not None:
            self.stop(job, seen, UNHEALTHY, run.failure)
        elif job.stop_reason is not None and run.dropped:
            self.stop(job, seen, job.stop_reason)
        else:
            job.stop_reason = None
            job.enter(Phase.DONE, seen)

    def settle(
        self, job: JobV2, plan: Plan, at: float, *, good: bool, cost: float | None = None, note: str = ""
    ) -> None:
        """A feature has ended: its cost is taken from the account."""
        known = plan.id in job.runs[-1].settled
        super().settle(job, plan, at, good=good, cost=cost, note=note or ("" if good else FEATURE_FAILED))
        if not known:
            self._purse.charge(job.owner.account, job.runs[-1].settled[plan.id].cost)
            self.watch(job, at)

    def tile_cost(self, job: JobV2, plan: Plan) -> float:
        """What a feature costs, PU, after the discount of large files."""
        outline = self.pixels.outline(job.request, plan)
        full = self.pixels.tile_cost(job.request, plan)
        return full / _DISCOUNT if outline.width * outline.height > _DISCOUNTED_PIXELS else full

    def advance(self, job: JobV2, now: float) -> None:
        """Bring a task up to a moment; stale ones go."""
        super().advance(job, now)
        if job.phase not in {Phase.ANALYSING, Phase.PROCESSING} and job.deleted is None:
            gone = job.changed(now) + _DAYS.get(job.phase, _OTHER_DAYS) * _DAY_SECONDS
            if now >= gone:
                job.deleted = gone


def _checked_bands(request: Json, outputs: list[Output]) -> Json:
    """The bands for a collection, if there is to be one. Raises OutputError."""
    if "zarrOutput" in request:
        check_arrays(request["zarrOutput"], outputs)
        return {}
    settings = request["output"]
    if settings["cogOutput"]:
        for output in outputs:
            check_cog_type(output)
    wanted = settings["createCollection"] or "collectionId" in settings
    return bands_of(request, outputs) if wanted else {}
