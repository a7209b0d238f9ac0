"""Check, diff, create, read, update and delete of each resource: pure, without Pulumi."""
