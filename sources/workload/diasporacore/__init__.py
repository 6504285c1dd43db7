"""The credit unions: what stands beside their movements."""
