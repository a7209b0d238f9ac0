"""Endpoints, echoes, lists, updates, and what they have in common with v1."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from tests.support.clock import HandClock

from ..conftest import Client
from .conftest import NEW, OLD, MakeTasks, Tasks


@pytest.fixture
def wire() -> bool:
    """All calls are on sockets: so is what a client sees."""
    return True


@pytest.fixture
def tasks(still: MakeTasks) -> Tasks:
    return still()


@pytest.mark.parametrize("form", [NEW, OLD])
def test_both_forms_of_the_url(tasks: Tasks, form: str) -> None:
    """Each call works at either address, also with a slash at its end; both show the same tasks."""
    tasks.form = form
    made = tasks.call("POST", "/process/", tasks.payload())
    assert made.status_code == 201
    task = made.json()["id"]
    for other in (NEW, OLD):
        tasks.form = other
        assert tasks.get(task)["id"] == task
        listed = tasks.call("GET", "/process/")
        assert [item["id"] for item in listed.json()["data"]] == [task]
    assert tasks.call("PUT", f"/process/{task}/", {"description": "x"}).status_code == 200
    assert tasks.call("POST", f"/process/{task}/analyse/").status_code == 204
    assert tasks.call("GET", "/tilinggrids/").status_code == 200
    assert tasks.call("GET", "/tilinggrids/6/").json()["id"] == 6
    assert tasks.call("GET", "/tilinggrids/99").status_code == 400


def test_the_echo(tasks: Tasks) -> None:
    """Defaults are filled in, the script comes back whole, keys masked; nothing without value is there."""
    payload = tasks.payload(output__delivery__s3__region="eu-central-1")
    payload["processRequest"]["input"]["data"][0]["type"] = "sentinel-1-grd"
    payload["processRequest"]["evalscript"] = "//VERSION=3\n// Ünï\n"
    view = tasks.call("POST", "/process", copy.deepcopy(payload)).json()
    account = tasks.ends["account"]
    assert (view["domainAccountId"], view["projectId"]) == (account, account)
    assert set(view) == {
        "id", "request", "domainAccountId", "projectId", "status", "userAction", "userActionUpdated",
        "created", "completionPercentage", "lastUpdated",
    }  # fmt: skip
    request = view["request"]
    assert request["instanceType"] == "normal"
    assert request["processRequest"]["evalscript"] == payload["processRequest"]["evalscript"]
    source = request["processRequest"]["input"]["data"][0]
    assert (source["type"], source["dataFilter"]["maxCloudCoverage"]) == ("S1GRD", 100.0)
    assert request["output"] == {
        "type": "raster",
        "delivery": {
            "s3": {
                "url": "s3://results",
                "accessKey": "***",
                "secretAccessKey": "***",
                "region": "eu-central-1",
            }
        },
        "overwrite": False,
        "skipExisting": False,
        "cogOutput": False,
        "createCollection": False,
    }
    assert type(view["completionPercentage"]) is int


def test_keys_are_nowhere(tasks: Tasks) -> None:
    """Neither answers, nor refusals that give back what was wrong, nor the journal hold a key."""
    keys = tasks.access().values()
    task = tasks.create()
    wrong = tasks.payload()
    wrong["output"] = [wrong["output"]]
    refused = tasks.call("POST", "/process", wrong)
    assert refused.status_code == 400
    texts = [
        refused.text,
        tasks.call("GET", f"/process/{task}").text,
        tasks.call("GET", "/process").text,
        tasks.call("PUT", f"/process/{task}", {"description": "x"}).text,
        tasks.control("GET", "/journal").text,
        tasks.control("GET", "/requests").text,
    ]
    assert [text for text in texts for key in keys if key in text] == []


def test_lists(tasks: Tasks, clock: HandClock) -> None:
    """Pages by token or link, all in the new form of the URL; sorting, searching, filtering by user."""
    made = []
    for day in ("mon", "tue", "wed", "thu", "fri"):
        made.append(tasks.create(description=f"day {day}"))
        clock.move(1)
    tasks.force(made[0], status="STOPPED")
    tasks.form = OLD
    seen: list[str] = []
    token: dict[str, str] = {}
    while True:
        page = tasks.call("GET", "/process", count=2, sort="created", **token).json()
        seen += [item["id"] for item in page["data"]]
        if "nextToken" not in page["links"]:
            break
        token = {"viewtoken": page["links"]["nextToken"]}
        assert page["links"]["next"].startswith(tasks.ends["base_url"] + NEW + "/process?")
        assert tasks.call("GET", page["links"]["next"]).json()["data"][0]["id"] == made[len(seen)]
    assert seen == made
    assert "next" not in page["links"]

    def ids(**query: Any) -> list[str]:
        return [item["id"] for item in tasks.call("GET", "/process", **query).json()["data"]]

    assert ids(sort="created:desc") == made[::-1]
    assert ids(sort="status:desc")[0] == made[0]
    assert ids(search="day&thu") == [made[3]]
    assert ids(search="tue|fri") == [made[1], made[4]]
    assert ids(search=made[2]) == [made[2]]
    assert ids(userid="nobody") == []
    for wrong in ({"sort": "name"}, {"count": "0"}, {"viewtoken": "x"}):
        assert tasks.call("GET", "/process", **wrong).status_code == 400


def test_user_ids(still: MakeTasks) -> None:
    """Two clients of one account see the same tasks; each finds those that it made by its user id."""
    first = still(accounts=("second:secret", "third:secret:partner"))
    second, third = (type(first)(first.sandbox, first._contract, number) for number in (1, 2))
    mine, theirs = first.create(), second.create()
    users = [job.owner.user for job in first.sandbox.v2.store.jobs()]
    for client in (first, second):
        assert [item["id"] for item in client.call("GET", "/process").json()["data"]] == [mine, theirs]
        found = client.call("GET", "/process", userid=users[1]).json()["data"]
        assert [item["id"] for item in found] == [theirs]
    assert third.call("GET", "/process").json()["data"] == []
    for method, path in (("GET", ""), ("PUT", ""), ("POST", "/start")):
        assert third.call(method, f"/process/{mine}{path}", {}).status_code == 404


def test_update(tasks: Tasks) -> None:
    """Only the description can change; the answer is the request, not the task; an omitted one stays."""
    task = tasks.create()
    answer = tasks.call("PUT", f"/process/{task}", {"description": "other", "output": {"type": "zarr"}})
    assert answer.status_code == 200
    assert (answer.json()["description"], answer.json()["output"]["type"]) == ("other", "raster")
    assert "id" not in answer.json()
    assert tasks.get(task)["request"] == answer.json()
    assert tasks.call("PUT", f"/process/{task}", {}).json()["description"] == "other"
    assert tasks.error("PUT", f"/process/{task}", {"description": None})[0] == 400
    assert tasks.error("PUT", f"/process/{task}", {"description": 5})[0] == 400
    tasks.act(task, "start")
    assert tasks.error("PUT", f"/process/{task}", {"description": "late"})[0] == 409


def test_calls_without_a_token(tasks: Tasks) -> None:
    """401 in the usual envelope, at both addresses."""
    tasks.session.headers["Authorization"] = "Bearer nonsense"
    for form in (NEW, OLD):
        tasks.form = form
        assert tasks.call("GET", "/process").json()["error"]["reason"] == "Unauthorized"


def test_limits_faults_and_journal_count_for_v2(still: MakeTasks) -> None:
    """The rate limit is the account's, faults hit either address, the journal has the calls of a client."""
    tasks = still(rate_limit=20)
    assert [tasks.call("GET", "/process").status_code for _ in range(3)] == [200, 200, 429]
    tasks.control("PUT", "/options", {"rate_limit": 0})
    tasks.fault(path="/batch/v2/process", method="POST", then={"status": 503})
    payload = tasks.payload()
    url = f"{tasks.ends['base_url']}{NEW}/process"
    assert tasks.session.post(url, json=payload, timeout=60).status_code == 503
    assert tasks.session.post(url, json=payload, timeout=60).status_code == 201
    entry = tasks.control("GET", "/journal").json()[-1]
    assert (entry["path"], entry["status"], entry["client"]) == (f"{NEW}/process", 201, "sandbox-client")
    assert entry["body"]["output"]["delivery"]["s3"]["secretAccessKey"] == "***"


def test_v1_and_v2_are_apart(tasks: Tasks) -> None:
    """Neither lists the other's requests; a reset forgets both."""
    task = tasks.create()
    v1 = Client(tasks.sandbox, tasks._contract)
    request = v1.create()
    assert [item["id"] for item in v1.call("GET", "/process").json()["data"]] == [request]
    assert [item["id"] for item in tasks.call("GET", "/process").json()["data"]] == [task]
    assert tasks.call("GET", f"/process/{request}").status_code == 404
    assert {item["id"] for item in tasks.control("GET", "/requests").json()} == {task, request}
    assert tasks.control("POST", "/reset").status_code == 204
    tasks.authorise()
    assert tasks.call("GET", "/process").json()["data"] == []
