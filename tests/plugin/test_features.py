"""Features over gRPC: a file of this machine, in a bucket of the sandbox's."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import grpc
import pytest
from pulumi.runtime.proto import provider_pb2

from pulumi_sentinelhub.engine import pulumi_cli
from pulumi_sentinelhub.resources.feature_source import feature_file
from tests.plugin.harness import UNKNOWN, Plugin, plain, running_plugin, secret
from tests.support.engine import struct
from tests.support.sandbox import Controls, here, running

URN: Final = "urn:pulumi:dev::corsica::sentinelhub:index:Features::valleys"
BUCKET: Final = "somebody-elses"


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Controls]:
    with running() as service:
        controls = Controls(here(service.endpoints))
        controls.make_bucket(BUCKET)
        yield controls


@pytest.fixture
def plugin(sandbox: Controls, monkeypatch: pytest.MonkeyPatch) -> Iterator[Plugin]:
    environ = sandbox.process.environment()
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    with running_plugin(environ) as running_one:
        running_one.configure({})
        yield running_one


def written(folder: Path, identifier: str = "asco") -> str:
    """The path of a GeoPackage of one valley, below the folder."""
    ring = [[8.98, 42.43], [9.05, 42.43], [9.05, 42.48], [8.98, 42.48], [8.98, 42.43]]
    feature = {
        "type": "Feature",
        "properties": {"identifier": identifier, "resolution": 0.001},
        "geometry": {"type": "Polygon", "coordinates": [ring]},
    }
    made = feature_file("source", {"type": "FeatureCollection", "features": [feature]}).path
    file = folder / "valleys.gpkg"
    file.write_bytes(made.read_bytes())
    return str(file)


def checked(plugin: Plugin, news: Mapping[str, Any], olds: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The inputs that Check makes of these."""
    request = provider_pb2.CheckRequest(urn=URN, olds=struct(olds or {}), news=struct(news))
    answer = plugin.call("Check", request)
    assert [failure.reason for failure in answer.failures] == []
    return plain(answer.inputs)


def refused(plugin: Plugin, news: Mapping[str, Any]) -> list[str]:
    answer = plugin.call("Check", provider_pb2.CheckRequest(urn=URN, news=struct(news)))
    return [failure.reason for failure in answer.failures]


def create(plugin: Plugin, inputs: Mapping[str, Any], *, preview: bool = False) -> Any:
    request = provider_pb2.CreateRequest(urn=URN, properties=struct(inputs), preview=preview)
    return plugin.call("Create", request)


def replaces(plugin: Plugin, id: str, olds: Mapping[str, Any], news: Mapping[str, Any]) -> list[str]:
    request = provider_pb2.DiffRequest(id=id, urn=URN, olds=struct(olds), news=struct(news))
    return list(plugin.call("Diff", request).replaces)


def update(
    plugin: Plugin, id: str, olds: Mapping[str, Any], news: Mapping[str, Any], *, preview: bool
) -> dict[str, Any]:
    request = provider_pb2.UpdateRequest(
        id=id, urn=URN, olds=struct(olds), news=struct(news), preview=preview
    )
    return plain(plugin.call("Update", request).properties)


def test_a_file_lives_with_its_declaration(
    plugin: Plugin, sandbox: Controls, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Uploaded as it is, shown as it was previewed, read again, changed in place, deleted."""
    # there are no other stacks, and no state owes a deletion
    monkeypatch.setattr(pulumi_cli, "require", lambda _: "pulumi")
    monkeypatch.setattr(pulumi_cli, "run", lambda *_, **__: [])
    given = {"source": written(tmp_path), "bucket": BUCKET}
    inputs = checked(plugin, given)
    promised = plain(create(plugin, inputs, preview=True).properties)
    made = create(plugin, inputs)
    outputs = plain(made.properties)
    assert made.id == outputs["url"] == promised["url"]
    assert promised == {**outputs, "etag": UNKNOWN}
    assert outputs["features"] == {"s3": {"url": made.id}}
    key = made.id.removeprefix(f"s3://{BUCKET}/")
    assert key.startswith("features/valleys-")
    body = sandbox.s3().get_object(Bucket=BUCKET, Key=key)["Body"].read()
    assert body == Path(given["source"]).read_bytes()
    request = provider_pb2.ReadRequest(id=made.id, urn=URN, properties=struct(outputs), inputs=struct(inputs))
    assert plain(plugin.call("Read", request).properties) == outputs
    news = checked(plugin, {**given, "defaults": {"resolution": 0.001}}, inputs)
    assert replaces(plugin, made.id, outputs, news) == []
    changed = update(plugin, made.id, outputs, news, preview=False)
    assert changed == update(plugin, made.id, outputs, news, preview=True), "preview tells what comes"
    assert changed["features"] == {"s3": {"url": made.id}, "defaults": {"resolution": 0.001}}
    deletion = provider_pb2.DeleteRequest(id=made.id, urn=URN, properties=struct(changed))
    plugin.call("Delete", deletion)
    assert "Contents" not in sandbox.s3().list_objects_v2(Bucket=BUCKET)
    assert plugin.call("Read", request).id == ""


def test_other_content_is_another_object(plugin: Plugin, tmp_path: Path) -> None:
    """The file is looked into at each check: the same path with other content replaces."""
    given = {"source": written(tmp_path), "bucket": BUCKET, "key": "areas.gpkg"}
    inputs = checked(plugin, given)
    written(tmp_path, "tavignano")
    news = checked(plugin, given, inputs)
    assert news["url"] != inputs["url"]
    assert replaces(plugin, inputs["url"], {**inputs, "etag": "x"}, news) == ["contentHash"]


def test_what_is_not_known_or_secret(plugin: Plugin, tmp_path: Path) -> None:
    """A bucket that is still to be made leaves the URL open; a secret one makes it secret."""
    source = written(tmp_path)
    inputs = checked(plugin, {"source": source, "bucket": UNKNOWN})
    assert (inputs["url"], inputs["features"]) == (UNKNOWN, {"s3": {"url": UNKNOWN}})
    inputs = checked(plugin, {"source": UNKNOWN, "bucket": BUCKET})
    assert (inputs["url"], inputs["contentHash"]) == (UNKNOWN, UNKNOWN)
    inputs = checked(plugin, {"source": source, "bucket": secret(BUCKET)})
    assert set(inputs["url"]) == set(inputs["features"]) == set(secret("")), "both are secret"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"source": "no/such.gpkg"}, "source: no/such.gpkg cannot be read: No such file or directory"),
        ({"source": "\0"}, "source: "),
        ({"source": 7}, "source: must be the path of a GeoPackage"),
        ({"source": None}, "source: must be the path of a GeoPackage"),
        ({"source": __file__}, "source: cannot be read as a GeoPackage"),
        ({"bucket": None}, "bucket: is missing"),
        (
            {"contentHash": "x"},
            "contentHash: is no input of Features; its inputs are bucket, defaults, key, source",
        ),
    ],
)
def test_mistakes_are_told_once(plugin: Plugin, tmp_path: Path, change: dict[str, Any], said: str) -> None:
    """What can be found in the file or its path is a check failure."""
    (failure,) = refused(plugin, {"source": written(tmp_path), "bucket": BUCKET, **change})
    assert failure.startswith(said)


def test_they_cannot_be_imported(plugin: Plugin) -> None:
    """Nobody knows the file: the import says what to do."""
    with pytest.raises(
        grpc.RpcError, match="cannot import features s3://b/k: the file that they were made of"
    ):
        plugin.call("Read", provider_pb2.ReadRequest(id="s3://b/k", urn=URN))
