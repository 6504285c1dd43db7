"""Models: training data from the lakehouse, training, the promotion gate as an asset check."""
