"""The adapter between the lifecycle and ``pulumi.dynamic``: the only code that knows how its host behaves.

``providers`` holds the persisted class paths, ``provider`` the adapter itself, ``values`` what the way
through the engine does to values, ``process`` what all resources of a stack share. ``call`` and ``host``
read private parts of the SDK: each step is probed and falls back silently to the plain behaviour; nothing
is wrong without them, only less comfortable.
"""
