-- assoc.discover: schemas as they are met, each with all that is said of it
\pset format unaligned
\pset fieldsep ' | '
\pset footer off
SET client_min_messages = error;
\getenv top PG_ABS_SRCDIR
\set rows :top '/test/data/rows.sql'
\set ECHO none
\i :rows
\set ECHO all

-- a blog: a foreign key and a join table between the same two tables
CREATE SCHEMA blog;
SET search_path = blog;
CREATE TABLE users (id int PRIMARY KEY, name text);
CREATE TABLE posts (id int PRIMARY KEY, user_id int NOT NULL REFERENCES users, title text);
CREATE TABLE comments (id int PRIMARY KEY, post_id int NOT NULL REFERENCES posts, author_id int REFERENCES users,
  parent_id int REFERENCES comments);
CREATE TABLE likes (user_id int REFERENCES users, post_id int REFERENCES posts, PRIMARY KEY (user_id, post_id));
CREATE TABLE tags (id int PRIMARY KEY, name text);
CREATE TABLE post_tags (post_id int REFERENCES posts, tag_id int REFERENCES tags, position int, PRIMARY KEY (post_id, tag_id));
CREATE TABLE settings (user_id int PRIMARY KEY REFERENCES users, theme text);
SELECT * FROM assoc.discover();
-- what is previewed is what is applied
CREATE TABLE preview AS SELECT * FROM assoc.discover();
SELECT p.statement, p.note, a.status, a.note FROM preview p FULL JOIN assoc.discover(apply => true) a USING (statement)
  WHERE p.statement !~ 'preview' AND (p.status, a.status) IS DISTINCT FROM ('declare', 'declared') OR p.note IS DISTINCT FROM a.note;
SELECT source, alias, kind FROM assoc.associations WHERE source::text !~ 'preview' ORDER BY 1, 2;
INSERT INTO users VALUES (1, 'Ann'), (2, 'Bob');
INSERT INTO posts VALUES (10, 1, 'Moon'); INSERT INTO likes VALUES (2, 10); INSERT INTO tags VALUES (5,
  'space'); INSERT INTO post_tags VALUES (10, 5, 1);
SELECT assoc.find_all('users', '{"include": ["posts", "like_posts"]}');
SELECT assoc.find_all('posts', '{"include": ["user", "like_users", "tags", "post_tags.tag"]}');
-- everything: the join table is on the way, so the link row has its name to itself
SELECT assoc.find_all('tags', '{"include": [{"all": true, "nested": true}]}');

-- a forum: a category has topics and one that describes it
CREATE SCHEMA forum;
SET search_path = forum;
CREATE TABLE categories (id int PRIMARY KEY, name text, parent_category_id int REFERENCES categories);
CREATE TABLE users (id int PRIMARY KEY, name text);
CREATE TABLE topics (id int PRIMARY KEY, category_id int REFERENCES categories, user_id int REFERENCES users,
  last_post_user_id int REFERENCES users);
ALTER TABLE categories ADD topic_id int REFERENCES topics;
CREATE TABLE posts (id int PRIMARY KEY, topic_id int NOT NULL REFERENCES topics, user_id int REFERENCES users,
  reply_to_post_id int REFERENCES posts, deleted_by_id int REFERENCES users);
CREATE TABLE topic_users (id int PRIMARY KEY, topic_id int NOT NULL REFERENCES topics, user_id int NOT NULL REFERENCES users,
  notification_level int, UNIQUE (user_id, topic_id));
CREATE TABLE bookmarks (id int PRIMARY KEY, user_id int NOT NULL REFERENCES users, post_id int NOT NULL REFERENCES posts,
  UNIQUE (user_id, post_id));
CREATE FUNCTION post_get_bookmarks(text) RETURNS text LANGUAGE sql RETURN $1;
SELECT status, statement, note FROM assoc.discover() WHERE statement !~ 'adopt';
CREATE TABLE preview AS SELECT * FROM assoc.discover();
SELECT p.statement, p.note, a.status, a.note FROM preview p FULL JOIN assoc.discover(apply => true) a USING (statement)
  WHERE p.statement !~ 'preview' AND (p.status, a.status) IS DISTINCT FROM ('declare', 'declared') OR p.note IS DISTINCT FROM a.note;
INSERT INTO categories VALUES (1, 'News');
SELECT category_create_topic(1, '{"id": 7}');
SELECT category_set_topic(1, 7);
SELECT assoc.find_all('categories', '{"include": ["topic", "topics"]}');
-- nothing else is found afterwards
SELECT status, count(*) FROM assoc.discover() GROUP BY 1;

-- a social network: six join tables between the same two tables
CREATE SCHEMA social;
SET search_path = social;
CREATE TABLE accounts (id bigint PRIMARY KEY, username text);
CREATE TABLE statuses (id bigint PRIMARY KEY, account_id bigint NOT NULL REFERENCES accounts, in_reply_to_id bigint REFERENCES statuses,
  reblog_of_id bigint REFERENCES statuses, in_reply_to_account_id bigint REFERENCES accounts);
CREATE TABLE follows (id bigint PRIMARY KEY, account_id bigint NOT NULL REFERENCES accounts,
  target_account_id bigint NOT NULL REFERENCES accounts, UNIQUE (account_id, target_account_id));
CREATE TABLE blocks (id bigint PRIMARY KEY, account_id bigint NOT NULL REFERENCES accounts,
  target_account_id bigint NOT NULL REFERENCES accounts, UNIQUE (account_id, target_account_id));
CREATE TABLE mutes (id bigint PRIMARY KEY, account_id bigint NOT NULL REFERENCES accounts,
  target_account_id bigint NOT NULL REFERENCES accounts, UNIQUE (account_id, target_account_id));
CREATE TABLE favourites (id bigint PRIMARY KEY, account_id bigint NOT NULL REFERENCES accounts,
  status_id bigint NOT NULL REFERENCES statuses, UNIQUE (account_id, status_id));
CREATE TABLE bookmarks (id bigint PRIMARY KEY, account_id bigint NOT NULL REFERENCES accounts,
  status_id bigint NOT NULL REFERENCES statuses, UNIQUE (account_id, status_id));
CREATE TABLE mentions (id bigint PRIMARY KEY, account_id bigint REFERENCES accounts, status_id bigint REFERENCES statuses,
  silent boolean, UNIQUE (account_id, status_id));
SELECT status, statement, note FROM assoc.discover() WHERE statement !~ 'adopt';
SELECT status, count(*) FROM assoc.discover(apply => true) GROUP BY 1;

-- a catalogue of music: columns are called as what they point at, join tables have untyped ends
CREATE SCHEMA music;
SET search_path = music;
CREATE TABLE area (id int PRIMARY KEY, gid uuid UNIQUE, name text);
CREATE TABLE artist_type (id int PRIMARY KEY, name text, parent int REFERENCES artist_type);
CREATE TABLE artist (id int PRIMARY KEY, name text, type int REFERENCES artist_type, area int REFERENCES area,
  begin_area int REFERENCES area, end_area int REFERENCES area);
CREATE TABLE artist_credit (id int PRIMARY KEY, name text);
CREATE TABLE artist_credit_name (artist_credit int REFERENCES artist_credit, position int, artist int NOT NULL REFERENCES artist,
  PRIMARY KEY (artist_credit, position));
CREATE TABLE release_group (id int PRIMARY KEY, artist_credit int NOT NULL REFERENCES artist_credit);
CREATE TABLE release (id int PRIMARY KEY, release_group int NOT NULL REFERENCES release_group,
  artist_credit int NOT NULL REFERENCES artist_credit);
CREATE TABLE alternative_release (id int PRIMARY KEY, release int UNIQUE NOT NULL REFERENCES release,
  alternative_release int REFERENCES alternative_release);
CREATE TABLE link (id int PRIMARY KEY);
CREATE TABLE l_artist_artist (id int PRIMARY KEY, link int NOT NULL REFERENCES link, entity0 int NOT NULL REFERENCES artist,
  entity1 int NOT NULL REFERENCES artist);
CREATE TABLE tag (id int PRIMARY KEY, name text);
CREATE TABLE artist_tag (artist int REFERENCES artist, tag int REFERENCES tag, count int, PRIMARY KEY (artist, tag));
CREATE TABLE artist_tag_raw (artist int REFERENCES artist, tag int REFERENCES tag, editor int, PRIMARY KEY (artist, tag));
SELECT status, statement, note FROM assoc.discover() WHERE statement !~ 'adopt';
SELECT status, count(*) FROM assoc.discover(apply => true) GROUP BY 1;
INSERT INTO artist_credit VALUES (1, 'x'); INSERT INTO release_group VALUES (2, 1); INSERT INTO release VALUES (3, 2, 1);
SELECT assoc.find_all('release', '{"include": ["artist_credit_ref"], "where": {"release_group_ref": {"some": {"id": 2}}},
  "order": [["artist_credit_ref", "name", "ASC"]]}');
-- other names of those to one row, no accessors, accessors elsewhere
BEGIN;
SELECT assoc.forget(name) FROM assoc.models WHERE relation::text ~ 'release';
SELECT statement FROM assoc.discover(to_one => 'the_%s',
  accessors => 'none') WHERE status = 'declare' AND statement ~ 'release_group'' *[,)]';
ROLLBACK;
CREATE SCHEMA api;
CREATE FUNCTION api.item_with_owner(text) RETURNS text LANGUAGE sql RETURN $1;
CREATE TABLE owner (id int PRIMARY KEY);
CREATE TABLE item (id int PRIMARY KEY, owner_id int REFERENCES owner);
SELECT statement, note FROM assoc.discover(accessors_schema => 'api') WHERE status = 'declare' AND statement ~ 'item';
SELECT status FROM assoc.discover(apply => true, accessors_schema => 'api') WHERE statement ~ 'item''';
SELECT proname FROM pg_proc WHERE pronamespace = 'api'::regnamespace AND proname ~ 'owner' ORDER BY 1;
SELECT * FROM assoc.discover(accessors_schema => 'nowhere');
SELECT * FROM assoc.discover(to_one => 'ref');

-- each table takes a row, and each association loads what plain SQL does
SET search_path = public;
SELECT s, f.* FROM unnest('{blog,forum,social,music}'::name[]) s, fill(s) f;
SELECT s, c.* FROM unnest('{blog,forum,social,music}'::name[]) s, compare(s) c;
RESET search_path;
DROP FUNCTION compare, by_load, by_sql, keys_equal, fill, some_row, columns_of, some_value;
DROP SCHEMA blog, forum, social, music, api CASCADE;
SELECT count(*) FROM assoc.models;
