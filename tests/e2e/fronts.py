"""Both front ends, for tests of what they do alike."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from pulumi_sentinelhub.engine import forms
from tests.e2e import jobs, plugin
from tests.support.inputs import ONE_TILE

_FORMS: Final = {"results": forms.BUCKET, "area": forms.REQUEST, "run": forms.RUN}


@dataclass(frozen=True)
class Front:
    """A front end.

    Attributes:
        name: of it.
        reads_first: whether each command begins with a look at requests and runs.
    """

    name: str
    reads_first: bool = False

    def inward(self, name: str, outputs: Mapping[str, Any]) -> dict[str, Any]:
        """Outputs of a job's resource of this name, in the same words."""
        return _FORMS[name].inward(outputs)


DYNAMIC: Final = Front("dynamic")
PLUGIN: Final = Front("plugin", reads_first=True)

_HEAD: Final = f"""{plugin.PARTS.replace("def request(", "def plugin_request(")}
{jobs.PARTS}
runs = []

def dynamic(name, bbox, run):
    bucket = OutputBucket(name + "-results", force_destroy=True)
    area = request(name, bucket.bucket, bbox, description=name)
    if run:
        runs.append(BatchRun(name + "-run", requests=area, until="finished"))

def plugin(name, bbox, run):
    bucket = made("OutputBucket", name + "-results", {{"forceDestroy": True}}, None, ("bucket",))
    area = plugin_request(name, bucket.bucket, bbox, description=name)
    if run:
        props = {{"requests": [area.id], "until": "finished"}}
        runs.append(made("BatchRun", name + "-run", props, None, ("status",)))
"""


def program(fronts: Mapping[str, Front], bbox: tuple[float, ...] = ONE_TILE, *, run: bool = True) -> str:
    """A program with jobs of these names, each by the front end that is told with it.

    A job's request has its name as description, its run is ``<name>-run``.
    """
    made = [f'{front.name}("{name}", {bbox}, {run})' for name, front in fronts.items()]
    return "\n".join([_HEAD, *made, 'pulumi.export("statuses", [run.status for run in runs])\n'])
