"""The contract check itself: a check that cannot fail proves nothing."""

from __future__ import annotations

import pytest
from jsonschema_rs import ValidationError

from tests.support.contract import SPEC, Contract

from .conftest import Make


def test_the_contract_refuses_what_is_wrong(make: Make, contract: Contract | None) -> None:
    """Answers are counted and held against their schemas; a wrong member is found."""
    if contract is None:
        pytest.skip(
            f"the vendor's OpenAPI ({SPEC.name}) is not beside this project; answers were not validated"
        )
    before = contract.checked
    client = make()
    view = client.get(client.create())
    assert contract.checked == before + 2
    schema = "/components/schemas/BatchProcessRequest"
    contract.validate(schema, view)
    for wrong in ({"status": "LOST"}, {"tileCount": "6"}, {"id": "x"}, {"created": "yesterday"}):
        with pytest.raises(ValidationError):
            contract.validate(schema, {**view, **wrong})
