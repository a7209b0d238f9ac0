"""All checks of a batch request, in the order in which people would read them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from ...errors import SentinelHubError
from ...evalscript import EvalscriptError, Setup, run_setup
from ...values import SecretText
from .bounds import check_bounds
from .cog import check_cog, check_collection
from .data import check_data
from .declared import Declared
from .grid import check_grid
from .node import Node
from .output import check_output
from .problem import MOST_SEEN, Findings, Problem
from .responses import check_responses
from .script import check_script
from .shape import check_shape
from .time_range import check_time
from .zarr import check_zarr

if TYPE_CHECKING:
    from ...config.deployments import Deployment

Check = Callable[[Declared], Iterator[Problem]]

_CHECKS: Final[tuple[Check, ...]] = (
    check_shape,
    check_bounds,
    check_data,
    check_time,
    check_script,
    check_responses,
    check_grid,
    check_output,
    check_cog,
    check_collection,
    check_zarr,
)

_UNSHOWN: Final = "does not go with the evalscript, and no more is shown of that, as it is secret"


def check_request(inputs: Mapping[str, Any], deployment: Deployment | None = None) -> list[Problem]:
    """Find what is wrong in the declared inputs of a BatchRequest, without any call.

    Whatever is unknown until the update is left out, with everything that depends on it.

    Args:
        inputs: by their snake_case names; inside them the API's own JSON. ``Unknown`` may stand anywhere.
        deployment: where the request will go, for collections that are hosted elsewhere.

    Returns:
        errors and warnings, each once; of very many the first, and how many others there are.
    """
    root = Node("", inputs)
    script = root["process_request"]["evalscript"]
    problems, setup = _run(script)
    home = deployment.name if deployment is not None else None
    findings = Findings()
    findings.add(problems)
    declared = Declared(root, setup, home)
    secret = isinstance(script.text, SecretText) and setup is not None
    without = Declared(root, None, home)
    for check in _CHECKS:
        findings.add(_against_secret(check, declared, without) if secret else check(declared))
    return findings.told()


def _against_secret(check: Check, declared: Declared, without: Declared) -> Iterator[Problem]:
    """All problems, but of those that have to do with a secret evalscript only where they are."""
    open_ones = dict.fromkeys(islice(check(without), MOST_SEEN))
    yield from open_ones
    for problem in islice(check(declared), MOST_SEEN):
        if problem not in open_ones:
            yield replace(problem, reason=_UNSHOWN, mend="compare it with what setup() returns")


def _run(script: Node) -> tuple[list[Problem], Setup | None]:
    if not script.given:
        return [], None
    if script.text is None:
        return [script.error(f"is {script.kind}", "give the evalscript's text")], None
    try:
        return [], run_setup(script.text)
    except EvalscriptError as error:
        return [script.error(error.reason, error.mend)], None
    except SentinelHubError as error:
        why = error.why or error.what
        return [
            script.warning(f"could not be checked here: {why}", "the service checks it in its analysis")
        ], None
