"""The requests that the examples declare, in the rooms of both generations."""

from __future__ import annotations

import runpy
from pathlib import Path
from typing import Any

import pulumi
import pytest

from pulumi_sentinelhub.config.deployments import DEPLOYMENTS
from pulumi_sentinelhub.finding import Severity
from pulumi_sentinelhub.preview.checks.check import check_request
from pulumi_sentinelhub.values import UNKNOWN
from tests.support.notes import Notes, event_loop, notes

__all__ = ["event_loop", "notes"]

EXAMPLES = Path(__file__).parents[3] / "examples"


def declared(notes: Notes, example: str, monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """Inputs of the BatchRequests of an example."""
    monkeypatch.chdir(EXAMPLES / example)
    program = EXAMPLES / example / "__main__.py"
    monkeypatch.setattr(pulumi.Config, "require", lambda *_: "my-results")
    notes.outputs["OutputBucket"] = {"bucket": "my-results"}
    notes.outputs["BatchRun"] = {"collection_ids": {}, "results": [{}]}
    pulumi.runtime.test(lambda: runpy.run_path(str(program)) and None)()  # type: ignore[no-untyped-call]
    found = [args.inputs for args in notes.registered if args.typ.endswith(":BatchRequest")]
    for inputs in found:
        if "collectionId" in inputs.get("output", {}):
            inputs["output"]["collectionId"] = UNKNOWN  # the engine of these tests gives ids of another form
    return found


@pytest.mark.parametrize("example", sorted(path.parent.name for path in EXAMPLES.glob("*/__main__.py")))
@pytest.mark.parametrize("generation", ["v1", "v2"])
def test_an_example_passes(
    notes: Notes, monkeypatch: pytest.MonkeyPatch, example: str, generation: str
) -> None:
    """The same program is fit for both, but for features, which v1 refuses with the way out."""
    requests = declared(notes, example, monkeypatch)
    assert requests
    for inputs in requests:
        found = check_request(inputs, DEPLOYMENTS["aws-eu-central-1"], generation)
        if generation == "v1" and "features" in inputs:
            [refused] = [finding for finding in found if finding.property == "features"]
            assert "apiVersion" in refused.fix
            continue
        assert [finding for finding in found if finding.severity is Severity.ERROR] == []
