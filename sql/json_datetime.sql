-- Dates and timestamps are written by our own code where it is the same as core's
-- JsonEncodeDateTime: compared over the edges and thousands of values in many zones.
\getenv build PG_LIBDIR
\set module :build '/pg_associations_test'
CREATE FUNCTION pg_temp.written(r record, as_string bool DEFAULT false) RETURNS jsonb
  LANGUAGE c AS :'module', 'json_writer_test_row';

CREATE TEMP TABLE instants AS
  SELECT t FROM unnest(ARRAY[
    'infinity', '-infinity', '0001-01-01 00:00:00+00', '0001-12-31 BC', '4713-01-01 BC', '9999-12-31 23:59:59.999999+00',
    '10000-01-01', '294276-12-31', '1969-12-31 23:59:59.999999+00', '1970-01-01 00:00:00+00', '1999-12-31 23:59:59.5+00',
    '2000-01-01 00:00:00+00', '2000-02-29 12:00:00.000001+00', '2024-03-31 00:59:59.999999+00', '2024-03-31 01:00:00+00',
    '2024-10-27 00:59:59+00', '2024-10-27 01:00:00+00', '1883-11-18 17:00:00+00', '1850-01-01 00:00:00+00',
    '1900-01-01 12:34:56.7+00', '2038-01-19 03:14:08+00', '2200-07-01 00:00:00+00']::timestamptz[]) t
  UNION ALL
  SELECT timestamptz '1840-01-01 00:00:00+00' + (i * 7919.123457) * interval '30 minutes' FROM generate_series(1, 1500) i;

CREATE FUNCTION pg_temp.mismatches(zone text) RETURNS bigint LANGUAGE plpgsql AS $$
BEGIN
  PERFORM set_config('timezone', zone, true);
  RETURN (SELECT count(*) FROM instants
    WHERE pg_temp.written(ROW(t, t::timestamp, t::date)) IS DISTINCT FROM to_jsonb(ROW(t, t::timestamp, t::date)));
END $$;
SELECT zone, pg_temp.mismatches(zone)
FROM unnest(ARRAY['UTC', 'Europe/Berlin', 'America/New_York', 'Asia/Kolkata', 'Asia/Kathmandu', 'Australia/Lord_Howe',
  'America/St_Johns', 'Pacific/Apia', 'Africa/Monrovia', '+05:45', '-03:21', 'Antarctica/Troll']) zone;
-- backwards in time, and zones by turns: what is remembered of one must not serve another
SELECT count(*) FROM (
  SELECT set_config('timezone', CASE WHEN n % 2 = 0 THEN 'Asia/Tokyo' ELSE 'America/Lima' END, true) z,
    pg_temp.written(ROW(t)) = to_jsonb(ROW(t)) AS same
  FROM (SELECT t, row_number() OVER (ORDER BY t DESC) n FROM instants) i) x
WHERE NOT same;
