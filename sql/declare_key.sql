-- Keys that no catalog tells: views over tables with foreign keys, constraints false, the option "key", indexes of some rows
CREATE SCHEMA declare_key;
SET search_path = declare_key;
\pset format unaligned
\pset footer off
CREATE TABLE users (id int PRIMARY KEY, name text, active boolean NOT NULL DEFAULT true);
CREATE TABLE posts (id int PRIMARY KEY, user_id int REFERENCES users, title text);
CREATE INDEX ON posts (user_id);
CREATE TABLE likes (user_id int REFERENCES users, post_id int REFERENCES posts, PRIMARY KEY (user_id, post_id));
CREATE INDEX ON likes (post_id);
INSERT INTO users VALUES (1, 'Ann', true), (2, 'Bob', false);
INSERT INTO posts VALUES (5, 1, 'Moon'), (6, 2, 'Sun');
INSERT INTO likes VALUES (1, 6), (2, 5);

-- a view takes part beside a real foreign key to the table below it, as source, target and join table
CREATE VIEW active_users AS SELECT * FROM users WHERE active;
CREATE VIEW fresh_likes AS SELECT * FROM likes;
SELECT assoc.has_many('active_users', 'posts', foreign_key => 'user_id');
SELECT assoc.adopt('active_users', 'ActiveUser', '{"key": ["id"]}') -> 'primaryKey' AS key;
SELECT assoc.adopt('fresh_likes', options => '{"key": ["user_id", "post_id"]}') -> 'primaryKey' AS key;
SELECT assoc.has_many('ActiveUser', 'posts', foreign_key => 'user_id', alias => 'posts', inverse => 'active_user') -> 'changed' AS changed;
SELECT assoc.belongs_to_many('ActiveUser', 'posts', through => 'fresh_likes', foreign_key => 'user_id', other_key => 'post_id',
  alias => 'liked', inverse => 'likers') -> 'changed' AS changed;
SELECT assoc.find_all('ActiveUser', '{"include": ["posts", "liked"]}');
SELECT assoc.find_all('posts', '{"include": ["active_user", "likers"]}');
-- the pair is its key: verbs know a link that is there, and none is made twice
SELECT assoc.add('ActiveUser', 1, 'liked', '[6, 5]');
SELECT assoc.add('ActiveUser', 1, 'liked', '5');
SELECT assoc.set('ActiveUser', 1, 'liked', '[5]');
SELECT assoc.check('declare_key');
-- two tables that share a key: the foreign key points at one of them, with constraints false the association at the other
CREATE TABLE profiles (user_id int PRIMARY KEY REFERENCES users, bio text);
INSERT INTO profiles VALUES (1, 'me');
SELECT assoc.belongs_to('posts', 'profiles', foreign_key => 'user_id', alias => 'profile');
\echo :LAST_ERROR_SQLSTATE
SELECT assoc.belongs_to('posts', 'profiles', foreign_key => 'user_id', alias => 'profile', inverse => 'posts',
  options => '{"constraints": false, "accessors": false, "inverse": {"accessors": false}}') -> 'changed' AS changed;
SELECT assoc.find_all('posts', '{"include": ["profile"]}');
SELECT assoc.find_all('profiles', '{"include": ["posts"]}');
SELECT assoc.belongs_to_many('profiles', 'posts', through => 'likes', foreign_key => 'user_id', other_key => 'post_id', alias => 'liked',
  options => '{"constraints": false, "accessors": false}') -> 'changed' AS changed;
-- what is printed declares the same
SELECT * FROM assoc.declarations();
-- a table that a declaration made points at a view without a foreign key, as there can be none
SELECT assoc.define('Note', '{"body": "text"}') -> 'created' AS created;
SELECT assoc.has_many('ActiveUser', 'Note', foreign_key => 'user_id') -> 'created' AS created;
SELECT assoc.belongs_to_many('ActiveUser', 'Note', through => 'Mark', alias => 'marked') -> 'created' AS created;
SELECT conname FROM pg_constraint WHERE contype = 'f' AND conrelid IN ('notes'::regclass, 'marks'::regclass);

-- hints that can be followed: a view, a materialized view, a foreign table, partitions elsewhere
CREATE FOREIGN DATA WRAPPER declare_key_fdw;
CREATE SERVER declare_key_server FOREIGN DATA WRAPPER declare_key_fdw;
CREATE FOREIGN TABLE remote_users (id int NOT NULL, name text) SERVER declare_key_server;
CREATE FOREIGN TABLE remote_likes (user_id int NOT NULL, post_id int NOT NULL, at date) SERVER declare_key_server;
CREATE TABLE sharded (id int NOT NULL, user_id int) PARTITION BY RANGE (id);
CREATE FOREIGN TABLE sharded_1 PARTITION OF sharded FOR VALUES FROM (0) TO (10) SERVER declare_key_server;
CREATE TABLE parted (id int NOT NULL, day date NOT NULL, user_id int, post_id int) PARTITION BY RANGE (day);
CREATE MATERIALIZED VIEW stats AS SELECT user_id, count(*) AS posts FROM posts GROUP BY user_id;
CREATE VIEW pairs AS SELECT DISTINCT user_id, post_id FROM likes;
SELECT assoc.has_one('users', 'stats', foreign_key => 'user_id');
SELECT assoc.has_one('users', 'pairs', foreign_key => 'user_id');
SELECT assoc.has_one('users', 'remote_likes', foreign_key => 'user_id');
SELECT assoc.has_one('users', 'parted', foreign_key => 'user_id');
SELECT assoc.has_many('users', 'pairs', foreign_key => 'owner_id');
SELECT assoc.has_many('remote_users', 'posts', foreign_key => 'user_id');
SELECT assoc.has_many('remote_users', 'posts', foreign_key => 'user_id', source_key => 'id',
  options => '{"accessors": false}') -> 'changed' AS changed;
SELECT assoc.belongs_to('posts', 'sharded', foreign_key => 'id', target_key => 'id');
SELECT assoc.belongs_to('posts', 'parted', foreign_key => 'id', target_key => 'id');
SELECT assoc.belongs_to_many('users', 'posts', through => 'pairs', foreign_key => 'user_id', other_key => 'post_id', alias => 'a');
SELECT assoc.belongs_to_many('users', 'posts', through => 'remote_likes', foreign_key => 'user_id', other_key => 'post_id', alias => 'a');
SELECT assoc.belongs_to_many('users', 'posts', through => 'parted', foreign_key => 'user_id', other_key => 'post_id', alias => 'a');
SELECT assoc.has_many('users', 'parted', foreign_key => 'user_id', options => '{"accessors": false}') -> 'changed' AS changed;
-- followed
SELECT assoc.adopt('declare_key.pairs', 'pairs', '{"key": ["user_id", "post_id"]}') -> 'primaryKey' AS key;
SELECT assoc.adopt('declare_key.remote_likes', 'remote_likes', '{"key": ["user_id", "post_id"]}') -> 'primaryKey' AS key;
SELECT assoc.adopt('declare_key.sharded', 'sharded', '{"key": ["id"]}') -> 'primaryKey' AS key;
SELECT assoc.adopt('declare_key.parted', 'parted', '{"key": ["id"]}', replace => true) -> 'primaryKey' AS key;
CREATE UNIQUE INDEX ON declare_key.stats (user_id);
SELECT assoc.has_one('users', 'stats', foreign_key => 'user_id', alias => 'stats') -> 'accessors' AS accessors;
SELECT assoc.belongs_to('posts', 'sharded', foreign_key => 'id', target_key => 'id',
  options => '{"accessors": false}') -> 'changed' AS changed;
SELECT assoc.belongs_to('posts', 'parted', foreign_key => 'id', options => '{"accessors": false}') -> 'changed' AS changed;
SELECT assoc.belongs_to_many('users', 'posts', through => 'pairs', alias => 'a', foreign_key => 'user_id', other_key => 'post_id',
  options => '{"accessors": false}') -> 'changed' AS changed;
SELECT assoc.belongs_to_many('users', 'posts', through => 'remote_likes', foreign_key => 'user_id', other_key => 'post_id', alias => 'b',
  options => '{"accessors": false}') -> 'changed' AS changed;
-- another key than the pair says nothing of it
CREATE VIEW links AS SELECT user_id * 100 + post_id AS id, user_id, post_id FROM likes;
SELECT assoc.adopt('links', options => '{"key": ["id"]}') -> 'primaryKey' AS key;
SELECT assoc.belongs_to_many('users', 'posts', through => 'links', foreign_key => 'user_id', other_key => 'post_id', alias => 'c');
SELECT assoc.has_one('users', 'links', foreign_key => 'user_id');

-- indexes: those of some rows serve where null is all that they leave out, and so does hash
CREATE TABLE bare (id int PRIMARY KEY, user_id int REFERENCES users, twin_id int REFERENCES users,
  other_id int REFERENCES users, place int);
SELECT assoc.has_many('users', 'bare', foreign_key => 'user_id', options => '{"accessors": false}') -> 'changed' AS changed;
CREATE INDEX ON bare (user_id) WHERE place IS NOT NULL;
CREATE INDEX ON bare (user_id, place) WHERE place IS NOT NULL;
SELECT assoc.has_many('users', 'bare', foreign_key => 'user_id', options => '{"accessors": false}') -> 'changed' AS changed;
SELECT problem, fix FROM assoc.check('declare_key') WHERE object ~ 'bare';
CREATE INDEX ON bare (user_id, place) WHERE user_id IS NOT NULL;
SELECT assoc.has_many('users', 'bare', foreign_key => 'user_id', options => '{"accessors": false}') -> 'changed' AS changed;
SELECT problem, fix FROM assoc.check('declare_key') WHERE object ~ 'bare';
CREATE UNIQUE INDEX ON bare (twin_id) WHERE place > 0;
SELECT assoc.has_one('users', 'bare', foreign_key => 'twin_id', alias => 'twin');
CREATE UNIQUE INDEX ON bare (twin_id) WHERE twin_id IS NOT NULL;
SELECT assoc.has_one('users', 'bare', foreign_key => 'twin_id', alias => 'twin', options => '{"accessors": false}') -> 'changed' AS changed;
CREATE INDEX ON bare USING hash (other_id);
SELECT assoc.belongs_to('bare', 'users', foreign_key => 'other_id', alias => 'other',
  options => '{"accessors": false}') -> 'changed' AS changed;
INSERT INTO bare VALUES (1, 1, 1, 1, NULL), (2, 1, NULL, 2, 5), (3, NULL, NULL, NULL, 1);
SELECT assoc.find_all('users', '{"attributes": ["id"], "include": [{"association": "bares", "attributes": ["id"]},
  {"association": "twin", "attributes": ["id"]}]}');
SELECT assoc.index_covers('bare_twin_id_idx1'::regclass, '{3}') AS yes, assoc.index_covers('bare_twin_id_idx'::regclass, '{3}') AS no,
  assoc.index_covers('bare_pkey'::regclass, '{}') AS none, assoc.index_covers('bare'::regclass, '{1}') AS table,
  assoc.index_covers(NULL, NULL) AS null;

-- two models of one table: the second is a view of it, which shows what the first one hides, and is written through
CREATE TABLE members (id int GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY, name text NOT NULL, deleted_at timestamptz);
CREATE TABLE letters (id int PRIMARY KEY, member_id int REFERENCES members);
CREATE VIEW everybody AS SELECT * FROM members;
SELECT assoc.adopt('members', 'Member', '{"paranoid": true}') -> 'changed' AS changed;
SELECT assoc.adopt('members', 'Everybody');
SELECT assoc.adopt('everybody', 'Everybody', '{"key": ["id"]}') -> 'changed' AS changed;
SELECT assoc.has_many('Member', 'letters', foreign_key => 'member_id', inverse => 'member', options => '{"accessors": false}')
  -> 'changed' AS changed;
SELECT assoc.has_many('Everybody', 'letters', foreign_key => 'member_id', inverse => 'everybody', options => '{"accessors": false}')
  -> 'changed' AS changed;
SELECT assoc.create('Everybody', '{"name": "Ann", "letters": [{"id": 1}]}');
SELECT assoc.destroy('Member', '{"where": {"name": "Ann"}}');
SELECT assoc.find_all('Member') AS members, assoc.count('Everybody') AS everybody;
SELECT assoc.find_all('letters', '{"include": [{"association": "member"}, {"association": "everybody", "attributes": ["name"]}]}');
SELECT assoc.update('Everybody', '{"deleted_at": null}', '{"where": {"id": 1}}') -> 'count' AS count;
SELECT assoc.find_all('Member', '{"include": ["letters"]}');

SET client_min_messages = error;
DROP SCHEMA declare_key CASCADE;
DROP FOREIGN DATA WRAPPER declare_key_fdw CASCADE;
SELECT count(*) FROM assoc.models;
