"""The providers by class path.

A state file holds ``pulumi_sentinelhub.dynamic.providers.<class>`` for each resource, pickled by name. So
these paths are kept for ever; and they are short, because the pickled form stands in the state of each
resource.
"""

from __future__ import annotations

from ..engine import forms
from ..lifecycle.contract import Lifecycle
from .provider import LifecycleProvider


class Bucket(LifecycleProvider):
    """Provider of OutputBucket."""

    def lifecycle(self) -> Lifecycle:
        """The bucket's lifecycle."""
        from ..lifecycle.bucket import OUTPUT_BUCKET

        return OUTPUT_BUCKET

    def form(self) -> forms.Form:
        """Its table."""
        return forms.BUCKET


class Request(LifecycleProvider):
    """Provider of BatchRequest."""

    def lifecycle(self) -> Lifecycle:
        """The request's lifecycle."""
        from ..lifecycle.request import BATCH_REQUEST

        return BATCH_REQUEST

    def form(self) -> forms.Form:
        """Its table."""
        return forms.REQUEST


class Run(LifecycleProvider):
    """Provider of BatchRun."""

    def lifecycle(self) -> Lifecycle:
        """The run's lifecycle."""
        from ..lifecycle.run.lifecycle import BATCH_RUN

        return BATCH_RUN

    def form(self) -> forms.Form:
        """Its table."""
        return forms.RUN


class Collection(LifecycleProvider):
    """Provider of BatchCollection."""

    def lifecycle(self) -> Lifecycle:
        """The collection's lifecycle."""
        from ..lifecycle.collection import BATCH_COLLECTION

        return BATCH_COLLECTION

    def form(self) -> forms.Form:
        """Its table."""
        return forms.COLLECTION


class Features(LifecycleProvider):
    """Provider of Features."""

    def lifecycle(self) -> Lifecycle:
        """The lifecycle of a file of features."""
        from ..lifecycle.features import FEATURES

        return FEATURES

    def form(self) -> forms.Form:
        """Its table."""
        return forms.FEATURES
