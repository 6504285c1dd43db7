"""What a caller sends: the canonical transaction of the contract, without what the platform can stamp itself."""

from __future__ import annotations

from datetime import datetime
from functools import cache

import orjson

from contracts.errors import InvalidInputError
from contracts.events import Json, event_schema, validate_data
from contracts.formats import FORMATS, instant
from contracts.money import rate_on, usd_minor
from serving.platform.texts import check_texts

EVENT_TYPE = "transaction.attempted.v1"

# Left out by a caller, these get the value that a plain question has; the schema's other required fields stay so.
_DERIVED = ("status", "leg", "attempt", "occurred_at", "amount_usd_minor", "rate_id")

EXAMPLE: Json = {
    "transaction_id": "tx-20261122-000042",
    "app": "diasporacore",
    "tenant_id": "tenant-nord",
    "jurisdiction": "CA",
    "kind": "transfer",
    "channel": "app",
    "account_id": "acc-000123",
    "customer_id": "user-000077",
    "counterparty_id": "acc-000456",
    "counterparty_country": "CA",
    "amount_minor": 125000,
    "currency": "CAD",
    "device_id": "device-000009",
    "ip_country": "CA",
    "occurred_at": "2026-11-22T14:05:09.120000Z",
}


@cache
def request_schema() -> Json:
    """The JSON Schema of the request's body: the contract's, with the derived fields optional."""
    schema = event_schema(EVENT_TYPE).schema
    required = [name for name in schema["required"] if name not in _DERIVED]
    plain = {key: value for key, value in schema.items() if not key.startswith(("$", "x-"))}
    properties = {
        name: {key: value for key, value in spec.items() if not key.startswith("x-")}
        for name, spec in schema["properties"].items()
    }
    defaults = {
        "leg": "debit when absent.",
        "attempt": "1 when absent.",
        "occurred_at": "Now when absent.",
        "amount_usd_minor": "By the platform's reference rate of the day (UTC); given, it has to be that.",
        "rate_id": "With amount_usd_minor.",
        "status": "attempted when absent; nothing else can be asked.",
    }
    for name, text in defaults.items():
        properties[name]["description"] = f"{properties[name].get('description', '')} {text}".strip()
    return {**plain, "title": "TransactionRequest", "required": required, "properties": properties}


def read_request(body: bytes, event_id: str, now: datetime) -> Json:
    """The event to decide on, complete, valid, its instant in UTC; raises InvalidInputError naming the field to correct."""
    try:
        given = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise InvalidInputError(f"not JSON: {error}", field="body") from error
    if not isinstance(given, dict):
        raise InvalidInputError("an object is expected", field="body", hint="Send the transaction as a JSON object.")
    check_texts(given)
    _check_names(given)
    data = {"status": "attempted", "leg": "debit", "attempt": 1, "occurred_at": instant(now), **given}
    event = {
        "specversion": "1.0",
        "id": event_id,
        "source": "/serving/decisions",
        "type": EVENT_TYPE,
        "subject": str(data.get("transaction_id") or "unknown")[:128],
        "time": instant(now),
        "datacontenttype": "application/json",
        "data": data,
    }
    try:
        _set_utc(data)
        _stamp_dollars(data)
        validate_data(event)
    except InvalidInputError as error:
        field = error.field.removeprefix("data.")
        complaint = error.message.removeprefix(f"{error.field}: ")
        raise InvalidInputError(complaint, field=field, hint=error.hint) from error
    return event


def _check_names(given: Json) -> None:
    """Name the field that is missing or too much: the schema's own complaint names the object that it is in."""
    schema = request_schema()
    for name in given:
        if name not in schema["properties"]:
            raise InvalidInputError("no such field", field=name, hint="The OpenAPI page lists the fields.")
    for name in schema["required"]:
        if name not in given:
            raise InvalidInputError("is required", field=name)


def _set_utc(data: Json) -> None:
    """The hour of the day and the day of a rate are UTC's, as in the kernel, whatever offset a caller writes."""
    moment = data["occurred_at"]
    if isinstance(moment, str) and FORMATS.conforms(moment, "date-time"):
        try:
            data["occurred_at"] = instant(datetime.fromisoformat(moment))
        except OverflowError as error:
            raise InvalidInputError("is not an instant in UTC", field="data.occurred_at") from error


def _stamp_dollars(data: Json) -> None:
    """The value in dollars is ours to say: a caller who says it too must say the same, or it is not what is scored."""
    amount, currency, moment = data.get("amount_minor"), data.get("currency"), data["occurred_at"]
    if not isinstance(amount, int) or amount < 1 or not isinstance(currency, str) or not _is_utc(moment):
        data |= {"amount_usd_minor": 0, "rate_id": "unknown"}  # the schema names what is wrong with them
        return
    rate = rate_on(currency, datetime.fromisoformat(moment).date())
    stamp = {"amount_usd_minor": usd_minor(amount, rate), "rate_id": rate.rate_id}
    for name, value in stamp.items():
        if data.get(name, value) != value:
            hint = "Leave amount_usd_minor and rate_id out: the platform stamps them."
            raise InvalidInputError(f"is {value} by the reference rate of the day", field=f"data.{name}", hint=hint)
    data |= stamp


def _is_utc(moment: object) -> bool:
    return isinstance(moment, str) and moment.endswith("Z") and FORMATS.conforms(moment, "date-time")
