"""The provider process over gRPC, as the engine drives it."""

from __future__ import annotations

import json
from typing import Any

import grpc
import pytest
from pulumi.dynamic.dynamic import serialize_provider
from pulumi.runtime import rpc
from pulumi.runtime.proto import engine_pb2, provider_pb2

from tests.dynamic.fakes import FakeProvider
from tests.dynamic.harness import URN, Host, details, plain, running_host
from tests.support.lifecycles import AT_ONCE


def told(answer: provider_pb2.CheckResponse) -> dict[str, Any]:
    """The kinds of values that the lifecycle has seen."""
    kinds: dict[str, Any] = json.loads(answer.failures[0].reason.removeprefix("kinds: "))
    assert kinds.pop("tell") == "bool"
    return kinds


def test_values_arrive_as_they_were_written(host: Host) -> None:
    """Integers are integers, fractions stay, nulls are gone, the pickled provider is no input."""
    answer = host.check(
        {"tell": True, "n": 60.0, "x": 0.5, "list": [1.0, {"y": 2.0, "none": None}], "s": "a"}
    )
    assert told(answer) == {"list": ["int", {"y": "int"}], "n": "int", "s": "str", "x": "float"}


@pytest.mark.parametrize(
    ("value", "kinds"),
    [
        (rpc.UNKNOWN, "unknown"),
        ([rpc.UNKNOWN, "a"], ["unknown", "str"]),
        ({"a": {"b": [rpc.UNKNOWN]}}, {"a": {"b": ["unknown"]}}),
        ([{"a": rpc.UNKNOWN}], [{"a": "unknown"}]),
    ],
)
def test_an_unknown_is_unknown_wherever_it_stands_and_stays_so(host: Host, value: Any, kinds: Any) -> None:
    """Unknown values reach the check as unknown, nested too, and go back to the engine as unknown."""
    answer = host.check({"tell": True, "field": value})
    assert told(answer) == {"field": kinds}
    assert plain(answer.inputs)["field"] == value


def test_a_secret_is_unwrapped(host: Host) -> None:
    """A secret's value arrives, and an unknown secret is unknown."""
    secret = {rpc._special_sig_key: rpc._special_secret_sig, "value": "s"}
    unknown = {rpc._special_sig_key: rpc._special_secret_sig, "value": rpc.UNKNOWN}
    answer = host.check({"tell": True, "a": secret, "b": unknown})
    assert told(answer) == {"a": "str", "b": "unknown"}


def test_a_wrong_input_is_a_check_failure(host: Host) -> None:
    """A failure names property and reason, in a text of its own: the engine would add a value of no use."""
    answer = host.check({"size": -1})
    assert [(f.property, f.reason) for f in answer.failures] == [("", "size: it is negative; make it 1")]


def test_a_warning_is_shown_on_the_resource_and_blocks_nothing(host: Host) -> None:
    """In a preview warnings and notes go to the engine's log with the urn and stay; each is said once."""
    for _ in range(2):
        assert not host.check({"grid": 9, "previewed": True}).failures
    assert host.engine.wait_for("12 tiles")
    lines = [line for line in host.engine.lines if line.message in {"grid 9 is new to us", "12 tiles"}]
    assert [(line.severity, line.urn, line.ephemeral) for line in lines] == [
        (engine_pb2.WARNING, URN, False),
        (engine_pb2.INFO, URN, False),
    ]


def test_an_update_repeats_no_note_of_its_preview() -> None:
    """What the program says of the phase decides; the checked inputs, which are kept, do not have it."""
    with running_host() as updating:
        updating.check({"grid": 9})
        assert [line.message for line in updating.engine.lines] == ["grid 9 is new to us"]
        assert plain(updating.check({"grid": 9, "previewed": True}).inputs) == {"grid": 9}


@pytest.mark.parametrize(
    ("olds", "news", "changes", "replaces"),
    [
        ({"size": 1}, {"size": 1.0}, provider_pb2.DiffResponse.DIFF_NONE, []),
        ({"size": 1}, {"size": 2}, provider_pb2.DiffResponse.DIFF_SOME, []),
        ({"place": "a"}, {"place": "b"}, provider_pb2.DiffResponse.DIFF_SOME, ["place"]),
        ({"place": "a"}, {"place": rpc.UNKNOWN}, provider_pb2.DiffResponse.DIFF_SOME, ["place"]),
        ({"place": {"a": [1]}}, {"place": {"a": [1.0], "b": None}}, provider_pb2.DiffResponse.DIFF_NONE, []),
    ],
)
def test_diff_follows_the_table(
    host: Host, olds: dict[str, Any], news: dict[str, Any], changes: int, replaces: list[str]
) -> None:
    """A difference is a change, a replacing one names its property, the way through the engine makes none."""
    answer = host.diff(olds, news)
    assert (answer.changes, list(answer.replaces)) == (changes, replaces)


def test_create_returns_id_and_outputs_with_the_provider(host: Host) -> None:
    """Outputs repeat the pickled provider, unchanged and short."""
    answer = host.create({"size": 3})
    assert answer.id == "object-1"
    assert plain(answer.properties)["size"] == 3
    assert answer.properties["__provider"] == serialize_provider(FakeProvider())


def test_what_is_gone_reads_as_gone(host: Host) -> None:
    """An empty id tells the engine that the object is gone."""
    assert host.read("gone", {"size": 1}).id == ""


def test_a_read_updates_outputs_and_inputs(host: Host) -> None:
    """A refresh that found a change returns the inputs that belong to it."""
    answer = host.read("object-1", {"size": 1})
    assert (answer.id, plain(answer.properties), plain(answer.inputs)) == (
        "object-1",
        {"size": 7},
        {"size": 7},
    )


def test_update_keeps_old_outputs(host: Host) -> None:
    """What the lifecycle returns is what the state holds."""
    properties = plain(host.update({"size": 1, "status": "DONE"}, {"size": 2}).properties)
    assert (properties["size"], properties["status"]) == (2, "DONE")


def test_what_the_plugin_has_made_needs_no_call(host: Host) -> None:
    """A state in the plugin's form is read as its own, and is written anew without the lifecycle."""
    olds = {"size": 1, "freeValue": {"aB": 1}, "someRecords": [{"tileCount": 2}], "status": "DONE"}
    assert host.diff(olds, {"size": 1}).changes == provider_pb2.DiffResponse.DIFF_SOME
    assert plain(host.update(olds, {"size": 1, "behave": "fail"}).properties) == {
        "size": 1,
        "behave": "fail",
        "free_value": {"aB": 1},
        "some_records": [{"tile_count": 2}],
        "status": "DONE",
    }
    changed = plain(host.update(olds, {"size": 2}).properties)
    assert changed["seen_olds"] == ["free_value", "size", "some_records", "status"]
    assert plain(host.read("object-1", olds).properties)["some_records"] == [{"tile_count": 2}]


def test_urn_and_custom_timeout_arrive(host: Host) -> None:
    """The probe fits the installed SDK: the urn and ``custom_timeouts`` reach create, update and delete."""
    created = plain(host.create({}, timeout=420.0).properties)
    assert (created["seen_urn"], created["seen_deadline"]) == (URN, 420.0)
    assert plain(host.update({}, {}, timeout=60.0).properties)["seen_deadline"] == 60.0
    with pytest.raises(grpc.RpcError) as failure:
        host.delete({"tell": True}, timeout=30.0)
    assert details(failure) == f"told: urn={URN} deadline=30.0."


def test_the_first_delete_of_a_process_has_it_too() -> None:
    """On destroy the first call of all is a Delete, and it is as clean and as informed as later ones."""
    with running_host() as fresh, pytest.raises(grpc.RpcError) as failure:
        fresh.delete({"tell": True}, timeout=30.0)
    assert details(failure) == f"told: urn={URN} deadline=30.0."


def test_the_deadline_without_the_hosts_help(different_host: Host) -> None:
    """Where the host does not pass timeouts on, the hidden input does; without both there is a default."""
    hidden = {"timeouts": {"create": 420, "delete": 30}}
    assert plain(different_host.create(hidden, timeout=1.0).properties)["seen_deadline"] == 420.0
    assert plain(different_host.create({}).properties)["seen_deadline"] == 86_400.0
    with pytest.raises(grpc.RpcError) as failure:
        different_host.delete({"tell": True})
    assert "deadline=3600.0" in details(failure)


@pytest.mark.parametrize("which", ["host", "different_host"])
def test_time_outs_are_kept_and_no_lifecycle_sees_them(which: str, request: pytest.FixtureRequest) -> None:
    """The state keeps what the constructor passed on, for a deletion without a program; no diff shows it."""
    running: Host = request.getfixturevalue(which)
    hidden = {"timeouts": {"create": 420.0, "delete": 30.0}}
    checked = plain(running.check({"size": 1, **hidden}).inputs)
    created = plain(running.create(checked).properties)
    assert (created["timeouts"], json.loads(created["seen_kinds"])) == (hidden["timeouts"], {"size": "int"})
    read = running.read("object-1", created)
    assert plain(read.properties)["timeouts"] == plain(read.inputs)["timeouts"] == hidden["timeouts"]
    for news in ({"size": 1}, {"size": 1, "timeouts": {"create": 5.0}}):
        assert running.diff(created, news).changes == provider_pb2.DiffResponse.DIFF_NONE
    assert plain(running.update(created, {"size": 2, **hidden}).properties)["timeouts"] == hidden["timeouts"]
    assert "timeouts" not in plain(running.update(created, {"size": 2}).properties)["seen_olds"]
    with pytest.raises(grpc.RpcError) as failure:
        running.delete({**created, "tell": True})
    assert "deadline=30.0" in details(failure)


@pytest.mark.parametrize("odd", [True, 0, -1.0, "7m", None, [7], {"create": {"a": 1}}])
def test_a_time_out_that_is_none_is_the_default(different_host: Host, odd: Any) -> None:
    """A state that holds anything else there is no failure."""
    hidden = {"timeouts": odd if isinstance(odd, dict) else {"create": odd}}
    assert plain(different_host.create(hidden).properties)["seen_deadline"] == 86_400.0


def test_more_than_four_operations_run_at_once(host: Host) -> None:
    """The probe fits the installed SDK: many creates are in the provider at the same time."""
    calls = [host.begin_create({"behave": "meet"}) for _ in range(AT_ONCE)]
    assert [call.result().id for call in calls] == ["object-1"] * AT_ONCE


def test_a_wait_shows_progress_and_ends_on_cancel() -> None:
    """Progress is a passing line on the resource's row; Cancel ends all waits with our own message."""
    with running_host() as waiting:
        waiting.check({})
        calls = [waiting.begin_create({"behave": "wait"}) for _ in range(6)]
        assert waiting.engine.wait_for("PROCESSING 42%")
        waiting.cancel()
        for call in calls:
            with pytest.raises(grpc.RpcError) as failure:
                call.result()
            assert details(failure) == "interrupted. request-1 goes on running."
        lines = [line for line in waiting.engine.lines if "PROCESSING" in line.message]
        assert [(line.urn, line.ephemeral) for line in lines] == [(URN, True)]


def test_the_process_does_not_outlive_a_killed_engine() -> None:
    """When nobody listens at the engine's address any more, waits end and so does the process."""
    with running_host() as orphan:
        orphan.check({})
        orphan.begin_create({"behave": "wait"})
        assert orphan.engine.wait_for("PROCESSING 42%")
        orphan.kill_engine()
        assert orphan.wait_for_its_end() == 0


def test_an_engine_that_takes_no_lines_fails_nothing() -> None:
    """An operation goes on where the engine refuses the log lines."""
    with running_host(engine_refuses_lines=True) as lonely:
        assert not lonely.check({"grid": 9, "previewed": True}).failures
        assert [line.message for line in lonely.engine.lines] == ["grid 9 is new to us", "12 tiles"]


def test_missing_credentials_are_reported_when_first_needed() -> None:
    """Check, diff and create without a call need none; the first call says in one line what is missing."""
    with running_host() as bare:
        assert not bare.check({"size": 1}).failures
        assert bare.diff({"size": 1}, {"size": 1}).changes == provider_pb2.DiffResponse.DIFF_NONE
        assert bare.create({}).id == "object-1"
        with pytest.raises(grpc.RpcError) as failure:
            bare.create({"behave": "connect"})
    assert "Traceback" not in details(failure)
    assert "sentinelhub:clientId" in details(failure)


def test_a_contradictory_config_is_one_line_at_preview() -> None:
    """A deployment that does not exist is reported by the first check."""
    with (
        running_host(config={"sentinelhub:deployment": "moon"}) as wrong,
        pytest.raises(grpc.RpcError) as failure,
    ):
        wrong.check({})
    assert "Traceback" not in details(failure)
    assert "moon" in details(failure)
