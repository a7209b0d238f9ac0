"""Every operation of every lifecycle; each says itself what a good outcome of a fault is."""

from tests.faults.operations import collections, requests, runs

OPERATIONS = (*requests.OPERATIONS, *runs.OPERATIONS, *collections.OPERATIONS)
