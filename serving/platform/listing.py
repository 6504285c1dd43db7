"""One way to list rows of a table: equality filters, a span of time, newest first, by keyset."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg import sql

from serving.platform.database import Pool
from serving.platform.pages import Cursor


@dataclass(frozen=True)
class Listing:
    """What can be listed: a table, its columns to give, the moment and the name that order it."""

    table: str
    columns: tuple[str, ...]
    moment: str
    name: str

    async def page(
        self,
        pool: Pool,
        equal: Mapping[str, object],
        span: tuple[datetime | None, datetime | None],
        after: Cursor | None,
        limit: int,
    ) -> tuple[list[dict[str, Any]], Cursor | None]:
        """Rows of one page and the cursor of the next, None at the end. `span` is from (inclusive) to (exclusive)."""
        wanted: list[sql.Composable] = []
        values: list[object] = []
        for name, value in equal.items():
            if value is not None:
                wanted.append(sql.SQL("{} = %s").format(sql.Identifier(name)))
                values.append(value)
        for sign, moment in ((">=", span[0]), ("<", span[1])):
            if moment is not None:
                wanted.append(sql.SQL("{} " + sign + " %s").format(sql.Identifier(self.moment)))
                values.append(moment)
        if after is not None:
            place = sql.SQL("({}, {}) < (%s, %s)").format(sql.Identifier(self.moment), sql.Identifier(self.name))
            wanted.append(place)
            values += [after.moment, after.name]
        query = sql.SQL("select {} from {} {} order by {} desc, {} desc limit %s").format(
            sql.SQL(", ").join(map(sql.Identifier, self.columns)),
            sql.Identifier(self.table),
            sql.SQL("where ") + sql.SQL(" and ").join(wanted) if wanted else sql.SQL(""),
            sql.Identifier(self.moment),
            sql.Identifier(self.name),
        )
        async with pool.connection() as connection:
            rows = await (await connection.execute(query, [*values, limit + 1])).fetchall()
        more = len(rows) > limit
        rows = rows[:limit]
        return rows, Cursor(rows[-1][self.moment], rows[-1][self.name]) if more else None
