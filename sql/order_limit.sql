-- Order, limit and offset.
\getenv top PG_ABS_SRCDIR
\set shop :top '/test/data/shop.sql'
\set ECHO none
\i :shop
\set ECHO all
CREATE FUNCTION ids(model text, options text) RETURNS text LANGUAGE sql AS $$
  SELECT string_agg(coalesce(d ->> 'id', d ->> 'no'), ' ' ORDER BY o) FROM jsonb_array_elements(loads(model,
    options::jsonb)) WITH ORDINALITY j (d, o) $$;

-- by key where nothing is said, and among equals
SELECT ids('Customer', '{}'), ids('Customer', '{"order": []}'), ids('Store', '{}'), ids('Customer', '{"order": ["vip"]}'), ids('Customer',
  '{"order": [["vip", "DESC"]]}');
-- every form of an item, beside SQL
SELECT o, ids('Customer', format('{"order": %s}', o)) AS ids
FROM unnest(ARRAY['"name"', '["name"]', '[["name"]]', '[["name", "DESC"]]', '[["born", "asc nulls first"]]',
  '[["born", "DESC NULLS LAST"]]', '["vip", ["name", "DESC"]]',
  '{"by": "name", "direction": "DESC"}', '[{"by": "born", "nulls": "first"}]', '[{"by": "born", "direction": "DESC", "nulls": "last"}]',
    '[{"by": ["born"], "direction": "DESC NULLS LAST", "nulls": "last"}]',
  '[["country", "name"]]', '[["country", "name", "DESC NULLS LAST"]]', '[["referrer", "country", "name"], "id"]',
    '[["profile", "favColour"]]', '[["referrer", "id", "DESC"]]',
  '[{"count": "orders", "direction": "DESC"}]', '[{"by": {"count": "orders"}, "direction": "DESC"}]',
    '[{"by": {"count": "orders", "where": {"status": "paid"}}, "direction": "DESC"}]',
    '[{"count": "orders", "where": {"status": "paid"}, "direction": "DESC"}]',
  '[{"max": ["orders", "placed"], "nulls": "first", "direction": "DESC"}]', '[{"sum": ["stores", "through", "id"]}]',
    '[["tags", "DESC NULLS LAST"]]', '[["id", "DESC"]]', 'null']) o;
-- what attributes name
SELECT loads('Customer', '{"attributes": ["id", {"count": "orders", "as": "n"}, ["name", "label"]], "order": [["n", "DESC"], ["label",
  "DESC"]]}');
SELECT loads('Country', '{"attributes": ["code"], "include": [{"association": "customers", "attributes": ["id", {"count": "orders",
  "where": {"status": {"in": ["open", "sent"]}}, "as": "n"}], "order": ["n"], "limit": 1, "where": {"id": {"gt": 0}}}]}');
-- equal by the order asked for: by key at every level, link rows by theirs
SELECT loads('Customer', '{"attributes": ["id"], "limit": 1, "include": [{"association": "stores", "attributes": ["no"], "order": ["no"],
  "through": {"attributes": ["id"]}}]}') -> 0 -> 'stores' AS stores,
  loads('Product', '{"attributes": ["id"], "limit": 1, "include": [{"association": "related", "attributes": ["id"], "order": [["price",
    "DESC NULLS LAST"]], "through": {"attributes": ["kind"]}}]}') -> 0 -> 'related' AS related;
-- the association's own order gives way
SELECT loads('Product', '{"attributes": ["id"], "limit": 1, "include": ["partners"]}') -> 0 @> '{"partners": [{"id": 2}, {"id": 3}]}' AS
  declared,
  jsonb_path_query_array(loads('Product', '{"attributes": ["id"], "limit": 1, "include": [{"association": "partners", "order": [["through",
    "weight"]]}]}'), '$[0].partners[*].id') AS asked_for;

-- limit and offset
SELECT l, ids('Customer', format('{"limit": %s, "offset": %s}', l, o))
  FROM unnest(ARRAY['null', '0', '2', '100', '{"value": 3}', '999999999999999999'], ARRAY['1', '0', '3', '4', '{"value": 0}', 'null']) u (l,
  o);
SELECT p, (SELECT string_agg(d ->> 'id', ' ') FROM jsonb_array_elements(loads('Customer',
  '{"limit": {"param": "l"}, "offset": {"param": "o"}}', p)) d) FROM unnest(ARRAY['{"l": 2, "o": 1}', '{"l": "1", "o": null}',
  '{"l": null, "o": 3}', '{"l": 0, "o": 0}', '{"l": 2.0, "o": 2}']::jsonb[]) p;
-- parents are counted, whatever they include
SELECT ids('Customer', '{"limit": 2, "include": ["orders.products", "stores"]}'), ids('Customer',
  '{"limit": 2, "offset": 1, "include": [{"association": "orders", "required": true}]}');

-- refused
SELECT o, r.code, r.message, r.hint FROM unnest(ARRAY['{"limit": -1}', '{"limit": 1.5}', '{"limit": "x"}', '{"limit": "1"}',
  '{"limit": true}', '{"limit": [1]}', '{"limit": {}}', '{"limit": {"col": "id"}}', '{"limit": {"value": null}}', '{"limit": 1e30}',
  '{"limit": 9999999999999999999}', '{"offset": -1}', '{"offset": "x"}', '{"include": [{"association": "orders", "limit": -5}]}',
  '{"order": ["nmae"]}', '{"order": ["name DESC"]}', '{"order": ["name", "DESC"]}', '{"order": [["name", "DOWN"]]}', '{"order": [[]]}',
    '{"order": [5]}', '{"order": [["name", 5]]}', '{"order": true}', '{"order": {}}', '{"order": [{"direction": "ASC"}]}',
    '{"order": [{"by": "name", "count": "orders"}]}', '{"order": [{"by": {"count": "orders"}, "sum": ["orders", "id"]}]}',
    '{"order": [{"by": "name", "where": {}}]}',
  '{"order": [{"by": "name", "direction": "UP"}]}', '{"order": [{"by": "name", "nulls": "middle"}]}',
    '{"order": [{"by": "name", "direction": "ASC NULLS FIRST", "nulls": "last"}]}',
    '{"order": [{"by": {"count": "orders", "direction": "DESC"}}]}', '{"order": [{"by": {"count": "orders", "as": "n"}}]}',
    '{"order": [{"by": {}}]}', '{"order": [{"bye": "name"}]}',
  '{"order": [["orders", "placed"]]}', '{"order": [["through", "id"]]}', '{"order": [["country", "nam"]]}',
    '{"order": [["contry", "name"]]}', '{"order": ["settings"]}', '{"order": [{"sum": "orders"}]}',
    '{"order": [{"sum": ["orders", "status"]}]}', '{"order": [{"count": ["orders", "id", "x"]}]}',
    '{"order": [{"max": ["stores", "through", "sene"]}]}']) o,
  LATERAL refused(format('SELECT loads(''Customer'', %L)', o)) r;
SELECT p, r.code, r.message FROM unnest(ARRAY['{"l": -1}', '{"l": 1.5}', '{"l": "x"}', '{"l": [1]}', '{}']) p,
  LATERAL refused(format('SELECT loads(''Customer'', ''{"limit": {"param": "l"}}'', %L)', p)) r;
-- keys of a composite type, alone and beside another column: limits for many parents, by every way to read them
CREATE TYPE spot AS (shelf int, side text);
CREATE TABLE boxes (id spot PRIMARY KEY, name text, below spot REFERENCES boxes);
CREATE TABLE balls (id int PRIMARY KEY, box_id spot REFERENCES boxes, size int);
CREATE INDEX ON boxes (below);
CREATE INDEX ON balls (box_id);
CREATE TABLE racks (site int, id spot, name text, PRIMARY KEY (site, id));
CREATE TABLE pegs (id int PRIMARY KEY, site int, rack_id spot, size int, FOREIGN KEY (site, rack_id) REFERENCES racks);
CREATE INDEX ON pegs (site, rack_id);
INSERT INTO boxes SELECT ROW(i, 'left')::spot, 'b' || i, CASE WHEN i > 1 THEN ROW(i / 2, 'left')::spot END FROM generate_series(1, 4) i;
INSERT INTO balls SELECT i, ROW(1 + i % 3, 'left')::spot, i * 7 % 5 FROM generate_series(1, 9) i;
INSERT INTO racks SELECT 1, id, name FROM boxes;
INSERT INTO pegs SELECT id, 1, box_id, size FROM balls;
SELECT assoc.has_many('boxes', 'balls', inverse => 'box') -> 'alias' AS a,
  assoc.has_many('racks', 'pegs', inverse => 'rack') -> 'alias' AS b,
  assoc.has_many('boxes', 'boxes', alias => 'above', foreign_key => 'below', inverse => 'under') -> 'alias' AS c;
CREATE VIEW limited AS
  SELECT n, d ->> 'name' AS name, d - 'name' AS shown FROM (VALUES
    (1, 'boxes', '{"include": [{"association": "balls", "values": "id", "limit": 2}]}'),
    (2, 'boxes', '{"include": [{"association": "balls", "values": "id", "order": [["size", "DESC"]], "limit": 1, "offset": 1}]}'),
    (3, 'boxes', '{"include": [{"association": "above", "values": "name", "limit": 1}]}'),
    (4, 'racks', '{"include": [{"association": "pegs", "values": "id", "limit": 2}]}'),
    (5, 'racks', '{"include": [{"association": "pegs", "values": "id", "where": {"size": {"gt": 1}}, "required": false}]}'),
    (6, 'boxes', '{"where": {"name": "b1"}, "include": [{"association": "above", "recursive": true, "attributes": ["name"]}]}'))
      AS v (n, model, options),
    LATERAL assoc.find(model, '{"attributes": ["name"]}' || options::jsonb) AS d;
CREATE TABLE probed AS SELECT * FROM limited;
SET pg_associations.probe = off;
SELECT * FROM limited ORDER BY n, name;
SELECT * FROM limited EXCEPT SELECT * FROM probed;
RESET pg_associations.probe;
SET client_min_messages = warning;
DROP SCHEMA shop CASCADE;
