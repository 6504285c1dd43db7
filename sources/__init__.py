"""The operational systems: their tables, their outboxes, the people who use them, and other people's history."""
