-- Row-level security: policies on the root, on link rows and on targets, for each role.
\getenv top PG_ABS_SRCDIR
\set shop :top '/test/data/shop.sql'
\set ECHO none
\i :shop
\set ECHO all
CREATE ROLE regress_shop_de;
CREATE ROLE regress_shop_all BYPASSRLS;
CREATE ROLE regress_shop_owner;
GRANT USAGE ON SCHEMA shop TO regress_shop_de, regress_shop_all, regress_shop_owner;
GRANT SELECT ON ALL TABLES IN SCHEMA shop TO regress_shop_de, regress_shop_all, regress_shop_owner;
CREATE FUNCTION checked(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  results text[];
  result text;
BEGIN
  FOR i IN 1..2 LOOP
    PERFORM set_config('pg_associations.probe', CASE i WHEN 1 THEN 'on' ELSE 'off' END, false);
    BEGIN
      EXECUTE query INTO result;
    EXCEPTION WHEN OTHERS THEN
      result := SQLSTATE || ' ' || SQLERRM;
    END;
    results[i] := result;
  END LOOP;
  PERFORM set_config('pg_associations.probe', 'on', false);
  RETURN CASE WHEN results[1] IS DISTINCT FROM results[2] THEN 'BY PROBE: ' || results[1] || ' BY BATCH: ' || results[2] ELSE results[1]
    END;
END $$;
\set see 'SELECT checked($$SELECT assoc.find_all(\'Customer\', \'{"attributes": ["id"], "include": [{"association": "stores", "attributes": ["city"], "through": {"attributes": ["id"]}}, {"association": "orders", "attributes": ["status"]}]}\')$$) AS rows, checked($$SELECT assoc.find_by_pk(\'Customer\', 2, \'{"attributes": ["id"]}\')$$) AS bob, checked($$SELECT assoc.count(\'Customer\', NULL)$$) AS n, checked($$SELECT assoc.count_of(\'Customer\', 1, \'stores\')$$) AS stores;'
-- before there is any
SET ROLE regress_shop_de;
:see
RESET ROLE;
-- of the root
ALTER TABLE customers ENABLE ROW LEVEL SECURITY;
SET ROLE regress_shop_de;
:see
RESET ROLE;
CREATE POLICY germans ON customers FOR SELECT TO regress_shop_de USING (country_code = 'de');
SET ROLE regress_shop_de;
:see
SET ROLE regress_shop_all;
:see
-- of link rows and targets
RESET ROLE;
ALTER TABLE visits ENABLE ROW LEVEL SECURITY;
CREATE POLICY first ON visits FOR SELECT USING (id <> 2);
ALTER TABLE orders ENABLE ROW LEVEL SECURITY;
CREATE POLICY mine ON orders FOR SELECT USING (status::text = current_setting('shop.status', true));
SET shop.status = 'open';
SET ROLE regress_shop_de;
:see
SET shop.status = 'sent';
:see
SELECT checked($$SELECT assoc.find_all('Customer', '{"attributes": ["id", {"count": "orders", "as": "n"}],
  "where": {"orders": {"some": {}}}, "include": [{"association": "orders", "required": true, "attributes": ["status"]}]}')$$);
-- the same roles again, as one session of a pool has them
SET ROLE regress_shop_all;
:see
SET ROLE regress_shop_de;
:see
-- row_security off is an error, not a way around
SET row_security = off;
:see
SET ROLE regress_shop_all;
:see
RESET row_security;
-- the owner is exempt, unless forced
RESET ROLE;
ALTER TABLE customers OWNER TO regress_shop_owner;
SET ROLE regress_shop_owner;
SELECT checked($$SELECT assoc.count('Customer', NULL)$$) AS n, checked($$SELECT assoc.find_by_pk('Customer', 2,
  '{"attributes": ["id"]}')$$) AS bob;
RESET ROLE;
ALTER TABLE customers FORCE ROW LEVEL SECURITY;
SET ROLE regress_shop_owner;
SELECT checked($$SELECT assoc.count('Customer', NULL)$$) AS n, checked($$SELECT assoc.find_by_pk('Customer', 2,
  '{"attributes": ["id"]}')$$) AS bob;
RESET ROLE;
-- policies changed, dropped, switched off between loads
ALTER POLICY germans ON customers USING (country_code = 'fr');
SET ROLE regress_shop_de;
:see
RESET ROLE;
DROP POLICY germans ON customers;
SET ROLE regress_shop_de;
:see
RESET ROLE;
ALTER TABLE customers DISABLE ROW LEVEL SECURITY;
SET ROLE regress_shop_de;
:see
-- policies hold under views and functions as in plain SQL
RESET ROLE;
ALTER TABLE visits DISABLE ROW LEVEL SECURITY;
CREATE FUNCTION as_owner() RETURNS text LANGUAGE plpgsql SECURITY DEFINER SET search_path = shop AS $$ BEGIN RETURN
  checked('SELECT assoc.count(''Order'', NULL)'); END $$;
SET ROLE regress_shop_de;
SELECT as_owner() AS of_definer, checked('SELECT assoc.count(''Order'', NULL)') AS of_caller, as_owner() AS of_definer;
RESET ROLE;
SET client_min_messages = warning;
DROP SCHEMA shop CASCADE;
DROP ROLE regress_shop_de, regress_shop_all, regress_shop_owner;
