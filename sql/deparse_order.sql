-- Orders by the lower case of a text, by another collation, and by a path in json: beside plain SQL, with cursors, inside
-- includes, over to-one associations and link rows. What is named is checked; a path is a value.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pg_associations;
CREATE SCHEMA deparse_order;
SET search_path = deparse_order;
CREATE COLLATION backward (provider = icu, locale = 'und-u-kf-upper');
CREATE TABLE shops (id int PRIMARY KEY, name varchar(20));
CREATE TABLE goods (id int PRIMARY KEY, shop_id int REFERENCES shops, name text, code char(3), data jsonb, old json, n int);
CREATE TABLE tags (id int PRIMARY KEY, label text);
CREATE TABLE goods_tags (good_id int REFERENCES goods, tag_id int REFERENCES tags, note text, more jsonb, PRIMARY KEY (good_id, tag_id));
CREATE INDEX ON goods (shop_id);
CREATE INDEX ON goods_tags (tag_id);
INSERT INTO shops VALUES (1, 'beta'), (2, 'Alpha'), (3, 'alpha'), (4, NULL);
INSERT INTO goods SELECT i, 1 + i % 4, (ARRAY['b', 'A', 'a', 'B', 'c', NULL, 'C', 'Ab'])[1 + i % 8], chr(97 + i % 3) || 'x',
  CASE i % 7 WHEN 0 THEN NULL WHEN 1 THEN '{"size": null}' WHEN 2 THEN '{"size": "M"}'
    ELSE jsonb_build_object('size', i * 7 % 5, 'of', jsonb_build_array(jsonb_build_object('x', i % 3))) END,
  json_build_object('k', i % 4), i FROM generate_series(1, 40) i;
INSERT INTO tags VALUES (1, 'x'), (2, 'Y'), (3, 'y'), (4, 'Z');
INSERT INTO goods_tags SELECT g, t, (ARRAY['n', 'M', 'm', 'N'])[1 + (g + t) % 4], jsonb_build_object('w', (g * t) % 3)
  FROM generate_series(1, 40) g, generate_series(1, 4) t;
SELECT count(assoc.adopt(r)) FROM unnest(ARRAY['shops', 'goods_tags', 'tags']::regclass[]) r;
SELECT assoc.adopt('goods', 'Good') ->> 'model' AS model;
SELECT assoc.belongs_to('Good', 'shops', foreign_key => 'shop_id', alias => 'shop', inverse => 'goods') ->> 'alias' AS alias;
SELECT assoc.belongs_to_many('Good', 'tags', through => 'goods_tags', foreign_key => 'good_id', other_key => 'tag_id',
  alias => 'tags') ->> 'alias' AS alias;

-- the whole list, and page by page, there and back: as plain SQL has it
CREATE FUNCTION ids(jsonb) RETURNS text LANGUAGE sql AS $$ SELECT string_agg(e ->> 'id', ' ' ORDER BY o)
  FROM jsonb_array_elements($1) WITH ORDINALITY x (e, o) $$;
CREATE FUNCTION pages(item jsonb, way text DEFAULT 'after') RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  result text := '';
  cursor jsonb := 'null';
  page jsonb;
BEGIN
  LOOP
    page := assoc.find_page('Good', jsonb_build_object('attributes', '["id"]'::jsonb, 'order', jsonb_build_array(item), 'limit', 7, way,
      cursor));
    result := CASE way WHEN 'after' THEN concat_ws(' ', nullif(result, ''), ids(page -> 'rows')) ELSE concat_ws(' ', ids(page -> 'rows'),
      nullif(result, '')) END;
    cursor := page -> CASE way WHEN 'after' THEN 'next' ELSE 'previous' END;
    EXIT WHEN cursor = 'null';
  END LOOP;
  RETURN result;
END $$;
CREATE TABLE orders (item jsonb, sql text);
INSERT INTO orders VALUES
  ('{"by": "name", "lower": true}', 'lower(name)'),
  ('{"by": "name", "lower": true, "direction": "DESC", "nulls": "last"}', 'lower(name) DESC NULLS LAST'),
  ('{"by": "name", "collation": "C"}', 'name COLLATE "C"'), ('{"by": "name", "collation": "backward", "direction": "DESC"}',
    'name COLLATE backward DESC'),
  ('{"by": "name", "collation": "deparse_order.backward"}', 'name COLLATE backward'),
  ('{"by": "name", "lower": true, "collation": "und-x-icu"}', 'lower(name) COLLATE "und-x-icu"'),
  ('{"by": "code", "lower": true}', 'lower(code)'), ('{"by": "code", "collation": "C"}', 'code COLLATE "C"'),
  ('"data.size"', 'data #> ''{size}'''), ('["data.size", "DESC"]', 'data #> ''{size}'' DESC'), ('{"by": "data.of.0.x", "nulls": "first"}',
    'data #> ''{of,0,x}'' NULLS FIRST'),
  ('{"by": "data.size", "lower": true}', 'lower(data #>> ''{size}'')'), ('{"by": "data.size", "collation": "C"}',
    '(data #>> ''{size}'') COLLATE "C"'),
  ('["old.k", "DESC"]', '(old::jsonb) #> ''{k}'' DESC'), ('"data.no.such"', 'data #> ''{no,such}'''), ('["data.'')); --", "ASC"]', '1'),
  ('{"by": ["shop", "name"], "lower": true}', '(SELECT lower(s.name) FROM shops s WHERE s.id = shop_id)'),
  ('{"by": ["shop", "name"], "collation": "C", "direction": "DESC"}', '(SELECT s.name COLLATE "C" FROM shops s WHERE s.id = shop_id) DESC');
SELECT item FROM orders, LATERAL (SELECT assoc.find_all('Good', jsonb_build_object('attributes', '["id"]'::jsonb, 'order',
  jsonb_build_array(item)))) l (list),
  LATERAL (SELECT ids(list) AS whole, pages(item) AS there, pages(item, 'before') AS back) p,
    LATERAL query_to_xml(format('SELECT string_agg(id::text, '' '' ORDER BY o) AS ids
    FROM (SELECT id, row_number() OVER (ORDER BY %s, id) AS o FROM goods) x', CASE WHEN sql = '1' THEN 'id' ELSE sql END), false, true,
      '') x
WHERE NOT (whole = there AND whole = back AND whole = (xpath('/row/ids/text()', x))[1]::text) OR whole IS NULL;

-- inside includes, with a limit, by the link row too
SELECT bool_and(ids(assoc.find_by_pk('shops', s, format('{"include": [{"association": "goods", "order": [{"by": "name", "lower": true,
  "direction": "DESC"}], "limit": %s}]}', n)::jsonb) -> 'goods') =
  (SELECT string_agg(id::text, ' ' ORDER BY o) FROM (SELECT id, row_number() OVER (ORDER BY lower(name) DESC, id) AS o FROM goods
    WHERE shop_id = s) g WHERE o <= n))
FROM generate_series(1, 4) s, unnest(ARRAY[3, 100]) n;
SELECT bool_and(ids(e -> 'goods') = (SELECT string_agg(id::text, ' ' ORDER BY data #> '{size}' DESC, id) FROM (SELECT * FROM goods
  WHERE shop_id = (e -> 'id')::int ORDER BY data #> '{size}' DESC, id LIMIT 3) g))
FROM assoc.find('shops', '{"include": [{"association": "goods", "order": [["data.size", "DESC"]], "limit": 3}]}') e;
SELECT bool_and(ids(assoc.find_by_pk('Good', g, '{"include": [{"association": "tags", "order": [{"by": ["through", "note"], "lower": true},
  ["through", "more.w", "DESC"], {"by": "label", "collation": "C"}]}]}') -> 'tags') =
  (SELECT string_agg(t.id::text, ' ' ORDER BY lower(l.note), l.more #> '{w}' DESC, t.label COLLATE "C", t.id) FROM goods_tags l
    JOIN tags t ON t.id = l.tag_id WHERE l.good_id = g)) FROM generate_series(1, 40) g;
BEGIN;
SET LOCAL pg_associations.probe = on;
SELECT assoc.explain('Good', '{"attributes": ["id"], "order": [{"by": "name", "lower": true, "collation": "C"}, "data.size"], "limit": 2,
  "include": [{"association": "tags", "attributes": ["id"], "order": [{"by": "label", "lower": true}]}]}');
COMMIT;
-- by an index on what is ordered by
CREATE INDEX by_name ON goods (lower(name));
CREATE INDEX by_size ON goods ((data #> '{size}'));
SET enable_seqscan = off;
SET enable_sort = off;
CREATE FUNCTION uses(options jsonb) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE line text;
BEGIN
  FOR line IN EXECUTE 'EXPLAIN (COSTS OFF) ' || assoc.sql('Good', options) LOOP
    IF line ~ 'Index' THEN RETURN NEXT regexp_replace(line, '^ *(->)? *', ''); END IF;
  END LOOP;
END $$;
SELECT uses('{"order": [{"by": "name", "lower": true}], "limit": 3}');
SELECT uses('{"order": ["data.size"], "limit": 3}');
RESET enable_seqscan;
RESET enable_sort;
-- a cursor is of its order: not of the same without lower case, or of another path
SELECT assoc.find_page('Good', '{"order": [{"by": "name", "lower": true}], "limit": 3}') ->> 'next' AS next \gset
\set VERBOSITY terse
SELECT assoc.find_page('Good', jsonb_build_object('order', '["name"]'::jsonb, 'limit', 3, 'after', (:'next')::text));
SELECT assoc.find_page('Good', jsonb_build_object('order', '[{"by": "name", "lower": true, "collation": "C"}]'::jsonb, 'limit', 3, 'after',
  (:'next')::text));
SELECT assoc.find_page('Good', '{"order": ["data.size"], "limit": 3, "after": [1, 2]}');
\set VERBOSITY default
-- what cannot be
SELECT assoc.find_all('Good', '{"order": [{"by": "n", "lower": true}]}');
SELECT assoc.find_all('Good', '{"order": [{"by": "data", "collation": "C"}]}');
SELECT assoc.find_all('Good', '{"order": [{"by": "name", "collation": "nowhere"}]}');
SELECT assoc.find_all('Good', '{"order": [{"by": "name", "collation": "C\"; DROP TABLE goods; --"}]}');
SELECT assoc.find_all('Good', '{"order": [{"by": "name", "lower": "yes"}]}');
SELECT assoc.find_all('Good', '{"order": [{"by": {"count": "tags"}, "lower": true}]}');
SELECT assoc.find_all('Good', '{"attributes": ["id", {"max": ["tags", "label"], "as": "last"}], "order": [{"by": "last",
  "collation": "C"}]}');
SELECT assoc.find_all('Good', '{"order": ["name.size"]}');
SELECT assoc.find_all('Good', '{"order": [{"by": "name", "colation": "C"}]}');
SELECT assoc.define('Safe', '{"secret": {"type": "text", "hidden": true}, "more": {"type": "jsonb", "hidden": "output"}}') ->> 'model' AS
  model;
SELECT assoc.find_all('Safe', '{"order": [{"by": "secret", "lower": true}]}');
SELECT assoc.find_all('Safe', '{"order": ["more.code"]}') AS shown;
SELECT assoc.find_page('Safe', '{"order": ["more.code"], "limit": 1}');
-- search_path makes no other collation of a name
CREATE SCHEMA elsewhere;
CREATE COLLATION elsewhere.other (provider = icu, locale = 'und');
SET search_path = elsewhere, deparse_order;
SELECT assoc.find_all('Good', '{"order": [{"by": "name", "collation": "other"}]}');
SELECT ids(assoc.find_all('Good', '{"order": [{"by": "name", "collation": "elsewhere.other"}], "limit": 3}'));
-- what is allowed by name may be asked in these orders too
SELECT ids(assoc.find_all('Good', '{"order": [{"by": "name", "lower": true}, "data.size"], "limit": 3, "attributes": ["id"]}', NULL,
  '{"attributes": ["id"], "order": ["name", "data.size"], "limit": 10}'));
SELECT assoc.find_all('Good', '{"order": ["data.of"], "limit": 3, "attributes": ["id"]}', NULL,
  '{"attributes": ["id"], "order": ["name", "data.size"], "limit": 10}');
DROP SCHEMA deparse_order, elsewhere CASCADE;
