{# US cents for an amount in major units, by way of the currency's minor units: as reference.usd_minor stamps it. #}
{% macro usd_minor(amount, minor_per_unit, usd_cents_per_minor) -%}
    {{ round_half_even(round_half_even('(' ~ amount ~ ') * ' ~ minor_per_unit) ~ ' * ' ~ usd_cents_per_minor) }}::bigint
{%- endmacro %}
