"""What both front ends do alike, by the same tests: the dynamic provider's process, and the plugin."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import grpc
import pytest
from pulumi.runtime.proto import engine_pb2, provider_pb2

from pulumi_sentinelhub.plugin.server import WORKERS
from tests.plugin.harness import running_plugin
from tests.support.dynamic_host import running_host
from tests.support.engine import partial_result
from tests.support.front_end import UNKNOWN, FrontEnd, details, plain, says_where, secret
from tests.support.lifecycles import AT_ONCE, FORM

Start = Callable[..., AbstractContextManager[FrontEnd]]
DIFF = provider_pb2.DiffResponse


@contextmanager
def _dynamic(config: Mapping[str, str] | None = None, **options: Any) -> Iterator[FrontEnd]:
    settings = {f"sentinelhub:{key}": value for key, value in (config or {}).items()}
    with running_host(config=settings, **options) as running:
        yield running


@contextmanager
def _plugin(config: Mapping[str, str] | None = None, **options: Any) -> Iterator[FrontEnd]:
    with running_plugin(**options) as running:
        running.configure(config or {})
        yield running


STARTS: Mapping[str, Start] = {"dynamic": _dynamic, "plugin": _plugin}


@pytest.fixture(scope="module", params=STARTS)
def start(request: pytest.FixtureRequest) -> Start:
    """Starts one of its own, with a configuration."""
    return STARTS[request.param]


@pytest.fixture(scope="module")
def front(start: Start) -> Iterator[FrontEnd]:
    """One that runs already."""
    with start() as running:
        running.check({})
        yield running


def is_plugin(front: FrontEnd) -> bool:
    return front.written({"free_value": 1}) != {"free_value": 1}


def seen(front: FrontEnd, message: Any) -> dict[str, Any]:
    """Properties of an answer in the lifecycles' words; that they came in the front end's own is checked."""
    given = plain(message)
    inward = FORM.inward(given) if is_plugin(front) else given
    assert front.written(inward) == given
    return inward


def told(front: FrontEnd, news: Mapping[str, Any]) -> dict[str, Any]:
    """The kinds of values that the lifecycle has seen, but for what the plugin adds by itself."""
    answer = front.check(front.written({"tell": True, **news}))
    kinds: dict[str, Any] = json.loads(plain(answer.inputs)[next(iter(front.written({"seen_kinds": ""})))])
    added = {"declaration", "deployment"} if is_plugin(front) else set()
    return {name: kind for name, kind in kinds.items() if name not in {*added, "tell"}}


def previewed(front: FrontEnd, news: Mapping[str, Any]) -> Any:
    """A check in a preview: the program tells the dynamic provider of it, the next call the plugin."""
    if not is_plugin(front):
        return front.check({**news, "previewed": True})
    answer = front.check(news)
    front.create(news, preview=True)
    return answer


def test_values_arrive_as_they_were_written(front: FrontEnd) -> None:
    """Integers are integers, fractions stay, nulls are gone, what the engine adds is no input."""
    news = {"size": 60.0, "place": "a", "free_value": 0.5, "lists": [1.0, {"y": 2.0, "none": None}]}
    assert told(front, news) == {
        "size": "int",
        "place": "str",
        "free_value": "float",
        "lists": ["int", {"y": "int"}],
    }


@pytest.mark.parametrize(
    ("value", "kinds"),
    [
        (UNKNOWN, "unknown"),
        ([UNKNOWN, "a"], ["unknown", "str"]),
        ({"a": {"b": [UNKNOWN]}}, {"a": {"b": ["unknown"]}}),
        ([{"a": UNKNOWN}], [{"a": "unknown"}]),
    ],
)
def test_an_unknown_is_unknown_wherever_it_stands_and_stays_so(
    front: FrontEnd, value: Any, kinds: Any
) -> None:
    """Unknown values reach the check as unknown, nested too, and go back to the engine as unknown."""
    assert told(front, {"free_value": value}) == {"free_value": kinds}
    assert seen(front, front.check(front.written({"free_value": value})).inputs)["free_value"] == value


def test_a_secret_is_unwrapped(front: FrontEnd) -> None:
    """A secret's value arrives, and an unknown secret is unknown."""
    kinds = told(front, {"free_value": secret({"a": 1}), "place": secret("s"), "lists": secret(UNKNOWN)})
    assert kinds == {"free_value": {"a": "int"}, "place": "str", "lists": "unknown"}


def test_a_wrong_input_is_a_check_failure(front: FrontEnd) -> None:
    """A failure names property and reason, in a text of its own: the engine would add a value of no use."""
    answer = front.check({"size": -1})
    assert [(f.property, f.reason) for f in answer.failures] == [("", "size: it is negative; make it 1")]


def test_warnings_and_notes_are_shown_and_block_nothing(front: FrontEnd) -> None:
    """In a preview they go to the resource's row and stay; each is said once a process."""
    for _ in range(2):
        assert not previewed(front, {"grid": 9}).failures
    assert front.engine.wait_for("12 tiles")
    lines = [line for line in front.engine.lines if line.message in {"grid 9 is new to us", "12 tiles"}]
    assert [(line.severity, line.urn, line.ephemeral) for line in lines] == [
        (engine_pb2.WARNING, front.urn, False),
        (engine_pb2.INFO, front.urn, False),
    ]


@pytest.mark.parametrize(
    ("olds", "news", "changes", "replaces"),
    [
        ({"size": 1}, {"size": 1.0}, DIFF.DIFF_NONE, []),
        ({"size": 1}, {"size": 2}, DIFF.DIFF_SOME, []),
        ({"place": "a"}, {"place": "b"}, DIFF.DIFF_SOME, ["place"]),
        ({"place": "a"}, {"place": UNKNOWN}, DIFF.DIFF_SOME, ["place"]),
        ({"place": {"a": [1]}}, {"place": {"a": [1.0], "b": None}}, DIFF.DIFF_NONE, []),
        ({"place": secret("a")}, {"place": "a"}, DIFF.DIFF_NONE, []),
    ],
)
def test_diff_follows_the_table(
    front: FrontEnd, olds: dict[str, Any], news: dict[str, Any], changes: int, replaces: list[str]
) -> None:
    """A difference is a change, a replacing one names its property, the way through the engine makes none."""
    answer = front.diff(olds, news)
    assert (answer.changes, list(answer.replaces)) == (changes, replaces)


def test_urn_and_custom_timeout_arrive(front: FrontEnd) -> None:
    """The urn and ``custom_timeouts`` reach create, update and delete; without, there is a default."""
    answer = front.create({"size": 3}, timeout=420.0)
    made = seen(front, answer.properties)
    assert (answer.id, made["size"], made["seen_urn"], made["seen_deadline"]) == (
        "object-1",
        3,
        front.urn,
        420,
    )
    assert seen(front, front.create({}).properties)["seen_deadline"] == 86_400
    assert seen(front, front.update({}, {}, timeout=60.0).properties)["seen_deadline"] == 60
    with pytest.raises(grpc.RpcError) as failure:
        front.delete({"tell": True}, timeout=30.0)
    assert details(failure) == f"told: urn={front.urn} deadline=30.0."


def test_the_first_delete_of_a_process_has_it_too(start: Start) -> None:
    """On destroy the first call of all is a Delete, and it is as clean and as informed as later ones."""
    with start() as fresh, pytest.raises(grpc.RpcError) as failure:
        fresh.delete({"tell": True}, timeout=30.0)
    assert details(failure) == f"told: urn={fresh.urn} deadline=30.0."


def test_a_read_shows_outputs_and_inputs(front: FrontEnd) -> None:
    """A refresh returns both; what is gone has an empty id."""
    answer = front.read("object-1", front.written({"size": 1, "some_records": [{"tile_count": 2}]}))
    assert answer.id == "object-1"
    assert seen(front, answer.properties) == {"size": 7, "some_records": [{"tile_count": 2}]}
    assert seen(front, answer.inputs) == {"size": 7}
    assert front.read("gone", {"size": 1}).id == ""


def test_update_keeps_old_outputs(front: FrontEnd) -> None:
    """It is told the old outputs in the lifecycle's form, and what it returns is what the state holds."""
    olds = {"size": 1, "some_records": [{"tile_count": 2}], "status": "DONE"}
    made = seen(front, front.update(front.written(olds), {"size": 2}).properties)
    assert (made["size"], made["status"], made["some_records"]) == (2, "DONE", [{"tile_count": 2}])
    assert made["seen_olds"] == ["size", "some_records", "status"]


def test_what_the_other_front_end_has_made_needs_no_call(front: FrontEnd) -> None:
    """A state in the other's form is read as its own, and is written anew without the lifecycle."""
    olds = {"size": 1, "free_value": {"aB": 1}, "some_records": [{"tile_count": 2}], "status": "DONE"}
    theirs = {**olds, "__provider": "gASV"} if is_plugin(front) else FORM.outward(olds)
    assert front.diff(theirs, {"size": 1}).changes == DIFF.DIFF_SOME
    carried = seen(front, front.update(theirs, {"size": 1, "behave": "fail"}).properties)
    assert carried == {**olds, "behave": "fail"}
    changed = seen(front, front.update(theirs, {"size": 2}).properties)
    assert changed["seen_olds"] == ["free_value", "size", "some_records", "status"]
    assert seen(front, front.read("object-1", theirs).properties)["some_records"] == [{"tile_count": 2}]
    with pytest.raises(grpc.RpcError):
        front.update(theirs, {"size": 2, "behave": "fail"})


def test_an_expected_error_is_one_line(front: FrontEnd) -> None:
    """Our own errors come without a traceback, and keep nothing."""
    with pytest.raises(grpc.RpcError) as failure:
        front.create({"behave": "fail"})
    assert details(failure) == "batch request failed request-1: no data. Widen it."
    assert partial_result(failure.value) is None


def test_a_defect_says_that_it_is_one(front: FrontEnd) -> None:
    """What is not expected is not taken for an error of ours."""
    with pytest.raises(grpc.RpcError) as failure:
        front.create({"behave": "bug"})
    assert says_where(failure)
    assert "a defect" in details(failure)


@pytest.mark.parametrize("operation", ["create", "update"])
def test_a_run_that_fails_keeps_its_place(front: FrontEnd, operation: str) -> None:
    """A partial failure carries id and outputs."""
    news = {"behave": "unfinished"}
    with pytest.raises(grpc.RpcError) as failure:
        front.create(news) if operation == "create" else front.update({"size": 1}, news)
    assert details(failure) == "2 of 3 requests failed. Run it again."
    kept = partial_result(failure.value)
    assert kept is not None
    assert (kept.id, seen(front, kept.properties)) == ("object-2", {"status": "PARTIAL", "done": 1})
    assert list(kept.reasons) == ["2 of 3 requests failed. Run it again."]
    # what the plugin keeps is read before the next comparison; a dynamic provider cannot ask for it
    assert kept.refresh_before_update == is_plugin(front)


def test_many_operations_run_at_once(front: FrontEnd) -> None:
    """A wait starves no other: more than the four for which the dynamic host is made."""
    calls = [front.begin_create({"behave": "meet"}) for _ in range(AT_ONCE)]
    assert [call.result().id for call in calls] == ["object-1"] * AT_ONCE


def test_a_wait_shows_progress_and_ends_on_cancel(start: Start) -> None:
    """Progress is a passing line on the resource's row; Cancel ends all waits, however many."""
    with start() as waiting:
        waiting.check({})
        calls = [waiting.begin_create({"behave": "wait"}) for _ in range(WORKERS + 6)]
        assert waiting.engine.wait_for("PROCESSING 42%")
        waiting.cancel()
        for call in calls:
            with pytest.raises(grpc.RpcError) as failure:
                call.result()
            assert details(failure) == "interrupted. request-1 goes on running."
        lines = [line for line in waiting.engine.lines if "PROCESSING" in line.message]
        assert [(line.urn, line.ephemeral) for line in lines] == [(waiting.urn, True)]


def test_an_engine_that_takes_no_lines_fails_nothing(start: Start) -> None:
    """An operation goes on where the engine refuses the log lines."""
    with start(engine_refuses_lines=True) as lonely:
        assert not previewed(lonely, {"grid": 9}).failures
        assert [line.message for line in lonely.engine.lines] == ["grid 9 is new to us", "12 tiles"]


def test_missing_credentials_are_reported_when_first_needed(start: Start) -> None:
    """Check, diff and create without a call need none; the first call says in one line what is missing."""
    with start() as bare:
        assert not bare.check({"size": 1}).failures
        assert bare.diff({"size": 1}, {"size": 1}).changes == DIFF.DIFF_NONE
        assert bare.create({}).id == "object-1"
        with pytest.raises(grpc.RpcError) as failure:
            bare.create({"behave": "connect"})
    assert not says_where(failure)
    assert "sentinelhub:clientId" in details(failure)


def test_a_contradictory_config_is_one_line_at_preview(start: Start) -> None:
    """A deployment that does not exist is reported by the first check."""
    with start({"deployment": "moon"}) as wrong, pytest.raises(grpc.RpcError) as failure:
        wrong.check({})
    assert not says_where(failure)
    assert "moon" in details(failure)
