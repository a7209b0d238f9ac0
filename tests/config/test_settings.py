"""Where settings come from, and what is refused."""

from __future__ import annotations

import copy
import dataclasses
import json
import pickle
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from pulumi_sentinelhub.config.deployments import DEPLOYMENTS, TOKEN_PATH, Access
from pulumi_sentinelhub.config.settings import Credentials, Settings, resolve_settings
from pulumi_sentinelhub.errors import ConfigError

SECRET = "canary-secret-71c0"
PAIR = {"clientId": "stack-client", "clientSecret": SECRET}
ENV_PAIR = {"SH_CLIENT_ID": "env-client-1", "SH_CLIENT_SECRET": SECRET}
DELIVERY = {"deliveryAccessKeyId": "AKIASTACKCONFIG00001", "deliverySecretAccessKey": SECRET}
ENV_DELIVERY = {
    "SH_DELIVERY_ACCESS_KEY_ID": "AKIAENVIRONMENT00001",
    "SH_DELIVERY_SECRET_ACCESS_KEY": SECRET,
}


def resolved(
    config: dict[str, str], environ: dict[str, str] | None = None, profile: Path | None = None
) -> Settings:
    return resolve_settings(config.get, environ or {}, profile)


@pytest.fixture
def profile(tmp_path: Path) -> Callable[[str], Path]:
    def write(text: str) -> Path:
        path = tmp_path / "config.toml"
        path.write_text(text, encoding="utf-8")
        return path

    return write


PROFILE_TEXT = f"""
[default-profile]
sh_client_id = "profile-client"
sh_client_secret = "{SECRET}"
sh_base_url = "https://sh.dataspace.copernicus.eu"
[other]
sh_client_id = "other-client-1"
sh_client_secret = "{SECRET}"
"""


def test_the_stack_config_goes_before_the_environment_and_that_before_the_profile(
    profile: Callable[[str], Path],
) -> None:
    """Credentials come from the first of the three sources that has them."""
    path = profile(PROFILE_TEXT)
    found = [
        resolved(PAIR, ENV_PAIR, path).credentials,
        resolved({}, ENV_PAIR, path).credentials,
        resolved({}, {}, path).credentials,
        resolved({}, {"SH_PROFILE": "other"}, path).credentials,
        resolved({}, {}, path.with_name("absent.toml")).credentials,
    ]
    assert [(one.client_id, one.source) if one else None for one in found] == [
        ("stack-client", "stack config"),
        ("env-client-1", "environment"),
        ("profile-client", "profile"),
        ("other-client-1", "profile"),
        None,
    ]


@pytest.mark.parametrize(
    ("config", "environ", "missing"),
    [
        ({"clientId": "a"}, ENV_PAIR, "clientSecret"),
        ({"clientSecret": SECRET}, ENV_PAIR, "clientId"),
        ({"deliveryAccessKeyId": "AKIA"}, ENV_DELIVERY, "deliverySecretAccessKey"),
        ({"deliverySecretAccessKey": SECRET}, ENV_DELIVERY, "deliveryAccessKeyId"),
        ({}, {"SH_DELIVERY_SECRET_ACCESS_KEY": SECRET}, "SH_DELIVERY_ACCESS_KEY_ID"),
        ({}, {"SH_CLIENT_ID": "a"}, "SH_CLIENT_SECRET"),
        ({}, {"SH_CLIENT_SECRET": SECRET}, "SH_CLIENT_ID"),
    ],
)
def test_id_and_secret_are_never_mixed(config: dict[str, str], environ: dict[str, str], missing: str) -> None:
    """Half of a pair is an error that names the other half, even when a later source has both."""
    with pytest.raises(ConfigError) as caught:
        resolved(config, environ)
    assert caught.value.subject == missing
    assert SECRET not in str(caught.value)


def test_the_default_profile_is_looked_for_in_the_home_of_the_environment(tmp_path: Path) -> None:
    """sentinelhub-py's own file is found without being named."""
    folder = tmp_path / ".config" / "sentinelhub"
    folder.mkdir(parents=True)
    (folder / "config.toml").write_text(PROFILE_TEXT, encoding="utf-8")
    found = resolve_settings(lambda _: None, {"HOME": str(tmp_path)})
    assert found.credentials is not None
    assert found.credentials.source == "profile"
    assert found.deployment.name == "cdse"


@pytest.mark.parametrize(
    ("text", "environ"), [(f'sh_client_secret = "{SECRET}" [', {}), (PROFILE_TEXT, {"SH_PROFILE": "absent"})]
)
def test_a_profile_file_that_cannot_be_used_is_named(
    profile: Callable[[str], Path], text: str, environ: dict[str, str]
) -> None:
    """Broken TOML and an absent SH_PROFILE are errors that name the file and quote nothing of it."""
    path = profile(text)
    with pytest.raises(ConfigError) as caught:
        resolved({}, environ, path)
    assert str(path) in str(caught.value)
    assert SECRET not in str(caught.value)


def test_without_a_toml_reader_only_a_needed_file_is_an_error(
    profile: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Python 3.10 without tomli fails only where the profile file is the last resort."""
    monkeypatch.setitem(sys.modules, "tomllib", None)
    monkeypatch.setitem(sys.modules, "tomli", None)
    path = profile(PROFILE_TEXT)
    assert resolved({}, ENV_PAIR, path).credentials is not None
    with pytest.raises(ConfigError, match="tomli"):
        resolved({}, {}, path)


CDSE, AWS = DEPLOYMENTS["cdse"], DEPLOYMENTS["aws-eu-central-1"]
OWN, LOCAL = "https://hub.example", "http://127.0.0.1:81"


@pytest.mark.parametrize(
    ("config", "environ", "base_url", "token_url", "deployment"),
    [
        ({}, {}, AWS.base_url, AWS.token_url, AWS.name),
        ({"deployment": "cdse"}, {}, CDSE.base_url, CDSE.token_url, "cdse"),
        ({"baseUrl": CDSE.base_url + "/"}, {}, CDSE.base_url, CDSE.token_url, "cdse"),
        ({"baseUrl": OWN}, {}, OWN, OWN + TOKEN_PATH, AWS.name),
        ({}, {"SH_BASE_URL": LOCAL}, LOCAL, LOCAL + TOKEN_PATH, AWS.name),
        ({"deployment": "cdse"}, {"SH_BASE_URL": LOCAL}, LOCAL, LOCAL + TOKEN_PATH, "cdse"),
        ({"tokenUrl": OWN}, {"SH_TOKEN_URL": LOCAL}, AWS.base_url, OWN, AWS.name),
        ({}, {"SH_TOKEN_URL": LOCAL}, AWS.base_url, LOCAL, AWS.name),
    ],
)
def test_urls_follow_the_deployment_unless_overridden(
    config: dict[str, str], environ: dict[str, str], base_url: str, token_url: str, deployment: str
) -> None:
    """An overridden base URL brings its own token URL: the secret does not go to another host."""
    found = resolved(config, environ)
    assert (found.base_url, found.token_url, found.deployment.name) == (base_url, token_url, deployment)


def test_a_configured_deployment_goes_before_the_profile(profile: Callable[[str], Path]) -> None:
    """The profile's URLs hold only where nothing else says which deployment it is."""
    assert resolved({}, {}, profile(PROFILE_TEXT)).base_url == CDSE.base_url
    found = resolved({"deployment": "aws-us-west-2"}, {}, profile(PROFILE_TEXT))
    assert found.base_url == DEPLOYMENTS["aws-us-west-2"].base_url


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ({"baseUrl": "http://hub.example"}, "plain HTTP"),
        ({"tokenUrl": "http://10.0.0.1/token"}, "plain HTTP"),
        ({"baseUrl": "http://127.0.0.1.example"}, "plain HTTP"),
        ({"baseUrl": "ftp://hub.example"}, "https://"),
        ({"baseUrl": "hub.example"}, "https://"),
        ({"baseUrl": f"https://user:{SECRET}@hub.example"}, "without user"),
        ({"baseUrl": "https://hub.example:port"}, "https://"),
        ({"deployment": "mars"}, "aws-eu-central-1"),
        ({"apiVersion": "v2", "deployment": "creodias"}, "creodias serves v1 alone"),
        ({"deliveryExternalId": "two words"}, "blanks"),
        ({"deliveryPrincipal": "arn:\x1b[31m"}, "one word"),
        ({"apiVersion": "v9"}, "v9"),
        ({"pollInterval": "often"}, "often"),
        ({"pollInterval": "0"}, "positive"),
        ({"pollInterval": "inf"}, "positive"),
        ({"callsPerMinute": "0"}, "positive number of calls"),
        ({"callsPerMinute": "many"}, "many"),
    ],
)
def test_wrong_values_are_named(config: dict[str, str], words: str) -> None:
    """Each wrong value is a ConfigError that names its key and shows no secret."""
    with pytest.raises(ConfigError) as caught:
        resolved(config)
    assert words in str(caught.value)
    assert caught.value.subject == next(iter(config))
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.9.1", "localhost", "[::1]"])
def test_plain_http_is_for_this_machine(host: str) -> None:
    """Loopback hosts may be called without TLS."""
    assert resolved({"baseUrl": f"http://{host}:8080"}).base_url == f"http://{host}:8080"


@pytest.mark.parametrize("bad", ["a\nb", "a\x1b[31m", "a\udcffb", "a\u200bb", "a\xa0b"])
def test_credentials_are_text_that_can_be_sent(bad: str) -> None:
    """What no form can hold is an error that names the key and its source, and shows nothing of it."""
    for pair in ({**PAIR, "clientSecret": SECRET + bad}, {**PAIR, "clientId": bad + SECRET}):
        with pytest.raises(ConfigError, match="stack config") as caught:
            resolved(pair)
        assert SECRET not in str(caught.value) + repr(caught.value)


def test_delivery_keys_come_from_the_stack_config_or_the_environment() -> None:
    """The first of the two that has them; without any, a role or a policy has to do."""
    both = resolved(DELIVERY, ENV_DELIVERY).delivery
    environment = resolved({}, ENV_DELIVERY).delivery
    assert both is not None
    assert environment is not None
    assert (both.access_key_id, both.secret_access_key, both.source) == (
        DELIVERY["deliveryAccessKeyId"],
        SECRET,
        "stack config",
    )
    assert environment.source == "environment"
    assert resolved(PAIR, ENV_PAIR).delivery is None


def test_a_roles_principal_and_external_id_are_settings() -> None:
    """What the vendor publishes for customers only is given, and is nothing where it is not."""
    found = resolved({"deliveryPrincipal": "arn:aws:iam::1:root", "deliveryExternalId": " an-id "})
    assert (found.delivery_principal, found.delivery_external_id) == ("arn:aws:iam::1:root", "an-id")
    assert (resolved({}).delivery_principal, resolved({}).delivery_external_id) == (None, None)


@pytest.mark.parametrize("name", DEPLOYMENTS)
@pytest.mark.parametrize("version", ["v1", "v2"])
def test_a_deployment_serves_what_its_row_says(name: str, version: str) -> None:
    """What is served is taken, with its ways into a bucket; for what is not, the ways out are named."""
    ways = {
        ("aws-eu-central-1", "v2"): {Access.ROLE, Access.KEYS},
        ("aws-us-west-2", "v2"): {Access.ROLE, Access.KEYS},
        ("cdse", "v2"): {Access.KEYS},
        ("creodias", "v2"): set(),
    }.get((name, version), {Access.POLICY})
    assert set(DEPLOYMENTS[name].access(version)) == ways
    given = {"deployment": name, "apiVersion": version}
    if ways:
        assert resolved(given).api_version == version
        return
    with pytest.raises(ConfigError) as caught:
        resolved(given)
    assert "Set sentinelhub:apiVersion to v1, or sentinelhub:deployment" in str(caught.value)
    assert "cdse" in str(caught.value)


def test_poll_interval_is_in_seconds() -> None:
    """Text of the config becomes a number."""
    assert resolved({"pollInterval": "2.5"}).poll_interval == 2.5
    assert resolved({}).poll_interval is None


def test_calls_per_minute_are_what_a_plan_lets_through() -> None:
    """Without a word it is the published rate; a plan may have another."""
    assert resolved({}).calls_per_minute == 600
    assert resolved({"callsPerMinute": "10"}).calls_per_minute == 10


def test_credentials_cannot_be_spelled_out_by_accident() -> None:
    """No repr, asdict, JSON, pickle or deep copy of the settings gives the secret away."""
    found = resolved({**PAIR, **DELIVERY})
    assert found.credentials is not None
    assert found.delivery is not None
    shown = [
        repr(found),
        str(found),
        repr(dataclasses.asdict(found)),
        json.dumps(dataclasses.asdict(found), default=str),
    ]
    assert not any(SECRET in text for text in shown)
    assert copy.deepcopy(found.credentials) is found.credentials
    for thing in (found, found.credentials, found.delivery):
        for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
            with pytest.raises(TypeError, match="never pickled"):
                pickle.dumps(thing, protocol)


def test_equal_settings_are_one_key() -> None:
    """Settings can key a cache: the secret counts, its source does not."""
    assert Credentials("a", "b", "x") == Credentials("a", "b", "y")
    assert Credentials("a", "b", "x") != Credentials("a", "c", "x")
    assert len({resolved(PAIR), resolved(PAIR), resolved({}, ENV_PAIR)}) == 2
