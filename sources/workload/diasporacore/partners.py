"""Who pays remittances out: in each country a bank network, and one that is faster and takes more."""

from __future__ import annotations

import numpy as np

from sources.workload.calendars import Calendar
from sources.workload.columns import DAY, Array, Columns, Floats, full
from sources.workload.population import CORRIDORS
from sources.workload.streams import chance, stream

# Payout method, percent and CAD for each order, promised minutes, and how its pay-outs last against the mean.
_BANK = ("bank", 0.35, 0.50, 24 * 60, 1.5)
_FAST = (0.6, 0.90, 6 * 60, 0.6)
_MOBILE = {"SN", "HT", "PH"}
_NAMES = {"bank": "Interbank", "cash": "Cash Points", "mobile": "Mobile Money"}
_BANK_SHARE = 0.55


def partner_rows(calendar: Calendar) -> Columns:
    """Two partners of each country."""
    rows = [
        (country, *terms)
        for country in CORRIDORS
        for terms in (_BANK, ("mobile" if country in _MOBILE else "cash", *_FAST))
    ]
    count = len(rows)
    return {
        "partner_id": np.array([_identifier(row[0], row[1] == "bank") for row in rows], dtype=object),
        "name": np.array([f"{_NAMES[row[1]]} {row[0]}" for row in rows], dtype=object),
        "to_country": np.array([row[0] for row in rows], dtype=object),
        "payout_method": np.array([row[1] for row in rows], dtype=object),
        "cost_pct": np.array([row[2] for row in rows]),
        "cost_fixed": np.array([round(row[3] * 100) for row in rows], dtype=np.int64),
        "currency": full(count, "CAD"),
        "promised_minutes": np.array([row[4] for row in rows], dtype=np.int64),
        "created_at": np.full(count, calendar.end - 2500 * DAY, dtype=np.int64),
    }


def choose_partners(seed: int, country: Array) -> tuple[Array, Floats]:
    """A partner for each order to these countries, and how long it takes against the mean."""
    bank = chance(stream(seed, "remittance partners"), len(country), _BANK_SHARE)
    chosen = [_identifier(one, by_bank) for one, by_bank in zip(country.tolist(), bank.tolist(), strict=True)]
    return np.array(chosen, dtype=object), np.where(bank, _BANK[-1], _FAST[-1])


def _identifier(country: str, by_bank: bool) -> str:  # noqa: FBT001 - one of two
    return f"partner-{country.lower()}-{'bank' if by_bank else 'fast'}"
