"""The generations of the batch API that preview knows: one row and one folder each."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from . import v1, v2
from .room import Room

#: By the value of the config key ``apiVersion``.
ROOMS: Final[Mapping[str, Room]] = MappingProxyType({"v1": v1.ROOM, "v2": v2.ROOM})
DEFAULT: Final = "v1"
