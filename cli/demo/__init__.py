"""The demonstration: the whole line on an empty machine, and figures that each name their query."""
