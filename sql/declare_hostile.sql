-- A role fills a schema with everything that can run. Who only looks at it, or declares it, runs nothing of that.
CREATE ROLE regress_hostile;
CREATE SCHEMA hostile AUTHORIZATION regress_hostile;
\pset tuples_only on
\pset format unaligned
SET ROLE regress_hostile;
SET search_path = hostile;
CREATE FUNCTION spy(anyelement) RETURNS boolean LANGUAGE plpgsql IMMUTABLE COST 1 AS $$
BEGIN
  IF current_user <> 'regress_hostile' THEN
    RAISE WARNING 'runs as somebody else: spy(%)', $1;
  END IF;
  RETURN true;
END $$;
CREATE FUNCTION same(anyelement) RETURNS anyelement LANGUAGE plpgsql IMMUTABLE COST 1 AS $$
BEGIN
  PERFORM hostile.spy($1);
  RETURN $1;
END $$;
CREATE FUNCTION seven() RETURNS int LANGUAGE plpgsql IMMUTABLE COST 1 AS $$ BEGIN PERFORM hostile.spy(7); RETURN 7; END $$;
CREATE FUNCTION fires() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM hostile.spy(tg_op); RETURN NULL; END $$;
CREATE DOMAIN word AS text DEFAULT same('d'::text) CHECK (spy(VALUE));
CREATE TYPE pair AS (one word, two word);
CREATE TYPE span AS RANGE (subtype = word);
CREATE TABLE users (id int PRIMARY KEY DEFAULT seven(), word word, words word[], pair pair, span span, n int DEFAULT seven(),
  twice int GENERATED ALWAYS AS (same(1)) STORED, CHECK (spy(n)));
CREATE INDEX ON users (same(n));
CREATE UNIQUE INDEX ON users (id, n) WHERE spy(n);
CREATE INDEX ON users (word) WHERE seven() = 7;
CREATE STATISTICS both_ways ON (same(n)), (spy(id)) FROM users;
CREATE POLICY po ON users USING (spy(id) AND seven() = n) WITH CHECK (spy(id));
ALTER TABLE users ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE TRIGGER fires AFTER INSERT OR UPDATE OR DELETE ON users FOR EACH ROW EXECUTE FUNCTION fires();
CREATE TRIGGER empties BEFORE TRUNCATE ON users EXECUTE FUNCTION fires();
CREATE TABLE tasks (id int PRIMARY KEY, user_id int DEFAULT seven() REFERENCES users, note word);
CREATE INDEX ON tasks (user_id);
CREATE TABLE parts (id int, user_id int) PARTITION BY RANGE (same(id));
CREATE TABLE watches (user_id int REFERENCES users, task_id int REFERENCES tasks, note word, PRIMARY KEY (user_id, task_id));
CREATE VIEW seen AS SELECT id, same(n) AS n, seven() AS s FROM users WHERE spy(id) AND seven() = 7;
SELECT assoc.adopt('users', 'User', '{"scopes": {"list": {"where": {"words": ["x"]}}, "pair": {"where": {"pair": {"eq": "(x,y)"}}},
  "span": {"where": {"span": "[a,b]"}}}, "defaultScope": {"where": {"words": {"contains": ["y"]}}}}') ->> 'model';
SELECT assoc.adopt('seen', 'Seen', '{"key": ["id"], "defaultScope": {"where": {"n": 7}}}') ->> 'model';
SELECT assoc.has_many('User', 'tasks', foreign_key => 'user_id', inverse => 'user', options => '{"scope": {"note": "x"}}') ->> 'alias';
SELECT assoc.belongs_to_many('User', 'tasks', through => 'watches', alias => 'watched',
  options => '{"through": {"scope": {"note": "x"}}}') ->> 'alias';
SELECT assoc.define('Made', '{"n": {"type": "int", "default": {"sql": "hostile.seven()"}}, "word": "hostile.word"}') ->> 'model';
INSERT INTO users (id, word, words) VALUES (7, 'w', '{x}');
ANALYZE users;
RESET ROLE;
RESET search_path;

-- to look
SELECT status, statement FROM assoc.discover('hostile');
SELECT count(*) > 0 FROM assoc.discover('public') WHERE statement ~ 'hostile';
SELECT count(*) FROM assoc.declarations('hostile');
SELECT count(*) FROM assoc.diagram('mermaid', 'hostile') m, assoc.diagram('dot', 'hostile') d;
SELECT count(*) FROM assoc.check('hostile') WHERE severity = 'error';
SELECT assoc.sync('hostile', force => true, alter => true, dry_run => true);
SET pg_associations.probe = on;
SELECT assoc.explain('hostile.User');
SELECT assoc.explain('hostile.User', '{"scope": ["list", "pair", "span"], "include": ["tasks", "watched"]}');
SELECT assoc.explain('hostile.User', '{"scope": false, "where": {"words": {"param": "w"}, "pair": {"eq": "(a,b)"}}}',
  params => '{"w": ["z"]}');
SELECT assoc.explain('hostile.User', pk => '7');
SELECT assoc.explain('hostile.Seen');
RESET pg_associations.probe;

-- to declare, and to take back
BEGIN;
SELECT assoc.drop_association('hostile.User', 'watched') -> 'associations', assoc.drop_association('hostile.User',
  'tasks') -> 'associations';
SELECT assoc.forget('hostile.User');
SELECT status, statement FROM assoc.discover('hostile', apply => true) WHERE status <> 'exists';
SELECT assoc.adopt('hostile.users', 'Another', '{"defaultScope": {"where": {"words": ["x"]}}}', replace => true) ->> 'model';
SELECT assoc.belongs_to('hostile.tasks', 'hostile.Another', foreign_key => 'user_id', alias => 'user', replace => true) ->> 'alias';
ROLLBACK;
SELECT assoc.sync('hostile', force => true, alter => true);

-- a load, and what PostgreSQL itself does to explain
SET ROLE regress_hostile;
SELECT assoc.find_all('hostile.User', '{"scope": ["list"], "attributes": ["id"]}');
SELECT assoc.explain('hostile.User', '{"scope": "list", "attributes": ["id"]}', run => true) IS NOT NULL LIMIT 1;
RESET ROLE;
SET client_min_messages = error;
DROP SCHEMA hostile CASCADE;
DROP ROLE regress_hostile;
