"""What every domain of the API shares: database, keys, audit, errors, health, metrics."""
