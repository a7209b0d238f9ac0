"""Access of tasks to buckets: by the keys and roles that requests name, as far as IAM lets them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from moto.sts.models import sts_backends

from ..aws import aws, document, keys_of, role, trust, user
from ..conftest import Json
from ..stand_in import StandIn
from .conftest import BUCKET, MakeTasks, Tasks, open_bucket
from .features import KEY, WEST, Feature, geopackage, put, source
from .orders import S3

OBJECTS = ["s3:PutObject", "s3:GetObject", "s3:DeleteObject"]
URL = f"s3://{BUCKET}/out"


def permits(folder: str = "out/*", actions: list[str] = OBJECTS, listing: bool = True) -> list[Json]:
    """What a user or role may do in the usual bucket."""
    bucket = f"arn:aws:s3:::{BUCKET}"
    statements = [{"Effect": "Allow", "Action": actions, "Resource": f"{bucket}/{folder}"}]
    return statements + [{"Effect": "Allow", "Action": "s3:ListBucket", "Resource": bucket}] * listing


def storage(**members: Any) -> Json:
    """Changes that replace the access of the delivery."""
    return {"output__delivery": {"s3": {"url": URL, **members}}}


def test_access_is_what_the_request_names(delivering: MakeTasks) -> None:
    """No bucket policy is needed; a bucket elsewhere is reached by its region; these are nobody's calls."""
    tasks = delivering()
    open_bucket(tasks.sandbox, "far", "us-west-2")
    assert tasks.run(**{f"{S3}url": URL})["status"] == "DONE"
    far = tasks.run(**{f"{S3}url": "s3://far", f"{S3}region": "us-west-2"})
    assert far["status"] == "DONE"
    writes = [e for e in tasks.control("GET", "/journal?service=s3").json() if e["method"] == "PUT"]
    assert [entry["path"] for entry in writes] == ["/results", "/far"]


def test_a_role_that_trusts_the_service(delivering: MakeTasks) -> None:
    """It delivers with the role's permissions; without any, or without trust, the task is FAILED."""
    tasks = delivering()
    ends = tasks.sandbox.endpoints
    good = role(tasks.sandbox, trust(ends), *permits())
    stranger = trust(ends, Principal={"AWS": "arn:aws:iam::999999999999:root"})
    foreign = role(tasks.sandbox, stranger, *permits(), name="foreign")
    bare = role(tasks.sandbox, trust(ends), name="bare")
    done = tasks.run(**storage(iamRoleARN=good))
    assert (done["status"], done["request"]["output"]["delivery"]["s3"]["iamRoleARN"]) == ("DONE", good)
    for arn, words in ((foreign, "cannot be assumed"), (bare, "s3:PutObject on"), (f"{good}x", "must exist")):
        view = tasks.run(**storage(iamRoleARN=arn))
        assert (view["status"], words in view["error"]) == ("FAILED", True), view


LACKS = {
    "writing": (permits(actions=OBJECTS[1:]), "s3:PutObject"),
    "reading": (permits(actions=[OBJECTS[0], OBJECTS[2]]), "s3:GetObject"),
    "deleting": (permits(actions=OBJECTS[:2]), "s3:DeleteObject"),
    "listing": (permits(listing=False), "s3:ListBucket"),
    "the folder": (permits(folder="elsewhere/*"), "s3:PutObject"),
}


@pytest.mark.parametrize(("statements", "action"), LACKS.values(), ids=LACKS)
def test_keys_that_may_too_little(delivering: MakeTasks, statements: list[Json], action: str) -> None:
    """The analysis fails and says what is not allowed, without the keys; more permissions, and it is DONE."""
    tasks = delivering()
    key = user(tasks.sandbox, *statements)
    given = {"output__delivery": {"s3": keys_of(key, URL)}}
    view = tasks.run(**given)
    assert (view["status"], f"{action} on {BUCKET}" in view["error"]) == ("FAILED", True), view
    assert key["AccessKeyId"] not in json.dumps(view)
    assert key["SecretAccessKey"] not in json.dumps(view)
    enough = document(*permits())
    aws(tasks.sandbox, "iam").put_user_policy(UserName="batch", PolicyName="own", PolicyDocument=enough)
    assert tasks.run(**given)["status"] == "DONE"


def test_a_geopackage_needs_reading_alone(delivering: MakeTasks) -> None:
    """Its keys are its own: those that may read it are enough, those that may only deliver are not."""
    tasks = delivering()
    put(tasks, geopackage([Feature("a", WEST, 4, 4)]))
    reader = user(tasks.sandbox, *permits(KEY, ["s3:GetObject"], listing=False), name="reader")
    writer = user(tasks.sandbox, *permits(), name="writer")
    for key, status in ((reader, "DONE"), (writer, "FAILED")):
        features = {"s3": keys_of(key, f"s3://{BUCKET}/{KEY}")}
        changes = {**source(tasks), "input": {"type": "geopackage", "features": features}}
        view = tasks.run(**changes, **{f"{S3}url": URL})
        assert view["status"] == status, view
        assert status == "DONE" or "s3:GetObject" in view["error"]


def test_a_key_that_is_taken_away(delivering: MakeTasks) -> None:
    """A task that was analysed with it is STOPPED when it is to be processed, and goes on with it again."""
    tasks = delivering()
    key = user(tasks.sandbox, *permits())
    task = tasks.create(output__delivery={"s3": keys_of(key, URL)})
    tasks.act(task, "analyse")
    tasks.until(task, "ANALYSIS_DONE")
    iam = aws(tasks.sandbox, "iam")
    of_key = {"UserName": "batch", "AccessKeyId": key["AccessKeyId"]}
    iam.update_access_key(**of_key, Status="Inactive")
    tasks.act(task, "start")
    view = tasks.until(task, "STOPPED", "DONE")
    assert (view["status"], view["stoppedStatusReason"]) == ("STOPPED", "UNHEALTHY")
    assert "InvalidAccessKeyId" in view["error"]
    iam.update_access_key(**of_key, Status="Active")
    assert tasks.act(task, "start").status_code == 204
    tasks.until(task, "DONE")


def test_each_run_assumes_the_role_anew(delivering: MakeTasks) -> None:
    """A run that lost its permissions is STOPPED; the next one needs no session of the one before."""
    pixels = StandIn(tiles=30)
    tasks = delivering(pixels, processing_seconds=1.0)
    arn = role(tasks.sandbox, trust(tasks.sandbox.endpoints), *permits())
    pixels.gate.clear()
    task = tasks.create(**storage(iamRoleARN=arn))
    tasks.act(task, "start")
    tasks.wait_for(lambda: f"out/{task}/execution-{task}.sqlite" in tasks.objects())
    iam = aws(tasks.sandbox, "iam")
    iam.delete_role_policy(RoleName="batch", PolicyName="own")
    pixels.gate.set()
    view = tasks.until(task, "STOPPED", "DONE")
    assert (view["stoppedStatusReason"], "Access denied" in view["error"]) == ("UNHEALTHY", True)
    iam.put_role_policy(RoleName="batch", PolicyName="own", PolicyDocument=document(*permits()))
    sts_backends[tasks.sandbox._account]["aws"].assumed_roles.clear()
    assert tasks.act(task, "start").status_code == 204
    tasks.until(task, "DONE")


@pytest.fixture
def strict(delivering: MakeTasks) -> Tasks:
    return delivering(bucket_faults="refused")


def test_post_may_refuse_buckets(strict: Tasks) -> None:
    """With the option, what fails the analysis by default is a 400 that names the storage object, no key."""
    wrong: list[tuple[Json, str, str]] = [
        ({f"{S3}url": "s3://nowhere"}, "output->delivery->s3", "does not exist: nowhere"),
        ({f"{S3}secretAccessKey": "canary"}, "output->delivery->s3", "SignatureDoesNotMatch"),
        (
            {**source(strict), "input__features__s3__accessKey": "AKIACANARY"},
            "input->features->s3",
            "InvalidAccessKeyId",
        ),
    ]
    for changes, parameter, words in wrong:
        answer = strict.call("POST", "/process", strict.payload(**changes))
        error = answer.json()["error"]
        assert (answer.status_code, error["errors"]["parameter"]) == (400, parameter)
        assert words in error["message"]
        assert "canary" not in answer.text.lower()
    assert strict.call("GET", "/process").json()["data"] == []
    assert strict.run(**{f"{S3}url": URL})["status"] == "DONE"
