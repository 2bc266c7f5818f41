-- {"increment": 1} in place of a value, and decrement, multiply, append: what becomes of the one that is there
CREATE SCHEMA operations;
SET search_path = operations;
CREATE TABLE posts (id int PRIMARY KEY, title text, views int NOT NULL DEFAULT 0 CHECK (views < 100), score numeric(8,2), ratio float8,
  tags text[],
  marks int[], data jsonb, due date, at timestamp, took interval, code varchar(6), grade smallint,
    total int GENERATED ALWAYS AS (views * 2) STORED);
CREATE TABLE users (id int PRIMARY KEY, name text, logins int);
CREATE TABLE visits (user_id int REFERENCES users, post_id int REFERENCES posts, times int NOT NULL DEFAULT 1 CHECK (times <= 50),
  notes text[], last date,
  PRIMARY KEY (user_id, post_id));
CREATE INDEX ON visits (post_id);
INSERT INTO posts VALUES (1, 'a', 5, 1.5, 2, '{x}', NULL, '{"k": [1]}', '2024-01-31', '2024-01-31', '1 hour', 'ab', 3);
INSERT INTO posts (id, title) VALUES (2, 'b');
INSERT INTO users VALUES (1, 'ann', NULL), (2, 'bob', 3);
SELECT assoc.adopt('posts') IS NOT NULL AS adopted;
SELECT assoc.belongs_to_many('users', 'posts', through => 'visits', alias => 'visited', inverse => 'visitors') -> 'alias' AS alias;

-- update
SELECT assoc.update('posts', '{"views": {"increment": 2}, "score": {"multiply": 1.1}, "ratio": {"decrement": 0.5}, "tags": {"append": "y"},
  "marks": {"append": [1, 2]},
  "data": {"$append": {"l": 2}}, "due": {"increment": 1}, "at": {"increment": "1 day"}, "took": {"decrement": "10 min"},
    "code": {"append": "cd"},
  "grade": {"$increment": 1}, "title": "A"}', '{"where": {"id": 1}}');
SELECT * FROM posts WHERE id = 1;
SELECT assoc.update('posts', '{"views": {"increment": 1}, "score": {"increment": 1}, "tags": {"append": ["z"]}, "code": {"append": "x"}}',
  '{"all": true, "returning": ["id", "views", "score", "tags", "code"]}');
SELECT assoc.update('posts', '{"data": {"append": {"l": 2}}}', '{"where": {"id": 2}}') -> 'count' AS a_value;
SELECT assoc.update('posts', '{"data": {"increment": 2}}', '{"where": {"id": 1}}') -> 'count' AS a_value;
SELECT id, data FROM posts ORDER BY id;
-- nested, and a row that is meant twice
SELECT assoc.update('users', '{"logins": {"increment": 1}, "visited": {"create": [{"id": 3, "title": "c", "through": {"times": 7}}],
  "connect": [{"id": 1, "through": {"times": 2}}]}}',
  '{"all": true, "where": {"id": 2}, "returning": false}');
SELECT assoc.update('users', '{"visited": {"update": [{"id": 1, "data": {"views": {"increment": 10}}, "through": {"times": {"increment": 3},
  "notes": {"append": "n"}}},
  {"id": 1, "data": {"views": {"decrement": 1}}}, {"id": 3, "data": {"views": 4}}]}}', '{"where": {"id": 2}, "returning": false}');
SELECT id, views FROM posts ORDER BY id;
SELECT * FROM users ORDER BY id;
SELECT * FROM visits ORDER BY 1, 2;

-- links: one that is new begins with nothing
SELECT assoc.add('users', 1, 'visited', '[1, 2]', '{"times": {"increment": 1}, "notes": {"append": "hi"}}'), assoc.add('users', 1,
  'visited', '1', '{"times": {"increment": 5}}');
SELECT assoc.add('users', 1, 'visited', '[{"id": 1, "through": {"times": {"increment": 1}}}, {"id": 2,
  "through": {"times": {"decrement": 2}}}, {"id": 3, "through": {"times": 9}}]');
SELECT assoc.add('users', 1, 'visited', '[1]', '{"times": {"increment": 0}}');
SELECT assoc.update_link('users', 1, 'visited', '[1, 2]', '{"notes": {"append": ["a", "b"]}}'), assoc.update_link('users', 1, 'visited',
  '1', '{"notes": {"append": "c"}}');
SELECT assoc.set('users', 2, 'visited', '[1, 2]', '{"times": {"increment": 10}}'), assoc.update_link('users', 2, 'visited', '[1]',
  '{"times": {"multiply": 2}}');
SELECT assoc.set_many('users', 'visited', '[{"id": 1, "visited": [{"id": 1, "through": {"times": {"increment": 1}}}]}, {"id": 2,
  "visited": [{"id": 1, "through": {"times": {"increment": 1}}}, 3]}]');
SELECT assoc.update_link('users', 1, 'visited', '1', '{"last": "2024-01-01"}'), assoc.update_link('users', 1, 'visited', '1',
  '{"last": {"increment": 1}, "times": {"decrement": 1}}');
SELECT assoc.create('users', '{"id": 3, "visited": {"connect": [{"id": 1, "through": {"times": {"increment": 4}}}]}}',
  '{"attributes": ["id"]}') -> 'visited' -> 0 -> 'visits' AS link;
SELECT assoc.toggle('users', 3, 'visited', '[2]', '{"times": {"increment": 6}}');
SELECT * FROM visits ORDER BY 1, 2;

-- rows that may be there already
SELECT assoc.upsert('posts', '{"id": 10, "title": "new", "views": {"increment": 1}, "tags": {"append": "t"}, "grade": {"decrement": 2}}',
  '{"attributes": ["id", "views", "tags", "grade"]}')
  FROM generate_series(1, 2);
SELECT assoc.bulk_create('posts', '[{"id": 10, "views": {"increment": 5}}, {"id": 11, "views": {"increment": 6}}, {"id": 2, "views": 50}]',
  '{"updateOnDuplicate": ["views"], "attributes": ["id", "views"]}');
SELECT assoc.upsert('posts', '{"id": 10, "views": {"increment": 0}}', '{"attributes": ["views"]}');

-- checks and types are the server's; all failures at once
SELECT assoc.update('posts', '{"views": {"increment": 100}}', '{"where": {"id": 1}}');
SELECT assoc.update('posts', '{"views": {"increment": "many"}, "score": {"increment": {}}, "grade": {"increment": 99999}}',
  '{"where": {"id": 1}}');
SELECT assoc.update('posts', '{"grade": {"increment": 32767}}', '{"where": {"id": 1}}');
SELECT assoc.update('posts', '{"code": {"append": "toolong"}}', '{"where": {"id": 1}}');
SELECT assoc.update_link('users', 1, 'visited', '1', '{"times": {"increment": 100}}');
SELECT assoc.update('posts', '{"title": {"increment": 1}}', '{"where": {"id": 1}}');
SELECT assoc.update('posts', '{"views": {"append": 1}}', '{"where": {"id": 1}}');
SELECT assoc.update('posts', '{"views": {"increment": null}}', '{"where": {"id": 1}}');
SELECT assoc.update('posts', '{"total": {"increment": 1}}', '{"where": {"id": 1}}');
SELECT assoc.update('posts', '{"views": {"increment": 1, "decrement": 1}}', '{"where": {"id": 1}}');
SELECT assoc.update('posts', '{"views": {"incremen": 1}}', '{"where": {"id": 1}}');
SELECT assoc.create('posts', '{"id": 12, "views": {"increment": 1}}');
SELECT assoc.upsert('posts', '{"id": 10, "views": {"multiply": 2}}');
SELECT assoc.upsert('posts', '{"id": 10, "due": {"increment": 2}}');
SELECT assoc.has('users', 1, 'visited', '[{"id": 1, "through": {"times": {"increment": 1}}}]');
SELECT assoc.find_or_create('posts', '{"id": 13, "views": {"increment": 1}}');
SELECT assoc.update('posts', '{"views": {"increment": 1}}', '{"where": {"id": 1}, "fields": ["title"]}');
SELECT assoc.update('posts', '{"views": {"increment": 1}}', '{"where": {"id": 1}, "fields": ["views"]}');

SELECT assoc.validate('posts', '{"views": {"increment": 1}, "grade": {"increment": "x"}, "title": "t"}', '{"update": true}');
SELECT assoc.validate('posts', '{"id": 1, "views": {"increment": 1}}');

-- where a pair may be linked several times, the links that are there are changed by update_link
CREATE TABLE laps (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, user_id int REFERENCES users, post_id int REFERENCES posts, n int);
CREATE INDEX ON laps (user_id);
CREATE INDEX ON laps (post_id);
SELECT assoc.belongs_to_many('users', 'posts', through => 'laps', alias => 'laps', options => '{"unique": false}') -> 'alias' AS alias;
SELECT assoc.add('users', 1, 'laps', '[1, 1]', '{"n": 1}') IS NOT NULL AS added, assoc.update_link('users', 1, 'laps', '1',
  '{"n": {"increment": 2}}');
SELECT assoc.update_link('users', 1, 'laps', '[{"id": 1, "through": {"id": 2, "n": {"multiply": 5}}}]');
SELECT assoc.add('users', 1, 'laps', '1', '{"n": {"increment": 1}}');
SELECT id, n FROM laps ORDER BY id;
-- what becomes of a key is known to the statement only
CREATE TABLE moved (id int PRIMARY KEY, n int);
INSERT INTO moved VALUES (1, 1), (2, 2);
SELECT assoc.adopt('moved') -> 'model' AS model;
SELECT assoc.update('moved', '{"id": {"increment": 10}}', '{"where": {"id": [1, 2]}, "returning": ["id"]}');
SELECT assoc.update('moved', '{"id": {"increment": 10}}', '{"where": {"id": [1, 2]}}');
CREATE TABLE rider (id int PRIMARY KEY, moved_id int REFERENCES moved);
CREATE INDEX ON rider (moved_id);
SELECT assoc.has_many('moved', 'rider', foreign_key => 'moved_id', alias => 'riders') -> 'alias' AS alias;
SELECT assoc.update('moved', '{"id": {"decrement": 5}, "riders": {"create": [{"id": 1}]}}', '{"where": {"id": 12}}');
SELECT * FROM rider;
SET client_min_messages = warning;
DROP SCHEMA operations CASCADE;

-- values of domains and of varchar, in rows and in links; what does not fit is told of the attribute
SET client_min_messages = warning;
CREATE SCHEMA operations_fit;
SET search_path = operations_fit;
CREATE DOMAIN stars AS integer CHECK (VALUE BETWEEN 1 AND 5);
CREATE DOMAIN marks AS integer[] CHECK (cardinality(VALUE) < 4);
CREATE TABLE o (id int PRIMARY KEY);
CREATE TABLE t (id int PRIMARY KEY, n stars, s smallint, v varchar(5), m marks, num numeric(4,2));
CREATE TABLE l (o_id int REFERENCES o, t_id int REFERENCES t, n stars, s smallint, v varchar(5), m marks, PRIMARY KEY (o_id, t_id));
CREATE INDEX ON l (t_id);
INSERT INTO o VALUES (1);
INSERT INTO t VALUES (1, 2, 30000, 'a', '{1}', 99);
INSERT INTO l VALUES (1, 1, 2, 30000, 'a', '{1}');
SELECT assoc.belongs_to_many('o', 't', through => 'l', alias => 'ts') IS NULL;
SELECT assoc.update('t', '{"n": {"increment": 1}, "v": {"append": "b"}, "m": {"append": 2}}',
  '{"all": true, "returning": ["n", "v", "m"]}');
SELECT assoc.upsert('t', '{"id": 1, "n": {"increment": 1}, "v": {"append": "c"}}', '{"attributes": ["n", "v"]}');
SELECT assoc.update_link('o', 1, 'ts', '1', '{"n": {"increment": 1}, "v": {"append": "b"}, "m": {"append": [2]}}'),
  assoc.add('o', 1, 'ts', '[1]', '{"n": {"increment": 1}}');
TABLE l;
SELECT assoc.update('t', '{"n": {"increment": 3}}', '{"all": true}');
SELECT assoc.update_many('t', '[{"id": 1, "s": {"increment": 30000}}]');
SELECT assoc.update('t', '{"num": {"multiply": 10}}', '{"all": true, "returning": true}');
SELECT assoc.update('t', '{"v": {"append": "defg"}}', '{"all": true}');
SELECT assoc.update('o', '{"ts": {"update": {"id": 1, "data": {"m": {"append": [5, 6]}}}}}', '{"where": {"id": 1}}');
SELECT assoc.update_link('o', 1, 'ts', '1', '{"n": {"decrement": 4}}');
SELECT assoc.update_link('o', 1, 'ts', '1', '{"s": {"increment": 30000}}');
-- an error of a trigger is its own
CREATE FUNCTION overflow() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.s = NEW.s + 30000; RETURN NEW; END';
CREATE TRIGGER overflow BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION overflow();
SELECT assoc.update('t', '{"n": {"decrement": 1}}', '{"all": true}');
DROP SCHEMA operations_fit CASCADE;
