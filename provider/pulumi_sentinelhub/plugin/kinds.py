"""The resources of the plugin: token, table, lifecycle, what an import does."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from ..engine import forms
from ..engine.forms import Form
from ..errors import Unfinished
from ..lifecycle.context import Context
from ..lifecycle.contract import Lifecycle, Remote

PACKAGE: Final = "sentinelhub"

# Modules that two threads begin to import at once may find each other half done.
_loading: Final = threading.Lock()

Importer = Callable[[Context, str, Mapping[str, Any]], "Remote | None"]
"""Finds what is imported by its id; None where there is no such thing."""


def _never(_: Unfinished) -> bool:
    """Its id would be lost."""
    return False


@dataclass(frozen=True)
class Kind:
    """One kind of resource.

    Attributes:
        name: of its type.
        form: its table.
        load: gives its lifecycle; called when it is first needed.
        load_importer: gives what finds an object that is to be imported.
        refreshes: whether the engine reads it before it compares, so that what others did shows.
        comes_later: tells of an operation that failed whether the engine may forget it until the next update.
    """

    name: str
    form: Form
    load: Callable[[], Lifecycle]
    load_importer: Callable[[], Importer]
    refreshes: bool = False
    comes_later: Callable[[Unfinished], bool] = _never

    @property
    def token(self) -> str:
        """Its type in the plugin."""
        return f"{PACKAGE}:index:{self.name}"

    @property
    def dynamic_type(self) -> str:
        """Its type in the dynamic provider."""
        return f"pulumi-python:dynamic/{PACKAGE}:{self.name}"

    @property
    def lifecycle(self) -> Lifecycle:
        """Its lifecycle; the engine calls from many threads, of which one at a time imports."""
        with _loading:
            return self.load()

    @property
    def importer(self) -> Importer:
        """What finds an object that is to be imported, by its id and the inputs that no user writes."""
        with _loading:
            return self.load_importer()


def _bucket() -> Lifecycle:
    from ..lifecycle.bucket import OUTPUT_BUCKET

    return OUTPUT_BUCKET


def _request() -> Lifecycle:
    from ..lifecycle.request import BATCH_REQUEST

    return BATCH_REQUEST


def _run() -> Lifecycle:
    from ..lifecycle.run.lifecycle import BATCH_RUN

    return BATCH_RUN


def _run_comes_later(error: Unfinished) -> bool:
    from ..lifecycle.run.later import comes_later

    return comes_later(error)


def _collection() -> Lifecycle:
    from ..lifecycle.collection import BATCH_COLLECTION

    return BATCH_COLLECTION


def _features() -> Lifecycle:
    from ..lifecycle.features import FEATURES

    return FEATURES


def _importer(name: str) -> Callable[[], Importer]:
    def load() -> Importer:
        from ..lifecycle import imports

        found: Importer = getattr(imports, name)
        return found

    return load


BUCKET: Final = Kind("OutputBucket", forms.BUCKET, _bucket, _importer("import_bucket"))
REQUEST: Final = Kind("BatchRequest", forms.REQUEST, _request, _importer("import_request"), refreshes=True)
RUN: Final = Kind(
    "BatchRun", forms.RUN, _run, _importer("import_run"), refreshes=True, comes_later=_run_comes_later
)
COLLECTION: Final = Kind("BatchCollection", forms.COLLECTION, _collection, _importer("import_collection"))
FEATURES: Final = Kind("Features", forms.FEATURES, _features, _importer("import_features"))

KINDS: Final[Mapping[str, Kind]] = {kind.token: kind for kind in (BUCKET, REQUEST, RUN, COLLECTION, FEATURES)}


def dynamic_urn(urn: str) -> str:
    """The urn that a resource would have in the dynamic provider, and its parents, too."""
    head, found, rest = urn.partition("::")
    project, found_too, rest = rest.partition("::")
    types, found_name, name = rest.partition("::")
    if not (found and found_too and found_name):
        return urn
    dynamic = [KINDS[token].dynamic_type if token in KINDS else token for token in types.split("$")]
    return f"{head}::{project}::{'$'.join(dynamic)}::{name}"
