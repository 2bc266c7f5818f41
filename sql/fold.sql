-- Values that associated rows come to: numbers of rows, sums, averages, the least and the greatest, whether there are any; by a
-- probe, by statements, and as written by hand.
CREATE SCHEMA fold;
SET search_path = fold;
SET client_min_messages = warning;
\pset format unaligned
CREATE TYPE level AS ENUM ('low', 'middle', 'high');
CREATE DOMAIN price AS numeric(20, 4);
CREATE TABLE team (id int PRIMARY KEY, name text);
CREATE TABLE member (id bigint PRIMARY KEY, name text, lead_of int REFERENCES team);
CREATE TABLE place (team_id int REFERENCES team, member_id bigint REFERENCES member, share int, since date, PRIMARY KEY (team_id,
  member_id));
CREATE TABLE job (id int PRIMARY KEY, team_id int REFERENCES team, tiny smallint, whole int, big bigint, exact numeric, cost price,
  inexact float8, took interval, due timestamptz, what text, short varchar(9), padded char(5), name name, state level, tags text[],
    net cidr,
  made bytea, u uuid, deleted_at timestamptz);
CREATE INDEX ON job (team_id);
CREATE INDEX ON place (member_id);
INSERT INTO team SELECT g, 't' || g FROM generate_series(1, 90) g;
INSERT INTO member SELECT g, 'm' || g, CASE WHEN g % 3 > 0 THEN g END FROM generate_series(1, 60) g;
INSERT INTO place SELECT t, m, CASE WHEN (t + m) % 7 > 0 THEN t * m % 11 END, date '2024-01-01' + t * m % 40
  FROM generate_series(1, 80) t, generate_series(1, 60) m WHERE (t * 31 + m * 17) % 9 = 0;
INSERT INTO job SELECT g, nullif(1 + g % 88, 7), g % 300 - 150, nullif(g * 7919 % 2000 - 1000, 13), 9223372036854775000 - g * 13 % 600,
  g % 90 / 7.0,
  CASE WHEN g % 5 > 0 THEN g % 70 * 1.5 END, g % 13 * 0.1, g % 9 * interval '1 hour',
    timestamptz '2024-01-01' + g % 400 * interval '1 day',
  CASE WHEN g % 8 > 0 THEN chr(97 + g % 26) || g % 50 END, 's' || g % 70, 'p' || g % 9, 'n' || g % 9,
  ('{low,middle,high}'::level[])[1 + g % 3], ARRAY['x' || g % 5, 'y'], ('10.' || g % 200 || '.0.0/16')::cidr,
    decode(lpad(to_hex(g % 256), 2, '0'), 'hex'),
  md5(g::text)::uuid, CASE WHEN g % 11 = 0 THEN now() END FROM generate_series(1, 900) g;
UPDATE job SET exact = CASE id % 4 WHEN 0 THEN 'NaN' WHEN 1 THEN 'Infinity' WHEN 2 THEN '-Infinity'
  ELSE 1.50 END::numeric WHERE team_id = 20;
UPDATE job SET big = -big WHERE team_id = 21;
UPDATE job SET whole = NULL, exact = NULL, what = NULL WHERE team_id = 22;
-- too many for a probe
INSERT INTO job (id, team_id, whole, exact, what) SELECT g, 89, g, g / 10.0, 'w' || g FROM generate_series(10001, 11200) g;
VACUUM ANALYZE team, member, place, job;
SELECT 1 FROM assoc.adopt('team') a, assoc.adopt('member') b, assoc.adopt('job', options => '{"paranoid": true}') c;
SELECT 1 FROM assoc.has_many('team', 'job', alias => 'jobs', inverse => 'team') a,
  assoc.has_many('team', 'job', alias => 'high', options => '{"scope": {"state": "high"}}') b,
  assoc.belongs_to_many('team', 'member', through => 'place', alias => 'members', inverse => 'teams') c,
  assoc.belongs_to('member', 'team', foreign_key => 'lead_of', alias => 'leads') d;

-- of every attribute, by every function that is folded or is not
CREATE TABLE asked (n int GENERATED ALWAYS AS IDENTITY, item jsonb, by_hand text);
INSERT INTO asked (item, by_hand)
  SELECT jsonb_build_object(f, jsonb_build_array('jobs', a)), format('(SELECT %s(j.%I) FROM job j WHERE j.team_id = t.id
    AND j.deleted_at IS NULL)', f, a)
  FROM unnest('{sum,avg,min,max}'::text[]) WITH ORDINALITY f (f, i),
    unnest('{tiny,whole,big,exact,cost,took,due,what,short,padded,name,state,tags,net}'::text[]) WITH ORDINALITY a (a, k)
  WHERE k < 7 OR i > 2 ORDER BY i, k;
INSERT INTO asked (item, by_hand) VALUES
  ('{"count": "jobs"}', '(SELECT count(*) FROM job j WHERE j.team_id = t.id AND j.deleted_at IS NULL)'),
  ('{"count": ["jobs", "what"]}', '(SELECT count(what) FROM job j WHERE j.team_id = t.id AND j.deleted_at IS NULL)'),
  ('{"count": ["members", "through", "share"]}', '(SELECT count(share) FROM place l WHERE l.team_id = t.id)'),
  ('{"has": "jobs"}', 'EXISTS (SELECT FROM job j WHERE j.team_id = t.id AND j.deleted_at IS NULL)'),
  ('{"has": "jobs", "where": {"state": "low", "whole": {"gt": 700}}}',
    'EXISTS (SELECT FROM job j WHERE j.team_id = t.id AND j.deleted_at IS NULL AND state = ''low'' AND whole > 700)'),
  ('{"sum": ["jobs", "whole"], "where": {"state": ["low", "high"]}}',
    '(SELECT sum(whole) FROM job j WHERE j.team_id = t.id AND j.deleted_at IS NULL AND state IN (''low'', ''high''))'),
  ('{"max": ["high", "exact"]}', '(SELECT max(exact) FROM job j WHERE j.team_id = t.id AND j.deleted_at IS NULL AND state = ''high'')'),
  ('{"sum": ["jobs", "whole"], "distinct": true}', '(SELECT sum(DISTINCT whole) FROM job j WHERE j.team_id = t.id
    AND j.deleted_at IS NULL)'),
  ('{"sum": ["jobs", "inexact"]}', '(SELECT sum(inexact) FROM job j WHERE j.team_id = t.id AND j.deleted_at IS NULL)'),
  ('{"has": "members"}', 'EXISTS (SELECT FROM place l WHERE l.team_id = t.id)'),
  ('{"sum": ["members", "id"]}', '(SELECT sum(member_id) FROM place l WHERE l.team_id = t.id)'),
  ('{"min": ["members", "name"]}', '(SELECT min(m.name) FROM place l JOIN member m ON m.id = member_id WHERE l.team_id = t.id)'),
  ('{"avg": ["members", "through", "share"]}', '(SELECT avg(share) FROM place l WHERE l.team_id = t.id)'),
  ('{"max": ["members", "through", "since"], "where": {"name": {"gt": "m3"}}}',
    '(SELECT max(since) FROM place l JOIN member m ON m.id = member_id WHERE l.team_id = t.id AND m.name > ''m3'')'),
  ('{"sum": ["members", "through", "share"], "where": {"$through.share$": {"gt": 4}}}',
    '(SELECT sum(share) FROM place l WHERE l.team_id = t.id AND share > 4)');
-- the document of each team, asked all at once or one by one
CREATE FUNCTION documents(item jsonb, one boolean) RETURNS jsonb LANGUAGE plpgsql AS $$
  DECLARE options jsonb := jsonb_build_object('attributes', jsonb_build_array('id', item || '{"as": "v"}'));
  BEGIN
    RETURN CASE WHEN one THEN (SELECT jsonb_agg(assoc.find_by_pk('team', id, options) ORDER BY id)
      FROM team) ELSE assoc.find_all('team', options) END;
  END $$;
CREATE FUNCTION by_hand(expression text) RETURNS jsonb LANGUAGE plpgsql AS $$
  DECLARE result jsonb;
  BEGIN
    EXECUTE format('SELECT jsonb_agg(jsonb_build_object(''id'', t.id, ''v'', %s) ORDER BY id) FROM team t', expression) INTO result;
    RETURN result;
  END $$;
SELECT item, one, a.value AS ours, b.value AS hand
  FROM asked, unnest('{t,f}'::boolean[]) one, jsonb_array_elements(documents(item, one)) WITH ORDINALITY a (value, i),
    jsonb_array_elements(by_hand(by_hand)) WITH ORDINALITY b (value, k)
  WHERE i = k AND a.value IS DISTINCT FROM b.value AND NOT (item @> '{"sum": ["jobs", "inexact"]}'
    AND abs((a.value ->> 'v')::numeric - (b.value ->> 'v')::numeric) < 1e-9)
  ORDER BY n LIMIT 10;
SELECT count(*), sum(jsonb_array_length(documents(item, false))) FROM asked;
-- the same digits, not only the same number; and as json and as strings
SELECT assoc.find_by_pk_json('team', 3, '{"attributes": [{"sum": ["jobs", "exact"], "as": "s"}, {"avg": ["jobs", "tiny"], "as": "a"},
  {"sum": ["jobs", "big"], "as": "b"}, {"min": ["jobs", "cost"], "as": "c"}, {"sum": ["jobs", "whole"], "as": "w"}],
    "bigint": "string"}') AS ours,
  (SELECT sum(exact) || ' ' || avg(tiny) || ' ' || sum(big) || ' ' || min(cost) || ' ' || sum(whole) FROM job WHERE team_id = 3
    AND deleted_at IS NULL) AS hand;
-- several of them, of rows below rows, and of no rows
SELECT assoc.find_all('member', '{"where": {"id": {"lt": 4}}, "attributes": ["id"], "include": [{"association": "leads",
  "attributes": ["id", {"sum": ["jobs", "whole"], "as": "sum"}, {"count": "jobs", "as": "n"}, {"has": "members", "as": "has"}]},
  {"association": "teams", "limit": 2, "order": [["id", "desc"]], "attributes": ["id", {"max": ["jobs", "state"], "as": "max"}],
    "through": {"attributes": []}}]}');
SELECT assoc.find_all('team', '{"where": {"id": [7, 90]}, "attributes": ["id", {"sum": ["jobs", "whole"], "as": "s"}, {"has": "jobs",
  "as": "h"}, {"count": "jobs", "as": "c"},
  {"min": ["members", "name"], "as": "m"}]}');
-- rows come in the order of the value all the same, and are found by it
SELECT assoc.find_all('team', '{"attributes": ["id", {"sum": ["jobs", "tiny"], "as": "s"}], "order": [["s", "desc"], "id"], "limit": 3}');
SELECT assoc.find_all('team', '{"where": {"jobs": {"sum": {"of": "tiny", "gt": 100}}}, "attributes": ["id", {"sum": ["jobs", "tiny"],
  "as": "s"}]}');
SELECT assoc.find_page('team', '{"attributes": ["id", {"max": ["jobs", "whole"], "as": "m"}], "limit": 2}') -> 'rows';
-- what is refused stays refused
SELECT assoc.find_by_pk('team', 1, '{"attributes": [{"sum": ["jobs", "nothing"], "as": "s"}]}');
SELECT assoc.find_by_pk('team', 1, '{"attributes": [{"sum": ["jobs", "what"], "as": "s"}]}');
SELECT assoc.find_by_pk('team', 1, '{"attributes": [{"min": "jobs", "as": "s"}]}');
SELECT assoc.find_by_pk('team', 1, '{"attributes": [{"has": ["jobs", "what"], "as": "s"}]}');

-- references that are equal to one key are one group, also where their own collation tells them apart; and the other way round
CREATE COLLATION insensitive (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
CREATE TABLE word (any_case text COLLATE insensitive UNIQUE, exact text PRIMARY KEY);
CREATE TABLE use (id int PRIMARY KEY, any_case text COLLATE insensitive, exact text);
CREATE INDEX ON use (exact);
CREATE INDEX ON use (any_case);
INSERT INTO word VALUES ('ab', 'Ab'), ('cd', 'aB'), (NULL, 'ef');
INSERT INTO use SELECT g, v, v FROM unnest('{Ab,aB,AB,ab,Ab}'::text[]) WITH ORDINALITY u (v, g);
SELECT 1 FROM assoc.adopt('word') a, assoc.adopt('use') b;
SELECT count(assoc.has_many('word', 'use', source_key => s, foreign_key => f, alias => s || '_' || f,
  options => '{"constraints": false, "accessors": false}')) FROM unnest('{any_case,exact}'::text[]) s, unnest('{any_case,exact}'::text[]) f;
SELECT alias, assoc.find_all('word', jsonb_build_object('attributes', jsonb_build_array('exact', jsonb_build_object('sum',
    jsonb_build_array(alias, 'id'), 'as', 's'), jsonb_build_object('avg', jsonb_build_array(alias, 'id'), 'as', 'a'),
    jsonb_build_object('max', jsonb_build_array(alias, 'id'), 'as', 'm'), jsonb_build_object('count', alias, 'as', 'n'))))
  FROM assoc.associations WHERE source = 'word'::regclass ORDER BY alias COLLATE "C";
-- values of a domain over an enum, of which the server's functions know only the enum; equal texts that are padded; long texts
CREATE DOMAIN grade AS level;
CREATE TABLE note (id int PRIMARY KEY, team_id int, grade grade, padded bpchar, long text);
ALTER TABLE note ALTER long SET STORAGE EXTERNAL;
CREATE INDEX ON note (team_id);
INSERT INTO note VALUES (1, 1, 'middle', 'a', repeat('b', 3000)), (2, 1, 'low', 'a  ', repeat('a', 4000)),
  (3, 1, NULL, NULL, repeat('b', 5000));
SELECT 1 FROM assoc.has_many('team', 'note', foreign_key => 'team_id', alias => 'notes', options => '{"constraints": false}');
SELECT assoc.find_all('team', jsonb_build_object('where', '{"id": 1}'::jsonb, 'attributes', (SELECT jsonb_agg(jsonb_build_object(f,
    jsonb_build_array('notes', a), 'as', f || '_' || a)) FROM unnest('{min,max}'::text[]) f, unnest('{grade,padded}'::text[]) a)));
SELECT length(d ->> 'max'), length(d ->> 'min')
  FROM assoc.find_by_pk('team', 1, '{"attributes": [{"max": ["notes", "long"], "as": "max"}, {"min": ["notes", "long"], "as": "min"}]}') d;
SELECT assoc.max('note', 'grade'), assoc.aggregate('note', '{"attributes": [{"min": "grade", "as": "m"}]}');

-- the number of associated rows, and of rows with a value
CREATE FUNCTION wrong_counts() RETURNS TABLE (call text, options jsonb, ours bigint, hand bigint) LANGUAGE plpgsql AS $$
  DECLARE q record; k bigint;
  BEGIN
    FOR q IN SELECT * FROM (VALUES
      ('jobs', '{}', 'FROM job j WHERE j.team_id = $1 AND deleted_at IS NULL'),
      ('jobs', '{"paranoid": false}', 'FROM job j WHERE j.team_id = $1'),
      ('jobs', '{"where": {"state": "low"}}', 'FROM job j WHERE j.team_id = $1 AND deleted_at IS NULL AND state = ''low'''),
      ('high', '{"where": {"whole": {"lt": 0}}}', 'FROM job j WHERE j.team_id = $1 AND deleted_at IS NULL AND state = ''high''
        AND whole < 0'),
      ('members', '{}', 'FROM place l WHERE l.team_id = $1'),
      ('members', '{"where": {"name": {"gt": "m3"}}}', 'FROM place l JOIN member m ON m.id = member_id WHERE l.team_id = $1
        AND m.name > ''m3'''),
      ('members', '{"through": {"where": {"share": {"gt": 4}}}}', 'FROM place l WHERE l.team_id = $1 AND share > 4'),
      ('members', '{"include": [{"association": "leads", "required": true, "where": {"id": {"gt": 30}}}]}',
        'FROM place l JOIN member m ON m.id = member_id WHERE l.team_id = $1 AND m.lead_of > 30')) v (alias, options, rows) LOOP
      FOR k IN SELECT id FROM team UNION ALL VALUES (-1), (4711) LOOP
        call := 'count_of ' || q.alias || ' ' || k;
        options := q.options;
        ours := assoc.count_of('team', k, q.alias, options);
        EXECUTE 'SELECT count(*) ' || q.rows INTO hand USING k;
        IF ours IS DISTINCT FROM hand THEN RETURN NEXT; END IF;
      END LOOP;
    END LOOP;
    FOR q IN SELECT * FROM (VALUES
      ('{"team_id": %s}', 'team_id = $1'), ('{"team_id": %s, "state": "low"}', 'team_id = $1 AND state = ''low'''),
      ('{"team_id": [%1$s, 5, %1$s]}', 'team_id IN ($1, 5)'), ('{"team_id": %s, "team": {"some": {"name": {"ne": "t4"}}}}',
        'team_id = $1 AND team_id <> 4'),
      ('{"team_id": {"eq": %s}, "or": [{"whole": {"gt": 0}}, {"what": null}]}', 'team_id = $1
        AND (whole > 0 OR what IS NULL)')) v (condition, rows) LOOP
      FOR k IN SELECT id FROM team UNION ALL VALUES (-1), (4711) LOOP
        call := 'count ' || k;
        options := jsonb_build_object('where', format(q.condition, k)::jsonb);
        ours := assoc.count('job', options);
        EXECUTE 'SELECT count(*) FROM job WHERE deleted_at IS NULL AND ' || q.rows INTO hand USING k;
        IF ours IS DISTINCT FROM hand THEN RETURN NEXT; END IF;
      END LOOP;
    END LOOP;
  END $$;
SELECT * FROM wrong_counts();
SELECT assoc.count_of('member', 4, 'leads'), assoc.count_of('member', 3, 'leads'), assoc.count_of('member', 4, 'teams',
  '{"where": {"id": {"gt": 40}}}');
-- one value of the rows with a value
CREATE FUNCTION wrong_values() RETURNS TABLE (call text, ours text, hand text) LANGUAGE plpgsql AS $$
  DECLARE f text; a text; k int;
  BEGIN
    FOREACH f IN ARRAY '{sum,avg,min,max}'::text[] LOOP
      FOREACH a IN ARRAY '{tiny,whole,big,exact,cost,due,what,short,state,tags,net}'::text[] LOOP
        FOR k IN SELECT id FROM team WHERE id % 5 < 2 OR id BETWEEN 20 AND 22 LOOP
          CONTINUE WHEN f IN ('sum', 'avg') AND a NOT IN ('tiny', 'whole', 'big', 'exact', 'cost');
          call := f || ' ' || a || ' ' || k;
          EXECUTE format('SELECT assoc.%I(''job'', %L, %L)', f, a, jsonb_build_object('where',
            jsonb_build_object('team_id', k, 'state', '{"ne": "low"}'::jsonb))) INTO ours;
          EXECUTE format(CASE WHEN f IN ('sum', 'avg') THEN 'SELECT %s(%I)' ELSE 'SELECT to_jsonb(%s(%I))' END
            || ' FROM job WHERE team_id = %s AND state <> ''low'' AND deleted_at IS NULL', f, a, k) INTO hand;
          IF ours IS DISTINCT FROM hand THEN RETURN NEXT; END IF;
        END LOOP;
      END LOOP;
    END LOOP;
  END $$;
SELECT * FROM wrong_values();
SELECT assoc.sum('job', 'inexact', '{"where": {"team_id": 3}}'), assoc.max('job', 'due', '{"where": {"team_id": [7, 90]}}'),
  assoc.min('job', 'net', '{"where": {"team_id": [3, 4, 89]}}'), assoc.sum('job', 'whole', '{"where": {"team_id": [3, 3, 89]}}');
-- several in one statement, by one plan
SELECT ARRAY[assoc.sum('job', 'exact', options, '{"team": 3}'), assoc.sum('job', 'exact', options, '{"team": 4}'),
  assoc.sum('job', 'exact', options, '{"team": 6}')]
  = ARRAY(SELECT sum(exact) FROM job WHERE team_id IN (3, 4, 6) AND deleted_at IS NULL GROUP BY team_id ORDER BY team_id) AS same
FROM (VALUES ('{"where": {"team_id": {"param": "team"}}}'::jsonb)) o (options);
-- under a policy, and by who may not read or may not add
CREATE ROLE fold_reader;
GRANT USAGE ON SCHEMA fold TO fold_reader;
GRANT SELECT ON team, member, place TO fold_reader;
GRANT SELECT (id, team_id, whole, deleted_at) ON job TO fold_reader;
SET ROLE fold_reader;
SELECT assoc.find_by_pk('team', 3, '{"attributes": [{"sum": ["jobs", "whole"], "as": "s"}]}'), assoc.count_of('team', 3, 'jobs');
SELECT assoc.find_by_pk('team', 3, '{"attributes": [{"max": ["jobs", "what"], "as": "s"}]}');
SELECT assoc.count('job', '{"where": {"team_id": 3, "what": "a3"}}');
RESET ROLE;
REVOKE EXECUTE ON FUNCTION sum(int) FROM PUBLIC;
SET ROLE fold_reader;
SELECT assoc.find_by_pk('team', 3, '{"attributes": [{"sum": ["jobs", "whole"], "as": "s"}]}');
RESET ROLE;
GRANT EXECUTE ON FUNCTION sum(int) TO PUBLIC;
REVOKE EXECUTE ON FUNCTION count(), count("any") FROM PUBLIC;
SET ROLE fold_reader;
SELECT assoc.count_of('team', 3, 'jobs');
SELECT assoc.count('job', '{"where": {"team_id": 3}}');
SELECT assoc.find_by_pk('team', 3, '{"attributes": [{"count": ["jobs", "whole"], "as": "n"}]}');
RESET ROLE;
GRANT EXECUTE ON FUNCTION count(), count("any") TO PUBLIC;
ALTER TABLE job ENABLE ROW LEVEL SECURITY;
CREATE POLICY few ON job USING (whole < 0);
SET ROLE fold_reader;
SELECT assoc.find_by_pk('team', 3, '{"attributes": [{"max": ["jobs", "whole"], "as": "max"}, {"count": "jobs", "as": "n"},
  {"has": "jobs", "as": "has"}]}'),
  assoc.count_of('team', 3, 'jobs'), assoc.count('job', '{"where": {"team_id": 3}}'),
  (SELECT max(whole) || ' ' || count(*) FROM job WHERE team_id = 3 AND deleted_at IS NULL);
RESET ROLE;
DROP OWNED BY fold_reader;
DROP ROLE fold_reader;
DROP SCHEMA fold CASCADE;
