"""What holders have done in a block of live traffic, which is to look like one hour of theirs: few things, each once, and money in once.

In a history of this workload, of 24,000 hours in which money came into an account, 11 saw it come twice, and 5 of 81,000 hours saw more than four
movements. Rules on an hour find in it what no history has, when salaries of several months reach one account in half a minute.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from sources.workload.live.actions import Action
from sources.workload.live.plants import holder
from sources.workload.live.pool import Row

_MOST_MOVEMENTS = 4


class Busy:
    """Who has time for what, planted movements counted like all others."""

    def __init__(self) -> None:
        self._movements: Counter[str] = Counter()
        self._done: set[tuple[str, str, str | None]] = set()
        self._received: set[str] = set()

    def note(self, action: Action) -> None:
        """Count the movements of an action."""
        for row in action.rows:
            self._movements[holder(row)] += 1
            self._done.add(_thing(row))
            if row.get("leg") == "credit":
                self._received.add(row["account_id"])

    def has_time(self, past: Row) -> bool:
        """Whether its holder may do again what this past row tells, and whom it reaches has time for that."""
        return (
            all(self._movements[one] < _MOST_MOVEMENTS for one in (holder(past), *_receivers(past)))
            and _thing(past) not in self._done
            and self._received.isdisjoint(_receivers(past))
        )


def _thing(row: Row) -> tuple[str, str, str | None]:
    """A salary of one employer, a rent, a day's takings; a card at one merchant."""
    return holder(row), row.get("kind", ""), row.get("counterparty_id", row["tenant_id"])


def _receivers(past: Row) -> Iterator[str]:
    """The members' accounts that money would come into."""
    if past.get("leg") == "credit":
        yield past["account_id"]
    elif past.get("other_account_id") is not None:
        yield past["other_account_id"]
