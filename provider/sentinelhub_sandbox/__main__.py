"""Command line of the sandbox: prints one JSON line when ready, serves until SIGTERM or SIGINT."""

from __future__ import annotations

import argparse
import gc
import json
import logging
import os
import signal
import sys
import threading
from collections.abc import Sequence
from dataclasses import dataclass

from .accounts import clients_of
from .environment import exports
from .options import SandboxOptions
from .sandbox import Sandbox

FLAGS: tuple[tuple[str, type, str], ...] = (
    ("port", int, "port of the Sentinel Hub side, 0 for any"),
    ("s3-port", int, "port of the S3 side, 0 for any"),
    ("client-id", str, "OAuth client id that is let in"),
    ("client-secret", str, "its secret"),
    ("latency-ms", float, "delay of every Sentinel Hub call, milliseconds"),
    ("analysis-seconds", float, "how long an analysis takes"),
    ("processing-seconds", float, "how long processing takes, at least"),
    ("ingestion-seconds", float, "how long the ingestion of a BYOC tile takes"),
    ("metadata-seconds", float, "how long a BYOC collection's metadata lag behind its tiles"),
    ("rate-limit", float, "calls a minute, 0 for no limit"),
    ("token-seconds", float, "lifetime of an access token"),
    ("fail-tiles", float, "fraction of tiles that fail on the first run"),
    ("account-pu", float, "processing units that each account has for v2 requests"),
    ("restart-minutes", float, "how long a stopped v2 request cannot be started again"),
    ("restart-minutes-out-of-pu", float, "the same after a stop for lack of processing units"),
    ("stale-reads-seconds", float, "age of the copy that reads are served from"),
    ("seed", int, "seed of tile order and failures"),
    ("assume-principal", str, "ARN as which the service assumes the roles that requests name"),
    ("external-id", str, "external id that it sends along then"),
)
PARENT_POLL_SECONDS = 0.5
GARBAGE = 20_000
"""New objects at which the collector looks for garbage. What is imported when it is first asked for makes
many more, which stay: by Python's own 700, a seventh of a start's time goes into looking through them."""


@dataclass(frozen=True)
class Command:
    """What a command line asks for.

    Attributes:
        options: of the sandbox.
        exit_with_parent: whether to end with the parent process.
        env: whether to print lines for a shell in place of the JSON line.
    """

    options: SandboxOptions
    exit_with_parent: bool
    env: bool


def parse(arguments: Sequence[str] | None) -> Command:
    """What the command line asks for."""
    defaults = SandboxOptions()
    parser = argparse.ArgumentParser(prog="sentinelhub-sandbox", description="A local Sentinel Hub and S3.")
    for flag, kind, text in FLAGS:
        default = getattr(defaults, flag.replace("-", "_"))
        parser.add_argument(f"--{flag}", type=kind, default=default, help=f"{text} (default: %(default)s)")
    parser.add_argument(
        "--pixels",
        choices=["evalscript", "flat"],
        default=defaults.pixels,
        help="tiles computed by the request's evalscript, or of one value, for requests of continents "
        "(default: %(default)s)",
    )
    parser.add_argument(
        "--bucket-faults",
        choices=["failed", "refused"],
        default=defaults.bucket_faults,
        help="a bucket that a v2 request cannot reach fails its analysis, or has its POST refused "
        "(default: %(default)s)",
    )
    parser.add_argument(
        "--account",
        metavar="ID:SECRET[:ACCOUNT]",
        dest="accounts",
        action="append",
        default=[],
        help="a further OAuth client, of the same account or, with ACCOUNT (any name), of another one, "
        "which sees only its own; may be repeated",
    )
    parser.add_argument("--exit-with-parent", action="store_true", help="end when the parent process ends")
    parser.add_argument(
        "--env",
        action="store_true",
        help="print, in place of the JSON line, the variables that a program needs, for a shell to read",
    )
    given = vars(parser.parse_args(arguments))
    exit_with_parent, env = bool(given.pop("exit_with_parent")), bool(given.pop("env"))
    if not 0 <= given["fail_tiles"] <= 1:
        parser.error("--fail-tiles must be between 0 and 1")
    options = SandboxOptions(**{**given, "accounts": tuple(given["accounts"])})
    try:
        clients_of(options)
    except ValueError as error:
        parser.error(f"--account: {error}")
    return Command(options, exit_with_parent, env)


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until told to stop; the exit status."""
    command = parse(arguments)
    options = command.options
    gc.set_threshold(GARBAGE)
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr)
    done = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: done.set())
    parent = os.getppid()
    try:
        sandbox = Sandbox(options)
    except OSError as error:
        print(f"cannot listen on port {options.port} or {options.s3_port}: {error}", file=sys.stderr)
        return 1
    with sandbox:
        ready = exports(sandbox.endpoints) if command.env else json.dumps(sandbox.endpoints)
        print(ready, flush=True)
        while not done.wait(PARENT_POLL_SECONDS):
            if command.exit_with_parent and os.getppid() != parent:
                break
    return 0


if __name__ == "__main__":
    sys.exit(main())
