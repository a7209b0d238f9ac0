"""A job on version 2 of the batch API, from nothing to its end; the keys that the service is given for it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Final

from tests.e2e.jobs import buckets, changes, job, keys, remote, stack_of
from tests.e2e.v2 import PROCESS_V2, canaries, files_of
from tests.support.cli import MakeStack
from tests.support.sandbox import Controls

LOUD: Final = ("-v=9", "--logtostderr", "--logflow")


def echoing_keys(sandbox: Controls) -> dict[str, Any]:
    """A refusal that gives the keys back, in the words of its message and in what it found wrong."""
    keys = {name: sandbox.endpoints[f"aws_{name}"] for name in ("access_key_id", "secret_access_key")}
    s3 = {"accessKey": keys["access_key_id"], "secretAccessKey": keys["secret_access_key"]}
    return {
        "error": {
            "status": 400,
            "reason": "Bad Request",
            "message": f"the storage refuses {' with '.join(keys.values())}",
            "code": "COMMON_BAD_PAYLOAD",
            "errors": {"parameter": "output->delivery->s3", "invalidValue": s3},
        }
    }


def test_the_whole_life(
    make_stack: MakeStack, sandbox: Controls, record_property: Callable[[str, object], None]
) -> None:
    """A job ends DONE with its files, stays as it is, and rests when it is taken away; no key is anywhere."""
    stack = stack_of(make_stack, job(), api="v2")
    said = [stack.preview("--save-plan", "plan.json").output]
    sandbox.fault("POST", "/process$", {"status": 400, "body": echoing_keys(sandbox)})
    said.append(stack.up(*LOUD, expect_failure=True).output)
    assert "the storage refuses" in said[-1]
    assert "Traceback" not in said[-1]

    said.append(stack.up(*LOUD).output)
    outputs = stack.outputs()
    assert outputs["status"] == "DONE"
    assert keys(sandbox, outputs["bucket"], ".tif")
    refused, posted = (call for call in sandbox.journal("POST", PROCESS_V2) if call["path"] == PROCESS_V2)
    assert (refused["status"], posted["status"]) == (400, 201)
    assert posted["body"]["output"]["delivery"]["s3"] == {
        "url": f"s3://{outputs['bucket']}",
        "accessKey": "***",
        "secretAccessKey": "***",
    }

    before = changes(sandbox)
    said.append(stack.refresh("--expect-no-changes", "--diff").output)
    stack.preview(expect_no_changes=True)
    assert changes(sandbox) == before

    said.append(json.dumps(stack.resources()))
    gone = stack.destroy()
    said.append(gone.output)
    (request,) = remote(sandbox)
    assert f"batch request {request['id']} is DONE. This generation of the API deletes nothing" in gone.output
    assert request["status"] == "DONE"
    assert buckets(sandbox) == []
    assert stack.resources() == {}

    texts = [*said, *files_of(stack), json.dumps(sandbox.control("GET", "journal"))]
    assert [canary for text in texts for canary in canaries(sandbox, text)] == []
    record_property("texts_searched_for_secrets", len(texts))
