"""The inputs and outputs of each resource, one module a resource: the one place where they are listed.

``FIELDS`` are the inputs, ``OUTPUTS`` what a program sees besides them. Nothing is imported here but kinds
and words: a program that only declares resources does not load their lifecycles.
"""
