"""Rules of payloads, and their echoes, that both generations have in common."""
