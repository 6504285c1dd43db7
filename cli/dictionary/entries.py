"""What the dictionary says of a column, a relation and a page, and what it finds missing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

# From what anybody may read to what only few may; as contracts/tables has them.
CLASSES = ("public", "internal", "confidential", "restricted")
DEFAULT_CLASS = "internal"

_UNITS = {
    "_usd_minor": "US cents",
    "_minor": "minor unit of the currency",
    "_usd": "US dollars",
    "_pct": "percent",
    "_ratio": "ratio",
    "_seconds": "seconds",
    "_months": "months",
}
_MEASURES = ("numeric", "decimal", "double")


@dataclass(frozen=True)
class Entry:
    """One column; `source` says where its values come from: a contract's file, or columns of other relations."""

    name: str
    type: str
    description: str
    unit: str
    classification: str
    tag: str
    source: str

    def gaps(self) -> Iterator[str]:
        """What a reader would miss."""
        if not self.description:
            yield "description"
        if self.classification not in CLASSES:
            yield "class"
        if not self.unit and self.type.startswith(_MEASURES):
            yield "unit"
        if not self.source:
            yield "source"


@dataclass(frozen=True)
class Relation:
    """One table, view, event type or feature view."""

    name: str
    description: str
    owner: str
    key: tuple[str, ...]
    entries: tuple[Entry, ...]

    def column(self, name: str) -> Entry | None:
        """One of its columns; None for a name that it does not have."""
        return next((entry for entry in self.entries if entry.name == name), None)


@dataclass(frozen=True)
class Page:
    """One system or layer: `name` is its file's, without `.md`."""

    name: str
    title: str
    description: str
    relations: tuple[Relation, ...]


def unit_of(name: str, declared: str = "") -> str:
    """The declared unit, or the one that the name's suffix says (CONTRIBUTING.md); empty for what has none."""
    return declared or next((unit for suffix, unit in _UNITS.items() if name.endswith(suffix)), "")


def strictest(classes: Iterable[str]) -> str:
    """The class that a column takes from those it is made from; `internal` when it is made from none."""
    return max(classes, key=CLASSES.index, default=DEFAULT_CLASS)


def all_gaps(pages: Iterable[Page]) -> list[tuple[str, str, str, str]]:
    """Page, relation, column and what it lacks; a relation without a description has an empty column."""
    return [
        (page.name, relation.name, name, gap)
        for page in pages
        for relation in page.relations
        for name, gap in _relation_gaps(relation)
    ]


def _relation_gaps(relation: Relation) -> Iterator[tuple[str, str]]:
    if not relation.description:
        yield "", "description"
    if not relation.entries:
        yield "", "columns"
    for entry in relation.entries:
        for gap in entry.gaps():
            yield entry.name, gap
