"""What can be found wrong in a batch request before any call, and before any money is spent."""
