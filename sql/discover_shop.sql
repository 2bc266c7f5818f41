-- assoc.discover: a shop with keys of its trade, tables that inherit, tables in partitions; names, rows and loads of each
\pset format unaligned
\pset fieldsep ' | '
\pset footer off
SET client_min_messages = error;
\getenv top PG_ABS_SRCDIR
\set rows :top '/test/data/rows.sql'
\set ECHO none
\i :rows
\set ECHO all

-- several ways between two tables, columns without _id, char at varchar, int at numeric, a domain, a key of words
CREATE SCHEMA shop;
SET search_path = shop, public;
CREATE DOMAIN code AS varchar(8) CHECK (VALUE <> '');
CREATE TABLE countries (iso char(2) PRIMARY KEY, name text NOT NULL);
CREATE TABLE customers (id numeric PRIMARY KEY, name text NOT NULL, country char(2) REFERENCES countries);
CREATE TABLE addresses (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, customer_id numeric NOT NULL REFERENCES customers,
  country_iso varchar(2) REFERENCES countries, street text);
ALTER TABLE customers ADD default_address_id int REFERENCES addresses;
CREATE TABLE employees (id int PRIMARY KEY, name text, reports_to int REFERENCES employees);
CREATE TABLE shippers (id int PRIMARY KEY, name text);
CREATE TABLE coupons (code code PRIMARY KEY, percent int);
CREATE TABLE orders (id bigserial PRIMARY KEY, customer_id int NOT NULL REFERENCES customers,
  billing_address_id int REFERENCES addresses, shipping_address_id int REFERENCES addresses,
  ship_via int REFERENCES shippers, sold_by int REFERENCES employees,
  coupon char(8) REFERENCES coupons, placed timestamptz NOT NULL DEFAULT now());
CREATE TABLE categories (id int PRIMARY KEY, name text, parent_id int REFERENCES categories);
CREATE TABLE products (id int PRIMARY KEY, sku text UNIQUE NOT NULL, category_id int REFERENCES categories, price numeric(9, 2));
CREATE TABLE order_details (order_id bigint REFERENCES orders ON DELETE CASCADE, product_id int REFERENCES products,
  quantity int NOT NULL, PRIMARY KEY (order_id, product_id));
CREATE TABLE reviews (id int PRIMARY KEY, customer_id numeric NOT NULL REFERENCES customers,
  product_sku text NOT NULL REFERENCES products (sku), body text, UNIQUE (customer_id, product_sku));
CREATE TABLE related_products (product_id int REFERENCES products, related_id int REFERENCES products,
  PRIMARY KEY (product_id, related_id));
CREATE TABLE invoices (order_id bigint PRIMARY KEY REFERENCES orders, number int UNIQUE);
SELECT * FROM assoc.discover();
CREATE TEMP TABLE preview AS SELECT * FROM assoc.discover();
SELECT p.statement, p.status, p.note, a.status, a.note FROM preview p FULL JOIN assoc.discover(apply => true) a USING (statement)
  WHERE (p.status, a.status) IS DISTINCT FROM ('declare', 'declared') OR p.note IS DISTINCT FROM a.note;
SELECT status, count(*) FROM assoc.discover() GROUP BY 1;
SELECT * FROM fill('shop');
SELECT * FROM compare('shop');
-- what people ask a shop
SELECT assoc.aggregate('order_details', '{"attributes": ["product.category.name", {"sum": "quantity", "as": "sold"}],
  "group": ["product.category.name"]}');
SELECT assoc.find_all('orders', '{"attributes": ["id"], "where": {"billing_address": {"some": {"country": {"some": {"name": "name1"}}}}},
  "order": [["customer", "name", "ASC"]],
  "include": [{"association": "products", "attributes": ["sku"], "through": {"attributes": ["quantity"]}}]}');

-- tables that inherit have foreign keys and keys of their own; what the parent shows is no partition of it
CREATE SCHEMA garage;
SET search_path = garage, public;
CREATE TABLE owners (id int PRIMARY KEY, name text);
CREATE TABLE vehicles (id int PRIMARY KEY, owner_id int REFERENCES owners, name text);
CREATE TABLE cars (doors int, PRIMARY KEY (id), FOREIGN KEY (owner_id) REFERENCES owners) INHERITS (vehicles);
CREATE TABLE bikes (gears int) INHERITS (vehicles);
CREATE TABLE repairs (id int PRIMARY KEY, car_id int REFERENCES cars, vehicle_id int REFERENCES vehicles);
SELECT * FROM assoc.discover();
SELECT status, count(*) FROM assoc.discover(apply => true) GROUP BY 1;
INSERT INTO owners VALUES (1, 'Ann'); INSERT INTO vehicles VALUES (1, 1, 'cart');
INSERT INTO cars VALUES (2, 1, 'van', 5); INSERT INTO repairs VALUES (4, 2, 1); INSERT INTO bikes VALUES (3, 1, 'bmx', 21);
SELECT assoc.find_all('owners', '{"include": ["vehicles", "cars"]}');
SELECT * FROM compare('garage');

-- partitions, of what points and of what is pointed at
CREATE SCHEMA parts;
SET search_path = parts, public;
CREATE TABLE sensors (id int, region int, PRIMARY KEY (region, id)) PARTITION BY LIST (region);
CREATE TABLE sensors_rest PARTITION OF sensors DEFAULT;
CREATE TABLE readings (region int, sensor_id int, taken date, value numeric, PRIMARY KEY (region, sensor_id, taken),
  FOREIGN KEY (region, sensor_id) REFERENCES sensors) PARTITION BY RANGE (taken);
CREATE TABLE readings_2026 PARTITION OF readings FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
CREATE TABLE readings_old PARTITION OF readings DEFAULT;
CREATE TABLE alarms (id int PRIMARY KEY, region int, sensor_id int, taken date,
  FOREIGN KEY (region, sensor_id, taken) REFERENCES readings);
SELECT * FROM assoc.discover();
SELECT status, count(*) FROM assoc.discover(apply => true) GROUP BY 1;
SELECT * FROM fill('parts');
SELECT * FROM compare('parts');

-- no foreign keys at all: what looks like one is proposed, for a person to decide
CREATE SCHEMA old;
SET search_path = old, public;
CREATE TABLE users (id int PRIMARY KEY, name text);
CREATE TABLE posts (id int PRIMARY KEY, "userId" bigint, post_id int, editor_id int);
CREATE TABLE votes (user_id int, post_id int, PRIMARY KEY (user_id, post_id));
CREATE TABLE comments (id uuid PRIMARY KEY, author int REFERENCES users, user_id int, post_id text,
  commentable_id int, commentable_type text);
CREATE TABLE notes (id int PRIMARY KEY, post_id int, post_type text);
SELECT * FROM assoc.discover();
SELECT status, count(*) FROM assoc.discover(apply => true) GROUP BY 1 ORDER BY 1;
DO $$ DECLARE s text; BEGIN FOR s IN SELECT statement FROM assoc.discover() WHERE status = 'proposed' LOOP EXECUTE s; END LOOP; END $$;
SELECT status, count(*) FROM assoc.discover() GROUP BY 1 ORDER BY 1;
SELECT * FROM fill('old');
SELECT * FROM compare('old');

RESET search_path;
DROP FUNCTION compare, by_load, by_sql, keys_equal, fill, some_row, columns_of, some_value;
DROP SCHEMA shop, garage, parts, old CASCADE;
SELECT count(*) FROM assoc.models;
