"""What an import takes: a remote object that is there, by its id, with the inputs that declare it.

An import makes no call that changes anything. What somebody else made is left by destroy, unless
``on_delete`` says otherwise: as with ``adopt_id``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ..errors import BucketError, InputError, NotFound
from ..s3.policy import KINDS
from ..s3.tags import OWNER_TAG
from .bucket import OUTPUT_BUCKET
from .collection import BATCH_COLLECTION
from .context import Context
from .contract import Remote
from .ownership.holders import elsewhere, forgetting
from .request import BATCH_REQUEST
from .tables import collection, request


def import_request(ctx: Context, id: str, hidden: Mapping[str, Any]) -> Remote | None:
    """A batch request. ``hidden`` are the inputs that no user writes."""
    try:
        remote = BATCH_REQUEST.create(ctx, {**hidden, "adopt_id": id})
    except NotFound:
        return None
    _warn_if_held(ctx, id)
    return _declaring(remote, hidden, {field.name for field in request.FIELDS if not field.internal})


def import_collection(ctx: Context, id: str, hidden: Mapping[str, Any]) -> Remote | None:
    """A batch collection."""
    try:
        remote = BATCH_COLLECTION.create(ctx, {**hidden, "adopt_id": id})
    except NotFound:
        return None
    return _declaring(remote, hidden, {field.name for field in collection.FIELDS if not field.internal})


def _warn_if_held(ctx: Context, id: str) -> None:
    """Two states with one object would each change and delete it."""
    if holder := elsewhere(ctx.holder, id, ctx.urn, ctx.patience):
        ctx.warn(f"{id} is held by {holder} as well: {forgetting(holder)}")


def _declaring(remote: Remote, hidden: Mapping[str, Any], public: set[str]) -> Remote:
    """The object as adopted, with the inputs that a program has to say: all but the defaults."""
    outputs = {name: value for name, value in remote.outputs.items() if name != "adopt_id"}
    said = {name: value for name, value in outputs.items() if name in public and name != "on_delete"}
    return Remote(remote.id, outputs, {**hidden, **said})


def import_bucket(ctx: Context, id: str, hidden: Mapping[str, Any]) -> Remote | None:
    """A bucket that a declaration of this provider has made, or that was tagged to be taken over.

    Raises:
        BucketError: it bears no declaration's tag, without which nothing of it would ever be changed.
    """
    info = ctx.storage().describe(id)
    if info is None:
        return None
    if info.owner is None:
        raise BucketError(
            "cannot import bucket",
            subject=id,
            why=f"it has no tag {OWNER_TAG}, so nothing shows that it is meant to be managed here",
            next_step=f"Put the tag {OWNER_TAG}={hidden['declaration']} on it, and import it again",
            code="NotOurs",
        )
    _warn_if_held(ctx, id)
    known = {**hidden, "declaration": info.owner, "tags": dict(info.tags), "force_destroy": False}
    found = OUTPUT_BUCKET.read(ctx, id, {name: value for name, value in known.items() if value != {}})
    if found is None or found.inputs is None or found.inputs.get("policy") in KINDS:
        return found
    # a policy that is none of ours is nothing that a program could ask for: the next update puts one
    return replace(found, inputs={name: value for name, value in found.inputs.items() if name != "policy"})


def import_run(_ctx: Context, id: str, _hidden: Mapping[str, Any]) -> Remote | None:
    """Refused: there is nothing remote. Raises InputError."""
    raise InputError(
        "cannot import a run",
        subject=id,
        why="it makes no remote object of its own",
        next_step="Declare a BatchRun with the ids of the requests: it goes on from where they are",
    )


def import_features(_ctx: Context, id: str, _hidden: Mapping[str, Any]) -> Remote | None:
    """Refused: nobody can tell which file it was made of. Raises InputError."""
    raise InputError(
        "cannot import features",
        subject=id,
        why="the file that they were made of is not known",
        next_step="Give this URL to a BatchRequest as its features, or declare Features of the file",
    )
