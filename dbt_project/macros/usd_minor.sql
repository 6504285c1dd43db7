{# US cents for an amount in major units at a reference rate (US dollars for one unit). #}
{% macro usd_minor(amount, usd_per_unit) -%}
    round({{ amount }} * {{ usd_per_unit }} * 100)::bigint
{%- endmacro %}
