"""Bring your own COG: collections of a user's files, and their tiles [BYOC docs; OpenAPI: /api/v1/byoc]."""

from __future__ import annotations

from .api import ByocApi
from .collections import ByocCollections
from .reader import BucketReader

__all__ = ["BucketReader", "ByocApi", "ByocCollections"]
