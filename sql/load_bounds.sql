-- what a document may cost, and what a session keeps
CREATE SCHEMA app;
SET search_path = app;
SELECT assoc.define('User', '{"name": "text"}', '{"timestamps": false}') -> 'created' AS created;
INSERT INTO users (name) SELECT 'u' || g FROM generate_series(1, 20) g;

CREATE FUNCTION conditions(n int) RETURNS jsonb LANGUAGE sql RETURN
	jsonb_build_object('where', jsonb_build_object('or',
		(SELECT jsonb_agg(jsonb_build_object('id', g)) FROM generate_series(1, n) g)));

-- many conditions: memory and time grow with their number, not with its square
SELECT jsonb_array_length(assoc.find_all('User', conditions(20000)));

-- a limit on conditions
SET pg_associations.max_document_values = 100;
SELECT jsonb_array_length(assoc.find_all('User', conditions(50)));
SELECT assoc.find_all('User', conditions(200));
SELECT assoc.find_all('User', jsonb_build_object('where', jsonb_build_object('id', jsonb_build_object('or',
	(SELECT jsonb_agg(g) FROM generate_series(1, 200) g)))));
SELECT assoc.update('User', '{"name": "x"}', conditions(200));
-- each document by itself
SELECT count(assoc.find_all('User', jsonb_set(conditions(60), '{limit}', to_jsonb(g)))) FROM generate_series(1, 5) g;
-- a list is one condition
SELECT jsonb_array_length(assoc.find_all('User', jsonb_build_object('where', jsonb_build_object('id',
	jsonb_build_object('in', (SELECT jsonb_agg(g) FROM generate_series(1, 300000) g))))));
-- 0: no limit
SET pg_associations.max_document_values = 0;
SELECT jsonb_array_length(assoc.find_all('User', conditions(200)));
RESET pg_associations.max_document_values;

-- plans are kept by their memory, not only by their number; what is large is not kept
CREATE VIEW kept AS
	SELECT count(*) FILTER (WHERE name = 'pg_associations load plan') AS plans,
		count(*) FILTER (WHERE name = 'pg_associations model') AS models,
		coalesce(sum(total_bytes) FILTER (WHERE name LIKE 'pg_assoc%'), 0) < 20 * 1024 * 1024 AS under_limit
	FROM pg_backend_memory_contexts;
CREATE PROCEDURE many_lists(lists int, length int) LANGUAGE plpgsql AS $$
BEGIN
	FOR i IN 1..lists LOOP
		PERFORM assoc.find_all('User', jsonb_build_object('where', jsonb_build_object('id', jsonb_build_object('in',
			(SELECT jsonb_agg(g + i) FROM generate_series(1, length) g)))));
	END LOOP;
END $$;
CREATE PROCEDURE many_forms(forms int) LANGUAGE plpgsql AS $$
BEGIN
	FOR i IN 1..forms LOOP
		PERFORM assoc.find_all('User', jsonb_build_object('where', jsonb_build_object('and',
			(SELECT jsonb_agg('{"id": 1}'::jsonb) FROM generate_series(1, i)))));
	END LOOP;
END $$;
CALL many_lists(20, 20000);
SELECT plans < 10 AS few, under_limit FROM kept;
CALL many_lists(100, 2000);
SELECT plans BETWEEN 5 AND 60 AS some, under_limit FROM kept;
SET pg_associations.plan_cache_memory = 0;
SELECT assoc.find_by_pk('User', 1);
SELECT plans FROM kept;
RESET pg_associations.plan_cache_memory;

-- DISCARD PLANS frees them; so does DISCARD ALL
CALL many_forms(50);
SELECT plans >= 50 AS many FROM kept;
DISCARD PLANS;
SELECT assoc.find_by_pk('User', 1);
SELECT plans, models FROM kept;
CALL many_forms(50);
DISCARD ALL;
SET search_path = app;
SELECT assoc.find_by_pk('User', 1);
SELECT plans, models FROM kept;

-- rights of a role that change are seen by the next call
CREATE ROLE regress_assoc_bypass BYPASSRLS;
CREATE TABLE papers (id int PRIMARY KEY, owner text);
INSERT INTO papers VALUES (1, 'regress_assoc_bypass'), (2, 'other');
GRANT USAGE ON SCHEMA app TO regress_assoc_bypass;
GRANT SELECT, UPDATE ON papers TO regress_assoc_bypass;
ALTER TABLE papers ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON papers USING (owner = current_user);
SELECT assoc.adopt('papers', 'Paper') -> 'model' AS model;
CREATE FUNCTION seen() RETURNS TABLE (by_key jsonb, everything int, batch int, updated jsonb) LANGUAGE sql
	BEGIN ATOMIC
		SELECT assoc.find_by_pk('Paper', 2), jsonb_array_length(assoc.find_all('Paper')),
			jsonb_array_length(assoc.find_all('Paper', '{"where": {"id": {"gt": 0}}}')),
			to_jsonb(assoc.update('Paper', '{"owner": "other"}', '{"where": {"id": 2}}'));
	END;
SET ROLE regress_assoc_bypass;
SELECT * FROM seen();
SELECT * FROM seen();
RESET ROLE;
ALTER ROLE regress_assoc_bypass NOBYPASSRLS;
SET ROLE regress_assoc_bypass;
SELECT * FROM seen();
RESET ROLE;
ALTER ROLE regress_assoc_bypass SUPERUSER;
SET ROLE regress_assoc_bypass;
SELECT * FROM seen();
RESET ROLE;
ALTER ROLE regress_assoc_bypass NOSUPERUSER;
SET ROLE regress_assoc_bypass;
SELECT * FROM seen();
RESET ROLE;
DROP TABLE papers CASCADE;
DROP OWNED BY regress_assoc_bypass;
DROP ROLE regress_assoc_bypass;
-- a list that no document can hold is told of before what is below it is read; one after the other they fit
CREATE TABLE body AS SELECT repeat('x', 1000000) AS body;
CREATE VIEW heavy AS SELECT id, body FROM body, generate_series(1, 270) id;
CREATE VIEW below AS SELECT id, id AS heavy_id, 1 / (id - id) AS nothing FROM generate_series(1, 270) id;
SELECT assoc.adopt('heavy', options => '{"key": ["id"]}') ->> 'model', assoc.adopt('below', options => '{"key": ["id"]}') ->> 'model';
SELECT assoc.has_many('heavy', 'below', foreign_key => 'heavy_id', alias => 'below',
  options => '{"constraints": false, "accessors": false}') ->> 'kind';
SELECT assoc.find_all('heavy', '{"include": ["below"]}');
SELECT count(*) FROM assoc.find('heavy');
-- all ways through a few tables that point at each other are more than can be loaded
CREATE TABLE t1 (id int PRIMARY KEY, t1_id int, t2_id int, t3_id int, t4_id int, t5_id int, t6_id int);
CREATE TABLE t2 (LIKE t1 INCLUDING ALL);
CREATE TABLE t3 (LIKE t1 INCLUDING ALL);
CREATE TABLE t4 (LIKE t1 INCLUDING ALL);
CREATE TABLE t5 (LIKE t1 INCLUDING ALL);
CREATE TABLE t6 (LIKE t1 INCLUDING ALL);
SET client_min_messages = error;
SELECT count(assoc.belongs_to('t' || i, 't' || j, foreign_key => format('t%s_id', j), alias => 'to' || j,
  inverse => format('from%s_%s', i, j),
  options => '{"constraints": false, "accessors": false, "inverse": {"accessors": false}}'))
  FROM generate_series(1, 6) i, generate_series(1, 6) j WHERE i <> j;
RESET client_min_messages;
INSERT INTO t1 VALUES (1);
SELECT assoc.find_all('t1', '{"include": {"all": true, "nested": true}}');
SELECT length(assoc.find_all('t1', '{"include": {"all": true}}')::text);
-- nor do many values of rows that a row leads to take more than their number
SET statement_timeout = '10s';
CREATE TEMP TABLE ways AS SELECT format('to%s.to%s.to%s.to%s.id', a, b, c, d) AS way
  FROM generate_series(2, 6) a, generate_series(1, 6) b, generate_series(1, 6) c, generate_series(1, 6) d
  WHERE a <> b AND b <> c AND c <> d LIMIT 600;
SELECT assoc.count('t1', jsonb_build_object('where', jsonb_build_object('and',
  (SELECT jsonb_agg(jsonb_build_object(format('$%s$', way), NULL)) FROM ways))));
SELECT assoc.count('t1', jsonb_build_object('where', jsonb_build_object('and',
  (SELECT jsonb_agg(jsonb_build_object(format('$%s$', way), n)) FROM ways, generate_series(1, 10) n))));
RESET statement_timeout;
-- conditions on associated rows, many beside each other and many below each other, cost time and memory by their number
SELECT assoc.define('Node', '{"name": "text"}', '{"timestamps": false}') -> 'created' AS created;
SELECT assoc.has_many('Node', 'Node', foreign_key => 'parent_id', alias => 'kids', inverse => 'parent',
  options => '{"accessors": false}') ->> 'kind' AS kind;
SELECT assoc.belongs_to_many('Node', 'Node', through => 'Edge', foreign_key => 'a', other_key => 'b', alias => 'next', inverse => 'before',
  options => '{"accessors": false}') ->> 'kind' AS kind;
INSERT INTO nodes (name, parent_id) VALUES ('x', NULL), ('y', 1), ('x1', 2);
INSERT INTO edges VALUES (1, 2), (2, 3), (3, 1);
CREATE FUNCTION below(depth int, predicate text) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
  w jsonb := '{"id": 1}';
BEGIN
  FOR i IN 1 .. depth LOOP
    w := jsonb_build_object('or', jsonb_build_array(jsonb_build_object('next', jsonb_build_object(predicate, w)), '{"id": 2}'::jsonb));
  END LOOP;
  RETURN w;
END $$;
SET statement_timeout = '15s';
SELECT predicate, assoc.find_all('Node', jsonb_build_object('attributes', '["id"]'::jsonb, 'where', below(18, predicate)))
  FROM unnest(ARRAY['some', 'none', 'every']) predicate;
SELECT d, assoc.find_all('Node', jsonb_build_object('attributes', '["id"]'::jsonb, 'where', jsonb_build_object('and',
    (SELECT jsonb_agg(replace(d, '#', n::text)::jsonb) FROM generate_series(3, 400) n))))
  FROM unnest(ARRAY['{"next": {"none": {"name": "y#"}}}', '{"kids": {"every": {"name": {"ne": "x#"}}}}',
    '{"next": {"count": {"where": {"name": {"ne": "x#"}}, "gte": 1}}}', '{"next": {"some": {"name": {"ne": "x#"}}}}']) d;
RESET statement_timeout;
-- and they have a limit
SELECT assoc.find_all('Node', jsonb_build_object('where', jsonb_build_object('and',
  (SELECT jsonb_agg('{"next": {"some": {"name": "x"}}}'::jsonb) FROM generate_series(1, 5000)))));
SELECT assoc.find_all('Node', jsonb_build_object('order',
  (SELECT jsonb_agg('{"by": {"count": "next"}}'::jsonb) FROM generate_series(1, 5001))));
DROP SCHEMA app CASCADE;
