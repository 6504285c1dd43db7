"""Loan performance by month of book, from canonical loans and instalments; what its columns mean is in contracts."""

from __future__ import annotations


def performance_sql() -> str:
    """One row for each loan and complete month of its life.

    An instalment counts as past due from the day after its due date until the day on which it was paid in full.
    """
    return """
with known as (
    select app, disbursed_on as day from loans
    union all
    select app, updated_on as day from loans
    union all
    select app, paid_on as day from loan_instalments where paid_on is not null
    union all
    select app, updated_on as day from loan_instalments
),
horizons as (
    select app, cast(date_trunc('month', max(day) + 1) as date) - 1 as horizon from known group by app
),
instalments as (
    select app, loan_id, due_date, due_amount, paid_amount, paid_on as settled_on,
        case when paid_amount <> 0 then coalesce(paid_on, updated_on) end as credited_on
    from loan_instalments
),
settled as (
    select app, loan_id, case when count(*) = count(settled_on) then max(settled_on) end as closed_on
    from instalments group by app, loan_id
),
lives as (
    select loans.app as app, loans.loan_id as loan_id, currency,
        cast(date_trunc('month', disbursed_on) as date) as first_month,
        case when closed_on is null then horizon else least(horizon, last_day(greatest(closed_on, disbursed_on))) end
            as last_day_on_book
    from loans inner join horizons on loans.app = horizons.app
    left join settled on loans.app = settled.app and loans.loan_id = settled.loan_id
),
spans as (
    select app, loan_id, currency, first_month,
        unnest(generate_series(first_month, greatest(first_month, last_day_on_book), interval 1 month)) as start,
        last_day_on_book
    from lives
),
months as (
    select app, loan_id, currency, first_month, cast(start as date) as month, last_day(cast(start as date)) as month_end
    from spans where last_day(cast(start as date)) <= last_day_on_book
)
select months.app as app, months.loan_id as loan_id, month, month_end,
    date_diff('month', first_month, month) as months_on_book, currency,
    cast(coalesce(sum(case when due_date between month and month_end then due_amount end), 0) as decimal(18,2)) as scheduled_amount,
    cast(coalesce(sum(case when credited_on between month and month_end then paid_amount end), 0) as decimal(18,2)) as paid_amount,
    cast(coalesce(sum(case when due_date <= month_end then due_amount end), 0) as decimal(18,2)) as scheduled_total,
    cast(coalesce(sum(case when credited_on <= month_end then paid_amount end), 0) as decimal(18,2)) as paid_total,
    cast(coalesce(sum(case when due_date < month_end and (settled_on is null or settled_on > month_end)
        then due_amount - case when credited_on <= month_end then paid_amount else 0 end end), 0) as decimal(18,2)) as past_due_amount,
    coalesce(date_diff('day', min(case when due_date < month_end and (settled_on is null or settled_on > month_end)
        then due_date end), month_end), 0) as days_past_due
from months left join instalments on months.app = instalments.app and months.loan_id = instalments.loan_id
group by months.app, months.loan_id, month, month_end, first_month, currency
order by app, loan_id, month
"""
