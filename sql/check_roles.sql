-- assoc.check over what other roles have declared: nothing of theirs runs as the caller
CREATE ROLE regress_check_one;
CREATE ROLE regress_check_two;
CREATE SCHEMA one AUTHORIZATION regress_check_one;
CREATE SCHEMA two AUTHORIZATION regress_check_two;
SET ROLE regress_check_two;
CREATE FUNCTION two.spy(text) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
  RAISE WARNING 'runs as %', current_user;
  RETURN true;
END $$;
CREATE DOMAIN two.word AS text CHECK (two.spy(VALUE));
CREATE TYPE two.pair AS (one two.word, other two.word);
CREATE TYPE two.span AS RANGE (subtype = two.word);
CREATE TABLE two.users (id int PRIMARY KEY, word two.word, words two.word[], pair two.pair, span two.span, days date[]);
SELECT assoc.adopt('two.users', 'User', '{"scopes": {
  "word": {"where": {"word": "x"}}, "words": {"where": {"word": ["x", "y"]}},
  "list": {"where": {"words": ["x"]}}, "text": {"where": {"words": "{x}"}}, "has": {"where": {"words": {"contains": ["x"]}}},
  "pair": {"where": {"pair": {"eq": "(x,y)"}}}, "span": {"where": {"span": "[a,b]"}},
  "good": {"where": {"days": ["today"]}}, "bad": {"where": {"days": ["never"]}}, "id": {"where": {"id": "x"}}}}') -> 'model';
-- a load is the caller's own statement
SELECT assoc.find_all('two.User', '{"scope": "list"}');
RESET ROLE;
SELECT * FROM assoc.check();
SET ROLE regress_check_one;
SELECT * FROM assoc.check();
SELECT * FROM assoc.check('one');
-- an association of one role to a table of the other
RESET ROLE;
GRANT USAGE ON SCHEMA two TO regress_check_one;
GRANT SELECT, REFERENCES ON two.users TO regress_check_one;
SET ROLE regress_check_one;
CREATE TABLE one.tasks (id int PRIMARY KEY, user_id int REFERENCES two.users);
CREATE INDEX ON one.tasks (user_id);
SELECT assoc.adopt('one.tasks', 'Task') -> 'model';
SELECT assoc.belongs_to('one.Task', 'two.User', alias => 'user', options => '{"scope": {"words": ["x"]}}') -> 'changed';
RESET ROLE;
SELECT * FROM assoc.check('one');

-- rows that no declaration has written
SET ROLE regress_check_two;
CREATE TABLE two.a (id int PRIMARY KEY);
CREATE TABLE two.b (id int PRIMARY KEY);
CREATE TABLE two.c (id int PRIMARY KEY);
INSERT INTO assoc.models VALUES
  ('two.a', 'a', true, '{"id": 5, "x": {"column": "gone"}, "y": [1]}', '{"scopes": 5, "key": {"a": 1}, "updatedAt": 7}'),
  ('two.b', 'b', true, '{}', '{"scopes": {"s": 1, "t": [1], "u": {"where": 5}, "v": {"order": "x"}},
    "defaultScope": "x", "key": ["nope"]}');
INSERT INTO assoc.associations (source, alias, kind, target, source_key, foreign_key, singular, options) VALUES
  ('two.b', 'c', 'has_many', 'two.c', '{id}', '{id}', 'c', '{"scope": 5, "order": {"a": 1}, "through": [1]}');
RESET ROLE;
SELECT * FROM assoc.check('two') WHERE object !~ 'users';
-- no row fills the answer
SET ROLE regress_check_two;
CREATE TABLE two.junk (id int PRIMARY KEY);
INSERT INTO assoc.models (relation, name, attributes, options)
  SELECT 'two.junk', 'junk', jsonb_object_agg('a' || g, jsonb_build_object('column', 'gone')),
    jsonb_build_object('scopes', jsonb_object_agg('s' || g, jsonb_build_object('where', '{"id": 1}'::jsonb)))
  FROM generate_series(1, 3000) g;
RESET ROLE;
SELECT problem FROM assoc.check('two') WHERE object = 'two.junk';
ALTER TABLE two.junk RENAME id TO ident;
SELECT count(*), max(problem) FROM assoc.check('two') WHERE object = 'two.junk' AND problem ~ 'scope';
DROP TABLE two.junk;
SELECT count(*) > 0 AS "declarations" FROM assoc.declarations('two');
SELECT count(*) > 0 AS "diagram" FROM assoc.diagram(schema => 'two');
SELECT count(*) >= 0 AS "discover" FROM assoc.discover('two');

-- an accessor whose association is gone, a lost NOT NULL, a table that became a partition
SET ROLE regress_check_one;
SELECT assoc.define('one.A', '{}', '{"timestamps": false}') -> 'model', assoc.define('one.B', '{}', '{"timestamps": false}') -> 'model';
SELECT assoc.belongs_to_many('one.A', 'one.B', through => 'one.AB', inverse => 'as',
  options => '{"accessors": {"only": ["get"]}}') -> 'changed';
ALTER TABLE one.abs DROP CONSTRAINT abs_pkey;
ALTER TABLE one.abs ALTER b_id DROP NOT NULL;
SELECT * FROM assoc.check('one') WHERE problem ~ 'NOT NULL';
RESET ROLE;
DELETE FROM assoc.associations WHERE alias = 'bs';
SELECT object, problem, fix FROM assoc.check('one') WHERE problem ~ 'accessor';
SET ROLE regress_check_one;
CREATE TABLE one.parent (id int, user_id int) PARTITION BY RANGE (id);
ALTER TABLE one.parent ATTACH PARTITION one.tasks FOR VALUES FROM (0) TO (100);
SELECT object, problem, fix FROM assoc.check('one') WHERE problem ~ 'partition';
RESET ROLE;

-- what stayed behind is removed by calls that its owner can make
ALTER EVENT TRIGGER assoc_registry_follow_drop DISABLE;
SET ROLE regress_check_one;
SELECT assoc.define('one.D', '{}', '{"timestamps": false}') -> 'model', assoc.define('one.E', '{}', '{"timestamps": false}') -> 'model';
SELECT assoc.define('one.F', '{}', '{"timestamps": false}') -> 'model';
SELECT assoc.has_many('one.D', 'one.E', alias => 'es', inverse => 'd') -> 'changed';
SELECT assoc.has_many('one.D', 'one.F', alias => 'fs') -> 'changed';
SET client_min_messages = warning;
DROP TABLE one.es, one.fs CASCADE;
RESET client_min_messages;
RESET ROLE;
ALTER EVENT TRIGGER assoc_registry_follow_drop ENABLE ALWAYS;
SET ROLE regress_check_one;
SELECT regexp_replace(object, '\d{4,}', 'OID'), problem, fix FROM assoc.check() WHERE problem ~ 'gone';
SELECT assoc.drop_association('one.D', 'es');
SELECT assoc.sync('assoc');
SELECT regexp_replace(object, '\d{4,}', 'OID'), problem, fix FROM assoc.check() WHERE problem ~ 'gone';
SELECT * FROM assoc.sync('one');
SELECT count(*) FROM assoc.check() WHERE problem ~ 'gone';
RESET ROLE;

SET client_min_messages = warning;
DROP SCHEMA one, two CASCADE;
DROP ROLE regress_check_one, regress_check_two;
