"""What an import takes of a bucket."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from pulumi_sentinelhub.errors import BucketError
from pulumi_sentinelhub.lifecycle.imports import import_bucket
from pulumi_sentinelhub.lifecycle.ownership.holders import Holder
from tests.lifecycle.bucket.world import World
from tests.support.s3 import OURS, make

HIDDEN = {"deployment": "aws-eu-central-1", "declaration": OURS}


def test_its_own_declaration_is_clean(world: World) -> None:
    """The inputs that an import finds ask for nothing that is not there."""
    made = world.create(expire_days=9, policy="broad")
    found = import_bucket(world.context, made.id, HIDDEN)
    assert found is not None
    assert found.inputs is not None
    assert (found.inputs["expire_days"], found.inputs["policy"]) == (9, "broad")


def test_a_policy_of_another_kind_is_no_input(world: World, other: Any) -> None:
    """A program could not ask for it: without it the next update puts the usual one."""
    made = world.create()
    policy = json.loads(other.get_bucket_policy(Bucket=made.id)["Policy"])
    policy["Statement"][0]["Action"] = ["s3:GetObject"]
    other.put_bucket_policy(Bucket=made.id, Policy=json.dumps(policy))
    found = import_bucket(world.context, made.id, HIDDEN)
    assert found is not None
    assert found.inputs is not None
    assert "policy" not in found.inputs
    assert found.outputs["policy"] == "altered"


def test_what_bears_no_tag_is_refused(world: World, other: Any) -> None:
    """Nothing of it would ever be changed: the message has the tag to be put on it."""
    make(other, "somebodys")
    with pytest.raises(BucketError, match=OURS):
        import_bucket(world.context, "somebodys", HIDDEN)
    assert import_bucket(world.context, "not-there", HIDDEN) is None


def test_what_another_stack_holds_is_told(world: World) -> None:
    """It is imported all the same: that is how a bucket moves to another stack."""
    made = world.create()
    held = Holder("urn:pulumi:old::p::sentinelhub:index:OutputBucket::results")
    context = replace(world.context, holder=lambda _: held)
    assert import_bucket(context, made.id, HIDDEN) is not None
    (warned,) = world.warned
    assert f"{made.id} is held by OutputBucket results of stack old, project p as well" in warned
    assert f"`pulumi state delete '{held.urn}'`" in warned
