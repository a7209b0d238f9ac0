"""Providers that the real provider process unpickles by name: a lifecycle that does as its inputs say."""

from __future__ import annotations

import os
from typing import Any

from pulumi.dynamic import CreateResult, ResourceProvider

from pulumi_sentinelhub.dynamic import call, host
from pulumi_sentinelhub.dynamic.provider import LifecycleProvider
from pulumi_sentinelhub.engine.forms import Form
from pulumi_sentinelhub.lifecycle.contract import Lifecycle
from tests.support.lifecycles import FORM, FakeLifecycle

if os.environ.get("HOST_IS_DIFFERENT"):  # an SDK whose private parts have all moved
    call._HOST_MODULES = frozenset()

    def _moved() -> Any:
        raise host.Mismatch("everything has moved")

    host.find_server = _moved


class FakeProvider(LifecycleProvider):
    """Ours, with the fake lifecycle."""

    def lifecycle(self) -> Lifecycle:
        return FakeLifecycle()

    def form(self) -> Form:
        return FORM


class ForeignProvider(ResourceProvider):
    """Somebody else's dynamic provider in the same stack."""

    serialize_as_secret_always = False

    def create(self, props: dict[str, Any]) -> CreateResult:
        raise RuntimeError("a foreign defect")
