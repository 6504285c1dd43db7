"""Applications that ask the API before they commit, while live traffic runs."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Self

import httpx

from contracts.formats import instant
from contracts.settings import Settings

_ASKED_PER_SECOND = 5
_TIMEOUT_SECONDS = 5.0


@dataclass
class Callers:
    """Asks for decisions at a steady rate from a thread of its own; `answers` counts outcomes and HTTP errors."""

    settings: Settings
    accounts: list[dict[str, Any]]
    answers: dict[str, int] = field(default_factory=dict)
    _stop: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._ask_on, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _ask_on(self) -> None:
        key = self.settings.secret("api_key_demo").get_secret_value()
        with httpx.Client(
            base_url=self.settings.url("api"), headers={"X-API-Key": key}, timeout=_TIMEOUT_SECONDS
        ) as client:
            number = 0
            while not self._stop.wait(1 / _ASKED_PER_SECOND):
                number += 1
                self._ask(client, number)

    def _ask(self, client: httpx.Client, number: int) -> None:
        body = self._movement(number)
        try:
            answer = client.post("/v1/decisions/transactions", json=body)
            told = answer.json().get("outcome") if answer.is_success else f"http {answer.status_code}"
        except httpx.HTTPError as error:
            told = type(error).__name__
        self.answers[str(told)] = self.answers.get(str(told), 0) + 1

    def _movement(self, number: int) -> dict[str, Any]:
        account = self.accounts[number % len(self.accounts)]
        return {
            "transaction_id": f"asked-{int(time.time())}-{number}",
            "leg": "debit",
            "attempt": 1,
            "app": "diasporacore",
            "tenant_id": account["tenant_id"],
            "jurisdiction": "CA",
            "kind": "card_payment",
            "channel": "card_not_present",
            "account_id": account["account_id"],
            "customer_id": account["user_id"],
            "counterparty_id": "merchant-demo",
            "counterparty_country": "CA",
            "amount_minor": 1500 + 137 * (number % 50),
            "currency": account["currency"],
            "terminal_id": "terminal-demo",
            "occurred_at": instant(datetime.now(UTC)),
        }


def some_accounts(settings: Settings, count: int = 200) -> list[dict[str, Any]]:
    """Accounts that callers move money on, always the same ones."""
    import psycopg
    from psycopg.rows import dict_row

    with psycopg.connect(settings.database_url("operations"), row_factory=dict_row) as connection:
        return connection.execute(
            "select account_id, user_id, tenant_id, currency from diasporacore.accounts order by account_id limit %s",
            [count],
        ).fetchall()
