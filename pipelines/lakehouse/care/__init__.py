"""Care of the lakehouse: small files become large ones, old snapshots go, and files that nothing names with them."""
