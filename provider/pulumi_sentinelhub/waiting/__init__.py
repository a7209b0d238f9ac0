"""How long anything waits: the clock, one operation's patience, retries and pauses. Nothing else sleeps.

``patience`` is the one object that an operation is given at its beginning and hands through to all that it
does; ``retries`` repeats a call within it, ``timely`` bounds work that may block for longer, ``polling`` says
when to look again.
"""
