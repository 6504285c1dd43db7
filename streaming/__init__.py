"""The live decisions: one Flink job around a small Java kernel, wired from Python."""
