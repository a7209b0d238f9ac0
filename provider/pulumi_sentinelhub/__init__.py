"""Sentinel Hub batch jobs as infrastructure: a Pulumi dynamic provider."""
