"""Started by the CLI's language host with this folder and the engine's address."""

import sys

from pulumi_sentinelhub.plugin.server import serve

# the host passes on no signal
serve(sys.argv[1:], leaves_when_cancelled=True)
