"""Dagster's side of the platform: everything between the operational databases and the marts that is not live."""
