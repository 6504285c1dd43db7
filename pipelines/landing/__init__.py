"""Landing: PostgreSQL's changes and the outboxes' events into Kafka, and both from Kafka into bronze."""
