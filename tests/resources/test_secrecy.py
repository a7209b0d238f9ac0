"""The program passes on which inputs are secret, and quotes none of them itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pulumi
import pytest

from tests.resources.programs import PROCESS_REQUEST, Program, request
from tests.support.notes import Notes

secret: Any = pulumi.Output.secret
plain: Any = pulumi.Output.from_input


def nested() -> Any:
    """An Output whose value holds a secret one."""
    return plain("x").apply(lambda _: {"id": secret(0), "resolution": plain(60.0)})


@pytest.mark.parametrize(
    ("given", "paths"),
    [
        (dict, None),
        (lambda: {"bucket_name": plain("b")}, None),
        (lambda: {"bucket_name": secret("b")}, [["bucket_name"], ["result_path"]]),
        (lambda: {"bucket_name": secret("b").apply(str.upper)}, [["bucket_name"], ["result_path"]]),
        (lambda: {"tiling_grid": nested()}, [["tiling_grid", "id"]]),
        (
            lambda: {"process_request": {**PROCESS_REQUEST, "input": {"data": [1, secret({})]}}},
            [["process_request", "input", "data", 1]],
        ),
        (
            lambda: {"process_request": PROCESS_REQUEST, "evalscript": secret("//VERSION=3")},
            [["process_request", "evalscript"]],
        ),
    ],
)
def test_where_secrets_are(
    notes: Notes, program: Program, given: Callable[[], dict[str, Any]], paths: list[Any] | None
) -> None:
    """Each by its path; nothing is passed on where nothing is secret."""
    program(lambda: request(**given()))
    assert notes.inputs("BatchRequest").get("secret_paths") == paths


@pytest.mark.parametrize("wrap", [secret, plain])
def test_an_error_of_the_program(notes: Notes, program: Program, wrap: Any) -> None:
    """A value that JSON cannot hold is refused by its place; a secret one is not quoted."""
    with pytest.raises(pulumi.RunError) as refused:
        program(lambda: request(description=wrap(2**60 + 1)))
    hidden = "1.15292150460685e+18" not in str(refused.value)
    assert 'BatchRequest("max-ndvi").description' in str(refused.value)
    assert hidden is (wrap is secret), refused.value
