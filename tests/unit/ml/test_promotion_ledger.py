"""The lock of a model's promotions: let go of however its holder ends, and no reason for a done promotion to fail."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest

from contracts.settings import Settings
from ml.governance import ledger

LOCK, UNLOCK = "pg_advisory_lock", "pg_advisory_unlock"


class Server:
    """A database that knows only who holds the lock; `goes_away` makes it answer nothing more."""

    def __init__(self) -> None:
        self.told: list[str] = []
        self.goes_away = False

    def execute(self, statement: str, _parameters: list[str]) -> None:
        if self.goes_away:
            raise psycopg.OperationalError("the connection is closed")
        self.told.append(statement.removeprefix("select ").partition("(")[0])


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Server:
    found = Server()

    @contextmanager
    def connect(_settings: Settings) -> Iterator[Server]:
        yield found
        found.told.append("closed")

    monkeypatch.setattr(ledger, "_connect", connect)
    return found


def test_the_lock_is_free_before_the_connection_is_closed(server: Server) -> None:
    with ledger.open_ledger(Settings(), "fraud"):
        assert server.told == [LOCK]
    assert server.told == [LOCK, UNLOCK, "closed"]


def test_the_lock_of_a_promotion_that_was_refused_is_free_as_well(server: Server) -> None:
    with pytest.raises(ValueError, match="refused"), ledger.open_ledger(Settings(), "fraud"):
        raise ValueError("refused")
    assert server.told == [LOCK, UNLOCK]


def test_a_server_that_went_away_has_let_go_and_makes_no_done_promotion_fail(server: Server) -> None:
    with ledger.open_ledger(Settings(), "fraud"):
        server.goes_away = True
    assert server.told == [LOCK, "closed"]


def test_what_went_wrong_is_told_and_not_that_the_lock_could_not_be_freed(server: Server) -> None:
    def refuse() -> None:
        server.goes_away = True
        raise ValueError("refused")

    with pytest.raises(ValueError, match="refused"), ledger.open_ledger(Settings(), "fraud"):
        refuse()
