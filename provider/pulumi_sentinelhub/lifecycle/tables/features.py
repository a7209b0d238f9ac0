"""The table of Features."""

from __future__ import annotations

from typing import Final

from ..fields import Change, Field
from ..kinds import JSON, Text
from ..outputs import Output, by_name

#: A content that is not what was put there.
CHANGED: Final = "changed"

FIELDS: Final = (
    Field(
        "bucket",
        Change.REPLACE,
        Text("an OutputBucket or the name of a bucket"),
        "An OutputBucket, or the name of a bucket: where the file goes.",
        required=True,
    ),
    Field(
        "key",
        Change.REPLACE,
        Text(),
        "Key of the object, ``features/<name>.gpkg`` where absent; the content's hash is put before its "
        "ending, so that a request which runs keeps its file.",
        filled=True,
    ),
    Field(
        "defaults",
        Change.LOCAL,
        JSON,
        "Width and height (pixels), or resolution (units of the CRS), of features that have none.",
    ),
    Field("content_hash", Change.REPLACE, Text(), "A hash of the content.", internal=True),
    Field("file", Change.HIDDEN, Text(), "The file to upload, on the machine that runs.", internal=True),
    Field("url", Change.HIDDEN, Text(), "Where it goes.", internal=True),
    Field("features", Change.HIDDEN, JSON, "What a request is given.", internal=True),
    Field("deployment", Change.REPLACE, Text(), "The deployment whose buckets are meant.", internal=True),
    Field("declaration", Change.HIDDEN, Text(), "A stable key of the declaration.", internal=True),
)
OUTPUTS: Final = by_name(
    Output("url", Text(), "Where the file is: ``s3://bucket/key``, with the hash of its content."),
    Output("content_hash", Text(), "A hash of the content; another one makes another file."),
    Output("features", JSON, "To be given to a request as its ``features``."),
    Output("etag", Text(), "The store's own mark of what was uploaded, to see a change by."),
)
