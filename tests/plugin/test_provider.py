"""What is the plugin's alone over gRPC; what the dynamic provider does, too, is in ``test_front_ends.py``."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from functools import partial
from typing import Any

import grpc
import pytest
from google.protobuf import empty_pb2
from pulumi.runtime.proto import plugin_pb2, provider_pb2

from pulumi_sentinelhub.engine.identity import backend_of, declaration_key
from tests.plugin.harness import URN, Plugin, running_plugin
from tests.support.engine import struct
from tests.support.front_end import UNKNOWN, details, plain, secret
from tests.support.sandbox import ROOT

DIFF = provider_pb2.DiffResponse


@pytest.fixture(scope="module")
def plugin() -> Iterator[Plugin]:
    with running_plugin() as running:
        running.configure({})
        yield running


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


def test_a_secret_comes_back_as_one(plugin: Plugin) -> None:
    """The engine is told again what is secret, of inputs and outputs, whatever is unknown in it."""
    given = {"freeValue": secret({"a": "text", "b": UNKNOWN}), "lists": [1, {"y": 2.5, "z": UNKNOWN}]}
    inputs = plain(plugin.check(given).inputs)
    assert {name: inputs[name] for name in given} == given
    hidden = {"size": 1, "place": secret("here")}
    assert plain(plugin.create(hidden).properties)["place"] == secret("here")
    assert plain(plugin.read("object-1", hidden, hidden).properties)["place"] == secret("here")
    assert plain(plugin.update({"size": 1}, hidden).properties)["place"] == secret("here")


def test_what_is_made_is_read_before_it_is_compared(plugin: Plugin) -> None:
    """So that what others did shows at preview; each answer says so."""
    answers = (plugin.create({}), plugin.read("object-1", {"size": 1}), plugin.update({}, {"size": 1}))
    assert all(answer.refresh_before_update for answer in answers)


@pytest.mark.parametrize("trace", [{"__provider": "gASV"}, {"free_value": {}}])
def test_a_state_of_the_dynamic_provider_is_a_change(plugin: Plugin, trace: dict[str, Any]) -> None:
    """Its form alone asks for an update, which writes it anew."""
    assert plugin.diff({"size": 1, **trace}, {"size": 1}).changes == DIFF.DIFF_SOME
    made = plain(plugin.update({"size": 1, "timeouts": {"create": 1}, **trace}, {"size": 1}).properties)
    assert not {*trace, "timeouts"} & set(made)


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


def test_an_import_is_checked_with_what_a_read_has_told(plugin: Plugin) -> None:
    """The hidden inputs, too, which are no mistake of the program's; other values of them are."""
    told = {"size": 1, "seenUrn": "urn"}
    assert not plugin.check(told, told).failures
    (failure,) = plugin.check({**told, "seenUrn": "another"}, told).failures
    assert failure.reason.startswith("seenUrn: is no input of Fake")


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


@pytest.mark.parametrize(
    ("id", "why"),
    [
        ("refused", "the secret was refused"),
        ("unreached", "cannot read it: the service does not answer"),
    ],
)
def test_neither_refusal_nor_outage_holds_up_an_update(plugin: Plugin, id: str, why: str) -> None:
    """What the service does not tell before an update is kept, with a warning; an owner's refusal stands."""
    answer = plugin.read(id, {"size": 1, "status": "DONE"}, {"size": 1})
    assert (answer.id, plain(answer.properties)) == (id, {"size": 1, "status": "DONE"})
    assert plain(answer.inputs) == {"size": 1}
    assert plugin.engine.wait_for(f"{id} was not read, its state is kept as it was: {why}")
    with pytest.raises(grpc.RpcError) as failure:
        plugin.read("theirs", {"size": 1})
    assert details(failure) == "it is another account's."


def test_a_read_without_a_state_is_an_import(plugin: Plugin) -> None:
    """What an import finds comes with the declaration's key."""
    answer = plugin.read("object-9", {})
    made = plain(answer.properties)
    assert (answer.id, made["size"], len(made["declaration"])) == ("object-9", 7, 20)


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


@pytest.mark.parametrize("environ", [{}, {"PULUMI_ORGANIZATION": "acme"}], ids=["config", "environment"])
def test_the_organization_makes_the_key_of_the_dynamic_provider(environ: dict[str, str]) -> None:
    """Told by configuration or environment, it tells apart what two organizations declare alike."""
    with running_plugin(environ) as running:
        running.configure(
            {"clientId": "us", "clientSecret": "s"} | ({} if environ else {"organization": "acme"})
        )
        key = plain(running.check({}).inputs)["declaration"]
        running.configure({"clientId": "us", "clientSecret": "s", "organization": "other"})
        other = plain(running.check({}).inputs)["declaration"]
    backend = backend_of(os.environ, ROOT)
    of = partial(declaration_key, "us", backend=backend, urn=URN)
    assert (key, other) == (of(organization="acme"), of(organization="other"))


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
