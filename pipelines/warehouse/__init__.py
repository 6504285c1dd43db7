"""The warehouse: silver copied into PostgreSQL, and the marts that dbt builds from it."""
