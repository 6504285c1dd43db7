"""caas, the credit aggregator: borrowers, providers with their breakers, quotes, loans, collateral and its chains."""
