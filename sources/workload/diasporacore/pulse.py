"""Every second a few members of the credit unions look at an exchange rate and send nothing yet."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import psycopg

from contracts.remittances import load_remittance_policy

_DAYS = 100
# Members, corridors and rates as at a random moment of the past.
_QUOTES = """
insert into diasporacore.fx_quotes (quote_id, tenant_id, user_id, corridor, from_currency, to_currency, reference_rate,
    spread_pct, fx_rate, quoted_at, expires_at)
select %(name)s || row_number() over (), past.tenant_id, past.user_id, past.corridor, past.from_currency, past.to_currency,
    past.reference_rate, past.spread_pct, past.fx_rate, %(now)s, %(expires)s
from (
    select * from diasporacore.fx_quotes where quoted_at >= %(past)s order by quoted_at limit %(count)s
) past
on conflict do nothing
"""


def pulse(connection: psycopg.Connection[Any], rng: np.random.Generator, now: datetime, second: int) -> Counter[str]:
    """Write up to two quotes; none without a history."""
    past = now - timedelta(days=float(rng.uniform(1, _DAYS)))
    wanted = {
        "name": f"quote-{int(now.timestamp() * 1000):x}-{second}-",
        "now": now,
        "expires": now + load_remittance_policy().quote_lock,
        "past": past,
        "count": int(rng.integers(0, 3)),
    }
    return Counter({"diasporacore.fx_quotes": connection.execute(_QUOTES.encode(), wanted).rowcount})
