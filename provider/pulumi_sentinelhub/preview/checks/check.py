"""All checks of a batch request, in the order in which people would read them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

from ...errors import SentinelHubError
from ...evalscript import EvalscriptError, Setup, run_setup
from .bounds import check_bounds
from .cog import check_cog, check_collection
from .data import check_data
from .declared import Declared
from .grid import check_grid
from .node import Node
from .output import check_output
from .problem import Problem
from .responses import check_responses
from .script import check_script
from .shape import check_shape
from .time_range import check_time
from .zarr import check_zarr

if TYPE_CHECKING:
    from ...config.deployments import Deployment

_CHECKS: Final[tuple[Callable[[Declared], Iterator[Problem]], ...]] = (
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


def check_request(inputs: Mapping[str, Any], deployment: Deployment | None = None) -> list[Problem]:
    """Find what is wrong in the declared inputs of a BatchRequest, without any call.

    Whatever is unknown until the update is left out, with everything that depends on it.

    Args:
        inputs: by their snake_case names; inside them the API's own JSON. ``Unknown`` may stand anywhere.
        deployment: where the request will go, for collections that are hosted elsewhere.

    Returns:
        errors and warnings, each once.
    """
    root = Node("", inputs)
    problems, setup = _run(root["process_request"]["evalscript"])
    declared = Declared(root, setup, deployment.name if deployment is not None else None)
    for check in _CHECKS:
        problems += check(declared)
    return list(dict.fromkeys(problems))


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
