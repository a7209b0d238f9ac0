"""The table of BatchCollection."""

from __future__ import annotations

from typing import Final

from ..fields import Change, Field
from ..kinds import FLAG, ID, JSON, Text, Word
from ..outputs import Integer, Output, by_name
from .common import ACCOUNT, API_VERSION, DECLARATION, DEPLOYMENT, SERVICE

FIELDS: Final = (
    Field(
        "name",
        Change.IN_PLACE,
        Text(),
        "The collection's name; the resource's name where absent, an adopted one keeps its own.",
        filled=True,
    ),
    Field("bucket_name", Change.REPLACE, Text(), "The bucket that its COGs are in."),
    Field(
        "adopt_id",
        Change.REPLACE,
        ID,
        "Id of an existing batch collection to take over instead of making one; like an import: once it is "
        "done, it may be taken out again.",
    ),
    Field(
        "on_delete",
        Change.LOCAL,
        Word(("delete", "leave")),
        'What destroy does with the remote collection: ``"delete"`` it (never its files), or ``"leave"`` it; '
        "where absent, one that was made here is deleted, an adopted one is left.",
        filled=True,
    ),
    DEPLOYMENT,
    DECLARATION,
)
OUTPUTS: Final = by_name(
    Output("collection_id", ID, "Id of the batch collection."),
    API_VERSION,
    Output("data_type", Text(), "What a Process API request names to read it: ``batch-<id>``."),
    Output(
        "tiling_grid_id",
        Integer(),
        "The tiling grid of its data, once a request has written into it.",
        optional=True,
    ),
    Output(
        "bands",
        JSON,
        "Its bands with bit depth and sample format, once a request has written into it.",
        optional=True,
    ),
    Output("created", Text(), "When it was made, ISO 8601.", optional=True),
    Output("adopted", FLAG, "Whether it was taken over by ``adopt_id``."),
    SERVICE,
    ACCOUNT,
)
