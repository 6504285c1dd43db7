"""The command line: one file per verb in `cli/commands`, imported only when that verb is used."""
