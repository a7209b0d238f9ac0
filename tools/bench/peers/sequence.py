"""The workflow document's steps, one job after another: POST, analyse, poll, start, poll.

Reads settings as JSON from its standard input: ``base_url``, ``token_url``, ``client_id``, ``client_secret``,
``api``, ``payloads`` and ``poll_seconds``.
"""

from __future__ import annotations

import json
import sys
import time
from typing import Any

from oauthlib.oauth2 import BackendApplicationClient
from requests import Response
from requests_oauthlib import OAuth2Session

FAILED = ("FAILED", "PARTIAL", "CANCELED", "STOPPED")


def main() -> None:
    """Do all jobs; ends with an error when one of them fails."""
    settings: dict[str, Any] = json.load(sys.stdin)
    oauth = OAuth2Session(client=BackendApplicationClient(client_id=settings["client_id"]))
    oauth.fetch_token(
        token_url=settings["token_url"], client_secret=settings["client_secret"], include_client_id=True
    )
    url = f"{settings['base_url']}/api/{settings['api']}/batch/process"

    def call(method: str, url: str, **body: Any) -> Response:
        response = oauth.request(method, url, headers={"Content-Type": "application/json"}, **body)
        while response.status_code == 429:
            time.sleep(int(response.headers["Retry-After"]) / 1000)
            response = oauth.request(method, url, headers={"Content-Type": "application/json"}, **body)
        response.raise_for_status()
        return response

    def wait_for(status: str) -> None:
        while (seen := call("GET", one).json()["status"]) != status:
            if seen in FAILED:
                raise SystemExit(f"{one} is {seen}")
            time.sleep(settings["poll_seconds"])

    for payload in settings["payloads"]:
        one = f"{url}/{call('POST', url, json=payload).json()['id']}"
        call("POST", f"{one}/analyse")
        wait_for("ANALYSIS_DONE")
        call("POST", f"{one}/start")
        wait_for("DONE")


main()
