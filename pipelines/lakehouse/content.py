"""A table's content as one digest, whatever the order of its rows and the files that hold them."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pipelines.lakehouse.catalog import Lake


def content_hash(lake: Lake, name: str) -> str:
    """SHA-256 over the columns' names and the sums of the rows' MD5 halves; raises NotFoundError without the table."""
    lake.attach(name)
    columns = [str(row[0]) for row in lake.session.execute(f"describe {name}").fetchall()]
    # Unit separator between values, record separator for null: neither occurs in the data that contracts allow.
    row = ", ".join(f"coalesce(cast({column} as varchar), chr(30))" for column in columns)
    halves = "sum(cast(md5_number_lower(line) as hugeint)), sum(cast(md5_number_upper(line) as hugeint))"
    lines = f"select concat_ws(chr(31), {row}) as line from {name}"  # noqa: S608 - names come from contracts
    sums = lake.session.execute(f"select count(*), {halves} from ({lines})").fetchone()  # noqa: S608 - likewise
    return hashlib.sha256(f"{columns}{sums}".encode()).hexdigest()
