-- Rows by a list of keys, in the order asked.
CREATE SCHEMA load_many;
SET search_path = load_many;
SET client_min_messages = warning;
\pset format unaligned
CREATE TABLE users (id bigint PRIMARY KEY, name text, deleted_at timestamptz);
CREATE TABLE posts (id uuid PRIMARY KEY, user_id bigint REFERENCES users, title text);
CREATE INDEX ON posts (user_id);
CREATE TABLE seats (row int, number int, PRIMARY KEY (row, number));
INSERT INTO users SELECT i, 'u' || i FROM generate_series(1, 300) i;
INSERT INTO posts SELECT ('00000000-0000-0000-0000-00000000000' || i)::uuid, i / 2, 'p' || i FROM generate_series(2, 9) i;
INSERT INTO seats SELECT r, n FROM generate_series(1, 3) r, generate_series(1, 4) n;
SELECT assoc.adopt('users', 'User', '{"paranoid": true}') ->> 'model', assoc.adopt('posts') ->> 'model', assoc.adopt('seats') ->> 'model';
SELECT 1 FROM assoc.has_many('User', 'posts', inverse => 'author');
UPDATE users SET deleted_at = now() WHERE id = 5;
SELECT assoc.find_many('User', '[3, 1, 99999, "2", 3]', '{"attributes": ["id", "name"]}');
SELECT assoc.find_many('User', '[2, 400, 1]', '{"attributes": ["name"], "include": [{"association": "posts", "attributes": ["title"]}]}');
SELECT assoc.find_many_json('User', '[2, 400, 1]', '{"attributes": ["name", "id"]}');
SELECT assoc.find_many('User', '[]'), assoc.find_many_json('User', '[4]', '{"attributes": ["id"]}', NULL);
-- options are those of find_by_pk: whoever does not fulfil them is not found
SELECT assoc.find_many('User', '[4, 5, 6]', '{"attributes": ["id"], "where": {"name": {"in": {"param": "names"}}}}',
  '{"names": ["u5", "u6"]}'),
  assoc.find_many('User', '[4, 5, 6]', '{"attributes": ["id"], "paranoid": false}');
-- keys of any type, of several columns
SELECT assoc.find_many('posts', '["00000000-0000-0000-0000-000000000007", "00000000-0000-0000-0000-0000000000ff"]',
  '{"attributes": ["title"]}'),
  assoc.find_many('seats', '[{"row": 2, "number": 1}, {"number": 9, "row": 1}, {"row": 1, "number": "4"}]');
-- many, and with probe off
SELECT bool_and(d ->> 'id' = i::text) AS in_order, count(*) FROM jsonb_array_elements(assoc.find_many('User',
  (SELECT jsonb_agg(i) FROM generate_series(300, 6, -1) i), '{"attributes": ["id"]}')) WITH ORDINALITY e (d, n)
    JOIN generate_series(300, 6, -1) WITH ORDINALITY g (i, m) ON n = m;
SET pg_associations.probe = off;
SELECT assoc.find_many('User', '[3, 1, 99999, "2", 3]', '{"attributes": ["id", "name"]}');
RESET pg_associations.probe;
PREPARE many AS SELECT assoc.find_many($1, $2, $3);
EXECUTE many('User', '[2, 1]', '{"attributes": ["id"]}');
EXECUTE many('User', '[7]', '{"attributes": ["id"]}');
-- what a document of somebody else may ask
SELECT assoc.find_many('User', '[1, 2]', '{"attributes": ["id"]}', NULL, '{"attributes": ["id"]}'), assoc.find_many_json('User', '[2]',
  NULL, NULL, '{"attributes": ["id"]}');
SELECT assoc.find_many('User', '[1, 2]', '{"attributes": ["name"]}', NULL, '{"attributes": ["id"]}');
-- wrong uses
SELECT assoc.find_many('User', NULL);
SELECT assoc.find_many(NULL, '[1]');
SELECT assoc.find_many('User', '1');
SELECT assoc.find_many('User', '{"id": 1}');
SELECT assoc.find_many('User', '[1, null]');
SELECT assoc.find_many('User', '[1, "x"]');
SELECT assoc.find_many('User', '[1, [2]]');
SELECT assoc.find_many('seats', '[1]');
SELECT assoc.find_many('User', '[1]', '{"limit": 1}');
SELECT assoc.find_many('Nobody', '[1]');
CREATE TABLE log (line text);
SELECT assoc.adopt('log') ->> 'model';
SELECT assoc.find_many('log', '[1]');
DROP SCHEMA load_many CASCADE;
