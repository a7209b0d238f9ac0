"""Who owns a job, and what is believed of it: the one place that decides this.

``ledger`` holds what this process has met, ``account`` whose credentials are at work, ``absence`` when a 404
is believed, ``takeover`` what a create may take instead of making, ``adoption`` what is taken by its id.
"""
