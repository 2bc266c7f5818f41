-- count and allOf: for every row asked alone, and for groups of all rows, the same as plain SQL.
CREATE SCHEMA club;
SET search_path = club;
CREATE TABLE people (id int PRIMARY KEY, code text UNIQUE, team_a int, team_b text, boss_id int REFERENCES people);
CREATE TABLE teams (a int, b text, PRIMARY KEY (a, b));
ALTER TABLE people ADD FOREIGN KEY (team_a, team_b) REFERENCES teams;
CREATE TABLE notes (id int PRIMARY KEY, person_code text REFERENCES people (code), words int, deleted_at timestamptz);
CREATE TABLE tags (id int PRIMARY KEY, kind text, hidden boolean NOT NULL DEFAULT false);
CREATE TABLE people_tags (person_id bigint, tag_id bigint, weight int, PRIMARY KEY (person_id, tag_id));
CREATE TABLE cards (id int PRIMARY KEY, person_id int UNIQUE REFERENCES people);
INSERT INTO teams VALUES (1, 'x'), (1, 'y'), (2, 'x');
INSERT INTO people SELECT i, CASE WHEN i % 4 > 0 THEN 'c' || i END, CASE WHEN i % 3 > 0 THEN 1 END,
  CASE WHEN i % 3 > 0 THEN chr(119 + i % 3) END, nullif(i / 3, 0)
  FROM generate_series(1, 12) i;
INSERT INTO notes SELECT i, CASE WHEN i % 5 > 0 THEN 'c' || (ARRAY[1, 1, 1, 2, 2, 3, 5, 9])[1 + i % 8] END, i % 7,
  CASE WHEN i % 6 = 0 THEN now() END FROM generate_series(1, 30) i;
INSERT INTO tags SELECT i, (ARRAY['a', 'b'])[1 + i % 2], i = 12 FROM generate_series(1, 12) i;
INSERT INTO people_tags SELECT p, t, p * t % 5 FROM generate_series(1, 9) p, generate_series(1, 12) t WHERE (p + t) % (1 + p % 4) = 0;
INSERT INTO cards SELECT i, i * 2 FROM generate_series(1, 5) i;
CREATE INDEX ON people (team_a, team_b);
CREATE INDEX ON people (boss_id);
CREATE INDEX ON notes (person_code);
CREATE INDEX ON people_tags (tag_id);
ANALYZE;
SET client_min_messages = warning;
SELECT assoc.adopt('people', 'Person') ->> 'model' AS a, assoc.adopt('teams', 'Team') ->> 'model' AS b, assoc.adopt('notes', 'Note',
  '{"paranoid": true}') ->> 'model' AS c,
  assoc.adopt('tags', 'Tag', '{"defaultScope": {"where": {"hidden": false}}}') ->> 'model' AS d, assoc.adopt('people_tags',
    'PersonTag') ->> 'model' AS e, assoc.adopt('cards', 'Card') ->> 'model' AS f;
SELECT assoc.has_many('Team', 'Person', foreign_key => 'team_a, team_b', alias => 'members', inverse => 'team') -> 'changed' AS a,
  assoc.belongs_to('Person', 'Team', foreign_key => 'team_a, team_b', alias => 'team') -> 'changed' AS b,
  assoc.has_many('Person', 'Note', foreign_key => 'person_code', source_key => 'code', alias => 'notes') -> 'changed' AS c,
  assoc.belongs_to_many('Person', 'Tag', through => 'PersonTag', foreign_key => 'person_id', other_key => 'tag_id', alias => 'tags',
    inverse => 'people') -> 'changed' AS d,
  assoc.belongs_to_many('Person', 'Tag', through => 'PersonTag', foreign_key => 'person_id', other_key => 'tag_id', alias => 'heavy',
    options => '{"scope": {"kind": "a"}, "through": {"scope": {"weight": {"gte": 2}}}}') -> 'changed' AS e,
  assoc.has_many('Person', 'Person', foreign_key => 'boss_id', alias => 'staff') -> 'changed' AS f, assoc.belongs_to('Person', 'Person',
    foreign_key => 'boss_id', alias => 'boss') -> 'changed' AS g,
  assoc.has_one('Person', 'Card', alias => 'card') -> 'changed' AS h;

-- the rows for which a condition is true, as a limit far away, a key and nothing of the kind lead to them
CREATE FUNCTION keys(model text, w jsonb, params jsonb DEFAULT NULL) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  way text;
  keys text;
  first text;
BEGIN
  FOREACH way IN ARRAY ARRAY['{}', '{"limit": 1000}', '{"key": {"in": [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]}}',
    '{"key": {"in": {"param": "keys"}}}'] LOOP
    CONTINUE WHEN model = 'Team' AND way LIKE '%key%';
    SELECT coalesce(string_agg(coalesce(d ->> 'id', concat(d ->> 'a', d ->> 'b')), ' ' ORDER BY o), '') INTO keys
      FROM jsonb_array_elements(assoc.find_all(model,
        CASE WHEN way LIKE '%key%' THEN jsonb_build_object('where', jsonb_build_object('id', way::jsonb -> 'key', 'and',
          jsonb_build_array(w)))
        ELSE way::jsonb || jsonb_build_object('where', w) END,
        '{"keys": [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]}'::jsonb || coalesce(params, '{}'))) WITH ORDINALITY j (d, o);
    first := coalesce(first, keys);
    IF keys <> first THEN
      RETURN format('%s by %s, %s', first, way, keys);
    END IF;
  END LOOP;
  RETURN first;
END $$;
CREATE FUNCTION sql_keys(model text, w text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  keys text;
BEGIN
  EXECUTE format(CASE model WHEN 'Team' THEN 'SELECT coalesce(string_agg(concat(a, b), '' '' ORDER BY a, b), '''') FROM teams p WHERE %s'
    WHEN 'Tag' THEN 'SELECT coalesce(string_agg(id::text, '' '' ORDER BY id), '''') FROM tags p WHERE NOT hidden AND (%s)'
    ELSE 'SELECT coalesce(string_agg(id::text, '' '' ORDER BY id), '''') FROM people p WHERE %s' END, w) INTO keys;
  RETURN keys;
END $$;

-- comparisons of a count, and the same of n
CREATE TABLE compares (w jsonb, sql text, params jsonb);
INSERT INTO compares VALUES
  ('2', 'n = 2'), ('0', 'n = 0'), ('{"eq": 0}', 'n = 0'), ('{"eq": 3}', 'n = 3'), ('{"ne": 0}', 'n <> 0'), ('{"ne": 1}', 'n <> 1'),
    ('{"not": 0}', 'n <> 0'), ('{"gt": 0}', 'n > 0'), ('{"gt": -1}', 'true'), ('{"gt": 2}', 'n > 2'),
  ('{"gte": 0}', 'true'), ('{"gte": 1}', 'n >= 1'), ('{"gte": 3}', 'n >= 3'), ('{"lt": 0}', 'false'), ('{"lt": 1}', 'n < 1'), ('{"lt": 3}',
    'n < 3'), ('{"lte": 0}', 'n <= 0'), ('{"lte": 2}', 'n <= 2'),
  ('{"between": [0, 1]}', 'n BETWEEN 0 AND 1'), ('{"between": [1, 3]}', 'n BETWEEN 1 AND 3'), ('{"between": [3, 1]}', 'false'),
    ('{"notBetween": [0, 1]}', 'n NOT BETWEEN 0 AND 1'), ('{"notBetween": [1, 2]}', 'n NOT BETWEEN 1 AND 2'),
  ('{"in": [1, 2]}', 'n IN (1, 2)'), ('{"in": [0, 2]}', 'n IN (0, 2)'), ('{"in": []}', 'false'), ('{"notIn": [0]}', 'n <> 0'),
    ('{"notIn": [1, 3]}', 'n NOT IN (1, 3)'), ('{"gte": 1, "lt": 3}', 'n >= 1 AND n < 3'), ('{"gte": 0, "ne": 1}', 'n <> 1'),
    ('{"lt": 3, "ne": 0}', 'n < 3 AND n <> 0'),
  ('{"startsWith": "1"}', 'n::text LIKE ''1%'''), ('{"notLike": "0"}', 'n <> 0'), ('{"eq": null}', 'n IS NULL'), ('{"ne": null}', 'true'),
    ('{"gt": null}', 'n > NULL'), ('{"gt": null, "lt": 1}', 'n > NULL AND n < 1'), ('{"eq": {"any": [1, null]}}', 'n = ANY (''{1,NULL}'')'),
    ('{"ne": {"all": [0, null]}}', 'n <> ALL (''{0,NULL}'')');
INSERT INTO compares VALUES
  ('{"gte": {"param": "x"}}', 'n >= 1', '{"x": 1}'), ('{"gte": {"param": "x"}}', 'true', '{"x": 0}'), ('{"lt": {"param": "x"}}', 'n < 2',
    '{"x": 2}'), ('{"lt": {"param": "x"}}', 'n < NULL', '{"x": null}'), ('{"ne": {"param": "x"}}', 'n <> 0', '{"x": 0}'),
    ('{"in": {"param": "x"}}', 'n IN (0, 3)', '{"x": [0, 3]}'), ('{"notIn": {"param": "x"}}', 'true', '{"x": []}'),
  ('{"between": [{"param": "x"}, {"param": "y"}]}', 'n BETWEEN NULL AND 1', '{"x": null, "y": 1}'), ('{"notBetween": [{"param": "x"}, 2]}',
    'n NOT BETWEEN NULL AND 2', '{"x": null}'), ('{"gte": {"param": "x"}, "lt": 2}', 'n >= NULL AND n < 2', '{"x": null}');
-- what is counted, of which model, and the same by SQL
CREATE TABLE counted (model text, alias text, w jsonb, n text);
INSERT INTO counted VALUES
  ('Team', 'members', NULL, '(SELECT count(*) FROM people m WHERE m.team_a = p.a AND m.team_b = p.b)'),
  ('Person', 'team', NULL, '(SELECT count(*) FROM teams m WHERE p.team_a = m.a AND p.team_b = m.b)'),
  ('Person', 'notes', NULL, '(SELECT count(*) FROM notes m WHERE m.person_code = p.code AND m.deleted_at IS NULL)'),
  ('Person', 'notes', '{"words": {"gt": 2}}',
    '(SELECT count(*) FROM notes m WHERE m.person_code = p.code AND m.deleted_at IS NULL AND m.words > 2)'),
  ('Person', 'tags', NULL, '(SELECT count(*) FROM tags m JOIN people_tags l ON l.tag_id = m.id WHERE l.person_id = p.id AND NOT m.hidden)'),
  ('Person', 'tags', '{"or": [{"kind": "b"}, {"$through.weight$": 4}]}',
    '(SELECT count(*) FROM tags m JOIN people_tags l ON l.tag_id = m.id
      WHERE l.person_id = p.id AND NOT m.hidden AND (m.kind = ''b'' OR l.weight = 4))'),
  ('Person', 'heavy', NULL, '(SELECT count(*) FROM tags m JOIN people_tags l ON l.tag_id = m.id
    WHERE l.person_id = p.id AND NOT m.hidden AND m.kind = ''a'' AND l.weight >= 2)'),
  ('Person', 'staff', NULL, '(SELECT count(*) FROM people m WHERE m.boss_id = p.id)'), ('Person', 'boss', NULL,
    '(SELECT count(*) FROM people m WHERE m.id = p.boss_id)'), ('Person', 'card', NULL,
    '(SELECT count(*) FROM cards m WHERE m.person_id = p.id)'),
  ('Person', 'staff', '{"tags": {"count": {"gte": 2}}}', '(SELECT count(*) FROM people m WHERE m.boss_id = p.id AND (SELECT count(*)
    FROM people_tags l JOIN tags t ON t.id = l.tag_id WHERE l.person_id = m.id AND NOT t.hidden) >= 2)'),
  ('Person', 'staff', '{"staff": {"count": {"lte": 1}}}',
    '(SELECT count(*) FROM people m WHERE m.boss_id = p.id AND (SELECT count(*) FROM people s WHERE s.boss_id = m.id) <= 1)'),
  ('Tag', 'people', '{"notes": {"count": 0}}', '(SELECT count(*) FROM people m JOIN people_tags l ON l.person_id = m.id
    WHERE l.tag_id = p.id AND NOT EXISTS (SELECT FROM notes x WHERE x.person_code = m.code AND x.deleted_at IS NULL))');
-- alone, under not, in an or
CREATE TABLE contexts (w text, sql text);
INSERT INTO contexts VALUES ('%1$s', '(%1$s)'), ('{"not": %1$s}', 'NOT (%1$s)'), ('{"or": [%1$s, {"not": %1$s}]}', '(%1$s) IS NOT NULL');
SELECT model, alias, counted.w, count(*) AS cases, count(DISTINCT found) AS results, jsonb_agg(jsonb_build_array(doc, params, found,
  expected)) FILTER (WHERE found <> expected) AS wrong
FROM counted, compares, contexts,
  LATERAL (SELECT CASE jsonb_typeof(compares.w) WHEN 'number' THEN jsonb_build_object('eq',
    compares.w) ELSE compares.w END || CASE WHEN counted.w IS NULL THEN '{}' ELSE jsonb_build_object('where', counted.w) END) c (count),
  LATERAL format(contexts.w, jsonb_build_object(alias, jsonb_build_object('count',
    CASE WHEN counted.w IS NULL THEN compares.w ELSE c.count END))) doc,
  LATERAL keys(model, doc::jsonb, params) found, LATERAL sql_keys(model, regexp_replace(format(contexts.sql, compares.sql), '\mn\M', n,
    'g')) AS expected
GROUP BY 1, 2, 3 ORDER BY 1, 2, 3;

-- allOf of a list that comes with the call, of a short one and a long one in the document
CREATE TABLE lists (list jsonb);
INSERT INTO lists VALUES ('[]'), ('[1]'), ('[2, 4]'), ('[2, 2, 4, "4"]'), ('[2, 13]'), ('[12]'), ('[2, null]'), ('[null]'),
  ('[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]'), ('[2, 4, 2, 4, 2, 4, 2, 4, 2]'), ('[2, 4, 2, 4, 2, 4, 2, 4, null]'),
  ('[11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0]');
CREATE TABLE have (model text, alias text, has text);
INSERT INTO have VALUES
  ('Person', 'tags', 'EXISTS (SELECT FROM people_tags l JOIN tags m ON m.id = l.tag_id
    WHERE l.person_id = p.id AND m.id = k AND NOT m.hidden)'),
  ('Person', 'heavy', 'EXISTS (SELECT FROM people_tags l JOIN tags m ON m.id = l.tag_id
    WHERE l.person_id = p.id AND m.id = k AND NOT m.hidden AND m.kind = ''a'' AND l.weight >= 2)'),
  ('Person', 'notes', 'EXISTS (SELECT FROM notes m WHERE m.person_code = p.code AND m.deleted_at IS NULL AND m.id = k)'),
  ('Person', 'boss', 'p.boss_id IS NOT DISTINCT FROM k AND k IS NOT NULL'), ('Person', 'card',
    'EXISTS (SELECT FROM cards m WHERE m.person_id = p.id AND m.id = k)'),
  ('Team', 'members', 'EXISTS (SELECT FROM people m WHERE m.team_a = p.a AND m.team_b = p.b AND m.id = k)'), ('Tag', 'people',
    'EXISTS (SELECT FROM people_tags l WHERE l.person_id = k AND l.tag_id = p.id)');
SELECT model, alias, count(*) AS cases, count(DISTINCT found) AS results, jsonb_agg(jsonb_build_array(doc, list, found,
  expected)) FILTER (WHERE found <> expected) AS wrong
FROM have, lists, contexts, (VALUES (false), (true)) v (named),
  LATERAL format(contexts.w, jsonb_build_object(alias, jsonb_build_object('allOf',
    CASE WHEN named THEN '{"param": "list"}' ELSE list END))) doc,
  LATERAL keys(model, doc::jsonb, jsonb_build_object('list', list)) found,
  LATERAL sql_keys(model, format(contexts.sql, format('NOT EXISTS (SELECT FROM unnest(%L::int[]) k WHERE NOT (%s))', ARRAY(SELECT e::int
    FROM jsonb_array_elements_text(list) e), has))) AS expected
GROUP BY 1, 2 ORDER BY 1, 2;
-- null is no list: as an empty one
SELECT keys('Person', '{"tags": {"allOf": {"param": "list"}}}', '{"list": null}') AS null, keys('Person',
  '{"tags": {"some": {"people": {"allOf": {"param": "list"}}}}}', '{"list": [1, 3]}') AS nested, keys('Person',
  '{"staff": {"count": {"where": {"tags": {"allOf": {"param": "list"}}}, "gte": 1}}}', '{"list": [2]}') AS counted;
\set VERBOSITY terse
SELECT keys('Person', '{"tags": {"allOf": {"param": "list"}}}', '{"list": [1, "x"]}');
SELECT keys('Person', '{"tags": {"allOf": {"param": "list"}}}', '{"list": 1}');
SELECT keys('Person', '{"tags": {"allOf": {"param": "list"}}}');
SELECT keys('Person', '{"team": {"allOf": {"param": "list"}}}', '{"list": [1]}');
SELECT keys('Person', '{"tags": {"count": {"gte": "x"}}}');
SELECT keys('Person', '{"tags": {"count": {"is": true}}}');
SELECT keys('Person', '{"tags": {"count": {"contains": 1}}}');
\set VERBOSITY default
-- compared with a column of the row, below an include, as one of groups, in other statements
SELECT keys('Person', '{"staff": {"count": {"lt": {"col": "id"}}}}') AS col, sql_keys('Person',
  '(SELECT count(*) FROM people m WHERE m.boss_id = p.id) < id') AS sql;
SELECT assoc.find_all('Team', '{"include": [{"association": "members", "attributes": ["id"], "where": {"tags": {"count": {"gte": 4}},
  "staff": {"allOf": {"param": "list"}}}}]}', '{"list": [6, 8]}');
SELECT assoc.find_one('Person', '{"attributes": ["id"], "where": {"tags": {"count": {"lt": 4}, "allOf": {"param": "list"}}}}',
  '{"list": [3]}'), assoc.count('Person', '{"where": {"tags": {"count": {"lt": 4}, "allOf": {"param": "list"}}}}', '{"list": [3]}'),
  assoc.aggregate('Person', '{"attributes": ["team_a", {"count": "*", "as": "n"}], "group": ["team_a"],
    "where": {"staff": {"count": {"lte": 1}}}}');
SELECT assoc.update('Person', '{"code": null}', '{"where": {"tags": {"count": {"lte": 2}}, "boss": {"count": 1}}}') -> 'keys' AS updated,
  assoc.destroy('Person', '{"where": {"staff": {"count": 0}, "tags": {"count": {"lt": 1}}, "card": null, "notes": {"allOf": []}}}') ->
  'keys' AS destroyed;
DROP SCHEMA club CASCADE;
