"""What is the dynamic host's alone; what the plugin does, too, is in ``plugin/test_front_ends.py``."""

from __future__ import annotations

import json
from typing import Any

import grpc
import pytest
from pulumi.dynamic.dynamic import serialize_provider
from pulumi.runtime.proto import provider_pb2

from tests.support.dynamic_host import Host, running_host
from tests.support.fake_providers import FakeProvider
from tests.support.front_end import details, plain


def test_an_update_repeats_no_note_of_its_preview() -> None:
    """What the program says of the phase decides; the checked inputs, which are kept, do not have it."""
    with running_host() as updating:
        updating.check({"grid": 9})
        assert [line.message for line in updating.engine.lines] == ["grid 9 is new to us"]
        assert plain(updating.check({"grid": 9, "previewed": True}).inputs) == {"grid": 9}


def test_create_returns_id_and_outputs_with_the_provider(host: Host) -> None:
    """Outputs repeat the pickled provider, unchanged and short."""
    answer = host.create({"size": 3})
    assert answer.id == "object-1"
    assert plain(answer.properties)["size"] == 3
    assert answer.properties["__provider"] == serialize_provider(FakeProvider())


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


def test_the_process_does_not_outlive_a_killed_engine() -> None:
    """When nobody listens at the engine's address any more, waits end and so does the process."""
    with running_host() as orphan:
        orphan.check({})
        waiting = orphan.begin_create({"behave": "wait"})
        assert orphan.engine.wait_for("PROCESSING 42%")
        orphan.kill_engine()
        assert orphan.wait_for_its_end() == 0
        assert waiting.done()
