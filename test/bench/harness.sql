-- The measuring inside the server: one session runs all statements of a work in
-- turn, again and again, so that what disturbs the machine disturbs them alike.
--
-- A statement comes from a file.  Of kind "call" it gives one document for :id and
-- runs thousands of times as a cached plan, assigned to a PL/pgSQL variable; of
-- kind "set" it gives a column j of documents and runs as a whole.

CREATE SCHEMA bench;

CREATE TABLE bench.statement (
  work text,
  name text,            -- "ours", or what the file in baselines/ is called
  kind text,
  query text,           -- with $1 for :id
  PRIMARY KEY (work, name)
);

CREATE TABLE bench.sample (
  method text,          -- how it was measured
  work text,
  name text,
  value float8          -- seconds of one call; bytes, rows
);

-- A line of the report: ours against the least of the others whose name matches, or
-- against the sum of them; "net" takes off on both sides what connecting alone costs.
CREATE TABLE bench.line (
  line int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  title text,
  against text,
  method text,
  work text,
  others text,
  combine text,
  at_least numeric,
  unit text
);

-- Parameters have no names here: a query's columns would be taken for them.  They are
-- the id to begin after, how many calls, and among how many ids: these come from all over
-- the table (each once before one comes again), for every statement in the same order.
-- What comes back is seconds of one call: of the calls alone, not of getting there.
CREATE FUNCTION bench.add(work text, name text, kind text, query text) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
  query := regexp_replace(query, ':id\M', '$1', 'g');
  INSERT INTO bench.statement VALUES (work, name, kind, query);
  IF kind = 'call' THEN
    EXECUTE format(
      'CREATE FUNCTION bench.%I(bigint, int, int) RETURNS float8 LANGUAGE plpgsql AS %L',
      work || '.' || name,
      format('DECLARE
                bench_document %s;
                bench_started timestamptz := clock_timestamp();
              BEGIN
                FOR bench_call IN 1..$2 LOOP
                  $1 := ($1 + 7918) %% $3 + 1;
                  bench_document := %s;
                END LOOP;
                RETURN extract(epoch FROM clock_timestamp() - bench_started) / $2;
              END',
        CASE WHEN work LIKE '%json' THEN 'json' ELSE 'jsonb' END,
        regexp_replace(query, '^\s*SELECT', '')));
  END IF;
END
$$;


-- Do all give the same?

-- A call is tried for a hundred ids and one that nobody has; all users may come in
-- any order.  A cursor is a text that no other statement makes: that there is one is compared.
CREATE FUNCTION bench.fingerprint(s bench.statement) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
  result text;
BEGIN
  EXECUTE format(
    'SELECT count(doc) || '' documents, hash '' || hashtextextended(
       string_agg(jsonb_hash_extended(%s, 0)::text, '' '' ORDER BY %s), 0)
     FROM (%s) documents (n, doc)',
    CASE s.work WHEN 'keyset' THEN 'jsonb_build_object(''rows'', doc -> ''rows'', ''next'', doc ->> ''next'' IS NOT NULL)' ELSE 'doc' END,
    CASE s.work WHEN 'all_users' THEN '(doc -> ''id'')::bigint' ELSE 'n' END,
    CASE s.kind
      WHEN 'set' THEN format('SELECT row_number() OVER (), j FROM (%s) s', s.query)
      ELSE format('SELECT bench_id, (%s)::jsonb FROM (SELECT generate_series(1, 10000, 99) UNION ALL SELECT 1000000) ids (bench_id)',
        regexp_replace(s.query, '\$1\M', 'ids.bench_id', 'g'))
    END) INTO result;
  RETURN result;
END
$$;

-- The parts that are added up (apart_...) are no whole documents.
CREATE FUNCTION bench.check_all() RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  ours text;
  theirs text;
  s bench.statement;
  started timestamptz;
BEGIN
  FOR s IN SELECT * FROM bench.statement WHERE name NOT LIKE 'apart%' ORDER BY work, name <> 'ours', name LOOP
    started := clock_timestamp();
    theirs := bench.fingerprint(s);
    INSERT INTO bench.sample VALUES ('check', s.work, s.name, extract(epoch FROM clock_timestamp() - started));
    IF s.name = 'ours' THEN
      ours := theirs;
    END IF;
    IF ours IS NULL OR theirs <> ours OR ours LIKE '0 %' THEN
      RAISE EXCEPTION 'statement "%" of "%" does not give what ours gives', s.name, s.work
        USING DETAIL = format('Ours gives %s; the other gives %s.', ours, theirs);
    END IF;
  END LOOP;
END
$$;


-- Measuring.

CREATE FUNCTION bench.run(s bench.statement, calls int, start bigint, among int DEFAULT 10000) RETURNS float8
LANGUAGE plpgsql AS $$
DECLARE
  started timestamptz := clock_timestamp();
  seconds float8;
BEGIN
  IF s.kind = 'call' THEN
    EXECUTE format('SELECT bench.%I($1, $2, $3)', s.work || '.' || s.name) INTO seconds USING start, calls, among;
    RETURN seconds;
  END IF;
  EXECUTE format('SELECT sum(pg_column_size(j)) FROM (SELECT j FROM (%s) s OFFSET 0) s', s.query);
  RETURN extract(epoch FROM clock_timestamp() - started);
END
$$;

CREATE VIEW bench.median AS
  SELECT method, work, name, count(*) AS samples,
    percentile_cont(0.5) WITHIN GROUP (ORDER BY value) AS value,
    percentile_cont(0.25) WITHIN GROUP (ORDER BY value) AS low,
    percentile_cont(0.75) WITHIN GROUP (ORDER BY value) AS high
  FROM bench.sample
  GROUP BY method, work, name;

-- Can it still be the fastest of the others in a line that is measured by a method?
-- One that took much longer than the fastest is not tried further.
CREATE FUNCTION bench.has_a_chance(bench.statement, method text, as_sampled_by text) RETURNS boolean
LANGUAGE sql AS $$
  SELECT $1.name = 'ours' OR EXISTS (
    SELECT FROM bench.line l
      JOIN bench.median mine ON mine.method = $3 AND mine.work = l.work AND mine.name = $1.name
    WHERE l.method = $2 AND l.work = $1.work AND $1.name ~ l.others
      AND (l.combine = 'sum' OR mine.value < 1.3 *
        (SELECT min(m.value) FROM bench.median m
         WHERE m.method = $3 AND m.work = l.work AND m.name <> 'ours' AND m.name ~ l.others)))
$$;

-- Sets are warm, and the slow ones known, from check_all.  Calls have a round before
-- the first that is not counted, and three to show what they can.
CREATE PROCEDURE bench.race(race_work text, rounds int, calls int, method text DEFAULT 'inside', among int DEFAULT 10000)
LANGUAGE plpgsql AS $$
DECLARE
  seconds float8;
  s bench.statement;
BEGIN
  FOR round IN CASE calls WHEN 1 THEN 1 ELSE 0 END .. rounds LOOP
    FOR s IN
      SELECT * FROM bench.statement t
      WHERE t.work = race_work AND CASE
          WHEN t.kind = 'call' THEN round <= 3 OR bench.has_a_chance(t, method, method)
          ELSE bench.has_a_chance(t, method, CASE round WHEN 1 THEN 'check' ELSE method END)
        END
      ORDER BY name
    LOOP
      seconds := bench.run(s, calls, round * calls, among);
      IF round > 0 THEN
        INSERT INTO bench.sample VALUES (method, race_work, s.name, seconds);
      END IF;
      -- a load in a transaction that has written looks at all rows anew
      COMMIT;
    END LOOP;
  END LOOP;
END
$$;

-- How many rows or index entries of a table ours reads.
CREATE FUNCTION bench.count_rows(work text, relation regclass) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  before bigint;
  s bench.statement;
  relations oid[] := ARRAY(SELECT indexrelid FROM pg_index WHERE indrelid = relation) || relation::oid;
BEGIN
  SELECT * INTO STRICT s FROM bench.statement t WHERE t.work = count_rows.work AND t.name = 'ours';
  SELECT sum(pg_stat_get_xact_tuples_returned(r)) INTO before FROM unnest(relations) r;
  PERFORM bench.run(s, 1, 1);
  INSERT INTO bench.sample
    SELECT 'rows', work, 'ours', sum(pg_stat_get_xact_tuples_returned(r)) - before FROM unnest(relations) r;
  EXECUTE format('INSERT INTO bench.sample SELECT ''rows'', %L, ''all'', count(*) FROM %s', work, relation);
END
$$;


-- Results.

CREATE VIEW bench.result AS
  SELECT l.line, l.title, l.against, l.unit, m.ours, m.fastest, m.other, m.ratio, l.at_least,
    CASE WHEN m.ratio >= l.at_least THEN 'yes' WHEN m.ratio < l.at_least THEN 'no' END AS reached, m.samples
  FROM bench.line l CROSS JOIN LATERAL (
    SELECT o.value - free.cost AS ours, t.name AS fastest, t.value - free.cost AS other, o.samples,
      round(((t.value - free.cost) / (o.value - free.cost))::numeric, 2) AS ratio
    FROM bench.median o,
      (SELECT coalesce(max(m.value), 0) AS cost FROM bench.median m
       WHERE l.combine = 'net' AND m.method = l.method AND m.work = 'connect') free,
      (SELECT CASE l.combine WHEN 'sum' THEN string_agg(m.name, ' + ' ORDER BY m.name) ELSE (array_agg(m.name ORDER BY m.value))[1] END AS name,
         CASE l.combine WHEN 'sum' THEN sum(m.value) ELSE min(m.value) END AS value
       FROM bench.median m
       WHERE m.method = l.method AND m.work = l.work AND m.name <> 'ours' AND m.name ~ l.others) t
    WHERE o.method = l.method AND o.work = l.work AND o.name = 'ours') m;
