"""Several OAuth clients, of one account and of others."""

from __future__ import annotations

import base64
import json
import uuid
from typing import Any

import pytest

from sentinelhub_sandbox import Sandbox, SandboxOptions

from .conftest import Client, Make, payload

ACCOUNTS = ("colleague:b", "stranger:c:another account", "strangers-colleague:d:another account")


@pytest.fixture
def mine(make: Make) -> Client:
    """The default client of a sandbox that three more are let in to."""
    return make(accounts=ACCOUNTS)


@pytest.fixture
def colleague(mine: Client) -> Client:
    """A client of the same account."""
    return mine.other(1)


@pytest.fixture
def stranger(mine: Client) -> Client:
    """A client of another account."""
    return mine.other(2)


def claims(client: Client) -> dict[str, Any]:
    """What its access token says."""
    part = str(client.session.headers["Authorization"]).split(".")[1]
    return dict(json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))))


def test_tokens_and_echoes_name_the_account_and_the_user(
    mine: Client, colleague: Client, stranger: Client
) -> None:
    """The account is shared by its clients, the user is each client's own, in tokens as in echoes."""
    seen = []
    for client in (mine, colleague, stranger):
        view = client.get(client.create())
        token = claims(client)
        assert (token["account"], token["sub"]) == (view["accountId"], view["userId"])
        assert token["azp"] == client.ends["client_id"]
        assert view["accountId"] == client.ends["account"] == str(uuid.UUID(client.ends["account"]))
        made = client.call("POST", "/collections", {"name": "n", "s3Bucket": "bucket"}).json()["data"]
        assert (made["accountId"], made["userId"]) == (view["accountId"], view["userId"])
        seen.append(view)
    accounts, users = ([view[name] for view in seen] for name in ("accountId", "userId"))
    assert accounts[0] == accounts[1] != accounts[2]
    assert len(set(users)) == 3


def test_an_account_given_by_its_uuid_keeps_it(make: Make) -> None:
    """A UUID is taken as it is, for the default account too; a reset changes no account."""
    first, second = str(uuid.uuid4()), str(uuid.uuid4())
    client = make(account=first, accounts=(f"a:b:{second}", "c:d"))
    assert client.control("POST", "/reset").status_code == 204
    accounts = [claims(client.other(number))["account"] for number in range(3)]
    assert accounts == [first, second, first]


def test_no_two_sandboxes_have_one_account(make: Make) -> None:
    """The default account is another one in each sandbox, so that clients can tell them apart."""
    clients = [make() for _ in range(2)]
    before = [claims(client)["account"] for client in clients]
    for client in clients:
        client.control("POST", "/reset")
        client.authorise()
    assert [claims(client)["account"] for client in clients] == before
    assert len(set(before)) == 2


@pytest.mark.parametrize(
    "account", ["", "id", "id:", ":secret", "id:secret:", "id:secret:account:more", "sandbox-client:secret"]
)
def test_a_malformed_account_is_refused(account: str) -> None:
    """A client needs an id of its own and a secret, and a name for its account or none."""
    with pytest.raises(ValueError, match="ID:SECRET"):
        Sandbox(SandboxOptions(render=False, accounts=(account,)))


def test_clients_of_one_account_share_everything(mine: Client, colleague: Client) -> None:
    """Lists, reads, actions, PUT and DELETE; the user filter tells their requests apart."""
    own, shared = colleague.create(), mine.create()
    assert {item["id"] for item in colleague.call("GET", "/process").json()["data"]} == {own, shared}
    user = colleague.get(own)["userId"]
    for name in ("userid", "userId"):
        found = colleague.call("GET", "/process", **{name: user}).json()["data"]
        assert [item["id"] for item in found] == [own]
    assert colleague.call("PUT", f"/process/{shared}", {"description": "ours"}).status_code == 200
    assert mine.get(shared)["description"] == "ours"
    assert colleague.act(shared, "cancel").status_code == 204
    assert mine.get(shared)["userAction"] == "CANCEL"
    collection = mine.call("POST", "/collections", {"name": "n", "s3Bucket": "bucket"}).json()["data"]["id"]
    assert colleague.call("GET", f"/collections/{collection}").status_code == 200
    assert colleague.call("DELETE", f"/collections/{collection}").status_code == 204


def test_nothing_of_one_account_exists_for_another(mine: Client, stranger: Client) -> None:
    """A foreign request or collection answers as an id that never was, in each call; nothing is changed."""
    request_id = mine.create()
    assert mine.act(request_id, "analyse").status_code == 204
    collection = mine.call("POST", "/collections", {"name": "n", "s3Bucket": "bucket"}).json()["data"]["id"]
    before = (mine.get(request_id), mine.call("GET", f"/collections/{collection}").json())
    own = stranger.create()
    assert mine.other(3).get(own)["id"] == own
    assert [item["id"] for item in stranger.call("GET", "/process").json()["data"]] == [own]
    assert stranger.call("GET", "/process", collectionId=collection).json()["data"] == []
    assert stranger.call("GET", "/collections").json()["data"] == []

    def answers(request: str, linked: str) -> list[tuple[int, str]]:
        calls = [
            *((method, f"/process/{request}", body) for method, body in (("GET", None), ("DELETE", None))),
            ("PUT", f"/process/{request}", {"description": "x"}),
            *(
                ("POST", f"/process/{request}/{action}", None)
                for action in ("analyse", "start", "cancel", "restartpartial")
            ),
            ("GET", f"/process/{request}/tiles", None),
            ("GET", f"/process/{request}/tiles/100", None),
            *((method, f"/collections/{linked}", None) for method in ("GET", "DELETE")),
            ("PUT", f"/collections/{linked}", {"name": "x"}),
        ]
        found = [stranger.call(*call) for call in calls]
        texts = [answer.text.replace(request, "").replace(linked, "") for answer in found]
        return [(answer.status_code, text) for answer, text in zip(found, texts, strict=True)]

    foreign = answers(request_id, collection)
    assert foreign == answers(str(uuid.uuid4()), str(uuid.uuid4()))
    assert {status for status, _ in foreign} == {404}
    cogs = {"defaultTilePath": "s3://results", "cogOutput": True}
    link = {"collectionId": collection}
    unlinked = stranger.create(bucketName=None, output=cogs)
    refused = [
        stranger.call("PUT", f"/process/{unlinked}", {"output": link}),
        stranger.call("POST", "/process", payload(bucketName=None, output={**cogs, **link})),
    ]
    assert [(no.status_code, "does not exist" in no.text) for no in refused] == [(400, True)] * 2
    assert (mine.get(request_id), mine.call("GET", f"/collections/{collection}").json()) == before


def test_the_control_sees_all_accounts_and_who_called(
    mine: Client, colleague: Client, stranger: Client
) -> None:
    """All requests are listed; the journal has each caller's client id, none for token calls."""
    ids = [client.create() for client in (mine, colleague, stranger)]
    assert [item["id"] for item in mine.control("GET", "/requests").json()] == ids
    journal = [(entry["method"], entry["client"]) for entry in mine.control("GET", "/journal").json()]
    callers = [mine.ends["client_id"], "colleague", "stranger"]
    assert [caller for _, caller in journal] == [None, None, None, *callers]


def test_a_fault_may_be_one_clients_alone(mine: Client, stranger: Client) -> None:
    """Calls of other clients pass, and do not use it up."""
    mine.fault(client="stranger", path="/process", then={"status": 503})
    assert mine.call("GET", "/process").status_code == 200
    url = f"{stranger.ends['base_url']}/api/v1/batch/process"
    answers = [stranger.session.get(url, timeout=60).status_code for _ in range(2)]
    assert answers == [503, 200]


def test_a_wrong_secret_of_another_client_is_refused(mine: Client) -> None:
    """Each client has its own secret."""
    assert mine.token(client_id="stranger", client_secret=mine.ends["client_secret"]).status_code == 401
    assert mine.token(client_id="nobody", client_secret="c").status_code == 401
