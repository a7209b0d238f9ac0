"""The vendor's OpenAPI, held against every answer."""

from __future__ import annotations

import functools
import json
import re
from pathlib import Path
from typing import Any

import requests
import yaml
from jsonschema_rs import Draft202012, Draft202012Validator, Registry

SPEC = Path(__file__).parents[3] / "shared" / "reference" / "batch-openapi.yaml"
# Answered by the gateway, for any endpoint, without a documented body.
GATEWAY = {401, 403, 405, 415, 429}


class Contract:
    """The parsed contract, with its known slips corrected."""

    def __init__(self) -> None:
        spec = yaml.safe_load(SPEC.read_text())
        schemas = spec["components"]["schemas"]
        # A placeholder, not a list of values.
        for name in ("ProcessRequestOutputBatchResponse", "ProcessRequestOutputBatchV2Response"):
            del schemas[name]["properties"]["identifier"]["enum"]
        for name in ("ArrayParameters", "BatchV2ZarrOutputArrayParameters"):
            # The documentation's own Zarr example has the string "NaN".
            schemas[name]["properties"]["fill_value"]["type"] = ["number", "string"]
            # An override names only what differs, as its description says.
            schemas[name].pop("required")
        # Listed by mistake: no client sends a group for raster output, and there is none.
        schemas["BatchV2RasterOutput"]["required"].remove("group")
        # The edition of 2026: with a GeoPackage, bounds may be left out.
        schemas["ProcessRequestInput"]["required"].remove("bounds")
        # The alternatives overlap: BYOC's matches all others.
        data = schemas["ProcessRequestInputData"]["items"]
        data["anyOf"] = data.pop("oneOf")
        # Sensing times that are sent without a zone come back without one [observed].
        schemas["BYOCTile"]["properties"]["sensingTime"].pop("format")
        for name in ("fromSensingTime", "toSensingTime"):
            schemas["BYOCCollectionAdditionalData"]["properties"][name].pop("format")
        self.paths = spec["paths"]
        # YAML's dates are in examples alone
        whole = json.loads(json.dumps(spec, default=str))
        registry = Registry([("urn:spec", whole)], draft=Draft202012)

        @functools.cache
        def validator(place: str) -> Draft202012Validator:
            schema = {"$ref": f"urn:spec#{place}"}
            return Draft202012Validator(schema, registry=registry, validate_formats=True)

        self._validator = validator
        self.checked = 0

    def check(self, response: requests.Response) -> None:
        """Raises jsonschema_rs's ValidationError or AssertionError."""
        method = str(response.request.method).lower()
        path = "/" + str(response.request.url).split("?")[0].split("/", 3)[3].rstrip("/")
        # The same endpoints by their newer address.
        path = path.replace("/batch/v2/", "/api/v2/batch/")
        template = next((t for t in self.paths if re.fullmatch(re.sub(r"{\w+}", "[^/]+", t), path)), None)
        assert template is not None, f"{path} is not in the contract"
        declared = self.paths[template][method]["responses"]
        status = str(response.status_code)
        self.checked += 1
        if status == "204":
            assert response.content == b""
            assert "204" in declared
        elif response.status_code >= 400:
            assert status in declared or response.status_code in GATEWAY | {400, 404}
            self.validate("/components/schemas/RestErrorWrapper", response.json())
            assert response.json()["error"]["status"] == response.status_code
        else:
            assert status in declared, f"{method} {path}: {status} is not documented"
            pointer = f"{template.replace('/', '~1')}/{method}/responses/{status}"
            pointer = pointer.replace("{", "%7B").replace("}", "%7D")
            body = response.json()
            # Clients rely on a wrapper that the contract leaves out.
            listed = method == "get" and template.endswith("collections")
            single = "/batch/collections" in template and not listed
            schema = f"/paths/{pointer}/content/application~1json/schema"
            self.validate(schema, body["data"] if single else body)
            if status == "201" and "/v2/" in path:
                self._check_request(response)

    def _check_request(self, response: requests.Response) -> None:
        """What the sandbox took is what the contract has."""
        sent = response.request.body
        if isinstance(sent, bytes) and "json" in response.request.headers["Content-Type"]:
            self.validate("/components/schemas/BatchV2ProcessRequest", json.loads(sent))

    def validate(self, place: str, value: Any) -> None:
        """Hold a value against the schema at a place in the specification. Raises ValidationError."""
        self._validator(place).validate(value)
