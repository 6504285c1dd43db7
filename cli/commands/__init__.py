"""One module per verb, each with a typer `app`; a trailing underscore stands in for Python's own words."""
