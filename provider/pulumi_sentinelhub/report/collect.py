"""From a stack's state, the service and the buckets to what a report shows. Reads only.

What cannot be found out is told in the section it concerns; only the end of patience ends the report.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from ..batch.api import Action, BatchRequestInfo, Phase, Tile, TileState
from ..batch.generations import GENERATIONS
from ..errors import DeadlineExceeded, Interrupted, NotFound, SentinelHubError
from ..lifecycle.context import Context
from ..lifecycle.ownership import account
from ..preview.estimate import Estimate
from ..s3.reading import ObjectReader
from ..values import is_unknown
from . import planned
from .model import Budget, MapTile, Report, Section
from .moments import length, moment, shown
from .places import frame_of, located
from .state import RecordedRequest, StackState
from .texts import SECRET, payload

_GONE: Final = (
    "The service does not show this request any more: it removes them some weeks after the end. What follows "
    "is what the state has kept"
)
_SCRIPT: Final = "(shown above)"
_UNKNOWN: Final = "(not known yet)"
_THEIRS, _OURS = "the service's", "our own"


@dataclass(frozen=True)
class Pictures:
    """How quicklooks are made.

    Attributes:
        reader: reads the buckets.
        seconds: that all of them together may take.
    """

    reader: ObjectReader
    seconds: float


def collect(
    state: StackState, ctx: Context, pictures: Pictures | None, made: str, *, drawn: bool = True
) -> Report:
    """The report of a stack.

    Args:
        state: what it has recorded.
        ctx: the surroundings of the reading.
        pictures: None: without quicklooks.
        made: when, ISO 8601.
        drawn: whether places are needed.

    Raises:
        Interrupted, DeadlineExceeded: patience has ended.
    """
    sections = [_Subject(ctx, state, recorded, drawn).section() for recorded in state.requests]
    if pictures is not None:
        sections = _with_pictures(state.requests, sections, pictures, ctx)
    notes = () if sections else ("There is no batch request in this stack",)
    return Report(state.title, made, False, sections, _budgets(state), notes)


def collect_planned(state: StackState, made: str) -> Report:
    """The report of what a preview would make; nothing is asked of the service."""
    notes = () if state.requests else ("Nothing would be computed: no batch request would be made",)
    return Report(state.title, made, True, [_planned(one) for one in state.requests], (), notes)


def _planned(recorded: RecordedRequest) -> Section:
    inputs = recorded.inputs
    estimate = planned.estimate_of(inputs, recorded.generation)
    tiles, note = planned.tiles_for(inputs, recorded.generation, estimate)
    known = isinstance(estimate, Estimate)
    return Section(
        name=recorded.name,
        id=None,
        status="would be made",
        facts=_described(recorded),
        notes=[one for one in (note, None if known or estimate is None else str(estimate)) if one],
        tiles=tiles,
        estimate=estimate.cost if isinstance(estimate, Estimate) else None,
        estimated_by=f"{_OURS}: {estimate.basis}" if isinstance(estimate, Estimate) else "",
        area=planned.area_of(inputs, recorded.generation),
        payload=_payload(recorded),
        evalscript=_evalscript(recorded),
    )


class _Subject:
    """One recorded request, and what the service says of it."""

    def __init__(self, ctx: Context, state: StackState, recorded: RecordedRequest, drawn: bool) -> None:
        self._ctx, self._state, self._recorded, self._drawn = ctx, state, recorded, drawn
        self._record = state.record_of(recorded.id) if recorded.id else {}
        self._notes: list[str] = []

    def section(self) -> Section:
        """All that can be found out about it, but for the picture."""
        recorded = self._recorded
        info = self._info()
        tiles = self._tiles(info)
        estimate, by = self._estimate(info)
        return Section(
            name=recorded.name,
            id=recorded.id,
            status=self._status(info),
            facts=self._facts(info),
            notes=self._notes,
            tiles=tiles,
            estimate=estimate,
            estimated_by=by,
            cost=self._cost(info, tiles),
            area=planned.area_of(recorded.inputs, recorded.generation),
            payload=_payload(recorded),
            evalscript=_evalscript(recorded),
        )

    def _info(self) -> BatchRequestInfo | None:
        id, outputs = self._recorded.id, self._recorded.outputs
        if id is None:
            self._notes.append("The state has no id of it")
            return None
        try:
            service = self._ctx.connect(self._recorded.generation)
            account.require_own(self._ctx, "read batch request", id, outputs, lambda: service.get_request(id))
            return service.get_request(id)
        except (Interrupted, DeadlineExceeded):
            raise
        except NotFound:
            self._notes.append(_GONE)
        except SentinelHubError as error:
            self._notes.append(f"The service could not be asked, so this is what the state has kept: {error}")
        return None

    def _tiles(self, info: BatchRequestInfo | None) -> Sequence[MapTile]:
        if info is None:
            return self._recorded_tiles()
        service = self._ctx.connect(self._recorded.generation)
        try:
            tiles = list(service.tiles(info.id, self._ctx.files))
        except (Interrupted, DeadlineExceeded):
            raise
        except SentinelHubError as error:
            self._notes.append(f"Its tiles cannot be read: {error}")
            return self._recorded_tiles()
        factor = info.generation.batch_factor(info.tile_width_px, info.tile_height_px)
        rings = located([tile.outline if self._drawn else None for tile in tiles])
        return [_on_map(tile, factor, ring) for tile, ring in zip(tiles, rings, strict=True)]

    def _recorded_tiles(self) -> Sequence[MapTile]:
        """What the run has kept of the tiles: the names of failed ones."""
        failed = self._record.get("failed_tiles")
        names = failed if isinstance(failed, list) else ()
        return [MapTile(str(name), TileState.FAILED.value) for name in names]

    def _estimate(self, info: BatchRequestInfo | None) -> tuple[float | None, str]:
        if info is not None and info.cost_estimate is not None:
            return info.cost_estimate, _THEIRS
        kept = self._record.get("cost_estimate")
        if isinstance(kept, (int, float)):
            theirs = GENERATIONS[self._recorded.generation].abilities.estimates
            return float(kept), f"{_THEIRS if theirs else _OURS}, as the run has kept it"
        own = planned.estimate_of(self._recorded.inputs, self._recorded.generation)
        return (own.cost, f"{_OURS}: {own.basis}") if isinstance(own, Estimate) else (None, "")

    def _cost(self, info: BatchRequestInfo | None, tiles: Sequence[MapTile]) -> float | None:
        if info is not None and info.cost is not None:
            return info.cost
        known = [tile.cost for tile in tiles if tile.cost is not None]
        kept = self._record.get("cost")
        return sum(known) if known else float(kept) if isinstance(kept, (int, float)) else None

    def _status(self, info: BatchRequestInfo | None) -> str:
        if info is None:
            kept = self._record.get("status") or self._recorded.outputs.get("status") or "not known"
            return f"{kept} (when last seen)"
        if info.phase is Phase.ENDED:
            # whether all came out stands in the files, which the run has read
            return str(self._record.get("status") or info.status)
        return info.phase.value if info.phase is not Phase.UNKNOWN else info.status

    def _facts(self, info: BatchRequestInfo | None) -> list[tuple[str, str]]:
        run = self._state.run_of(self._recorded.id) if self._recorded.id else None
        facts = _described(self._recorded)
        action = self._record.get("user_action")
        made = self._recorded.outputs.get("created")
        acted = self._recorded.outputs.get("user_action_updated")
        if info is not None:
            action, made, acted = info.user_action, info.created, info.user_action_updated
        seen = run.modified if run is not None else None
        ended = info is None or info.is_final
        facts += [
            ("Made", shown(made)),
            ("Latest action", f"{action} at {shown(acted)}" if action and acted else str(action or "none")),
        ]
        if seen and ended:
            facts.append(("Seen to have ended", shown(seen)))
        begun, over = moment(acted), moment(seen)
        if ended and action == Action.START.value and begun and over and over >= begun:
            facts.append(("Took, from start to then", length((over - begun).total_seconds())))
        if info is not None and info.completion is not None:
            facts.append(("Completion", f"{info.completion:.0f} %"))
        if run is not None:
            facts.append(("Run", f"{run.name}, until {run.until}"))
        if error := (info.error if info is not None else self._record.get("error")):
            facts.append(("The service says", str(error)))
        return facts


def _on_map(tile: Tile, factor: float, ring: Any) -> MapTile:
    cost = None if tile.cost is None else tile.cost * factor
    return MapTile(tile.name, tile.status, cost, tile.error, ring)


def _described(recorded: RecordedRequest) -> list[tuple[str, str]]:
    facts = []
    if description := recorded.inputs.get("description"):
        facts.append(("Description", _UNKNOWN if is_unknown(description) else str(description)))
    if recorded.id:
        facts.append(("Id", f"{recorded.id} (batch API {recorded.generation})"))
    path = recorded.outputs.get("result_path")
    if isinstance(path, str) and recorded.id:
        facts.append(("Results", path))
    return facts


def _payload(recorded: RecordedRequest) -> str:
    """The request in the API's own JSON, without its evalscript."""
    inputs = _known(recorded.inputs)
    process = inputs.get("process_request")
    if isinstance(process, Mapping):
        inputs["process_request"] = {**process, "evalscript": _SCRIPT}
    try:
        return payload(GENERATIONS[recorded.generation].payload(inputs))
    except SentinelHubError:
        return payload(inputs)


def _evalscript(recorded: RecordedRequest) -> str:
    process = recorded.inputs.get("process_request")
    script = process.get("evalscript") if isinstance(process, Mapping) else None
    return script if isinstance(script, str) else _UNKNOWN


def _known(value: Any) -> Any:
    """The same with words in place of what is not known yet."""
    if isinstance(value, Mapping):
        return {name: _known(member) for name, member in value.items()}
    if isinstance(value, list):
        return [_known(member) for member in value]
    return _UNKNOWN if is_unknown(value) else value


def _budgets(state: StackState) -> list[Budget]:
    return [
        Budget(
            name=run.name,
            until=run.until,
            status=run.status or "not known",
            requests=len(run.results),
            max_cost=run.max_cost,
            estimate=run.cost_estimate,
            cost=run.cost,
        )
        for run in state.runs
    ]


def _with_pictures(
    recorded: Sequence[RecordedRequest], sections: Sequence[Section], pictures: Pictures, ctx: Context
) -> list[Section]:
    """The sections with quicklooks; the time is shared, so that a large one leaves some to the others."""
    from .pictures.quicklook import Results, quicklook

    whole = ctx.patience.at_most(pictures.seconds)
    painted = []
    left = Counter(one.id is not None for one in recorded)[True]
    for one, section in zip(recorded, sections, strict=True):
        frame = frame_of(section.rings)
        if one.id is None or one.id == SECRET or frame is None:
            painted.append(section)
            continue
        share = whole.at_most(whole.left / max(1, left))
        left -= 1
        look = quicklook(Results(one.inputs, one.id), frame, pictures.reader, share)
        notes = [*section.notes, *([look.note] if look.note else ())]
        painted.append(replace(section, picture=look.picture, notes=notes))
    return painted
