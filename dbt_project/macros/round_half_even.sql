{# Half to even, as contracts.money and reference.round_half_even do it; PostgreSQL rounds halves away from zero. #}
{% macro round_half_even(amount) -%}
    (round({{ amount }}) - case mod({{ amount }}, 2) when 0.5 then 1 when -0.5 then -1 else 0 end)
{%- endmacro %}
