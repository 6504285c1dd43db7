"""What every model passes: evaluation, gate, registry, publication."""
