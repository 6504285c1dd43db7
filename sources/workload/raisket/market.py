"""Builds the marketplace: every row of raisket's tables."""

from __future__ import annotations

import numpy as np

from sources.workload.calendars import Calendar
from sources.workload.columns import DAY
from sources.workload.raisket.applications import (
    application_rows,
    build_applications,
    bureau_rows,
    product_rows,
)
from sources.workload.raisket.lending import build_loans, lending_rows
from sources.workload.raisket.partners import build_partners, commission_rows, partner_rows
from sources.workload.raisket.people import LOAN_DAYS, build_people, consent_rows, people_rows
from sources.workload.raisket.voices import complaint_rows, feedback_rows
from sources.workload.sizes import Size
from sources.workload.system import Built

# Applications for each movement of the history, so that the movements of their loans are the system's share.
_APPLICATIONS = 0.5


def build_raisket(seed: int, size: Size, calendar: Calendar) -> Built:
    """People, what they asked for and got, and who earned by it."""
    count = round(size.share("raisket") * _APPLICATIONS)
    people = build_people(seed, max(20, round(count * 0.45)), calendar)
    partners = build_partners(seed, count)
    made = build_applications(seed, count, people, partners, calendar)
    loans = build_loans(seed, people, made, calendar)
    used = np.full(len(people), calendar.start - LOAN_DAYS * DAY)
    np.maximum.at(used, made.who, made.submitted)
    lent = lending_rows(seed, (people, partners), made, loans, calendar)
    brought = np.flatnonzero(made.partner[loans.made] >= 0)
    earned = {
        "loan_id": loans.loan[brought],
        "partner": made.partner[loans.made[brought]],
        "principal": made.amount[loans.made[brought]],
        "disbursed": loans.disbursed[brought],
    }
    begin = calendar.end - (LOAN_DAYS + 30) * DAY
    tables = {
        **people_rows(seed, people),
        "consents": consent_rows(seed, people, used + DAY, calendar.end),
        **bureau_rows(seed, people, made),
        "products": product_rows(begin),
        **partner_rows(seed, partners, begin),
        "applications": application_rows(people, partners, made),
        **lent,
        "commissions": commission_rows(seed, partners, earned, calendar.end),
        "complaints": complaint_rows(seed, people, made, loans, calendar),
        "recommendation_feedback": feedback_rows(seed, people, made, calendar, max(20, count // 3)),
    }
    return Built(tables)
