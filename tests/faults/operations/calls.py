"""The kinds of calls that faults hit: method, and pattern of the path in any generation of the API."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from pulumi_sentinelhub.batch.api import Abilities
from tests.support.sandbox import COLLECTIONS

PROCESS = "/(api/v[12]/batch|batch/v2)/process"
TOKEN = ("POST", "/openid-connect/token$")
LIST, MAKE = ("GET", rf"{PROCESS}(\?|$)"), ("POST", f"{PROCESS}$")
READ, PUT, DELETE = (("GET", f"{PROCESS}/[^/?]+$"), ("PUT", f"{PROCESS}/"), ("DELETE", f"{PROCESS}/"))
ANALYSE, START, CANCEL, RESTART = (
    ("POST", f"/{action}$") for action in ("analyse", "start", "(cancel|stop)", "restartpartial")
)
TILES = ("GET", r"/tiles(\?|$)")
LIST_C, MAKE_C = ("GET", rf"{COLLECTIONS}(\?|$)"), ("POST", f"{COLLECTIONS}$")
READ_C, PUT_C, DELETE_C = (
    ("GET", f"{COLLECTIONS}/"),
    ("PUT", f"{COLLECTIONS}/"),
    ("DELETE", f"{COLLECTIONS}/"),
)

#: Kinds of calls, by their names in the report, that not every generation of the API makes.
NEEDS: Final[Mapping[str, Callable[[Abilities], bool]]] = {
    "delete": lambda able: able.deletes,
    "restartpartial": lambda able: able.restarts_failed,
    "tiles": lambda able: able.counts_tiles,
    # where nothing can be deleted, a PUT tells whether an idle request is idle; its answer is not the request
    "probe": lambda able: not able.deletes,
    "reread": lambda able: not able.relinks,
}
