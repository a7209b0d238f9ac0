"""Faults of a batch collection: what there is before, what must be in the end."""

from __future__ import annotations

from dataclasses import replace

from pulumi_sentinelhub.lifecycle.collection import BATCH_COLLECTION
from pulumi_sentinelhub.lifecycle.request import BATCH_REQUEST
from tests.faults.account import Account
from tests.faults.operations.calls import DELETE_C, LIST, LIST_C, MAKE_C, PUT, PUT_C, READ_C, TOKEN
from tests.faults.operations.step import Operation, Step, believed, named
from tests.support.inputs import declared, key

COLLECTION = {
    "name": "fields",
    "bucket_name": "results",
    "on_delete": "delete",
    "deployment": "aws-eu-central-1",
    "declaration": key("fields"),
}


def make_collection(account: Account) -> Step:
    return Step(BATCH_COLLECTION, "create", dict(COLLECTION))


def adopt_collection(account: Account) -> Step:
    made = existing(account)
    return Step(
        BATCH_COLLECTION, "create", {**COLLECTION, "name": "meadows", "adopt_id": made.id}, id=made.id
    )


def existing(account: Account) -> Step:
    return make_collection(account).attempt(account.before())


def read_collection(account: Account) -> Step:
    return replace(existing(account), verb="read", done=False)


def rename_collection(account: Account) -> Step:
    return replace(existing(account), verb="update", news={**COLLECTION, "name": "meadows"}, done=False)


def delete_used_collection(account: Account) -> Step:
    made = existing(account)
    output = {"defaultTilePath": "s3://results", "cogOutput": True, "collectionId": made.id}
    cog = {k: v for k, v in declared().items() if k != "bucket_name"}
    used = Step(BATCH_REQUEST, "create", {**cog, "output": output}).attempt(account.before())
    assert used.done, used.error
    return replace(made, verb="delete", done=False)


def one_collection_in_the_state(account: Account, step: Step) -> None:
    assert not step.gone
    (there,) = account.collections()
    assert there["id"] == step.id
    assert there["name"] == step.olds["name"] == step.news["name"]


def no_collection(account: Account, step: Step) -> None:
    assert step.gone
    assert account.collections() == []


_OPERATIONS = (
    Operation(
        "collection: create",
        make_collection,
        named(token=TOKEN, list=LIST_C, post=MAKE_C),
        one_collection_in_the_state,
        makes=MAKE_C,
        after_404s=believed,
    ),
    Operation(
        "collection: adopt",
        adopt_collection,
        named(get=READ_C, put=PUT_C),
        one_collection_in_the_state,
        after_404s=believed,
    ),
    Operation(
        "collection: read",
        read_collection,
        named(get=READ_C),
        one_collection_in_the_state,
        after_404s=believed,
    ),
    Operation(
        "collection: rename",
        rename_collection,
        named(put=PUT_C),
        one_collection_in_the_state,
        after_404s=believed,
    ),
    Operation(
        "collection: delete",
        delete_used_collection,
        named(list_requests=LIST, unlink=PUT, delete=DELETE_C),
        no_collection,
        after_404s=believed,
    ),
)
OPERATIONS = tuple(replace(one, needs=lambda able: able.collections == "batch") for one in _OPERATIONS)
