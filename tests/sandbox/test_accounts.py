"""Accounts: who sees what, and what a slow service shows."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from typing import Any

import pytest

from sentinelhub_sandbox import Sandbox, SandboxOptions

from .conftest import Client, FakeClock
from .stand_in import StandIn

OTHERS = ("colleague:secret", "stranger:secret:theirs", "strangers-colleague:secret:theirs")


@pytest.fixture(scope="module")
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture(scope="module")
def sandbox(clock: FakeClock) -> Iterator[Sandbox]:
    options = SandboxOptions(render=False, clock=clock, accounts=OTHERS, token_seconds=1e9)
    with Sandbox(options, StandIn()) as one:
        yield one


class Named(Client):
    """The same sandbox as another OAuth client."""

    def __init__(self, sandbox: Sandbox, client_id: str) -> None:
        self._named = client_id
        super().__init__(sandbox, None)

    def authorise(self) -> None:
        answer = self.token(client_id=self._named, client_secret="secret")
        self.session.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"

    def claims(self) -> dict[str, Any]:
        part = str(self.session.headers["Authorization"]).split(".")[1]
        return dict(json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))))


@pytest.fixture
def mine(sandbox: Sandbox) -> Client:
    sandbox.reset()
    return Client(sandbox, None)


def test_one_account_is_shared_by_its_clients(sandbox: Sandbox, mine: Client) -> None:
    """A colleague sees the request, as one that another user has made, and may act on it."""
    colleague = Named(sandbox, "colleague")
    made = mine.get(mine.create())
    assert colleague.get(made["id"])["accountId"] == made["accountId"] == colleague.claims()["account"]
    assert colleague.claims()["sub"] != made["userId"]
    assert colleague.call("GET", "/process", userid=made["userId"]).json()["data"] != []
    assert colleague.call("GET", "/process", userId=colleague.claims()["sub"]).json()["data"] == []
    assert colleague.act(made["id"], "analyse").status_code == 204


def test_other_accounts_see_nothing(sandbox: Sandbox, mine: Client) -> None:
    """To a stranger the request is not there, whatever is tried; strangers of one account share theirs."""
    stranger, theirs = Named(sandbox, "stranger"), Named(sandbox, "strangers-colleague")
    made = mine.create()
    collection = mine.call("POST", "/collections", {"name": "c", "s3Bucket": "b"}).json()["data"]["id"]
    one = f"/process/{made}"
    tried = [("GET", one), ("PUT", one), ("DELETE", one), ("GET", f"{one}/tiles"), ("GET", f"{one}/tiles/1")]
    tried += [("POST", f"{one}/{action}") for action in ("analyse", "start", "cancel", "restartpartial")]
    tried += [(method, f"/collections/{collection}") for method in ("GET", "PUT", "DELETE")]
    answers = [stranger.call(method, path, {} if method == "PUT" else None) for method, path in tried]
    assert {answer.status_code for answer in answers} == {404}
    assert stranger.call("GET", "/process").json()["data"] == []
    assert stranger.call("GET", "/collections").json()["data"] == []
    assert mine.get(made)["status"] == "CREATED"
    assert theirs.get(stranger.create())["accountId"] == theirs.claims()["account"]
    assert len(mine.control("GET", "/requests").json()) == 2


def test_no_two_sandboxes_have_one_account() -> None:
    """The default account is another one in each sandbox, so that clients can tell them apart."""
    accounts = set()
    for _ in range(2):
        with Sandbox(SandboxOptions(render=False)) as one:
            client = Client(one, None)
            before = client.get(client.create())["accountId"]
            one.reset()
            client.authorise()
            assert client.get(client.create())["accountId"] == before
            accounts.add(before)
    assert len(accounts) == 2


@pytest.mark.parametrize("account", ["", "id", "id:", ":secret", "sandbox-client:secret"])
def test_a_malformed_account_is_refused(account: str) -> None:
    """A client needs an id of its own and a secret."""
    with pytest.raises(ValueError, match="ID:SECRET"):
        Sandbox(SandboxOptions(render=False, accounts=(account,)))


def test_a_hidden_request_goes_on_unseen(mine: Client, clock: FakeClock) -> None:
    """For a while it can be neither read nor acted upon; then it shows what became of it."""
    made, other = mine.create(), mine.create()
    mine.act(made, "start")
    assert mine.control("PUT", f"/requests/{made}", {"hidden_seconds": 600}).status_code == 200
    clock.move(599)
    assert mine.call("GET", f"/process/{made}").status_code == 404
    assert mine.act(made, "cancel").status_code == 404
    assert [item["id"] for item in mine.call("GET", "/process").json()["data"]] == [other]
    clock.move(2)
    assert mine.get(made)["status"] == "DONE"


def test_a_hidden_collection(mine: Client, clock: FakeClock) -> None:
    """The same for collections."""
    made = mine.call("POST", "/collections", {"name": "c", "s3Bucket": "b"}).json()["data"]["id"]
    assert mine.control("PUT", f"/collections/{made}", {"hidden_seconds": 60}).status_code == 204
    assert mine.call("GET", f"/collections/{made}").status_code == 404
    clock.move(61)
    assert mine.call("GET", f"/collections/{made}").status_code == 200


def test_the_running_sandbox_can_be_changed(mine: Client, clock: FakeClock) -> None:
    """Reads lag from now on, and no longer after that; other options are refused by name."""
    try:
        mine.control("PUT", "/options", {"stale_reads_seconds": 30})
        made = mine.create()
        assert mine.call("GET", f"/process/{made}").status_code == 404
        clock.move(31)
        assert mine.call("GET", f"/process/{made}").status_code == 200
    finally:
        mine.control("PUT", "/options", {"stale_reads_seconds": 0})
    refused = mine.control("PUT", "/options", {"seed": 3})
    assert refused.status_code == 400
    assert "seed" in refused.text


def test_a_fault_may_be_for_one_client(sandbox: Sandbox, mine: Client) -> None:
    """The rule hits that client alone, and the journal says who called."""
    colleague = Named(sandbox, "colleague")
    mine.fault(method="GET", path="/process$", times=5, then={"status": 403}, client="colleague")
    assert mine.call("GET", "/process").status_code == 200
    assert colleague.call("GET", "/process").status_code == 403
    calls = [entry["client"] for entry in mine.control("GET", "/journal").json() if entry["method"] == "GET"]
    assert calls == ["sandbox-client", "colleague"]
