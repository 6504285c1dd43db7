"""Regulator reports: what must be told, to whom, by when, with the evidence for it."""
