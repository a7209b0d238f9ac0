"""The vendor's client, sentinelhub-py, in 16 threads.

Reads settings as JSON from its standard input: ``base_url``, ``token_url``, ``client_id``, ``client_secret``,
``api``, ``payloads`` and ``poll_seconds``, which lie between two looks at a job. Runs with the client's last
version that knows v1, or with one of v2.
"""

from __future__ import annotations

import json
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from typing import Any

sentinelhub: Any = import_module("sentinelhub")

THREADS = 16
FAILED = ("FAILED", "PARTIAL", "CANCELED", "STOPPED")


def main() -> None:
    """Do all jobs; ends with an error when one of them fails."""
    settings: dict[str, Any] = json.load(sys.stdin)
    config = sentinelhub.SHConfig(use_defaults=True)
    config.sh_client_id, config.sh_client_secret = settings["client_id"], settings["client_secret"]
    config.sh_base_url, config.sh_token_url = settings["base_url"], settings["token_url"]
    v1 = settings["api"] == "v1"
    batch = (sentinelhub.SentinelHubBatch if v1 else sentinelhub.BatchProcessClient)(config=config)

    def create(payload: dict[str, Any]) -> Any:
        process, description = payload["processRequest"], payload["description"]
        if v1:
            bucket = payload["bucketName"]
            grid = payload["tilingGrid"]
            return batch.create(process, tiling_grid=grid, bucket_name=bucket, description=description)
        return batch.create(
            process, input=payload["input"], output=payload["output"], description=description
        )

    def wait_for(request: Any, status: str) -> None:
        while (seen := batch.get_request(request).status.value) != status:
            if seen in FAILED:
                raise RuntimeError(f"{request.request_id} is {seen}")
            time.sleep(settings["poll_seconds"])

    def job(payload: dict[str, Any]) -> None:
        request = create(payload)
        batch.start_analysis(request)
        wait_for(request, "ANALYSIS_DONE")
        batch.start_job(request)
        wait_for(request, "DONE")

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(job, settings["payloads"]))


main()
