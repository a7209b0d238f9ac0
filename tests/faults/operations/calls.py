"""The kinds of calls that faults hit: method, and pattern of the path."""

from __future__ import annotations

from tests.support.sandbox import COLLECTIONS, PROCESS

TOKEN = ("POST", "/openid-connect/token$")
LIST, MAKE = ("GET", rf"{PROCESS}\?"), ("POST", f"{PROCESS}$")
READ, PUT, DELETE = (("GET", f"{PROCESS}/[^/?]+$"), ("PUT", f"{PROCESS}/"), ("DELETE", f"{PROCESS}/"))
ANALYSE, START, CANCEL, RESTART = (
    ("POST", f"/{action}$") for action in ("analyse", "start", "cancel", "restartpartial")
)
TILES = ("GET", r"/tiles(\?|$)")
LIST_C, MAKE_C = ("GET", rf"{COLLECTIONS}(\?|$)"), ("POST", f"{COLLECTIONS}$")
READ_C, PUT_C, DELETE_C = (
    ("GET", f"{COLLECTIONS}/"),
    ("PUT", f"{COLLECTIONS}/"),
    ("DELETE", f"{COLLECTIONS}/"),
)
