-- Options documents, right, broken, deep and wide: each is parsed or refused with its
-- place.  Prints counts, and what went otherwise.  test/fuzz/options.sh does more.
SET client_min_messages = warning;
DROP SCHEMA IF EXISTS options_fuzz CASCADE;
CREATE SCHEMA options_fuzz;
SET search_path = options_fuzz;
\getenv top PG_ABS_SRCDIR
\set generator :top '/test/fuzz/options.sql'
\set ECHO none
\i :generator
\set ECHO all
-- the summary, and what outcome() tells apart
SELECT parse('{"where": {"a": {"gt": 1, "lt": 5}}, "include": ["a.b", {"association": "c", "order": ["d"]}]}', 0);
SELECT parse('{"attributes": ["a", {"count": "*", "as": "n"}], "group": ["a"]}', -1), parse(NULL, 0);
SELECT outcome('{"where": {}}', 0), outcome('{"whre": {}}', 0), outcome('{"limit": 1}', 2), names_a_place('{"path": ""}'),
  names_a_place('{}'), names_a_place('no');
SELECT setseed(0.42);
CALL run_random(1500);
SELECT kind, count(*), count(*) FILTER (WHERE outcome = 'parsed') > 100 AS some_parsed,
  count(*) FILTER (WHERE outcome = 'refused') > 500 AS many_refused,
  count(*) FILTER (WHERE outcome <> 'parsed' AND (kind = 'grammar' OR outcome <> 'refused')) AS wrong
FROM runs GROUP BY kind ORDER BY kind;
SELECT no, kind, use, outcome, left(document::text, 300) AS document FROM runs WHERE outcome <> 'parsed'
  AND (kind = 'grammar' OR outcome <> 'refused') ORDER BY no LIMIT 5;
-- deep: only what is a value to us may be as deep as the server takes it
TRUNCATE runs;
CALL run_deep(20);
CALL run_deep(1000);
CALL run_deep(3000);
CALL run_deep(10000);
SELECT no > 20 AS deep, outcome = 'parsed' AS parsed, count(*) AS constructs, string_agg(kind, ', '
  ORDER BY kind COLLATE "C") FILTER (WHERE no > 20 AND outcome = 'parsed') AS values FROM runs
WHERE no <= 1000 GROUP BY 1, 2 ORDER BY 1, 2;
SELECT count(*) AS wrong FROM runs WHERE outcome NOT IN ('parsed', 'refused', 'no document');
-- wide
TRUNCATE runs;
CALL run_wide(2000);
SELECT outcome, count(*), string_agg(kind, ', ' ORDER BY kind COLLATE "C") AS kinds FROM runs GROUP BY outcome ORDER BY outcome;
DROP SCHEMA options_fuzz CASCADE;
