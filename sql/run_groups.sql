-- Counts and other aggregates of many rows: a subquery for each, or the groups of all of them made once and
-- joined, whichever the planner takes for cheaper.  Both give the same.
CREATE SCHEMA run_groups;
SET search_path = run_groups;
SET client_min_messages = warning;
\pset format unaligned
CREATE TABLE person (id int PRIMARY KEY, code text UNIQUE, name text);
CREATE TABLE club (id int PRIMARY KEY, name text, open boolean);
CREATE TABLE member (person text REFERENCES person (code), club_id int REFERENCES club, role text, since date);
CREATE UNIQUE INDEX ON member (person, club_id);
CREATE TABLE note (id int PRIMARY KEY, person_id int REFERENCES person, score numeric);
INSERT INTO person SELECT g, 'c' || g, 'p' || g % 10 FROM generate_series(1, 200) g;
INSERT INTO club SELECT g, 'club ' || g, g % 3 > 0 FROM generate_series(1, 9) g;
INSERT INTO member SELECT 'c' || p, 1 + (p * c) % 9, CASE WHEN p * c % 4 > 0 THEN 'r' || c % 2 END, date '2024-01-01' + p * c % 7
  FROM generate_series(1, 150) p, generate_series(1, 5) c ON CONFLICT DO NOTHING;
INSERT INTO note SELECT g, nullif(1 + g * 7 % 170, 5), CASE WHEN g % 5 > 0 THEN g % 13 + 0.5 END FROM generate_series(1, 600) g;
ANALYZE;
SELECT 1 FROM assoc.belongs_to_many('person', 'club', through => 'member', foreign_key => 'person', other_key => 'club_id',
  source_key => 'code',
  alias => 'clubs', inverse => 'people');
SELECT 1 FROM assoc.has_many('person', 'note', foreign_key => 'person_id', alias => 'notes', inverse => 'writer');
CREATE FUNCTION statement(model text, options jsonb, params jsonb) RETURNS text LANGUAGE sql AS $$
  SELECT CASE count(*) FILTER (WHERE line LIKE '% SQL: % LEFT JOIN %') WHEN 0 THEN 'each' ELSE 'groups' END
  FROM assoc.explain(model, options, true, params) line $$;
CREATE TABLE request (n int, options jsonb, params jsonb);
INSERT INTO request VALUES
  (1, '{"attributes": ["id", {"count": "clubs", "as": "clubs_"}, {"count": "notes", "as": "notes_"}]}', NULL),
  (2, '{"attributes": ["id", {"count": "notes", "as": "c"}, {"sum": ["notes", "score"], "as": "s"}, {"max": ["clubs", "through", "since"],
    "as": "m"}, {"avg": ["notes", "score"], "as": "a"}, {"min": ["clubs", "name"], "as": "l"}]}', NULL),
  (3, '{"attributes": ["id", {"count": "notes", "as": "c"}], "where": {"notes": {"count": {"gte": 3}}}, "order": [["c", "DESC"]]}', NULL),
  (4, '{"attributes": ["id"], "where": {"or": [{"notes": {"count": {"eq": 0}}}, {"clubs": {"count": {"where": {"open": true}, "between": [1,
    2]}}}]}}', NULL),
  (5, '{"attributes": ["id"], "where": {"clubs": {"count": {"where": {"through": {"role": {"param": "r"}}}, "gt": 1}}},
    "order": [{"by": {"count": "notes"}, "direction": "DESC"}]}', '{"r": "r1"}'),
  (6, '{"attributes": ["id"], "where": {"notes": {"count": {"in": [1, 4]}}, "clubs": {"count": {"not": {"gt": 2}}}}}', NULL),
  (7, '{"attributes": ["id"], "where": {"not": {"notes": {"count": {"lt": {"param": "n"}}}}}}', '{"n": 4}'),
  (8, '{"attributes": ["id"], "where": {"notes": {"count": {"lt": {"param": "n"}}}}}', '{"n": null}'),
  (9, '{"attributes": ["id", {"count": ["notes", "score"], "distinct": true, "as": "d"}, {"count": "notes", "where": {"score": {"gt": 5}},
    "as": "high"}], "order": [{"by": {"max": ["notes", "score"]}, "nulls": "last"}], "limit": 150}', NULL),
  (10, '{"attributes": ["id", {"count": "clubs", "as": "c"}], "where": {"name": "p3",
    "clubs": {"some": {"people": {"count": {"gt": 40}}}}}}', NULL),
  (11, '{"attributes": ["id", {"count": "clubs", "as": "c"}], "order": [["c", "DESC"], ["name", "ASC"]], "limit": 100,
    "include": [{"association": "notes", "limit": 1, "attributes": ["id"]}]}', NULL),
  (12, '{"attributes": ["id", {"count": ["notes", "score"], "as": "scored"}, {"count": ["clubs", "through", "role"], "as": "roles"}],
    "order": [{"by": {"count": ["notes", "score"]}, "direction": "DESC"}]}', NULL);
-- rows by the statement of all, and the same by statements of one row each
CREATE TABLE all_rows AS SELECT n, assoc.find_all('person', options, params) AS load, statement('person', options, params) FROM request;
SELECT n, jsonb_array_length(load) AS rows, md5(load::text) FROM all_rows ORDER BY n;
SELECT count(*) > 6 AS most_by_groups FROM all_rows WHERE statement = 'groups';
SELECT n, bool_and(d = assoc.find_by_pk('person', d ->> 'id', options - '{where,limit,order}'::text[], params)) AS same
  FROM all_rows JOIN request USING (n), jsonb_array_elements(load) d GROUP BY n ORDER BY n;
-- which rows they are, by hand
CREATE VIEW counts AS SELECT p.*, (SELECT count(*) FROM note WHERE person_id = p.id) AS notes, (SELECT count(*) FROM member
  WHERE person = p.code) AS clubs,
  (SELECT count(*) FROM member m JOIN club c ON c.id = m.club_id WHERE person = p.code AND open) AS open, (SELECT count(*) FROM member
    WHERE person = p.code AND role = 'r1') AS r1,
  (SELECT max(score) FROM note WHERE person_id = p.id) AS score,
  (SELECT count(score) FROM note WHERE person_id = p.id) AS scored FROM person p;
WITH hand AS (
  SELECT 1 AS n, array_agg(id ORDER BY id) AS ids FROM counts UNION ALL SELECT 2, array_agg(id ORDER BY id) FROM counts
  UNION ALL SELECT 3, array_agg(id ORDER BY notes DESC, id) FROM counts WHERE notes >= 3
  UNION ALL SELECT 4, array_agg(id ORDER BY id) FROM counts WHERE notes = 0 OR open BETWEEN 1 AND 2
  UNION ALL SELECT 5, array_agg(id ORDER BY notes DESC, id) FROM counts WHERE r1 > 1
  UNION ALL SELECT 6, array_agg(id ORDER BY id) FROM counts WHERE notes IN (1, 4) AND NOT clubs > 2
  UNION ALL SELECT 7, array_agg(id ORDER BY id) FROM counts WHERE NOT notes < 4
  UNION ALL SELECT 8, NULL
  UNION ALL SELECT 9, array_agg(id ORDER BY o) FROM (SELECT id, row_number() OVER (ORDER BY score NULLS LAST, id) AS o FROM counts) x
    WHERE o <= 150
  UNION ALL SELECT 11, array_agg(id ORDER BY o) FROM (SELECT id, row_number() OVER (ORDER BY clubs DESC, name, id) AS o FROM counts) x
    WHERE o <= 100
  UNION ALL SELECT 12, array_agg(id ORDER BY scored DESC, id) FROM counts)
SELECT n, (SELECT array_agg((d ->> 'id')::int ORDER BY o) FROM jsonb_array_elements(load) WITH ORDINALITY j (d, o)) IS NOT DISTINCT
  FROM ids AS same
  FROM hand JOIN all_rows USING (n) ORDER BY n;
-- pages go on where they were, whichever statement they come from; and so do streams
CREATE FUNCTION pages(size int) RETURNS int[] LANGUAGE plpgsql AS $$
  DECLARE page jsonb; ids int[] := '{}'; cursor jsonb;
  BEGIN
    LOOP
      page := assoc.find_page('person', '{"attributes": ["id"], "order": [{"by": {"count": "notes"}, "direction": "DESC"}],
        "limit": {"param": "n"}, "after": {"param": "c"}}',
        jsonb_build_object('n', size, 'c', cursor));
      ids := ids || array(SELECT (d ->> 'id')::int FROM jsonb_array_elements(page -> 'rows') WITH ORDINALITY j (d, o) ORDER BY o);
      cursor := page -> 'next';
      EXIT WHEN cursor = 'null';
    END LOOP;
    RETURN ids;
  END $$;
SELECT pages(7) = pages(150) AS same, cardinality(pages(30));
SELECT count(*), sum((d ->> 'c')::int) FROM (SELECT assoc.find('person', '{"attributes": [{"count": "notes", "as": "c"}]}') AS d) x;
SELECT assoc.count('person', '{"where": {"notes": {"count": {"gte": 3}}}}'), assoc.find_and_count_all('person',
  '{"attributes": ["id"], "where": {"notes": {"count": {"gte": 3}}}, "limit": 1}');
-- one join for what is the same, and only about the statement's own rows; few rows have a subquery each
SELECT line FROM assoc.explain('person', '{"attributes": ["id", {"count": "notes", "as": "c"}], "where": {"notes": {"count": {"gte": 3}}},
  "order": [{"by": {"count": "notes"}}]}') line WHERE line LIKE '%SQL:%' OR line LIKE '%Or%';
CREATE INDEX ON note (person_id);
ANALYZE note;
SELECT statement('person', '{"attributes": ["id", {"count": "notes", "as": "c"}], "where": {"id": 7}}', NULL);
-- an index on the reference says how many there are, of rows as they are now: changed, moved, gone, taken back, never there
CREATE FUNCTION wrong() RETURNS TABLE (options jsonb, by_groups boolean) LANGUAGE sql AS $$
  SELECT options, NOT counted FROM (VALUES
    ('{"attributes": ["id"], "order": [{"by": {"count": "notes"}, "direction": "DESC"}], "limit": 150}'::jsonb,
      (SELECT array_agg(id ORDER BY o) FROM (SELECT id, row_number() OVER (ORDER BY notes DESC, id) o FROM counts) x WHERE o <= 150)),
    ('{"attributes": ["id"], "where": {"notes": {"count": {"lt": 3}}}, "order": ["id"]}',
      (SELECT array_agg(id ORDER BY id) FROM counts WHERE notes < 3)),
    ('{"attributes": ["id"], "where": {"notes": {"count": {"in": [0, 4]}}}, "order": [{"by": {"count": "notes"}}, "id"]}',
      (SELECT array_agg(id ORDER BY notes, id) FROM counts WHERE notes IN (0, 4)))) v (options, ids),
    LATERAL (SELECT bool_or(line LIKE '%: number of rows (v) of each key (k1) in run_groups.note_person_id_idx')
      OR NOT current_setting('pg_associations.probe')::bool OR current_setting('transaction_isolation') = 'serializable'
      FROM assoc.explain('person', options, true) line) e (counted)
  WHERE NOT counted OR ids IS DISTINCT FROM (SELECT array_agg((d ->> 'id')::int ORDER BY o)
    FROM jsonb_array_elements(assoc.find_all('person', options)) WITH ORDINALITY j (d, o)) $$;
SELECT * FROM wrong();
VACUUM note;
SELECT * FROM wrong();
BEGIN;
UPDATE note SET score = 1 WHERE id % 7 = 0;
UPDATE note SET person_id = person_id + 1 WHERE id % 11 = 0;
DELETE FROM note WHERE id % 13 = 0;
SAVEPOINT more;
INSERT INTO note SELECT g, g % 3 + 1 FROM generate_series(1001, 1100) g;
SELECT * FROM wrong();
ROLLBACK TO more;
INSERT INTO note SELECT g, nullif(g % 5 - 1, 0) + 2 FROM generate_series(1001, 1100) g;
SELECT * FROM wrong();
COMMIT;
SELECT * FROM wrong();
BEGIN ISOLATION LEVEL SERIALIZABLE;
SELECT * FROM wrong();
COMMIT;
VACUUM note;
DROP INDEX note_person_id_idx;
CREATE INDEX note_person_id_idx ON note (person_id DESC, score);
INSERT INTO person VALUES (-5);
INSERT INTO note SELECT g, -5 FROM generate_series(2001, 2040) g;
SELECT * FROM wrong();
DROP INDEX note_person_id_idx;
CREATE INDEX note_person_id_idx ON note (person_id);
-- of rows of which something is asked a statement says which they are: keys of any type, references that are null, no row at all
CREATE VIEW asked AS SELECT p.*, (SELECT count(*) FROM note WHERE person_id = p.id AND score > 5) AS high,
  (SELECT count(*) FROM member m JOIN club c ON c.id = m.club_id WHERE person = p.code AND open AND role = 'r1') AS open FROM person p;
CREATE FUNCTION asked_of() RETURNS TABLE (options jsonb, counted boolean, same boolean) LANGUAGE sql AS $$
  SELECT options - 'attributes', counted, same FROM (VALUES
    ('{"attributes": ["id"], "limit": 150,
      "order": [{"by": {"count": "notes", "where": {"score": {"gt": 5}}}, "direction": "DESC"}]}'::jsonb,
      (SELECT array_agg(id ORDER BY o) FROM (SELECT id, row_number() OVER (ORDER BY high DESC, id) o FROM asked) x WHERE o <= 150)),
    ('{"attributes": ["id"], "where": {"notes": {"count": {"where": {"score": {"gt": 5}}, "lt": 3}}}, "order": ["id"]}',
      (SELECT array_agg(id ORDER BY id) FROM asked WHERE high < 3)),
    ('{"attributes": ["id"], "order": ["id"],
      "where": {"clubs": {"count": {"where": {"open": true, "through": {"role": "r1"}}, "gte": 2}}}}',
      (SELECT array_agg(id ORDER BY id) FROM asked WHERE open >= 2)),
    ('{"attributes": ["id"], "where": {"clubs": {"count": {"where": {"open": true, "through": {"role": "r1"}}, "eq": 0}},
      "notes": {"count": {"where": {"score": {"gt": 5}}, "in": [0, 1]}}}, "order": ["id"]}',
      (SELECT array_agg(id ORDER BY id) FROM asked WHERE open = 0 AND high < 2))) v (options, ids),
    LATERAL (SELECT bool_or(line LIKE '%: number of rows (v) of each key of: SELECT %')
      FROM assoc.explain('person', options, true) line) e (counted),
    LATERAL (SELECT ids IS NOT DISTINCT FROM array_agg((d ->> 'id')::int ORDER BY o)
      FROM jsonb_array_elements(assoc.find_all('person', options)) WITH ORDINALITY j (d, o)) f (same) $$;
SELECT * FROM asked_of();
BEGIN;
UPDATE note SET person_id = nullif(person_id, 8) WHERE id % 3 = 0;
DELETE FROM member WHERE club_id = 4;
SELECT counted, same, count(*) FROM asked_of() GROUP BY 1, 2;
ROLLBACK;
BEGIN;
SET LOCAL enable_hashagg = off;
SELECT counted, same, count(*) FROM asked_of() GROUP BY 1, 2;
DELETE FROM note;
SELECT assoc.count('person', '{"where": {"notes": {"count": {"where": {"score": {"gt": 5}}, "lt": 3}}}}');
ROLLBACK;
-- where there are more keys than memory they are left to the server
BEGIN;
INSERT INTO person SELECT g FROM generate_series(1001, 4000) g;
INSERT INTO note SELECT g, g, 6 FROM generate_series(3001, 4000) g;
INSERT INTO note SELECT g, g - 3000, 6 FROM generate_series(4001, 7000) g;
SET LOCAL work_mem = '64kB';
SELECT * FROM asked_of();
-- numbers of an index that do not fit there either
SELECT count(*) FROM jsonb_array_elements(assoc.find_all('person', '{"where": {"notes": {"count": {"gte": 0}}}}'));
SELECT assoc.count('person', '{"where": {"notes": {"count": {"where": {"score": {"gt": 5}}, "gte": 1}}}}'),
  count(DISTINCT person_id) FROM note WHERE score > 5;
ROLLBACK;
-- and so are keys that are few, but long
CREATE TABLE verse (words text PRIMARY KEY);
CREATE TABLE reading (verse text REFERENCES verse, n int);
CREATE TABLE reader (id int PRIMARY KEY);
CREATE TABLE heard (verse text REFERENCES verse, reader_id int REFERENCES reader, PRIMARY KEY (verse, reader_id));
CREATE INDEX ON heard (reader_id);
CREATE INDEX ON reading (verse);
INSERT INTO verse SELECT (SELECT string_agg(md5(g * 40 + i || ''), '') FROM generate_series(1, 40) i) FROM generate_series(1, 300) g;
INSERT INTO reading SELECT words, g FROM verse, generate_series(1, 4) g;
INSERT INTO reader SELECT generate_series(1, 3);
INSERT INTO heard SELECT words, id FROM verse, reader;
VACUUM ANALYZE verse, reading, reader, heard;
SELECT 1 FROM assoc.has_many('verse', 'reading', foreign_key => 'verse', alias => 'readings') a,
  assoc.belongs_to_many('verse', 'reader', through => 'heard', alias => 'readers', inverse => 'verses') b;
CREATE FUNCTION by_keys() RETURNS TABLE (counted boolean, n bigint, by_rows bigint, by_links bigint) LANGUAGE sql AS $$
  SELECT bool_or(line LIKE '%: number of rows (v) of each key of: SELECT %'), count(*) FILTER (WHERE line LIKE '%rows=10 %'),
    assoc.count('verse', '{"where": {"readings": {"some": {"n": {"lt": 3}}}}}'),
    assoc.count('verse', '{"where": {"readers": {"some": {"id": {"lt": 3}}}}}')
  FROM assoc.explain('verse', '{"order": [{"by": {"count": "readings", "where": {"n": {"lt": 3}}}}], "limit": 10}', true) line $$;
SELECT * FROM by_keys();
BEGIN;
SET LOCAL work_mem = '64kB';
SELECT * FROM by_keys();
SELECT * FROM by_keys();
ROLLBACK;
-- and so are rows that are only counted
SELECT assoc.count('person', jsonb_build_object('where', w::jsonb)), count(*) FROM counts,
  (VALUES ('{"notes": {"count": {"lt": 3}}}', '[0,3)'::int8range), ('{"not": {"notes": {"count": {"lt": 3}}}}', '[3,]'),
    ('{"notes": {"count": {"between": [1, 4]}}}', '[1,5)')) v (w, r) WHERE notes <@ r GROUP BY w ORDER BY w;
SELECT d FROM jsonb_array_elements(assoc.find_all('person', '{"attributes": ["id", {"count": "notes", "as": "n"}], "limit": 2,
  "order": [["n", "DESC"]]}')) d;
DROP SCHEMA run_groups CASCADE;
