"""A local Sentinel Hub and S3 for trying and testing programs: ``python -m sentinelhub_sandbox``."""

from __future__ import annotations

from .accounts import OAuthClient
from .options import SandboxOptions
from .sandbox import Sandbox

__all__ = ["OAuthClient", "Sandbox", "SandboxOptions"]
