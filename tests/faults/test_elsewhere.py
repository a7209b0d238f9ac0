"""Another server listens: neither secret nor token ever reaches it, whatever the service answers."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import pulumi_sentinelhub
from pulumi_sentinelhub.batch.v1.client import BatchClient
from pulumi_sentinelhub.errors import ConfigError, SentinelHubError
from tests.faults.account import Account
from tests.faults.operations.calls import LIST, TOKEN
from tests.faults.operations.requests import make
from tests.support.drip import Server, says
from tests.support.sandbox import COLLECTIONS, PROCESS, settings_of


@pytest.fixture
def stranger() -> Iterator[Server]:
    """Another server, which answers as if it were the service."""
    with Server(says(b"{}")) as server:
        yield server


OPERATE: dict[str, tuple[tuple[str, str], Callable[[BatchClient, str], object]]] = {
    "token": (TOKEN, lambda client, id: client.get_request(id)),
    "read": (("GET", PROCESS), lambda client, id: client.get_request(id)),
    "list": (LIST, lambda client, id: list(client.list_requests(sort="created:desc"))),
    "create": (("POST", f"{PROCESS}$"), lambda client, id: client.create_request({})),
    "start": (("POST", "/start$"), lambda client, id: client.start(id)),
    "update": (("PUT", PROCESS), lambda client, id: client.update_request(id, description="x")),
    "delete": (("DELETE", PROCESS), lambda client, id: client.delete_request(id)),
    "collections": (("GET", COLLECTIONS), lambda client, id: list(client.list_collections())),
}


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("name", OPERATE)
def test_redirects_lead_nowhere(account: Account, stranger: Server, name: str, status: int) -> None:
    """A redirect of the API or of the token endpoint is an error, and the other server hears nothing."""
    (made,) = make(account)
    (method, path), operate = OPERATE[name]
    location = {"Location": f"{stranger.url}/elsewhere"}
    account.break_calls(method, path, {"status": status, "body": "", "headers": location}, 100)
    with pytest.raises(SentinelHubError, match="redirect"):
        operate(BatchClient(account.settings, clock=account.clock), made.id)
    assert stranger.connections == 0


def test_the_next_page_is_always_ours(account: Account, stranger: Server) -> None:
    """``links.next`` at another host gives its view token, never its host."""
    (made,) = make(account)
    page: dict[str, Any] = {"data": [], "links": {"next": f"{stranger.url}/next?viewtoken=100"}}
    page["data"] = [account.requests()[made.id]]
    account.break_calls(*LIST, {"status": 200, "body": page}, 1)
    found = list(BatchClient(account.settings, clock=account.clock).list_requests(sort="created:desc"))
    assert found[0].id == made.id
    assert account.journal(*("GET", f"{PROCESS}$"))[-1]["query"]["viewtoken"] == "100"
    assert stranger.connections == 0


def test_no_answer_is_kept_as_a_cookie_for_another_call(account: Account) -> None:
    """Cookies of the service are dropped: nothing of one call is in the next but the token."""
    account.break_calls(*LIST, {"status": 200, "body": {}, "headers": {"Set-Cookie": "id=1"}}, 1)
    client = BatchClient(account.settings, clock=account.clock)
    list(client.list_requests(sort="created:desc"))
    assert not client._transport.http.cookies


def test_tls_is_always_verified(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    """No line of the package turns verification off, no setting can, and plain HTTP stays on this machine."""
    package = Path(pulumi_sentinelhub.__file__).parent
    off = re.compile(r"verify\s*=\s*(False|0|None)|CERT_NONE|_create_unverified|check_hostname\s*=\s*False")
    assert [str(file) for file in package.rglob("*.py") if off.search(file.read_text())] == []
    assert BatchClient(account.settings)._transport.http.verify is True
    for key in ("base_url", "token_url"):
        far = {**account.sandbox.endpoints, key: "http://sentinelhub.example/api"}
        with pytest.raises(ConfigError, match="https"):
            settings_of(far)
