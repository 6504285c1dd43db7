"""How the platform is run: the local stack, the jar lock."""
