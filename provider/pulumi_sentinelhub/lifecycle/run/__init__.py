"""BatchRun: the desired outcome of one or many batch requests."""
