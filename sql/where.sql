-- Conditions: every operator on every kind of value, beside what plain SQL finds.
\getenv top PG_ABS_SRCDIR
\set shop :top '/test/data/shop.sql'
\set ECHO none
\i :shop
\set ECHO all
CREATE TABLE things (
  id int PRIMARY KEY, i int, big bigint, n numeric, f float8, t text, v varchar(10), c char(4), b boolean, d date, ts timestamp,
  iv interval, u uuid, e order_status, a int[], ta text[], r int4range, mr int4multirange, j jsonb, js json, by bytea, ip inet,
    tsv tsvector);
INSERT INTO things VALUES
  (1, 1, 1, 1.5, 1.5, 'Alpha', 'Alpha', 'ab', true, '2024-01-01', '2024-01-01 10:00', '1 day', '00000000-0000-0000-0000-000000000001',
    'open',
   '{1,2}', '{x,y}', '[1,5)', '{[1,2),[5,7)}', '{"a": {"b": 1}, "t": "x", "l": [1, 2], "z": null}', '{"k": 1}', '\x01', '10.0.0.1',
     'quick fox'),
  (2, 2, 9007199254740993, 10, 'NaN', '50%_\off', 'beta', 'cd', false, '2024-02-29', '2024-02-29 00:00', '2 hours',
    '00000000-0000-0000-0000-000000000002', 'paid',
   '{2,3}', '{}', '[5,9)', '{}', '{"a": {"b": 10}, "t": "y"}', '{"k": "1"}', '\x02', '10.0.0.2', 'lazy dog'),
  (3, -3, -1, -0.0, '-Infinity', 'alphabet', '', '', NULL, '0044-03-15 BC', 'infinity', '1 mon', NULL, 'sent',
   '{}', '{NULL}', 'empty', '{[,3)}', '[1, "x"]', '[1]', '\x', '::1', ''),
  (4, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
SELECT assoc.adopt('things', 'Thing') ->> 'model' AS model;

-- ids by where, the same by SQL, and whether they are the same
CREATE FUNCTION found(w jsonb, params jsonb DEFAULT NULL) RETURNS text LANGUAGE sql AS $$
  SELECT string_agg(d ->> 'id', ' ' ORDER BY o) FROM jsonb_array_elements(loads('Thing', jsonb_build_object('attributes', '["id"]'::jsonb,
    'where', w), params)) WITH ORDINALITY j (d, o) $$;
CREATE FUNCTION sql_found(w text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  r text;
BEGIN
  EXECUTE 'SELECT string_agg(id::text, '' '' ORDER BY id) FROM things WHERE ' || w INTO r;
  RETURN r;
END $$;
CREATE TABLE cases (no serial, w jsonb, sql text);
INSERT INTO cases (w, sql) VALUES
  ('{"i": 1}', 'i = 1'), ('{"i": {"eq": "2"}}', 'i = 2'), ('{"i": {"ne": 1}}', 'i <> 1'), ('{"i": {"gt": -3}}', 'i > -3'),
    ('{"i": {"gte": 1, "lt": 2}}', 'i >= 1 AND i < 2'), ('{"i": {"lte": 1.0}}', 'i <= 1'),
  ('{"big": 9007199254740993}', 'big = 9007199254740993'), ('{"big": {"in": ["9007199254740993", -1]}}', 'big IN (9007199254740993, -1)'),
  ('{"n": {"between": [0, 1.5]}}', 'n BETWEEN 0 AND 1.5'), ('{"n": {"notBetween": [0, 1.5]}}', 'n NOT BETWEEN 0 AND 1.5'), ('{"n": 0}',
    'n = 0'),
  ('{"f": "NaN"}', 'f = ''NaN'''), ('{"f": {"lt": 0}}', 'f < 0'), ('{"f": {"gt": 1e300}}', 'f > 1e300'),
  ('{"t": "Alpha"}', 't = ''Alpha'''), ('{"t": ["Alpha", "alphabet"]}', 't IN (''Alpha'', ''alphabet'')'), ('{"t": {"notIn": ["Alpha"]}}',
    't NOT IN (''Alpha'')'),
  ('{"t": {"like": "%pha%"}}', 't LIKE ''%pha%'''), ('{"t": {"notLike": "A%"}}', 't NOT LIKE ''A%'''), ('{"t": {"iLike": "a%"}}',
    't ILIKE ''a%'''), ('{"t": {"notILike": "a%"}}', 't NOT ILIKE ''a%'''),
  ('{"t": {"startsWith": "50%_\\"}}', 'starts_with(t, ''50%_\'')'), ('{"t": {"startsWith": "%"}}', 'false'),
    ('{"t": {"endsWith": "_\\off"}}', 't LIKE ''%\_\\off'''), ('{"t": {"substring": "_"}}', 'strpos(t, ''_'') > 0'),
    ('{"t": {"startsWith": ""}}', 't IS NOT NULL'),
  ('{"t": {"regexp": "^al"}}', 't ~ ''^al'''), ('{"t": {"notRegexp": "^al"}}', 't !~ ''^al'''), ('{"t": {"iRegexp": "^al"}}',
    't ~* ''^al'''), ('{"t": {"notIRegexp": "^al"}}', 't !~* ''^al'''),
  ('{"t": {"like": {"any": ["A%", "5%"]}}}', 't LIKE ANY (''{A%,5%}'')'), ('{"t": {"iLike": {"all": ["A%", "%t"]}}}',
    't ILIKE ALL (''{A%,%t}'')'), ('{"t": {"startsWith": {"any": ["50%", "Al"]}}}', 'id IN (1, 2)'),
    ('{"t": {"notLike": {"any": ["A%", "5%"]}}}', 't NOT LIKE ANY (''{A%,5%}'')'),
  ('{"v": "beta"}', 'v = ''beta'''), ('{"v": ""}', 'v = '''''), ('{"c": "ab"}', 'c = ''ab'''), ('{"c": ["ab", "cd  "]}',
    'c IN (''ab'', ''cd'')'), ('{"v": "a string longer than ten"}', 'false'),
  ('{"i": {"startsWith": "-"}}', 'i::text LIKE ''-%'''), ('{"d": {"like": "2024%"}}', 'd::text LIKE ''2024%'''),
  ('{"b": true}', 'b'), ('{"b": {"is": false}}', 'b IS FALSE'), ('{"b": {"not": true}}', 'b IS NOT TRUE'), ('{"b": {"ne": true}}',
    'b <> true'), ('{"b": "f"}', 'NOT b'), ('{"b": null}', 'b IS NULL'), ('{"b": {"is": null}}', 'b IS NULL'), ('{"b": {"not": null}}',
    'b IS NOT NULL'), ('{"b": {"ne": null}}', 'b IS NOT NULL'),
  ('{"d": "2024-02-29"}', 'd = ''2024-02-29'''), ('{"d": {"gt": "2024-01-01"}}', 'd > ''2024-01-01'''), ('{"d": {"lt": "0001-01-01"}}',
    'd < ''0001-01-01'''), ('{"d": {"lt": "today"}}', 'd < current_date'), ('{"ts": "infinity"}', 'ts = ''infinity'''),
    ('{"ts": {"between": ["2024-01-01", "2024-02-29"]}}', 'ts BETWEEN ''2024-01-01'' AND ''2024-02-29'''), ('{"iv": {"gte": "24 hours"}}',
    'iv >= ''24 hours'''),
  ('{"u": "00000000-0000-0000-0000-000000000001"}', 'id = 1'), ('{"u": {"in": []}}', 'false'), ('{"u": {"notIn": []}}', 'true'),
    ('{"e": "paid"}', 'e = ''paid'''), ('{"e": {"gt": "open"}}', 'e > ''open'''), ('{"e": ["open", "sent"]}', 'e IN (''open'', ''sent'')'),
    ('{"e": {"like": "%n%"}}', 'e::text LIKE ''%n%'''),
  ('{"a": [1, 2]}', 'a = ''{1,2}'''), ('{"a": []}', 'a = ''{}'''), ('{"a": {"eq": [2, 3]}}', 'a = ''{2,3}'''), ('{"a": {"contains": [2]}}',
    'a @> ''{2}'''), ('{"a": {"contained": [1, 2, 9]}}', 'a <@ ''{1,2,9}'''), ('{"a": {"overlap": [3, 4]}}', 'a && ''{3,4}'''),
    ('{"ta": {"eq": [null]}}', 'id = 3'), ('{"ta": {"contains": ["x"]}}', 'ta @> ''{x}'''), ('{"a": {"gt": [1, 2]}}', 'a > ''{1,2}'''),
  ('{"i": {"any": [1, 2]}}', 'i = ANY (''{1,2}'')'), ('{"i": {"eq": {"any": [1, null]}}}', 'i = ANY (''{1,NULL}'')'), ('{"i": {"all": []}}',
    'i = ALL (''{}'')'), ('{"i": {"gt": {"all": [0, 1]}}}', 'i > ALL (''{0,1}'')'), ('{"i": {"ne": {"any": [1, 2]}}}',
    'i <> ANY (''{1,2}'')'), ('{"i": {"ne": {"all": [1, 2]}}}', 'i <> ALL (''{1,2}'')'), ('{"i": {"any": {"col": "a"}}}', 'i = ANY (a)'),
    ('{"i": {"not": {"any": [1]}}}', 'NOT i = ANY (''{1}'')'),
  ('{"r": "[1,5)"}', 'r = ''[1,5)'''), ('{"r": {"contains": 5}}', 'r @> 5'), ('{"r": {"contains": "[2,3]"}}', 'r @> ''[2,3]''::int4range'),
    ('{"r": {"contains": "empty"}}', 'r @> ''empty''::int4range'), ('{"r": {"contained": "[0,9]"}}', 'r <@ ''[0,9]'''),
    ('{"r": {"overlap": "[4,6)"}}', 'r && ''[4,6)'''), ('{"mr": {"contains": "{[5,6]}"}}', 'mr @> ''{[5,6]}''::int4multirange'),
    ('{"mr": {"overlap": "{(,1)}"}}', 'mr && ''{(,1)}'''),
  ('{"j.a.b": 1}', 'j #> ''{a,b}'' = ''1'''), ('{"j.a.b": {"gt": 2}}', 'j #> ''{a,b}'' > ''2'''), ('{"j.t": "x"}', 'j ->> ''t'' = ''x'''),
    ('{"j.t": {"in": ["x", "y"]}}', 'j ->> ''t'' IN (''x'', ''y'')'), ('{"j.t": {"startsWith": "x"}}', 'j ->> ''t'' LIKE ''x%'''),
    ('{"j.l": [1, 2]}', 'j -> ''l'' = ''[1, 2]'''), ('{"j.l.1": 2}', 'id = 1'), ('{"j.1": "x"}', 'id = 3'), ('{"j.q": null}',
    'j #> ''{q}'' IS NULL'), ('{"j.a": {"value": {"b": 10}}}', 'id = 2'), ('{"j.a": {"contains": {"b": 10}}}', 'id = 2'),
  ('{"j": {"contains": {"t": "y"}}}', 'j @> ''{"t": "y"}'''), ('{"j": {"contained": [1, "x", 5]}}', 'j <@ ''[1, "x", 5]'''),
    ('{"j": [1, "x"]}', 'id = 3'), ('{"j": {"ne": [1, "x"]}}', 'id IN (1, 2)'), ('{"js.k": 1}', 'id = 1'), ('{"js.k": "1"}', 'id = 2'),
    ('{"js": null}', 'id = 4'),
  ('{"by": "\\x02"}', 'id = 2'), ('{"ip": {"lt": "10.0.0.2"}}', 'ip < ''10.0.0.2'''), ('{"tsv": {"match": "fox & quick"}}',
    'tsv @@ to_tsquery(''fox & quick'')'), ('{"t": {"match": "alpha"}}', 'to_tsvector(t) @@ to_tsquery(''alpha'')'),
  ('{}', 'true'), ('[]', 'true'), ('{"and": []}', 'true'), ('{"and": {}}', 'true'), ('{"or": []}', 'false'), ('{"or": {}}', 'false'),
    ('{"not": {}}', 'false'), ('{"not": []}', 'false'), ('{"not": {"or": []}}', 'true'),
  ('{"or": [{"i": 1}, {"t": {"startsWith": "5"}}]}', 'i = 1 OR id = 2'), ('{"or": {"i": 1, "id": 3}}', 'id IN (1, 3)'),
    ('{"and": [{"i": {"gt": 0}}, {"or": [{"i": 1}, {"b": false}]}]}', 'i > 0 AND (i = 1 OR NOT b)'),
    ('[{"i": {"gt": 0}}, {"i": {"lt": 2}}]', 'id = 1'),
  ('{"not": {"i": 1}}', 'NOT i = 1'), ('{"not": [{"i": 1}, {"b": true}]}', 'NOT (i = 1 AND b)'), ('{"i": {"or": [1, {"lt": 0}, null]}}',
    'i = 1 OR i < 0 OR i IS NULL'), ('{"i": {"and": [{"gt": 0}, {"ne": 2}]}}', 'i > 0 AND i <> 2'), ('{"i": {"or": {"eq": 1, "lt": 0}}}',
    'i = 1 OR i < 0'), ('{"i": {"not": {"gt": 1}}}', 'NOT i > 1'), ('{"i": {"not": 1}}', 'NOT i = 1'), ('{"i": {"not": {"in": [1, 2]}}}',
    'i NOT IN (1, 2)'), ('{"or": [{}, {"i": 1}]}', 'true'),
  ('{"i": {"col": "big"}}', 'i = big'), ('{"i": {"lt": {"col": "n"}}}', 'i < n'), ('{"i": {"between": [{"col": "id"}, 9]}}',
    'i BETWEEN id AND 9'), ('{"t": {"startsWith": {"col": "v"}}}', 'starts_with(t, v)'), ('{"t": {"endsWith": {"col": "v"}}}',
    'id IN (1, 3)'), ('{"t": {"substring": {"col": "v"}}}', 'strpos(t, v) > 0'), ('{"t": {"like": {"col": "v"}}}', 't LIKE v'),
    ('{"a": {"contains": {"col": "a"}}}', 'a @> a'), ('{"i": {"value": 1}}', 'i = 1'), ('{"i": {"gt": {"value": 1}}}', 'i > 1'),
    ('{"j.a.b": {"col": "i"}}', 'id = 1'), ('{"big": {"any": {"col": "a"}}}', 'big = ANY (a)'), ('{"$i$": 1}', 'i = 1'), ('{"$j.t$": "x"}',
    'id = 1');
SELECT no, w, found(w) AS found, found(w) IS NOT DISTINCT FROM sql_found(sql) AS same FROM cases ORDER BY no;
-- values by name, the same plan
SELECT p, found('{"i": {"param": "i"}, "t": {"startsWith": {"param": "start"}}, "id": {"in": {"param": "ids"}}}', p)
  FROM unnest(ARRAY['{"i": 1, "start": "A", "ids": [1, 2]}', '{"i": "2", "start": "50%", "ids": [1, 2]}',
  '{"i": null, "start": "", "ids": []}', '{"i": 2, "start": "%", "ids": [2]}']::jsonb[]) p;
SELECT found('{"n": {"between": [{"param": "from"}, {"param": "to"}]}, "i": {"any": {"param": "list"}},
  "t": {"like": {"any": {"param": "like"}}}}', '{"from": 1, "to": 10, "list": [1, 2, null], "like": ["A%", "5%"]}');
-- settings count when it is loaded, not when it was first seen
SET TimeZone = 'Asia/Tokyo';
SELECT loads('Customer', '{"attributes": ["id"], "where": {"joined": {"lt": "2024-01-01 20:00"}}}');
SET TimeZone = 'UTC';
SELECT loads('Customer', '{"attributes": ["id"], "where": {"joined": {"lt": "2024-01-01 20:00"}}}');
SET DateStyle = 'ISO, DMY';
SELECT found('{"d": "01/02/2024"}'), found('{"d": ["29/02/2024"]}');
SET DateStyle = 'ISO, MDY';
SELECT found('{"d": "01/02/2024"}'), found('{"d": ["02/29/2024"]}');

-- through and predicates over associations
SELECT w, loads('Product', jsonb_build_object('attributes', '["id"]'::jsonb, 'where', w)) AS rows FROM unnest(ARRAY[
  '{"orders": {"some": {}}}', '{"orders": {"none": {}}}', '{"orders": {"some": {"status": "paid"}}}',
    '{"orders": {"none": {"status": "paid"}}}', '{"orders": {"every": {"status": "sent"}}}',
    '{"orders": {"every": {"placed": {"gt": "2000-01-01"}}}}',
  '{"orders": {"some": {"through": {"quantity": {"gt": 5}}}}}', '{"orders": {"some": {"$through.quantity$": {"gt": 5}, "status": "paid"}}}',
    '{"orders": {"some": {"or": [{"through": {"giftNote": {"not": null}}}, {"status": "open"}]}}}',
  '{"orders": {"count": 2}}', '{"orders": {"count": {"gte": 1, "lt": 2}}}',
    '{"orders": {"count": {"where": {"through": {"quantity": {"lte": 2}}}, "eq": 1}}}', '{"orders": {"count": {"in": [0, 2]}}}',
    '{"orders": {"count": {"between": [1, 1]}}}', '{"orders": {"count": {"startsWith": "2"}}}',
  '{"related": {"allOf": [2, 3]}}', '{"related": {"allOf": []}}', '{"related": {"allOf": [2, 4]}}',
    '{"related": {"some": {"related": {"some": {"id": 1}}}}}', '{"partners": {"count": 1}}',
    '{"orders": {"some": {}, "none": {"status": "open"}}}', '{"not": {"orders": {"some": {}}}}',
    '{"or": [{"orders": {"none": {}}}, {"stores": {"some": {"city": "Paris"}}}]}']::jsonb[]) w;
SELECT w, loads('Customer', jsonb_build_object('attributes', '["id"]'::jsonb, 'where', w)) AS rows FROM unnest(ARRAY[
  '{"profile": null}', '{"referrer": null}', '{"coupons": null}', '{"profile": {"some": {"bio": null}}}',
    '{"referrer": {"every": {"name": "Ann"}}}', '{"$referrer.name$": "Ann"}', '{"$referrer.referrer.name$": {"startsWith": "A"}}',
    '{"$country.name$": {"in": ["France", "Germany"]}}', '{"$profile.favColour$": {"not": null}}',
    '{"name": {"lt": {"col": "referrer.name"}}}', '{"spending": {"some": {"total": {"gt": 18}}}}',
    '{"orders": {"some": {"products": {"some": {"title": "Cup"}}}}}']::jsonb[]) w;
SELECT loads('Order', '{"attributes": ["status"], "include": [{"association": "products", "attributes": ["id"],
  "through": {"attributes": []}, "where": {"or": [{"through": {"quantity": 1}}, {"$through.giftNote$": "for you"}],
  "through": {"not": {"unitPrice": null}}}}]}');

-- a value that does not fit says where it stands
SELECT w, r.code, r.message, r.detail FROM unnest(ARRAY[
  '{"i": "one"}', '{"i": 1.5}', '{"i": {"in": [1, "two"]}}', '{"i": 99999999999}',
    '{"or": [{"i": 1}, {"not": {"d": {"gt": "2024-02-30"}}}]}', '{"u": {"ne": "x"}}', '{"e": "lost"}', '{"b": 2}', '{"a": ["x"]}',
    '{"a": {"contains": 1}}', '{"r": {"overlap": 5}}', '{"n": {"between": [1, "x"]}}', '{"i": {"eq": [1]}}', '{"i": true}',
    '{"t": {"like": 5}}', '{"i": {"in": 5}}', '{"i": {"in": [null]}}', '{"i": {"between": [1]}}', '{"i": {"is": 1}}', '{"i": {"any": 1}}',
  '{"i": {"contains": 1}}', '{"t": {"contains": "x"}}', '{"js": {"gt": {}}}', '{"js": "x"}', '{"a": {"in": [[1]]}}',
    '{"i": {"any": {"col": "t"}}}', '{"i": {"any": {"col": "ta"}}}', '{"d": {"lt": {"col": "i"}}}',
    '{"t": {"startsWith": {"any": {"col": "ta"}}}}', '{"i": {"in": [{"param": "x"}]}}', '{"i": {"in": {"col": "a"}}}',
    '{"i": {"between": {"any": []}}}', '{"i": {"in": {"any": [1]}}}', '{"t": {"match": {"any": ["x"]}}}',
    '{"i": {"between": {"param": "x"}}}']::jsonb[]) w,
  LATERAL refused(format('SELECT found(%L)', w)) r;
SELECT p, r.code, r.message, r.detail FROM unnest(ARRAY['{}', '{"i": "x", "ids": []}', '{"i": 1, "ids": 5}', '{"i": 1, "ids": [1, null]}',
  '[]', '1']::jsonb[]) p,
  LATERAL refused(format('SELECT found(%L, %L)', '{"i": {"param": "i"}, "id": {"notIn": {"param": "ids"}}}', p)) r;
SET client_min_messages = warning;
DROP SCHEMA shop CASCADE;
