"""The recorder: what the stream decides goes to the platform database, and activity vectors to the online store."""
