-- Processor time of one call of each kind of work, in microseconds, in this session as it is set.

CREATE SCHEMA IF NOT EXISTS bench;

CREATE FUNCTION bench.processor_time() RETURNS float8 LANGUAGE sql VOLATILE AS $$
  SELECT split_part(pg_read_file('/proc/self/schedstat'), ' ', 1)::float8 / 1000
$$;

-- a user, from all over the table; writes are of the very rows that are read
CREATE PROCEDURE bench.some_users(calls int, INOUT start bigint, reads boolean, writes boolean) LANGUAGE plpgsql AS $$
DECLARE
  document jsonb;
BEGIN
  FOR i IN 1..calls LOOP
    start := (start + 7918) % 10000 + 1;
    IF reads AND (NOT writes OR i % 5 > 0) THEN
      document := user_with_projects(start);
    ELSIF writes AND i % 5 = 0 THEN
      UPDATE user_projects SET role = role WHERE user_id = start;
    END IF;
    IF writes THEN
      COMMIT;
    END IF;
  END LOOP;
END $$;

CREATE PROCEDURE bench.measure(pair text, calls int, start bigint) LANGUAGE plpgsql AS $$
DECLARE
  document jsonb;
  t float8[] := '{}';
  n bigint := start;
BEGIN
  FOR round IN 0..1 LOOP
    t := '{}';
    t := t || bench.processor_time();
    CALL bench.some_users(calls, n, true, false);
    t := t || bench.processor_time();
    FOR i IN 1..calls / 2 LOOP
      n := (n + 7918) % 10000 + 1;
      document := assoc.find_by_pk('Person', n, '{"include": [{"association": "errands", "where": {"done": true}, "order": [["due", "DESC"]], "limit": 10}]}');
    END LOOP;
    t := t || bench.processor_time();
    FOR i IN 1..calls / 10 LOOP
      document := assoc.find_all('User', '{"include": ["projects"], "order": ["name"], "limit": 20}');
    END LOOP;
    t := t || bench.processor_time();
    PERFORM pg_column_size(j) FROM assoc.find('User', '{"include": ["projects"]}') j;
    t := t || bench.processor_time();
    COMMIT;
    CALL bench.some_users(calls, n, false, true);
    t := t || bench.processor_time();
    CALL bench.some_users(calls, n, true, true);
    t := t || bench.processor_time();
  END LOOP;
  INSERT INTO bench.mechanism SELECT pair, current_setting('pg_associations.leave_out'), kind, value FROM (VALUES
    ('rows', (t[2] - t[1]) / calls), ('own', (t[3] - t[2]) / (calls / 2)), ('pages', (t[4] - t[3]) / (calls / 10)),
    ('all', t[5] - t[4]), ('mixed', (t[7] - t[6] - (t[6] - t[5])) / (calls * 0.8))) v (kind, value);
END $$;

CREATE TABLE bench.mechanism (pair text, left_out text, kind text, value float8);
