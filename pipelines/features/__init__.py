"""Features: the vectors that the kernel logged with each decision, for training, and for Feast offline and online."""
