"""nexafi: small businesses with seasons, receivables and cushions, their payments, loans, and the bank's ledger."""
