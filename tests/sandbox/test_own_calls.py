"""The service's own AWS calls."""

from __future__ import annotations

from pathlib import Path

import pytest

from sentinelhub_sandbox import own_calls
from sentinelhub_sandbox.httpd import Answer, Environ
from sentinelhub_sandbox.own_calls import Credentials, own_client


def test_the_users_settings_are_about_the_users_calls(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither a profile that is not there nor what stands in the shared files changes the service's calls."""
    config = tmp_path / "config"
    config.write_text("[default]\ns3 =\n  addressing_style = virtual\nregion = nowhere\n")
    monkeypatch.setenv("AWS_PROFILE", "nobody")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    own_calls._session.cache_clear()
    seen: list[str] = []

    def answer(environ: Environ) -> Answer:
        seen.append(f"{environ['PATH_INFO']} {environ['HTTP_AUTHORIZATION']}")
        return Answer(200, (), b"")

    client = own_client(
        "s3",
        "eu-central-1",
        Credentials("KEY", "secret"),
        endpoint_url="http://127.0.0.1:1",
        application=answer,
    )
    client.head_object(Bucket="bucket", Key="key")
    (call,) = seen
    assert call.startswith("/bucket/key AWS4-HMAC-SHA256 Credential=KEY/")
    assert "/eu-central-1/s3/" in call
