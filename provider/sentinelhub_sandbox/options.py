"""Settings of a sandbox: the flags of the command line, and what only tests need."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class SandboxOptions:
    """How a sandbox behaves.

    Attributes:
        port: port of the Sentinel Hub side, 0 for any.
        s3_port: port of the S3 side, 0 for any.
        client_id: OAuth client id that is let in.
        client_secret: its secret.
        account: name or UUID of that client's account; empty for one that no other sandbox has.
        accounts: further OAuth clients, each ``ID:SECRET`` (of the same account) or ``ID:SECRET:ACCOUNT``.
        latency_ms: delay of every Sentinel Hub call, milliseconds.
        analysis_seconds: how long an analysis takes, seconds.
        processing_seconds: how long processing takes, seconds; longer when the pixels take longer.
        ingestion_seconds: how long the ingestion of a BYOC tile takes, seconds.
        metadata_seconds: how long a BYOC collection's metadata lag behind its tiles, seconds.
        rate_limit: calls a minute, 0 for no limit.
        token_seconds: lifetime of an access token, seconds.
        fail_tiles: fraction (0 to 1) of each request's tiles that fail on the first run.
        account_pu: processing units (PU) that each account has been given, of which its v2 requests use;
            without it there is no end of them.
        restart_minutes: how long a v2 request that its user stopped cannot be started again, minutes.
        restart_minutes_out_of_pu: the same for one that was stopped for lack of PU, minutes.
        bucket_faults: what a bucket that a v2 request cannot reach does: ``failed``, its analysis fails;
            ``refused``, its POST is refused with 400. Which of them the service does is not documented.
        stale_reads_seconds: reads are served from a copy that is this much older, seconds.
        pixels: ``evalscript`` for tiles that the request's evalscript computes, ``flat`` for tiles of one
            value, which take next to no time, for requests of continents.
        seed: seed of everything that is random: tile order and which tiles fail.
        region: AWS region of the deployment; buckets elsewhere are refused.
        aws_access_key_id: access key of the one AWS account that the S3 side knows.
        aws_secret_access_key: its secret.
        assume_principal: ARN as which the service assumes the roles that requests name; no secret.
        external_id: external id that it sends along then; no secret.
        render: write files to the bucket; without it no bucket is looked at either (fast state tests).
        clock: source of the time, epoch seconds; states advance from it when they are read.
        page_limit: most items of a page.
    """

    port: int = 0
    s3_port: int = 0
    client_id: str = "sandbox-client"
    client_secret: str = "sandbox-secret"  # noqa: S105  opens nothing but this sandbox
    account: str = ""
    accounts: tuple[str, ...] = ()
    latency_ms: float = 0.0
    analysis_seconds: float = 1.0
    processing_seconds: float = 5.0
    ingestion_seconds: float = 1.0
    metadata_seconds: float = 1.0
    rate_limit: float = 0.0
    token_seconds: float = 3600.0
    fail_tiles: float = 0.0
    account_pu: float | None = None
    restart_minutes: float = 30.0
    restart_minutes_out_of_pu: float = 60.0
    bucket_faults: Literal["failed", "refused"] = "failed"
    stale_reads_seconds: float = 0.0
    pixels: Literal["evalscript", "flat"] = "evalscript"
    seed: int = 0
    region: str = "eu-central-1"
    aws_access_key_id: str = "AKIASANDBOXOWNER0001"
    aws_secret_access_key: str = "sandbox-aws-secret-access-key"  # noqa: S105  the same
    assume_principal: str = "arn:aws:iam::614251495211:root"
    external_id: str = "sandbox-external-id"
    render: bool = True
    clock: Callable[[], float] = time.time
    page_limit: int = 100
