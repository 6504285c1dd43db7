"""Pages for people: they read the warehouse's marts, and nothing else."""
