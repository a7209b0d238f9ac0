"""Clock, pauses and patience: how long anything waits, and the only place that sleeps."""
