"""The helpers behind the Makefile; before anything is installed, they need nothing but Python's own library."""
