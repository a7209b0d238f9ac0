"""What time makes of a v1 request [batch docs: v1 state machine]."""

from __future__ import annotations

from ..jobs.job import Analysis, Job
from ..jobs.life import Life
from ..jobs.phases import Phase
from ..jobs.runs import Run, shuffled
from ..pixels import Pixels
from ..settings import LiveOptions
from ..wire import Json
from .bands import check_outputs
from .collections import Collections

TOO_MANY_FAILED = "Too many failed tiles"


class LifeV1(Life[Job]):
    """The v1 state machine.

    Args:
        live: durations, failures, the clock.
        pixels: tiles, costs.
        collections: which requests may make.
    """

    def __init__(self, live: LiveOptions, pixels: Pixels, collections: Collections) -> None:
        super().__init__(live, pixels)
        self._collections = collections

    def quick_analysis(self, job: Job) -> Analysis:
        """Tiles, estimate and bands from what the evalscript declares; no pixel, no bucket is looked at."""
        try:
            plans = shuffled(self.pixels.plan_tiles(job.request), f"{self.options.seed}/{job.ordinal}/tiles")
            estimate = self.pixels.estimate_value(job.request, plans)
            bands = check_outputs(job.request, self.pixels.declared_outputs(job.request))
        except Exception as error:  # noqa: BLE001  whatever is wrong with it fails the analysis
            return Analysis(ready=job.analysis_ends, error=str(error))
        return Analysis(ready=job.analysis_ends, plans=plans, estimate=estimate, bands=bands)

    def analysed(self, job: Job, analysis: Analysis, at: float) -> None:
        """ANALYSIS_DONE, FAILED, or CANCELED where that was asked for meanwhile."""
        found: Json = {}
        if analysis.error is None:
            found = {"tileCount": len(analysis.plans), "valueEstimate": float(analysis.estimate)}
        if job.action == "CANCEL":
            # [batch docs: cancel] An analysis that has begun is completed first.
            job.enter(Phase.CANCELED, at + self.analysis_lag(), **found)
        elif analysis.error is not None:
            job.enter(Phase.FAILED, at, error=analysis.error)
        else:
            self._make_collection(job, analysis.bands, at)
            job.enter(Phase.ANALYSIS_DONE, at, **found)
            if job.action == "START":
                self.begin_run(job, at)

    def _make_collection(self, job: Job, bands: Json, at: float) -> None:
        output = job.request.get("output") or {}
        if not output.get("createCollection"):
            return
        collection = self._collections.create_for(job.owner, job.request, bands)
        job.request = {**job.request, "output": {**output, "collectionId": collection}}
        job.record(at, output=job.request["output"])

    def tiles_to_run(self, job: Job) -> tuple[int, ...]:
        """All at first, then those that FAILED."""
        assert job.analysis is not None
        return tuple(
            plan.id
            for plan in job.analysis.plans
            if not job.runs or job.tile_status(plan.id, float("inf"))[0] == "FAILED"
        )

    def finished(self, job: Job, run: Run, seen: float) -> None:
        """DONE, PARTIAL, FAILED or CANCELED, by how its tiles have ended."""
        processed, failed = job.count("PROCESSED"), job.count("FAILED")
        if run.failure is not None:
            job.enter(Phase.FAILED, seen, error=run.failure)
        elif job.action == "CANCEL":
            job.enter(Phase.CANCELED, seen)
        elif not failed:
            job.enter(Phase.DONE, seen)
        else:
            job.enter(Phase.PARTIAL if processed else Phase.FAILED, seen, error=TOO_MANY_FAILED)
