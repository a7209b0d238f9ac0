"""A world of buckets for every test here."""

from __future__ import annotations

import threading

import pytest

from pulumi_sentinelhub.s3.buckets import BucketClient
from tests.lifecycle.bucket.world import World
from tests.support.clock import HandClock
from tests.support.s3 import aws, buckets, cancel, clock, moto, other, s3, wire

__all__ = ["aws", "buckets", "cancel", "clock", "moto", "other", "s3", "wire"]


@pytest.fixture
def world(buckets: BucketClient, clock: HandClock, cancel: threading.Event) -> World:
    return World(buckets, clock, cancel)
