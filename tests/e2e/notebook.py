"""What somebody else does with the service and the bucket: plain HTTP, as the vendor's own examples do."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any
from unittest.mock import patch

from oauthlib.oauth2 import BackendApplicationClient
from requests_oauthlib import OAuth2Session

from tests.e2e.jobs import buckets, keys, remote
from tests.support.sandbox import COLLECTIONS, PROCESS, Controls


class Notebook:
    """A session with the service that has nothing to do with Pulumi."""

    def __init__(self, sandbox: Controls) -> None:
        self._sandbox = sandbox
        self._base = sandbox.endpoints["base_url"]
        client_id, secret = sandbox.endpoints["client_id"], sandbox.endpoints["client_secret"]
        self._oauth = OAuth2Session(client=BackendApplicationClient(client_id=client_id))
        token_url = sandbox.endpoints["token_url"]
        with _plain_http():
            self._oauth.fetch_token(token_url=token_url, client_secret=secret, include_client_id=True)

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        """The parsed answer, None for an empty one; a refusal fails the test."""
        with _plain_http():
            answer = self._oauth.request(method, f"{self._base}{path}", json=body)
        assert answer.ok, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json() if answer.text.strip() else None

    def post(self, payload: dict[str, Any]) -> str:
        """Make a batch request; its id."""
        return str(self.ask("POST", PROCESS, payload)["id"])

    def request(self, request_id: str) -> dict[str, Any]:
        """A batch request as the service tells it."""
        return dict(self.ask("GET", f"{PROCESS}/{request_id}"))

    def collections(self) -> list[dict[str, Any]]:
        """All batch collections."""
        return list(self.ask("GET", COLLECTIONS)["data"])


def _plain_http() -> Any:
    """The library insists on TLS unless it is told that this is a test."""
    return patch.dict(os.environ, {"OAUTHLIB_INSECURE_TRANSPORT": "1"})


def download(sandbox: Controls, bucket: str, folder: Path) -> dict[str, Path]:
    """Everything in a bucket as files, by key."""
    files = {key: folder / key for key in keys(sandbox, bucket)}
    for key, file in files.items():
        file.parent.mkdir(parents=True, exist_ok=True)
        sandbox.s3().download_file(bucket, key, str(file))
    return files


def statuses(sandbox: Controls) -> list[str]:
    """The status of every request, as it really is."""
    return sorted(str(one["status"]) for one in remote(sandbox))


def only_bucket(sandbox: Controls) -> str:
    """The name of the one bucket there is."""
    (name,) = buckets(sandbox)
    return name
