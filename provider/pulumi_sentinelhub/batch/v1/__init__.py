"""The batch API as it was until 2025: requests that can be deleted, tiles that can be listed."""
