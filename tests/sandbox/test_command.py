"""The command: its ready line, its flags and its end."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import requests

from sentinelhub_sandbox import SandboxOptions
from sentinelhub_sandbox.__main__ import Command, parse

PROVIDER = Path(__file__).parents[2] / "provider"
MEMBERS = {
    "base_url",
    "token_url",
    "s3_endpoint_url",
    "client_id",
    "client_secret",
    "aws_access_key_id",
    "aws_secret_access_key",
    "region",
    "aws_endpoint_url",
    "assume_principal",
    "external_id",
    "accounts",
}


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_one_ready_line_then_a_clean_end(number: signal.Signals) -> None:
    """One JSON line on stdout, nothing on stderr, exit status 0 after a signal, with a client connected."""
    command = [sys.executable, "-m", "sentinelhub_sandbox", "--client-id", "me", "--seed", "3"]
    environment = {**os.environ, "PYTHONPATH": str(PROVIDER)}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    ) as process:
        try:
            assert process.stdout is not None
            ready = json.loads(process.stdout.readline())
            assert set(ready) == MEMBERS
            assert (ready["client_id"], ready["region"]) == ("me", "eu-central-1")
            with requests.Session() as session:
                form = {"grant_type": "client_credentials", "client_id": "me"}
                form["client_secret"] = ready["client_secret"]
                assert session.post(ready["token_url"], data=form, timeout=60).status_code == 200
                process.send_signal(number)
                out, err = process.communicate(timeout=120)
        finally:
            process.kill()
    assert (process.returncode, out, err) == (0, "", "")


def test_the_environment_of_a_program() -> None:
    """With --env it prints lines that a shell reads, in place of the JSON line."""
    command = [sys.executable, "-m", "sentinelhub_sandbox", "--env", "--client-secret", "a b"]
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(PROVIDER)}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
        try:
            assert process.stdout is not None
            lines = [process.stdout.readline() for _ in range(12)]
        finally:
            process.terminate()
    script = "".join(lines) + "env"
    done = subprocess.run(["/bin/sh", "-c", script], capture_output=True, text=True, env={}, check=True)
    found = dict(line.split("=", 1) for line in done.stdout.splitlines())
    assert found["SH_CLIENT_SECRET"] == "a b"
    assert found["SH_BASE_URL"].startswith("http://127.0.0.1:")
    assert {name.partition("_")[0] for name in found} >= {"SH", "AWS"}


def test_nothing_heavy_is_imported_before_it_is_needed() -> None:
    """A sandbox that is ready, and one that ends unused, has neither moto nor what computes pixels."""
    heavy = ("moto", "boto3", "numpy", "rasterio", "shapely", "numcodecs", "py_mini_racer")
    code = (
        "import sys; from sentinelhub_sandbox import Sandbox; sandbox = Sandbox().start(); sandbox.stop(); "
        f"print([name for name in {heavy} if name in sys.modules])"
    )
    environment = {**os.environ, "PYTHONPATH": str(PROVIDER)}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=True
    )
    assert done.stdout == "[]\n"


def test_a_taken_port_is_told() -> None:
    """One line on stderr, exit status 1."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        command = [sys.executable, "-m", "sentinelhub_sandbox", "--port", str(taken.getsockname()[1])]
        environment = {**os.environ, "PYTHONPATH": str(PROVIDER)}
        ended = subprocess.run(
            command, capture_output=True, text=True, env=environment, timeout=240, check=False
        )
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr.startswith("cannot listen on port")
    assert len(ended.stderr.splitlines()) == 1


def test_flags_are_options() -> None:
    """Each flag of the command sets the option of its name; without flags the defaults hold."""
    assert parse([]) == Command(SandboxOptions(), exit_with_parent=False, env=False)
    flags = "--port 1 --s3-port 2 --client-id a --client-secret b --latency-ms 3 --analysis-seconds 4"
    flags += " --processing-seconds 5 --rate-limit 6 --token-seconds 7 --fail-tiles 0.5"
    flags += " --stale-reads-seconds 8 --seed 9 --exit-with-parent --account c:d --account e:f:g"
    flags += " --pixels flat --ingestion-seconds 10 --metadata-seconds 11 --assume-principal g"
    flags += " --external-id h --bucket-faults refused"
    expected = SandboxOptions(
        port=1,
        s3_port=2,
        client_id="a",
        client_secret="b",
        latency_ms=3.0,
        analysis_seconds=4.0,
        processing_seconds=5.0,
        rate_limit=6.0,
        token_seconds=7.0,
        fail_tiles=0.5,
        stale_reads_seconds=8.0,
        seed=9,
        pixels="flat",
        ingestion_seconds=10.0,
        metadata_seconds=11.0,
        assume_principal="g",
        external_id="h",
        bucket_faults="refused",
        accounts=("c:d", "e:f:g"),
    )
    assert parse([*flags.split(), "--env"]) == Command(expected, exit_with_parent=True, env=True)
    for wrong in (
        "--fail-tiles 2",
        "--account c",
        "--account c:",
        "--account c:d --account c:e",
        "--pixels none",
        "--bucket-faults never",
    ):
        with pytest.raises(SystemExit):
            parse(wrong.split())


def test_processes_have_accounts_of_their_own() -> None:
    """Two sandboxes started alike differ in their default account; a named account is the same in both."""
    accounts = []
    for _ in range(2):
        command = [sys.executable, "-m", "sentinelhub_sandbox", "--account", "second:secret:partner"]
        environment = {**os.environ, "PYTHONPATH": str(PROVIDER)}
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
            try:
                assert process.stdout is not None
                ready = json.loads(process.stdout.readline())
            finally:
                process.kill()
        accounts.append([account["account"] for account in ready["accounts"]])
    (first, partner), (second, same_partner) = accounts
    assert first != second
    assert partner == same_partner
    assert partner not in {first, second}
