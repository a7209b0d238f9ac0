"""Checks of what every generation of the batch API has in common; a ``Dialect`` says what each calls it."""
