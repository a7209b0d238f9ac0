"""Buckets that hold something, or are somebody else's: nothing is lost, and no stack is left stuck."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from tests.e2e.jobs import buckets, keys
from tests.e2e.scenes import PLAN, Part, Scene, Scenes, Steps, Story, up
from tests.support.cli import MakeStack, Stack
from tests.support.sandbox import Controls

HEAD = """
import pulumi
from pulumi_sentinelhub import OutputBucket
"""
KEPT = "pulumi.ResourceOptions(retain_on_delete=True)"
FORCED = "True"
SCENES = Scenes(HEAD, "up", "up", "plan", "up", "up", "plan")


@pytest.fixture(scope="module")
def story(make_for_all: MakeStack, sandbox_process: Controls) -> Story:
    """Everything that happens on one stack."""
    return SCENES.played(make_for_all(HEAD), sandbox_process)


def bucket(name: str | None, **more: str) -> str:
    """A program's part with one bucket ``results``."""
    given = {"bucket": repr(name), **more}
    return f'OutputBucket("@results"{"".join(f", {key}={value}" for key, value in given.items())})'


def put(sandbox: Controls, bucket: str, key: str = "k") -> None:
    """Write an object, as the service does."""
    sandbox.s3().put_object(Bucket=bucket, Key=key, Body=b"1")


def those_of(sandbox: Controls, number: int) -> list[str]:
    """The buckets whose names end with a scene's number."""
    return sorted(name for name in buckets(sandbox) if name.endswith(f"-name-{number}"))


def pending(scene: Scene) -> list[str]:
    """Ids of the scene's buckets whose deletion is pending after a replacement."""
    kept = scene.stack.export()["deployment"]["resources"]
    return [one["id"] for one in kept if one.get("delete") and f"::{scene.part.name}-" in one["urn"]]


TWO = f"""{HEAD}
bucket = OutputBucket("results", force_destroy=True)
OutputBucket("chosen", bucket="shared-name-0", force_destroy=True)
pulumi.export("bucket", bucket.bucket)
"""


@dataclass(frozen=True)
class Elsewhere:
    """What happened to two stacks of one project and name on two local backends.

    Attributes:
        refused: what the second one's update said.
        buckets: the first one's and the second one's own.
        declarations: the keys of these.
        kept: the keys of objects after the second one's destroy, by the first one's buckets.
        after: the key of the first one's bucket, when its backend is reached otherwise, by another client.
        left: the buckets after both were destroyed.
    """

    refused: str
    buckets: tuple[str, str]
    declarations: tuple[str, str]
    kept: dict[str, list[str]]
    after: str
    left: list[str]


@pytest.fixture(scope="module")
def elsewhere(make_for_all: MakeStack, sandbox_process: Controls) -> Elsewhere:
    """Two such stacks from beginning to end."""
    first, second = (make_for_all(TWO) for _ in range(2))
    assert first.name == second.name
    first.up()
    own = str(first.outputs()["bucket"])
    for name in (own, "shared-name-0"):
        put(sandbox_process, name)
    refused = second.up("--continue-on-error", expect_failure=True).output
    declarations = declaration(first), declaration(second)
    others = str(second.resources()["results"]["id"])
    second.destroy()
    kept = {name: keys(sandbox_process, name) for name in (own, "shared-name-0")}
    first.environ["PULUMI_BACKEND_URL"] = f"file://{first.home}/../{first.home.name}/state"
    first.environ["SH_CLIENT_ID"] = "another"
    first.up("--expect-no-changes")
    after = declaration(first)
    first.destroy()
    return Elsewhere(refused, (own, others), declarations, kept, after, buckets(sandbox_process))


def declaration(stack: Stack) -> Any:
    """The key of the bucket's declaration, from the state."""
    return stack.resources()["results"]["outputs"]["declaration"]


def test_one_name_on_two_backends(elsewhere: Elsewhere) -> None:
    """Two stacks of one project and name on two local backends have two keys, and each its own bucket."""
    first, second = elsewhere.declarations
    assert first != second
    own, others = elsewhere.buckets
    assert own != others
    assert elsewhere.kept[own] == ["k"]
    # a key is the same at every run, and that of the state stays when the backend is reached otherwise
    assert elsewhere.after == first


def test_one_chosen_name_on_two_backends(elsewhere: Elsewhere) -> None:
    """A bucket with contents is not taken over, or emptied, by a stack of the same name elsewhere."""
    assert "belongs to another declaration" in elsewhere.refused
    assert "Nothing in it was touched" in elsewhere.refused
    assert elsewhere.kept["shared-name-0"] == ["k"]
    assert not {"shared-name-0", *elsewhere.buckets} & set(elsewhere.left)


@SCENES.scene(Part("renamed", bucket("old-name-1")))
def test_a_rename_with_contents_to_be_deleted(scene: Scene) -> Steps:
    """Preview finds that the old bucket is not empty; with force_destroy set before, the rename works."""
    yield up()
    put(scene.sandbox, "old-name-1")
    scene.program = bucket("new-name-1")
    scene.write()
    said = scene.stack.preview(expect_failure=True).output
    assert "this change replaces bucket old-name-1, which still holds 1 object" in said
    assert "take bucket back, set force_destroy=True" in said
    # what an update says without a preview, and with the setting at the wrong time
    scene.program = bucket("new-name-1", force_destroy=FORCED)
    scene.write()
    assert "which still holds 1 object" in scene.stack.up(expect_failure=True).output
    assert those_of(scene.sandbox, 1) == ["old-name-1"]
    assert pending(scene) == []

    scene.program = bucket("old-name-1", force_destroy=FORCED)
    yield up()
    scene.program = bucket("new-name-1", force_destroy=FORCED)
    yield up()
    assert those_of(scene.sandbox, 1) == ["new-name-1"]
    assert (yield PLAN) == {}


@SCENES.scene(Part("kept", bucket("old-name-2")))
def test_a_rename_with_contents_to_be_kept(scene: Scene) -> Steps:
    """With retain_on_delete set before, a rename leaves the old bucket with all that is in it."""
    yield up()
    put(scene.sandbox, "old-name-2")
    scene.program = bucket("old-name-2", opts=KEPT)
    yield up()
    scene.program = bucket("new-name-2", opts=KEPT)
    assert (yield PLAN) != {}
    yield up()
    assert those_of(scene.sandbox, 2) == ["new-name-2", "old-name-2"]
    assert keys(scene.sandbox, "old-name-2") == ["k"]
    assert pending(scene) == []


@SCENES.scene(Part("stuck", bucket("old-name-3")))
def test_a_stack_that_is_stuck(scene: Scene) -> Steps:
    """A rename that was not looked at ends halfway; with the old bucket emptied by hand, it is finished."""
    yield up()
    put(scene.sandbox, "old-name-3")
    scene.program = bucket("new-name-3")
    unseen = {"status": 403, "code": "AccessDenied"}
    fault = {"service": "s3", "method": "GET", "path": r"^/old-name-3\?versions", "times": 1, "then": unseen}
    scene.sandbox.control("POST", "faults", fault)
    said = yield up(fails=True)
    assert "whether that is empty cannot be seen" in said
    assert "cannot delete bucket old-name-3: it still holds 1 object" in said
    assert "pulumi state delete 'urn:pulumi:test::inline::" in said
    assert pending(scene) == ["old-name-3"]
    assert "it still holds 1 object" in (yield up(fails=True))
    scene.sandbox.s3().delete_object(Bucket="old-name-3", Key="k")
    yield up()
    assert pending(scene) == []
    assert those_of(scene.sandbox, 3) == ["new-name-3"]
    assert (yield PLAN) == {}


@SCENES.scene(Part("taken", bucket("hand-made-1", force_destroy=FORCED)))
def test_a_hand_made_bucket(scene: Scene) -> Steps:
    """An empty bucket that someone made by hand is refused, and the way out that deletes it works."""
    s3 = scene.sandbox.s3()
    place = {"LocationConstraint": scene.sandbox.endpoints["region"]}
    s3.create_bucket(Bucket="hand-made-1", CreateBucketConfiguration=place)
    s3.put_bucket_versioning(Bucket="hand-made-1", VersioningConfiguration={"Status": "Enabled"})
    said = yield up(fails=True)
    assert "has no tag pulumi-sentinelhub:declaration" in said
    assert "versioning was switched on" in said
    assert scene.resources() == {}
    s3.delete_bucket(Bucket="hand-made-1")
    yield up()
    assert scene.ids() == {"results": "hand-made-1"}


ONE = 'OutputBucket("@a", force_destroy=True)'
RENAMED = 'OutputBucket("@b", force_destroy=True, opts=pulumi.ResourceOptions(aliases=[pulumi.Alias("@a")]))'
BOTH = f'{ONE}\nOutputBucket("@b", force_destroy=True)'


@SCENES.scene(Part("left", ONE))
def test_a_name_that_another_bucket_has_left(scene: Scene) -> Steps:
    """A new declaration under a renamed one's first name does not take that one's bucket, be it as young."""
    yield up()
    scene.program = RENAMED
    yield up()
    held = scene.ids()["b"]
    scene.program = BOTH
    assert "another declaration of this stack holds it" in (yield up(fails=True))
    assert scene.ids() == {"b": held}
    scene.program = RENAMED
