"""The credit marketplace's part of a world: people who look for credit in Mexico, what they borrow, and who brought them."""
