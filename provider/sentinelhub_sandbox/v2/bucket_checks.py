"""Buckets that cannot be reached, as POST refuses them where the sandbox is asked to.

Nothing says whether the service looks at buckets at POST or in the analysis; by default it does in the
analysis here.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..access import AccessRefused
from ..wire import Json, bad
from .checks import GEOPACKAGE
from .places import Place, request_copy, root
from .storage import DELIVERY, INPUT, Access, open_storage


def check_buckets(access: Access, order: Json) -> None:
    """Raises ApiError (400) unless delivery and GeoPackage can be reached.

    Args:
        access: the way into buckets.
        order: the normalised request.
    """
    source, delivery = order["input"], order["output"]["delivery"]["s3"]
    # The task has no id yet; any will do for a look at what is allowed.
    copy = root(delivery["url"], "new").file(request_copy("new"))
    _check(access, delivery, DELIVERY, copy.key, "output->delivery->s3")
    if source["type"] == GEOPACKAGE:
        s3 = source["features"]["s3"]
        _check(access, s3, INPUT, Place.of(s3["url"]).key, "input->features->s3")


def _check(access: Access, s3: Json, needs: Sequence[str], key: str, parameter: str) -> None:
    try:
        open_storage(access, s3, needs, key).client.close()
    except AccessRefused as error:
        raise bad(parameter, str(error)) from error
