"""All checks of a batch request, in the room of its generation."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from ...errors import SentinelHubError
from ...evalscript import EvalscriptError, Setup, run_setup
from ...finding import Finding
from ...values import SecretText
from .common.declared import Declared
from .common.keys import check_keys
from .common.node import Node
from .findings import MOST_SEEN, Findings
from .room import Check
from .rooms import DEFAULT, ROOMS

if TYPE_CHECKING:
    from ...config.deployments import Deployment

_UNSHOWN: Final = "does not go with the evalscript, and no more is shown of that, as it is secret"


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
    secret = isinstance(script.text, SecretText) and setup is not None
    without = Declared(root, room.dialect, None, home)
    for check in room.checks:
        findings.add(_against_secret(check, declared, without) if secret else check(declared))
    return findings.told()


def _against_secret(check: Check, declared: Declared, without: Declared) -> Iterator[Finding]:
    """All findings, but of those that have to do with a secret evalscript only where they are."""
    open_ones = dict.fromkeys(islice(check(without), MOST_SEEN))
    yield from open_ones
    for finding in islice(check(declared), MOST_SEEN):
        if finding not in open_ones:
            yield replace(finding, reason=_UNSHOWN, fix="compare it with what setup() returns")


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
