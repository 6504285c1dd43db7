"""The HTTP API: `python -m serving.api`."""
