"""Rows of the credit aggregator, of one day unless told otherwise: providers, their checks, requests and quotes."""

from __future__ import annotations

from tests.unit.pipelines.lakes import Json

DAY = "2026-11-20T"


def at(clock: str) -> str:
    return f"{DAY}{clock}Z"


def provider(name: str, **changes: object) -> Json:
    times = {"created_at": at("00:00:00"), "updated_at": at("00:00:00")}
    return {
        "provider_id": name,
        "name": name.upper(),
        "kind": "bank",
        "jurisdiction": "US",
        "is_secured": False,
        "status": "active",
        **times,
        **changes,
    }


def check(name: str, clock: str, breaker: str = "closed", *, healthy: bool = True, **changes: object) -> Json:
    return {
        "provider_id": name,
        "checked_at": at(clock),
        "is_healthy": healthy,
        "latency_ms": 100,
        "failures": 0,
        "successes": 0,
        "breaker": breaker,
        **changes,
    }


def request(name: str, chosen: str | None, requested: str = "2026-11-20T12:00:00Z", **changes: object) -> Json:
    return {
        "request_id": name,
        "borrower_id": "b1",
        "jurisdiction": "US",
        "amount": "1000.00",
        "currency": "USD",
        "term_months": 6,
        "purpose": "other",
        "applied_income": "3000.00",
        "applied_score": 700,
        "collateral_asset": None,
        "collateral_quantity": None,
        "status": "funded" if chosen else "expired",
        "chosen_quote_id": chosen,
        "requested_at": requested,
        "decided_at": None,
        "updated_at": requested,
        **changes,
    }


def quote(
    name: str, asked: str, whom: str, outcome: str, latency: int, apr: str | None = None, **changes: object
) -> Json:
    return {
        "quote_id": name,
        "request_id": asked,
        "provider_id": whom,
        "outcome": outcome,
        "latency_ms": latency,
        "apr_pct": apr,
        "amount": "1000.00" if apr else None,
        "currency": "USD",
        "decline_reason": None,
        "sent_at": at("12:00:00"),
        "responded_at": None,
        "expires_at": None,
        **changes,
    }
