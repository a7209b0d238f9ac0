"""A sandbox under a clock of its own, and a plain client of it."""

from __future__ import annotations

import copy
import json
import time
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any

import boto3
import pytest
import requests

from sentinelhub_sandbox import Sandbox, SandboxOptions
from tests.support.clock import HandClock
from tests.support.contract import SPEC, Contract
from tests.support.direct import Direct, aws_without_socket

from .stand_in import StandIn

Json = dict[str, Any]
ROOT = "/api/v1/batch"

PAYLOAD: Json = {
    "processRequest": {
        "input": {
            "bounds": {"bbox": [8.44, 41.31, 9.66, 43.1]},
            "data": [
                {
                    "type": "sentinel-2-l2a",
                    "dataFilter": {
                        "timeRange": {"from": "2019-04-01T00:00:00Z", "to": "2019-06-30T00:00:00Z"}
                    },
                }
            ],
        },
        "output": {"responses": [{"identifier": "default", "format": {"type": "image/tiff"}}]},
        "evalscript": "//VERSION=3",
    },
    "tilingGrid": {"id": 0, "resolution": 60},
    "bucketName": "results",
    "description": "Max NDVI over Corsica",
}


def payload(**changes: Any) -> Json:
    """The usual request with members replaced, or taken away by ``None``; ``a__b`` reaches inside."""
    request = copy.deepcopy(PAYLOAD)
    for path, value in changes.items():
        *way, last = path.split("__")
        target = request
        for step in way:
            target = target[step]
        if value is None:
            target.pop(last, None)
        else:
            target[last] = value
    return request


class Client:
    """Calls a sandbox; each answer of the batch API is held against the contract, where that is at hand.

    Args:
        sandbox: of this process.
        contract: the vendor's.
        number: of its OAuth clients, the one that calls; 0 is the default one.
        wire: calls are on sockets, not only those that break on them.
    """

    def __init__(
        self, sandbox: Sandbox, contract: Contract | None, number: int = 0, *, wire: bool = False
    ) -> None:
        self.sandbox = sandbox
        self.ends = {**sandbox.endpoints, **sandbox.endpoints["accounts"][number]}
        self.wire = wire
        self._contract = contract
        self.session = requests.Session()
        self.session.trust_env = False
        if not wire:
            self.session.mount("http://", Direct(sandbox))
        self.authorise()

    def token(self, **form: str) -> requests.Response:
        ends = self.ends
        usual = {
            "grant_type": "client_credentials",
            "client_id": ends["client_id"],
            "client_secret": ends["client_secret"],
        }
        return self.session.post(ends["token_url"], data={**usual, **form}, timeout=60)

    def other(self, number: int) -> Client:
        """The same sandbox as its OAuth client of that number sees it; 0 is the default one."""
        return Client(self.sandbox, self._contract, number, wire=self.wire)

    def authorise(self) -> None:
        self.session.headers["Authorization"] = f"Bearer {self.token().json()['access_token']}"

    def call(self, method: str, path: str, body: Any = None, **query: Any) -> requests.Response:
        url = path if path.startswith("http") else self.ends["base_url"] + ROOT + path
        answer = self.session.request(method, url, json=body, params=query, timeout=60)
        if self._contract is not None:
            self._contract.check(answer)
        return answer

    def control(self, method: str, path: str, body: Any = None) -> requests.Response:
        return self.session.request(method, f"{self.ends['base_url']}/_sandbox{path}", json=body, timeout=60)

    def fault(self, **rule: Any) -> None:
        answer = self.control("POST", "/faults", rule)
        assert answer.status_code == 201, answer.text

    def create(self, **changes: Any) -> str:
        answer = self.call("POST", "/process", payload(**changes))
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    def get(self, request_id: str) -> Json:
        answer = self.call("GET", f"/process/{request_id}")
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def act(self, request_id: str, action: str) -> requests.Response:
        return self.call("POST", f"/process/{request_id}/{action}")

    def until(self, request_id: str, *statuses: str, seconds: float = 120) -> Json:
        """Poll until a status is reached; real time, for sandboxes that write files."""
        deadline = time.monotonic() + seconds
        while (view := self.get(request_id))["status"] not in statuses:
            assert time.monotonic() < deadline, f"still {view['status']}: {view.get('error')}"
            time.sleep(0.02)
        return view


@lru_cache(maxsize=8)
def s3_of(sandbox: Sandbox, region: str | None = None) -> Any:
    """A boto3 client of the sandbox's account, in the deployment's region or another; one for each."""
    ends = sandbox.endpoints
    made = boto3.client(
        "s3",
        endpoint_url=ends["s3_endpoint_url"],
        aws_access_key_id=ends["aws_access_key_id"],
        aws_secret_access_key=ends["aws_secret_access_key"],
        region_name=region or ends["region"],
    )
    aws_without_socket(made, sandbox)
    return made


def grant(bucket: str, **changes: Any) -> str:
    """A bucket policy that lets the service in, with members of the statement replaced."""
    statement = {
        "Sid": "Sentinel Hub permissions",
        "Effect": "Allow",
        "Principal": {"AWS": "arn:aws:iam::614251495211:root"},
        "Action": ["s3:*"],
        "Resource": [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"],
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [{**statement, **changes}]})


def make_bucket(s3: Any, bucket: str, region: str = "eu-central-1", policy: str | None = "") -> None:
    """A bucket that the service may write to; another policy, or none, if asked for."""
    s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": region})
    if policy is not None:
        s3.put_bucket_policy(Bucket=bucket, Policy=policy or grant(bucket))


@pytest.fixture(scope="session")
def contract() -> Contract | None:
    """The vendor's contract, where the project stands beside its reference material."""
    return Contract() if SPEC.is_file() else None


@pytest.fixture
def clock() -> HandClock:
    """Time that only the test moves."""
    return HandClock()


Make = Callable[..., Client]


@pytest.fixture
def wire() -> bool:
    """Whether clients call over sockets; what is about that says so."""
    return False


@pytest.fixture
def make(contract: Contract | None, clock: HandClock, wire: bool) -> Iterator[Make]:
    """Makes sandboxes without files, under the fake clock, and a client of each."""
    running: list[Sandbox] = []

    def start(pixels: StandIn | None = None, **options: Any) -> Client:
        settings = {"render": False, "clock": clock, "analysis_seconds": 10.0, "processing_seconds": 100.0}
        sandbox = Sandbox(SandboxOptions(**{**settings, **options}), pixels or StandIn())
        running.append(sandbox.start())
        return Client(sandbox, contract, wire=wire)

    yield start
    for sandbox in running:
        sandbox.stop()


@pytest.fixture
def writing(make: Make) -> Make:
    """Makes sandboxes that write files, in real and short time."""

    def start(pixels: StandIn | None = None, **options: Any) -> Client:
        quick = {"render": True, "clock": time.time, "analysis_seconds": 0.02, "processing_seconds": 0.1}
        return make(pixels, **{**quick, **options})

    return start
