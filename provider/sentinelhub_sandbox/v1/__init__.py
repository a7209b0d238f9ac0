"""Batch processing v1: requests with tiles and estimates, and batch collections."""
