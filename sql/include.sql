-- What include loads: every kind of association, both ways, nested, shaped, filtered, limited.
\getenv top PG_ABS_SRCDIR
\set shop :top '/test/data/shop.sql'
\set ECHO none
\i :shop
\set ECHO all

-- as plain SQL would give it
SELECT loads('Customer', '{"include": ["profile"]}') = (
  SELECT jsonb_agg(to_jsonb(c) || jsonb_build_object('profile', (SELECT to_jsonb(p) FROM profiles p WHERE p.customer_id = c.id))
    ORDER BY id) FROM customers c) AS has_one;
SELECT loads('Customer', '{"include": ["country"]}') = (
  SELECT jsonb_agg(to_jsonb(c) || jsonb_build_object('country', (SELECT to_jsonb(p) FROM countries p WHERE p.code = c.country_code))
    ORDER BY id) FROM customers c) AS belongs_to;
SELECT loads('Customer', '{"include": ["orders"]}') = (
  SELECT jsonb_agg(to_jsonb(c) || jsonb_build_object('orders', (SELECT coalesce(jsonb_agg(to_jsonb(o) ORDER BY o.id), '[]') FROM orders o
    WHERE o.customer_id = c.id)) ORDER BY id) FROM customers c) AS has_many;
SELECT loads('Order', '{"include": ["products"]}') = (
  SELECT jsonb_agg(to_jsonb(o) || jsonb_build_object('products', (
    SELECT coalesce(jsonb_agg(to_jsonb(p) || jsonb_build_object('OrderLine', to_jsonb(l)) ORDER BY p.id), '[]')
    FROM order_lines l JOIN products p ON p.id = l.product_id
    WHERE l.order_id = o.id AND l.deleted_at IS NULL AND p.deleted_at IS NULL)) ORDER BY id) FROM orders o) AS belongs_to_many;
SELECT loads('Store', '{"include": ["shelves", "products", "visitors"]}') = (
  SELECT jsonb_agg(to_jsonb(s) || jsonb_build_object(
    'shelves', (SELECT coalesce(jsonb_agg(to_jsonb(h) ORDER BY h.id), '[]') FROM shelves h WHERE (h.tenant, h.store_no) = (s.tenant, s.no)),
    'products', (SELECT coalesce(jsonb_agg(to_jsonb(p) || jsonb_build_object('stock', to_jsonb(k)) ORDER BY p.id), '[]') FROM stock k
      JOIN products p ON p.id = k.product_id WHERE (k.tenant, k.store_no) = (s.tenant, s.no)),
    'visitors', (SELECT coalesce(jsonb_agg(to_jsonb(c) || jsonb_build_object('visits', to_jsonb(v)) ORDER BY c.id, v.id), '[]')
      FROM visits v JOIN customers c ON c.id = v.customer_id WHERE (v.tenant, v.store_no) = (s.tenant, s.no)))
    ORDER BY tenant, no) FROM stores s) AS composite;
SELECT loads('Shelf', '{"include": ["store"]}') = (
  SELECT jsonb_agg(to_jsonb(h) || jsonb_build_object('store', (SELECT to_jsonb(s) FROM stores s
    WHERE (h.tenant, h.store_no) = (s.tenant, s.no))) ORDER BY id) FROM shelves h) AS null_keys;
SELECT loads('Customer', '{"include": ["referrer", "referred", "spending"]}') = (
  SELECT jsonb_agg(to_jsonb(c) || jsonb_build_object('referrer', (SELECT to_jsonb(r) FROM customers r WHERE r.id = c.referrer_id),
    'referred', (SELECT coalesce(jsonb_agg(to_jsonb(r) ORDER BY r.id), '[]') FROM customers r WHERE r.referrer_id = c.id),
    'spending', (SELECT to_jsonb(s) FROM spendings s WHERE s.customer_id = c.id)) ORDER BY id) FROM customers c) AS self_and_view;

-- by name, path and object; what paths and objects say of one include adds up
SELECT loads('Customer', '{"attributes": ["name"], "include": "country", "limit": 2}');
SELECT loads('Country', '{"attributes": ["name"], "include": ["customers.orders.products", {"association": "customers",
  "attributes": ["name"], "include": [{"association": "orders", "attributes": ["status"]}, {"association": "referrer",
  "attributes": ["id"]}]}], "where": {"code": ["fr", "xx"]}}');
SELECT loads('Customer', '{"attributes": ["name"], "include": [{"association": "orders", "attributes": ["status"]}, "orders.customer",
  "orders"], "where": {"id": 2}}')
  = loads('Customer', '{"attributes": ["name"], "include": ["orders.customer", {"association": "orders", "attributes": ["status"]}],
    "where": {"id": 2}}') AS same;
-- one association twice, under another name
SELECT loads('Customer', '{"attributes": ["name"], "include": [{"association": "orders", "attributes": ["status"]},
  {"association": "orders", "as": "openOrders", "attributes": ["id"], "where": {"status": "open"}, "required": false}], "limit": 2}');
-- both directions of a many-to-many
SELECT loads('Product', '{"attributes": ["title"], "include": [{"association": "orders", "attributes": ["status"],
  "through": {"attributes": ["quantity"]}}]}');
-- with itself, with a scope, an order and attributes that the association declares
SELECT loads('Product', '{"attributes": ["title"], "include": [{"association": "related", "attributes": ["title"],
  "through": {"attributes": ["kind"]}}, {"association": "partners", "attributes": ["title"]}]}');

-- the link row: which attributes, under which name, among the child's own, or not at all
\set of_first '"attributes": ["status"], "where": {"id": "00000000-0000-0000-0000-00000000000a"}'
SELECT loads('Order', ('{' || :'of_first' || ', "include": [{"association": "products", "attributes": ["title"], "through": ' || t ||
  '}]}')::jsonb) AS rows
FROM unnest('{"{}","{\"attributes\": []}","{\"attributes\": [\"unitPrice\", [\"giftNote\", \"note\"]], \"as\": \"line\"}",
  "{\"attributes\": {\"exclude\": [\"deleted_at\", \"order_id\", \"product_id\"]}}",
  "{\"attributes\": [\"unitPrice\", \"quantity\"], \"flatten\": true}","{\"where\": {\"quantity\": {\"gt\": 1}}, \"attributes\": []}",
  "{\"paranoid\": false, \"attributes\": [\"deleted_at\"]}"}'::text[]) t;
SELECT loads('Order', '{"attributes": ["status"], "include": [{"association": "products", "attributes": ["id"], "paranoid": false,
  "through": {"paranoid": false, "attributes": ["deleted_at"]}}]}');
-- nothing of the child but of its link
SELECT loads('Order', ('{' || :'of_first' ||
  ', "include": [{"association": "products", "attributes": [], "through": {"attributes": ["quantity"]}}]}')::jsonb);

-- required or not: where makes it so unless told otherwise, through.where does not
SELECT r, o, loads('Customer', ('{"attributes": ["id"], "include": [{"association": "orders", "attributes": ["status"]' || r ||
  '}]}')::jsonb) AS rows
FROM unnest('{"","\, \"required\": true","\, \"where\": {\"status\": \"open\"}",
  "\, \"where\": {\"status\": \"open\"}\, \"required\": false","\, \"where\": {}",
  "\, \"where\": {\"and\": []}","\, \"where\": {\"or\": []}"}'::text[]) WITH ORDINALITY t (r, o);
SELECT loads('Order', '{"attributes": ["status"], "include": [{"association": "products", "attributes": ["title"], "required": true,
  "through": {"where": {"quantity": {"gte": 5}}, "attributes": []}}]}') AS through_where;
-- only to filter by
SELECT loads('Customer', '{"attributes": ["name"], "include": [{"association": "orders", "attributes": [], "required": true}]}');
-- nested: a required one below one that is not leaves out children, below a required one parents too
SELECT loads('Country', '{"attributes": ["code"], "include": [{"association": "customers", "attributes": ["id"],
  "include": [{"association": "orders", "required": true, "attributes": ["status"]}]}]}');
SELECT loads('Country', '{"attributes": ["code"], "include": [{"association": "customers", "required": true, "attributes": ["id"],
  "include": [{"association": "orders", "required": true, "attributes": ["status"]}]}]}');
-- as the default scope and soft deletion have it
INSERT INTO coupons VALUES (1, 1, 'void'), (2, 1, 'X'), (3, 2, 'void');
SELECT loads('Customer', '{"attributes": ["id"], "include": [{"association": "coupons", "required": true, "attributes": ["id"]}]}') AS
  scoped,
  loads('Customer', '{"attributes": ["id"], "include": [{"association": "coupons", "required": true, "scope": false,
    "attributes": ["id"]}]}') AS unscoped;
INSERT INTO orders VALUES ('00000000-0000-0000-0000-00000000000e', 3, 'open', NULL);
INSERT INTO order_lines VALUES ('00000000-0000-0000-0000-00000000000e', 4, 1, 1, NULL, NULL);
SELECT loads('Customer', '{"attributes": ["id"], "include": [{"association": "orders", "required": true, "attributes": ["status"],
  "include": [{"association": "products", "required": true, "attributes": ["id"], "through": {"attributes": []}}]}]}') AS living,
  loads('Customer', '{"attributes": ["id"], "where": {"id": 3}, "include": [{"association": "orders", "required": true,
    "attributes": ["status"], "include": [{"association": "products", "required": true, "paranoid": false, "attributes": ["id"],
    "through": {"attributes": []}}]}]}') AS of_all;

-- limit and offset count children of each parent, for every kind, and parents at the root
SELECT loads('Customer', '{"attributes": ["id"], "limit": 2, "include": [{"association": "orders", "attributes": ["status"], "limit": 1,
  "order": [["placed", "DESC NULLS LAST"]]}, {"association": "referred", "attributes": ["id"], "offset": 1}, {"association": "country",
  "limit": 0}]}');
SELECT loads('Product', '{"attributes": ["id"], "offset": 1, "include": [{"association": "related", "attributes": ["id"],
  "through": {"attributes": ["kind"]}, "limit": 2}, {"association": "orders", "attributes": ["status"], "limit": 1,
  "through": {"attributes": []}}]}');
SELECT loads('Store', '{"attributes": ["city"], "include": [{"association": "shelves", "attributes": ["label"], "limit": {"param": "n"},
  "order": ["label"]}, {"association": "products", "attributes": ["title"], "through": {"attributes": []}, "offset": {"param": "n"}}]}',
  '{"n": 1}');
SELECT loads('Customer', '{"attributes": ["id"], "limit": 1, "include": [{"association": "orders", "attributes": ["status"],
  "required": true, "limit": 1}], "order": [["id", "DESC"]]}') AS limit_after_required;

-- order: own, of the link row, of what is associated
SELECT loads('Order', ('{' || :'of_first' ||
  ', "include": [{"association": "products", "attributes": ["title"], "through": {"attributes": []}, "order": ' || o || '}]}')::jsonb) -> 0
  -> 'products' AS products
FROM unnest('{"[[\"title\", \"DESC\"]]","[[\"through\", \"unitPrice\", \"DESC\"]]","[[\"through\", \"giftNote\", \"ASC NULLS FIRST\"]]",
  "[{\"count\": \"stores\", \"direction\": \"ASC\"}]"}'::text[]) o;
SELECT loads('Country', '{"attributes": ["code"], "include": [{"association": "customers", "attributes": ["id"], "order": [["referrer",
  "name", "DESC"]]}]}');

-- all, and all the way down without coming back
SELECT loads('Shelf', '{"attributes": ["id"], "include": [{"all": true}], "limit": 1}');
SELECT c - ARRAY['id', 'vip', 'born', 'name', 'tags', 'email', 'joined', 'settings', 'referrer_id', 'country_code',
  'orders'] AS all_but_orders, c -> 'orders' -> 1 -> 'products' -> 0 AS product
FROM (SELECT loads('Spending', '{"include": [{"all": true, "nested": true}], "attributes": [], "limit": 1}') -> 0 -> 'customer') s (c);
SELECT k FROM jsonb_object_keys(loads('Customer', '{"include": [{"all": true}, {"association": "orders", "include": [{"all": true}]}],
  "limit": 1}') -> 0 -> 'orders' -> 0) k ORDER BY k COLLATE "C";

-- views, whose keys may be null or name several rows
CREATE VIEW titles AS SELECT id AS product_id, nullif(title, 'Cup') AS title FROM products;
INSERT INTO assoc.models (relation, name, options) VALUES ('titles', 'Title', '{"key": ["title"]}');
INSERT INTO assoc.associations (source, alias, kind, target, through, source_key, foreign_key, other_key, target_key, singular) VALUES
  ('orders', 'titles', 'belongs_to_many', 'titles', 'order_lines', '{id}', '{order_id}', '{product_id}', '{product_id}', 'title'),
  ('products', 'titles', 'has_many', 'titles', NULL, '{id}', '{product_id}', '{}', '{}', 'title'),
  ('titles', 'product', 'belongs_to', 'products', NULL, '{}', '{product_id}', '{}', '{id}', 'product');
SELECT loads('Order', '{"attributes": ["status"], "limit": 2, "include": [{"association": "titles", "attributes": ["title"],
  "through": {"attributes": ["quantity"]}}]}') AS linked,
  loads('Product', '{"attributes": ["id"], "include": [{"association": "titles", "attributes": ["title"], "limit": 1}]}') AS limited;
SELECT loads('Title', '{"include": [{"association": "product", "attributes": ["title"]}]}'), assoc.find_by_pk('Title', 'Tea',
  '{"include": ["product.titles"]}') -> 'product' -> 'titles' AS titles;

-- nothing at all
SELECT loads('Customer', '{"attributes": [], "limit": 2}'), loads('Customer',
  '{"attributes": [], "include": [{"association": "coupons", "attributes": ["id"]}], "offset": 3}');
-- many parents and children, shared ones once
INSERT INTO customers SELECT g, 'C' || g, NULL, NULL, NULL, NULL, NULL, NULL, CASE g % 3 WHEN 0 THEN 'de' WHEN 1 THEN 'fr' END, 1 + g % 4
  FROM generate_series(100, 1500) g;
INSERT INTO visits SELECT g, 100 + g % 1400, 1 + g % 2, 1, NULL FROM generate_series(100, 3000) g;
SELECT jsonb_array_length(d) AS roots, md5(d::text) = md5((
  SELECT jsonb_agg(jsonb_build_object('id', id, 'country', (SELECT to_jsonb(p) FROM countries p WHERE p.code = c.country_code),
    'referred', (SELECT coalesce(jsonb_agg(jsonb_build_object('id', r.id) ORDER BY r.id), '[]') FROM customers r
      WHERE r.referrer_id = c.id),
    'stores', (SELECT coalesce(jsonb_agg(jsonb_build_object('city', s.city, 'visits', jsonb_build_object('id', v.id))
      ORDER BY s.tenant, s.no, v.id), '[]')
      FROM visits v JOIN stores s ON (s.tenant, s.no) = (v.tenant, v.store_no) WHERE v.customer_id = c.id)) ORDER BY id)
        FROM customers c)::text) AS same
FROM loads('Customer', '{"attributes": ["id"], "include": ["country", {"association": "referred", "attributes": ["id"]},
  {"association": "stores", "attributes": ["city"], "through": {"attributes": ["id"]}}]}') d;
SET client_min_messages = warning;
DROP SCHEMA shop CASCADE;
