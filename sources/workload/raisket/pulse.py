"""What raisket does of itself in live traffic: an application at a time, its bureau inquiry, and feedback."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import psycopg

from sources.workload.streams import happens

Connection = psycopg.Connection[Any]

# Somebody whose consent holds, with the last product that was asked for; the primary key's order makes the offset cheap.
_APPLICANT = """
select c.consent_id, p.*, d.product_id, d.minimum_amount
from raisket.consents c
join raisket.profiles p using (user_id)
cross join lateral (select product_id, minimum_amount from raisket.products order by product_id offset %(product)s limit 1) d
where c.purpose = 'bureau_inquiry' and c.status = 'granted' and c.expires_at > %(now)s
order by c.consent_id offset %(place)s limit 1
"""
_MANY = "select greatest(reltuples, 1)::bigint from pg_class where oid = 'raisket.users'::regclass"
_INQUIRY = """
insert into raisket.bureau_inquiries (bureau_inquiry_id, user_id, consent_id, bureau, inquired_at)
values (%(inquiry)s, %(user_id)s, %(consent_id)s, 'buro_de_credito', %(now)s)
"""
_REPORT = """
insert into raisket.bureau_reports (bureau_inquiry_id, user_id, score, open_accounts, reported_debt, credit_limit,
    utilisation_pct, worst_days_past_due, inquiries_6m, currency, reported_at)
values (%(inquiry)s, %(user_id)s, %(score)s, 2, %(existing_debt)s, %(monthly_income)s, %(utilisation)s, 0, 1, %(currency)s,
    %(answered)s)
"""
_APPLICATION = """
insert into raisket.applications (application_id, user_id, product_id, bureau_inquiry_id, requested_amount, currency,
    term_months, applied_income, applied_employment, applied_employment_months, applied_existing_debt, status, submitted_at,
    updated_at)
values (%(application)s, %(user_id)s, %(product_id)s, %(inquiry)s, %(minimum_amount)s, %(currency)s, 6, %(monthly_income)s,
    %(employment)s, %(employment_months)s, %(existing_debt)s, 'submitted', %(now)s, %(now)s)
"""
_FEEDBACK = """
insert into raisket.recommendation_feedback (feedback_id, user_id, product_id, place, action, occurred_at)
values (%(feedback)s, %(user_id)s, %(product_id)s, 1, %(action)s, %(now)s)
"""
_PRODUCTS = 4
_APPLIES = 0.5


def pulse(connection: Connection, rng: np.random.Generator, now: datetime, second: int) -> Counter[str]:
    """One visitor: sees a recommendation, and every other one applies after an inquiry of the bureau."""
    found = _applicant(connection, rng, now)
    if found is None:
        return Counter()
    applies = happens(rng, _APPLIES)
    mark = f"{now:%y%m%d%H%M%S%f}-{second}"
    row = {
        **found,
        "now": now,
        "answered": now + timedelta(milliseconds=400),
        "inquiry": f"inquiry-{mark}",
        "application": f"application-{mark}",
        "feedback": f"feedback-{mark}",
        "action": "applied" if applies else "clicked",
        "score": int(rng.integers(500, 780)),
        "utilisation": round(float(rng.uniform(5, 95)), 3),
    }
    with connection.transaction():
        connection.execute(_FEEDBACK, row)
        if not applies:
            return Counter({"raisket.recommendation_feedback": 1})
        for statement in (_INQUIRY, _REPORT, _APPLICATION):
            connection.execute(statement, row)
    tables = ("recommendation_feedback", "bureau_inquiries", "bureau_reports", "applications")
    return Counter({f"raisket.{table}": 1 for table in tables})


def _applicant(connection: Connection, rng: np.random.Generator, now: datetime) -> dict[str, Any] | None:
    many = connection.execute(_MANY).fetchone()
    place = int(rng.integers(0, max(1, int(many[0] * 0.8)))) if many else 0
    wanted = {"now": now, "place": place, "product": int(rng.integers(0, _PRODUCTS))}
    with connection.cursor(row_factory=psycopg.rows.dict_row) as cursor:
        return cursor.execute(_APPLICANT, wanted).fetchone()
