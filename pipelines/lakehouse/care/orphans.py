"""Files below a table's location that nothing names any more: of expired snapshots, failed commits, dropped tables."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import pyarrow.fs as arrow_files  # type: ignore[import-untyped]
from pyiceberg.io.pyarrow import PyArrowFileIO
from pyiceberg.table import Table

from contracts.errors import ConfigurationError


@dataclass(frozen=True)
class Removed:
    """How many files were removed, and their bytes."""

    files: int
    bytes: int


def remove_orphans(table: Table, age: timedelta, now: datetime) -> Removed:
    """Remove the files that no snapshot names and that were last written more than `age` before `now`.

    The age has to exceed the time for which any writer may hold a file before committing it. The files are listed
    before the table is read again, so that what is committed meanwhile counts as named.
    """
    files, root = _file_system(table)
    listed = files.get_file_info(arrow_files.FileSelector(root, recursive=True, allow_not_found=True))
    named = named_files(table.refresh())
    found = [
        file
        for file in listed
        if file.type == arrow_files.FileType.File and file.mtime < now - age and _plain(file.path) not in named
    ]
    for file in found:
        files.delete_file(file.path)
    return Removed(len(found), sum(file.size or 0 for file in found))


def named_files(table: Table) -> frozenset[str]:
    """The path of every file that the table's metadata leads to, itself and its earlier versions included."""
    return frozenset(_plain(path) for path in _named(table))


def _named(table: Table) -> Iterator[str]:
    metadata = table.metadata
    yield table.metadata_location
    yield from (entry.metadata_file for entry in metadata.metadata_log)
    yield from (file.statistics_path for file in metadata.statistics)
    yield from (file.statistics_path for file in metadata.partition_statistics)
    seen: set[str] = set()
    for snapshot in metadata.snapshots:
        yield snapshot.manifest_list
        for manifest in snapshot.manifests(table.io):
            if manifest.manifest_path not in seen:
                seen.add(manifest.manifest_path)
                yield manifest.manifest_path
                for entry in manifest.fetch_manifest_entry(table.io, discard_deleted=True):
                    yield entry.data_file.file_path


def _file_system(table: Table) -> tuple[arrow_files.FileSystem, str]:
    """Where the table's files are; raises ConfigurationError for a storage that cannot be listed."""
    if not isinstance(table.io, PyArrowFileIO):
        raise ConfigurationError(f"The files of {'.'.join(table.name())} are not read through Arrow.")
    scheme, netloc, path = PyArrowFileIO.parse_location(table.location(), table.io.properties)
    return table.io.fs_by_scheme(scheme, netloc), path


def _plain(path: str) -> str:
    """The path without its scheme: Hadoop writes `file:/x`, pyiceberg `file:///x`, a listing `/x` or `bucket/x`."""
    scheme, separator, rest = path.partition(":")
    return "/" + rest.lstrip("/") if separator and "/" not in scheme else "/" + path.lstrip("/")
