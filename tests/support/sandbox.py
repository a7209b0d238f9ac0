"""The sandbox, in this process or in one of its own, and its controls below ``/_sandbox/``."""

from __future__ import annotations

import json
import os
import sys
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from pulumi_sentinelhub.config.settings import ENVIRONMENT, DeliveryKeys, Settings, resolve_settings
from sentinelhub_sandbox import Sandbox, SandboxOptions
from tests.support.clock import HandClock
from tests.support.direct import ask
from tools.local_sandbox import SandboxProcess, start

ROOT = Path(__file__).resolve().parents[2]
PROCESS = "/api/v1/batch/process"
COLLECTIONS = "/api/v1/batch/collections"
ACTIVE = ("ANALYSING", "PROCESSING")
FLAT = ("--pixels", "flat")
"""Has a sandbox write the same files, of one value each."""


def runs(request: Mapping[str, Any]) -> bool:
    """Whether a request costs or is about to, as the service shows it."""
    started = request["userAction"] == "START" and request["status"] in ("CREATED", "ANALYSIS_DONE")
    return started or request["status"] in ACTIVE


class Controls:
    """What tests do with a sandbox behind everybody's back."""

    def __init__(self, process: SandboxProcess) -> None:
        self.process = process
        self.endpoints = process.endpoints

    def control(self, method: str, path: str, body: Any = None) -> Any:
        """Call ``/_sandbox/<path>``; returns the parsed answer, or None for an empty one."""
        request = urllib.request.Request(
            f"{self.endpoints['base_url']}/_sandbox/{path}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=60) as response:
            text = response.read()
        return json.loads(text) if text.strip() else None

    def reset(self) -> None:
        """Forget every request, collection, bucket, fault and call."""
        self.control("POST", "reset")

    def journal(self, method: str | None = None, path: str = "") -> list[dict[str, Any]]:
        """The calls so far, oldest first; only those of ``method`` whose path contains ``path``."""
        calls = self.control("GET", "journal")
        return [c for c in calls if method in (None, c["method"]) and path in c["path"]]

    def fault(self, method: str, path: str, then: Any, times: int = 1) -> None:
        """Make the next ``times`` calls whose path matches the pattern go wrong as ``then`` says."""
        self.control("POST", "faults", {"method": method, "path": path, "times": times, "then": then})

    def force(self, request_id: str, **change: Any) -> None:
        """Change a request behind everybody's back: its status, its tiles, its expiry."""
        self.control("PUT", f"requests/{request_id}", change)

    def make_bucket(self, name: str) -> None:
        """A bucket of somebody else's, with the policy of the vendor's documentation."""
        place = {"LocationConstraint": self.endpoints["region"]}
        self.s3().create_bucket(Bucket=name, CreateBucketConfiguration=place)
        statement = {
            "Sid": "Sentinel Hub permissions",
            "Effect": "Allow",
            "Principal": {"AWS": "arn:aws:iam::614251495211:root"},
            "Action": ["s3:*"],
            "Resource": [f"arn:aws:s3:::{name}", f"arn:aws:s3:::{name}/*"],
        }
        policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        self.s3().put_bucket_policy(Bucket=name, Policy=policy)

    def s3(self) -> Any:
        """A boto3 client of its S3, with its own credentials."""
        return self._aws("s3")

    def iam(self) -> Any:
        """A boto3 client of its IAM, with its own credentials."""
        return self._aws("iam")

    def _aws(self, service: str) -> Any:
        import boto3

        any_client: Any = boto3.client  # its stubs have an overload a service
        return any_client(
            service,
            endpoint_url=self.endpoints["aws_endpoint_url"],
            aws_access_key_id=self.endpoints["aws_access_key_id"],
            aws_secret_access_key=self.endpoints["aws_secret_access_key"],
            region_name=self.endpoints["region"],
        )


class Near(Controls):
    """The same of a sandbox that is in this process: without a socket."""

    def __init__(self, sandbox: Sandbox) -> None:
        super().__init__(here(sandbox.endpoints))
        self._sandbox = sandbox

    def journal(self, method: str | None = None, path: str = "") -> list[dict[str, Any]]:
        """As over a socket; the calls are the journal's own, and nobody changes them."""
        calls = self._sandbox.journal.entries()
        return [c for c in calls if method in (None, c["method"]) and path in c["path"]]

    def control(self, method: str, path: str, body: Any = None) -> Any:
        """Call ``/_sandbox/<path>``; returns the parsed answer, or None for an empty one."""
        data = b"" if body is None else json.dumps(body).encode()
        headers = {"Content-Type": "application/json"}
        answer = ask(self._sandbox._api, method, f"/_sandbox/{path}", headers, data)
        assert answer.status < 300, answer.read()
        text = answer.read()
        return json.loads(text) if text.strip() else None


def here(endpoints: Mapping[str, Any]) -> SandboxProcess:
    """A sandbox of this process, as if it had one of its own."""
    return SandboxProcess(os.getpid(), endpoints)


def settings_of(endpoints: Mapping[str, Any], generation: str = "v1") -> Settings:
    """Settings as a stack configured for this sandbox, and this generation of its API, has them."""
    settings = resolve_settings(lambda _: None, here(endpoints).environment())
    keys = DeliveryKeys(endpoints["aws_access_key_id"], endpoints["aws_secret_access_key"], ENVIRONMENT)
    return replace(settings, api_version=generation, delivery=keys)


@contextmanager
def running(clock: HandClock | None = None, **options: Any) -> Iterator[Sandbox]:
    """A sandbox in this process that keeps states only; on a clock, tokens outlive every jump of it.

    Args:
        clock: turned by hand, so that a job of hours takes no time; None: the machine's.
        **options: of :class:`SandboxOptions`.
    """
    usual: dict[str, Any] = {"render": False}
    if clock is not None:
        usual |= {"clock": clock.now, "token_seconds": 1e9}
    from tests.support.remembered import Remembered  # heavy

    made: list[Sandbox] = []

    def find_own(kind: str) -> Any:
        return made[0]._find_own(kind)

    wanted = SandboxOptions(**{**usual, **options})
    states_only = not wanted.render and wanted.pixels != "flat"
    pixels = Remembered(find_own) if states_only else None
    made.append(Sandbox(wanted, pixels))
    with made[0] as sandbox:
        yield sandbox


@contextmanager
def own_process(folder: Path, *options: str) -> Iterator[Controls]:
    """A sandbox in a process of its own, which ends with the block, and with this process."""
    environ = {**os.environ, "PYTHONPATH": str(ROOT / "provider"), "AWS_EC2_METADATA_DISABLED": "true"}
    process = start(Path(sys.executable), folder, (*options, "--exit-with-parent"), environ)
    try:
        yield Controls(process)
    finally:
        process.stop()
