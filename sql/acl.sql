-- Privileges: a load may read what the caller could read by SELECT, and says what SELECT says.
\getenv top PG_ABS_SRCDIR
\set shop :top '/test/data/shop.sql'
\set ECHO none
\i :shop
\set ECHO all
CREATE ROLE regress_shop_clerk;
CREATE ROLE regress_shop_boss;
CREATE ROLE regress_shop_team;
-- what a query gives, or SQLSTATE, message and hint; the same with probes and without, or it says so
CREATE SCHEMA tools;
GRANT USAGE ON SCHEMA tools TO PUBLIC;
CREATE FUNCTION tools.result(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  result text;
  hint text;
BEGIN
  EXECUTE query INTO result;
  RETURN result;
EXCEPTION WHEN OTHERS THEN
  GET STACKED DIAGNOSTICS hint = PG_EXCEPTION_HINT;
  RETURN SQLSTATE || ' ' || SQLERRM || CASE WHEN hint <> '' THEN ' (' || hint || ')' ELSE '' END;
END $$;
CREATE FUNCTION tools.try(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  probed text;
  batched text;
BEGIN
  PERFORM set_config('pg_associations.probe', 'on', false);
  probed := tools.result(query);
  PERFORM set_config('pg_associations.probe', 'off', false);
  batched := tools.result(query);
  PERFORM set_config('pg_associations.probe', 'on', false);
  RETURN CASE WHEN probed IS DISTINCT FROM batched THEN 'BY PROBE: ' || probed || ' BY BATCH: ' || batched ELSE probed END;
END $$;
\set customer 'SELECT tools.try($$SELECT assoc.find_by_pk(''shop.Customer'', 1, ''{"attributes": ["id", "name"], "include": [{"association": "orders", "attributes": ["status"]}]}'')$$);'
\set product 'SELECT tools.try($$SELECT assoc.find_by_pk(''shop.Product'', 1, ''{"attributes": ["id", "title"]}'')$$);'
\set lines 'SELECT tools.try($$SELECT assoc.get(''shop.Order'', ''00000000-0000-0000-0000-00000000000a'', ''products'', ''{"attributes": ["title"]}'')$$);'

-- nothing
SET ROLE regress_shop_clerk;
:customer
-- the schema alone, a table alone
RESET ROLE;
GRANT USAGE ON SCHEMA shop TO regress_shop_clerk;
SET ROLE regress_shop_clerk;
:customer
RESET ROLE;
GRANT SELECT ON customers TO regress_shop_clerk;
SET ROLE regress_shop_clerk;
:customer
SELECT tools.try($$SELECT assoc.find_by_pk('Customer', 1, '{"attributes": ["name"]}')$$);
RESET ROLE;
GRANT SELECT ON orders TO regress_shop_clerk;
SET ROLE regress_shop_clerk;
:customer
-- taken away between two loads
RESET ROLE;
REVOKE USAGE ON SCHEMA shop FROM regress_shop_clerk;
SET ROLE regress_shop_clerk;
:customer
SELECT tools.result('SELECT name FROM shop.customers') AS sql;
RESET ROLE;
GRANT USAGE ON SCHEMA shop TO regress_shop_clerk;
REVOKE SELECT ON orders FROM regress_shop_clerk;
SET ROLE regress_shop_clerk;
:customer
-- by membership, given and taken
RESET ROLE;
GRANT SELECT ON orders TO regress_shop_team;
GRANT regress_shop_team TO regress_shop_clerk;
SET ROLE regress_shop_clerk;
:customer
RESET ROLE;
REVOKE regress_shop_team FROM regress_shop_clerk;
SET ROLE regress_shop_clerk;
:customer
-- a table that a statement leaves out, since the role may read its key: so long as it may
RESET ROLE;
GRANT SELECT ON visits TO regress_shop_clerk;
GRANT SELECT (city) ON stores TO regress_shop_clerk;
GRANT SELECT (tenant, no) ON stores TO regress_shop_team;
\set of_one 'SELECT tools.try($$SELECT assoc.count_of(''shop.Customer'', 1, ''stores'')$$);'
\set some 'SELECT tools.try($$SELECT assoc.count(''shop.Customer'', ''{"where": {"stores": {"some": {}}}}'')$$);'
GRANT regress_shop_team TO regress_shop_clerk;
SET ROLE regress_shop_clerk;
:of_one
:some
RESET ROLE;
REVOKE regress_shop_team FROM regress_shop_clerk;
SET ROLE regress_shop_clerk;
:of_one
:some
RESET ROLE;
ALTER ROLE regress_shop_clerk SUPERUSER;
SET ROLE regress_shop_clerk;
:of_one
:some
RESET ROLE;
ALTER ROLE regress_shop_clerk NOSUPERUSER;
SET ROLE regress_shop_clerk;
:of_one
:some

-- columns: those shown, those of keys, those of conditions, of order, of soft deletion
RESET ROLE;
REVOKE SELECT ON customers FROM regress_shop_clerk;
GRANT SELECT (id, name) ON customers TO regress_shop_clerk;
GRANT SELECT (id, customer_id, status) ON orders TO regress_shop_clerk;
SET ROLE regress_shop_clerk;
:customer
SELECT tools.try($$SELECT assoc.find_by_pk('Customer', 1)$$);
SELECT tools.result('SELECT * FROM customers') AS sql;
SELECT tools.try($$SELECT assoc.find_all('Customer', '{"attributes": {"exclude": ["email", "born", "vip", "tags", "settings", "joined",
  "country_code", "referrer_id"]}}')$$);
SELECT tools.try($$SELECT assoc.find_all('Customer', '{"attributes": ["id"], "where": {"vip": true}}')$$);
SELECT tools.try($$SELECT assoc.find_all('Customer', '{"attributes": ["id"], "order": ["born"]}')$$);
SELECT tools.try($$SELECT assoc.find_all('Customer', '{"attributes": ["id"], "where": {"orders": {"some": {"placed": null}}}}')$$);
SELECT tools.try($$SELECT assoc.find_all('Customer', '{"attributes": ["id", {"max": ["orders", "placed"], "as": "x"}]}')$$);
SELECT tools.try($$SELECT assoc.find_all('Customer', '{"attributes": ["id"], "include": [{"association": "referred",
  "attributes": ["id"]}]}')$$);
SELECT tools.try($$SELECT assoc.count('Customer', '{"where": {"vip": true}}')$$), tools.try($$SELECT assoc.count('Customer', NULL)$$);
RESET ROLE;
GRANT SELECT (id, title) ON products TO regress_shop_clerk;
SET ROLE regress_shop_clerk;
:product
SELECT tools.try($$SELECT assoc.find_by_pk('Product', 1, '{"attributes": ["id", "title"], "paranoid": false}')$$);
RESET ROLE;
GRANT SELECT (deleted_at) ON products TO regress_shop_clerk;
SET ROLE regress_shop_clerk;
:product
-- the link row's columns are read by default
:lines
RESET ROLE;
GRANT SELECT (order_id, product_id, quantity) ON order_lines TO regress_shop_clerk;
SET ROLE regress_shop_clerk;
:lines
SELECT tools.try($$SELECT assoc.get('Order', '00000000-0000-0000-0000-00000000000a', 'products', '{"attributes": []}')$$);
SELECT tools.try($$SELECT assoc.find_by_pk('Order', '00000000-0000-0000-0000-00000000000a',
  '{"attributes": ["status"], "include": [{"association": "products", "attributes": ["title"], "through": {"attributes": ["quantity"],
  "paranoid": false}}]}')$$);
SELECT tools.try($$SELECT assoc.find_by_pk('Order', '00000000-0000-0000-0000-00000000000a',
  '{"attributes": ["status"], "include": [{"association": "products", "attributes": ["title"],
  "through": {"attributes": ["quantity"]}}]}')$$);

-- one session, two roles, the same calls
RESET ROLE;
GRANT USAGE ON SCHEMA shop TO regress_shop_boss;
GRANT SELECT ON ALL TABLES IN SCHEMA shop TO regress_shop_boss;
SET ROLE regress_shop_boss;
:customer
:lines
SELECT assoc.find_by_pk('Customer', 1) ->> 'email' AS email;
SET ROLE regress_shop_clerk;
:customer
:lines
SELECT tools.try($$SELECT assoc.find_by_pk('Customer', 1) ->> 'email'$$);
SET ROLE regress_shop_boss;
SELECT assoc.find_by_pk('Customer', 1) ->> 'email' AS email;

-- with row_security off a query that policies would change fails, whatever it shows
RESET ROLE;
ALTER TABLE products ENABLE ROW LEVEL SECURITY;
SET row_security = off;
SET ROLE regress_shop_boss;
SELECT tools.try($$SELECT assoc.find_by_pk('Product', 1)$$), tools.result('SELECT * FROM products') AS sql;
RESET ROLE;
RESET row_security;
-- functions that policies call: the right to them is given and taken in a transaction, and that taken back
CREATE FUNCTION tools.seen(bigint) RETURNS boolean LANGUAGE plpgsql STABLE AS 'BEGIN RETURN $1 > 0; END';
REVOKE EXECUTE ON FUNCTION tools.seen FROM PUBLIC;
CREATE POLICY seen ON products USING (tools.seen(id));
SET ROLE regress_shop_boss;
:product
BEGIN;
RESET ROLE;
GRANT EXECUTE ON FUNCTION tools.seen TO regress_shop_boss;
SET ROLE regress_shop_boss;
:product
RESET ROLE;
REVOKE EXECUTE ON FUNCTION tools.seen FROM regress_shop_boss;
SET ROLE regress_shop_boss;
:product
RESET ROLE;
GRANT EXECUTE ON FUNCTION tools.seen TO regress_shop_boss;
SET ROLE regress_shop_boss;
:product
ROLLBACK;
:product
RESET ROLE;
DROP POLICY seen ON products;
ALTER TABLE products DISABLE ROW LEVEL SECURITY;
-- what the owner of the database may, who is another one in a transaction
REVOKE SELECT ON products FROM regress_shop_boss;
GRANT SELECT ON products TO pg_database_owner;
SET ROLE regress_shop_boss;
:product
BEGIN;
RESET ROLE;
DO $$ BEGIN EXECUTE format('ALTER DATABASE %I OWNER TO regress_shop_boss', current_database()); END $$;
SET ROLE regress_shop_boss;
:product
ROLLBACK;
:product
RESET ROLE;
REVOKE SELECT ON products FROM pg_database_owner;
GRANT SELECT ON products TO regress_shop_boss;

-- views have their owner's rights, or with security_invoker the caller's
RESET ROLE;
CREATE VIEW names AS SELECT id, name, email FROM customers;
CREATE VIEW own_names WITH (security_invoker) AS SELECT id, name, email FROM customers;
GRANT SELECT ON names, own_names TO regress_shop_clerk;
SELECT assoc.adopt('names', options => '{"key": ["id"]}') ->> 'model' AS model, assoc.adopt('own_names',
  options => '{"key": ["id"]}') ->> 'model' AS model;
SET ROLE regress_shop_clerk;
SELECT tools.try($$SELECT assoc.find_by_pk('names', 1)$$), tools.try($$SELECT assoc.find_by_pk('own_names', 1,
  '{"attributes": ["name"]}')$$), tools.try($$SELECT assoc.find_by_pk('own_names', 1, '{"attributes": ["email"]}')$$);
SELECT tools.result('SELECT name FROM names WHERE id = 1'), tools.result('SELECT name FROM own_names WHERE id = 1');
RESET ROLE;
GRANT SELECT (email) ON customers TO regress_shop_clerk;
SET ROLE regress_shop_clerk;
SELECT tools.try($$SELECT assoc.find_by_pk('own_names', 1)$$);
RESET ROLE;
REVOKE SELECT (email) ON customers FROM regress_shop_clerk;
-- functions may lend their owner's
RESET ROLE;
CREATE FUNCTION lent(id bigint) RETURNS jsonb LANGUAGE sql SECURITY DEFINER SET search_path = shop RETURN assoc.find_by_pk('Customer', id,
  '{"attributes": ["email"]}');
SET ROLE regress_shop_clerk;
SELECT lent(1), tools.try($$SELECT assoc.find_by_pk('Customer', 1, '{"attributes": ["email"]}')$$);

-- a cursor that goes on as another role
RESET ROLE;
BEGIN;
DECLARE c CURSOR FOR SELECT assoc.find('shop.Customer', '{"attributes": ["email"]}');
FETCH 1 FROM c;
SET ROLE regress_shop_clerk;
FETCH 1 FROM c;
RESET ROLE;
COMMIT;
SET client_min_messages = warning;
DROP SCHEMA shop, tools CASCADE;
DROP ROLE regress_shop_clerk, regress_shop_boss, regress_shop_team;
