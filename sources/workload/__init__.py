"""The workload: people and merchants who behave, a history of theirs, and live traffic, from one seed."""
