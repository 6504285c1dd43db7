"""French amortisation to the cent: equal instalments of principal, interest and IVA on that interest; the last one closes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sources.workload.columns import Floats, Integers

_RATE_DENOMINATOR = 12 * 100 * 1000  # yearly thousandths of a percent to a monthly share
_TAX_DENOMINATOR = 100 * 100  # hundredths of a percent to a share


@dataclass(frozen=True)
class Schedule:
    """One row for each instalment, by loan and number; amounts in hundredths."""

    loan: Integers
    number: Integers
    principal: Integers
    interest: Integers
    tax: Integers

    @property
    def due(self) -> Integers:
        """What each instalment asks for."""
        return self.principal + self.interest + self.tax


def amortise(principal: Integers, rate_pct: Floats, tax_pct: Floats, term: Integers) -> Schedule:
    """Schedules of loans by yearly rate (three decimals count) and tax on interest (two); halves are rounded up.

    The tax is part of the equal instalment, as lenders quote it: the annuity is that of the rate with its tax.
    """
    rate = np.rint(rate_pct * 1000).astype(np.int64)
    tax_rate = np.rint(tax_pct * 100).astype(np.int64)
    monthly = rate / _RATE_DENOMINATOR * (1 + tax_rate / _TAX_DENOMINATOR)
    flat = np.where(monthly > 0, monthly, 1.0)
    annuity = np.where(monthly > 0, flat / (1 - (1 + flat) ** -term), 1 / term)
    payment = np.rint(principal * annuity).astype(np.int64)
    balance, parts = principal.copy(), []
    for number in range(1, int(term.max(initial=0)) + 1):
        running = np.flatnonzero(number <= term)
        interest = (balance[running] * rate[running] + _RATE_DENOMINATOR // 2) // _RATE_DENOMINATOR
        tax = (interest * tax_rate[running] + _TAX_DENOMINATOR // 2) // _TAX_DENOMINATOR
        # A payment never asks for more than what is left, which only rounding of tiny loans could make it do.
        repaid = np.minimum(payment[running] - interest - tax, balance[running])
        repaid = np.where(number == term[running], balance[running], repaid)
        balance[running] -= repaid
        parts.append((running, np.full(len(running), number), repaid, interest, tax))
    columns = [np.concatenate([part[place] for part in parts]) for place in range(5)]
    order = np.lexsort((columns[1], columns[0]))
    return Schedule(*(column[order] for column in columns))
