-- Each position after each of its executions, by average cost. A purchase adds what it cost, commission included; a
-- sale takes out the cost in proportion to the shares sold, to the cent, and the last one takes out all that is left.
with recursive books as (
    select
        portfolio_id,
        instrument_id,
        sequence,
        execution_id,
        signed_quantity as quantity,
        (case side when 'buy' then quantity * price + fee_amount else 0 end)::numeric(18, 2) as cost_amount,
        (case side when 'sell' then quantity * price - fee_amount else 0 end)::numeric(18, 2) as realised_amount
    from {{ ref('int_trading_executions') }}
    where sequence = 1
    union all
    select
        made.portfolio_id,
        made.instrument_id,
        made.sequence,
        made.execution_id,
        books.quantity + made.signed_quantity as quantity,
        (
            case
                when made.side = 'buy' then books.cost_amount + made.quantity * made.price + made.fee_amount
                when made.quantity >= books.quantity then 0
                else books.cost_amount - round(books.cost_amount * made.quantity / books.quantity, 2)
            end
        )::numeric(18, 2) as cost_amount,
        (
            case
                when made.side = 'buy' then 0
                when made.quantity >= books.quantity
                    then made.quantity * made.price - made.fee_amount - books.cost_amount
                else
                    made.quantity * made.price
                    - made.fee_amount
                    - round(books.cost_amount * made.quantity / books.quantity, 2)
            end
        )::numeric(18, 2) as realised_amount
    from books
    inner join {{ ref('int_trading_executions') }} as made
        on
            books.portfolio_id = made.portfolio_id
            and books.instrument_id = made.instrument_id
            and made.sequence = books.sequence + 1
)

select
    portfolio_id,
    instrument_id,
    sequence,
    execution_id,
    quantity,
    cost_amount,
    realised_amount
from books
