"""IVA by the day, from the jurisdiction's dated rate."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np

from contracts.jurisdictions import load_jurisdiction, valid_on
from sources.workload.columns import DAY, Integers
from sources.workload.raisket.people import LOCAL


def tax_rates(at: Integers) -> Integers:
    """The rate on the day of each instant in Mexico City, in hundredths of a percent."""
    rates = load_jurisdiction("MX").value_added_tax_pct
    days, position = np.unique((at - LOCAL) // DAY, return_inverse=True)
    dates = [datetime.fromtimestamp(day * 86_400, UTC).date() for day in days.tolist()]
    known = np.array([int(valid_on(rates, day).value * 100) for day in dates], dtype=np.int64)
    rate: Integers = known[position]
    return rate


def value_added_tax(amount: Integers, at: Integers) -> Integers:
    """The tax on amounts in hundredths, halves up."""
    tax: Integers = (amount * tax_rates(at) + 5_000) // 10_000
    return tax
