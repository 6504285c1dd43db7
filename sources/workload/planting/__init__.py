"""Fraud and laundering, planted and remembered. The planter's parameters are its own: no detector reads them."""
