-- Loads follow changes of the tables, between two calls of one session.
\getenv top PG_ABS_SRCDIR
\set shop :top '/test/data/shop.sql'
\set ECHO none
\i :shop
\set ECHO all
DROP VIEW spendings;
PREPARE by_pk (bigint) AS SELECT assoc.find_by_pk('Customer', $1, '{"attributes": {"exclude": ["tags", "settings", "born", "email",
  "joined"]}, "include": ["orders"]}');
PREPARE everything AS SELECT loads('Profile', '{"include": [{"association": "customer", "attributes": ["name"]}], "limit": 1}');
EXECUTE by_pk(2);
EXECUTE everything;
-- a column more, one less, another name, another type
ALTER TABLE orders ADD remark text DEFAULT 'none';
EXECUTE by_pk(2);
ALTER TABLE orders DROP remark;
EXECUTE by_pk(2);
ALTER TABLE customers RENAME vip TO important;
EXECUTE by_pk(2);
ALTER TABLE customers RENAME important TO vip;
ALTER TABLE orders ALTER status TYPE text;
EXECUTE by_pk(2);
ALTER TABLE profiles ALTER id TYPE text, ALTER id SET DEFAULT 'x';
EXECUTE everything;
SELECT assoc.find_by_pk('Profile', '1') ->> 'bio' AS bio, assoc.find_by_pk('Profile', 1) ->> 'bio' AS bio;
ALTER TABLE profiles ALTER id DROP DEFAULT;
ALTER TABLE profiles ALTER id TYPE int USING id::int;
EXECUTE everything;
-- the columns of keys
ALTER TABLE orders RENAME customer_id TO buyer_id;
EXECUTE by_pk(2);
ALTER TABLE orders ALTER buyer_id TYPE bigint;
EXECUTE by_pk(2);
ALTER TABLE customers RENAME id TO no;
EXECUTE by_pk(2);
ALTER TABLE customers RENAME no TO id;
-- another table, another schema
ALTER TABLE orders RENAME TO purchases;
EXECUTE by_pk(2);
CREATE SCHEMA elsewhere;
ALTER TABLE purchases SET SCHEMA elsewhere;
EXECUTE by_pk(2);
ALTER SCHEMA elsewhere RENAME TO away;
EXECUTE by_pk(2);
ALTER TABLE away.purchases SET SCHEMA shop;
ALTER TABLE purchases RENAME TO orders;
DROP SCHEMA away;
-- indexes come and go
DROP INDEX orders_customer_id_idx;
EXECUTE by_pk(1);
CREATE INDEX orders_part ON orders (buyer_id) WHERE status = 'open';
CREATE INDEX orders_expr ON orders ((buyer_id + 1));
CREATE INDEX orders_hash ON orders USING hash (buyer_id);
CREATE INDEX orders_desc ON orders (buyer_id DESC, status);
EXECUTE by_pk(1);
UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'orders_desc'::regclass;
EXECUTE by_pk(1);
DROP INDEX orders_part, orders_expr, orders_hash, orders_desc;
REINDEX TABLE orders;
-- tables rewritten, emptied, filled
VACUUM FULL customers;
TRUNCATE visits;
CLUSTER customers USING customers_pkey;
EXECUTE by_pk(2);
-- inheritance and partitions: children count too
CREATE TABLE orders_more () INHERITS (orders);
INSERT INTO orders_more VALUES ('00000000-0000-0000-0000-000000000010', 2, 'more');
EXECUTE by_pk(2);
DROP TABLE orders_more;
EXECUTE by_pk(2);
-- a view for a table
ALTER TABLE profiles RENAME TO profiles_table;
CREATE VIEW profiles AS SELECT * FROM profiles_table;
EXECUTE everything;
DROP VIEW profiles;
ALTER TABLE profiles_table RENAME TO profiles;
-- primary key gone
ALTER TABLE profiles DROP CONSTRAINT profiles_pkey;
EXECUTE everything;
SELECT code, message FROM refused('SELECT assoc.find_by_pk(''Profile'', 1)');
ALTER TABLE profiles ADD PRIMARY KEY (id);

-- undone with its transaction
BEGIN;
ALTER TABLE countries ADD rolled int DEFAULT 1;
SELECT loads('Country', '{"limit": 1}');
SAVEPOINT s;
ALTER TABLE countries DROP rolled;
SELECT loads('Country', '{"limit": 1}');
ROLLBACK TO s;
SELECT loads('Country', '{"limit": 1}');
ROLLBACK;
SELECT loads('Country', '{"limit": 1}');
BEGIN;
DROP TABLE coupons;
SELECT code, message FROM refused('SELECT assoc.find_by_pk(''Customer'', 1, ''{"include": ["coupons"]}'')');
ROLLBACK;
SELECT assoc.find_by_pk('Customer', 1, '{"attributes": ["id"], "include": ["coupons"]}');
-- declarations too
BEGIN;
UPDATE assoc.associations SET alias = 'buys' WHERE source = 'customers'::regclass AND alias = 'orders';
SELECT code FROM refused('EXECUTE by_pk(2)');
SELECT assoc.find_by_pk('Customer', 2, '{"attributes": ["id"], "include": [{"association": "buys", "attributes": ["status"]}]}');
ROLLBACK;
EXECUTE by_pk(2);
-- gone for good
DROP TABLE coupons;
SELECT code, message, hint FROM refused('SELECT assoc.find_by_pk(''Customer'', 1, ''{"include": ["coupons"]}'')');
ALTER TABLE orders DROP buyer_id;
SELECT code, message, hint FROM refused('EXECUTE by_pk(2)');
DROP TABLE profiles;
SELECT code, message FROM refused('EXECUTE everything');

-- one model name in two schemas: search_path decides at each call, in prepared statements too
CREATE SCHEMA tenant1;
CREATE SCHEMA tenant2;
CREATE TABLE tenant1.users (id int PRIMARY KEY, name text);
CREATE TABLE tenant2.users (id text PRIMARY KEY, age int);
INSERT INTO tenant1.users VALUES (1, 'one');
INSERT INTO tenant2.users VALUES ('1', 2);
SELECT assoc.adopt('tenant1.users', 'User') ->> 'schema' AS schema, assoc.adopt('tenant2.users', 'User') ->> 'schema' AS schema;
PREPARE tenant AS SELECT assoc.find_by_pk('User', 1), assoc.find_all('User'), assoc.count('User', '{"where": {"id": "1"}}');
CREATE FUNCTION plain() RETURNS jsonb LANGUAGE plpgsql AS $$ BEGIN RETURN assoc.find_all('User'); END $$;
SET search_path = tenant1, shop;
EXECUTE tenant;
SELECT plain();
SET search_path = tenant2, tenant1, shop;
EXECUTE tenant;
SELECT plain();
SET search_path = shop;
SELECT * FROM refused('EXECUTE tenant');
SELECT * FROM refused('SELECT plain()');
SET search_path = tenant1, shop;
EXECUTE tenant;
-- values that name things are looked up when they are used
CREATE TABLE shop.named (id int PRIMARY KEY, rel regclass);
INSERT INTO named VALUES (1, 'tenant1.users'), (2, 'tenant2.users');
SELECT assoc.adopt('shop.named') ->> 'model' AS model;
SELECT assoc.find_all('named', '{"where": {"rel": "users"}, "attributes": ["id"]}');
SET search_path = tenant2, shop;
SELECT assoc.find_all('named', '{"where": {"rel": "users"}, "attributes": ["id"]}');
-- a name that hides the system's is not taken for it
CREATE FUNCTION tenant2.count(anyelement) RETURNS bigint LANGUAGE sql AS 'SELECT -1::bigint';
CREATE OPERATOR tenant2.= (LEFTARG = int, RIGHTARG = int, FUNCTION = int4ne);
SET search_path = tenant2, shop, pg_catalog;
SELECT assoc.count('named', '{"where": {"id": 1}}'), assoc.find_by_pk('named', 1, '{"attributes": ["id"]}'), assoc.find_all('named',
  '{"where": {"id": [1]}, "attributes": ["id"]}');
RESET search_path;
SET client_min_messages = warning;
DROP SCHEMA shop, tenant1, tenant2 CASCADE;
