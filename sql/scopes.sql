-- Scopes: find documents kept with a model, merged into what a load asks for.
CREATE SCHEMA scopes;
SET search_path = scopes;
SET client_min_messages = warning;
CREATE TABLE users (id bigint PRIMARY KEY, name text NOT NULL, active boolean NOT NULL, age int);
CREATE TABLE projects (id bigint PRIMARY KEY, title text, status text, archived boolean NOT NULL DEFAULT false,
  owner_id bigint REFERENCES users);
CREATE TABLE user_projects (user_id bigint REFERENCES users, project_id bigint REFERENCES projects, role text, PRIMARY KEY (user_id,
  project_id));
CREATE INDEX ON user_projects (project_id);
CREATE INDEX ON projects (owner_id);
INSERT INTO users SELECT i, 'user ' || i, i % 3 > 0, 20 + i FROM generate_series(1, 9) i;
INSERT INTO projects SELECT i, 'project ' || i, CASE i % 3 WHEN 0 THEN 'done' WHEN 1 THEN 'open' ELSE 'new' END, i % 5 = 0, 1 + i % 9
  FROM generate_series(1, 20) i;
INSERT INTO user_projects SELECT u, p, CASE (u + p) % 2 WHEN 0 THEN 'admin' ELSE 'user' END
  FROM generate_series(1, 9) u, generate_series(1, 20) p WHERE (u * p) % 4 = 0;
SELECT assoc.adopt('users', 'User', '{
  "defaultScope": {"where": {"active": true}},
  "scopes": {
    "old": {"where": {"age": {"gte": 26}}, "order": [["age", "DESC"]]},
    "aged": {"where": {"age": {"gte": {"param": "age"}}}},
    "names": {"attributes": ["id", "name"], "limit": 2},
    "busy": {"include": [{"association": "projects", "where": {"status": "open"}, "attributes": ["id", "status"]}]},
    "wrong": {"where": {"agge": 1}},
    "odd": {"scope": "old"}}}') IS NOT NULL;
SELECT assoc.adopt('projects', 'Project', '{
  "defaultScope": {"where": {"archived": false}},
  "scopes": {"open": {"where": {"status": "open"}}, "recent": {"order": [["id", "DESC"]], "limit": 2}}}') IS NOT NULL;
SELECT assoc.belongs_to_many('User', 'Project', through => 'user_projects', inverse => 'users',
  options => '{"accessors": false, "inverse": {"accessors": false}}') IS NOT NULL;
SELECT assoc.has_many('User', 'Project', alias => 'owned', foreign_key => 'owner_id', inverse => 'owner',
  options => '{"accessors": false}') IS NOT NULL;

\getenv top PG_ABS_SRCDIR
\set same :top '/test/data/same.sql'
\set ECHO none
\i :same
\set ECHO all

-- the default scope applies where no other is named
SELECT same($$find_all('User', '{"attributes": ["id"]}')$$,
  'SELECT jsonb_agg(jsonb_build_object(''id'', id) ORDER BY id) FROM users WHERE active');
SELECT same($$find_by_pk('User', 3)$$, 'SELECT NULL::jsonb');
SELECT same($$find_by_pk('User', 3, '{"scope": false, "attributes": ["name"]}')$$, $$SELECT '{"name": "user 3"}'::jsonb$$);
SELECT assoc.count('User', NULL), assoc.count('User', '{"scope": false}'), assoc.count('User', '{"scope": []}'), assoc.count('User',
  '{"scope": null}');
-- named ones take its place; it has a name itself
SELECT same($$find_all('User', '{"scope": "old", "attributes": ["id"]}')$$,
  'SELECT jsonb_agg(jsonb_build_object(''id'', id) ORDER BY age DESC) FROM users WHERE age >= 26');
SELECT same($$find_all('User', '{"scope": ["defaultScope", "old"], "attributes": ["id"]}')$$,
  'SELECT jsonb_agg(jsonb_build_object(''id'', id) ORDER BY age DESC) FROM users WHERE age >= 26 AND active');
-- the call wins over scopes, a later scope over an earlier one, and all conditions hold
SELECT same($$find_all('User', '{"scope": ["old", "names"], "where": {"id": {"lt": 9}}}')$$,
  'SELECT jsonb_agg(jsonb_build_object(''id'', id, ''name'', name)) FROM (SELECT * FROM users WHERE age >= 26 AND id < 9
    ORDER BY age DESC LIMIT 2) t');
SELECT same($$find_all('User', '{"scope": ["names", "old"], "limit": 1, "order": ["id"], "attributes": ["id"]}')$$,
  'SELECT jsonb_agg(jsonb_build_object(''id'', id)) FROM (SELECT * FROM users WHERE age >= 26 ORDER BY id LIMIT 1) t');
-- a scope may take parameters
SELECT same($$find_all('User', '{"scope": "aged", "attributes": ["id"]}', '{"age": 28}')$$,
  'SELECT jsonb_agg(jsonb_build_object(''id'', id) ORDER BY id) FROM users WHERE age >= 28');
-- in includes: the default scope of the target filters, and makes nothing required
SELECT same($$find_all('User', '{"scope": false, "attributes": ["id"], "include": [{"association": "owned", "attributes": ["id"]}]}')$$,
  $$SELECT jsonb_agg(jsonb_build_object('id', u.id, 'owned', (SELECT coalesce(jsonb_agg(jsonb_build_object('id', p.id) ORDER BY p.id), '[]')
    FROM projects p WHERE p.owner_id = u.id AND NOT archived)) ORDER BY u.id) FROM users u$$);
SELECT same($$find_all('User', '{"scope": false, "attributes": ["id"], "include": [{"association": "projects", "attributes": ["id"],
  "through": {"attributes": []}, "scope": "recent", "required": true}]}')$$,
  $$SELECT jsonb_agg(jsonb_build_object('id', u.id, 'projects', (SELECT jsonb_agg(jsonb_build_object('id', id)) FROM (SELECT p.id
    FROM projects p JOIN user_projects l ON l.project_id = p.id WHERE l.user_id = u.id ORDER BY p.id DESC LIMIT 2) x)) ORDER BY u.id)
    FROM users u WHERE EXISTS (SELECT FROM user_projects l WHERE l.user_id = u.id)$$);
-- a required include is there only where the scope leaves rows; a count agrees
SELECT same($$find_all('User', '{"scope": false, "attributes": ["id"], "include": [{"association": "owned", "attributes": [],
  "required": true, "scope": ["defaultScope", "open"]}]}')$$,
  $$SELECT jsonb_agg(jsonb_build_object('id', u.id) ORDER BY u.id) FROM users u WHERE EXISTS (SELECT FROM projects p WHERE p.owner_id = u.id
    AND NOT archived AND status = 'open')$$);
SELECT assoc.count('User', '{"scope": false, "include": [{"association": "owned", "required": true, "scope": ["defaultScope", "open"]}]}'),
  (SELECT count(*) FROM users u WHERE EXISTS (SELECT FROM projects p WHERE p.owner_id = u.id AND NOT archived
    AND status = 'open')) AS plain;
-- includes of a scope are merged by association
SELECT same($$find_all('User', '{"scope": "busy", "attributes": ["id"], "include": [{"association": "projects", "where": {"id": {"lt": 9}},
  "through": {"attributes": ["role"], "where": {"role": "admin"}}}]}')$$,
  $$SELECT jsonb_agg(jsonb_build_object('id', u.id, 'projects', x.list) ORDER BY u.id)
    FROM users u, LATERAL (SELECT jsonb_agg(jsonb_build_object('id', p.id, 'status', status, 'user_projects', jsonb_build_object('role',
    role)) ORDER BY p.id) AS list FROM projects p JOIN user_projects l ON l.project_id = p.id WHERE l.user_id = u.id AND NOT archived
    AND status = 'open' AND p.id < 9 AND role = 'admin') x WHERE list IS NOT NULL$$);
SELECT same($$find_all('User', '{"scope": ["busy", "names"], "include": ["owned"], "limit": 1, "where": {"id": 4}}')$$,
  $$SELECT jsonb_build_array(jsonb_build_object('id', 4, 'name', 'user 4',
      'owned', (SELECT jsonb_agg(to_jsonb(p) ORDER BY p.id) FROM projects p WHERE p.owner_id = 4 AND NOT archived),
      'projects', (SELECT jsonb_agg(jsonb_build_object('id', p.id, 'status', status, 'user_projects', to_jsonb(l)) ORDER BY p.id)
        FROM projects p JOIN user_projects l ON l.project_id = p.id WHERE l.user_id = 4 AND NOT archived AND status = 'open')))$$);
-- limit in a scope is about lists, not about one row or a count
SELECT same($$find_by_pk('User', 1, '{"scope": "names"}')$$, $$SELECT '{"id": 1, "name": "user 1"}'::jsonb$$);
SELECT assoc.count('User', '{"scope": "names"}');
SELECT same($$get('User', 1, 'projects', '{"scope": ["recent", "open"], "attributes": ["id"]}')$$,
  $$SELECT jsonb_agg(jsonb_build_object('id', id, 'user_projects', l) ORDER BY id DESC) FROM (SELECT p.id, to_jsonb(l) AS l FROM projects p
    JOIN user_projects l ON l.project_id = p.id WHERE l.user_id = 1 AND status = 'open' ORDER BY p.id DESC LIMIT 2) x$$);
-- predicates and aggregates ask about the rows that an include would show
SELECT count(*) FILTER (WHERE (u ->> 'n')::bigint <> assoc.count_of('User', u ->> 'id', 'projects')) AS wrong,
  sum((u ->> 'n')::bigint) AS n,
  (SELECT count(*) FROM user_projects l JOIN projects p ON p.id = l.project_id AND NOT p.archived JOIN users ON users.id = l.user_id
    AND active) AS plain
FROM assoc.find('User', '{"attributes": ["id", {"count": "projects", "as": "n"}]}') u;
SELECT same($$find_all('User', '{"attributes": ["id"], "where": {"projects": {"some": {"id": 20}}}}')$$, $$SELECT '[]'::jsonb$$);
SELECT same($$find_all('User', '{"scope": false, "attributes": ["id"], "where": {"owned": {"none": {}}}}')$$,
  $$SELECT coalesce(jsonb_agg(jsonb_build_object('id', id) ORDER BY id), '[]') FROM users u
    WHERE NOT EXISTS (SELECT FROM projects p WHERE p.owner_id = u.id AND NOT archived)$$);
-- a changed scope is seen at the next call
SELECT assoc.adopt('projects', 'Project', '{"scopes": {"open": {"where": {"status": "new"}}}}', replace => true) IS NOT NULL;
SELECT same($$find_all('Project', '{"scope": "open", "attributes": ["id"]}')$$,
  $$SELECT jsonb_agg(jsonb_build_object('id', id) ORDER BY id) FROM projects WHERE status = 'new'$$);

-- an empty order is by key, whatever the scope says
SELECT assoc.find_all('User', '{"scope": "old", "attributes": ["id"]}') <> assoc.find_all('User',
  '{"scope": "old", "attributes": ["id"], "order": []}') AS differ,
  assoc.find_all('User', '{"scope": "old", "attributes": ["id"], "order": []}') = assoc.find_all('User',
    '{"scope": "old", "attributes": ["id"], "order": ["id"]}') AS by_key;
-- wrong uses
SELECT assoc.find_all('User', '{"scope": "oldd"}');
SELECT assoc.find_all('User', '{"scope": ["old", "agged"]}');
SELECT assoc.find_all('User', '{"include": [{"association": "projects", "scope": "opened"}]}');
SELECT assoc.find_all('User', '{"scope": true}');
SELECT assoc.find_all('User', '{"scope": "wrong"}');
SELECT assoc.find_all('User', '{"scope": "odd"}');
SELECT assoc.find_all('User', '{"scope": "aged"}');
SELECT assoc.find_all('User', '{"scope": "busy", "include": [{"association": "owned", "as": "projects"}]}');
DROP SCHEMA scopes CASCADE;
