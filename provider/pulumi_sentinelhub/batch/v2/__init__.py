"""Batch API v2."""
