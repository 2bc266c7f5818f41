-- psql -d blog -f tour.sql
\set ON_ERROR_STOP on
\pset format unaligned
\pset tuples_only on
SET client_min_messages = warning;
\ir schema.sql
CREATE EXTENSION IF NOT EXISTS pg_associations;

-- what the foreign keys tell, as the calls that declare it
SELECT statement FROM assoc.discover() WHERE status = 'declare';
-- agreed
SELECT status, count(*) FROM assoc.discover(apply => true) GROUP BY 1 ORDER BY 1;

-- a post with all that belongs to it, in one document
SELECT jsonb_pretty(assoc.find_by_pk('posts', 1, '{
  "attributes": ["title"],
  "include": [
    {"association": "user", "attributes": ["name"]},
    {"association": "like_users", "attributes": ["name"], "through": {"attributes": []}},
    {"association": "tags", "attributes": ["name"], "through": {"attributes": ["position"]}},
    {"association": "comments", "attributes": ["body"], "where": {"parent_id": null}, "include": [
      {"association": "author", "attributes": ["name"]},
      {"association": "children", "attributes": ["body"]}]}]}'));

-- who has a post that somebody likes, and how many posts in all
SELECT assoc.find_all('users', '{
  "attributes": ["name", {"count": "posts", "as": "posts"}],
  "where": {"posts": {"some": {"like_users": {"some": {}}}}}}');

-- a post with new and old tags; created_at and updated_at of a new user are filled, as the program did that made the table
SELECT assoc.create('posts', '{
  "title": "Venus",
  "user": {"create": {"name": "Cid"}},
  "tags": {"create": [{"name": "hot"}], "connect": [1]}}',
  '{"attributes": ["title"], "include": [{"association": "tags", "attributes": ["name"], "through": {"attributes": []}}]}');
SELECT name, created_at = updated_at AND created_at > '2020-01-03' AS filled FROM users WHERE name = 'Cid';

-- like, twice is once; and no more
SELECT assoc.add('users', 1, 'like_posts', '[1, 3]');
SELECT assoc.add('users', 1, 'like_posts', '[3]');
SELECT assoc.set('users', 1, 'like_posts', '[1]');

-- the same by an accessor
SELECT user_count_like_posts(1);

-- never mind: the tables are as they were
SELECT status, count(*) FROM assoc.discover(undo => true, apply => true) GROUP BY 1 ORDER BY 1;
