-- find_or_create: what is looked for, and what a new row gets.
CREATE SCHEMA finding;
SET search_path = finding;
SELECT assoc.define('Tag', '{"name": {"type": "text", "unique": true, "validate": {"notEmpty": true}}, "color": "text",
  "old": {"type": "boolean", "default": false}}', '{"timestamps": false, "paranoid": true, "defaultScope": {"where": {"old": false}}}') ->>
  'model' AS model;
SELECT assoc.define('Post', '{"title": "text"}', '{"timestamps": false}') ->> 'model' AS model;
SELECT assoc.belongs_to_many('Tag', 'Post', through => 'post_tags', alias => 'posts', inverse => 'tags') ->> 'alias' AS alias;
SELECT assoc.find_or_create('Tag', '{"name": "a"}', '{"defaults": {"color": "red"}, "attributes": ["id", "name", "color"]}');
SELECT assoc.find_or_create('Tag', '{"name": "a"}', '{"defaults": {"color": "blue"}, "attributes": ["id", "name", "color"]}');
SELECT assoc.find_or_create('Tag', NULL, '{"where": {"name": "b"}, "defaults": {"color": "blue"}, "attributes": ["name", "color"]}');
SELECT assoc.find_or_create('Tag', '{"name": "c", "color": "green"}', '{"where": {"name": {"startsWith": "a"}}, "attributes": ["name",
  "color"]}');
SELECT assoc.find_or_create('Tag', '{"name": "c", "color": "green"}', '{"where": {"name": {"startsWith": "c"}}, "attributes": ["name",
  "color"]}');
-- data wins over defaults; rows nested in them are created with a new row only
SELECT assoc.find_or_create('Tag', '{"name": "d"}', '{"defaults": {"name": "not this", "posts": [{"title": "p1"}, {"title": "p2"}]},
  "attributes": ["name"]}');
SELECT assoc.find_or_create('Tag', '{"name": "d"}', '{"defaults": {"posts": [{"title": "p3"}]}, "attributes": ["name"],
  "include": [{"association": "posts", "attributes": ["title"], "through": {"attributes": []}}]}');
SELECT count(*) AS posts FROM posts;
-- of several the first by key; rows out of the default scope or soft-deleted are not there
SELECT assoc.find_or_create('Tag', NULL, '{"where": {"name": {"in": ["c", "b"]}}, "attributes": ["name"]}');
SELECT assoc.create('Tag', '{"name": "old", "old": true, "color": "grey"}') IS NOT NULL AS created;
SELECT assoc.find_or_create('Tag', '{"color": "grey"}', '{"defaults": {"name": "grey"}, "attributes": ["name"]}');
SELECT assoc.find_or_create('Tag', '{"color": "grey", "old": true}', '{"scope": false, "attributes": ["name"]}');
SELECT assoc.find_or_create('Tag', '{"name": "old"}');
\echo :LAST_ERROR_SQLSTATE
-- wrong uses leave nothing
SELECT assoc.find_or_create('Tag', '{"name": ""}', '{"defaults": {"posts": [{"title": "left"}]}}');
\echo :LAST_ERROR_SQLSTATE
SELECT assoc.find_or_create('Tag', '{"name": "x"}', '{"defaults": {"colour": "red"}}');
SELECT assoc.find_or_create('Tag', '{"nam": "x"}');
-- also where a row is found
BEGIN;
INSERT INTO tags (name) VALUES ('there');
SELECT assoc.find_or_create('Tag', '{"name": "there"}', '{"defaults": {"colour": "red"}}');
ROLLBACK;
BEGIN;
INSERT INTO tags (name) VALUES ('there');
SELECT assoc.find_or_create('Tag', '{"name": "there"}', '{"defaults": 5}');
ROLLBACK;
BEGIN;
INSERT INTO tags (name) VALUES ('there');
SELECT assoc.find_or_create('Tag', '{"colour": "red"}', '{"where": {"name": "there"}}');
ROLLBACK;
SELECT assoc.find_or_create('Tag', '{}');
SELECT assoc.find_or_create('Tag', NULL);
\echo :LAST_ERROR_SQLSTATE
SELECT assoc.find_or_create('Tag', '{"name": "x"}', '{"default": {}}');
SELECT assoc.find_or_create('Tag', NULL, '{"where": {"name": {"like": "z%"}}}');
SELECT assoc.find_or_create('Tag', '[]');
SELECT assoc.find_or_create('Tag', '{"where": {"name": "x"}, "defaults": {"color": "red"}}');
SELECT assoc.find_or_create('Tag', '{"name": "x", "defaults": {"color": "red"}}');
SELECT count(*) FILTER (WHERE title = 'left') AS left FROM posts;
-- the key that somebody else's row has: not what was looked for
SELECT assoc.find_or_create('Tag', '{"color": "none"}', '{"defaults": {"name": "a"}}');
\echo :LAST_ERROR_SQLSTATE
PREPARE find_generic AS SELECT assoc.find_or_create($1, $2, $3) -> 'created';
EXECUTE find_generic('Tag', '{"name": "a"}', NULL);
DEALLOCATE ALL;
SET client_min_messages = warning;
DROP SCHEMA finding CASCADE;
