"""Buckets that hold something, or are somebody else's: nothing is lost, and no stack is left stuck."""

from __future__ import annotations

from typing import Any

from tests.e2e.jobs import buckets, keys
from tests.support.cli import MakeStack, Stack
from tests.support.sandbox import Controls

KEPT = "pulumi.ResourceOptions(retain_on_delete=True)"


def program(name: str | None, **more: str) -> str:
    """A program with one bucket ``results``."""
    given = {"bucket": repr(name), **more}
    arguments = "".join(f", {key}={value}" for key, value in given.items())
    return f"""
import pulumi
from pulumi_sentinelhub import OutputBucket
bucket = OutputBucket("results"{arguments})
pulumi.export("bucket", bucket.bucket)
"""


def put(sandbox: Controls, bucket: str, key: str = "k") -> None:
    """Write an object, as the service does."""
    sandbox.s3().put_object(Bucket=bucket, Key=key, Body=b"1")


def declaration(stack: Stack) -> Any:
    """The key of the bucket's declaration, from the state."""
    return stack.resources()["results"]["outputs"]["declaration"]


def pending(stack: Stack) -> list[str]:
    """Ids of resources whose deletion is pending after a replacement."""
    return [one["id"] for one in stack.export()["deployment"]["resources"] if one.get("delete")]


def test_one_name_on_two_backends(make_stack: MakeStack, sandbox: Controls) -> None:
    """Two stacks of one project and name on two local backends have two keys, and each its own bucket."""
    first, second = (make_stack(program(None, force_destroy="True")) for _ in range(2))
    assert first.name == second.name
    first.up()
    put(sandbox, first.outputs()["bucket"])
    second.up()
    assert declaration(first) != declaration(second)
    assert first.outputs()["bucket"] != second.outputs()["bucket"]
    second.destroy()
    assert keys(sandbox, first.outputs()["bucket"]) == ["k"]
    # a key is the same at every run, and that of the state stays when the backend is reached otherwise
    first.environ["PULUMI_BACKEND_URL"] = f"file://{first.home}/../{first.home.name}/state"
    first.preview(expect_no_changes=True)
    first.environ["SH_CLIENT_ID"] = "another"
    kept = declaration(first)
    first.preview(expect_no_changes=True)
    first.up()
    assert declaration(first) == kept


def test_one_chosen_name_on_two_backends(make_stack: MakeStack, sandbox: Controls) -> None:
    """A bucket with contents is not taken over, or emptied, by a stack of the same name elsewhere."""
    first, second = (make_stack(program("shared-name-1", force_destroy="True")) for _ in range(2))
    first.up()
    put(sandbox, "shared-name-1")
    said = second.up(expect_failure=True).output
    assert "belongs to another declaration" in said
    assert "Nothing in it was touched" in said
    second.destroy()
    assert keys(sandbox, "shared-name-1") == ["k"]
    first.destroy()
    assert buckets(sandbox) == []


def test_a_hand_made_bucket(make_stack: MakeStack, sandbox: Controls) -> None:
    """An empty bucket that someone made by hand is refused, and the way out that deletes it works."""
    s3 = sandbox.s3()
    place = {"LocationConstraint": sandbox.endpoints["region"]}
    s3.create_bucket(Bucket="hand-made-1", CreateBucketConfiguration=place)
    s3.put_bucket_versioning(Bucket="hand-made-1", VersioningConfiguration={"Status": "Enabled"})
    stack = make_stack(program("hand-made-1", force_destroy="True"))
    said = stack.up(expect_failure=True).output
    assert "has no tag pulumi-sentinelhub:declaration" in said
    assert "versioning was switched on" in said
    assert stack.resources() == {}
    s3.delete_bucket(Bucket="hand-made-1")
    stack.up()
    assert stack.resources()["results"]["id"] == "hand-made-1"


def test_a_rename_with_contents_to_be_deleted(make_stack: MakeStack, sandbox: Controls) -> None:
    """Preview finds that the old bucket is not empty; with force_destroy set before, the rename works."""
    stack = make_stack(program("old-name-1"))
    stack.up()
    put(sandbox, "old-name-1")
    stack.program(program("new-name-1"))
    said = stack.preview(expect_failure=True).output
    assert "this change replaces bucket old-name-1, which still holds 1 object" in said
    assert "take bucket back, set force_destroy=True" in said
    # what an update says without a preview, and with the setting at the wrong time
    stack.program(program("new-name-1", force_destroy="True"))
    assert "which still holds 1 object" in stack.up(expect_failure=True).output
    assert buckets(sandbox) == ["old-name-1"]
    assert pending(stack) == []

    stack.program(program("old-name-1", force_destroy="True"))
    stack.up()
    stack.program(program("new-name-1", force_destroy="True"))
    stack.up()
    assert buckets(sandbox) == ["new-name-1"]
    stack.preview(expect_no_changes=True)


def test_a_rename_with_contents_to_be_kept(make_stack: MakeStack, sandbox: Controls) -> None:
    """With retain_on_delete set before, a rename leaves the old bucket with all that is in it."""
    stack = make_stack(program("old-name-2"))
    stack.up()
    put(sandbox, "old-name-2")
    stack.program(program("old-name-2", opts=KEPT))
    stack.up()
    stack.program(program("new-name-2", opts=KEPT))
    stack.preview()
    stack.up()
    assert sorted(buckets(sandbox)) == ["new-name-2", "old-name-2"]
    assert keys(sandbox, "old-name-2") == ["k"]
    assert pending(stack) == []


def test_a_stack_that_is_stuck(make_stack: MakeStack, sandbox: Controls) -> None:
    """A rename that was not looked at ends halfway; with the old bucket emptied by hand, it is finished."""
    stack = make_stack(program("old-name-3"))
    stack.up()
    put(sandbox, "old-name-3")
    stack.program(program("new-name-3"))
    unseen = {"status": 403, "code": "AccessDenied"}
    fault = {"service": "s3", "method": "GET", "path": r"^/old-name-3\?versions", "times": 1, "then": unseen}
    sandbox.control("POST", "faults", fault)
    said = stack.up(expect_failure=True).output
    assert "whether that is empty cannot be seen" in said
    assert "cannot delete bucket old-name-3: it still holds 1 object" in said
    assert "pulumi state delete 'urn:pulumi:test::inline::" in said
    assert pending(stack) == ["old-name-3"]
    assert "it still holds 1 object" in stack.up(expect_failure=True).output
    sandbox.s3().delete_object(Bucket="old-name-3", Key="k")
    stack.up()
    assert pending(stack) == []
    assert buckets(sandbox) == ["new-name-3"]
    stack.preview(expect_no_changes=True)


def test_a_name_that_another_bucket_has_left(make_stack: MakeStack, sandbox: Controls) -> None:
    """A new declaration under a renamed one's first name does not take that one's bucket, be it as young."""
    head = "import pulumi\nfrom pulumi_sentinelhub import OutputBucket\n"
    stack = make_stack(f'{head}OutputBucket("a", force_destroy=True)\n')
    stack.up()
    renamed = (
        'OutputBucket("b", force_destroy=True, opts=pulumi.ResourceOptions(aliases=[pulumi.Alias("a")]))'
    )
    stack.program(f"{head}{renamed}\n")
    stack.up()
    held = stack.resources()["b"]["id"]
    both = f'{head}OutputBucket("a", force_destroy=True)\nOutputBucket("b", force_destroy=True)\n'
    stack.program(both)
    assert "another declaration of this stack holds it" in stack.up(expect_failure=True).output
    assert {name: state["id"] for name, state in stack.resources().items()} == {"b": held}
