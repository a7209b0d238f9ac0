"""The helpers behind the Makefile; they need nothing but Python's own library."""
