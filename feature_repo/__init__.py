"""Feast: entities, views and stores, generated from the feature declarations in `contracts/features`."""
