"""Alerts for compliance."""
