"""The version of the plugin: that of the distribution."""

from __future__ import annotations

from importlib import metadata
from typing import Final

DISTRIBUTION: Final = "pulumi-sentinelhub"


def _version() -> str:
    try:
        return metadata.version(DISTRIBUTION)
    except metadata.PackageNotFoundError:  # run from a checkout
        return "0.0.0"


VERSION: Final = _version()
