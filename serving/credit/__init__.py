"""Credit decisions by the published scorecard."""
