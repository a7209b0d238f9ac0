"""boto3 clients, and what boto3's own failures look like to a user."""

from __future__ import annotations

import os
import socketserver
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import botocore.exceptions as raised
import pytest

from pulumi_sentinelhub.config.deployments import DEPLOYMENTS
from pulumi_sentinelhub.errors import BucketError
from pulumi_sentinelhub.s3.buckets import BucketClient
from pulumi_sentinelhub.s3.client import S3Clients, is_loopback
from pulumi_sentinelhub.s3.faults import redacted, translated
from pulumi_sentinelhub.waiting.patience import Patience
from tests.support.clock import HandClock
from tests.support.s3 import ACCESS_KEY, DEPLOYMENT, OURS, REGION, SECRET_KEY, Wire

CDSE = DEPLOYMENTS["cdse"]


def test_importing_the_package_imports_no_boto3() -> None:
    """The provider process starts without boto3; it comes with the first call."""
    program = (
        "import sys, pulumi_sentinelhub.s3.buckets, pulumi_sentinelhub.lifecycle.bucket\n"
        "sys.exit(any(name in sys.modules for name in ('boto3', 'botocore', 'tenacity')))"
    )
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    assert (
        subprocess.run([sys.executable, "-c", program], env=environ, check=False, timeout=300).returncode == 0
    )


def test_all_threads_share_one_client_a_region(aws: str) -> None:
    """However many threads ask first, one client is made for each region."""
    clients, barrier = S3Clients(DEPLOYMENT), threading.Barrier(8)
    made: list[Any] = []

    def ask() -> None:
        barrier.wait()
        made.append(clients.client(REGION))

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=120)
    assert len(made) == 8
    assert len({id(client) for client in made}) == 1
    assert clients.client("us-west-2") is not made[0]


def test_the_deployments_endpoint_is_used_unless_the_environment_names_one(
    aws: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """AWS_ENDPOINT_URL_S3 comes first, then the deployment's own store, then AWS."""
    assert BucketClient(CDSE).endpoint() == aws
    monkeypatch.delenv("AWS_ENDPOINT_URL_S3")
    assert BucketClient(CDSE).endpoint() == CDSE.bucket_endpoint
    assert BucketClient(DEPLOYMENT).endpoint() == "https://s3.eu-central-1.amazonaws.com"


def test_attempts_and_times_are_bounded(aws: str) -> None:
    """No call can hang or be repeated for ever."""
    config: Any = S3Clients(DEPLOYMENT).client(REGION).meta.config
    assert config.retries == {"mode": "standard", "total_max_attempts": 6}
    assert (config.connect_timeout, config.read_timeout) == (10, 60)


def test_an_operation_for_another_deployment_goes_there(aws: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A bucket declared for one deployment is still reached after the stack has turned to another."""
    monkeypatch.delenv("AWS_ENDPOINT_URL_S3")
    client = BucketClient(DEPLOYMENT)
    assert client.bound(Patience(HandClock()), CDSE).endpoint() == CDSE.bucket_endpoint
    assert client.bound(Patience(HandClock()), DEPLOYMENT).endpoint() == client.endpoint()


def test_other_stores_are_given_no_region_and_no_tls_rule(aws: str) -> None:
    """On a store that is not AWS's, the endpoint decides the place, and TLS may end before the store."""
    buckets = BucketClient(CDSE, clients=S3Clients(CDSE, attempts=1)).bound(Patience(HandClock()))
    wire = Wire(buckets._s3)
    wire.before("CreateBucket", lambda: (type("R", (), {"status_code": 200, "headers": {}})(), {}))
    wire.fail("PutBucketTagging", "AccessDenied", 403)
    with pytest.raises(BucketError):
        buckets.create("results", OURS)
    assert ("CreateBucket", {"Bucket": "results"}) in wire.calls
    assert buckets._tls_only is False
    assert buckets.region_of("results") is None


def test_the_owner_is_expected_where_the_account_is_known(aws: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """With STS at hand every call on a bucket of ours carries the account, so S3 refuses another owner's."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", aws)
    buckets = BucketClient(DEPLOYMENT).bound(Patience(HandClock()))
    wire = Wire(buckets._s3)
    buckets.create("results", OURS)
    assert buckets.delete("results", OURS)
    assert {params.get("ExpectedBucketOwner") for name, params in wire.calls if name != "CreateBucket"} == {
        "123456789012"
    }


class Proxy(socketserver.ThreadingTCPServer):
    """Takes note of whoever comes by, and lets nobody through."""

    def __init__(self) -> None:
        self.seen: list[str] = []
        super().__init__(("127.0.0.1", 0), _NoteTaker)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class _NoteTaker(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        cast("Proxy", self.server).seen.append(self.rfile.readline().decode())
        self.wfile.write(b"HTTP/1.0 502 Bad Gateway\r\n\r\n")


@pytest.fixture
def proxy(monkeypatch: pytest.MonkeyPatch) -> Iterator[Proxy]:
    """A proxy that the environment names for everything."""
    server = Proxy()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy"):
        monkeypatch.setenv(name, server.url)
    yield server
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("where", ["S3 variable", "common variable", "config file"])
def test_no_proxy_sees_what_goes_to_this_machine(
    aws: str, proxy: Proxy, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, where: str
) -> None:
    """With a loopback endpoint, however it was given, credentials and objects pass no proxy."""
    if where != "S3 variable":
        monkeypatch.delenv("AWS_ENDPOINT_URL_S3")
    if where == "common variable":
        monkeypatch.setenv("AWS_ENDPOINT_URL", aws)  # STS is asked there, too
    if where == "config file":
        (tmp_path / "config").write_text(f"[default]\nendpoint_url = {aws}\n")
        monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    buckets = BucketClient(DEPLOYMENT, clients=S3Clients(DEPLOYMENT, attempts=1)).bound(Patience(HandClock()))
    assert buckets.create("results", OURS)
    assert proxy.seen == []


def test_what_goes_elsewhere_passes_the_proxy(
    aws: str, proxy: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A store on another machine is reached through the user's proxy, as before."""
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "http://s3.example.invalid")
    buckets = BucketClient(DEPLOYMENT, clients=S3Clients(DEPLOYMENT, attempts=1)).bound(Patience(HandClock()))
    with pytest.raises(BucketError):
        buckets.create("results", OURS)
    assert "s3.example.invalid" in proxy.seen[0]


@pytest.mark.parametrize(
    ("url", "here"),
    [
        ("http://localhost:5000", True),
        ("http://LOCALHOST.", True),
        ("http://s3.localhost:1", True),
        ("http://127.3.2.1", True),
        ("http://[::1]:9000/", True),
        ("http://localhost.example.org", False),
        ("http://127.0.0.1.example.org", False),
        ("http://user@example.org/127.0.0.1", False),
        ("http://10.0.0.1", False),
        ("", False),
    ],
)
def test_this_machine_is_told_from_others(url: str, here: bool) -> None:
    """Names and addresses of the loopback network, and nothing that only looks so."""
    assert is_loopback(url) is here


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (raised.NoCredentialsError(), "NoCredentialsError", "boto3's standard chain"),
        (
            raised.PartialCredentialsError(provider="env", cred_var="x"),
            "PartialCredentialsError",
            "AWS_PROFILE",
        ),
        (raised.ProfileNotFound(profile="p"), "ProfileNotFound", "correct AWS_PROFILE"),
        (raised.UnauthorizedSSOTokenError(), "UnauthorizedSSOTokenError", "aws sso login"),
        (raised.EndpointConnectionError(endpoint_url="http://h"), "Unreachable", "AWS_ENDPOINT_URL_S3"),
        (raised.ConnectTimeoutError(endpoint_url="http://h"), "Unreachable", "AWS_ENDPOINT_URL_S3"),
        (raised.ReadTimeoutError(endpoint_url="http://h"), "Unreachable", "AWS_ENDPOINT_URL_S3"),
        (raised.SSLError(endpoint_url="http://h", error=OSError("e")), "Unreachable", "AWS_ENDPOINT_URL_S3"),
    ],
)
def test_failures_of_boto3_say_what_to_do(error: Exception, code: str, said: str) -> None:
    """Whatever boto3 raises becomes one BucketError with the bucket, its words and the next step."""
    with pytest.raises(BucketError) as caught, translated("cannot make bucket", "results"):
        raise error
    assert caught.value.code == code
    assert "cannot make bucket results" in str(caught.value)
    assert said.lower() in str(caught.value).lower()


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("AccessDenied", "allow s3:PutBucketPolicy"),
        ("NoSuchBucket", "pulumi refresh"),
        ("BucketAlreadyExists", "choose another name"),
        ("BucketAlreadyOwnedByYou", "choose another name"),
        ("SlowDown", "later"),
        ("ExpiredToken", "renew the AWS credentials"),
        ("InvalidAccessKeyId", "correct the AWS credentials"),
        ("SignatureDoesNotMatch", "correct the AWS credentials"),
        ("PermanentRedirect", "another region"),
        ("IllegalLocationConstraintException", "another region"),
        ("SomethingNew", "see what S3 says"),
    ],
)
def test_refusals_of_s3_say_what_to_do(code: str, said: str) -> None:
    """Each code is told with S3's own words and its fix."""
    answer: Any = {"Error": {"Code": code, "Message": "its own words"}}
    with pytest.raises(BucketError) as caught, translated("cannot set the policy of bucket", "results"):
        raise raised.ClientError(answer, "PutBucketPolicy")
    assert caught.value.code == code
    assert caught.value.__cause__ is None
    for part in ("results", "its own words", code, said):
        assert part.lower() in str(caught.value).lower()


def test_the_words_of_s3_are_shown_fit() -> None:
    """Control characters and newlines in S3's words reach no terminal, and long ones are cut."""
    answer: Any = {"Error": {"Code": "Odd\n", "Message": "a\x1b[2J\r\n::error::b" + "c" * 5_000}}
    with pytest.raises(BucketError) as caught, translated("cannot make bucket", "results"):
        raise raised.ClientError(answer, "CreateBucket")
    assert "a\\x1b[2J\\r\\n: :error::b" in str(caught.value)
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 800


def test_an_unreachable_store_is_one_clear_error(aws: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody listening ends in one message, and asking for a region in None."""
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:9")
    buckets = BucketClient(DEPLOYMENT, clients=S3Clients(DEPLOYMENT, attempts=1)).bound(Patience(HandClock()))
    with pytest.raises(BucketError, match=r"cannot look at bucket results.*127\.0\.0\.1:9"):
        buckets.create("results", OURS)
    assert buckets.region_of("results") is None


def test_no_credentials_are_one_clear_error(aws: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without AWS credentials the message says where boto3 looks for them."""
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    buckets = BucketClient(DEPLOYMENT).bound(Patience(HandClock()))
    with pytest.raises(BucketError, match=r"results.*boto3's standard chain"):
        buckets.create("results", OURS)
    assert buckets.region_of("results") is None


def test_a_wrong_profile_is_one_clear_error(aws: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A profile that does not exist is named."""
    monkeypatch.setenv("AWS_PROFILE", "missing")
    with pytest.raises(BucketError, match=r"missing.*AWS_PROFILE"):
        BucketClient(DEPLOYMENT).bound(Patience(HandClock())).create("results", OURS)


@pytest.mark.parametrize(
    "text",
    [
        f"The key {ACCESS_KEY} does not exist",
        f"bad {SECRET_KEY}",
        "http://h/?AWSAccessKeyId=0123abcd&Signature=abc%3D",
        "Credential=deadbeef/2026/eu",
        "http://user:hunter2@host/",
    ],
)
def test_no_credential_is_in_a_message(aws: str, text: str) -> None:
    """Keys, signatures and user info are cut out of whatever S3 or boto3 says."""
    for secret in (ACCESS_KEY, SECRET_KEY, "0123abcd", "abc%3D", "deadbeef", "hunter2"):
        assert secret not in redacted(text)
    assert "…" in redacted(text)
