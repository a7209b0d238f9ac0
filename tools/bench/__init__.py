"""``make bench``: what updates cost in time, calls, memory and state, beside peers that do the same jobs."""
