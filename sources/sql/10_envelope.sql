-- The CloudEvents envelope (contracts/events/envelope.schema.json), structured mode.
create or replace function events.utc_text(at timestamptz) returns text
language plpgsql stable strict as $$
begin
    return to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"');
end
$$;

create or replace function events.envelope(
    event_id uuid, source text, event_type text, subject text, written_at text, data jsonb
) returns jsonb
language plpgsql stable as $$
begin
    return jsonb_build_object(
        'specversion', '1.0',
        'id', event_id::text,
        'source', source,
        'type', event_type,
        'subject', subject,
        'time', written_at,
        'datacontenttype', 'application/json',
        'data', data
    );
end
$$;
