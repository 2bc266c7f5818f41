-- Loads of documents that somebody else has written: what they may ask is said beside them, or by a scope.
\pset format unaligned
\pset tuples_only on
CREATE SCHEMA load_allow;
SET search_path = load_allow;
SET client_min_messages = warning;
SELECT assoc.define('User',
    '{"name": "text", "email": "text", "age": "integer", "meta": "jsonb", "password": {"type": "text", "hidden": true}}',
  '{"timestamps": false, "paranoid": true, "scopes": {
    "adults": {"where": {"age": {"gte": 18}}},
    "public": {"where": {"age": {"gte": 18}}, "order": [["age", "DESC"]], "include": [{"association": "notes", "attributes": ["text"],
    "limit": 1}],
      "allow": {"attributes": ["id", "name", "notes"], "where": ["name", "projects.title"], "order": ["name"], "limit": 2,
        "scope": "adults", "include": {"projects": {"attributes": ["title", "through.role"], "limit": 1}}}}}}') ->> 'model';
SELECT assoc.define('Project', '{"title": "text", "budget": "integer"}', '{"timestamps": false}') ->> 'model',
  assoc.define('Note', '{"text": "text", "secret": {"type": "text", "hidden": true}}', '{"timestamps": false}') ->> 'model';
SELECT assoc.belongs_to_many('User', 'Project', through => 'Membership', inverse => 'users',
    through_attributes => '{"role": "text", "rate": "integer"}') ->> 'alias',
  assoc.has_many('User', 'Note', inverse => 'author') ->> 'alias',
  assoc.has_many('User', 'User', alias => 'reports', inverse => 'boss', foreign_key => 'boss_id') ->> 'alias';
SELECT assoc.bulk_create('User', '[{"name": "ann", "email": "a@x", "age": 30, "meta": {"lang": "en"}, "password": "s3cret",
    "notes": [{"text": "n1", "secret": "x"}, {"text": "n2"}],
    "projects": [{"title": "p", "budget": 5, "through": {"role": "admin", "rate": 9}}, {"title": "q", "budget": 7}]},
  {"name": "bob", "email": "b@x", "age": 20}, {"name": "cid", "email": "c@x", "age": 40}, {"name": "kid", "email": "k@x", "age": 9}]',
  '{"returning": false}');
SELECT assoc.add('User', 1, 'reports', '[2]'), assoc.add('User', 2, 'reports', '[3]');

CREATE FUNCTION asked(model text, options jsonb, allow jsonb, params jsonb DEFAULT NULL) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  detail text;
  hint text;
BEGIN
  RETURN assoc.find_all(model, options, params, allow);
EXCEPTION WHEN OTHERS THEN
  GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
  RETURN format('%s %s | %s | %s', SQLSTATE, SQLERRM, detail, hint);
END
$$;
-- nothing is allowed but what is shown anyway
SELECT asked('User', options::jsonb, '{}') FROM (VALUES ('null'), ('{"limit": 1}'), ('{"attributes": ["name"], "limit": 1}'),
  ('{"attributes": {"exclude": ["meta", "email"]}, "limit": 1}'), ('{"attributes": ["password"]}'), ('{"attributes": ["pasword"]}'),
  ('{"attributes": {"include": [{"count": "projects", "as": "n"}]}}'), ('{"where": {"name": "ann"}}'), ('{"where": {"nmae": "ann"}}'),
  ('{"order": ["name"]}'), ('{"include": ["projects"]}'), ('{"include": ["no_such"]}'), ('{"include": {"all": true}, "limit": 1}'),
    ('{"scope": "adults"}'),
  ('{"scope": false}'), ('{"scope": "no_such"}'), ('{"paranoid": false}'), ('{"limit": {"param": "n"}}'), ('{"offset": {"param": "n"}}'),
  ('{"after": {"param": "n"}}')) v (options);
-- attributes: the list is the default too, and the hidden one is shown where it is named
SELECT asked('User', options::jsonb, '{"attributes": ["name", "password", "projects", "projects.budget", "projects.through.rate"],
    "where": ["projects.title"]}')
  FROM (VALUES ('{"limit": 1}'), ('{"attributes": ["name", "password"], "limit": 1}'), ('{"attributes": ["email"]}'),
    ('{"attributes": {"exclude": ["name"]}, "limit": 1}'),
  ('{"attributes": {"include": [["name", "n"]], "exclude": ["name"]}, "limit": 1}'), ('{"attributes": [["email", "e"]]}'),
  ('{"attributes": ["name", {"count": "projects", "as": "n"}, {"max": ["projects", "budget"],
    "as": "m"}, {"sum": ["projects", "through", "rate"], "as": "r"}], "limit": 1}'),
  ('{"attributes": [{"count": "projects", "where": {"title": "p"}, "as": "n"}], "limit": 1}'),
    ('{"attributes": [{"count": "projects", "where": {"budget": 1}, "as": "n"}]}'),
  ('{"attributes": [{"count": "notes", "as": "n"}]}'), ('{"attributes": [{"min": ["projects", "title"], "as": "n"}]}')) v (options);
-- conditions: each name, wherever it stands
SELECT asked('User', options::jsonb, '{"attributes": ["id"],
    "where": ["name", "meta", "projects", "projects.title", "projects.through.role", "boss.name", "boss"],
  "params": ["p"]}', '{"p": "ann", "secret": "ann"}')
  FROM (VALUES ('{"where": {"name": "ann"}}'), ('{"where": {"or": [{"name": "ann"}, {"not": {"email": "x"}}]}}'),
    ('{"where": {"meta.lang": "en"}}'), ('{"where": {"$meta.lang$": "en"}}'),
  ('{"where": {"name": {"eq": {"col": "email"}}}}'), ('{"where": {"name": {"between": ["a", {"col": "email"}]}}}'),
    ('{"where": {"name": {"startsWith": {"col": "email"}}}}'),
  ('{"where": {"name": {"param": "p"}}}'), ('{"where": {"name": {"param": "secret"}}}'),
    ('{"where": {"name": {"between": ["a", {"param": "secret"}]}}}'), ('{"where": {"name": {"in": {"param": "secret"}}}}'),
  ('{"where": {"projects": {"some": {"title": "p"}}}}'), ('{"where": {"projects": {"none": {"budget": 1}}}}'),
    ('{"where": {"projects": {"count": {"gte": 1}}}}'),
  ('{"where": {"projects": {"count": {"gte": {"param": "secret"}}}}}'),
    ('{"where": {"projects": {"count": {"where": {"budget": 5}, "gte": 1}}}}'), ('{"where": {"projects": {"allOf": [1, 2]}}}'),
  ('{"where": {"projects": {"some": {"through": {"role": "admin"}}}}}'),
    ('{"where": {"projects": {"some": {"$through.role$": "admin"}}}}'), ('{"where": {"projects": {"some": {"through": {"rate": 1}}}}}'),
  ('{"where": {"projects": {"some": {"users": {"some": {"name": "x"}}}}}}'), ('{"where": {"notes": {"some": {}}}}'),
    ('{"where": {"$boss.name$": "ann"}}'), ('{"where": {"$boss.email$": "ann"}}'),
  ('{"where": {"boss": null}}'), ('{"where": {"boss": {"some": {"name": "ann"}}}}'), ('{"where": {"boss": {"some": {"age": 1}}}}'),
    ('{"where": {"through": {"role": 1}}}')) v (options);
-- which rows there are is more than whether and how many; what is followed again and again is named twice
SELECT allow, options, asked('User', options::jsonb, allow::jsonb || '{"attributes": ["id"], "params": ["ids"]}', '{"ids": [1]}')
  FROM (VALUES ('{"where": ["projects"]}'), ('{"where": ["projects.id"]}'), ('{"where": ["boss.name", "reports.name"]}'),
    ('{"where": ["boss.name", "boss.boss", "reports.name", "reports.reports.name"]}')) a (allow),
  LATERAL (VALUES ('{"where": {"projects": {"allOf": [1]}}}'), ('{"where": {"projects": {"exactly": [{"id": 1}]}}}'),
    ('{"where": {"projects": {"allOf": {"param": "ids"}}}}'), ('{"where": {"projects": {"exactly": []}}}'),
    ('{"where": {"boss": {"some": {"name": "ann"}, "recursive": true}}}'),
    ('{"where": {"reports": {"none": {"name": "ann"}, "recursive": true}}}')) v (options)
  WHERE (allow ~ 'projects') = (options ~ 'projects') ORDER BY options, allow;
-- orders
SELECT asked('User', options::jsonb, '{"attributes": ["id", "name", "projects"],
    "order": ["name", "boss.age", "projects", "projects.budget"]}')
  FROM (VALUES ('{"order": [["name", "DESC"]]}'), ('{"order": ["age"]}'), ('{"order": [["boss", "age", "ASC"], "name"]}'),
    ('{"order": [["boss", "name", "ASC"]]}'),
  ('{"order": [{"by": {"count": "projects"}, "direction": "DESC"}, "name"]}'),
    ('{"order": [{"by": {"max": ["projects", "budget"]}}]}'), ('{"order": [{"by": {"count": "notes"}}]}'),
  ('{"attributes": [["name", "n"]], "order": ["n"]}'), ('{"attributes": [["id", "n"]], "order": ["n"]}'),
  ('{"attributes": [{"count": "projects", "as": "n"}], "order": [["n", "DESC"]]}'),
    ('{"order": [{"by": {"count": "projects", "where": {"title": "p"}}}]}')) v (options);
-- includes, their link rows, and the default and greatest limit of each
SELECT asked('User', options::jsonb, '{"attributes": ["id"],
    "limit": 2, "include": {"projects": {"attributes": ["title", "through.role"], "where": ["title", "through.role"],
    "order": ["through.role", "title"], "limit": 1, "include": ["users"]}, "notes": {}, "boss": {"attributes": ["name"]}}}')
  FROM (VALUES ('{}'), ('{"limit": 3}'), ('{"limit": 1, "include": ["projects", "notes", "boss"]}'),
    ('{"limit": 1, "include": ["projects.users"]}'), ('{"include": ["projects.users.notes"]}'),
  ('{"limit": 1, "include": [{"association": "projects", "where": {"title": "q"}, "order": [["through", "role", "ASC"]]}]}'),
    ('{"include": [{"association": "projects", "limit": 2}]}'),
  ('{"include": [{"association": "projects", "where": {"budget": 1}}]}'),
    ('{"include": [{"association": "projects", "as": "x", "attributes": ["budget"]}]}'),
  ('{"include": [{"association": "projects", "through": {"attributes": ["rate"]}}]}'),
    ('{"limit": 1, "include": [{"association": "projects", "through": {"attributes": ["role"], "where": {"role": "admin"}}}]}'),
  ('{"include": [{"association": "projects", "through": {"where": {"rate": 1}}}]}'),
    ('{"include": [{"association": "projects", "through": {"paranoid": false}}]}'),
  ('{"include": [{"association": "notes", "attributes": ["secret"]}]}'),
    ('{"limit": 1, "include": [{"association": "notes", "attributes": ["text"]}]}'),
  ('{"include": [{"association": "reports"}]}'), ('{"limit": 1, "include": {"all": true}}'),
    ('{"include": [{"association": "boss", "recursive": true}]}')) v (options);
-- a recursion has a depth
SELECT asked('User', options::jsonb, '{"attributes": ["id"], "limit": 1, "include": {"reports": {"attributes": ["id"], "depth": 1}}}')
  FROM (VALUES ('{"include": [{"association": "reports", "recursive": true}]}'),
    ('{"include": [{"association": "reports", "recursive": true, "maxDepth": 2}]}'),
  ('{"include": ["reports.reports"]}')) v (options);
-- scopes and soft-deleted rows
SELECT asked('User', options::jsonb, '{"attributes": ["id"], "scope": ["adults"],
    "paranoid": true}') FROM (VALUES ('{"scope": "adults", "paranoid": false}'),
  ('{"scope": ["adults", "public"]}'), ('{"scope": false}')) v (options);

-- all functions that load
SELECT assoc.find_by_pk('User', 1, '{"include": ["notes"]}', NULL, '{"attributes": ["id"]}');
SELECT assoc.find_by_pk('User', 1, '{}', NULL, '{"attributes": ["id"]}'),
    assoc.find_by_pk('User', '1'::text, '{}', NULL, '{"attributes": ["id"]}'),
  assoc.find_by_pk_json('User', 1, '{}', NULL, '{"attributes": ["id"]}'),
    assoc.find_by_pk_json('User', '1'::text, '{}', NULL, '{"attributes": ["id"]}');
SELECT assoc.find_one('User', '{}', NULL, '{"attributes": ["id"], "limit": 2}'),
    assoc.find_one_json('User', '{}', NULL, '{"attributes": ["id"]}');
SELECT assoc.find_all_json('User', '{}', NULL, '{"attributes": ["id"], "limit": 1}'),
    assoc.find('User', '{}', NULL, '{"attributes": ["id"], "limit": 1}'),
  assoc.find_json('User', '{}', NULL, '{"attributes": ["id"], "limit": 1}');
SELECT assoc.find_page('User', '{}', NULL, '{"attributes": ["id"], "limit": 1}'),
    assoc.find_page_json('User', '{}', NULL, '{"attributes": ["id"], "limit": 1}');
SELECT assoc.find_and_count_all('User', '{}', NULL, '{"attributes": ["id"], "limit": 1}'),
    assoc.find_and_count_all_json('User', '{}', NULL, '{"attributes": ["id"], "limit": 1}');
SELECT assoc.get('User', 1, 'projects', '{}', '{"attributes": ["title", "through.role"], "limit": 1}'),
    assoc.get('User', '1'::text, 'boss', '{}', '{}'),
  assoc.get_json('User', 2, 'boss', '{}', '{"attributes": ["name"]}'),
    assoc.get_json('User', '1'::text, 'projects', '{}', '{"attributes": ["title"]}');
SELECT assoc.get('User', 1, 'projects', '{"through": {"where": {"rate": 1}}}', '{"where": ["through.role"]}');
SELECT assoc.count('User', '{"where": {"name": "ann"}}', NULL, '{"where": ["name"]}'),
    assoc.count_of('User', 1, 'projects', '{}', '{}'), assoc.count_of('User', '1'::text, 'notes', NULL, '{}');
SELECT assoc.count('User', '{"where": {"email": "a@x"}}', NULL, '{"where": ["name"]}');
-- includes that only filter are asked too
SELECT assoc.count('User', '{"include": [{"association": "projects", "where": {"budget": 5}}]}', NULL, '{"where": ["name"]}');
SELECT assoc.count('User', '{"include": [{"association": "projects", "where": {"budget": 5}}]}',
    NULL, '{"include": {"projects": {"where": ["title"]}}}');
SELECT assoc.count_of('User', 1, 'projects', '{"where": {"budget": 5}}', '{}');
SELECT assoc.sum('User', 'age', '{"where": {"email": "x"}}', NULL, '{}');
SELECT assoc.sum('User', 'age', '{}', NULL, '{}'),
    assoc.avg('User', 'age', '{}', NULL, '{}') > 0, assoc.min('User', 'age', '{}', NULL, '{}'),
    assoc.max('User', 'age', '{}', NULL, '{}');
SELECT assoc.find_for_update('User', '{}', NULL, NULL, NULL, '{"attributes": ["id"], "limit": 1}');
SELECT assoc.find_for_update('User', '{"where": {"email": "x"}}', NULL, NULL, NULL, '{"attributes": ["id"], "limit": 1}');
SELECT assoc.aggregate('User', '{"group": ["name"], "attributes": ["name", {"count": "*", "as": "n"}], "order": ["name"]}',
    NULL, '{"attributes": ["name"], "limit": 2}');
SELECT assoc.aggregate_json('User', '{"attributes": [{"max": "age", "as": "n"}]}', NULL, '{"attributes": ["name"]}');
SELECT assoc.aggregate('User', '{"group": ["email"], "attributes": [{"count": "*", "as": "n"}]}', NULL, '{"attributes": ["name"]}');
SELECT assoc.aggregate('User', '{"attributes": [{"count": "*", "where": {"email": "x"}, "as": "n"}]}', NULL, '{"attributes": ["name"]}');
SELECT assoc.aggregate('User', '{"attributes": [{"max": "age", "as": "n"}], "having": {"n": {"gt": {"param": "p"}}}}', '{"p": 1}',
    '{"attributes": ["age"]}');
SELECT assoc.aggregate('User', '{"attributes": [{"max": "age", "as": "n"}], "having": {"n": {"gt": 1}}}', NULL, '{}'),
    assoc.aggregate('User', '{"attributes": [{"count": "*", "as": "n"}], "group": ["age"], "limit": 9}', NULL, '{"limit": 2}');

-- kept with a scope: it holds wherever the scope is named, by accessors too, and not for what the scope says itself
SELECT assoc.find_all('User', '{"scope": "public"}'),
    assoc.find_all('User', '{"scope": "public", "where": {"name": "ann"}, "include": ["projects"]}');
SELECT assoc.find_all('User', '{"scope": "public", "where": {"age": 30}}');
SELECT assoc.find_all('User', '{"scope": "public", "include": [{"association": "notes", "where": {"text": "n2"}}]}');
SELECT user_with_projects(1, '{"scope": "public"}');
SELECT user_with_projects(1, '{"scope": "public", "include": [{"association": "projects", "attributes": ["budget"]}]}');
SELECT project_with_users(1, '{"include": [{"association": "users", "scope": "public"}]}'),
    assoc.get('Project', 1, 'users', '{"scope": "public", "attributes": ["name"]}');
SELECT project_with_users(1, '{"include": [{"association": "users", "scope": "public", "attributes": ["email"]}]}');
SELECT assoc.count('Project', '{"include": [{"association": "users", "scope": "public", "where": {"email": "x"}}]}');
-- named by the call: the document cannot leave it, but may name those that it allows
SELECT assoc.find_all('User', '{}', NULL, '"public"'),
    assoc.find_all('User', '{"scope": "adults", "attributes": ["name"]}', NULL, '"public"');
SELECT assoc.find_all('User', '{"scope": false}', NULL, '"public"');
SELECT assoc.find_all('User', '{"attributes": ["email"]}', NULL, '"public"');
SELECT assoc.find_all('User', '{}', NULL, '"adults"');
SELECT assoc.find_all('User', '{}', NULL, '"no_such"');

-- a path in a name says nothing of what else there is; into json it is allowed by the attribute
SELECT asked('User', options::jsonb,
    '{"attributes": ["id"], "where": ["name", "boss.name", "meta"], "order": ["name", "boss.name", "meta"]}')
  FROM (VALUES ('{"where": {"name.x": 1}}'), ('{"where": {"boss.name": "ann"}}'), ('{"order": ["name.x"]}'), ('{"order": ["boss.name"]}'),
  ('{"where": {"$boss.name$": "ann"}, "order": [["boss", "name", "DESC"]]}'),
  ('{"where": {"meta.a": 1}, "order": ["meta.a"]}')) v (options);
-- what is wrong with the list itself
SELECT asked('User', '{}', allow::jsonb) FROM (VALUES ('[]'), ('true'), ('null'), ('{"wher": []}'), ('{"where": ["nmae"]}'),
    ('{"where": ["projects.titel"]}'), ('{"include": ["no_such"]}'),
  ('{"limit": "x"}'), ('{"limit": {"param": "x"}}'), ('{"depth": 0}'), ('{"include": {"projects": {"order": ["name"]}}}'),
    ('{"where": {"a": 1}}'), ('{"paranoid": 1}'), ('{"where": "name"}')) v (allow);
-- it is never part of the document
SELECT assoc.find_all('User', '{"allow": {}}');
-- a hidden attribute is no more usable for being allowed
SELECT asked('User', '{"where": {"password": "s3cret"}}', '{"where": ["password"]}');
-- one document under two lists are two plans
SELECT assoc.find_all('User', '{"where": {"id": 1}}', NULL, '{"where": ["id"], "attributes": ["name"]}'),
    assoc.find_all('User', '{"where": {"id": 1}}', NULL, '{"where": ["id"], "attributes": ["age"]}'),
  assoc.find_all('User', '{"where": {"id": 1}, "attributes": ["email"]}', NULL, NULL);
SELECT assoc.find_all('User', '{"where": {"id": 1}}', NULL, '{}');
DROP SCHEMA load_allow CASCADE;
