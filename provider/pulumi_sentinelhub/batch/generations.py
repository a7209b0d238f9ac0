"""The generations of the API that are spoken, by the name that the config key ``apiVersion`` has for each."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from .api import Generation
from .v1.codec import V1_API
from .v2.codec import V2_API

GENERATIONS: Final[Mapping[str, Generation]] = MappingProxyType({api.name: api for api in (V1_API, V2_API)})
#: What states of 0.1.0 are of, which name none.
FIRST: Final[Generation] = V1_API
