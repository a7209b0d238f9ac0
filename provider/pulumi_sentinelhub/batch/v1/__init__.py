"""Batch API version 1: client, payload, prices."""
