"""Everything that talks to Sentinel Hub.

Light modules, safe to import for their types: ``deployments``, ``settings``, ``clock``, ``models``,
``service``.
Modules that import an HTTP stack, to be imported where they are used: ``session``, ``transport``, ``client``.
``polling`` needs only the light ones.
"""
