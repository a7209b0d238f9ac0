"""The tables against what the lifecycles do: outputs are of their kinds, changes do what is said of them."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest

from pulumi_sentinelhub.errors import SentinelHubError
from pulumi_sentinelhub.lifecycle.collection import BATCH_COLLECTION
from pulumi_sentinelhub.lifecycle.contract import Lifecycle
from pulumi_sentinelhub.lifecycle.fields import Change, Field
from pulumi_sentinelhub.lifecycle.kinds import InputKind, Kind
from pulumi_sentinelhub.lifecycle.outputs import ByName, Integer, ListOf, Number, Output, Record
from pulumi_sentinelhub.lifecycle.request import BATCH_REQUEST
from pulumi_sentinelhub.lifecycle.run.lifecycle import BATCH_RUN
from pulumi_sentinelhub.lifecycle.tables import bucket, collection, request, run
from tests.lifecycle import runs
from tests.lifecycle.conftest import World
from tests.support.inputs import key

RELEASED = Path(__file__).parents[1] / "compat" / "data" / "state-0.1.0.json"
Table = tuple[tuple[Field, ...], Mapping[str, Output]]
TABLES: Mapping[str, Table] = {
    "OutputBucket": (bucket.FIELDS, bucket.OUTPUTS),
    "BatchRequest": (request.FIELDS, request.OUTPUTS),
    "BatchRun": (run.FIELDS, run.OUTPUTS),
    "BatchCollection": (collection.FIELDS, collection.OUTPUTS),
}
#: Outputs that 0.1.0 did not write yet; a refresh adds them.
NEWER = {"adopted"}


def is_of(kind: Kind, value: Any) -> bool:
    """Whether a value of the state is of a kind."""
    match kind:
        case InputKind():
            return not list(kind.faults(value))
        case Integer():
            return isinstance(value, (int, float)) and not isinstance(value, bool) and value == int(value)
        case Number():
            return isinstance(value, (int, float)) and not isinstance(value, bool)
        case ListOf():
            return isinstance(value, list) and all(is_of(kind.of, one) for one in value)
        case ByName():
            return isinstance(value, Mapping) and all(is_of(kind.of, one) for one in value.values())
        case Record():
            return isinstance(value, Mapping) and unlike(kind.members, value) == []
    raise AssertionError(f"no such kind: {kind}")


def unlike(outputs: Iterable[Output], values: Mapping[str, Any]) -> list[str]:
    """What the values lack, have besides the table, or have of another kind."""
    table = {output.name: output for output in outputs}
    wrong = [f"{name} is in no table" for name in values if name not in table]
    for name, output in table.items():
        if values.get(name) is None:
            wrong += [] if output.optional else [f"{name} is missing"]
        elif not is_of(output.kind, values[name]):
            wrong.append(f"{name} is {values[name]!r}")
    return wrong


def told(table: Table, values: Mapping[str, Any]) -> list[str]:
    """The same for a resource, whose outputs repeat its inputs."""
    fields, outputs = table
    repeated = [Output(field.name, field.kind, field.doc, optional=not field.always) for field in fields]
    return unlike([one for one in repeated if one.name not in outputs] + list(outputs.values()), values)


def test_a_request_shows_what_its_table_says(world: World, declared: dict[str, Any]) -> None:
    """Made, refreshed, adopted: each output is there unless it may be absent, and of its kind."""
    made = BATCH_REQUEST.create(world.context(), declared)
    assert told(TABLES["BatchRequest"], made.outputs) == []
    adopting = {"adopt_id": made.id, "deployment": "aws-eu-central-1", "declaration": key("b")}
    adopted = BATCH_REQUEST.create(world.context(), adopting)
    assert told(TABLES["BatchRequest"], adopted.outputs) == []
    BATCH_RUN.create(world.context(), run_of(made.id, until="finished"))
    now = BATCH_REQUEST.read(world.context(), made.id, made.outputs)
    assert now is not None
    assert now.outputs["status"] == "DONE"
    assert told(TABLES["BatchRequest"], now.outputs) == []


def test_a_run_shows_what_its_table_says(world: World, declared: dict[str, Any]) -> None:
    """At each stage, and with requests that have left it."""
    first = BATCH_REQUEST.create(world.context(), declared).id
    second = BATCH_REQUEST.create(world.context(), {**declared, "declaration": key("second")}).id
    outputs = BATCH_RUN.create(
        world.context(), run_of(first, second, until="analysed", max_cost=9000)
    ).outputs
    assert told(TABLES["BatchRun"], outputs) == []
    for news in (run_of(first, second, until="finished", max_cost=9000), run_of(second, max_cost=9000)):
        outputs = BATCH_RUN.update(world.context(), "run", outputs, news)
        assert told(TABLES["BatchRun"], outputs) == []
    assert outputs["earlier"]


def test_a_collection_shows_what_its_table_says(world: World) -> None:
    """Made, renamed and refreshed."""
    made = BATCH_COLLECTION.create(world.context(), COLLECTION)
    assert told(TABLES["BatchCollection"], made.outputs) == []
    renamed = BATCH_COLLECTION.update(world.context(), made.id, made.outputs, {**COLLECTION, "name": "other"})
    assert told(TABLES["BatchCollection"], renamed) == []
    now = BATCH_COLLECTION.read(world.context(), made.id, renamed)
    assert now is not None
    assert told(TABLES["BatchCollection"], now.outputs) == []


def test_a_released_state_is_of_the_declared_kinds() -> None:
    """What 0.1.0 has written fits the tables of today, but for what it did not write yet."""
    resources = json.loads(RELEASED.read_text())["deployment"]["resources"]
    seen = set()
    for resource in resources:
        name = resource["type"].rpartition(":")[2]
        if name in TABLES:
            seen.add(name)
            values = {key: value for key, value in resource["outputs"].items() if key != "__provider"}
            given_ids = json.loads(json.dumps(values).replace("<area>", "area").replace("<ndvi>", "ndvi"))
            missing = {f"{output} is missing" for output in NEWER}
            assert set(told(TABLES[name], given_ids)) <= missing
    assert seen == set(TABLES)


COLLECTION: Mapping[str, Any] = {
    "name": "fields",
    "bucket_name": "results",
    "deployment": "aws-eu-central-1",
    "declaration": key("a"),
}


def run_of(*ids: str, **inputs: Any) -> dict[str, Any]:
    defaults = {field.name: field.default for field in run.FIELDS if field.default is not None}
    return runs.run_of(*ids, **{**defaults, **inputs})


def calls_of(world: World, update: Callable[[], object]) -> int:
    """How many calls an update makes, be it refused in the end or not."""
    before = len(world.controls.journal())
    with contextlib.suppress(SentinelHubError):
        update()
    return len(world.controls.journal()) - before


def partial_run(world: World, declared: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """A request some of whose tiles have failed, and its run, which takes that for an outcome."""
    made = BATCH_REQUEST.create(world.context(), declared).id
    BATCH_RUN.create(world.context(), run_of(made, until="finished"))
    world.controls.force(made, status="PARTIAL")
    news = run_of(made, until="finished", accept_partial=True)
    return made, BATCH_RUN.create(world.context(), news).outputs


def analysed_run(world: World, declared: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """A request that is analysed, as its run asks for."""
    made = BATCH_REQUEST.create(world.context(), declared).id
    return made, BATCH_RUN.create(world.context(), run_of(made, until="analysed")).outputs


#: Another value for each input of a run that can be changed.
RUN_CHANGES: Mapping[str, Any] = {
    "requests": lambda id: [id, "00000000-0000-4000-8000-000000000000"],
    "until": lambda _: "started",
    "max_cost": lambda _: 0.001,
    "restart_partial": lambda _: 1,
    "accept_partial": lambda _: False,
    "on_delete": lambda _: "leave",
    "bare": lambda id: [id],
}


@pytest.mark.parametrize("name", RUN_CHANGES)
def test_a_changed_input_of_a_run_does_what_the_table_says(
    world: World, declared: dict[str, Any], name: str
) -> None:
    """One that drives makes calls, one that is only kept in the state makes none."""
    [field] = [field for field in run.FIELDS if field.name == name]
    id, outputs = (analysed_run if name == "until" else partial_run)(world, declared)
    news = {field.name: outputs[field.name] for field in run.FIELDS if field.name in outputs}
    news[name] = RUN_CHANGES[name](id)
    assert name in BATCH_RUN.diff(world.context(), "run", outputs, news).changed
    calls = calls_of(world, lambda: BATCH_RUN.update(world.context(), "run", outputs, news))
    assert (calls > 0) == (field.change is Change.DRIVE)


def test_every_input_of_a_run_is_tried() -> None:
    """No input that an update may be asked for is left out above."""
    asked = {field.name for field in run.FIELDS if field.change not in {Change.HIDDEN, Change.REFUSED}}
    assert asked == set(RUN_CHANGES)


@pytest.mark.parametrize(
    ("lifecycle", "field"),
    [
        (lifecycle, field)
        for lifecycle in (BATCH_REQUEST, BATCH_COLLECTION)
        for field in lifecycle.fields
        if field.change is Change.LOCAL
    ],
    ids=lambda value: getattr(value, "name", ""),
)
def test_what_is_only_kept_makes_no_call(
    world: World, declared: dict[str, Any], lifecycle: Lifecycle, field: Field
) -> None:
    """A request's and a collection's, too."""
    declared = dict(COLLECTION) if lifecycle is BATCH_COLLECTION else declared
    made = lifecycle.create(world.context(), declared)
    news = {**declared, field.name: "leave"}
    assert lifecycle.diff(world.context(), made.id, made.outputs, news).changed == (field.name,)
    assert calls_of(world, lambda: lifecycle.update(world.context(), made.id, made.outputs, news)) == 0


@pytest.mark.parametrize("lifecycle", [BATCH_REQUEST, BATCH_RUN, BATCH_COLLECTION])
def test_what_is_refused_fails_the_check(
    world: World, declared: dict[str, Any], lifecycle: Lifecycle
) -> None:
    """Another deployment is refused for whatever lives on the old one, before anything is done."""
    olds = {BATCH_RUN: run_of("a"), BATCH_COLLECTION: dict(COLLECTION)}.get(lifecycle, declared)
    for field in lifecycle.fields:
        if field.change is Change.REFUSED:
            report = lifecycle.check(world.context(), olds, {**olds, field.name: "cdse"})
            assert [failure.property for failure in report.failures] == [field.name]


def test_a_state_without_a_deployment_is_no_other_one(world: World, declared: dict[str, Any]) -> None:
    """What was imported without it is not made anew for its sake."""
    made = BATCH_REQUEST.create(world.context(), declared)
    del made.outputs["deployment"]
    found = BATCH_REQUEST.diff(world.context(), made.id, made.outputs, declared)
    assert (found.changed, found.replaces) == (("deployment",), ())


def test_what_is_required_is_asked_for(world: World) -> None:
    """A run without requests is refused, by the table's word."""
    news = run_of()
    del news["requests"]
    [failure] = BATCH_RUN.check(world.context(), {}, news).failures
    assert failure.property == "requests"
    assert failure.reason == "is missing"
    assert failure.fix.startswith("it must be a list of batch requests")
