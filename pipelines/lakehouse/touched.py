"""Which files of a table a refresh writes again: those that hold a key that changed, and those that are small.

All others stay as they are, so that the cost of a refresh follows what changed, and not what there is
(docs/decisions/0020).
"""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from pipelines.lakehouse.writing import FILE_ROWS, local_path

if TYPE_CHECKING:
    from pyiceberg.manifest import DataFile

    from pipelines.lakehouse.catalog import Lake
    from pipelines.lakehouse.columns import SilverColumn
    from pipelines.lakehouse.specification import Silver

# A file below this is written again with whatever comes, so that increments do not leave one small file each.
SMALL_ROWS = FILE_ROWS // 2


def touched_files(lake: Lake, name: str, key: Collection[str], changed: str) -> tuple[DataFile, ...]:
    """The files of a table that hold a key of the relation `changed`, and its small ones."""
    files = {local_path(file.file_path): file for file in lake.data_files(name)}
    large = [path for path, file in files.items() if file.record_count >= SMALL_ROWS]
    if not large:
        return tuple(files.values())
    keys = ", ".join(key)
    held = lake.session.execute(
        f"select distinct filename from read_parquet({large!r}, filename = true, hive_partitioning = false)"  # noqa: S608 - names come from contracts
        f" semi join (select distinct {keys} from {changed}) as changed using ({keys})"
    ).fetchall()
    stay = set(large) - {path for (path,) in held}
    return tuple(file for path, file in files.items() if path not in stay)


def hold_rows(lake: Lake, view: str, files: Collection[DataFile], columns: Collection[SilverColumn]) -> None:
    """Make the temporary view of the rows that files hold; a column that a file lacks is null there."""
    names = ", ".join(f"cast({column.name} as {column.sql_type}) as {column.name}" for column in columns)
    if not files:
        nothing = ", ".join(f"null::{column.sql_type} as {column.name}" for column in columns)
        lake.session.execute(f"create or replace temp view {view} as select {nothing} where false")
        return
    paths = [local_path(file.file_path) for file in files]
    source = f"read_parquet({paths!r}, union_by_name = true, hive_partitioning = false)"
    present = {str(row[0]) for row in lake.session.execute(f"describe select * from {source}").fetchall()}  # noqa: S608 - paths
    lacking = "".join(f", null::{column.sql_type} as {column.name}" for column in columns if column.name not in present)
    lake.session.execute(
        f"create or replace temp view {view} as select {names} from (select *{lacking} from {source})"  # noqa: S608 - likewise
    )


def hold_current(lake: Lake, table: Silver, *, rebuilt: bool) -> tuple[DataFile, ...] | None:
    """Make `current_rows`, what the statement over `typed` must see of the table; the files that its result replaces.

    None stands for all of them: the table is made whole, or a snapshot of the source tells which keys are gone.
    """
    if rebuilt:
        hold_rows(lake, "current_rows", (), table.stored)
        return None
    if lake.count("select count(*) from typed where _snapshot_lsn > 0"):
        hold_rows(lake, "current_rows", lake.data_files(table.name), table.stored)
        return None
    files = touched_files(lake, table.name, table.key, "typed")
    hold_rows(lake, "current_rows", files, table.stored)
    return files
