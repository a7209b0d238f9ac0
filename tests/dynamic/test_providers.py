"""The persisted form of the providers."""

from __future__ import annotations

import base64

import dill
import pytest
from pulumi.dynamic.dynamic import serialize_provider

from pulumi_sentinelhub.dynamic import providers, timeouts
from pulumi_sentinelhub.dynamic.provider import LifecycleProvider

# What state files hold since version 0.1.0, or a later one. Never change a line of this table.
RECORDED = {
    providers.Bucket: (
        "gASVNgAAAAAAAACMJHB1bHVtaV9zZW50aW5lbGh1Yi5keW5hbWljLnByb3ZpZGVyc5SMBkJ1Y2tldJSTlCmBlC4="
    ),
    providers.Request: (
        "gASVNwAAAAAAAACMJHB1bHVtaV9zZW50aW5lbGh1Yi5keW5hbWljLnByb3ZpZGVyc5SMB1JlcXVlc3SUk5QpgZQu"
    ),
    providers.Run: "gASVMwAAAAAAAACMJHB1bHVtaV9zZW50aW5lbGh1Yi5keW5hbWljLnByb3ZpZGVyc5SMA1J1bpSTlCmBlC4=",
    providers.Collection: (
        "gASVOgAAAAAAAACMJHB1bHVtaV9zZW50aW5lbGh1Yi5keW5hbWljLnByb3ZpZGVyc5SMCkNvbGxlY3Rpb26Uk5QpgZQu"
    ),
    providers.Features: (
        "gASVOAAAAAAAAACMJHB1bHVtaV9zZW50aW5lbGh1Yi5keW5hbWljLnByb3ZpZGVyc5SMCEZlYXR1cmVzlJOUKYGULg=="
    ),
}


@pytest.mark.parametrize(("provider", "recorded"), RECORDED.items())
def test_a_recorded_provider_still_loads(provider: type[LifecycleProvider], recorded: str) -> None:
    """A state file of any released version finds its provider."""
    assert type(dill.loads(base64.b64decode(recorded))) is provider


@pytest.mark.parametrize("provider", RECORDED)
def test_a_provider_is_kept_as_a_short_name(provider: type[LifecycleProvider]) -> None:
    """The pickle holds the class path alone: under 100 characters, without state, not a secret."""
    pickled = serialize_provider(provider())
    assert len(pickled) < 100
    assert provider.__qualname__.encode() in base64.b64decode(pickled)
    assert vars(provider()) == {}
    assert provider.serialize_as_secret_always is False


@pytest.mark.parametrize("provider", RECORDED)
def test_each_provider_finds_its_lifecycle(provider: type[LifecycleProvider]) -> None:
    """The lifecycle that a provider names declares its fields, and none that is the adapter's own."""
    names = {field.name for field in provider().lifecycle().fields}
    assert names
    assert timeouts.KEY not in names
