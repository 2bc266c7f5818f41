-- Pages: {"rows", "next"} for the roots and for the rows of each parent.
CREATE SCHEMA pages;
SET search_path = pages;
SET client_min_messages = warning;
\getenv top PG_ABS_SRCDIR
\set lists :top '/test/data/lists.sql'
\set same :top '/test/data/same.sql'
\set ECHO none
\i :lists
\i :same
\set ECHO all

SELECT same($$find_page('User', '{"attributes": ["id"], "limit": 3}')$$,
  $$SELECT '{"rows": [{"id": 1}, {"id": 2}, {"id": 3}], "next": [3]}'::jsonb$$);
SELECT same($$find_page('User', '{"attributes": ["id"], "limit": 3, "after": [21]}')$$,
  $$SELECT '{"rows": [{"id": 22}, {"id": 23}, {"id": 24}], "next": null, "previous": [22]}'::jsonb$$);
SELECT same($$find_page('User', '{"attributes": ["id"], "limit": 30, "after": [24]}')$$,
  $$SELECT '{"rows": [], "next": null, "previous": null}'::jsonb$$);
SELECT same($$find_page('User', '{"attributes": ["id"], "limit": {"param": "n"}, "offset": 1, "order": [["joined", "DESC"]]}',
  '{"n": 2}')$$,
  $$SELECT jsonb_build_object('rows', jsonb_agg(jsonb_build_object('id', id)), 'next', (array_agg(jsonb_build_array(joined, id)))[2])
    FROM (SELECT * FROM users ORDER BY joined DESC, id OFFSET 1 LIMIT 2) t$$);
-- the order value need not be shown, and json keeps the declared order of keys
SELECT assoc.find_page_json('User', '{"attributes": ["name"], "order": ["score"], "limit": 1, "bigint": "string"}');
-- includes of the row that only says that there is more are not loaded
SELECT same($$find_page('User', '{"attributes": ["id"], "limit": 2, "include": [{"association": "owned", "attributes": ["id"]}]}')$$,
  $$SELECT jsonb_build_object('rows', jsonb_agg(jsonb_build_object('id', id, 'owned', (SELECT jsonb_agg(jsonb_build_object('id', p.id)
    ORDER BY p.id) FROM projects p WHERE owner_id = u.id)) ORDER BY id), 'next', '[2]'::jsonb) FROM users u WHERE id <= 2$$);
SET pg_associations.probe = on;
SELECT regexp_replace(line, ' time=.*', '') AS line FROM assoc.explain('User',
  '{"where": {"id": {"lte": 3}}, "include": [{"association": "owned", "limit": 2, "page": true, "include": ["owner"]}]}', true) line
  WHERE line ~ 'Run:';
RESET pg_associations.probe;
-- per parent, for every kind to many
SELECT same($$find_all('User', '{"attributes": ["id"], "where": {"id": {"gte": 22}}, "include": [{"association": "projects",
  "attributes": ["id"], "through": {"attributes": []}, "limit": 7, "page": true}]}')$$,
  $$SELECT jsonb_agg(jsonb_build_object('id', u.id, 'projects', jsonb_build_object('rows', coalesce(list, '[]'), 'next',
    CASE WHEN n > 7 THEN jsonb_build_array(last) END)) ORDER BY u.id) FROM users u,
    LATERAL (SELECT jsonb_agg(jsonb_build_object('id', id) ORDER BY id) AS list, max(id) AS last, max(total) AS n
      FROM (SELECT p.id, count(*) OVER () AS total FROM projects p JOIN user_projects l ON l.project_id = p.id WHERE l.user_id = u.id
      ORDER BY p.id LIMIT 7) x) y WHERE u.id >= 22$$);
SELECT same($$find_by_pk('User', 2, '{"attributes": ["id"], "include": [{"association": "owned", "attributes": ["id"], "order": [["budget",
  "DESC"]], "limit": 2, "page": true, "include": [{"association": "users", "attributes": ["id"], "through": {"attributes": ["role"]},
  "limit": 1, "page": true, "order": [["through", "role", "DESC"]]}]}]}')$$,
  $$SELECT jsonb_build_object('id', 2, 'owned', jsonb_build_object('next', '[200.0, 20]'::jsonb, 'rows',
    (SELECT jsonb_agg(jsonb_build_object('id', p.id, 'users',
      (SELECT jsonb_build_object('rows', jsonb_build_array(jsonb_build_object('id', u.id, 'user_projects', jsonb_build_object('role',
        role))), 'next', jsonb_build_array(role, u.id)) FROM users u JOIN user_projects l ON l.user_id = u.id WHERE l.project_id = p.id
        ORDER BY role DESC, u.id LIMIT 1)) ORDER BY budget DESC)
    FROM (SELECT * FROM projects WHERE owner_id = 2 ORDER BY budget DESC LIMIT 2) p)))$$);
-- a null key has no rows; a page is a page all the same
INSERT INTO users VALUES (100, 'lonely');
SELECT assoc.find_by_pk('User', 100, '{"attributes": ["id"], "include": [{"association": "owned", "limit": 1, "page": true}]}');
-- next of a child goes on as after of a child
SELECT assoc.find_by_pk('User', 2, '{"attributes": [], "include": [{"association": "owned", "attributes": ["id"], "order": [["budget",
  "DESC"]], "limit": 2, "page": true, "after": [200.0, 20]}]}');
-- many parents at once, streamed in batches, and in a prepared statement with untyped parameters
SELECT count(*), sum((row -> 'projects' -> 'rows' -> 0 ->> 'id')::int), count(*) FILTER (WHERE row -> 'projects' -> 'next' = 'null')
FROM (SELECT assoc.find('User', '{"include": [{"association": "projects", "limit": 1, "page": true}]}') AS row) t;
SELECT count(*), sum((SELECT min(project_id) FROM user_projects WHERE user_id = u.id)), count(*) FILTER (WHERE (SELECT count(*)
  FROM user_projects WHERE user_id = u.id) <= 1) FROM users u;
PREPARE page AS SELECT assoc.find_page($1, $2, $3);
EXECUTE page('User', '{"attributes": ["id"], "limit": 1, "after": {"param": "c"}}', '{"c": [5]}');
EXECUTE page('User', '{"attributes": ["id"], "limit": 1, "after": {"param": "c"}}', '{"c": null}');
PREPARE page_json AS SELECT assoc.find_page_json($1, $2);
EXECUTE page_json('User', '{"attributes": ["id"], "limit": 1}');
-- the largest of all sizes is one too
SELECT jsonb_array_length(assoc.find_page('User', '{"limit": {"param": "n"}}', '{"n": 9223372036854775807}') -> 'rows') = (SELECT count(*)
  FROM users) AS all_rows;
-- of a view whose key is declared
CREATE VIEW adults AS SELECT * FROM users WHERE age > 21;
SELECT assoc.adopt('adults', 'Adult', '{"key": ["id"]}') IS NOT NULL AS adopted;
SELECT same($$find_page('Adult', '{"attributes": ["id"], "order": [["age", "DESC"]], "limit": 2, "after": [22, 17]}')$$,
  $$SELECT jsonb_build_object('rows', jsonb_agg(jsonb_build_object('id', id)), 'next', NULL, 'previous', jsonb_build_array(22, min(id)))
    FROM users WHERE age = 22 AND id > 17$$);
-- default scopes that include each other have no end
SELECT assoc.adopt('users', 'User', '{"defaultScope": {"include": ["owned"]}}', replace => true) IS NOT NULL
  AND assoc.adopt('projects', 'Project', '{"defaultScope": {"include": ["owner"]}}', replace => true) IS NOT NULL AS adopted;
SELECT assoc.find_by_pk('User', 1);
SELECT assoc.adopt('users', 'User', '{"defaultScope": {}}', replace => true) IS NOT NULL AS adopted;

-- wrong uses
SELECT assoc.find_page('User');
SELECT assoc.find_page(NULL);
SELECT assoc.find_page('User', '{"limit": 0}');
SELECT assoc.find_page('User', '{"limit": {"param": "n"}}', '{"n": null}');
SELECT assoc.find_page('User', '{"limit": 1, "page": true}');
SELECT assoc.find_all('User', '{"include": [{"association": "projects", "page": true}]}');
SELECT assoc.find_all('Project', '{"include": [{"association": "owner", "page": true, "limit": 1}]}');
SELECT assoc.sql('User', '{"include": [{"association": "projects", "page": true, "limit": 1}]}');
DROP SCHEMA pages CASCADE;
