"""The service's echo of a v1 request [observed]."""

from __future__ import annotations

import copy

from ..payloads.echo import echo_process
from ..payloads.raster import FLAGS
from ..wire import Json

KEPT = ("processRequest", "tilingGrid", "output", "bucketName", "zarrOutput", "description")


def normalise(payload: Json) -> Json:
    """A checked payload as the service gives it back; unknown members at the top are dropped."""
    request = copy.deepcopy({key: payload[key] for key in KEPT if payload.get(key) is not None})
    if "tilingGrid" not in request:
        request["tilingGrid"] = {"id": payload["tilingGridId"], "resolution": payload["resolution"]}
    request["tilingGrid"]["resolution"] = float(request["tilingGrid"]["resolution"])
    echo_process(request["processRequest"])
    if "output" in request:
        output = request["output"]
        for name in FLAGS:
            output.setdefault(name, False)
        if output.get("collectionId") is None:
            output.pop("collectionId", None)
    return request
