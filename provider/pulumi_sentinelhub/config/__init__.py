"""Settings, credentials and deployments."""
