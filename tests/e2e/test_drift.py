"""What changes behind our back: what refresh, preview and up say and do; nothing is computed twice."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from tests.e2e import jobs, plugin
from tests.e2e.fronts import PLUGIN
from tests.e2e.jobs import look_often
from tests.e2e.notebook import Notebook
from tests.e2e.plugin import with_plugin
from tests.e2e.scenes import PLAN, REFRESH, Part, Scene, Scenes, Steps, Story, destroy, up
from tests.support.cli import MakeStack
from tests.support.inputs import FOUR_TILES, ONE_TILE
from tests.support.sandbox import COLLECTIONS, PROCESS, Controls

HEAD = "\n".join(
    [
        jobs.PARTS.replace("bucket_name=bucket,", "output=bucket,").replace("def request(", "def linked("),
        "from pulumi_sentinelhub import BatchCollection",
        plugin.PARTS.replace("def request(", "def plugin_request("),
        jobs.PARTS,
    ]
)
SCENES = Scenes(
    HEAD,
    *("up", "plan", "refresh", "refresh", "plan", "up", "up"),
    *("plan", "refresh", "refresh", "plan", "up", "plan", "destroy", "destroy"),
)


@pytest.fixture(scope="module")
def story(make_for_all: MakeStack, sandbox_process: Controls) -> Story:
    """Everything that happens to one stack."""
    stack = make_for_all("")
    look_often(stack)
    with_plugin(stack)
    return SCENES.played(stack, sandbox_process)


def one(until: str, more: str = "") -> str:
    """A program with a bucket, a request of one tile and a run to this outcome."""
    return f"""
bucket = OutputBucket("@results", force_destroy=True)
area = request("@area", bucket.bucket, {ONE_TILE}{more})
run = BatchRun("@run", requests=area, until="{until}")
"""


def by_plugin(until: str) -> str:
    """The same with the plugin's types."""
    return f"""
bucket = made("OutputBucket", "@results", {{"forceDestroy": True}}, None, ("bucket",))
area = plugin_request("@area", bucket.bucket, {ONE_TILE})
made("BatchRun", "@run", {{"requests": [area.id], "until": "{until}"}}, None, ("status", "tiles", "results"))
"""


def empty(sandbox: Controls, bucket: str) -> None:
    """Remove the results, as somebody else might."""
    s3 = sandbox.s3()
    for item in s3.list_objects_v2(Bucket=bucket).get("Contents", []):
        s3.delete_object(Bucket=bucket, Key=item["Key"])


TWO = f"""
bucket = OutputBucket("@results", force_destroy=True)
area = request("@area", bucket.bucket, {FOUR_TILES})
other = request("@other", bucket.bucket, {ONE_TILE})
run = BatchRun("@run", requests=[area, other], until="analysed")
"""


@SCENES.scene(Part("both", TWO))
def test_cancelled_and_failed(scene: Scene) -> Steps:
    """Refresh shows it, preview plans the run anew, and up says for each what to do, and starts nothing."""
    yield up()
    ids = scene.ids()
    scene.sandbox.force(ids["area"], status="CANCELED")
    scene.sandbox.force(ids["other"], status="FAILED", error="No data for any tile.")
    assert (yield PLAN) == {}
    yield REFRESH
    state = scene.outputs("run")
    assert state["statuses"] == {ids["area"]: "CANCELED", ids["other"]: "FAILED"}
    assert (yield PLAN) == {"run": "update"}
    said = yield up(fails=True)
    assert f"{ids['area']} was cancelled" in said
    assert f"{ids['other']} failed: No data for any tile." in said
    assert "pulumi up --replace" in said
    assert scene.starts() == 0

    # as the message says
    urns = [state["urn"] for name, state in scene.resources().items() if name in {"area", "other"}]
    yield up("--replace", urns[0], "--replace", urns[1])
    assert scene.outputs("run")["status"] == "ANALYSIS_DONE"
    assert scene.creations() == 4
    assert (yield PLAN) == {}


@SCENES.scene(Part("early", one("analysed")))
def test_never_started_and_removed(scene: Scene) -> Steps:
    """A request that the service has removed before it was started is made again, and goes on from there."""
    yield up()
    (first,) = scene.remote()
    scene.sandbox.force(first["id"], expire=True)
    yield REFRESH
    assert (yield PLAN) == {"area": "replace", "run": "update"}
    scene.program = one("finished")
    yield up()
    (second,) = scene.remote()
    assert second["id"] != first["id"]
    assert (scene.creations(), scene.starts()) == (2, 1)
    assert scene.outputs("run")["status"] == "DONE"
    assert (yield PLAN) == {}


@SCENES.scene(
    Part("outside-dynamic", one("finished"), id="dynamic"),
    Part("outside-plugin", by_plugin("finished"), PLUGIN, id="plugin"),
)
def test_cancelled_from_outside(scene: Scene) -> Steps:
    """A run whose job somebody has cancelled is planned anew, fails, keeps its place, and goes on then."""
    yield up()
    (request,) = scene.remote()
    scene.sandbox.force(request["id"], status="CANCELED")
    reads_first = scene.part.front.reads_first
    if not reads_first:
        assert (yield PLAN) == {}
        yield REFRESH
    plan = yield PLAN
    assert plan["run"] == "update"
    # what is read first is a step of the plan
    assert scene.refreshed == reads_first
    said = yield up(fails=True)
    assert f"{request['id']} was cancelled" in said
    assert scene.outputs("run")["statuses"] == {request["id"]: "CANCELED"}
    assert scene.resources()["run"]["initErrors"]
    scene.sandbox.force(request["id"], status="DONE")
    yield up()
    assert scene.outputs("run")["status"] == "DONE"
    assert (scene.creations(), scene.starts()) == (1, 1)
    assert (yield PLAN) == {}


@SCENES.scene(
    Part("late-seen", one("finished"), given=(True, one), id="refreshed before"),
    Part("late-unseen", one("finished"), given=(False, one), id="not refreshed before"),
    Part("late-plugin", by_plugin("finished"), PLUGIN, given=(True, by_plugin), id="plugin"),
)
def test_finished_and_removed(scene: Scene, refreshed: bool, program: Callable[[str], str]) -> Steps:
    """A finished job whose request the service has removed is kept as expired; nothing is to do."""
    yield up()
    if refreshed:
        yield REFRESH
    (made,) = scene.remote()
    scene.sandbox.force(made["id"], expire=True)
    yield REFRESH
    run = scene.outputs("run")
    assert scene.outputs("area")["expired"] is True
    assert (run["results"][0]["expired"], run["status"]) == (True, "DONE")
    assert (yield PLAN) == {}
    yield up()
    scene.program = program("analysed")
    yield up()
    assert (scene.creations(), scene.starts()) == (1, 1)
    yield destroy()
    assert scene.resources() == {}


@SCENES.scene(Part("lost", one("finished")))
def test_finished_removed_and_the_results_too(scene: Scene) -> Steps:
    """Without request and results there may be a new request, but it is not run; asked for, it is."""
    yield up()
    (made,) = scene.remote()
    scene.sandbox.force(made["id"], expire=True)
    empty(scene.sandbox, scene.bucket())
    yield REFRESH
    said = yield up()
    assert scene.statuses() in ([], ["CREATED"])
    assert scene.starts() == 1
    if scene.remote():
        assert f"computes what {made['id']} has finished" in said
    assert scene.outputs("run")["status"] == "DONE"
    assert (yield PLAN) == {}
    yield REFRESH
    assert (yield PLAN) == {}
    assert scene.starts() == 1

    # as README.md says
    urns = {name: state["urn"] for name, state in scene.resources().items()}
    yield up("--replace", urns["area"], "--replace", urns["run"])
    assert scene.statuses() == ["DONE"]
    assert scene.starts() == 2


@SCENES.scene(Part("sight", ""))
def test_running_and_removed(scene: Scene) -> Steps:
    """A job that cannot be seen any more, and was not seen to end, is a failure; its id is kept."""
    # others have jobs that run before that
    yield up()
    yield up()
    scene.sandbox.control("PUT", "options", {"processing_seconds": 300})
    scene.program = one("started")
    yield up()
    (made,) = scene.remote()
    scene.sandbox.force(made["id"], status="PROCESSING")
    yield REFRESH
    scene.sandbox.force(made["id"], expire=True)
    scene.sandbox.control("PUT", "options", {"processing_seconds": 1})
    yield REFRESH
    assert scene.ids()["area"] == made["id"]
    assert (yield PLAN) == {}
    scene.program = one("finished")
    assert "lost from sight" in (yield up(fails=True))
    assert "lost from sight" in (yield destroy(fails=True))
    assert scene.ids()["area"] == made["id"]
    assert (scene.creations(), scene.starts()) == (1, 1)

    # as the message says
    urn = scene.resources()["area"]["urn"]
    scene.stack.run("state", "delete", "--yes", "--target-dependents", urn)
    yield destroy()
    assert scene.resources() == {}


@SCENES.scene(Part("policy", one("finished")))
def test_the_buckets_policy(scene: Scene) -> Steps:
    """A policy that somebody has removed is shown by refresh and put back by up; nothing runs again."""
    yield up()
    s3, bucket = scene.sandbox.s3(), scene.bucket()
    before = json.loads(s3.get_bucket_policy(Bucket=bucket)["Policy"])
    s3.delete_bucket_policy(Bucket=bucket)
    assert (yield PLAN) == {}
    yield REFRESH
    assert scene.outputs("results")["policy_in_place"] is False
    assert (yield PLAN) == {"results": "update"}
    yield up()
    assert json.loads(s3.get_bucket_policy(Bucket=bucket)["Policy"]) == before
    assert (yield PLAN) == {}
    assert (scene.creations(), scene.starts()) == (1, 1)


@SCENES.scene(Part("words", one("analysed", ', description="ours"')))
def test_the_requests_description(scene: Scene) -> Steps:
    """A description that somebody has changed is shown by refresh and put back by up, in place."""
    yield up()
    notebook, (made,) = Notebook(scene.sandbox), scene.remote()
    notebook.ask("PUT", f"{PROCESS}/{made['id']}", {"description": "theirs"})
    yield REFRESH
    assert (yield PLAN) == {"area": "update"}
    yield up()
    assert notebook.request(made["id"])["description"] == "ours"
    assert scene.creations() == 1
    assert (yield PLAN) == {}


COLLECTION = f"""
bucket = OutputBucket("@results", force_destroy=True)
one = BatchCollection("@one", name="ours", bucket_name=bucket.bucket)
path = pulumi.Output.concat("s3://", bucket.bucket)
link = {{"defaultTilePath": path, "cogOutput": True, "collectionId": one.id}}
area = linked("@area", link, {ONE_TILE})
run = BatchRun("@run", requests=area, until="finished")
"""


@SCENES.scene(Part("linked", COLLECTION))
def test_the_collection(scene: Scene) -> Steps:
    """A renamed collection is named as before; a deleted one is made again, and linked without a new run."""
    yield up()
    notebook = Notebook(scene.sandbox)
    (made,) = notebook.collections()
    notebook.ask("PUT", f"{COLLECTIONS}/{made['id']}", {"name": "theirs"})
    yield REFRESH
    assert (yield PLAN) == {"one": "update"}
    yield up()
    assert [item["name"] for item in notebook.collections()] == ["ours"]
    assert (yield PLAN) == {}

    (area,) = scene.remote()
    notebook.ask("PUT", f"{PROCESS}/{area['id']}", {"output": {"collectionId": None}})
    notebook.ask("DELETE", f"{COLLECTIONS}/{made['id']}")
    yield REFRESH
    plan = yield PLAN
    assert plan["one"] == "create"
    assert plan.get("area", "update") == "update"
    yield up()
    (again,) = notebook.collections()
    assert again["id"] != made["id"]
    assert notebook.request(area["id"])["output"]["collectionId"] == again["id"]
    assert (scene.creations(), scene.starts()) == (1, 1)
    assert (yield PLAN) == {}
    yield destroy()
    assert notebook.collections() == []
