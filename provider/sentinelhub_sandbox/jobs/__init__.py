"""What the batch requests of both generations have in common: states, runs, time, reading, the worker."""
