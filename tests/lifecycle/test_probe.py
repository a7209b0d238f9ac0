"""What a preview asks the service: once whether it lets us in, and for its grids where ours lack one."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from pulumi_sentinelhub.finding import Severity
from pulumi_sentinelhub.lifecycle.request import BATCH_REQUEST
from pulumi_sentinelhub.lifecycle.session import Session
from sentinelhub_sandbox import Sandbox
from tests.lifecycle.conftest import World
from tests.lifecycle.sessions import Lines, OneCall
from tests.support import inputs

Make = Callable[..., Session]


@pytest.fixture
def make(world: World, state_sandbox: Sandbox) -> Make:
    """A process of the provider with this configuration."""
    there = state_sandbox.endpoints

    def session(**changes: str | None) -> Session:
        usual = {
            "clientId": there["client_id"],
            "clientSecret": there["client_secret"],
            "baseUrl": there["base_url"],
            "tokenUrl": there["token_url"],
        }
        config = {f"sentinelhub:{key}": value for key, value in {**usual, **changes}.items()}
        return Session(config.get, {}, Lines(), world.clock)

    return session


def checked(
    session: Session, olds: dict[str, Any] | None = None, *, foretells: bool = True, **changes: Any
) -> list[tuple[str, str]]:
    """What the check finds, but the price: severity and text of each."""
    context = session.context(OneCall(foretells=foretells), "check")
    report = BATCH_REQUEST.check(context, olds or {}, inputs.declared(**changes))
    return [(one.severity.value, str(one)) for one in report.findings if one.severity is not Severity.NOTE]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        (
            {"clientId": None, "clientSecret": None},
            "`pulumi up` will make nothing: no Sentinel Hub credentials",
        ),
        ({"clientSecret": "another"}, "Sentinel Hub refused the OAuth client"),
        ({"tokenUrl": "http://127.0.0.1:9/token"}, "cannot be reached|refused|no connection"),
    ],
    ids=["none", "refused", "unreachable"],
)
def test_credentials_are_told_once_a_preview(changes: dict[str, Any], reason: str, make: Make) -> None:
    """The first request that is new warns of what an update would meet; nothing is refused for it."""
    session = make(**changes)
    [(severity, text)] = checked(session)
    assert severity == "warning"
    assert re.search(reason, text)
    assert "skipCredentialsCheck" in text
    assert checked(session, name="another") == []
    assert checked(make(**changes, skipCredentialsCheck="true")) == []
    assert checked(make(**changes), foretells=False) == []  # the update itself tells it


def test_what_stays_asks_for_no_token(make: Make, world: World) -> None:
    """A preview without changes makes no call, not even for a token."""
    made = BATCH_REQUEST.create(make().context(OneCall(), "create"), inputs.declared())
    world.controls.control("DELETE", "journal")
    assert checked(make(), olds=made.outputs) == []
    assert world.controls.journal() == []


def test_with_credentials_nothing_is_told(make: Make, world: World) -> None:
    """One token is asked for, whatever the number of requests, and nothing else is called."""
    session = make()
    for name in ("a", "b", "c"):
        assert checked(session, name=name) == []
    assert [call["path"].rsplit("/", 1)[-1] for call in world.controls.journal()] == ["token"]


@pytest.mark.parametrize(
    ("grid", "found"),
    [
        ({"id": 99, "resolution": 60.0}, "tiling_grid.id: is 99, which the service's list lacks; it has 0"),
        ({"id": 0, "resolution": 61.0}, "tiling_grid.resolution: is 61, which the service's list lacks"),
    ],
)
def test_an_unknown_grid(grid: dict[str, Any], found: str, make: Make, world: World) -> None:
    """By the service's own list, asked for once, it is an error; where that cannot be had, a warning."""
    session = make()
    for name in ("a", "b"):
        [(severity, text)] = checked(session, name=name, tiling_grid=grid)
        assert severity == "error"
        assert text.startswith(found)
    assert len(world.calls("GET", "tilinggrids")) == 1
    [(severity, text)] = checked(make(skipCredentialsCheck="true"), tiling_grid=grid)
    assert (severity, "known" in text) == ("warning", True)
    world.controls.fault("GET", "tilinggrids", {"status": 403}, times=9)
    assert "warning" in [severity for severity, _ in checked(make(), tiling_grid=grid)]


def test_a_grid_that_only_the_service_knows(make: Make, world: World) -> None:
    """What its list has is neither refused nor warned about."""
    own = {"id": 42, "name": "ours", "properties": {"resolutions": [7.0], "unit": "METRE"}}
    body = {"data": [own], "links": {}}
    world.controls.fault("GET", "tilinggrids", {"status": 200, "body": body})
    assert checked(make(), tiling_grid={"id": 42, "resolution": 7.0}) == []
