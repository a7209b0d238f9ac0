"""What the programs of a user with sentinelhub-py share; imported by them in their own processes."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from importlib import import_module
from typing import Any

# Of a version that the checks of this project's code do not see.
sentinelhub: Any = import_module("sentinelhub")

SETTINGS: dict[str, Any] = json.load(sys.stdin)


def config() -> Any:
    """The client's configuration for the sandbox of the settings."""
    made = sentinelhub.SHConfig(use_defaults=True)
    made.sh_client_id, made.sh_client_secret = SETTINGS["client_id"], SETTINGS["client_secret"]
    made.sh_base_url, made.sh_token_url = SETTINGS["base_url"], SETTINGS["token_url"]
    made.max_download_attempts = 1
    return made


def storage(path: str) -> Any:
    """Access to a path of the bucket with the account's keys."""
    keys = {"access_key": SETTINGS["access_key"], "secret_access_key": SETTINGS["secret_access_key"]}
    url = f"s3://{SETTINGS['bucket']}/{path}"
    return sentinelhub.BatchProcessClient.s3_specification(url, region="eu-central-1", **keys)


def until(ask: Callable[[], Any], wanted: Callable[[Any], bool]) -> Any:
    """Ask until the answer is wanted."""
    deadline = time.monotonic() + 240
    while not wanted(seen := ask()):
        assert time.monotonic() < deadline, seen
        time.sleep(0.02)
    return seen


def refused(action: Callable[[], Any]) -> str:
    """The words of a refusal."""
    try:
        action()
    except sentinelhub.exceptions.DownloadFailedException as error:
        return str(error)
    raise AssertionError("was not refused")


def tell(seen: dict[str, Any]) -> None:
    """Print what was seen, for the test."""
    sys.stdout.write(json.dumps({"version": sentinelhub.__version__, **seen}, default=str))
