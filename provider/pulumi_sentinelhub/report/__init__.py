"""The report: a page, or a picture, of what a stack's jobs have computed, or would compute. Reads only."""
