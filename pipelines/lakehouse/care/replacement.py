"""Committing a compaction: files give way to files with the same rows, beside whoever appends at the same time.

pyiceberg has no `replace` of its own. This one is its overwrite with two differences. The new files keep the sequence
number of the youngest file that they stand for, as the Iceberg specification allows a rewrite to do: a reader that goes
by sequence numbers neither reads old rows as new ones nor misses any. And a concurrent append is no conflict: only when
a file that is to give way has gone meanwhile does the commit fail (docs/decisions/0012-lakehouse-care.md).
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping

from pyiceberg.manifest import DataFile, ManifestEntry, ManifestEntryStatus, ManifestFile
from pyiceberg.table import Table
from pyiceberg.table.snapshots import Operation, Summary
from pyiceberg.table.update.snapshot import _OverwriteFiles
from pyiceberg.table.update.validate import _validate_data_files_exist, _validate_no_new_deletes_for_data_files

# Says in a snapshot's summary that its files are older rows, written again.
COMPACTED_FILES = "atalaya.compacted-files"


def commit_replacement(table: Table, old: list[DataFile], new: Mapping[DataFile, int]) -> int:
    """Let `old` give way to `new`, files by the sequence number they take; the id of the snapshot.

    Raises CommitFailedException or ValidationException when nothing was committed: other writers were faster each
    time, or one of the old files is gone.
    """
    with table.transaction() as transaction:
        producer = _Replacement(
            operation=Operation.OVERWRITE,
            transaction=transaction,
            io=table.io,
            commit_uuid=uuid.uuid4(),
            snapshot_properties={COMPACTED_FILES: str(len(old))},
        )
        producer.sequence_numbers = dict(new)
        for file in old:
            producer.delete_data_file(file)
        for file in new:
            producer.append_data_file(file)
        producer.commit()
    return producer.snapshot_id


class _Replacement(_OverwriteFiles):
    """pyiceberg's retries build the manifests anew on the newest snapshot; the data files stay."""

    sequence_numbers: dict[DataFile, int]

    def _manifests(self) -> list[ManifestFile]:
        self._build_delete_files_partition_predicate()
        # First: it refuses when an old file is gone, before anything is written.
        deleted = self._deleted_entries()
        return [self._added_manifest(), *self._deleted_manifests(deleted), *self._existing_manifests()]

    def _added_manifest(self) -> ManifestFile:
        with self.new_manifest_writer(spec=self._transaction.table_metadata.spec()) as writer:
            for file in self._added_data_files:
                writer.add(
                    ManifestEntry.from_args(
                        status=ManifestEntryStatus.ADDED,
                        snapshot_id=self._snapshot_id,
                        sequence_number=self.sequence_numbers[file],
                        file_sequence_number=None,
                        data_file=file,
                    )
                )
        return writer.to_manifest_file()

    def _deleted_manifests(self, deleted: list[ManifestEntry]) -> list[ManifestFile]:
        written = []
        for spec_id in sorted({entry.data_file.spec_id for entry in deleted}):
            with self.new_manifest_writer(self.spec(spec_id)) as writer:
                for entry in deleted:
                    if entry.data_file.spec_id == spec_id:
                        writer.add_entry(entry)
            written.append(writer.to_manifest_file())
        return written

    def _summary(self, snapshot_properties: dict[str, str] = {}) -> Summary:  # noqa: B006 - pyiceberg's signature
        counted = super()._summary(snapshot_properties)
        return Summary(Operation.REPLACE, **counted.additional_properties)

    def _validate_concurrency(self) -> None:
        window = self._commit_window
        if window is None or window.is_empty() or window.head is None:
            return
        table = self._transaction._table  # noqa: SLF001 - as pyiceberg's own producers do
        _validate_data_files_exist(table, window.head, self._deleted_data_files, window.base)
        _validate_no_new_deletes_for_data_files(table, window.head, None, self._deleted_data_files, window.base)
