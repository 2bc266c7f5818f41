-- How newcomers write it, and values that look like something else: the error says the right form, or it just works.
CREATE SCHEMA options_slips;
SET search_path = options_slips;
SET client_min_messages = warning;
\pset format unaligned
CREATE TABLE users (id int PRIMARY KEY, name text, "last login" date);
CREATE TABLE posts (id int PRIMARY KEY, title text, user_id int REFERENCES users);
CREATE INDEX ON posts (user_id);
INSERT INTO users VALUES (1, 'Ann', '2024-01-01'), (2, 'Bob', NULL);
INSERT INTO posts VALUES (1, 'one', 1);
SELECT assoc.adopt('users', 'User') ->> 'model';
SELECT 1 FROM assoc.has_many('User', 'posts', inverse => 'author');
-- directions
SELECT assoc.find_all('User', '{"order": ["name DESC"]}');
SELECT assoc.find_all('User', '{"order": "name desc nulls last"}');
SELECT assoc.find_all('User', '{"order": ["-name"]}');
SELECT assoc.find_all('User', '{"order": [["name", "down"]]}');
SELECT assoc.find_all('User', '{"order": [{"by": "name", "direction": "down"}]}');
SELECT assoc.find_all('posts', '{"order": [["author", "name", "up"]]}');
SELECT assoc.find_all('posts', '{"order": [["auther", "name"]]}');
SELECT assoc.find_all('User', '{"include": [{"association": "posts", "order": [["title", "descending"]]}]}');
SELECT assoc.find_all('User', '{"attributes": ["id"], "order": ["last login"]}');
SELECT assoc.find_all('User', '{"attributes": ["id"], "order": ["last login ASC"]}');
SELECT assoc.find_all('User', '{"order": ["name", "down"]}');
SELECT assoc.find_all('User', '{"order": {"name": "desc"}}');
SELECT assoc.find_all('User', '{"order": [{"last login": "desc nulls last"}]}');
SELECT assoc.find_all('User', '{"order": {"direction": "desc"}}');
SELECT assoc.find_all('User', '{"order": [["name", "DESC", "NULLS LAST"]]}');
SELECT assoc.find_all('posts', '{"order": [["author", "name", "asc", "nulls first"]]}');
SELECT assoc.find_all('User', '{"order": [["name", "NULLS LAST"]]}');
-- includes
SELECT assoc.find_all('User', '{"include": {"posts": true}}');
SELECT assoc.find_all('User', '{"include": [{"posts": {"limit": 1}}]}');
SELECT assoc.find_all('User', '{"include": {"limit": 1}}');
SELECT assoc.find_all('User', '{"include": {"limits": true}}');
-- attributes
SELECT assoc.find_all('User', '{"attributes": "name"}');
SELECT assoc.find_all('User', '{"attributes": "name, id"}');
SELECT assoc.find_all('User', '{"attributes": "*"}');
SELECT assoc.find_all('User', '{"attributes": ["*"]}');
SELECT assoc.find_all('User', '{"attributes": ["count(*)"]}');
SELECT assoc.find_all('User', '{"attributes": 1}');
SELECT assoc.aggregate('User', '{"attributes": ["name"], "group": "name"}');
SELECT assoc.aggregate('User', '{"attributes": "name", "group": ["name"]}');
SELECT assoc.aggregate('User', '{"attributes": ["name"], "group": {"name": true}}');
-- words of other tools
SELECT assoc.find_all('User', '{"select": {"name": true}}');
SELECT assoc.find_all('User', '{"skip": 1, "limit": 2}');
SELECT assoc.find_all('User', '{"orderBy": {"name": "asc"}}');
SELECT assoc.find_all('User', '{"prefetch_related": ["posts"]}');
SELECT assoc.find_all('User', '{"include": [{"model": "posts"}]}');
SELECT assoc.find_all('User', '{"where": {"OR": [{"name": "Ann"}]}}');
SELECT assoc.find_all('User', '{"where": {"name": {"equals": "Ann"}}}');
SELECT assoc.find_one('User', '{"id": 1}');
SELECT assoc.has_many('User', 'posts', options => '{"as": "articles"}');
SELECT assoc.has_many('User', 'posts', options => '{"dependent": "destroy"}');
SELECT assoc.belongs_to('posts', 'User', options => '{"related_name": "posts"}');
SELECT assoc.belongs_to('posts', 'User', options => '{"counter_cache": true}');
SELECT assoc.belongs_to_many('User', 'posts', options => '{"through": "Reading"}');
SELECT assoc.define('Thing', '{"name": {"type": "text", "null": false}}');
SELECT assoc.define('Thing', '{"name": {"type": "text", "validate": {"presence": true}}}');
SELECT assoc.define('Thing', '{"name": {"type": "text", "validate": {"len": {"min": 2}}}}');
SELECT assoc.define('Thing', '{"id": {"type": "uuid", "default": "gen_random_uuid()", "primaryKey": true}}');
SELECT assoc.define('Thing', '{"name": "DataTypes.STRING(80)"}');
SELECT assoc.define('Thing', '["name"]');
SELECT assoc.define('Thing', '{}', '{"freezeTableName": true}');
-- columns of associated rows, operators behind the name
SELECT assoc.find_all('posts', '{"where": {"author.name": "Ann"}}');
SELECT assoc.find_all('posts', '{"where": {"author__name__startswith": "Ann"}}');
SELECT assoc.find_all('posts', '{"where": {"author": {"is": {"name": "Ann"}}}}');
SELECT assoc.find_all('posts', '{"order": ["author.name"]}');
SELECT assoc.find_all('User', '{"where": {"posts.title": "one"}}');
SELECT assoc.find_all('User', '{"where": {"id__gt": 1}}');
SELECT assoc.find_all('User', '{"where": {"id__": 1}}');
SELECT assoc.find_all('User', '{"where": {"nobody.name": 1}}');
SELECT assoc.find_all('User', '{"where": {"[Op.or]": [{"id": 1}]}}');
SELECT assoc.find_all('User', '{"where": {"name": {"contains": "A", "mode": "insensitive"}}}');
-- User without quotes is a keyword of SQL
CREATE ROLE "regress Slips";
SET ROLE "regress Slips";
SELECT assoc.find_all('User');
RESET ROLE;
GRANT USAGE ON SCHEMA options_slips TO "regress Slips";
SET ROLE "regress Slips";
SELECT assoc.find_all(User, '{}');
RESET ROLE;
DROP OWNED BY "regress Slips";
DROP ROLE "regress Slips";

-- an array that is a value may have a null in it, a list may not
CREATE TABLE m (id int PRIMARY KEY, tags text[], doc jsonb, n int, x real, y float8);
INSERT INTO m VALUES (1, '{a,NULL}', '["a", null]', 1, 1234567, 12345678901234567), (2, '{a}', '["a"]', 2, 64942.74, 0.1), (3, '{NULL}',
  '[null]', NULL, NULL, 0.2);
SELECT assoc.adopt('m') ->> 'model';
SELECT assoc.find_all('m', '{"attributes": ["id"], "where": {"tags": ["a", null]}}'), assoc.find_all('m',
  '{"attributes": ["id"], "where": {"tags": {"eq": ["a", null]}}}'),
  assoc.find_all('m', '{"attributes": ["id"], "where": {"tags": [null]}}'), assoc.find_all('m',
    '{"attributes": ["id"], "where": {"tags": {"ne": ["a", null]}}}');
SELECT assoc.find_all('m', '{"where": {"tags": "a"}}');
SELECT assoc.find_all('m', '{"where": {"tags": {"has": "a"}}}');
SELECT assoc.find_all('m', '{"where": {"doc": {"lang": "en"}}}');
SELECT assoc.aggregate('m', '{"attributes": [{"count": "*", "as": "n"}], "having": {"n": {"qq": 2}}}');
SELECT assoc.find_all('User', '{"where": {"posts": {"count": {"qq": 2}}}}');
SELECT assoc.find_all('User', '{"where": {"posts": {"sum": {"of": "id", "qq": 2}}}}');
SELECT assoc.find_all('m', '{"attributes": ["id"], "where": {"doc": ["a", null]}}'), assoc.find_all('m',
  '{"attributes": ["id"], "where": {"doc": [null]}}');
SELECT assoc.find_all('m', '{"attributes": ["id"], "where": {"not": {"or": [{"tags": ["a", null]}, {"tags": ["a"]}]}}}');
SELECT assoc.find_or_create('m', '{"id": 1, "tags": ["a", null]}') -> 'created';
SELECT assoc.find_all('m', '{"where": {"n": [1, null]}}');
SELECT assoc.find_all('m', '{"where": {"n": {"in": [1, null]}}}');
SELECT assoc.find_all('m', '{"where": {"n": {"or": [[1, null], 2]}}}');
SELECT assoc.find_all('m', '{"where": {"n": [{"param": "p"}]}}', '{"p": 1}');
SELECT assoc.find_all('m', '{"where": {"tags": [{"param": "p"}]}}', '{"p": 1}');

-- sums of floats have all digits that the floats show
SELECT assoc.sum('m', 'x', '{"where": {"id": 1}}'), assoc.sum('m', 'x', '{"where": {"id": 2}}'), assoc.sum('m', 'y',
  '{"where": {"id": 1}}'), assoc.sum('m', 'y', '{"where": {"id": [2, 3]}}');
SELECT assoc.avg('m', 'y', '{"where": {"id": [2, 3]}}'), assoc.aggregate('m',
  '{"attributes": [{"sum": "x", "as": "s"}, {"sum": "y", "as": "t"}], "where": {"id": 1}}');
UPDATE m SET x = 'Infinity', y = 'NaN' WHERE id = 3;
SELECT assoc.sum('m', 'x'), assoc.sum('m', 'y'), assoc.sum('m', 'x', '{"where": {"id": 9}}');

-- arguments in the place of others
CREATE TABLE user_tags (user_id int REFERENCES users, post_id int REFERENCES posts, note text, PRIMARY KEY (user_id, post_id));
CREATE INDEX ON user_tags (post_id);
SELECT 1 FROM assoc.belongs_to_many('User', 'posts', through => 'user_tags', alias => 'liked');
SELECT assoc.update('User', '{"where": {"id": 1}}', '{"name": "x"}');
SELECT assoc.update('User', '{"name": "x"}', '{"id": 1}');
SELECT assoc.update('User', '{"name": "x"}', '1');
SELECT assoc.update_many('User', '[{"id": 1, "name": "x"}]', '{"name": "x"}');
SELECT assoc.destroy('User', '{"name": "x"}');
SELECT assoc.destroy('User', '1');
SELECT assoc.find_all('User', '{"name": "x"}');
SELECT assoc.find_all('User', '{"posts": {"some": {"id": 1}}}');
SELECT assoc.find_one('User', '1');
SELECT assoc.find_by_pk('User', 1, '{"name": "x"}');
SELECT assoc.find_by_pk('User', '{"include": ["posts"]}', '1');
SELECT assoc.find_all('User', '{"include": [{"association": "posts", "written": 1}]}');
SELECT assoc.find_all('User', '{"n": 1}', '{"where": {"id": {"param": "n"}}}');
SELECT assoc.count('User', '{"name": "x"}');
SELECT assoc.get('User', 'posts', '1');
SELECT assoc.add('User', 'posts', '1', '[1]');
SELECT assoc.add('User', 1, 'liked', '{"note": "x"}', '[1]');
SELECT assoc.create('User', '{"include": ["posts"]}', '{"name": "x"}');
SELECT assoc.create('User', '{"id": 9}', '{"name": "x"}');
SELECT assoc.create('User', '{"include": ["posts"]}');
SELECT assoc.create('User', '{"data": {"name": "x"}}');
SELECT assoc.upsert('User', '{"conflict": ["id"]}', '{"name": "x"}');
SELECT assoc.find_or_create('User', '{"id": 9}', '{"name": "x"}');
SELECT assoc.create_in('User', 1, 'posts', '{"include": ["author"]}');
SELECT assoc.create_in('User', 1, 'posts', '[{"id": 9}]');
SELECT assoc.save('User', '{"dry_run": true}', '{"id": 1}');
SELECT assoc.define('Thing', '{"timestamps": false}', '{"name": "text"}');
DROP SCHEMA options_slips CASCADE;
