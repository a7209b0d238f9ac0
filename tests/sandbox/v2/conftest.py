"""Tasks of batch v2 in a sandbox, and a plain client of them."""

from __future__ import annotations

import copy
import sqlite3
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import requests

from sentinelhub_sandbox import Sandbox
from tests.support.contract import Contract

from ..conftest import PAYLOAD, Client, Make, s3_of

Json = dict[str, Any]
NEW, OLD = "/batch/v2", "/api/v2/batch"
BUCKET = "results"


class Tasks(Client):
    """Calls the v2 endpoints by either form of their URL."""

    form = NEW

    def call(self, method: str, path: str, body: Any = None, **query: Any) -> requests.Response:
        url = path if path.startswith("http") else self.ends["base_url"] + self.form + path
        answer = self.session.request(method, url, json=body, params=query, timeout=60)
        if self._contract is not None:
            self._contract.check(answer)
        return answer

    def access(self) -> Json:
        """The keys of the sandbox's AWS account, as a storage object has them."""
        return {
            "accessKey": self.ends["aws_access_key_id"],
            "secretAccessKey": self.ends["aws_secret_access_key"],
        }

    def storage(self, url: str) -> Json:
        """A storage object with these keys."""
        return {"s3": {"url": url, **self.access()}}

    def payload(self, **changes: Any) -> Json:
        """The usual request with members replaced, or taken away by ``None``; ``a__b`` reaches inside."""
        request: Json = {
            "processRequest": copy.deepcopy(PAYLOAD["processRequest"]),
            "input": {"type": "tiling-grid", "id": 0, "resolution": 60.0},
            "output": {"type": "raster", "delivery": self.storage(f"s3://{BUCKET}")},
            "description": "Max NDVI over Corsica",
        }
        for path, value in changes.items():
            *way, last = path.split("__")
            target = request
            for step in way:
                target = target.setdefault(step, {})
            if value is None:
                target.pop(last, None)
            else:
                target[last] = value
        return request

    def create(self, **changes: Any) -> str:
        answer = self.call("POST", "/process", self.payload(**changes))
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    def run(self, **changes: Any) -> Json:
        """Make and start a task; its last state."""
        task = self.create(**changes)
        assert self.act(task, "start").status_code == 204
        return self.until(task, "DONE", "STOPPED", "FAILED")

    def error(self, method: str, path: str, body: Any = None) -> tuple[int, str]:
        """Status and message of a refusal."""
        answer = self.call(method, path, body)
        return answer.status_code, str(answer.json()["error"]["message"])

    def force(self, task: str, **wish: Any) -> Json:
        answer = self.control("PUT", f"/requests/{task}", wish)
        assert answer.status_code == 200, answer.text
        return dict(answer.json() or {})

    def options(self, **wish: Any) -> None:
        assert self.control("PUT", "/options", wish).status_code == 200

    def objects(self, bucket: str = BUCKET) -> list[str]:
        """All keys of a bucket."""
        listed = s3_of(self.sandbox).list_objects_v2(Bucket=bucket)
        return [item["Key"] for item in listed.get("Contents", [])]

    def wait_for(self, wanted: Callable[[], Any]) -> None:
        """Poll until something is so; real time, for what the worker does."""
        deadline = time.monotonic() + 120
        while not wanted():
            assert time.monotonic() < deadline
            time.sleep(0.01)

    def read(self, key: str, bucket: str = BUCKET) -> bytes:
        return bytes(s3_of(self.sandbox).get_object(Bucket=bucket, Key=key)["Body"].read())


MakeTasks = Callable[..., Tasks]


def open_bucket(sandbox: Sandbox, bucket: str = BUCKET, region: str = "eu-central-1") -> Any:
    """A bucket without any policy: v2 needs none."""
    s3 = s3_of(sandbox, region)
    s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": region})
    return s3


def tasks_of(client: Client) -> Tasks:
    """The same sandbox, by v2."""
    return Tasks(client.sandbox, client._contract, wire=client.wire)


@pytest.fixture
def still(make: Make) -> MakeTasks:
    """Makes sandboxes without files, under the fake clock."""
    return lambda *args, **options: tasks_of(make(*args, **options))


@pytest.fixture
def delivering(writing: Make) -> MakeTasks:
    """Makes sandboxes that write files, with a bucket."""

    def start(*args: Any, **options: Any) -> Tasks:
        tasks = tasks_of(writing(*args, **options))
        open_bucket(tasks.sandbox)
        return tasks

    return start


def rows(database: bytes) -> list[tuple[Any, ...]]:
    """The features of an execution database: name, status, error, delivered."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "execution.sqlite"
        file.write_bytes(database)
        connection = sqlite3.connect(file)
        found = connection.execute(
            "SELECT name, status, error, delivered FROM features ORDER BY id"
        ).fetchall()
        connection.close()
    return found


__all__ = ["BUCKET", "NEW", "OLD", "Contract", "MakeTasks", "Tasks", "open_bucket", "rows", "tasks_of"]
