"""Look-ups and lists over gRPC, asked of a sandbox."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Iterator
from typing import Any, Final, cast

import grpc
import pytest
from pulumi.runtime.proto import provider_pb2

from pulumi_sentinelhub.batch.api import BatchRequestInfo, Outline, Tile, TilingGrid
from pulumi_sentinelhub.batch.clients import batch_client
from pulumi_sentinelhub.batch.generations import GENERATIONS
from pulumi_sentinelhub.batch.mark import marked, unmarked
from pulumi_sentinelhub.lifecycle.tables import lookups
from pulumi_sentinelhub.plugin.functions import FUNCTIONS
from sentinelhub_sandbox import Sandbox
from tests.plugin.harness import UNKNOWN, Plugin, plain, running_plugin, secret
from tests.support.engine import PATIENCE, struct
from tests.support.inputs import declared
from tests.support.sandbox import here, running, settings_of
from tests.support.service import force

MADE: Final = 103  # more than a page
KEY: Final = "0123456789abcdef0123"
lists: Final = pytest.mark.skipif(
    not hasattr(provider_pb2, "ListResponse"), reason="this version of Pulumi's SDK has no List"
)


@pytest.fixture(scope="module")
def service() -> Iterator[Sandbox]:
    with running() as sandbox:
        yield sandbox


@pytest.fixture(scope="module", params=["v1", "v2"])
def made(service: Sandbox, request: pytest.FixtureRequest) -> tuple[str, list[str]]:
    """The generation, and the ids of what was made in it, the first one with an owner's mark."""
    generation = str(request.param)
    client = batch_client(generation, settings_of(service.endpoints, generation))
    ids = []
    for number in range(MADE):
        inputs = declared(description=f"{'even' if number % 2 == 0 else 'odd'} {number}")
        payload = GENERATIONS[generation].payload(inputs)
        ids.append(client.create_request(marked(payload, KEY) if number == 0 else payload).id)
    force(service, ids[0], {"status": "ANALYSIS_DONE"})
    return generation, ids


@pytest.fixture
def plugin(
    service: Sandbox, made: tuple[str, list[str]], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Plugin]:
    environ = here(service.endpoints).environment()
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    with running_plugin(environ) as running_one:
        running_one.configure({"apiVersion": made[0]})
        yield running_one


def asked(plugin: Plugin, name: str, **arguments: Any) -> dict[str, Any]:
    """What a look-up gives."""
    request = provider_pb2.InvokeRequest(tok=f"sentinelhub:index:{name}", args=struct(arguments))
    return plain(getattr(plugin.call("Invoke", request), "return"))


def entries(plugin: Plugin, token: str, **more: Any) -> list[Any]:
    """What a List streams."""
    request = provider_pb2.ListRequest(token=f"sentinelhub:index:{token}", **more)
    return list(plugin.stub.List(request, timeout=PATIENCE))


def test_a_request_is_told_whole(plugin: Plugin, made: tuple[str, list[str]]) -> None:
    """All members come by the schema's names; the owner's mark is in none of them."""
    found = asked(plugin, "getBatchRequest", id=made[1][0])
    assert (found["id"], found["phase"]) == (made[1][0], "ANALYSIS_DONE")
    assert found["description"] == "even 0"
    assert {"status", "userAction", "created", "raw"} <= set(found)
    assert found["raw"] == unmarked(found["raw"])
    assert KEY not in json.dumps(found)


def test_all_pages_are_followed(plugin: Plugin, made: tuple[str, list[str]]) -> None:
    """Every request comes once, in the order that is asked for."""
    found = asked(plugin, "listBatchRequests", sort="created")["requests"]
    assert [one["id"] for one in found if one["id"] in made[1]] == [one["id"] for one in found]
    assert sorted(one["id"] for one in found) == sorted(made[1])
    times = [one["created"] for one in found]
    assert times == sorted(times)


def test_tiles_and_grids(plugin: Plugin, made: tuple[str, list[str]]) -> None:
    """Records in lists have the schema's names, too; before the analysis there are no tiles."""
    grids = asked(plugin, "listTilingGrids")["grids"]
    assert {grid["id"] for grid in grids} >= {0, 1}
    assert all({"id", "name", "resolutions"} <= set(grid) and grid["tileWidth"] > 0 for grid in grids)
    assert asked(plugin, "getBatchRequestTiles", id=made[1][1], status="FAILED") == {"tiles": []}
    if made[0] == "v1":  # on v2 files tell them, which this sandbox does not write
        tiles = asked(plugin, "getBatchRequestTiles", id=made[1][0])["tiles"]
        assert tiles
        assert all({"id", "name", "status", "raw"} <= set(tile) for tile in tiles)


@pytest.mark.parametrize(
    ("name", "arguments", "said"),
    [
        ("getBatchRequest", {}, "id: is missing; it must be an id: letters, digits and hyphens."),
        (
            "getBatchRequest",
            {"id": UNKNOWN},
            "id: is not known yet; ask for it as an output, so that it waits.",
        ),
        (
            "getBatchRequest",
            {"id": secret("../collections")},
            "id: must be an id: letters, digits and hyphens",
        ),
        ("listTilingGrids", {"id": 1}, "id: is no argument of listTilingGrids; it has none."),
        ("listBatchRequests", {"sort": 1}, "sort: must be a string, but it is the number 1; correct it."),
    ],
)
def test_wrong_arguments_are_told(plugin: Plugin, name: str, arguments: dict[str, Any], said: str) -> None:
    """Nothing is asked with what cannot be asked with, nor becomes a part of an address."""
    with pytest.raises(grpc.RpcError) as failure:
        asked(plugin, name, **arguments)
    assert str(failure.value.details()).startswith(f"cannot ask {name}: {said}")
    assert "collections" not in str(failure.value.details()), "it is secret"


def test_a_refusal_is_one_line(plugin: Plugin) -> None:
    """The service's error comes as it is, and so does the lack of a function."""
    with pytest.raises(grpc.RpcError, match="4bf4db6d-c4b5-4b6c-9d3e-1d8a9f3c6a61") as missing:
        asked(plugin, "getBatchRequest", id="4bf4db6d-c4b5-4b6c-9d3e-1d8a9f3c6a61")
    assert "Traceback" not in str(missing.value)
    with pytest.raises(grpc.RpcError, match="unknown function sentinelhub:index:getMoon: this version has"):
        asked(plugin, "getMoon")


def test_without_credentials_nothing_is_asked() -> None:
    """One line says how to give them; also at preview."""
    with running_plugin() as plugin:
        plugin.configure({})
        with pytest.raises(grpc.RpcError, match="sentinelhub:clientId"):
            asked(plugin, "listTilingGrids")


@lists
def test_a_list_needs_credentials_and_a_kind() -> None:
    """One line says how to give them, or which kinds can be listed."""
    with running_plugin() as plugin:
        plugin.configure({})
        with pytest.raises(grpc.RpcError, match="sentinelhub:clientId"):
            entries(plugin, "BatchRequest")
        with pytest.raises(grpc.RpcError, match="unknown list sentinelhub:index:OutputBucket: this version"):
            entries(plugin, "OutputBucket")


@lists
def test_a_list_names_what_can_be_imported(plugin: Plugin, made: tuple[str, list[str]]) -> None:
    """Each request comes once, the newest first, with its description as a name; a limit ends it."""
    found = [answer.result for answer in entries(plugin, "BatchRequest")]
    assert sorted(one.id for one in found) == sorted(made[1])
    newest = asked(plugin, "listBatchRequests", sort="created:desc")["requests"]
    assert [one.id for one in found] == [one["id"] for one in newest]
    assert {one.name for one in found} == {
        f"{'even' if number % 2 == 0 else 'odd'} {number}" for number in range(MADE)
    }
    few = entries(plugin, "BatchRequest", limit=3)
    assert [answer.result.id for answer in few] == [one.id for one in found[:3]]


@lists
def test_pages_of_a_list_join(plugin: Plugin, made: tuple[str, list[str]]) -> None:
    """Page after page brings each once; where the place between two is lost, that is said."""
    whole = [answer.result.id for answer in entries(plugin, "BatchRequest")]
    token, paged, last = "", [], cast("Any", None)
    for _ in range(3):
        *results, last = entries(plugin, "BatchRequest", page_size=40, continuation_token=token)
        paged += [one.result.id for one in results]
        token = last.continuation.continuation_token
    assert ([*paged, last.result.id], token) == (whole, "")
    with pytest.raises(grpc.RpcError, match=r"is gone\. List again from the first page"):
        entries(plugin, "BatchRequest", continuation_token="gone")


@lists
def test_a_list_with_what_is_not_known(plugin: Plugin) -> None:
    """A query that is not known yet gives the mark for it; a wrong one is refused."""
    (answer,) = entries(plugin, "BatchRequest", query=struct({"search": UNKNOWN}))
    assert answer.WhichOneof("response") == "computed"
    with pytest.raises(grpc.RpcError, match="cannot list: moon is no argument of this list"):
        entries(plugin, "BatchCollection", query=struct({"moon": 1}))


@lists
def test_collections_are_listed(plugin: Plugin, service: Sandbox, made: tuple[str, list[str]]) -> None:
    """A collection comes with its id and name."""
    client = batch_client(made[0], settings_of(service.endpoints, made[0]))
    collection = client.create_collection("NDVI", "results")
    found = [(one.result.id, one.result.name) for one in entries(plugin, "BatchCollection")]
    assert (collection.id, "NDVI") in found


#: What only the lifecycles have a use for.
OWN: Final = {"action", "generation", "mark", "resume_pause"}


@pytest.mark.parametrize(
    ("table", "of"),
    [
        (lookups.REQUEST, BatchRequestInfo),
        (lookups.TILE, Tile),
        (lookups.GRID, TilingGrid),
    ],
)
def test_the_tables_tell_all_that_python_has(table: Any, of: Any) -> None:
    """Each attribute of what a Python program gets is a member of what a function gives."""
    told = {member.name for member in table}
    assert {field.name for field in dataclasses.fields(of)} - told == (
        OWN if of is BatchRequestInfo else set()
    )
    assert all(hasattr(of, name) or name in {f.name for f in dataclasses.fields(of)} for name in told)


def test_an_outline_is_told_in_plain_words() -> None:
    """Records in records, and tuples in tuples, become objects and lists."""
    function = FUNCTIONS["sentinelhub:index:getBatchRequestTiles"]
    outline = Outline(32632, ((1.0, 2.0), (3.0, 4.5)))
    tile = Tile(1, "t", "PENDING", None, {}, outline=outline)
    fake: Callable[..., Any] = lambda ctx, given: [tile]  # noqa: E731
    found = dataclasses.replace(function, ask=fake).answer(None, {})  # type: ignore[arg-type] # not asked for
    assert found["tiles"][0]["outline"] == {"epsg": 32632, "ring": [[1.0, 2.0], [3.0, 4.5]]}
