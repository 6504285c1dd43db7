{# Today in a time zone, or the day that the variable `as_of` names: marts of a past day are built with it. #}
{% macro as_of_date(time_zone) -%}
    {%- if var('as_of', none) -%} '{{ var('as_of') }}'::date
    {%- else -%} (current_timestamp at time zone {{ time_zone }})::date
    {%- endif -%}
{%- endmacro %}
