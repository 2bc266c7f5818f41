-- Order, conditions and groups by attributes of to-one associations: rows are joined
-- where no second one can match, else a subquery picks one.
CREATE SCHEMA to_one;
SET search_path = to_one;
SET client_min_messages = warning;
CREATE TABLE countries (code text PRIMARY KEY, name text);
CREATE TABLE owners (id int PRIMARY KEY, name text, city text, country text, boss_id bigint, deleted_at timestamptz,
  active boolean NOT NULL DEFAULT true);
CREATE TABLE badges (id int PRIMARY KEY, owner_id bigint, color text);
CREATE TABLE desks (id int PRIMARY KEY, owner_id bigint UNIQUE, floor int);
CREATE TABLE plots (town int, no int, label text, PRIMARY KEY (town, no));
CREATE TABLE things (id int PRIMARY KEY, title text, owner_id bigint, maker_id int, parent_id int, town int, plot int);
CREATE TABLE links (owner_id int, thing_id int, plot_town int, plot_no int, PRIMARY KEY (owner_id, thing_id));
CREATE INDEX ON badges (owner_id);
CREATE INDEX ON things (owner_id);
CREATE INDEX ON things (maker_id);
CREATE INDEX ON things (parent_id);
CREATE INDEX ON links (thing_id);
INSERT INTO countries VALUES ('de', 'Germany'), ('fr', 'France'), ('it', NULL);
INSERT INTO owners SELECT i, CASE WHEN i % 4 > 0 THEN 'owner ' || i * 7 % 5 END, 'city ' || i % 3, (ARRAY['de', 'fr', 'it', 'xx',
  NULL])[1 + i % 5], nullif(i * 5 % 12, 0),
  CASE WHEN i % 6 = 0 THEN timestamptz '2024-01-01' END, i % 7 > 0 FROM generate_series(1, 12) i;
INSERT INTO badges SELECT i, 1 + i % 10, 'color ' || (1 + i % 10) % 4 FROM generate_series(1, 30) i;
INSERT INTO desks SELECT i, i, 9 - i % 4 FROM generate_series(1, 8) i;
INSERT INTO plots SELECT t, n, 'plot ' || (t * 5 + n * 3) % 7 FROM generate_series(1, 3) t, generate_series(1, 4) n;
INSERT INTO things SELECT i, 'thing ' || i * 3 % 8, nullif(i * 5 % 13, 0), nullif(i * 3 % 11, 0), nullif(i / 3, 0), nullif(i % 4, 0),
  nullif(i % 6, 0) FROM generate_series(1, 40) i;
INSERT INTO links SELECT o, t, 1 + (o + t) % 3, 1 + t % 5 FROM generate_series(1, 12) o, generate_series(1, 40) t WHERE (o * t) % 5 = 1;
SELECT count(assoc.adopt(t::regclass, m, o::jsonb)) AS adopted FROM (VALUES ('countries', 'Country', '{}'), ('owners', 'Owner',
  '{"paranoid": true, "defaultScope": {"where": {"active": true}}}'),
  ('badges', 'Badge', '{}'), ('desks', 'Desk', '{}'), ('plots', 'Plot', '{}'), ('things', 'Thing', '{}'), ('links', 'Link', '{}')) v (t, m,
    o);
SELECT count(assoc.belongs_to('Thing', t, foreign_key => k, target_key => g, alias => a,
  options => o::jsonb || '{"constraints": false, "accessors": false}')) AS declared
FROM (VALUES ('Owner', 'owner_id', NULL, 'owner', '{}'), ('Owner', 'maker_id', NULL, 'maker', '{"scope": {"city": {"ne": "city 1"}}}'),
  ('Thing', 'parent_id', NULL, 'parent', '{}'), ('Plot', 'town, plot', 'town, no', 'place', '{}')) v (t, k, g, a, o);
SELECT assoc.belongs_to('Owner', 'Owner', foreign_key => 'boss_id', alias => 'boss',
  options => '{"constraints": false, "accessors": false}') IS NOT NULL AND
  assoc.belongs_to('Owner', 'Country', foreign_key => 'country', alias => 'land',
    options => '{"constraints": false, "accessors": false}') IS NOT NULL AND
  assoc.has_one('Owner', 'Desk', foreign_key => 'owner_id', alias => 'desk',
    options => '{"constraints": false, "accessors": false}') IS NOT NULL AND
  assoc.has_one('Owner', 'Badge', foreign_key => 'owner_id', alias => 'badge',
    options => '{"constraints": false, "accessors": false, "unique": false}') IS NOT NULL AND
  assoc.belongs_to_many('Owner', 'Thing', through => 'Link', foreign_key => 'owner_id', other_key => 'thing_id', alias => 'linked',
    options => '{"constraints": false, "accessors": false}') IS NOT NULL AND
  assoc.belongs_to('Link', 'Plot', foreign_key => 'plot_town, plot_no', target_key => 'town, no', alias => 'plot',
    options => '{"constraints": false, "accessors": false}') IS NOT NULL AS declared;

-- the statement of the root: what it joins
-- an index is relied on when every transaction that is older than it has ended, also one of autovacuum
CREATE PROCEDURE settle() LANGUAGE plpgsql AS $$
  DECLARE mine xid8 := pg_current_xact_id();
  BEGIN
    COMMIT;
    WHILE pg_snapshot_xmin(pg_current_snapshot()) <= mine LOOP PERFORM pg_sleep(0.01); COMMIT; END LOOP;
  END $$;
CREATE FUNCTION joins(model text, options jsonb) RETURNS SETOF text LANGUAGE sql AS $$
  SELECT regexp_replace(substr(line, strpos(line, ' FROM ') + 6), 'OPERATOR\(pg_catalog\.([^)]*)\)', '\1', 'g')
    FROM assoc.explain(model, options) line WHERE line LIKE '  SQL: %' $$;
-- ids in the order of the call; the same with the expressions as plain subqueries
CREATE FUNCTION ids(model text, options jsonb) RETURNS text LANGUAGE sql AS $$
  SELECT string_agg(d ->> 'id', ' ' ORDER BY o) FROM jsonb_array_elements(assoc.find_all(model, options)) WITH ORDINALITY j (d, o) $$;
CREATE VIEW plain AS
  SELECT t.*, o.name AS owner_name, o.city AS owner_city, m.name AS maker_name, p.title AS parent_title, g.title AS grand_title, l.label,
    (SELECT name FROM countries WHERE code = o.country) AS land_name, (SELECT floor FROM desks d WHERE d.owner_id = o.id) AS floor,
    (SELECT color FROM badges b WHERE b.owner_id = o.id LIMIT 1) AS color, b.name AS boss_name
  FROM things t
    LEFT JOIN (SELECT * FROM owners WHERE deleted_at IS NULL AND active) o ON o.id = t.owner_id
    LEFT JOIN (SELECT * FROM owners WHERE deleted_at IS NULL AND active) b ON b.id = o.boss_id
    LEFT JOIN (SELECT * FROM owners WHERE deleted_at IS NULL AND active AND city <> 'city 1') m ON m.id = t.maker_id
    LEFT JOIN things p ON p.id = t.parent_id LEFT JOIN things g ON g.id = p.parent_id
    LEFT JOIN plots l ON (l.town, l.no) = (t.town, t.plot);
CREATE FUNCTION plain(rest text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE result text;
BEGIN
  EXECUTE format('SELECT string_agg(id::text, '' '' ORDER BY o) FROM (SELECT id, row_number() OVER () AS o FROM (SELECT id
    FROM plain %s) r) r', rest) INTO result;
  RETURN result;
END $$;

CALL settle();
SELECT joins('Thing', '{"order": [["owner", "name"]]}');
-- one join for all that leads to the same row; one for each association
SELECT joins('Thing', '{"where": {"$owner.city$": "city 1"}, "order": [["owner", "name"], ["maker", "name"], ["owner", "city", "DESC"]],
  "limit": 2}');
-- paths, keys of several columns, its own table
SELECT joins('Thing', '{"order": [["owner", "land", "name"], ["place", "label"], ["parent", "parent", "title"],
  ["owner", "desk", "floor"]]}');
-- several rows may match: a subquery, from the row that is joined
SELECT joins('Thing', '{"order": [["owner", "badge", "color"]]}');
SELECT joins('Owner', '{"order": [["badge", "color"], ["desk", "floor"]]}');
-- inside other subqueries nothing is joined
SELECT joins('Owner', '{"where": {"linked": {"some": {"$owner.name$": "owner 1"}}}}');
-- of the link row
SELECT substr(line, strpos(line, ' FROM ') + 6) AS joins FROM assoc.explain('Owner',
  '{"include": [{"association": "linked", "through": {"where": {"$plot.label$": "plot 1"}}}]}') line WHERE line ~ ' l ON ';

SELECT options, ids('Thing', options::jsonb) = plain(rest) AS same, ids('Thing', options::jsonb) FROM (VALUES
  ('{"order": [["owner", "name"]]}', 'ORDER BY owner_name, id'),
  ('{"order": [["owner", "name", "DESC"]]}', 'ORDER BY owner_name DESC, id'),
  ('{"order": [["owner", "name", "DESC NULLS LAST"], ["maker", "name", "ASC NULLS FIRST"]]}',
    'ORDER BY owner_name DESC NULLS LAST, maker_name NULLS FIRST, id'),
  ('{"order": [["owner", "city"], ["owner", "name", "DESC"]], "limit": 7, "offset": 3}',
    'ORDER BY owner_city, owner_name DESC, id LIMIT 7 OFFSET 3'),
  ('{"order": [["parent", "title", "DESC"], ["parent", "parent", "title"]]}', 'ORDER BY parent_title DESC, grand_title, id'),
  ('{"order": [["place", "label"], ["id", "DESC"]]}', 'ORDER BY label, id DESC'),
  ('{"order": [["owner", "land", "name"], ["owner", "desk", "floor"], ["owner", "badge", "color"]], "limit": 15}',
    'ORDER BY land_name, floor, color, id LIMIT 15'),
  ('{"order": [["owner", "boss", "name"], ["owner", "name"]], "limit": 15}', 'ORDER BY boss_name, owner_name, id LIMIT 15'),
  ('{"where": {"$owner.name$": "owner 1"}, "order": [["owner", "city"]]}', 'WHERE owner_name = ''owner 1'' ORDER BY owner_city, id'),
  ('{"where": {"$owner.name$": null}, "order": [["maker", "name"]], "limit": 5}',
    'WHERE owner_name IS NULL ORDER BY maker_name, id LIMIT 5'),
  ('{"where": {"or": [{"$maker.name$": {"ne": "owner 1"}}, {"$place.label$": "plot 1"}, {"id": 3}]}, "order": [["owner", "name"]]}',
    'WHERE maker_name <> ''owner 1'' OR label = ''plot 1'' OR id = 3 ORDER BY owner_name, id'),
  ('{"where": {"not": {"$owner.land.name$": "France"}}, "order": ["id"]}', 'WHERE NOT land_name = ''France'' ORDER BY id'),
 ('{"include": [{"association": "owner", "required": true, "where": {"city": "city 2"}}], "order": [["owner", "name", "DESC"]], "limit": 4}',
  'WHERE owner_city = ''city 2'' ORDER BY owner_name DESC, id LIMIT 4')) v (options, rest);
-- of included rows, also by their link rows, and so many for each parent
SELECT id, string_agg(t ->> 'id', ' ' ORDER BY o) AS linked,
  (SELECT string_agg(x.id::text, ' ' ORDER BY o) FROM (SELECT p.id, row_number() OVER (ORDER BY owner_name DESC NULLS LAST, p.id) AS o
    FROM links l JOIN plain p ON p.id = l.thing_id WHERE l.owner_id = d.id ORDER BY o LIMIT 4) x) AS plain
FROM (SELECT (d ->> 'id')::int AS id, d -> 'linked' AS linked FROM jsonb_array_elements(assoc.find_all('Owner',
  '{"where": {"id": [1, 2, 3, 9]}, "include": [{"association": "linked", "order": [["owner", "name", "DESC NULLS LAST"]], "limit": 4}]}'))
  d) d,
  jsonb_array_elements(linked) WITH ORDINALITY l (t, o) GROUP BY id ORDER BY id;
SELECT jsonb_path_query_array(assoc.find_by_pk('Owner', 3, '{"include": [{"association": "linked", "attributes": ["id"],
  "order": [["owner", "name"]], "through": {"where": {"$plot.label$": {"gte": "plot 4"}}}}]}'), '$.linked[*].id') =
  (SELECT jsonb_agg(p.id ORDER BY owner_name, p.id) FROM links l JOIN plain p ON p.id = l.thing_id
    JOIN plots x ON (x.town, x.no) = (plot_town, plot_no) WHERE l.owner_id = 3 AND x.label >= 'plot 4') AS same;

-- pages: every row once, in order
WITH RECURSIVE pages (n, page) AS (
  SELECT 1, assoc.find_page('Thing', '{"attributes": ["id"], "order": [["owner", "name", "DESC"], ["maker", "name"]], "limit": 7}')
  UNION ALL SELECT n + 1, assoc.find_page('Thing',
    '{"attributes": ["id"], "order": [["owner", "name", "DESC"], ["maker", "name"]], "limit": 7, "after": {"param": "after"}}',
    jsonb_build_object('after', page -> 'next'))
    FROM pages WHERE page ->> 'next' IS NOT NULL)
SELECT max(n) AS pages, string_agg(r ->> 'id', ' ' ORDER BY n, o) = plain('ORDER BY owner_name DESC, maker_name, id') AS same
  FROM pages, jsonb_array_elements(page -> 'rows') WITH ORDINALITY r (r, o);
SELECT assoc.find_all('Thing', '{"attributes": ["id"], "order": [["owner", "name"]], "after": ["owner 1", 20], "limit": 3}') = (SELECT
  jsonb_agg(jsonb_build_object('id', id)) FROM (SELECT id FROM plain WHERE (owner_name, id) > ('owner 1', 20) OR owner_name IS NULL
  ORDER BY owner_name, id LIMIT 3) x) AS same;
-- counts join for conditions only
SELECT assoc.count('Thing', '{"where": {"$owner.name$": "owner 1"}}') = (SELECT count(*) FROM plain WHERE owner_name = 'owner 1') AS same,
  assoc.find_and_count_all('Thing',
    '{"where": {"$maker.name$": {"gt": "owner 1"}}, "order": [["owner", "name"]], "attributes": ["id"], "limit": 1}') -> 'count' =
    to_jsonb((SELECT count(*) FROM plain WHERE maker_name > 'owner 1')) AS counted;
SELECT assoc.aggregate('Thing', '{"group": ["owner.city", "place.label"],
  "attributes": ["owner.city", {"count": "*", "as": "n"}, {"max": "maker.name", "as": "maker"}],
  "where": {"$place.label$": {"lte": "plot 3"}}, "order": ["owner.city", "place.label"]}') =
  (SELECT jsonb_agg(jsonb_build_object('owner.city', owner_city, 'n', n, 'maker', maker) ORDER BY owner_city, label)
    FROM (SELECT owner_city, label, count(*) AS n, max(maker_name) AS maker FROM plain WHERE label <= 'plot 3' GROUP BY 1, 2) x) AS same,
  assoc.max('Thing', 'owner.name', '{"where": {"$owner.city$": "city 1"}}') AS max;
-- only the rows asked for are locked; conditions are subqueries there
SELECT jsonb_path_query_array(jsonb_agg(d ORDER BY o), '$[*].id') AS locked
  FROM assoc.find_for_update('Thing', '{"where": {"$owner.city$": "city 1"}, "order": [["owner", "name", "DESC"]], "limit": 3}') WITH
  ORDINALITY f (d, o);
SELECT plain('WHERE owner_city = ''city 1'' ORDER BY owner_name DESC, id LIMIT 3');
-- writes by condition join nothing
BEGIN;
SELECT assoc.update('Thing', '{"title": "x"}', '{"where": {"$owner.city$": "city 1"}}') IS NOT NULL AS done, (SELECT count(*) FROM plain
  WHERE owner_city = 'city 1') AS n;
SELECT count(*) FROM things WHERE title = 'x';
ROLLBACK;
-- as one statement
SELECT assoc.sql('Thing', '{"attributes": ["id"], "order": [["owner", "name"]], "limit": 2,
  "include": [{"association": "parent", "attributes": ["id"]}]}');
-- a list of names that lead to many rows is refused as before
DO $$ BEGIN PERFORM assoc.find_all('Thing', '{"order": [["owner", "linked", "title"]]}'); EXCEPTION WHEN OTHERS THEN RAISE WARNING '%',
  SQLERRM; END $$;
DO $$ BEGIN PERFORM assoc.find_all('Thing', '{"order": [["owner", "nam"]]}'); EXCEPTION WHEN OTHERS THEN RAISE WARNING '%', SQLERRM; END $$;

-- what lets a second row in: joined again when it cannot be
CREATE FUNCTION joined(options jsonb) RETURNS boolean LANGUAGE sql AS $$ SELECT joins('Owner', options) LIKE '% LEFT JOIN %' $$;
ALTER TABLE desks DROP CONSTRAINT desks_owner_id_key;
CALL settle();
SELECT joined('{"order": [["desk", "floor"]]}');
CREATE UNIQUE INDEX partial ON desks (owner_id) WHERE floor > 5;
CREATE UNIQUE INDEX wider ON desks (owner_id, floor);
CREATE UNIQUE INDEX expression ON desks ((owner_id + 1));
CALL settle();
SELECT joined('{"order": [["desk", "floor"]]}');
DROP INDEX partial;
ALTER TABLE desks ADD CONSTRAINT deferred UNIQUE (owner_id) DEFERRABLE;
CALL settle();
SELECT joined('{"order": [["desk", "floor"]]}');
CREATE UNIQUE INDEX desk_owner ON desks (owner_id) INCLUDE (floor);
CALL settle();
SELECT joined('{"order": [["desk", "floor"]]}');
-- rows of inheritance children have no part in the index of their parent
CREATE TABLE more_desks () INHERITS (desks);
CALL settle();
SELECT joined('{"order": [["desk", "floor"]]}');
INSERT INTO more_desks VALUES (101, 1, 9), (102, 2, 8);
SELECT jsonb_array_length(assoc.find_all('Owner', '{"order": [["desk", "floor"]]}')) = (SELECT count(*) FROM owners WHERE deleted_at IS NULL
  AND active) AS once;
DROP TABLE more_desks;
-- what the reference is equal to, the index must take for equal too
CREATE COLLATION insensitive (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
CREATE TABLE cities (name text PRIMARY KEY, mayor text);
CREATE TABLE homes (id int PRIMARY KEY, plain text, c text COLLATE "C", insensitive text COLLATE insensitive);
INSERT INTO cities SELECT n, 'mayor' FROM unnest(ARRAY['city 1', 'CITY 1']) n;
INSERT INTO homes VALUES (1, 'city 1', 'CITY 1', 'City 1'), (2, 'City 1', 'City 1', 'city 1');
SELECT assoc.adopt('cities', 'City') IS NOT NULL AND assoc.adopt('homes', 'Home') IS NOT NULL AS adopted;
SELECT bool_and(assoc.belongs_to('Home', 'City', foreign_key => k, alias => k || '_city',
  options => '{"constraints": false, "accessors": false}') IS NOT NULL) AS declared FROM unnest(ARRAY['plain', 'c', 'insensitive']) k;
CREATE FUNCTION forms() RETURNS TABLE (key text, joined boolean, ids text) LANGUAGE sql AS $$
  SELECT k, joins('Home', o) LIKE '% LEFT JOIN %', ids('Home', o) FROM (SELECT k, format('{"order": [["%s_city", "mayor"]]}', k)::jsonb
    FROM unnest(ARRAY['plain', 'c', 'insensitive']) k) x (k, o) $$;
CALL settle();
SELECT * FROM forms();
DELETE FROM cities WHERE name = 'CITY 1';
ALTER TABLE cities ALTER name TYPE text COLLATE insensitive;
CALL settle();
SELECT * FROM forms();
-- a partitioned table's unique key is one of all its rows; a view has none
CREATE TABLE parts (id int PRIMARY KEY, name text) PARTITION BY LIST (id);
CREATE TABLE parts_1 PARTITION OF parts FOR VALUES IN (1, 2);
CREATE TABLE parts_2 PARTITION OF parts DEFAULT;
INSERT INTO parts SELECT i, 'part ' || 5 - i FROM generate_series(1, 5) i;
CREATE VIEW seen AS SELECT * FROM parts;
SELECT assoc.adopt('parts', 'Part') IS NOT NULL AND assoc.adopt('seen', 'Seen', '{"key": ["id"]}') IS NOT NULL AND
  assoc.belongs_to('Owner', 'Part', foreign_key => 'id', alias => 'part',
    options => '{"constraints": false, "accessors": false}') IS NOT NULL AND
  assoc.belongs_to('Owner', 'Seen', foreign_key => 'id', alias => 'seen',
    options => '{"constraints": false, "accessors": false}') IS NOT NULL AS declared;
CALL settle();
SELECT joined('{"order": [["part", "name"]]}'), joined('{"order": [["seen", "name"]]}'), ids('Owner',
  '{"order": [["part", "name"]]}') AS parts, ids('Owner', '{"order": [["seen", "name"]]}') AS seen;

-- rights: columns that the caller may read, rows that policies show
CREATE ROLE to_one_reader;
GRANT USAGE ON SCHEMA to_one TO to_one_reader;
GRANT SELECT ON things, parts TO to_one_reader;
GRANT SELECT (id, name, deleted_at, active) ON owners TO to_one_reader;
CREATE POLICY odd ON owners FOR SELECT USING (id % 2 = 1);
ALTER TABLE owners ENABLE ROW LEVEL SECURITY;
SET ROLE to_one_reader;
SELECT ids('Thing', '{"attributes": ["id"], "where": {"$owner.name$": {"gt": "owner 1"}}, "order": [["owner", "name"]]}');
SELECT ids('Thing', '{"attributes": ["id"], "order": [["owner", "city"]]}');
SELECT ids('Thing', '{"attributes": ["id"], "order": [["place", "label"]]}');
RESET ROLE;
SELECT string_agg(t.id::text, ' ' ORDER BY o.name, t.id) FROM things t JOIN owners o ON o.id = t.owner_id AND o.id % 2 = 1 AND active
  AND deleted_at IS NULL AND o.name > 'owner 1';
DROP SCHEMA to_one CASCADE;
DROP ROLE to_one_reader;
-- of several rows the one that the include shows: the first in the order of the association, or of the default scope
CREATE SCHEMA latest;
SET search_path = latest;
CREATE TABLE hosts (id int PRIMARY KEY);
CREATE TABLE pings (id int PRIMARY KEY, host_id int, at int, state text);
CREATE INDEX ON pings (host_id);
INSERT INTO hosts SELECT generate_series(1, 4);
INSERT INTO pings VALUES (1, 1, 5, 'a'), (2, 1, 7, 'b'), (3, 1, 7, 'c'), (4, 2, NULL, 'd'), (5, 2, 1, 'e'), (6, 3, 1, 'f');
SET client_min_messages = warning;
SELECT assoc.adopt('hosts', 'Host') ->> 'model', assoc.adopt('pings', 'Ping', '{"scopes": {"any": {}}}') ->> 'model';
SELECT assoc.has_one('Host', 'Ping', foreign_key => 'host_id', alias => 'last', inverse => 'host',
  options => '{"unique": false, "constraints": false, "accessors": false, "order": [["at", "DESC NULLS LAST"]],
  "inverse": {"accessors": false}}') -> 'alias';
-- its own order leads to where several are again
SELECT assoc.has_one('Ping', 'Ping', foreign_key => 'at', source_key => 'id', alias => 'echo',
  options => '{"unique": false, "constraints": false, "accessors": false, "order": [["echo", "state"]]}') -> 'alias';
SELECT assoc.find_all('Host', '{"include": [{"association": "last", "attributes": ["state"]}],
  "attributes": ["id", ["last.state", "state"]],
  "order": [["last", "state", "DESC NULLS LAST"]]}');
SELECT assoc.find_all('Host', '{"attributes": ["id"], "where": {"$last.state$": ["a", "b", "d", "e"]}}'), assoc.max('Host', 'last.state');
SELECT assoc.aggregate('Host', '{"group": ["last.state"], "attributes": ["last.state", {"count": "*", "as": "n"}]}');
SELECT assoc.find_by_pk('Ping', 1, '{"attributes": ["id", ["echo.state", "echo"], ["host.last.state", "last"]],
  "include": [{"association": "echo", "attributes": ["state"], "as": "e"}]}');
SELECT assoc.adopt('pings', 'Ping', '{"defaultScope": {"attributes": [["id", "no"]],
  "order": ["no", ["state", "ASC"]]}}', replace => true) ->> 'model';
SELECT assoc.find_all('Host', '{"attributes": ["id", ["last.state", "state"]]}');
SELECT assoc.adopt('pings', 'Ping', '{"defaultScope": {"order": [["state", "ASC"]]}}', replace => true) ->> 'model';
SELECT assoc.find_all('Host', '{"include": [{"association": "last", "attributes": ["state"]}],
  "attributes": ["id", ["last.state", "state"]]}');
-- a path counts a row once, however many rows of the has_one lead to it
SELECT assoc.find_all('Host', '{"attributes": ["id", {"count": ["last", "host"], "as": "n"}]}');
DROP SCHEMA latest CASCADE;
