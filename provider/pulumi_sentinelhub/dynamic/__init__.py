"""The adapter between the lifecycle and ``pulumi.dynamic``: the only code that knows how its host behaves.

``providers`` holds the persisted class paths, ``provider`` the adapter itself, ``values`` what the way
through the engine does to values, ``process`` the session that all resources of a stack share, ``timeouts``
the custom time-outs that the host may keep to itself. ``call`` and ``host`` read private parts of the SDK:
each step is probed and falls back silently to the plain behaviour; nothing is wrong without them, only less
comfortable.
"""
