-- Removing links: the rows stay, only what was linked is in the diff.
CREATE SCHEMA removing;
SET search_path = removing;
CREATE TABLE users (id bigint PRIMARY KEY);
CREATE TABLE tags (name text COLLATE "C" PRIMARY KEY);
CREATE TABLE user_tags (user_id bigint REFERENCES users, tag_name text COLLATE "C" REFERENCES tags, note text, PRIMARY KEY (user_id,
  tag_name));
CREATE INDEX ON user_tags (tag_name, user_id);
INSERT INTO users VALUES (1), (2);
INSERT INTO tags VALUES ('a'), ('b'), ('{c,d}'), ('[1]'), ('1');
SELECT assoc.belongs_to_many('users', 'tags', through => 'user_tags', other_key => 'tag_name', inverse => 'users') ->> 'alias' AS alias;
SELECT user_add_tags(1, (SELECT array_agg(name) FROM tags)), user_add_tags(2, '{a,b}');
-- an id given as text is the text as it stands, an array is an array
SELECT user_remove_tag(1, '{c,d}');
SELECT user_remove_tag(1, '[1]');
SELECT assoc.remove('users', 1, 'tags', '1');
SELECT user_remove_tags(1, '{b,a,b}');
SELECT * FROM user_tags ORDER BY 1, 2;
-- what is not linked, does not exist, or no ids at all: nothing
SELECT user_remove_tags(1, '{a,nothing}'), user_remove_tags(77, '{a}'), user_remove_tags(1, '{}');
SELECT assoc.remove('users', 2, 'tags', '[]');
-- the other direction
SELECT tag_remove_user('a', 2), tag_remove_users('b', '{1,2}');
SELECT count(*) AS links, (SELECT count(*) FROM tags) AS tags, (SELECT count(*) FROM users) AS users FROM user_tags;
-- wrong uses
SELECT user_remove_tag(1, NULL);
\echo :LAST_ERROR_SQLSTATE
SELECT user_remove_tag(NULL, 'a');
SELECT user_remove_tags(1, '{a,NULL}');
SELECT assoc.remove('users', 1, 'tags', NULL);
SELECT assoc.remove('users', 'x', 'tags', '["a"]');
SELECT assoc.remove('users', 1, 'tag', '["a"]');
\echo :LAST_ERROR_SQLSTATE
SELECT assoc.remove('users', 1, 'tags', '[{"name": "a", "note": 1}]');
\echo :LAST_ERROR_SQLSTATE
SELECT assoc.remove('users', 1, 'tags', '[["a"]]');
-- the diff is in key order, whatever the order of ids
SELECT user_add_tags(1, '{b,a,1}');
SELECT user_remove_tags(1, '{b,1,a}');
SET client_min_messages = warning;
DROP SCHEMA removing CASCADE;
