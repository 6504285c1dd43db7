"""The data dictionary: every column that the platform keeps, told from what contracts and dbt declare."""
