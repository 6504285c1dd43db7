{# The day of an instant in UTC, whatever the session's time zone. #}
{% macro utc_date(instant) -%}
    ({{ instant }} at time zone 'UTC')::date
{%- endmacro %}
