"""FINTRAC's electronic funds transfer report for remittances that leave Canada (docs/decisions/0009-fintrac-eftr.md)."""
