"""The state machine, under a fake clock."""

from __future__ import annotations

import pytest

from tests.support.clock import HandClock

from .conftest import Make

STATES = ("CREATED", "ANALYSING", "ANALYSIS_DONE", "PROCESSING", "DONE", "PARTIAL", "FAILED", "CANCELED")
# By action: what each state answers, in the order of STATES.
ANSWERS = {
    "analyse": (204, 400, 400, 400, 400, 400, 400, 400),
    "start": (204, 204, 204, 400, 400, 400, 400, 400),
    "cancel": (204, 204, 204, 204, 204, 204, 204, 204),
    "restartpartial": (400, 400, 400, 400, 400, 204, 400, 400),
    "PUT": (200, 200, 200, 409, 200, 200, 200, 200),
    "DELETE": (204, 409, 204, 409, 409, 409, 204, 204),
}


@pytest.mark.parametrize("action", ANSWERS)
def test_each_action_in_each_state(make: Make, action: str) -> None:
    """Legal actions are accepted, illegal ones refused with the documented status."""
    client = make()
    seen = []
    for state in STATES:
        request_id = client.create()
        assert client.control("PUT", f"/requests/{request_id}", {"status": state}).status_code == 200
        if action in {"PUT", "DELETE"}:
            body = {"description": "new"} if action == "PUT" else None
            seen.append(client.call(action, f"/process/{request_id}", body).status_code)
        else:
            seen.append(client.act(request_id, action).status_code)
    assert tuple(seen) == ANSWERS[action]


def test_a_life_from_start_to_done(make: Make, clock: HandClock) -> None:
    """START goes through analysis; userAction is seen at once, the status lags, tiles advance one by one."""
    client = make()
    request_id = client.create()
    first = client.get(request_id)
    assert (first["status"], first["userAction"], first["tileCount"]) == ("CREATED", "NONE", 6)
    assert "valueEstimate" not in first
    assert "error" not in first
    client.act(request_id, "start")
    after = client.get(request_id)
    assert (after["status"], after["userAction"]) == ("CREATED", "START")
    clock.move(2)
    assert client.get(request_id)["status"] == "ANALYSING"
    clock.move(8)
    analysed = client.get(request_id)
    assert (analysed["status"], analysed["tileCount"], analysed["valueEstimate"]) == (
        "ANALYSIS_DONE",
        5,
        15.0,
    )
    clock.move(50)
    assert client.get(request_id)["status"] == "PROCESSING"
    statuses = [tile["status"] for tile in client.call("GET", f"/process/{request_id}/tiles").json()["data"]]
    assert {"PROCESSED", "PROCESSING"} <= set(statuses)
    assert set(statuses) & {"PENDING", "SCHEDULED", "QUEUED"}
    clock.move(49)
    assert client.get(request_id)["status"] == "PROCESSING"
    clock.move(1.01)
    assert client.get(request_id)["status"] == "DONE"
    tiles = client.call("GET", f"/process/{request_id}/tiles").json()["data"]
    assert {(tile["status"], tile["cost"]) for tile in tiles} == {("PROCESSED", 2.5)}


def test_a_clock_that_jumps_over_everything(make: Make, clock: HandClock) -> None:
    """All states between two reads are gone through."""
    client = make()
    request_id = client.create()
    client.act(request_id, "start")
    clock.move(3000)
    assert client.get(request_id)["status"] == "DONE"


def test_cancel_during_analysis(make: Make, clock: HandClock) -> None:
    """The analysis completes first, estimate and tiles included, then the request is CANCELED."""
    client = make()
    request_id = client.create()
    client.act(request_id, "analyse")
    clock.move(5)
    client.act(request_id, "cancel")
    view = client.get(request_id)
    assert (view["status"], view["userAction"]) == ("ANALYSING", "CANCEL")
    assert client.call("DELETE", f"/process/{request_id}").status_code == 409
    clock.move(7)
    canceled = client.get(request_id)
    assert (canceled["status"], canceled["tileCount"], canceled["valueEstimate"]) == ("CANCELED", 5, 15.0)
    tiles = client.call("GET", f"/process/{request_id}/tiles").json()["data"]
    assert [tile["status"] for tile in tiles] == ["PENDING"] * 5
    assert client.call("DELETE", f"/process/{request_id}").status_code == 204
    assert client.call("GET", f"/process/{request_id}").status_code == 404


def test_cancel_while_processing(make: Make, clock: HandClock) -> None:
    """Tiles in flight end, the rest never runs; with processed tiles it cannot be deleted."""
    client = make()
    request_id = client.create()
    client.act(request_id, "start")
    clock.move(60)
    client.act(request_id, "cancel")
    assert client.get(request_id)["status"] == "PROCESSING"
    clock.move(25)
    assert client.get(request_id)["status"] == "CANCELED"
    clock.move(1000)
    tiles = client.call("GET", f"/process/{request_id}/tiles").json()["data"]
    assert sorted(tile["status"] for tile in tiles) == [
        "PENDING",
        "PENDING",
        "PROCESSED",
        "PROCESSED",
        "PROCESSED",
    ]
    assert client.call("DELETE", f"/process/{request_id}").status_code == 409


def test_tiles_in_flight_end_soon_after_a_cancellation(make: Make, clock: HandClock) -> None:
    """However long a tile takes, the request is CANCELED within seconds, with that tile processed."""
    client = make(processing_seconds=50_000.0)
    request_id = client.create()
    client.act(request_id, "start")
    clock.move(100)
    client.act(request_id, "cancel")
    assert client.get(request_id)["status"] == "PROCESSING"
    clock.move(2)
    assert client.get(request_id)["status"] == "CANCELED"
    tiles = client.call("GET", f"/process/{request_id}/tiles").json()["data"]
    assert sorted(tile["status"] for tile in tiles) == [*["PENDING"] * 4, "PROCESSED"]


def test_partial_and_restart(make: Make, clock: HandClock) -> None:
    """Some tiles fail, the same for the same seed; a restart is dated, runs only those, and they succeed."""
    failed = []
    for seed in (7, 7, 8):
        client = make(fail_tiles=0.4, seed=seed)
        request_id = client.create()
        client.act(request_id, "start")
        clock.move(200)
        view = client.get(request_id)
        assert (view["status"], view["error"]) == ("PARTIAL", "Too many failed tiles")
        tiles = client.call("GET", f"/process/{request_id}/tiles", status="FAILED").json()["data"]
        failed.append({tile["id"] for tile in tiles})
        client.act(request_id, "restartpartial")
        restarted = client.get(request_id)
        assert restarted["userAction"] == view["userAction"] == "START"
        assert restarted["userActionUpdated"] > view["userActionUpdated"]
        again = client.act(request_id, "restartpartial")
        message = "Only requests with status PARTIAL can be restarted."
        assert (again.status_code, again.json()["error"]["message"]) == (400, message)
        assert client.get(request_id)["status"] == "PARTIAL"
        clock.move(30)
        assert client.get(request_id)["status"] == "PROCESSING"
        processed = client.call("GET", f"/process/{request_id}/tiles", status="PROCESSED").json()["data"]
        assert {tile["id"] for tile in processed}.isdisjoint(failed[-1]) or len(processed) > 3
        clock.move(100)
        done = client.get(request_id)
        assert done["status"] == "DONE"
        assert "error" not in done
    assert [len(ids) for ids in failed] == [2, 2, 2]
    assert failed[0] == failed[1]


def test_all_tiles_fail(make: Make, clock: HandClock) -> None:
    """A request of which every tile fails is FAILED, and may be deleted."""
    client = make(fail_tiles=1.0)
    request_id = client.create()
    client.act(request_id, "start")
    clock.move(200)
    assert client.get(request_id)["status"] == "FAILED"
    assert client.call("DELETE", f"/process/{request_id}").status_code == 204


def test_illegal_start_names_both_actions(make: Make) -> None:
    """A second START is refused in the service's words."""
    client = make()
    request_id = client.create()
    client.act(request_id, "start")
    error = client.act(request_id, "start").json()["error"]
    assert error["message"] == "Illegal to change userAction from START to START with task status CREATED"
    assert error["code"] == "COMMON_BAD_PAYLOAD"


def test_stale_reads(make: Make, clock: HandClock) -> None:
    """Reads and actions see an older copy: 404 right after POST, the old status after an action or DELETE."""
    client = make(stale_reads_seconds=30.0)
    request_id = client.create()
    assert client.call("GET", f"/process/{request_id}").status_code == 404
    assert client.act(request_id, "start").status_code == 404
    assert client.call("GET", "/process").json()["data"] == []
    clock.move(30)
    assert client.get(request_id)["userAction"] == "NONE"
    assert client.act(request_id, "start").status_code == 204
    assert client.get(request_id)["userAction"] == "NONE"
    clock.move(30)
    assert client.get(request_id)["userAction"] == "START"
    clock.move(200)
    assert client.get(request_id)["status"] == "DONE"
    other = client.create()
    clock.move(30)
    assert client.call("DELETE", f"/process/{other}").status_code == 204
    assert client.get(other)["status"] == "CREATED"
    assert client.call("DELETE", f"/process/{other}").status_code == 404
    clock.move(30)
    assert client.call("GET", f"/process/{other}").status_code == 404


def test_forced_states_and_expiry(make: Make) -> None:
    """Tests can expire a request, and give it a cost, an estimate and an error."""
    client = make()
    request_id = client.create()
    wish = {"status": "PARTIAL", "cost": 50.0, "value_estimate": 7.0, "error": "Out of luck"}
    view = client.control("PUT", f"/requests/{request_id}", wish).json()
    assert (view["status"], view["valueEstimate"], view["error"]) == ("PARTIAL", 7.0, "Out of luck")
    tiles = client.call("GET", f"/process/{request_id}/tiles").json()["data"]
    assert sorted(tile["cost"] for tile in tiles) == [0.0, 10.0, 10.0, 10.0, 10.0]
    assert client.control("PUT", f"/requests/{request_id}", {"colour": 1}).status_code == 400
    client.control("PUT", f"/requests/{request_id}", {"expire": True})
    assert client.call("GET", f"/process/{request_id}").status_code == 404
    assert client.control("PUT", f"/requests/{request_id}", {"expire": True}).status_code == 404


def test_named_tiles_fail(make: Make, clock: HandClock) -> None:
    """Tests choose which tiles fail."""
    client = make()
    request_id = client.create()
    client.act(request_id, "analyse")
    clock.move(11)
    client.get(request_id)
    client.control("PUT", f"/requests/{request_id}", {"fail_tiles": ["32TNM_1_0", 103]})
    client.act(request_id, "start")
    clock.move(200)
    failed = client.call("GET", f"/process/{request_id}/tiles", status="FAILED").json()["data"]
    assert {tile["id"] for tile in failed} == {101, 103}
