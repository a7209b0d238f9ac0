"""What is sent is what the vendor's OpenAPI has, in both generations."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest
from jsonschema_rs import ValidationError

from pulumi_sentinelhub.batch.generations import GENERATIONS
from pulumi_sentinelhub.batch.mark import marked
from pulumi_sentinelhub.batch.v2.storage import with_keys
from pulumi_sentinelhub.config.credentials import DeliveryKeys
from tests.support import requests
from tests.support.bad_inputs.v2 import features
from tests.support.contract import SPEC, Contract

SCHEMAS = {"v1": "BatchProcessRequest", "v2": "BatchV2ProcessRequest"}
COMMON = (requests.geotiff, requests.zarr, requests.collection)


@pytest.fixture(scope="module")
def contract() -> Contract:
    if not SPEC.exists():
        pytest.skip(f"the vendor's OpenAPI ({SPEC.name}) is not beside this project")
    return Contract()


@pytest.mark.parametrize(
    ("generation", "base"),
    [*((name, base) for name in SCHEMAS for base in COMMON), ("v2", features)],
)
def test_payloads_are_valid(contract: Contract, generation: str, base: Callable[[], dict[str, Any]]) -> None:
    """The workflow document's own jobs, with the mark and, on v2, the keys; a wrong member is found."""
    payload = marked(GENERATIONS[generation].payload(base()), "0123456789abcdef")
    if generation == "v2" and "role_arn" not in base():
        payload = with_keys(payload, DeliveryKeys("AKIACANARY0CANARY123", "canary/secret+canary", "test"))
    schema = f"/components/schemas/{SCHEMAS[generation]}"
    contract.validate(schema, payload)
    wrong = copy.deepcopy(payload)
    del wrong["processRequest"]["input"]
    with pytest.raises(ValidationError):
        contract.validate(schema, wrong)
