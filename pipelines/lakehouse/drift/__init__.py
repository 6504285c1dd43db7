"""Drift: where a source's tables, or what Debezium sends of them, are no longer what contracts declare."""
