-- What is shown: attributes, other names, aggregates, what is hidden, numbers as strings.
\getenv top PG_ABS_SRCDIR
\set shop :top '/test/data/shop.sql'
\set ECHO none
\i :shop
\set ECHO all
CREATE FUNCTION shows(options text) RETURNS json LANGUAGE sql AS $$
  SELECT loads('Customer', options::jsonb); -- all ways alike
  SELECT assoc.find_one_json('Customer', options::jsonb - 'limit') $$;

-- lists, other names, added and taken away; json keeps the order asked for
SELECT a, shows(format('{"attributes": %s, "limit": 1}', a)) FROM unnest(ARRAY['["name", "id"]', '[["name", "label"], "id"]', '[]', '{}',
  'null', '{"exclude": ["settings", "joined", "tags", "email", "vip", "born"]}',
  '{"exclude": ["settings", "joined", "tags", "email", "vip", "born", "country_code"], "include": [["id", "no"], "settings"]}',
  '[["id", "a"], ["id", "b"], "id"]', '{"include": []}', '{"exclude": []}']) a;
-- a key may need quoting and may be long
SELECT shows('{"attributes": [["id", "it''s \"quoted\"\n"], ["name", ""], ["vip", "ключ"], ["born", "' || repeat('k', 300) || '"]]}');

-- aggregates, of rows and of link rows, with conditions
SELECT a, jsonb_path_query_array(loads('Customer', format('{"attributes": ["id", %s]}', a)::jsonb), '$[*].x') AS x
  FROM unnest(ARRAY['{"count": "orders", "as": "x"}', '{"count": ["orders"], "as": "x"}', '{"count": ["orders", "placed"], "as": "x"}',
  '{"count": "orders", "where": {"status": "open"}, "as": "x"}', '{"count": "profile", "as": "x"}', '{"count": "stores", "as": "x"}',
  '{"max": ["orders", "placed"], "as": "x"}', '{"min": ["orders", "status"], "as": "x"}', '{"sum": ["stores", "through", "id"], "as": "x"}',
    '{"avg": ["stores", "no"], "as": "x"}',
    '{"max": ["stores", "through", "seen"], "where": {"city": "Berlin", "through": {"id": {"lt": 2}}}, "as": "x"}',
    '{"min": ["stores", "city"], "as": "x"}', '{"sum": ["spending", "total"], "as": "x"}', '{"count": "coupons", "as": "x"}',
    '{"max": ["referred", "email"], "as": "x"}', '{"max": ["referred", "tags"], "as": "x"}']) a;
SELECT loads('Product', '{"attributes": ["title", {"sum": ["orders", "through", "quantity"], "as": "sold"},
  {"count": "related", "as": "n"}, {"count": "partners", "as": "pairs"}]}') =
  (SELECT jsonb_agg(jsonb_build_object('title', title,
    'sold', (SELECT sum(quantity) FROM order_lines l JOIN orders o ON o.id = l.order_id WHERE l.product_id = p.id AND l.deleted_at IS NULL),
    'n', (SELECT count(*) FROM related r JOIN products q ON q.id = r.other_id WHERE r.product_id = p.id AND q.deleted_at IS NULL),
    'pairs', (SELECT count(*) FROM related r JOIN products q ON q.id = r.other_id WHERE r.product_id = p.id AND q.deleted_at IS NULL
      AND kind = 'goes with')) ORDER BY id) FROM products p WHERE deleted_at IS NULL) AS same;
-- inside includes, and beside a limit
SELECT loads('Country', '{"attributes": ["code", {"count": "customers", "as": "n"}],
  "include": [{"association": "customers", "attributes": ["id", {"count": "orders", "where": {"status": {"ne": "paid"}}, "as": "n"}],
  "limit": 1, "order": [["id", "DESC"]]}]}');

-- big numbers as strings
INSERT INTO customers (id, name) VALUES (9007199254740993, 'Big');
SELECT loads('Customer', '{"attributes": ["id", "referrer_id", {"count": "orders", "as": "n"}], "where": {"id": {"gt": 3}},
  "bigint": "string", "include": [{"association": "profile", "attributes": ["id", "customer_id"]}]}');
SELECT assoc.find_by_pk('Customer', 9007199254740993, '{"attributes": ["id"]}'), assoc.find_by_pk_json('Customer', '9007199254740993',
  '{"attributes": ["id"], "bigint": "string"}'), assoc.find_by_pk('Customer', 9007199254740993,
  '{"attributes": ["id"], "bigint": "number"}');

-- hidden, renamed and stringified ones
CREATE TABLE accounts (id int8 PRIMARY KEY, secret_hash text, start_date date, "order" int, balance numeric);
INSERT INTO accounts VALUES (1, 'x', '2024-01-01', 5, 12345678901234567890.10);
INSERT INTO assoc.models (relation, name, attributes) VALUES
  ('accounts', 'Account', '{"secretHash": {"column": "secret_hash", "hidden": "output"}, "startDate": {"column": "start_date"},
  "balance": {"column": "balance", "json": "string"}}');
SELECT assoc.find_all('Account'), assoc.find_all('Account', '{"attributes": ["secretHash", "id"]}'), assoc.find_all('Account',
  '{"attributes": {"include": ["secretHash"], "exclude": ["balance"]}}');
SELECT assoc.find_all_json('Account', '{"where": {"startDate": "2024-01-01", "secretHash": "x", "order": 5},
  "order": ["startDate", "order"], "attributes": ["startDate", "order", "balance"]}');
SELECT * FROM refused($$SELECT assoc.find_all('Account', '{"attributes": ["start_date"]}')$$);

-- what is shown as a string is so wherever it is shown: behind associations, as the least or greatest, in groups
SELECT assoc.define('Transfer', '{"amount": {"type": "bigint", "json": "string"}, "account_id": "int"}',
  '{"timestamps": false}') ->> 'table';
INSERT INTO transfers (account_id, amount) VALUES (1, 9007199254740993), (1, 7);
SELECT assoc.belongs_to('Transfer', 'Account', alias => 'account', foreign_key => 'account_id', inverse => 'transfers') ->> 'alias';
SELECT assoc.find_all_json('Account', '{"attributes": ["id", {"max": ["transfers", "amount"], "as": "max"},
    {"min": ["transfers", "amount"], "distinct": true, "as": "min"}, {"count": ["transfers", "amount"], "as": "n"}]}'),
  assoc.find_by_pk_json('Account', 1, '{"attributes": ["id", {"max": ["transfers", "amount"], "as": "max"}],
    "include": [{"association": "transfers", "attributes": [{"max": ["account", "balance"], "as": "balance"}]}]}');
SELECT assoc.aggregate_json('Transfer', '{"attributes": ["account.balance", {"max": "account.balance", "as": "max"},
    {"min": "amount", "as": "min"}, {"count": "*", "as": "n"}], "group": ["account.balance"]}'),
  assoc.max('Transfer', 'account.balance'), assoc.max('Transfer', 'amount'), assoc.min('Account', 'balance');
SELECT assoc.typescript('Account', '{"attributes": [{"max": ["transfers", "amount"], "as": "max"}]}');

-- values of every kind as to_jsonb and to_json print them
CREATE DOMAIN positive AS int CHECK (VALUE > 0);
CREATE TYPE pair AS (a int, b text);
CREATE TABLE kinds (id int PRIMARY KEY, i2 int2, f4 float4, f8 float8, n numeric, m money, bp char(3), nm name, by bytea, ts timestamp,
  tz timestamptz, t time, ttz timetz, iv interval, pt point, nr numrange, bt bit(3), dom positive, cp pair, cps pair[], a2 int[][], js json,
  jb jsonb, x xml, o oid, rc regclass, ch "char", e order_status[], tid tid, lsn pg_lsn);
INSERT INTO kinds VALUES (1, -1, 0.1, 1e-300, 1.00, 5, 'a', 'n', '\x00ff', '2024-01-01 00:00:00.123456', '2024-01-01 00:00+03', '24:00',
  '10:00+02', '1 year 2 days 03:04:05.6', '(1,2)', '[1.5,)', '101', 5, '(1,"x, y")', '{"(1,a)",NULL}', '{{1,2},{3,NULL}}',
  '{"b" : 1, "a":[]}', '{"b": 1, "a": []}', '<a/>', 7, 'customers', 'c', '{open,NULL}', '(0,1)', '0/16'),
  (2, 0, 'Infinity', '-Infinity', 'NaN', NULL, '', '', '', '-infinity', 'infinity', '00:00', NULL, '-1 month', NULL, 'empty', '000', NULL,
    NULL, '{}', '{}', '"\u00e9\n\u2028"', 'null', NULL, 0, 0, '', '{}', NULL, NULL);
SELECT assoc.adopt('kinds') ->> 'model' AS model;
SELECT loads('kinds') = (SELECT jsonb_agg(to_jsonb(k) ORDER BY id) FROM kinds k) AS same,
  assoc.find_all_json('kinds')::text = (SELECT '[' || string_agg(to_json(k)::text, ',' ORDER BY id) || ']' FROM kinds k) AS same_text;

-- refused
SELECT a, r.* FROM unnest(ARRAY['["nmae"]', '["name", "name"]', '[["id", "name"]]', '[["id", "vip"], ["name", "x"]]',
  '[["id", "x"], ["name", "x"]]', '[["id"]]', '[["id", "x", "y"]]', '[5]', '[null]', '"id"', '5', '{"only": ["id"]}', '{"exclude": "id"}',
  '{"exclude": [["id", "x"]]}', '{"exclude": [{"count": "orders", "as": "n"}]}', '{"exclude": ["idd"]}', '{"include": ["id"]}',
  '[{"count": "orders"}]', '[{"as": "n"}]', '[{"count": "order", "as": "n"}]', '[{"count": "orders", "sum": ["orders", "id"], "as": "n"}]',
  '[{"count": [], "as": "n"}]', '[{"count": 5, "as": "n"}]', '[{"sum": "orders", "as": "n"}]', '[{"sum": ["orders", "status"], "as": "n"}]',
  '[{"avg": ["orders", "placd"], "as": "n"}]', '[{"sum": ["orders", "through", "id"], "as": "n"}]',
  '[{"sum": ["stores", "through", "idd"], "as": "n"}]', '[{"count": "orders", "as": "name"}]', '[{"count": "orders", "as": 5}]',
  '[{"count": "orders", "where": 5, "as": "n"}]', '[{"max": ["referred", "settings"], "as": "n"}]',
  '[{"count": "orders", "distinct": true, "as": "n"}]']) a,
  LATERAL refused(format('SELECT loads(''Customer'', ''{"attributes": %s}'')', a)) r;
SELECT * FROM refused($$SELECT loads('Customer', '{"bigint": "text"}')$$);
SELECT * FROM refused($$SELECT loads('Customer',
  '{"include": [{"association": "stores", "through": {"attributes": [{"count": "orders", "as": "n"}]}}]}')$$);
SELECT * FROM refused($$SELECT loads('Customer', '{"attributes": [["id", "orders"]], "include": ["orders"]}')$$);
SELECT * FROM refused($$SELECT loads('Customer', '{"include": [{"association": "orders", "as": "name"}]}')$$);
SELECT * FROM refused($$SELECT loads('Store', '{"include": [{"association": "products", "through": {"as": "title"}}]}')$$);
SELECT * FROM refused($$SELECT loads('Product', '{"include": [{"association": "stores", "through": {"flatten": true}}]}')$$);
SET client_min_messages = warning;
DROP SCHEMA shop CASCADE;
