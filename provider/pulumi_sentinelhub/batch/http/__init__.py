"""One call over HTTP: session, token, transport, failures, pages."""
