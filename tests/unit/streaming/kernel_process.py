"""The kernel's command-line form as tests drive it, and small builders of what it reads."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from contracts.settings import Settings
from streaming.configuration import job_configuration
from streaming.kernel_jar import class_path, java, kernel_jar

Json = dict[str, Any]

START = datetime(2026, 11, 2, 12, tzinfo=UTC)
# Later than any movement of the tests: what matters is that none lies ahead of it.
TOLD_AT = "2036-01-01T00:00:00Z"
EVENTS, HISTORY, REQUESTS, LABELS = "transaction.events", "transaction.history", "scoring.requests", "label.events"


class KernelProcess:
    """One JVM with one kernel; `settings.state` is where its rules and model files are watched.

    `as_declared` is false while it runs views that no contract declares.
    """

    def __init__(self, state: Path) -> None:
        self.settings = Settings(state=state)
        installed = Settings()
        jars = [kernel_jar(installed), *class_path(installed)]
        command = [str(java(installed)), "-XX:TieredStopAtLevel=1", "-cp", ":".join(map(str, jars))]
        self._log = state.joinpath("kernel.log").open("w")
        self._process = subprocess.Popen(
            [*command, "atalaya.kernel.Replay"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
        )
        self._offset = 0
        self.configure()

    def configure(self, features: list[Json] | None = None) -> None:
        """Start the kernel anew with the declared views, or with given features of the account; state stays."""
        self.configure_views(None if features is None else [account_view(features)])

    def configure_views(self, views: list[Json] | None) -> None:
        """Start the kernel anew with given views; state stays."""
        self.as_declared = views is None
        file = self.settings.state / "configuration.json"
        file.write_text(job_configuration(self.settings, views))
        self._send({"configure": str(file)})

    def forget(self) -> None:
        """Start with no accounts."""
        self._send({"forget": True})

    def save_and_restore(self) -> None:
        """Put every account through its saved form."""
        self._send({"save": True})

    def take(self, event: Json | str, topic: str = EVENTS) -> list[Json]:
        """The messages that one message leads to, each with `topic`, `partition`, `key` and `value`."""
        self._offset += 1
        value = event if isinstance(event, str) else json.dumps(event)
        return self._send({"topic": topic, "partition": 0, "offset": self._offset, "key": None, "value": value})

    def close(self) -> None:
        """End the JVM."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(30)
        assert self._process.stdout is not None
        self._process.stdout.close()
        self._log.close()

    def _send(self, command: Json) -> list[Json]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(command) + "\n")
        self._process.stdin.flush()
        answers = []
        while line := self._process.stdout.readline().rstrip("\n"):
            answers.append(json.loads(line))
        assert self._process.poll() is None, Path(self._log.name).read_text()
        return answers


def account_view(features: list[Json]) -> Json:
    """A view of the account with these features."""
    return {"view": "account_activity", "entity": "account", "key": "account_id", "features": features}


def movement(number: int | str = 1, at: datetime = START, **changes: object) -> Json:
    """A completed debit of USD 10 from account a1 that breaks no rule."""
    return {
        "transaction_id": f"t{number}",
        "leg": "debit",
        "attempt": 1,
        "status": "completed",
        "app": "finflow",
        "jurisdiction": "CA",
        "kind": "transfer",
        "channel": "app",
        "account_id": "a1",
        "customer_id": "c1",
        "counterparty_id": "m1",
        "device_id": "d1",
        "amount_minor": 1370,
        "currency": "CAD",
        "amount_usd_minor": 1000,
        "rate_id": "CADUSD:2026-01-01",
        "occurred_at": at.isoformat(timespec="microseconds").replace("+00:00", "Z"),
        **changes,
    }


def event(data: Json, **envelope: object) -> Json:
    """The CloudEvent that tells of a movement."""
    kinds = {"attempted": "attempted", "completed": "processed", "failed": "failed", "reversed": "reversed"}
    return {
        "specversion": "1.0",
        "id": f"e-{data['transaction_id']}",
        "source": "/finflow",
        "type": f"transaction.{kinds[data['status']]}.v1",
        "subject": data["transaction_id"],
        "time": TOLD_AT,
        "data": data,
        **envelope,
    }


def label(data: Json, label: str = "fraud", known_at: datetime = START) -> Json:
    """The CloudEvent that tells of a movement what became known."""
    keys = ("transaction_id", "leg", "occurred_at", "account_id", "customer_id")
    optional = ("terminal_id", "counterparty_id", "device_id")
    told_of = {name: data[name] for name in keys} | {name: data[name] for name in optional if data.get(name)}
    return {
        "specversion": "1.0",
        "id": f"l-{data['transaction_id']}",
        "source": "/finflow",
        "type": "label.recorded.v1",
        "subject": data["transaction_id"],
        "time": TOLD_AT,
        "data": {
            **told_of,
            "label_id": f"l-{data['transaction_id']}",
            "label": label,
            "kind": "chargeback",
            "known_at": known_at.isoformat(timespec="microseconds").replace("+00:00", "Z"),
        },
    }


def told(messages: Sequence[Json], topic: str) -> list[Json]:
    """The data of the messages for one topic."""
    return [message["value"]["data"] for message in messages if message["topic"] == topic]


def decision(messages: Sequence[Json]) -> Json:
    """The one decision among the messages."""
    (only,) = told(messages, "transaction.scores")
    return only


def later(**duration: float) -> datetime:
    """An instant so long after START."""
    return START + timedelta(**duration)
