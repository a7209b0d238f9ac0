"""All checks of a batch request, in the room of its generation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ...errors import SentinelHubError
from ...evalscript import EvalscriptError, Setup, run_setup
from ...finding import Finding
from .common.declared import Declared
from .common.keys import check_keys
from .common.node import Node
from .findings import Findings
from .rooms import DEFAULT, ROOMS

if TYPE_CHECKING:
    from ...config.deployments import Deployment


def check_request(
    inputs: Mapping[str, Any], deployment: Deployment | None = None, generation: str = DEFAULT
) -> list[Finding]:
    """Find what is wrong in the declared inputs of a BatchRequest, without any call.

    Whatever is unknown until the update is left out, with everything that depends on it.

    Args:
        inputs: by their snake_case names; inside them the API's own JSON. ``Unknown`` may stand anywhere.
        deployment: where the request will go, for collections that are hosted elsewhere.
        generation: which generation of the batch API they are for, a key of ``ROOMS``.

    Returns:
        errors and warnings, each once; of very many the first, and how many others there are.
    """
    room = ROOMS[generation]
    root = Node("", inputs)
    script = root["process_request"]["evalscript"]
    found, setup = _run(script)
    home = deployment.name if deployment is not None else None
    findings = Findings()
    findings.add(check_keys(root))
    if findings.told():
        return findings.told()  # no other check may look at them: its message might show them
    findings.add(found)
    declared = Declared(root, room.dialect, setup, home)
    for check in room.checks:
        findings.add(check(declared))
    return findings.told()


def _run(script: Node) -> tuple[list[Finding], Setup | None]:
    if not script.given:
        return [], None
    if script.text is None:
        return [script.error(f"is {script.kind}", "give the evalscript's text")], None
    try:
        return [], run_setup(script.text)
    except EvalscriptError as error:
        return [script.error(error.reason, error.fix)], None
    except SentinelHubError as error:
        why = error.why or error.what
        return [
            script.warning(f"could not be checked here: {why}", "the service checks it in its analysis")
        ], None
