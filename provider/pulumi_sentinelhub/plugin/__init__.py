"""The same lifecycles as a provider plugin: for programs in any language, explicit providers and imports.

``server`` is the process, ``provider`` the protocol's answers, ``kinds`` the resources, ``hidden`` the inputs
that no user writes, ``wire`` what goes to the engine and comes from it, ``schema`` what code generators read,
``install`` the command that lays the plugin where the CLI looks for it.
"""
