-- A shop with every kind of association, for the tests of loading.  Include it with
--   \getenv top PG_ABS_SRCDIR
--   \set shop :top '/test/data/shop.sql'
-- It leaves search_path at schema shop, which it makes anew.
SET client_min_messages = warning;
\pset format unaligned
SET TimeZone = 'UTC';
SET DateStyle = 'ISO, MDY';
DROP SCHEMA IF EXISTS shop CASCADE;
CREATE SCHEMA shop;
SET search_path = shop;

CREATE TYPE order_status AS ENUM ('open', 'paid', 'sent');

CREATE TABLE countries (code text PRIMARY KEY, name text NOT NULL);
CREATE TABLE customers (
  id bigint PRIMARY KEY,
  name text NOT NULL,
  email varchar(60) UNIQUE,
  born date,
  vip boolean,
  tags text[],
  settings jsonb,
  joined timestamptz,
  country_code text REFERENCES countries,
  referrer_id int);
CREATE INDEX ON customers (country_code);
CREATE INDEX ON customers (referrer_id);
CREATE TABLE profiles (id int PRIMARY KEY, customer_id bigint UNIQUE REFERENCES customers, bio text, "favColour" text);
CREATE TABLE products (
  id int PRIMARY KEY,
  title text NOT NULL,
  price numeric(10,2),
  sold_in int4range,
  deleted_at timestamptz);
CREATE TABLE orders (
  id uuid PRIMARY KEY,
  customer_id int NOT NULL,
  status order_status NOT NULL,
  placed timestamptz);
CREATE INDEX ON orders (customer_id);
CREATE TABLE order_lines (
  order_id uuid REFERENCES orders,
  product_id int REFERENCES products,
  quantity int NOT NULL,
  "unitPrice" numeric(10,2),
  "giftNote" text,
  deleted_at timestamptz,
  PRIMARY KEY (order_id, product_id));
CREATE INDEX ON order_lines (product_id);
CREATE TABLE related (
  product_id int REFERENCES products,
  other_id int REFERENCES products,
  kind text NOT NULL,
  weight real,
  PRIMARY KEY (product_id, other_id, kind));
CREATE INDEX ON related (other_id);
CREATE TABLE stores (tenant int, no smallint, city text, PRIMARY KEY (tenant, no));
CREATE TABLE shelves (id int PRIMARY KEY, tenant int, store_no int, label text);
CREATE INDEX ON shelves (tenant, store_no);
CREATE TABLE stock (
  tenant int,
  store_no smallint,
  product_id int REFERENCES products,
  pieces int,
  PRIMARY KEY (tenant, store_no, product_id),
  FOREIGN KEY (tenant, store_no) REFERENCES stores);
CREATE INDEX ON stock (product_id);
CREATE TABLE visits (
  id int PRIMARY KEY,
  customer_id bigint REFERENCES customers,
  tenant int,
  store_no smallint,
  seen date,
  FOREIGN KEY (tenant, store_no) REFERENCES stores);
CREATE INDEX ON visits (customer_id);
CREATE INDEX ON visits (tenant, store_no);
CREATE TABLE coupons (id int PRIMARY KEY, customer_id bigint REFERENCES customers, code text);
CREATE INDEX ON coupons (customer_id);
CREATE VIEW spendings AS
  SELECT o.customer_id, sum(l.quantity * l."unitPrice") AS total
  FROM orders o LEFT JOIN order_lines l ON l.order_id = o.id AND l.deleted_at IS NULL GROUP BY 1;

INSERT INTO countries VALUES ('de', 'Germany'), ('fr', 'France'), ('xx', 'Nowhere');
INSERT INTO customers VALUES
  (1, 'Ann', 'ann@example.com', '1980-02-29', true, '{red,blue}', '{"lang": "de", "n": 1, "mail": {"news": true}}', '2024-01-01 12:00+00', 'de', NULL),
  (2, 'Bob', 'bob@example.com', '1990-12-31', false, '{}', '{"lang": "en", "n": 10}', '2024-06-01 00:00+02', 'fr', 1),
  (3, 'Cid', NULL, NULL, NULL, NULL, NULL, NULL, NULL, 1),
  (4, '100%_\Dee', 'dee@example.com', '2000-01-01', true, '{blue,NULL}', '{"lang": null}', '2025-01-01 00:00+00', 'de', 2);
INSERT INTO profiles VALUES (1, 1, 'Likes tea.', 'green'), (2, 2, NULL, NULL), (3, NULL, 'Nobody''s.', NULL);
INSERT INTO products VALUES
  (1, 'Tea', 3.50, '[1,10)', NULL), (2, 'Cup', 12.00, 'empty', NULL),
  (3, 'Pot', NULL, NULL, NULL), (4, 'Gone', 1.00, '[5,)', '2024-03-01 00:00+00');
INSERT INTO orders VALUES
  ('00000000-0000-0000-0000-00000000000a', 1, 'sent', '2024-02-01 10:00+00'),
  ('00000000-0000-0000-0000-00000000000b', 1, 'open', '2024-05-01 10:00+00'),
  ('00000000-0000-0000-0000-00000000000c', 2, 'paid', NULL),
  ('00000000-0000-0000-0000-00000000000d', 99, 'open', NULL);
INSERT INTO order_lines VALUES
  ('00000000-0000-0000-0000-00000000000a', 1, 2, 3.50, 'for you', NULL),
  ('00000000-0000-0000-0000-00000000000a', 2, 1, 11.00, NULL, NULL),
  ('00000000-0000-0000-0000-00000000000a', 4, 1, 1.00, NULL, NULL),
  ('00000000-0000-0000-0000-00000000000b', 1, 5, 3.00, NULL, '2024-05-02 00:00+00'),
  ('00000000-0000-0000-0000-00000000000b', 3, 1, NULL, NULL, NULL),
  ('00000000-0000-0000-0000-00000000000c', 1, 7, 2.50, NULL, NULL);
INSERT INTO related VALUES (1, 2, 'goes with', 0.5), (1, 3, 'goes with', 0.25), (2, 1, 'goes with', 0.5), (1, 2, 'set', NULL), (1, 4, 'set', 1);
INSERT INTO stores VALUES (1, 1, 'Berlin'), (1, 2, 'Paris'), (2, 1, 'Rome');
INSERT INTO shelves VALUES (1, 1, 1, 'left'), (2, 1, 1, 'right'), (3, 2, 1, 'only'), (4, 2, NULL, 'lost'), (5, NULL, 1, 'lost too');
INSERT INTO stock VALUES (1, 1, 1, 100), (1, 1, 2, 0), (1, 2, 1, 5), (2, 1, 3, NULL);
INSERT INTO visits VALUES (1, 1, 1, 1, '2024-01-01'), (2, 1, 1, 1, '2024-01-02'), (3, 1, 2, 1, NULL), (4, 2, 1, 1, '2024-01-03');

\o /dev/null
\set quiet '{"accessors": false, "inverse": {"accessors": false}}'
\set alone '{"accessors": false, "unique": false}'
SELECT assoc.adopt('countries', 'Country');
SELECT assoc.adopt('customers', 'Customer');
SELECT assoc.adopt('profiles', 'Profile');
SELECT assoc.adopt('products', 'Product', '{"paranoid": true}');
SELECT assoc.adopt('orders', 'Order');
SELECT assoc.adopt('order_lines', 'OrderLine', '{"paranoid": true}');
SELECT assoc.adopt('stores', 'Store');
SELECT assoc.adopt('shelves', 'Shelf');
SELECT assoc.adopt('coupons', 'Coupon', '{"defaultScope": {"where": {"code": {"ne": "void"}}}}');
SELECT assoc.adopt('spendings', 'Spending', '{"key": ["customer_id"]}');

SELECT assoc.has_one('Customer', 'Profile', foreign_key => 'customer_id', alias => 'profile', inverse => 'customer', options => :'quiet');
SELECT assoc.belongs_to('Customer', 'Country', foreign_key => 'country_code', alias => 'country', inverse => 'customers', options => :'quiet');
SELECT assoc.has_many('Customer', 'Customer', foreign_key => 'referrer_id', alias => 'referred', inverse => 'referrer', options => :'quiet'::jsonb || '{"constraints": false}');
SELECT assoc.has_many('Customer', 'Order', foreign_key => 'customer_id', alias => 'orders', inverse => 'customer', options => :'quiet'::jsonb || '{"constraints": false}');
SELECT assoc.has_many('Customer', 'Coupon', foreign_key => 'customer_id', alias => 'coupons', inverse => 'customer', options => :'quiet');
SELECT assoc.belongs_to_many('Order', 'Product', through => 'OrderLine', foreign_key => 'order_id', other_key => 'product_id', alias => 'products', inverse => 'orders', options => :'quiet');
SELECT assoc.belongs_to_many('Product', 'Product', through => 'related', foreign_key => 'product_id', other_key => 'other_id', alias => 'related', options => :'alone');
SELECT assoc.belongs_to_many('Product', 'Product', through => 'related', foreign_key => 'product_id', other_key => 'other_id', alias => 'partners', options => :'alone'::jsonb || '{"through": {"scope": {"kind": "goes with"}, "attributes": ["weight"], "as": "pairing"}, "order": [["through", "weight", "DESC"]]}');
SELECT assoc.has_many('Store', 'Shelf', foreign_key => 'tenant, store_no', alias => 'shelves', inverse => 'store', options => :'quiet'::jsonb || '{"constraints": false}');
SELECT assoc.belongs_to_many('Store', 'Product', through => 'stock', foreign_key => 'tenant, store_no', other_key => 'product_id', alias => 'products', inverse => 'stores', options => :'quiet');
SELECT assoc.belongs_to_many('Customer', 'Store', through => 'visits', foreign_key => 'customer_id', other_key => 'tenant, store_no', alias => 'stores', inverse => 'visitors', options => :'quiet'::jsonb || '{"unique": false}');
SELECT assoc.has_one('Customer', 'Spending', foreign_key => 'customer_id', alias => 'spending', inverse => 'customer', options => :'quiet'::jsonb || '{"constraints": false, "unique": false}');
\o
RESET client_min_messages;

-- The rows that options find.  All ways to load them must give the same, or it raises an error.
CREATE FUNCTION loads(model text, options jsonb DEFAULT NULL, params jsonb DEFAULT NULL) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
  probe text := current_setting('pg_associations.probe');
  rows jsonb;
  other jsonb;
BEGIN
  PERFORM set_config('pg_associations.probe', 'on', false);
  rows := assoc.find_all(model, options, params);
  FOR i IN 1..4 LOOP
    PERFORM set_config('pg_associations.probe', CASE WHEN i % 2 = 0 THEN 'on' ELSE 'off' END, false);
    other := CASE
      WHEN i = 1 THEN assoc.find_all(model, options, params)
      WHEN i = 2 THEN assoc.find_all_json(model, options, params)::jsonb
      WHEN i = 3 THEN (SELECT coalesce(jsonb_agg(d), '[]') FROM (SELECT assoc.find(model, options, params)) f (d))
      ELSE (SELECT coalesce(jsonb_agg(d), '[]') FROM assoc.find_json(model, options, params) d)
    END;
    IF other::text IS DISTINCT FROM rows::text THEN
      RAISE 'way % differs', i USING DETAIL = other, HINT = rows;
    END IF;
  END LOOP;
  PERFORM set_config('pg_associations.probe', probe, false);
  RETURN rows;
END
$$;

-- What a query says instead of rows: SQLSTATE, message, detail and hint.
CREATE FUNCTION refused(query text) RETURNS TABLE (code text, message text, detail text, hint text) LANGUAGE plpgsql AS $$
DECLARE
  result text;
BEGIN
  EXECUTE query INTO result;
  code := '00000';
  message := result;
  RETURN NEXT;
EXCEPTION WHEN OTHERS THEN
  GET STACKED DIAGNOSTICS code = RETURNED_SQLSTATE, message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
  RETURN NEXT;
END
$$;
