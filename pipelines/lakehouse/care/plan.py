"""Which small data files become one: a rule over sizes and places, with no file touched."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

from contracts.lakehouse import CompactionPolicy

Source = TypeVar("Source")


@dataclass(frozen=True)
class Candidate(Generic[Source]):
    """One data file: `place` is its partition, `sequence_number` the commit that brought its rows."""

    source: Source
    place: Hashable
    size_bytes: int
    sequence_number: int


@dataclass(frozen=True)
class Group(Generic[Source]):
    """Files of one partition that become one, in the order in which their rows came."""

    files: tuple[Candidate[Source], ...]

    @property
    def sequence_number(self) -> int:
        """Of its youngest file: a reader that has not seen that one must look at the group, every other has read it."""
        return max(file.sequence_number for file in self.files)

    @property
    def sources(self) -> tuple[Source, ...]:
        """The files themselves."""
        return tuple(file.source for file in self.files)


def plan_compaction(files: Iterable[Candidate[Source]], policy: CompactionPolicy) -> tuple[Group[Source], ...]:
    """The groups worth rewriting; a partition with fewer small files than the policy's minimum is left as it is."""
    small: dict[Hashable, list[Candidate[Source]]] = defaultdict(list)
    for file in files:
        if file.size_bytes < policy.small_bytes:
            small[file.place].append(file)
    return tuple(
        group
        for candidates in small.values()
        if len(candidates) >= policy.minimum_files
        for group in _packed(sorted(candidates, key=lambda file: file.sequence_number), policy)
    )


def _packed(files: Iterable[Candidate[Source]], policy: CompactionPolicy) -> Iterator[Group[Source]]:
    """Neighbours in time together, up to the target size; one file alone is not rewritten."""
    packed: list[Candidate[Source]] = []
    size = 0
    for file in files:
        if packed and size + file.size_bytes > policy.target_bytes:
            if len(packed) > 1:
                yield Group(tuple(packed))
            packed, size = [], 0
        packed.append(file)
        size += file.size_bytes
    if len(packed) > 1:
        yield Group(tuple(packed))
