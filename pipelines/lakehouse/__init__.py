"""The lakehouse: silver from bronze, the checks on it, and the catalog that every layer reads and writes by."""
