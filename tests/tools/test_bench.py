"""`make bench`: its parts do at two jobs what they do at a thousand, and say what they found."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest

from sentinelhub_sandbox.processing import plan_tiles
from tests.support.sandbox import PROCESS, Controls
from tools.bench import __main__ as main
from tools.bench import measuring, startup
from tools.bench.buckets import BOTO3, OURS, measure_buckets
from tools.bench.calls import Calls, counted
from tools.bench.case import ANALYSIS_SECONDS, PROCESSING_SECONDS, Case, usual_cases
from tools.bench.floor import measure_floor
from tools.bench.jobs import payload
from tools.bench.measured import Command, Floor, Ours, Peer, Row, State
from tools.bench.ours import measure_ours
from tools.bench.peers.running import SEQUENCE, THREADS, PeerFailed, measure_peer
from tools.bench.report import Report
from tools.engine import ensure_engine

from .conftest import Given, UpdateApart

POLL_SECONDS = 0.05


def statuses(sandbox: Controls) -> list[str]:
    return [request["status"] for request in sandbox.control("GET", "requests")]


@pytest.mark.parametrize("api", ["v1", "v2"])
@pytest.mark.parametrize("name", [SEQUENCE, THREADS])
def test_a_peer_does_all_its_jobs(sandbox: Controls, name: str, api: str) -> None:
    """Each job is made and started once and ends DONE."""
    peer = measure_peer(name, api, 2, sandbox, poll_seconds=POLL_SECONDS)
    assert statuses(sandbox) == ["DONE", "DONE"]
    kinds = peer.calls.kinds
    assert (kinds["POST"], kinds["analyse"], kinds["start"], peer.measured) == (2, 2, 2, 2)
    assert "S3" not in kinds


@pytest.mark.parametrize("name", [SEQUENCE, THREADS])
def test_a_peer_whose_job_fails_is_not_counted(sandbox: Controls, name: str) -> None:
    """A time without all results is no time."""
    sandbox.control("PUT", "options", {"fail_tiles": 1.0})
    with pytest.raises(PeerFailed, match=f"{name} on v1 ended with 1"):
        measure_peer(name, "v1", 1, sandbox, poll_seconds=POLL_SECONDS)


def test_a_script_that_does_nothing_is_not_counted(
    sandbox: Controls, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """That a peer ends well is not believed without its jobs."""
    (tmp_path / f"{SEQUENCE}.py").write_text("")
    monkeypatch.setattr("tools.bench.peers.running.SCRIPTS", tmp_path)
    with pytest.raises(PeerFailed, match="finished 0 of 0 requests for 2 jobs"):
        measure_peer(SEQUENCE, "v1", 2, sandbox)


@pytest.mark.parametrize("api", ["v1", "v2"])
def test_this_project_is_measured(
    sandbox: Controls, tmp_path: Path, api: str, given: Given, update_apart: UpdateApart
) -> None:
    """All commands on two jobs: their calls, the state's share of the payload, the processes' memory.

    On v1 the update's processes are the engine's own; the others have their imports done. Both are found.
    """
    given({} if api == "v1" else update_apart.others)
    engine = ensure_engine(os.environ, print)
    ours = measure_ours(tmp_path, Case(2, api), engine, sandbox)
    made = ours.up.calls.kinds
    assert (made["POST"], made["start"]) == (2, 2)
    assert ours.preview.calls == Calls()
    assert ours.destroy.calls.kinds.get("DELETE", 0) == (2 if api == "v1" else 0)
    assert ours.state.request > ours.state.payload > 500
    assert all(ours.memory.values()), ours.memory
    assert update_apart.memory.keys() == ours.memory.keys()
    assert all(update_apart.memory.values()), update_apart.memory


def test_the_front_ends_are_started_side_by_side(monkeypatch: pytest.MonkeyPatch) -> None:
    """Both check the same request; each figure has the plugin's share of the dynamic host's after it."""
    monkeypatch.setattr(startup, "_IMPORTS", {})
    found = startup.measure_startup(rounds=1)
    names = list(found)
    assert len(names) == 9
    for host, plugin, ratio in zip(names[::3], names[1::3], names[2::3], strict=True):
        assert (host[:12], plugin[:6], ratio[:21]) == ("dynamic host", "plugin", "plugin / dynamic host")
        assert found[host] > 0
        assert found[ratio] == found[plugin] / found[host]
    for name in (startup.DYNAMIC, startup.PLUGIN):
        assert found[f"{name}, until a check is answered, s"] > found[f"{name}, until it listens, s"]


def test_a_start_that_ends_in_a_refusal_is_not_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is measured is a check that finds nothing wrong."""
    monkeypatch.setattr(startup, "payload", lambda _: {"tilingGrid": {"id": 0, "resolution": 60}})
    with pytest.raises(RuntimeError, match=r"BatchRequest: .*process_request"):
        startup.measure_startup(rounds=1)


def test_a_peer_is_measured_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """For as many jobs under the same conditions; more jobs take time in proportion."""
    asked: list[tuple[str, str, int]] = []

    def measured(name: str, api: str, n: int, _: Controls) -> Peer:
        asked.append((name, api, n))
        return Peer(float(n), n, Calls())

    @contextmanager
    def nothing(*_: object) -> Iterator[Any]:
        yield Mock()

    monkeypatch.setattr(measuring, "own_process", nothing)
    monkeypatch.setattr(measuring, "measure_floor", lambda *_: FLOOR)
    monkeypatch.setattr(measuring, "measure_ours", lambda *_: ROWS[0].ours)
    monkeypatch.setattr(measuring, "measure_peer", measured)
    bench = measuring.Bench(tmp_path, measuring.Patience(10, 100), Mock(), lambda _: None)
    rows = [bench.measure(case) for case in (Case(100), Case(300), Case(100, budget=False), Case(100, "v2"))]
    assert asked == [(SEQUENCE, "v1", 10), (THREADS, "v1", 100), (THREADS, "v2", 100)]
    assert [one.sequence and one.sequence.seconds for one in rows] == [100.0, 300.0, None, None]
    assert [one.threads and one.threads.seconds for one in rows] == [100.0, 300.0, 100.0, 100.0]


def test_the_floor_makes_no_call(
    sandbox: Controls, tmp_path: Path, given: Given, fast: Mapping[str, str]
) -> None:
    """Resources that do nothing go through the same commands, and only through the engine."""
    given(fast)
    carried, case = [{}, {"payload": payload(1)}], Case(2, checkpoints=False)
    floor = measure_floor(tmp_path, case, carried, ensure_engine(os.environ, print), sandbox)
    for command in (floor.up, floor.preview, floor.refresh, floor.destroy):
        assert min(command.seconds, command.cpu) > 0
        assert command.calls == Calls()
    assert sandbox.journal() == []


def call(method: str, path: str, status: int = 200, service: str = "sentinelhub") -> dict[str, Any]:
    return {"method": method, "path": path, "status": status, "service": service}


def test_calls_are_told_apart() -> None:
    """By kind; what was refused counts by itself, and lists that came before the last request was made."""
    one = f"{PROCESS}/1"
    calls = counted(
        [
            call("POST", "/auth/realms/main/protocol/openid-connect/token"),
            call("GET", PROCESS),
            call("POST", PROCESS, 429),
            call("POST", PROCESS, 201),
            call("GET", PROCESS),
            call("POST", PROCESS, 201),
            call("GET", PROCESS),
            call("POST", f"{one}/analyse", 204),
            call("GET", one),
            call("POST", f"{one}/start", 204),
            call("GET", f"{one}/tiles"),
            call("POST", f"{one}/cancel", 204),
            call("DELETE", one, 204),
            call("PUT", one),
            call("PUT", "/results", service="s3"),
        ]
    )
    assert calls.kinds == {
        "tokens": 1,
        "lists": 3,
        "POST": 2,
        "analyse": 1,
        "single reads": 1,
        "start": 1,
        "tiles": 1,
        "other actions": 1,
        "DELETE": 1,
        "other": 1,
        "S3": 1,
    }
    assert (calls.refused, calls.lists_before, calls.to_service) == (1, 2, 12)


@pytest.mark.parametrize("number", [0, 1, 999])
def test_a_job_is_one_tile(number: int) -> None:
    """Whichever it is of a thousand, and none is like another."""
    (tile,) = plan_tiles(payload(number))
    (first,) = plan_tiles(payload(0))
    assert tile.name == first.name
    assert number == 0 or payload(number) != payload(0)


def test_the_limit() -> None:
    """Floor, analysis, processing and five calls in a row; under a rate limit no less than the calls take."""
    assert Case(100).limit(10) == 10 + ANALYSIS_SECONDS + PROCESSING_SECONDS + 0.25
    assert Case(100, rate_limit=600).limit(10) == (400 - 60) / 10
    assert Case(1, rate_limit=600).limit(10) == Case(1).limit(10)
    assert Case(100, budget=False).at_rate(600) == (300 - 60) / 10


def test_other_conditions_are_tried_at_a_size_that_one_waits_for() -> None:
    """By default a line of sizes, and one case each without a budget, with a rate limit and on v2."""
    cases = usual_cases((1, 100, 1000))
    assert [case.n for case in cases if case.usual] == [1, 100, 1000]
    assert {case.n for case in cases if not case.usual} == {100}
    assert len(cases) == 6


FLOOR = Floor(*(Command(2.0, cpu=4.0) for _ in range(4)))
LADEN = Floor(*(Command(2.5, cpu=4.0) for _ in range(4)))


def row(n: int, up: float, sequence: Peer, threads: Peer) -> Row:
    calls = Calls({"POST": n, "analyse": n, "start": n, "lists": 3}, refused=5, lists_before=1)
    ours = Ours(
        up=Command(up, calls, cpu=6.0),
        preview=Command(3.0),
        refresh=Command(4.0, Calls({"lists": 1})),
        destroy=Command(5.0, Calls({"DELETE": n, "lists": 2})),
        state=State(2000.0, 1500.0, 300.0 * n),
        memory={"provider": 130.0, "program": 60.0, "sandbox": 200.0},
    )
    return Row(Case(n), FLOOR, ours, sequence, threads, laden=LADEN)


ROWS = [
    row(10, 10.0, Peer(80.0, 10, Calls()), Peer(9.0, 10, Calls())),
    row(100, 12.5, Peer(800.0, 10, Calls()), Peer(60.0, 100, Calls())),
]


def test_the_table_says_what_misses_its_aim(tmp_path: Path) -> None:
    """With a star, and with a ``~`` what was not measured; all of it also from the file that was written."""
    others = {"first update, s": 4.5}, {"host, s": 0.5}, {"emptied, s": 7.5}
    Report(ROWS, *others, "two cores").write(tmp_path / "bench.json")
    report = Report.read(tmp_path / "bench.json")
    assert (report.rows, report.machine) == (ROWS, "two cores")
    lines = {line[:36].strip(): line[36:].split() for line in report.text().splitlines()}
    assert lines["up / limit"][:2] == ["1.08", "1.35*"]
    assert lines["preview without changes / floor's"][0] == "1.5*"
    assert lines["floor with payloads / floor's"][:2] == ["1.25", "1.25"]
    assert lines["preview / that floor's"][:2] == ["1.2", "1.2"]
    assert lines["up / steps one after another"][:2] == ["0.125", "~0.0156"]
    assert lines["calls at 600 a minute, s"][:2] == ["0", "34"]
    assert lines["up / the longer of both"][:2] == ["1.08", "0.368"]
    assert lines["up / 16 threads"][:2] == ["1.11", "0.208"]
    assert lines["calls / N at up, lists apart"][:2] == ["3", "3"]
    assert lines["calls / N at refresh"][:2] == ["0.1", "0.01"]
    assert lines["CPU of up / floor's"][:2] == ["1.5", "1.5"]
    assert lines["refused at up"][:2] == ["5*", "5*"]
    assert lines["state a request, besides it"][:2] == ["500", "500"]
    assert lines["provider, peak MB"][:2] == ["130*", "130*"]
    assert "measured with 10 jobs, the time taken in proportion" in report.text()
    assert {"first update, s", "emptied, s"} <= {
        line.partition("  ")[0] for line in report.text().splitlines()
    }


def test_the_plot_is_drawn_of_several_sizes(tmp_path: Path) -> None:
    """A PNG on white from two sizes on, without peers, too; other conditions are none of its points."""
    import matplotlib.image

    for rows in (ROWS, [replace(one, sequence=None, threads=None) for one in ROWS]):
        target = tmp_path / "docs" / "bench.png"
        assert Report(rows).plot(target)
        pixels = matplotlib.image.imread(target)
        assert pixels.shape[:2] > (400, 800)
        assert (pixels[0, 0] == 1).all()
        assert (pixels[..., :3] < 0.9).any()
        target.unlink()
    other = replace(ROWS[1], case=Case(100, budget=False))
    assert not Report([ROWS[0], other]).plot(tmp_path / "one.png")
    assert not (tmp_path / "one.png").exists()


def test_buckets_are_emptied_of_all_versions() -> None:
    """By each that is measured, with and without versions, in as many calls as there are."""
    found = measure_buckets(20, (OURS, BOTO3))
    assert found["20 objects, this project, calls"] >= 2
    assert found["20 objects of 2 versions, boto3's object_versions, calls"] >= 2
    assert found["20 objects of 2 versions, this project / boto3's object_versions"] > 0


def test_figures_can_be_shown_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """``--read`` measures nothing."""
    Report(ROWS).write(tmp_path / "old.json")
    assert main.main(["--read", str(tmp_path / "old.json"), "--plot", str(tmp_path / "new.png")]) == 0
    assert "up / limit" in capsys.readouterr().out
    assert (tmp_path / "new.png").exists()
