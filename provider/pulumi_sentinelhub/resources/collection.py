"""BatchCollection: cloud-optimised GeoTIFFs that the Process API reads as one data source."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import pulumi

from ..dynamic import providers
from ..lifecycle.tables.collection import FIELDS, OUTPUTS
from ..types import CollectionEnd
from .arguments import checked
from .declared import Declared
from .hidden import hidden_inputs, program_settings

TYPE: Final = "pulumi-python:dynamic/sentinelhub:BatchCollection"


class BatchCollection(Declared, module="sentinelhub", name="BatchCollection"):
    """A batch collection: made empty, for requests to write into, or the one that a request has made.

    Destroying unlinks the requests that still use it, and deletes it; the files stay in the bucket.

    Args:
        resource_name: the name in the Pulumi program.
        name: the collection's name; the resource's name where absent, an adopted one keeps its own.
        bucket_name: the bucket that its COGs are in.
        adopt_id: id of an existing batch collection to take over instead of making one; like an import: once
            it is done, it may be taken out again.
        on_delete: what destroy does with the remote collection: ``"delete"`` it (never its files), or
            ``"leave"`` it; where absent, one that was made here is deleted, an adopted one is left.
        opts: options of the resource.

    Changes:
        ``bucket_name``, ``adopt_id``: a change replaces the remote object.
        ``name``: a change is made in place.
        ``on_delete``: a change makes no call: it is kept in the state, and counts the next time that it
            matters.

    Attributes:
        collection_id: id of the batch collection.
        api_version: the generation of the batch API that it lives in, ``"v1"`` or ``"v2"``; absent in states
            of 0.1.0.
        data_type: what a Process API request names to read it: ``batch-<id>``.
        tiling_grid_id: the tiling grid of its data, once a request has written into it.
        bands: its bands with bit depth and sample format, once a request has written into it.
        created: when it was made, ISO 8601.
        adopted: whether it was taken over by ``adopt_id``.
        service: address of the service that it was made at.
        account_id: id of the account that it belongs to.

    Raises:
        pulumi.RunError: an argument has the wrong Python type.
    """

    name: pulumi.Output[str]
    bucket_name: pulumi.Output[str | None]
    adopt_id: pulumi.Output[str | None]
    on_delete: pulumi.Output[str]
    collection_id: pulumi.Output[str]
    api_version: pulumi.Output[str | None]
    data_type: pulumi.Output[str]
    tiling_grid_id: pulumi.Output[int | None]
    bands: pulumi.Output[Mapping[str, Any] | None]
    created: pulumi.Output[str | None]
    adopted: pulumi.Output[bool]
    service: pulumi.Output[str | None]
    account_id: pulumi.Output[str | None]

    def __init__(
        self,
        resource_name: str,
        *,
        name: pulumi.Input[str] | None = None,
        bucket_name: pulumi.Input[str] | None = None,
        adopt_id: pulumi.Input[str] | None = None,
        on_delete: pulumi.Input[CollectionEnd] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        where = f'BatchCollection("{resource_name}")'
        given: dict[str, Any] = {
            "name": name if name is not None or adopt_id is not None else resource_name,
            "bucket_name": bucket_name,
            "adopt_id": adopt_id,
            "on_delete": on_delete,
        }
        inputs: dict[str, Any] = {
            **checked(where, FIELDS, given),
            **hidden_inputs(program_settings(), TYPE, resource_name, opts),
        }
        super().__init__(providers.Collection(), resource_name, OUTPUTS, inputs, opts)
