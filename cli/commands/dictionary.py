"""`atalaya dictionary`: every column with description, unit, class, tag and source, as Markdown."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer()


@app.command()
def dictionary(
    output: Annotated[
        Path | None, typer.Option(help="Folder of the pages; by default below the state's home.", show_default=False)
    ] = None,
) -> None:
    """Write the data dictionary from contracts and dbt: one page for each system and layer, and an index with gaps."""
    from cli.console import console
    from cli.dictionary.entries import all_gaps
    from cli.dictionary.pages import gather_pages, write_pages
    from contracts.settings import load_settings

    pages = gather_pages()
    index, *others = write_pages(pages, output or load_settings().state / "dictionary")
    columns = sum(len(relation.entries) for page in pages for relation in page.relations)
    console.print(f"{len(others)} pages, {columns} columns, {len(all_gaps(pages))} gaps: {index}")
