-- Finding rows: find_by_pk, find_one, find_all, find, get, counts, and their json twins.
\getenv top PG_ABS_SRCDIR
\set shop :top '/test/data/shop.sql'
\set ECHO none
\i :shop
\set ECHO all

-- a row is what to_jsonb makes of it
SELECT assoc.find_by_pk('Customer', 1);
SELECT assoc.find_all('Customer') = (SELECT jsonb_agg(to_jsonb(c) ORDER BY id) FROM customers c) AS same;
SELECT loads('Customer') = assoc.find_all('Customer') AS same;
SELECT loads('Product') = (SELECT jsonb_agg(to_jsonb(p) ORDER BY id) FROM products p WHERE deleted_at IS NULL) AS same;
SELECT loads('Spending') = (SELECT jsonb_agg(to_jsonb(s) ORDER BY customer_id) FROM spendings s) AS same;
-- json keeps the declared order of keys
SELECT assoc.find_by_pk_json('Order', '00000000-0000-0000-0000-00000000000a');
SELECT assoc.find_by_pk('Order', '00000000-0000-0000-0000-00000000000a');

-- a key of any type finds the row by the column's type
SELECT k, d FROM (VALUES
  ('int2', assoc.find_by_pk('Profile', 1::int2)),
  ('int4', assoc.find_by_pk('Profile', 1::int4)),
  ('int8', assoc.find_by_pk('Profile', 1::int8)),
  ('numeric', assoc.find_by_pk('Profile', 1.0::numeric)),
  ('text', assoc.find_by_pk('Profile', '1'::text)),
  ('unknown', assoc.find_by_pk('Profile', '1')),
  ('jsonb number', assoc.find_by_pk('Profile', '1'::jsonb)),
  ('jsonb string', assoc.find_by_pk('Profile', '"1"'::jsonb)),
  ('json', assoc.find_by_pk('Profile', '1'::json)),
  ('jsonb object', assoc.find_by_pk('Profile', '{"id": 1}'::jsonb))) v (k, d);
SELECT assoc.find_by_pk('Country', 'de'), assoc.find_by_pk('Country', 'de'::name), assoc.find_by_pk('Country', 'de'::char(2));
SELECT assoc.find_by_pk('Order', '00000000-0000-0000-0000-00000000000C'::uuid) ->> 'status' AS by_uuid,
  assoc.find_by_pk('Order', '{00000000-0000-0000-0000-00000000000C}'::text) ->> 'status' AS by_text;
-- of several columns: a record, a JSON object, its text
SELECT assoc.find_by_pk('Store', ROW(1, 2)), assoc.find_by_pk('Store', '{"no": 2, "tenant": 1}'::jsonb),
  assoc.find_by_pk('Store', '{"tenant": "1", "no": 2}'), assoc.find_by_pk_json('Store', '{"tenant": 1, "no": 2}');
-- wrong ones say so
SELECT * FROM refused($$SELECT assoc.find_by_pk('Profile', 'one')$$);
SELECT * FROM refused($$SELECT assoc.find_by_pk('Profile', 99999999999)$$);
SELECT * FROM refused($$SELECT assoc.find_by_pk('Profile', 1.5)$$);
SELECT * FROM refused($$SELECT assoc.find_by_pk('Profile', true)$$);
SELECT * FROM refused($$SELECT assoc.find_by_pk('Profile', '[1]'::jsonb)$$);
SELECT * FROM refused($$SELECT assoc.find_by_pk('Profile', '{"no": 1}'::jsonb)$$);
SELECT * FROM refused($$SELECT assoc.find_by_pk('Store', 1)$$);
SELECT * FROM refused($$SELECT assoc.find_by_pk('Store', ROW(1))$$);
SELECT * FROM refused($$SELECT assoc.find_by_pk('Store', ROW(1, NULL))$$);
SELECT * FROM refused($$SELECT assoc.find_by_pk('Store', '{"tenant": 1}')$$);
SELECT * FROM refused($$SELECT assoc.find_by_pk('Store', '{"tenant": 1, "no": null}')$$);
SELECT * FROM refused($$SELECT assoc.find_by_pk('Store', '{"tenant": 1, "no": 2, "city": "Paris"}')$$);

-- none: NULL, no row, an empty array, 0
SELECT assoc.find_by_pk('Profile', 9) AS a, assoc.find_by_pk_json('Profile', 9) AS b, assoc.find_one('Profile',
  '{"where": {"id": 9}}') AS c,
  assoc.find_one_json('Profile', '{"where": {"id": 9}}') AS d, assoc.find_all('Profile', '{"where": {"id": 9}}') AS e,
  assoc.find_all_json('Profile', '{"where": {"id": 9}}') AS f, assoc.find_all('Coupon') AS g;
SELECT assoc.find('Profile', '{"where": {"id": 9}}');
SELECT assoc.get('Customer', 3, 'orders') AS a, assoc.get('Customer', 98, 'orders') AS b, assoc.get_json('Customer', 98, 'orders') AS c,
  assoc.count_of('Customer', 3, 'orders') AS d, assoc.count_of('Customer', 98, 'orders') AS e, assoc.count('Coupon', NULL) AS f;
-- a soft-deleted row is none unless asked for
SELECT assoc.find_by_pk('Product', 4) AS gone, assoc.find_by_pk('Product', 4, '{"paranoid": false}') ->> 'title' AS kept;
SELECT assoc.count('Product', NULL) AS living, assoc.count('Product', '{"paranoid": false}') AS of_all;
-- a default scope too
INSERT INTO coupons VALUES (1, 1, 'void'), (2, 1, 'X'), (3, 2, 'void'), (4, 1, NULL);
SELECT assoc.find_all('Coupon') AS scoped, jsonb_array_length(assoc.find_all('Coupon', '{"scope": false}')) AS all_rows,
  assoc.find_by_pk('Coupon', 1) AS none,
  assoc.count('Coupon', NULL), assoc.count('Coupon', '{"scope": false}') AS of_all, assoc.count_of('Customer', 1, 'coupons');

-- one row: the first in the order asked for
SELECT assoc.find_one('Customer', '{"order": [["id", "DESC"]], "attributes": ["id"]}'), assoc.find_one_json('Customer',
  '{"attributes": ["name", "id"]}');
-- rows by their keys have the order of the keys: another one is not ignored
SELECT assoc.find_by_pk('Customer', 1, '{"order": ["name"]}');
SELECT assoc.find_many('Customer', '[2, 1]', '{"order": ["name"], "include": ["orders"]}');
SELECT assoc.update('Customer', '{"name": "x"}', '{"where": {"id": 1}, "returning": {"order": ["name"]}}');
SELECT assoc.find_or_create('Customer', '{"id": 1}', '{"order": ["name"]}');
SELECT assoc.find_by_pk('Customer', 1, '{"order": null, "attributes": ["id"]}');
-- rows: a set
SELECT assoc.find('Customer', '{"attributes": ["id"]}');
SELECT * FROM assoc.find_json('Customer', '{"attributes": ["name", "id"], "limit": 2}') AS f (doc);
SELECT count(*) FROM generate_series(1, 3) g, LATERAL assoc.find('Customer', jsonb_build_object('where', jsonb_build_object('id', g))) f;

-- what is associated: the array that include shows
SELECT assoc.get('Order', '00000000-0000-0000-0000-00000000000a', 'products', '{"attributes": ["title"]}');
SELECT assoc.get('Customer', 1, 'orders') = assoc.find_by_pk('Customer', 1, '{"include": ["orders"]}') -> 'orders' AS same,
  assoc.get('Customer', 1, 'stores') = assoc.find_by_pk('Customer', 1, '{"include": ["stores"]}') -> 'stores' AS same,
  assoc.get('Product', 1, 'partners') = assoc.find_by_pk('Product', 1, '{"include": ["partners"]}') -> 'partners' AS same;
-- get and count_of say what of the link rows they want, as an include does
SELECT assoc.get('Product', 1, 'related', '{"attributes": ["id"], "through": {"attributes": ["kind"], "as": "how",
  "where": {"kind": "goes with"}}}')
  = assoc.find_by_pk('Product', 1, '{"include": [{"association": "related", "attributes": ["id"], "through": {"attributes": ["kind"],
    "as": "how", "where": {"kind": "goes with"}}}]}') -> 'related' AS same,
  assoc.count_of('Product', 1, 'related', '{"through": {"where": {"kind": "goes with"}}}')
  = (SELECT count(*) FROM related WHERE product_id = 1 AND kind = 'goes with') AS same;
SELECT assoc.get('Customer', 1, 'orders', '{"through": {"attributes": []}}');
SELECT assoc.find_one('Product', '{"through": {"attributes": []}}');
SELECT assoc.count_of('Product', 1, 'related', '{"through": {"as": "how"}}');
SELECT assoc.get('Store', ROW(1, 1), 'shelves', '{"attributes": ["label"]}') AS by_record, assoc.get('Store', '{"tenant": 1, "no": 1}',
  'shelves', '{"attributes": ["label"]}') AS by_text,
  assoc.get_json('Store', '{"tenant": 1, "no": 1}', 'shelves', '{"attributes": ["label"], "order": [["label", "DESC"]], "limit": 1}') AS
    as_json;
SELECT assoc.get('Customer', 2, 'referrer', '{"attributes": ["name"]}') AS to_one, assoc.get('Customer', 4, 'country') AS by_text_key,
  assoc.get('Customer', 3, 'country') AS none, assoc.get('Shelf', 3, 'store', '{"attributes": ["city"]}') AS composite;
SELECT assoc.count_of('Customer', 1, 'orders', '{"where": {"status": "open"}}') AS open,
  assoc.count_of('Store', '{"tenant": 1, "no": 1}', 'products') AS composite, assoc.count_of('Customer', '1', 'stores') AS links,
  assoc.count('Customer', '{"where": {"vip": true}, "include": [{"association": "orders", "required": true}, "stores"]}') AS of_customers;

-- entry points of accessors
SELECT assoc.load_one('profiles', 'customer', 1, '{"attributes": ["bio"], "include": [{"association": "customer",
  "attributes": ["name"]}]}'),
  assoc.load_one_json('profiles', 'customer', '3', '{"attributes": ["bio"]}'), assoc.load_one('profiles', 'customer', 9, NULL);
SELECT assoc.load_all('stores', 'shelves', '{"attributes": ["city"]}');
SELECT assoc.load_all_json('profiles', 'customer', '{"attributes": ["id"], "where": {"id": 3}}');
SELECT assoc.load_get('stores', 'shelves', ROW(2, 1), NULL), assoc.load_get_json('stores', 'shelves', '{"tenant": 2, "no": 1}'::text, NULL),
  assoc.load_count('customers', 'orders', 1, NULL);

-- names: of the model, of its table, with schema
SELECT assoc.find_by_pk('customers', 1) = assoc.find_by_pk('shop.Customer', 1) AS same, assoc.find_by_pk('"shop"."customers"',
  1) = assoc.find_by_pk('Customer', 1) AS same;
SELECT * FROM refused($$SELECT assoc.find_all('Costumer')$$);
SELECT * FROM refused($$SELECT assoc.find_all('customer')$$);
SELECT * FROM refused($$SELECT assoc.find_all('pg_class')$$);
SELECT * FROM refused($$SELECT assoc.load_get('pg_class', 'orders', 1, NULL)$$);
SELECT * FROM refused($$SELECT assoc.get('Customer', 1, 'order')$$);

-- a missing name or key is an error, missing options are none
SELECT * FROM refused($$SELECT assoc.find_all(NULL)$$);
SELECT * FROM refused($$SELECT assoc.find_by_pk('Customer', NULL)$$);
SELECT * FROM refused($$SELECT assoc.find_by_pk('Customer', NULL::bigint)$$);
SELECT * FROM refused($$SELECT assoc.get('Customer', NULL, 'orders')$$);
SELECT * FROM refused($$SELECT assoc.find_by_pk('Customer', 'null'::jsonb)$$);
SELECT * FROM refused($$SELECT assoc.get('Customer', 1, NULL)$$);
SELECT * FROM refused($$SELECT assoc.load_one(NULL, 'orders', 1, NULL)$$);
SELECT assoc.find_by_pk('Profile', 1, NULL, NULL) = assoc.find_by_pk('Profile', 1, 'null', '{}') AS same, assoc.find_all('Profile', NULL,
  NULL) = assoc.find_all('Profile', '{}') AS same;
-- one row has no limit
SELECT * FROM refused($$SELECT assoc.find_one('Customer', '{"limit": 1}')$$);
SELECT * FROM refused($$SELECT assoc.find_by_pk('Customer', 1, '{"offset": 1}')$$);
SELECT * FROM refused($$SELECT assoc.load_one('customers', 'orders', 1, '{"after": [1]}')$$);
SELECT * FROM refused($$SELECT assoc.count('Customer', '{"limit": 1}')$$);
SELECT * FROM refused($$SELECT assoc.count('Customer', '{"order": "id"}')$$);
SELECT * FROM refused($$SELECT assoc.count('Customer', '{"bigint": "string"}')$$);
-- a model without a key has no row by key
CREATE TABLE lines (n int);
INSERT INTO lines VALUES (1), (1);
SELECT assoc.adopt('lines') ->> 'primaryKey' AS key;
SELECT assoc.find_all('lines');
SELECT * FROM refused($$SELECT assoc.find_by_pk('lines', 1)$$);
SET client_min_messages = warning;
DROP SCHEMA shop CASCADE;
