"""The plugin's answers over gRPC, as the engine asks for them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import grpc
import pytest
from google.protobuf import empty_pb2
from pulumi.runtime.proto import engine_pb2, plugin_pb2, provider_pb2

from tests.plugin.harness import UNKNOWN, URN, Plugin, plain, running_plugin, secret
from tests.support.engine import partial_result, struct
from tests.support.lifecycles import AT_ONCE

DIFF = provider_pb2.DiffResponse


@pytest.fixture(scope="module")
def plugin() -> Iterator[Plugin]:
    with running_plugin() as running:
        running.configure({})
        yield running


def details(failure: pytest.ExceptionInfo[grpc.RpcError]) -> str:
    return str(failure.value.details())


def test_handshake_and_configure_agree(plugin: Plugin) -> None:
    """The engine refuses a plugin whose two answers differ; previews call Create and Update."""
    hands = plugin.call("Handshake", provider_pb2.ProviderHandshakeRequest(engine_address="x:1"))
    configured = plugin.configure({})
    assert (hands.accept_secrets, hands.accept_resources, hands.accept_outputs) == (True, False, False)
    assert (configured.acceptSecrets, configured.acceptResources, configured.acceptOutputs) == (
        hands.accept_secrets,
        hands.accept_resources,
        hands.accept_outputs,
    )
    assert configured.supportsPreview


def test_values_arrive_as_they_were_written(plugin: Plugin) -> None:
    """Integers are integers, fractions stay, nulls are gone, unknowns and secrets are seen as such."""
    given = {
        "tell": True,
        "size": 1.0,
        "lists": [1.0, {"y": 2.5, "none": None, "z": UNKNOWN}],
        "freeValue": secret({"a": "text", "b": UNKNOWN}),
    }
    answer = plugin.check(given)
    kinds = json.loads(answer.failures[0].reason.removeprefix("kinds: "))
    assert kinds["lists"] == ["int", {"y": "float", "z": "unknown"}]
    assert (kinds["size"], kinds["free_value"]) == ("int", {"a": "SecretText", "b": "unknown"})
    back = plain(answer.inputs)
    assert (back["freeValue"], back["lists"]) == (given["freeValue"], [1, {"y": 2.5, "z": UNKNOWN}])


def test_a_secret_evalscript_stays_secret(plugin: Plugin) -> None:
    """What it is merged into is secret, and so is the path that is made of a secret bucket."""
    urn = URN.replace("Fake", "BatchRequest")
    news = {
        "processRequest": {"input": {"bounds": {"bbox": [9.1, 41.3, 9.2, 41.4]}, "data": [{"type": "s"}]}},
        "evalscript": secret("//VERSION=3"),
        "tilingGrid": {"id": 0, "resolution": 60},
        "bucketName": secret("hidden-bucket"),
    }
    answer = plugin.call("Check", provider_pb2.CheckRequest(urn=urn, news=struct(news)))
    inputs = plain(answer.inputs)
    assert inputs["processRequest"] == secret({**news["processRequest"], "evalscript": "//VERSION=3"})
    properties = struct({**inputs, "declaration": "0123456789abcdef0123"})
    request = provider_pb2.CreateRequest(urn=urn, properties=properties, preview=True)
    assert plain(plugin.call("Create", request).properties)["resultPath"] == secret(UNKNOWN)


def test_a_wrong_input_is_a_check_failure(plugin: Plugin) -> None:
    """A failure is one text with the property in it: the engine would add a value of no use."""
    assert [(f.property, f.reason) for f in plugin.check({"size": -1}).failures] == [
        ("", "size: it is negative; make it 1")
    ]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("free_value", "free_value: is no input of Fake; write freeValue"),
        ("sise", "sise: is no input of Fake; its inputs are behave, freeValue, grid"),
        ("seenUrn", "seenUrn: is no input of Fake"),
    ],
)
def test_a_name_that_is_no_input_is_told(plugin: Plugin, name: str, said: str) -> None:
    """A wrong name, also an output's or one in snake_case, is refused with what to write."""
    (failure,) = plugin.check({name: 1}).failures
    assert failure.reason.startswith(said)


def test_warnings_and_notes_are_shown_and_block_nothing(plugin: Plugin) -> None:
    """They go to the resource's row and stay; notes when it is known that this is a preview, and once."""
    for _ in range(2):
        assert not plugin.check({"grid": 9}).failures
        plugin.create({"grid": 9}, preview=True)
    assert plugin.engine.wait_for("12 tiles")
    lines = [line for line in plugin.engine.lines if line.message in {"grid 9 is new to us", "12 tiles"}]
    assert [(line.severity, line.urn, line.ephemeral) for line in lines] == [
        (engine_pb2.WARNING, URN, False),
        (engine_pb2.INFO, URN, False),
    ]


@pytest.mark.parametrize(
    ("olds", "news", "changes", "replaces"),
    [
        ({"size": 1}, {"size": 1.0}, DIFF.DIFF_NONE, []),
        ({"size": 1}, {"size": 2}, DIFF.DIFF_SOME, []),
        ({"place": "a"}, {"place": "b"}, DIFF.DIFF_SOME, ["place"]),
        ({"place": "a"}, {"place": UNKNOWN}, DIFF.DIFF_SOME, ["place"]),
        ({"place": secret("a")}, {"place": "a"}, DIFF.DIFF_NONE, []),
        ({"size": 1, "__provider": "gASV"}, {"size": 1}, DIFF.DIFF_SOME, []),
        ({"size": 1, "free_value": {}}, {"size": 1}, DIFF.DIFF_SOME, []),
    ],
)
def test_diff_follows_the_table(
    plugin: Plugin, olds: dict[str, Any], news: dict[str, Any], changes: int, replaces: list[str]
) -> None:
    """A difference is a change, a replacing one names its property; the dynamic form is a change, too."""
    answer = plugin.diff(olds, news)
    assert (answer.changes, list(answer.replaces)) == (changes, replaces)


def test_create_tells_the_lifecycle_all(plugin: Plugin) -> None:
    """Urn and custom time-out arrive; secret inputs come back as secret outputs."""
    answer = plugin.create({"size": 3, "place": secret("here")}, timeout=420.0)
    made = plain(answer.properties)
    assert (answer.id, made["size"], made["seenUrn"], made["seenDeadline"]) == ("object-1", 3, URN, 420)
    assert made["place"] == secret("here")
    assert answer.refresh_before_update
    assert plain(plugin.create({}).properties)["seenDeadline"] == 86_400


def test_a_preview_makes_nothing_and_promises_nothing(plugin: Plugin) -> None:
    """At preview no lifecycle is called; what only the remote object can tell is unknown."""
    answer = plugin.create({"size": 3, "behave": "fail"}, preview=True)
    made = plain(answer.properties)
    assert (answer.id, made["size"], made["status"], made["seenUrn"]) == ("", 3, UNKNOWN, UNKNOWN)
    olds = {"size": 3, "status": "DONE", "objectId": "object-1"}
    changed = plain(plugin.update(olds, {"size": 4, "behave": "fail"}, preview=True).properties)
    assert (changed["size"], changed["status"], changed["objectId"]) == (4, UNKNOWN, "object-1")
    local = plain(plugin.update(olds, {"size": 3, "patience": True}, preview=True).properties)
    assert (local["patience"], local["status"]) == (True, "DONE")


def test_a_read_shows_outputs_and_inputs(plugin: Plugin) -> None:
    """A refresh returns both; what is gone has an empty id; records are in the plugin's form."""
    olds = {"size": 1, "some_records": [{"tile_count": 2}], "place": secret("a")}
    answer = plugin.read("object-1", olds, {"size": 1})
    made = plain(answer.properties)
    assert (made["size"], made["someRecords"], made["place"]) == (7, [{"tileCount": 2}], secret("a"))
    assert plain(answer.inputs) == {"size": 7}
    assert plugin.read("gone", {"size": 1}).id == ""


def test_a_refused_secret_holds_up_no_update(plugin: Plugin) -> None:
    """What is read with the last update's secret is kept, with a warning; an owner's refusal stands."""
    answer = plugin.read("refused", {"size": 1, "status": "DONE"}, {"size": 1})
    assert (answer.id, plain(answer.properties)) == ("refused", {"size": 1, "status": "DONE"})
    assert plain(answer.inputs) == {"size": 1}
    assert plugin.engine.wait_for("refused was not read, its state is kept as it was: the secret was refused")
    with pytest.raises(grpc.RpcError) as failure:
        plugin.read("theirs", {"size": 1})
    assert details(failure) == "it is another account's."


def test_a_read_without_a_state_is_an_import(plugin: Plugin) -> None:
    """What an import finds comes with the declaration's key."""
    answer = plugin.read("object-9", {})
    made = plain(answer.properties)
    assert (answer.id, made["size"], len(made["declaration"])) == ("object-9", 7, 20)


def test_update_and_delete(plugin: Plugin) -> None:
    """They are told the old outputs in the lifecycle's form, and the time-out."""
    olds = {"size": 1, "someRecords": [{"tileCount": 2}], "status": "DONE"}
    made = plain(plugin.update(olds, {"size": 2}, timeout=60.0).properties)
    assert (made["size"], made["seenDeadline"]) == (2, 60)
    assert made["seenOlds"] == ["size", "some_records", "status"]
    with pytest.raises(grpc.RpcError) as failure:
        plugin.delete({"tell": True}, timeout=30.0)
    assert details(failure) == f"told: urn={URN} deadline=30.0."


def test_what_the_dynamic_provider_has_made_needs_no_call(plugin: Plugin) -> None:
    """Where nothing but the form differs, the outputs are carried over and the lifecycle is not called."""
    olds = {"size": 1, "some_records": [{"tile_count": 2}], "__provider": "gASV", "timeouts": {"create": 1}}
    made = plain(plugin.update(olds, {"size": 1, "behave": "fail"}).properties)
    assert made == {"size": 1, "someRecords": [{"tileCount": 2}], "behave": "fail"}
    with pytest.raises(grpc.RpcError):
        plugin.update(olds, {"size": 2, "behave": "fail"})


def test_an_expected_error_is_one_line(plugin: Plugin) -> None:
    """Our own errors come as they are, and keep nothing."""
    with pytest.raises(grpc.RpcError) as failure:
        plugin.create({"behave": "fail"})
    assert details(failure) == "batch request failed request-1: no data. widen it."
    assert partial_result(failure.value) is None


def test_a_run_that_fails_keeps_its_place(plugin: Plugin) -> None:
    """A partial failure carries id and outputs, and asks to be read before the next comparison."""
    with pytest.raises(grpc.RpcError) as failure:
        plugin.create({"behave": "unfinished"})
    assert details(failure) == "2 of 3 requests failed. run it again."
    kept = partial_result(failure.value)
    assert kept is not None
    assert (kept.id, plain(kept.properties)) == ("object-2", {"status": "PARTIAL", "done": 1})
    assert list(kept.reasons) == ["2 of 3 requests failed. run it again."]
    assert kept.refresh_before_update


def test_many_operations_run_at_once(plugin: Plugin) -> None:
    """A wait starves no other."""
    calls = [plugin.begin_create({"behave": "meet"}) for _ in range(AT_ONCE)]
    assert [call.result().id for call in calls] == ["object-1"] * AT_ONCE


def test_cancel_ends_all_waits() -> None:
    """Progress is a passing line on the resource's row; Cancel ends waits with our own message."""
    with running_plugin() as waiting:
        calls = [waiting.begin_create({"behave": "wait"}) for _ in range(6)]
        assert waiting.engine.wait_for("PROCESSING 42%")
        waiting.cancel()
        for call in calls:
            with pytest.raises(grpc.RpcError) as failure:
                call.result()
            assert details(failure) == "interrupted. request-1 goes on running."
        lines = [line for line in waiting.engine.lines if "PROCESSING" in line.message]
        assert [(line.urn, line.ephemeral) for line in lines] == [(URN, True)]


def test_another_engine_may_attach() -> None:
    """After the end of one engine the next one is served, and hears what is said."""
    with running_plugin() as kept, running_plugin() as next_one:
        kept.cancel()
        with pytest.raises(grpc.RpcError):
            kept.create({"behave": "go on"})
        address = f"127.0.0.1:{next_one.engine_port}"
        kept.call("Attach", plugin_pb2.PluginAttach(address=address))
        assert kept.create({"behave": "go on"}).id == "object-1"
        kept.check({"grid": 9})
        assert next_one.engine.wait_for("grid 9")


def test_a_wrong_configuration_is_told_before_anything_is_done(plugin: Plugin) -> None:
    """CheckConfig refuses it; secrets are marked as such, known or not; unknown values are not judged."""

    def check(news: dict[str, Any]) -> Any:
        return plugin.call("CheckConfig", provider_pb2.CheckRequest(news=struct(news)))

    assert "moon" in check({"deployment": "moon"}).failures[0].reason
    assert not check({"deployment": UNKNOWN, "apiVersion": "moon"}).failures
    good = check({"clientId": "a", "clientSecret": "b", "pollInterval": 0.5})
    assert not good.failures
    assert plain(good.inputs) == {"clientId": "a", "clientSecret": secret("b"), "pollInterval": 0.5}


@pytest.mark.parametrize(
    ("olds", "news", "changes"),
    [
        ({"clientSecret": secret("a")}, {"clientSecret": "a"}, DIFF.DIFF_NONE),
        ({"clientSecret": "a"}, {"clientSecret": "b"}, DIFF.DIFF_SOME),
        ({"sentinelhub:clientId": "a", "aws:region": "b"}, {}, DIFF.DIFF_NONE),
    ],
)
def test_a_configuration_never_replaces(
    plugin: Plugin, olds: dict[str, Any], news: dict[str, Any], changes: int
) -> None:
    """Another secret or client is taken as it is; a whole stack config is a dynamic provider's, not ours."""
    answer = plugin.call("DiffConfig", provider_pb2.DiffRequest(olds=struct(olds), news=struct(news)))
    assert (answer.changes, list(answer.replaces)) == (changes, [])


def test_what_is_unknown_is_told(plugin: Plugin) -> None:
    """A type that this version does not have is refused in one line."""
    request = provider_pb2.CheckRequest(urn=URN.replace("Fake", "Moon"))
    with pytest.raises(grpc.RpcError) as failure:
        plugin.call("Check", request)
    assert "unknown resource type sentinelhub:index:Moon" in details(failure)


def test_the_version_is_that_of_the_package(plugin: Plugin) -> None:
    """The engine compares it with what a program asks for."""
    schema = json.loads(plugin.call("GetSchema", provider_pb2.GetSchemaRequest()).schema)
    assert plugin.call("GetPluginInfo", empty_pb2.Empty()).version == schema["version"]
