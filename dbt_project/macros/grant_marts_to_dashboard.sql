{# The pages read marts and nothing else of what dbt builds. #}
{% macro grant_marts_to_dashboard() %}
    create schema if not exists marts;
    grant usage on schema marts to dashboard;
    grant select on all tables in schema marts to dashboard;
{% endmacro %}
