"""Scripts that do the same jobs without this project, each in a process of its own."""
