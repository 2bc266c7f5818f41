-- Conditions on associated rows, asked of each row as it is read: by a probe, by statements, and as written by hand.
CREATE SCHEMA asked;
SET search_path = asked;
SET client_min_messages = warning;
\pset format unaligned
CREATE TABLE shop (id int PRIMARY KEY, name text);
CREATE TABLE label (code varchar(9) PRIMARY KEY, colour text);
CREATE TABLE item (id bigint PRIMARY KEY, shop_id int REFERENCES shop, rank int, quota int, label_code text,
  parent_id bigint REFERENCES item,
  deleted_at timestamptz);
CREATE TABLE part (id int PRIMARY KEY, item_id int, price numeric, used boolean, what text);
CREATE TABLE tag (id int PRIMARY KEY, name text, heavy boolean);
CREATE TABLE item_tag (item_id bigint REFERENCES item, tag_id int REFERENCES tag, weight int, deleted_at timestamptz,
  PRIMARY KEY (item_id, tag_id));
CREATE INDEX ON item (shop_id);
CREATE INDEX ON item (parent_id);
CREATE INDEX ON item (label_code);
CREATE INDEX ON part (item_id);
CREATE INDEX ON item_tag (tag_id);
INSERT INTO shop SELECT g, 's' || g FROM generate_series(1, 40) g;
INSERT INTO label SELECT 'c' || g, (ARRAY['red', 'blue', NULL])[1 + g % 3] FROM generate_series(1, 9) g;
INSERT INTO item SELECT g, 1 + g % 39, g % 17, nullif(g % 5, 4), CASE WHEN g % 4 > 0 THEN 'c' || g % 12 END, nullif(g / 3, 0),
  CASE WHEN g % 13 = 0 THEN now() END
  FROM generate_series(1, 300) g;
INSERT INTO part SELECT g, nullif(1 + g * 7 % 290, 5), nullif(g % 30, 7) * 1.5, nullif(g % 3, 2) = 1,
  'w' || g % 8 FROM generate_series(1, 700) g;
INSERT INTO tag SELECT g, 't' || g, g % 4 = 0 FROM generate_series(1, 20) g;
INSERT INTO item_tag SELECT i, t, (i * t) % 9, CASE WHEN (i + t) % 6 = 0 THEN now() END FROM generate_series(1, 290) i,
  generate_series(1, 20) t
  WHERE (i * 5 + t * 3) % 7 = 0;
VACUUM ANALYZE shop, label, item, part, tag, item_tag;
SELECT 1 FROM assoc.adopt('shop') a, assoc.adopt('label') b, assoc.adopt('item', options => '{"paranoid": true}') c, assoc.adopt('part') d,
  assoc.adopt('tag', options => '{"scopes": {"heavy": {"where": {"heavy": true}}}}') e, assoc.adopt('item_tag',
    options => '{"paranoid": true}') f;
SELECT 1 FROM assoc.has_many('shop', 'item', alias => 'items', inverse => 'shop') a,
  assoc.has_many('item', 'part', alias => 'parts', inverse => 'item', options => '{"constraints": false}') b,
  assoc.has_many('item', 'part', alias => 'used', options => '{"constraints": false, "scope": {"used": true}}') c,
  assoc.has_many('item', 'item', alias => 'children', foreign_key => 'parent_id', inverse => 'parent') d,
  assoc.belongs_to_many('item', 'tag', through => 'item_tag', alias => 'tags', inverse => 'items') e,
  assoc.belongs_to('item', 'label', foreign_key => 'label_code', alias => 'label', options => '{"constraints": false}') f;

CREATE TABLE asked (n int GENERATED ALWAYS AS IDENTITY, condition jsonb, by_hand text);
INSERT INTO asked (condition, by_hand) VALUES
  ('{"parts": {"some": {}}}', 'EXISTS (SELECT FROM part p WHERE p.item_id = i.id)'),
  ('{"parts": {"none": {}}}', 'NOT EXISTS (SELECT FROM part p WHERE p.item_id = i.id)'),
  ('{"parts": {"some": {"price": {"gt": 20}}}}', 'EXISTS (SELECT FROM part p WHERE p.item_id = i.id AND price > 20)'),
  ('{"parts": {"none": {"price": {"gt": 20}}}}', 'NOT EXISTS (SELECT FROM part p WHERE p.item_id = i.id AND price > 20)'),
  ('{"parts": {"every": {"price": {"gt": 20}}}}', 'NOT EXISTS (SELECT FROM part p WHERE p.item_id = i.id AND (price > 20) IS NOT TRUE)'),
  ('{"parts": {"every": {"used": true}}}', 'NOT EXISTS (SELECT FROM part p WHERE p.item_id = i.id AND used IS NOT TRUE)'),
  ('{"parts": {"every": {}}}', 'true'),
  ('{"parts": {"count": 2}}', '(SELECT count(*) FROM part p WHERE p.item_id = i.id) = 2'),
  ('{"parts": {"count": {"lt": 2}}}', '(SELECT count(*) FROM part p WHERE p.item_id = i.id) < 2'),
  ('{"parts": {"count": {"gte": 1, "where": {"used": false}}}}', '(SELECT count(*) FROM part p WHERE p.item_id = i.id AND NOT used) >= 1'),
  ('{"parts": {"count": {"gt": {"col": "quota"}}}}', '(SELECT count(*) FROM part p WHERE p.item_id = i.id) > quota'),
  ('{"parts": {"count": {"not": null}}}', 'true'),
  ('{"parts": {"count": {"between": [1, 2]}}}', '(SELECT count(*) FROM part p WHERE p.item_id = i.id) BETWEEN 1 AND 2'),
  ('{"parts": {"sum": {"of": "price", "gt": 40}}}', '(SELECT sum(price) FROM part p WHERE p.item_id = i.id) > 40'),
  ('{"parts": {"max": {"of": "price", "lte": 9}}}', '(SELECT max(price) FROM part p WHERE p.item_id = i.id) <= 9'),
  ('{"parts": {"min": {"of": "what", "eq": "w2"}}}', '(SELECT min(what) FROM part p WHERE p.item_id = i.id) = ''w2'''),
  ('{"parts": {"avg": {"of": "id", "gt": 300, "where": {"used": true}}}}', '(SELECT avg(id) FROM part p WHERE p.item_id = i.id
    AND used) > 300'),
  ('{"parts": {"max": {"of": "price", "is": null}}}', '(SELECT max(price) FROM part p WHERE p.item_id = i.id) IS NULL'),
  ('{"used": {"some": {"what": "w3"}}}', 'EXISTS (SELECT FROM part p WHERE p.item_id = i.id AND used AND what = ''w3'')'),
  ('{"used": {"none": {}}}', 'NOT EXISTS (SELECT FROM part p WHERE p.item_id = i.id AND used)'),
  ('{"tags": {"some": {}}}', 'EXISTS (SELECT FROM item_tag x WHERE x.item_id = i.id AND x.deleted_at IS NULL)'),
  ('{"tags": {"some": {"name": "t7"}}}', 'EXISTS (SELECT FROM item_tag x JOIN tag t ON t.id = tag_id WHERE x.item_id = i.id
      AND x.deleted_at IS NULL AND name = ''t7'')'),
  ('{"tags": {"none": {"heavy": true}}}', 'NOT EXISTS (SELECT FROM item_tag x JOIN tag t ON t.id = tag_id WHERE x.item_id = i.id
      AND x.deleted_at IS NULL AND heavy)'),
  ('{"tags": {"some": {"$through.weight$": {"gt": 6}}}}', 'EXISTS (SELECT FROM item_tag x WHERE x.item_id = i.id AND x.deleted_at IS NULL
      AND weight > 6)'),
  ('{"tags": {"some": {"heavy": true, "through": {"weight": {"lt": 3}}}}}',
    'EXISTS (SELECT FROM item_tag x JOIN tag t ON t.id = tag_id WHERE x.item_id = i.id AND x.deleted_at IS NULL AND heavy AND weight < 3)'),
  ('{"tags": {"count": {"gte": 3}}}', '(SELECT count(*) FROM item_tag x WHERE x.item_id = i.id AND x.deleted_at IS NULL) >= 3'),
  ('{"tags": {"every": {"id": {"gt": 3}}}}', 'NOT EXISTS (SELECT FROM item_tag x WHERE x.item_id = i.id AND x.deleted_at IS NULL
    AND tag_id <= 3)'),
  ('{"tags": {"some": {"items": {"some": {"rank": 0, "parts": {"some": {"used": true}}}}}}}',
    'EXISTS (SELECT FROM item_tag x JOIN item_tag y ON y.tag_id = x.tag_id JOIN item j ON j.id = y.item_id WHERE x.item_id = i.id
        AND x.deleted_at IS NULL
      AND y.deleted_at IS NULL AND j.deleted_at IS NULL AND j.rank = 0 AND EXISTS (SELECT FROM part p WHERE p.item_id = j.id AND used))'),
  ('{"label": {"some": {"colour": "red"}}}', 'EXISTS (SELECT FROM label l WHERE l.code = label_code AND colour = ''red'')'),
  ('{"label": {"none": {"colour": "red"}}}', 'NOT EXISTS (SELECT FROM label l WHERE l.code = label_code AND colour = ''red'')'),
  ('{"label": {"some": {}}}', 'EXISTS (SELECT FROM label l WHERE l.code = label_code)'),
  ('{"children": {"some": {"rank": {"gt": 12}}}}', 'EXISTS (SELECT FROM item c WHERE c.parent_id = i.id AND c.deleted_at IS NULL
    AND c.rank > 12)'),
  ('{"parent": {"some": {"tags": {"none": {"heavy": true}}}}}', 'EXISTS (SELECT FROM item c WHERE c.id = i.parent_id
    AND c.deleted_at IS NULL
      AND NOT EXISTS
      (SELECT FROM item_tag x JOIN tag t ON t.id = tag_id WHERE x.item_id = c.id AND x.deleted_at IS NULL AND heavy))'),
  ('{"or": [{"rank": 3}, {"parts": {"some": {"what": "w1"}}}]}', 'rank = 3 OR EXISTS (SELECT FROM part p WHERE p.item_id = i.id
    AND what = ''w1'')'),
  ('{"not": {"and": [{"tags": {"some": {"name": "t7"}}}, {"parts": {"some": {}}}]}}', 'NOT (EXISTS (SELECT
      FROM item_tag x WHERE x.item_id = i.id AND x.deleted_at IS NULL
      AND tag_id = 7) AND EXISTS (SELECT FROM part p WHERE p.item_id = i.id))'),
  ('{"rank": {"gt": 4}, "parts": {"some": {"used": true}, "none": {"what": "w5"}}, "tags": {"count": {"ne": 2}}}', 'rank > 4
      AND EXISTS (SELECT FROM part p WHERE p.item_id = i.id
      AND used) AND NOT EXISTS (SELECT FROM part p WHERE p.item_id = i.id AND what = ''w5'') AND (SELECT count(*)
          FROM item_tag x WHERE x.item_id = i.id AND x.deleted_at IS NULL) <> 2'),
  ('{"tags": {"some": {"id": 7}}}', 'EXISTS (SELECT FROM item_tag x WHERE x.item_id = i.id AND x.deleted_at IS NULL AND tag_id = 7)'),
  ('{"tags": {"none": {"id": [3, 7], "heavy": false}}}', 'NOT EXISTS (SELECT FROM item_tag x JOIN tag t ON t.id = tag_id
    WHERE x.item_id = i.id AND x.deleted_at IS NULL AND tag_id IN (3, 7) AND NOT heavy)'),
  -- these are the statement's
  ('{"tags": {"allOf": [7, 14]}}', '(SELECT count(*) FROM item_tag x WHERE x.item_id = i.id AND x.deleted_at IS NULL AND tag_id IN (7,
    14)) = 2'),
  ('{"parts": {"some": {"id": {"gt": {"col": "rank", "above": true}}}}}', 'EXISTS (SELECT FROM part p WHERE p.item_id = i.id
    AND p.id > i.rank)'),
  ('{"shop.items": {"some": {"rank": 16}}}', 'EXISTS (SELECT FROM item j WHERE j.shop_id = i.shop_id AND j.rank = 16
    AND j.deleted_at IS NULL)');

-- the ids of the items of each shop, in five ways
CREATE FUNCTION ids(items jsonb) RETURNS text LANGUAGE sql AS $$ SELECT coalesce(string_agg(d ->> 'id', ',' ORDER BY (d ->> 'id')::int), '')
  FROM jsonb_array_elements(items) d $$;
CREATE FUNCTION one_by_one(condition jsonb, OUT shown text, OUT got text, OUT counted text, OUT counts text) LANGUAGE sql AS $$
  SELECT string_agg(ids(assoc.find_by_pk('shop', id, jsonb_build_object('include', jsonb_build_array(jsonb_build_object('association',
    'items',
      'required', false, 'where', condition)))) -> 'items'), ';' ORDER BY id),
    string_agg(ids(assoc.get('shop', id, 'items', jsonb_build_object('where', condition, 'order', '["rank", "id"]'::jsonb, 'limit', 3))),
        ';' ORDER BY id),
    string_agg(assoc.count_of('shop', id, 'items', jsonb_build_object('where', condition))::text, ';' ORDER BY id),
    string_agg(assoc.find_by_pk('shop', id, jsonb_build_object('attributes', jsonb_build_array(jsonb_build_object('count', 'items', 'where',
        condition, 'as', 'n')))) ->> 'n', ';' ORDER BY id)
  FROM shop $$;
CREATE FUNCTION at_once(condition jsonb, OUT shown text, OUT counts text, OUT those text) LANGUAGE sql AS $$
  SELECT string_agg(ids(d -> 'items'), ';' ORDER BY o),
    (SELECT string_agg(c ->> 'n', ';' ORDER BY p) FROM jsonb_array_elements(assoc.find_all('shop', jsonb_build_object('attributes',
        jsonb_build_array(jsonb_build_object('count', 'items', 'where', condition, 'as', 'n'))))) WITH ORDINALITY e (c, p)),
    ids(assoc.find_all('item', jsonb_build_object('where', condition)))
  FROM jsonb_array_elements(assoc.find_all('shop', jsonb_build_object('include', jsonb_build_array(jsonb_build_object('association',
    'items',
      'required', false, 'where', condition))))) WITH ORDINALITY d (d, o) $$;
CREATE FUNCTION by_hand(condition text, OUT shown text, OUT got text, OUT counted text, OUT those text) LANGUAGE plpgsql AS $$ BEGIN
  EXECUTE format('WITH r AS MATERIALIZED (SELECT i.*, row_number() OVER (PARTITION BY shop_id ORDER BY rank, id) AS place
      FROM item i WHERE deleted_at IS NULL AND (%s)),
    of AS (SELECT s.id, (SELECT coalesce(string_agg(r.id::text, '','' ORDER BY r.id), '''') FROM r WHERE shop_id = s.id) AS shown,
      (SELECT coalesce(string_agg(r.id::text, '','' ORDER BY r.id), '''') FROM r WHERE shop_id = s.id AND place < 4) AS got,
      (SELECT count(*) FROM r WHERE shop_id = s.id) AS n FROM shop s)
    SELECT string_agg(shown, '';'' ORDER BY id), string_agg(got, '';'' ORDER BY id), string_agg(n::text, '';'' ORDER BY id),
        (SELECT string_agg(r.id::text, '','' ORDER BY r.id) FROM r) FROM of', condition)
  INTO shown, got, counted, those;
END $$;
SELECT n, condition, one.shown = hand.shown AS shown, one.got = hand.got AS got, one.counted = hand.counted AS counted,
  one.counts = hand.counted AS counts,
    at_once.shown = hand.shown AS shown_at_once, at_once.counts = hand.counted AS counts_at_once, at_once.those = hand.those AS those
  FROM asked, one_by_one(condition) one, at_once(condition), by_hand(by_hand) hand
  WHERE NOT (one.shown = hand.shown AND one.got = hand.got AND one.counted = hand.counted AND one.counts = hand.counted
    AND at_once.shown = hand.shown
    AND at_once.counts = hand.counted AND at_once.those = hand.those) ORDER BY n;
-- as many as are asked row by row, where a probe may
CREATE FUNCTION sources(options jsonb, pk text DEFAULT '3', model text DEFAULT 'shop') RETURNS SETOF text LANGUAGE sql AS $$
  SELECT substr(line, strpos(line, 'Source')) FROM assoc.explain(model, options, pk => pk) e (line) WHERE line ~ 'Source' $$;
CREATE FUNCTION source(condition jsonb) RETURNS text LANGUAGE sql AS $$
  SELECT s FROM sources(jsonb_build_object('include', jsonb_build_array(jsonb_build_object('association', 'items', 'required', false,
    'where',
      condition)))) WITH ORDINALITY s (s, i) WHERE i = 2 $$;
SELECT string_agg(n::text, ',' ORDER BY n) FROM asked WHERE CASE WHEN current_setting('pg_associations.probe')::boolean
  THEN source(condition) ~ 'each row' ELSE n < 39 END;
-- how it is shown, in a run too; of lists, pages, limits, the root itself
SELECT source('{"tags": {"some": {"name": "t7"}}}') = 'Source: ' || CASE WHEN current_setting('pg_associations.probe')::boolean
  THEN 'probe of asked.item_shop_id_idx, and for each row tags: probe of asked.item_tag_pkey, then asked.tag_pkey'
  ELSE 'batch (no probe: switched off by pg_associations.probe)' END;
SELECT assoc.find_one('item', '{"where": {"id": 34, "parts": {"some": {"used": true}}}, "attributes": ["id"]}'), assoc.find_one('item',
  '{"where": {"id": 34, "parts": {"none": {"used": true}}}, "attributes": ["id"]}'),
  assoc.find_by_pk('item', 34, '{"where": {"tags": {"count": 3}}, "attributes": ["id"]}'), assoc.find_by_pk('item', 34,
      '{"where": {"tags": {"count": 2}}, "attributes": ["id"]}');
SELECT jsonb_path_query_array(assoc.find_all('item', '{"where": {"shop_id": [3, 5], "parts": {"every": {"used": true}}}, "order": [["rank",
  "desc"]], "limit": 4}'), '$[*].id'),
  ids(assoc.find_page('item', '{"where": {"shop_id": 3, "tags": {"some": {"heavy": false}}}, "limit": 3}') -> 'rows'),
  assoc.count('item', '{"where": {"shop_id": 3, "tags": {"some": {"heavy": false}}}}'), assoc.sum('item', 'rank', '{"where": {"shop_id": 3,
      "tags": {"some": {"heavy": false}}}}'),
  (SELECT count(*) || ' ' || sum(rank) FROM item i WHERE shop_id = 3 AND deleted_at IS NULL AND EXISTS (SELECT
      FROM item_tag x JOIN tag t ON t.id = tag_id WHERE x.item_id = i.id AND x.deleted_at IS NULL AND NOT heavy));
-- rows below those that are shown are loaded of these only
SELECT assoc.find_by_pk('shop', 3, '{"attributes": [], "include": [{"association": "items", "attributes": ["id"],
  "where": {"tags": {"count": {"gte": 3}}}, "limit": 2, "order": ["id"],
  "include": [{"association": "parts", "attributes": ["id"]}, {"association": "tags", "attributes": ["id"], "through": {"attributes": []},
      "where": {"heavy": true}, "required": false}]}]}');
-- includes that rows must have some of, before rows are counted off or where the include is limited
CREATE FUNCTION items(options jsonb) RETURNS text LANGUAGE sql AS $$
  SELECT string_agg(ids(assoc.get('shop', id, 'items', options || '{"order": ["rank", "id"]}')), ';' ORDER BY id) FROM shop $$;
SELECT items('{"limit": 2, "include": [{"association": "parts", "where": {"used": true}}]}') = hand.used AS used,
    items('{"limit": 2, "include": [{"association": "tags", "where": {"heavy": true}, "through": {"where": {"weight": {"gt": 3}}}}]}')
      = hand.heavy AS heavy,
    items('{"limit": 2, "include": [{"association": "parent", "required": true, "include": [{"association": "label", "where":
      {"colour": "red"}}]}]}') = hand.parent AS parent,
    items('{"limit": 2, "include": [{"association": "parts", "required": true, "limit": 1, "offset": 1}, {"association": "children",
      "paranoid": false, "required": true}]}') = hand.two AS two
  FROM (SELECT string_agg(ids(used), ';' ORDER BY id) AS used, string_agg(ids(heavy), ';' ORDER BY id) AS heavy,
      string_agg(ids(parent), ';' ORDER BY id) AS parent, string_agg(ids(two), ';' ORDER BY id) AS two
    FROM shop s, LATERAL (SELECT jsonb_agg(i) AS used FROM (SELECT * FROM item i WHERE shop_id = s.id AND deleted_at IS NULL
        AND EXISTS (SELECT FROM part p WHERE p.item_id = i.id AND used) ORDER BY rank, id LIMIT 2) i) a,
      LATERAL (SELECT jsonb_agg(i) AS heavy FROM (SELECT * FROM item i WHERE shop_id = s.id AND deleted_at IS NULL AND EXISTS
        (SELECT FROM item_tag x JOIN tag t ON t.id = tag_id WHERE x.item_id = i.id AND x.deleted_at IS NULL AND heavy AND weight > 3)
        ORDER BY rank, id LIMIT 2) i) b,
      LATERAL (SELECT jsonb_agg(i) AS parent FROM (SELECT * FROM item i WHERE shop_id = s.id AND deleted_at IS NULL AND EXISTS
        (SELECT FROM item p JOIN label l ON l.code = p.label_code WHERE p.id = i.parent_id AND p.deleted_at IS NULL AND colour = 'red')
        ORDER BY rank, id LIMIT 2) i) c,
      LATERAL (SELECT jsonb_agg(i) AS two FROM (SELECT * FROM item i WHERE shop_id = s.id AND deleted_at IS NULL
        AND EXISTS (SELECT FROM part p WHERE p.item_id = i.id) AND EXISTS (SELECT FROM item c WHERE c.parent_id = i.id)
        ORDER BY rank, id LIMIT 2) i) d) hand;
SELECT assoc.find_one('item', '{"where": {"id": 2}, "attributes": ["id"], "include": [{"association": "parts", "attributes": ["id"],
    "limit": 1, "required": true}]}') AS first_part,
  assoc.find_one('item', '{"where": {"id": 2}, "attributes": ["id"], "include": [{"association": "parts", "attributes": [],
    "where": {"what": "w9"}}]}') AS none,
  assoc.count('item', '{"where": {"shop_id": 3}, "include": [{"association": "parts", "where": {"used": true}}]}') =
    (SELECT count(*) FROM item i WHERE shop_id = 3 AND deleted_at IS NULL AND EXISTS (SELECT FROM part p WHERE p.item_id = i.id AND used))
    AS counted,
  NOT current_setting('pg_associations.probe')::boolean OR (SELECT bool_and(s ~ 'probe') FROM sources('{"include": [{"association":
    "items", "limit": 2, "required": false, "include": [{"association": "parts", "required": true, "limit": 1}]}]}') s) AS probed;
-- given by name, as one plan
SELECT string_agg(ids(assoc.find_by_pk('shop', 3, '{"include": [{"association": "items", "required": false,
  "where": {"parts": {"some": {"what": {"param": "w"}}}}}]}', format('{"w": "w%s"}', g)::jsonb) -> 'items'), ';' ORDER BY g)
  = (SELECT string_agg((SELECT coalesce(string_agg(id::text, ',' ORDER BY id), '') FROM item i WHERE shop_id = 3 AND deleted_at IS NULL
      AND EXISTS (SELECT FROM part p WHERE p.item_id = i.id AND what = 'w' || h)), ';' ORDER BY h) FROM generate_series(0, 8) h)
  FROM generate_series(0, 8) g;

-- of all rows, by numbers that are made at once: what is asked of links and of what they lead to is asked of both together
CREATE TABLE near (item_id bigint, other_id bigint, far int, PRIMARY KEY (item_id, other_id));
INSERT INTO near SELECT i, j, (i + j) % 5 FROM generate_series(1, 300) i, generate_series(1, 300) j WHERE (i * 3 + j * 11) % 37 = 0;
VACUUM ANALYZE near;
SELECT 1 FROM assoc.adopt('near') a, assoc.belongs_to_many('item', 'item', through => 'near', alias => 'others', other_key => 'other_id',
  options => '{"constraints": false}') b;
SELECT jsonb_path_query_array(assoc.find_all('item', jsonb_build_object('order', jsonb_build_array(jsonb_build_object('direction', 'DESC',
  'by', jsonb_build_object('count', 'others', 'where', w::jsonb)), 'id'))), '$[*].id')
  = (SELECT jsonb_agg(id ORDER BY (SELECT count(*) FROM near x JOIN item o ON o.id = x.other_id WHERE x.item_id = i.id
  AND o.deleted_at IS NULL AND CASE n WHEN 1 THEN o.rank > far ELSE far >= 3 END) DESC, id) FROM item i WHERE deleted_at IS NULL) AS by_both
  FROM (VALUES (1, '{"rank": {"gt": {"col": "through.far"}}}'), (2, '{"$through.far$": {"gte": 3}}')) v (n, w);

-- what this transaction has changed, and what its snapshot does not see
BEGIN;
SELECT ids(assoc.find_by_pk('shop', 3, '{"include": [{"association": "items", "required": false,
  "where": {"parts": {"some": {"what": "new"}}}}]}') -> 'items');
INSERT INTO part VALUES (9001, 2, 1, true, 'new'), (9002, 41, 1, true, 'new');
UPDATE part SET item_id = 80 WHERE id = 9002;
SELECT ids(assoc.find_by_pk('shop', 3, '{"include": [{"association": "items", "required": false,
  "where": {"parts": {"some": {"what": "new"}}}}]}') -> 'items');
DELETE FROM part WHERE id = 9001;
UPDATE item SET deleted_at = now() WHERE id = 41;
SELECT ids(assoc.find_by_pk('shop', 3, '{"include": [{"association": "items", "required": false,
  "where": {"parts": {"some": {"what": "new"}}}}]}') -> 'items');
ROLLBACK;

-- keys that differ from what points at them, partitions, a default scope, a key that may be null
CREATE TABLE box (id int PRIMARY KEY, shop_id int, no smallint UNIQUE, code text UNIQUE);
CREATE TABLE piece (id int, box_no bigint, box_code varchar(9), size int, PRIMARY KEY (id, size)) PARTITION BY LIST (size);
CREATE TABLE piece_1 PARTITION OF piece FOR VALUES IN (1);
CREATE TABLE piece_2 PARTITION OF piece FOR VALUES IN (2);
CREATE INDEX ON piece (box_no);
CREATE INDEX ON piece (box_code);
CREATE TABLE slot (box_no bigint, place int, full_up boolean, PRIMARY KEY (box_no, place)) PARTITION BY HASH (box_no);
CREATE TABLE slot_a PARTITION OF slot FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE slot_b PARTITION OF slot FOR VALUES WITH (MODULUS 2, REMAINDER 1);
CREATE INDEX ON box (shop_id);
INSERT INTO box SELECT g, 1 + g % 3, nullif(g, 4), CASE WHEN g % 5 > 0 THEN 'b' || g END FROM generate_series(1, 60) g;
INSERT INTO piece SELECT g, CASE WHEN g % 5 > 0 THEN g % 30 END, 'b' || g % 50, 1 + g % 2 FROM generate_series(1, 80) g;
INSERT INTO piece VALUES (1000, 9000000000, 'b1', 1);
INSERT INTO slot SELECT g, p, (g + p) % 2 = 0 FROM generate_series(1, 15) g, generate_series(1, 3) p;
ANALYZE box, piece, slot;
SELECT 1 FROM assoc.adopt('box') a, assoc.adopt('piece') b, assoc.adopt('slot',
  options => '{"defaultScope": {"where": {"full_up": true}}}') c;
SELECT 1 FROM assoc.has_many('box', 'piece', source_key => 'no', foreign_key => 'box_no', alias => 'pieces',
  options => '{"constraints": false}') a,
  assoc.has_many('box', 'piece', source_key => 'code', foreign_key => 'box_code', alias => 'coded', options => '{"constraints": false}') b,
  assoc.has_many('box', 'slot', source_key => 'no', foreign_key => 'box_no', alias => 'slots', options => '{"constraints": false}') c,
  assoc.has_many('shop', 'box', alias => 'boxes', options => '{"constraints": false}') d;
SELECT alias, predicate, ids(assoc.find_by_pk('shop', 2, jsonb_build_object('include',
  jsonb_build_array(jsonb_build_object('association', 'boxes',
  'required', false, 'where', jsonb_build_object(alias, predicate))))) -> 'boxes')
  FROM unnest('{pieces,coded,slots}'::text[]) WITH ORDINALITY a (alias, i), unnest('{"{\"some\": {}}", "{\"none\": {}}",
      "{\"count\": {\"gte\": 2}}"}'::jsonb[]) WITH ORDINALITY p (predicate, k) ORDER BY i, k;
SELECT (SELECT string_agg(id::text, ',' ORDER BY id) FROM box b WHERE shop_id = 2 AND EXISTS (SELECT FROM piece WHERE box_no = no)),
  (SELECT string_agg(id::text, ',' ORDER BY id) FROM box b WHERE shop_id = 2 AND NOT EXISTS (SELECT FROM piece WHERE box_code = code)),
  (SELECT string_agg(id::text, ',' ORDER BY id) FROM box b WHERE shop_id = 2 AND (SELECT count(*) FROM slot WHERE box_no = no
    AND full_up) >= 2);

-- the least of texts is compared in the collation of its column
CREATE COLLATION asked_any_case (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
CREATE TABLE word (id int PRIMARY KEY, box_id int, text text COLLATE asked_any_case);
CREATE INDEX ON word (box_id);
INSERT INTO word SELECT g, g, CASE WHEN g % 2 = 0 THEN 'Yes' ELSE 'yes' END FROM generate_series(1, 9) g;
SELECT 1 FROM assoc.adopt('word') a, assoc.has_many('box', 'word', alias => 'words', options => '{"constraints": false}') b;
SELECT ids(assoc.find_by_pk('shop', 2, '{"include": [{"association": "boxes", "required": false,
  "where": {"words": {"min": {"of": "text", "eq": "yes"}}}}]}') -> 'boxes');

-- levels of a tree ask for the same key again, also for one at which the probe was given up
CREATE TABLE place (id int PRIMARY KEY, within int, shop_id int);
CREATE INDEX ON place (within);
CREATE INDEX ON place (shop_id);
INSERT INTO place SELECT g, g - 1, 1 FROM generate_series(1, 20) g;
CREATE TABLE sale (id int PRIMARY KEY, shop_id int, price int);
CREATE INDEX ON sale (shop_id);
INSERT INTO sale SELECT g, 1, g FROM generate_series(1, 500) g;
SELECT 1 FROM assoc.adopt('place') a, assoc.adopt('sale') b, assoc.has_many('shop', 'sale', alias => 'sales',
    options => '{"constraints": false}') c,
  assoc.belongs_to('place', 'shop', alias => 'shop', options => '{"constraints": false}') d,
  assoc.has_many('place', 'place', alias => 'places', foreign_key => 'within', options => '{"constraints": false}') e;
SELECT length(regexp_replace(assoc.find_by_pk('place', 1, '{"attributes": ["id"], "include": [{"association": "places", "recursive": true,
  "maxDepth": 30, "required": false, "attributes": ["id"], "where": {"shop": {"some": {"sales": {"none": {"price": 0}}}}}}]}')::text,
  '[^i]', '', 'g')) AS places;

-- too many rows to be asked one by one: the statement has them, and for some runs it is not tried
INSERT INTO part SELECT 10000 + g, 2, g, false, 'many' FROM generate_series(1, 600) g;
CREATE FUNCTION found() RETURNS text LANGUAGE sql AS $$ SELECT ids(assoc.find_by_pk('shop', 3, '{"include": [{"association": "items",
  "required": false, "where": {"parts": {"some": {"what": "many", "price": 600}}}}]}') -> 'items') $$;
SELECT string_agg(DISTINCT found(), ';') FROM generate_series(1, 200);
SELECT regexp_replace(line, ' time=.*', '') FROM assoc.explain('shop', '{"include": [{"association": "items", "required": false,
  "where": {"parts": {"none": {"what": "x"}}}}]}', true, pk => '3') e (line)
  WHERE line ~ 'items: many|handed over' OR (line ~ 'Run' AND line !~ 'rows=1 ');
SELECT ids(assoc.find_by_pk('shop', 3, '{"include": [{"association": "items", "required": false,
  "where": {"parts": {"count": {"gt": 500}}}}]}') -> 'items');

-- and nothing else is asked of a row meanwhile that a condition may have spared it
UPDATE shop SET name = '(' WHERE id = 1;
SELECT assoc.find_by_pk('shop', 1, '{"where": {"or": [{"sales": {"some": {"price": 500}}}, {"name": {"regexp": {"col": "name"}}}]}}');

-- row security of the rows that are asked for, and of those that they decide on
CREATE ROLE regress_asked;
GRANT USAGE ON SCHEMA asked TO regress_asked;
GRANT SELECT ON shop, item, part, tag, item_tag, label TO regress_asked;
ALTER TABLE part ENABLE ROW LEVEL SECURITY;
CREATE POLICY not_w1 ON part USING (what <> 'w1' AND id < 9000);
ALTER TABLE item ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_rank ON item USING (rank <> current_setting('asked.rank')::int);
SET asked.rank = 2;
SET ROLE regress_asked;
SELECT string_agg(n::text, ',' ORDER BY n) FROM (VALUES (1, '{"parts": {"some": {"what": "w1"}}}'::jsonb), (2,
  '{"parts": {"count": 2}}'), (3,
  '{"parts": {"none": {"what": {"ne": "w1"}}}}'), (4, '{"children": {"some": {"rank": 2}}}'), (5,
    '{"tags": {"some": {"heavy": true}}}')) c (n,
  condition),
  LATERAL (SELECT coalesce(jsonb_array_length(assoc.find_by_pk('shop', 3, jsonb_build_object('include',
      jsonb_build_array(jsonb_build_object('association', 'items', 'required', false, 'where', condition)))) -> 'items'), -1) AS ours) o,
  LATERAL (SELECT count(*) AS hand FROM item i WHERE shop_id = 3 AND deleted_at IS NULL AND CASE n WHEN 1 THEN EXISTS (SELECT
      FROM part p WHERE p.item_id = i.id AND what = 'w1')
    WHEN 2 THEN (SELECT count(*) FROM part p WHERE p.item_id = i.id) = 2 WHEN 3 THEN NOT EXISTS (SELECT FROM part p WHERE p.item_id = i.id
        AND what <> 'w1')
    WHEN 4 THEN EXISTS (SELECT FROM item c WHERE c.parent_id = i.id AND c.rank = 2 AND c.deleted_at IS NULL)
    ELSE EXISTS (SELECT FROM item_tag x JOIN tag t ON t.id = tag_id WHERE x.item_id = i.id AND x.deleted_at IS NULL
        AND heavy) END) h WHERE ours = hand;
RESET ROLE;
-- a right to the table that is asked is needed, and to each column that the condition names
REVOKE SELECT ON part FROM regress_asked;
GRANT SELECT (id, item_id) ON part TO regress_asked;
SET ROLE regress_asked;
SELECT count(*) FROM jsonb_array_elements(assoc.find_by_pk('shop', 3, '{"include": [{"association": "items", "required": false,
  "where": {"parts": {"count": {"gte": 0}}}}]}') -> 'items');
SELECT assoc.find_by_pk('shop', 3, '{"include": [{"association": "items", "required": false,
  "where": {"parts": {"some": {"what": "w2"}}}}]}');
RESET ROLE;
REVOKE SELECT ON part FROM regress_asked;
REVOKE SELECT (id, item_id) ON part FROM regress_asked;
SET ROLE regress_asked;
SELECT assoc.find_by_pk('shop', 3, '{"include": [{"association": "items", "where": {"parts": {"some": {}}}}]}');
RESET ROLE;
SET client_min_messages = error;
DROP SCHEMA asked CASCADE;
DROP ROLE regress_asked;
