"""The local stack's secrets: random, made when it first starts, readable by its user alone."""

from __future__ import annotations

import json
import secrets

from contracts.settings import ROLES, Settings
from deploy.local.layout import write_atomically

_BYTES = 24
_OTHERS = ("valkey", "api_key_demo", "token_key")


def secret_names() -> tuple[str, ...]:
    """Every secret that the local stack needs."""
    return (*(f"postgres_{role}" for role in ROLES), *_OTHERS)


def ensure_secrets(settings: Settings) -> None:
    """Write `secrets.json` (mode 0600) with a random value for each name that has none; never change one."""
    path = settings.state / "secrets.json"
    known: dict[str, str] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    # Hexadecimal only: these stand in URLs, in JSON and in connector settings.
    fresh = {name: secrets.token_hex(_BYTES) for name in secret_names() if name not in known}
    if fresh:
        write_atomically(path, json.dumps(known | fresh, indent=1), mode=0o600)
