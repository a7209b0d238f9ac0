"""The buckets that results land in. boto3 is imported when a call is due, never before."""
