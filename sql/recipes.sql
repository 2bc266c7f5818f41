-- The queries of docs/coming-from-sequelize.md, in its order (script/check compares them).
\pset format unaligned
\pset tuples_only on
CREATE SCHEMA recipes;
SET search_path = recipes;
-- Models
SELECT assoc.define('User', '{
  "name":  {"type": "varchar(80)", "allowNull": false, "validate": {"len": [2, 80]}},
  "email": {"type": "text", "unique": true, "validate": {"isEmail": true}},
  "age":   "integer",
  "meta":  {"type": "jsonb", "default": {}}
}', '{"timestamps": false}') -> 'table';
SELECT assoc.define('Project', '{"title": {"type": "text", "unique": true}, "budget": "numeric(10,2)"}',
  '{"timestamps": false, "paranoid": true, "scopes": {"dear": {"where": {"budget": {"gte": {"param": "least"}}}}}}') -> 'table';
SELECT assoc.define('Task', '{"title": "text", "points": "integer", "done": {"type": "boolean", "default": false}}',
  '{"timestamps": false}') -> 'table';
SELECT assoc.define('Tag', '{"name": {"type": "text", "unique": true}}', '{"timestamps": false}') -> 'table';
SELECT assoc.define('Profile', '{"bio": "text"}', '{"timestamps": false}') -> 'table';
SELECT assoc.validate('User', '{"name": "x", "email": "y"}');

-- Associations
SELECT assoc.belongs_to_many('User', 'Project', through => 'UserProject', alias => 'projects', inverse => 'users',
  foreign_key => 'userId', other_key => 'projectId',
  through_attributes => '{"role": {"type": "text", "default": "viewer", "validate": {"isIn": ["admin", "developer", "viewer"]}},
    "startDate": "date"}') -> 'created';
SELECT assoc.has_many('Project', 'Task', alias => 'tasks', inverse => 'project') -> 'created';
SELECT assoc.belongs_to('Project', 'User', alias => 'owner', foreign_key => 'owner_id', inverse => 'owned') -> 'created';
SELECT assoc.has_one('User', 'Profile', alias => 'profile', inverse => 'user', options => '{"onDelete": "CASCADE"}') -> 'created';
SELECT assoc.belongs_to_many('Project', 'Tag', through => 'ProjectTag', alias => 'tags', inverse => 'projects',
  through_attributes => '{"position": "integer"}', options => '{"order": [["through", "position"]],
    "through": {"attributes": []}}') -> 'created';
SELECT assoc.belongs_to_many('User', 'User', through => 'Mentoring', alias => 'mentors', inverse => 'mentees', foreign_key => 'mentee_id', other_key => 'mentor_id') -> 'created';
SELECT assoc.define('Comment', '{"body": "text", "commentableType": "text", "commentableId": "bigint"}',
  '{"timestamps": false}') -> 'table';
SELECT assoc.has_many('Project', 'Comment', foreign_key => 'commentableId', alias => 'comments',
  options => '{"constraints": false, "scope": {"commentableType": "project"}}') -> 'alias';
ALTER TABLE comments ADD "projectId" bigint GENERATED ALWAYS AS (CASE WHEN "commentableType" = 'project' THEN "commentableId" END)
  STORED REFERENCES projects;
SELECT assoc.belongs_to('Comment', 'Project', foreign_key => 'projectId', alias => 'project') -> 'created';

-- Accessors
SELECT assoc.bulk_create('User', '[
  {"name": "Ann", "email": "ann@example.com", "age": 34, "meta": {"lang": "en"}, "projects": [
    {"title": "Moon", "budget": 900, "through": {"role": "admin", "startDate": "2024-01-01"},
     "tasks": [{"title": "plan", "points": 3, "done": true}, {"title": "fly", "points": 8}],
     "tags": [{"name": "space", "through": {"position": 2}}, {"name": "near", "through": {"position": 1}}]},
    {"title": "Mars", "budget": 5000, "through": {"role": "developer", "startDate": "2024-03-01"},
      "tasks": [{"title": "wait", "points": 5}],
     "tags": {"create": [{"name": "far", "through": {"position": 1}}]}}]},
  {"name": "Bob", "email": "bob@example.com", "age": 51, "projects": [{"title": "Garden", "through": {"role": "admin"}}]},
  {"name": "Cid", "age": 19}
]', '{"attributes": ["id", "name"], "include": []}');
SELECT user_add_project(3, 2, '{"role": "admin"}');
SELECT user_add_projects(3, '{1,2}');
SELECT user_get_projects(1, '{"where": {"budget": {"gt": 1000}}, "order": [["title", "DESC"]]}');
SELECT assoc.get('User', 1, 'projects', '{"attributes": ["title"], "through": {"attributes": []}}');
SELECT user_count_projects(1, '{"where": {"title": "Moon"}}');
SELECT user_has_project(3, 2), user_has_projects(3, '{1,2}');
SELECT user_set_projects(3, '{2,3}');
SELECT user_remove_project(3, 3);
SELECT assoc.clear('User', 3, 'projects');
SELECT user_create_project(3, '{"title": "Attic"}', '{"role": "admin"}');
SELECT project_set_owner(1, 1);
SELECT project_get_owner(1);
SELECT project_create_comment(1, '{"body": "fine"}');
SELECT assoc.find_all('Comment', '{"attributes": ["body"], "include": [{"association": "project", "attributes": ["title"]}]}');
SELECT user_create_profile(1, '{"bio": "Astronaut"}');
SELECT user_with_projects(1, '{"attributes": ["name"]}');
SELECT assoc.toggle('User', 3, 'projects', '[2]');

-- Finders
SELECT assoc.find_by_pk('User', 1);
SELECT assoc.find_one('User', '{"where": {"email": {"param": "mail"}}}', '{"mail": "bob@example.com"}');
SELECT assoc.find_all('User', '{"where": {"age": {"gte": 30}}, "attributes": ["name"]}');
SELECT assoc.find('User', '{"attributes": ["name"]}');
SELECT assoc.find_and_count_all('User', '{"attributes": ["name"], "limit": 1}');
SELECT assoc.count('User', '{"where": {"age": {"lt": 50}}}');
SELECT assoc.count('User', NULL);
SELECT assoc.sum('Project', 'budget'), assoc.max('Project', 'budget');
SELECT assoc.aggregate('Task', '{"attributes": ["done", {"count": "*", "as": "n"}, {"sum": "points", "as": "points"}], "group": ["done"], "having": {"n": {"gte": 1}}}');
SELECT assoc.find_by_pk_json('User', 1, '{"attributes": ["name", "id"]}');

-- Attributes
SELECT assoc.find_by_pk('User', 1, '{"attributes": ["name", ["email", "mail"]]}');
SELECT assoc.find_by_pk('User', 1, '{"attributes": {"exclude": ["meta"]}}');
SELECT assoc.find_by_pk('User', 1, '{"attributes": {"include": [{"count": "projects", "as": "n"}], "exclude": ["meta"]}}');
SELECT assoc.find_all('User', '{"attributes": ["name", {"sum": ["projects", "budget"], "as": "sum"}]}');

-- Where
SELECT assoc.find_all('User', '{"attributes": ["name"], "where": {"age": {"gte": 18, "lt": 40}}}');
SELECT assoc.find_all('User', '{"attributes": ["name"], "where": {"name": ["Ann", "Cid"], "email": null}}');
SELECT assoc.find_all('User', '{"attributes": ["name"], "where": {"or": [{"age": 19}, {"name": {"like": "B%"}}]}}');
SELECT assoc.find_all('User', '{"attributes": ["name"], "where": {"not": {"age": 19}}}');
SELECT assoc.find_all('User', '{"attributes": ["name"], "where": {"name": {"startsWith": "A"}}}');
SELECT assoc.find_all('User', '{"attributes": ["name"], "where": {"name": {"iLike": {"any": ["a%", "c%"]}}}}');
SELECT assoc.find_all('User', '{"attributes": ["name"], "where": {"meta.lang": "en"}}');
SELECT assoc.find_all('User', '{"attributes": ["name"], "where": {"name": {"ne": {"col": "email"}}}}');
SELECT assoc.find_all('Project', '{"attributes": ["title"], "where": {"$owner.name$": "Ann"}}');
SELECT assoc.find_all('User', '{"attributes": ["name"], "where": {"projects": {"some": {"title": "Moon"}}}}');

-- Include
SELECT assoc.find_by_pk('User', 2, '{"attributes": ["name"], "include": ["projects.tasks"]}') #> '{projects,0,tasks}';
SELECT assoc.find_by_pk('User', 1, '{"attributes": ["name"], "include": [{"association": "projects", "attributes": ["title"], "through": {"attributes": ["role"]}}]}');
SELECT assoc.find_all('User', '{"attributes": ["name"], "include": [{"association": "projects", "attributes": ["title"], "where": {"title": "Moon"}, "through": {"attributes": []}}]}');
SELECT assoc.find_all('User', '{"attributes": ["name"], "include": [{"association": "projects", "attributes": ["title"], "where": {"title": "Moon"}, "required": false, "through": {"attributes": []}}]}');
SELECT assoc.find_all('User', '{"attributes": ["name"], "include": [{"association": "projects", "attributes": ["title"], "through": {"where": {"role": "admin"}, "attributes": []}}]}');
SELECT assoc.find_all('User', '{"attributes": ["name"], "include": [{"association": "profile", "required": true, "attributes": []}]}');
SELECT assoc.find_by_pk('Tag', 1, '{"include": {"all": true}}') -> 'projects' -> 0 -> 'title';
SELECT assoc.find_by_pk('User', 1, '{"attributes": [], "include": [{"association": "projects", "as": "led", "attributes": ["title"], "through": {"where": {"role": "admin"}, "attributes": []}}, {"association": "projects", "as": "rest", "attributes": ["title"], "through": {"where": {"role": {"ne": "admin"}}, "attributes": []}}]}');
SELECT assoc.find_by_pk('User', 1, '{"attributes": ["name"], "include": [{"association": "projects", "attributes": ["title"], "through": {"flatten": true, "attributes": ["role"]}}]}');

-- Order, paging, counting
SELECT assoc.find_all('User', '{"attributes": ["name"], "order": [["age", "DESC NULLS LAST"], "name"]}');
SELECT assoc.find_all('Project', '{"attributes": ["title"], "order": [["owner", "name", "DESC NULLS LAST"]]}');
SELECT assoc.find_all('User', '{"attributes": ["name"], "order": [{"by": "name", "lower": true}]}');
SELECT assoc.find_all('User', '{"attributes": ["name"], "order": [{"by": "name", "collation": "und-x-icu"}]}');
SELECT assoc.find_all('User', '{"attributes": ["name"], "order": [["meta.lang", "DESC NULLS LAST"]]}');
SELECT assoc.find_all('User', '{"attributes": ["name"], "limit": 2, "offset": 1}');
SELECT assoc.find_page('User', '{"attributes": ["name"], "order": [["age", "DESC"]], "limit": 1, "after": {"param": "next"}}', '{"next": "AaTP-awyg5BeAzUxAjI"}');

-- Writing
SELECT assoc.create('User', '{"name": "Dee", "age": 40}', '{"attributes": ["id", "name", "meta"]}');
SELECT assoc.create('Project', '{"title": "Venus", "tasks": [{"title": "look"}], "users": {"connect": [{"id": 2, "through": {"role": "admin"}}]}}', '{"attributes": ["title"]}') -> 'tasks' -> 0 -> 'title';
SELECT assoc.bulk_create('Tag', '[{"name": "far"}, {"name": "old"}]', '{"ignoreDuplicates": true, "attributes": ["name"]}');
SELECT assoc.bulk_create('User', '[{"name": "Bob", "email": "bob@example.com", "age": 52}]', '{"updateOnDuplicate": ["age"], "conflict": ["email"], "attributes": ["id", "age"]}');
SELECT assoc.upsert('User', '{"email": "bob@example.com", "name": "Bob", "age": 53}', '{"attributes": ["id", "age"]}');
SELECT assoc.find_or_create('Tag', '{"name": "wet"}', '{"attributes": ["name"]}');
SELECT assoc.update('User', '{"age": 20}', '{"where": {"name": "Cid"}}');
SELECT assoc.update('User', '{"age": 21}', '{"where": {"name": "Cid"}, "returning": ["name", "age"]}') -> 'rows';
SELECT assoc.destroy('Tag', '{"where": {"name": "wet"}}');
SELECT assoc.update('User', '{"age": {"increment": 1}}', '{"where": {"id": 1}}') -> 'count';

-- Transactions and locks
BEGIN;
SELECT assoc.find_for_update('Task', '{"attributes": ["id", "title"], "where": {"title": "wait"},
  "include": [{"association": "project", "attributes": ["title"]}]}',
  'update', 'skip locked');
SELECT assoc.update('Task', '{"points": 6}', '{"where": {"id": 3}}');
COMMIT;

-- Scopes and paranoid
SELECT assoc.find_all('Project', '{"scope": "dear", "attributes": ["title"]}', '{"least": 1000}');
SELECT assoc.destroy('Project', '{"where": {"title": "Attic"}}') -> 'count';
SELECT assoc.count('Project', '{}'), assoc.count('Project', '{"paranoid": false}');
SELECT assoc.restore('Project', '{"where": {"title": "Attic"}}') -> 'count';
SELECT assoc.destroy('Project', '{"where": {"title": "Attic"}, "force": true}') -> 'count';

-- Sync
SELECT assoc.sync();
SELECT assoc.define('Tag', '{"name": {"type": "text", "unique": true}, "color": "text"}', '{"timestamps": false}', replace => true) -> 'changed';

-- 1. limit with a required many-to-many include returns too few parents
SELECT assoc.find_all('User', '{"attributes": ["name"], "limit": 2,
  "include": [{"association": "projects", "attributes": ["title"], "through": {"attributes": []}, "required": true}]}');

-- 2. subQuery: false makes limit count joined rows
SELECT assoc.find_all('User', '{"attributes": ["name"], "limit": 2,
  "include": [{"association": "projects", "attributes": [], "where": {"budget": {"gt": 0}}}]}');

-- 3. $projects.title$ with limit: missing FROM-clause entry
SELECT assoc.find_all('User', '{"attributes": ["name"], "where": {"projects": {"some": {"title": "Garden"}}}, "limit": 1}');

-- 4. OR between a parent's column and a child's, with paging
SELECT assoc.find_all('User', '{"attributes": ["name"], "where": {"or": [{"age": {"lt": 30}}, {"projects": {"some": {"title": "Moon"}}}]},
  "limit": 5}');

-- 5. Parents without children, with limit
SELECT assoc.find_all('User', '{"attributes": ["name"], "where": {"projects": {"none": {}}}, "limit": 5}');

-- 6. Parents that have all of these
SELECT assoc.find_all('Project', '{"attributes": ["title"], "where": {"tags": {"allOf": [1, 2]}}}');

-- 7. Filter by one child, show all children
SELECT assoc.find_all('User', '{"attributes": ["name"], "where": {"projects": {"some": {"title": "Moon"}}},
  "include": [{"association": "projects", "attributes": ["title"], "through": {"attributes": []}}]}');

-- 8. order in an include is ignored
SELECT assoc.find_by_pk('User', 1, '{"attributes": ["name"],
  "include": [{"association": "projects", "attributes": ["title"], "order": [["title", "ASC"]],
  "through": {"attributes": []}, "include": [{"association": "tasks", "attributes": ["title"], "order": [["points", "DESC"]]}]}]}');

-- 9. Ordering parents by associated rows gives the wrong page
SELECT assoc.find_all('User', '{"attributes": ["name"], "order": [{"by": {"max": ["projects", "budget"]}, "direction": "DESC",
  "nulls": "last"}], "limit": 2}');

-- 10. Order by a column of the join table
SELECT assoc.get('Project', 1, 'tags', '{"attributes": ["name"]}'),
  user_get_projects(1, '{"attributes": ["title"], "order": [["through", "startDate", "DESC"]], "through": {"attributes": []}}');

-- 11. The first n children of each parent, many-to-many
SELECT assoc.find_all('User', '{"attributes": ["name"], "include": [
  {"association": "projects", "attributes": ["title"], "through": {"attributes": []}, "order": [["budget", "DESC"]], "limit": 1}]}');
SET pg_associations.probe = on;
CREATE INDEX ON tasks (project_id, points DESC, id);
SELECT line FROM assoc.explain('Project', '{"include": [{"association": "tasks", "order": [["points", "DESC"]], "limit": 1}]}') line
  WHERE line ~ 'Source';
RESET pg_associations.probe;

-- 12. Several collections multiply
SELECT assoc.find_by_pk('Project', 1, '{"attributes": ["title"], "include": [{"association": "tasks", "attributes": ["title"]},
  {"association": "tags", "attributes": ["name"]}, {"association": "users", "attributes": ["name"], "through": {"attributes": []}}]}');

-- 13. Building instances in JavaScript takes longer than the query
SELECT assoc.find_by_pk_json('User', 1, '{"attributes": ["id", "name"],
  "include": [{"association": "projects", "attributes": ["title"], "through": {"attributes": ["role"]}}]}');

-- 14. findAndCountAll counts joined rows
SELECT assoc.find_and_count_all('User', '{"attributes": ["name"],
  "include": [{"association": "projects", "attributes": [], "required": true}], "limit": 1}');

-- 15. Count associated rows without loading them, and sort by it
SELECT assoc.find_all('User', '{"attributes": ["name", {"count": "projects", "as": "n"}], "order": [["n", "DESC"]], "limit": 2}');

-- 16. Concurrent addX throws
SELECT user_add_project(3, 1, '{"role": "viewer"}'), user_add_project(3, 1, '{"role": "viewer"}');

-- 17. setX loses links on failure and mixes with another setX
SELECT user_set_projects(3, '{2,99}');
SELECT user_count_projects(3);

-- 18. Other join-table values for each target
SELECT assoc.set('User', 3, 'projects', '[{"id": 1, "through": {"role": "admin"}}, {"id": 2, "through": {"role": "developer"}}, 3]',
  '{"startDate": "2025-01-01"}');

-- 19. The same pair linked twice: add updates, include shows one
SELECT assoc.belongs_to_many('User', 'Project', through => 'Visit', alias => 'visited', inverse => 'visitors',
  through_attributes => '{"day": "date"}', options => '{"through": {"unique": false, "attributes": ["day"], "as": "visit"}}') -> 'created';
SELECT user_add_visited(1, '{2,2}', '[{"day": "2025-02-01"}, {"day": "2025-02-09"}]');
SELECT user_get_visited(1, '{"attributes": ["title"]}');

-- 20. Adding again what was removed from a paranoid join table fails
SELECT assoc.belongs_to_many('User', 'Project', through => 'Watch', alias => 'watched', inverse => 'watchers',
  options => '{"through": {"paranoid": true}}') -> 'created';
SELECT assoc.add('User', 1, 'watched', '1'), assoc.remove('User', 1, 'watched', '1'), assoc.add('User', 1, 'watched', '1');

-- 21. removeX and setX ignore through.scope and delete other links
SELECT assoc.belongs_to_many('User', 'Project', through => 'UserProject', alias => 'led', inverse => 'leaders', foreign_key => 'userId',
  other_key => 'projectId',
  options => '{"through": {"scope": {"role": "admin"}}}') -> 'created';
SELECT assoc.clear('User', 1, 'led');
SELECT user_get_projects(1, '{"attributes": ["title"], "through": {"attributes": ["role"]}}');

-- 22. Nested create cannot name rows that exist; update has no include
SELECT assoc.update('User', '{"age": 35, "projects": {"connect": [{"id": 1, "through": {"role": "admin"}}], "disconnect": [2],
  "connectOrCreate": {"where": {"title": "Orbit"}, "create": {"title": "Orbit", "budget": 1}, "through": {"role": "viewer"}}}}',
  '{"where": {"name": "Ann"}, "returning": {"attributes": ["name", "age"],
    "include": [{"association": "projects", "attributes": ["title"], "through": {"attributes": ["role"]}}]}}') -> 'rows';

-- 23. Deep includes run into the limit of 63 bytes for names
SELECT assoc.find_by_pk('Profile', 1, '{"attributes": ["bio"],
  "include": [{"association": "user", "as": "theUserWhoWroteThisProfileLongAgo", "attributes": ["name"], "include": [
  {"association": "projects", "as": "theProjectsOfTheUserWhoWroteThisProfile", "attributes": ["title"], "limit": 1,
    "through": {"attributes": []}}]}]}');

-- 24. The join table's object clutters the result
SELECT user_get_projects(1, '{"attributes": ["title"], "through": {"attributes": []}}'),
  user_get_projects(1, '{"attributes": ["title"], "through": {"attributes": ["role"], "as": "membership"}}');

-- 25. What required does in nested includes is hard to foresee
SELECT assoc.find_all('User', '{"attributes": ["name"], "where": {"projects": {"some": {"tasks": {"none": {"done": true}}}}},
  "include": [{"association": "projects", "attributes": ["title"], "through": {"attributes": []},
    "include": [{"association": "tasks", "attributes": ["title"], "where": {"done": true}}]}]}');

-- 26. Two rows are one person
INSERT INTO users (id, name) VALUES (50, 'Anne');
SELECT assoc.add('User', 50, 'projects', '[1, 2]') -> 'added';
SELECT assoc.merge('User', 50, 1, '{"dry_run": true}') -> 'references';
SELECT assoc.merge('User', 50, 1) -> 'deleted';

-- 27. Counters and payload lose updates
SELECT assoc.update('Task', '{"points": {"increment": 2}}', '{"where": {"title": "plan"}, "returning": ["points"]}') -> 'rows';

-- 28. Link and unlink by a condition
SELECT assoc.update_link('User', 1, 'projects', '{"where": {"title": {"startsWith": "O"}, "through": {"role": "viewer"}}}',
  '{"role": "developer"}');

-- 29. Update many rows, each with other values
SELECT assoc.update_many('Task', '[{"id": 1, "points": 8}, {"id": 2, "points": {"increment": 1}, "done": true}]',
  '{"returning": ["points", "done"]}');

-- 30. The order of links is lost
SELECT assoc.belongs_to_many('User', 'Project', through => 'Favourite', alias => 'favourites',
  options => '{"position": "rank"}') -> 'created';
SELECT assoc.set('User', 1, 'favourites', '[6, 1, 2]') -> 'added', assoc.reorder('User', 1, 'favourites', '2', '{"by": -1}') -> 'updated';
SELECT assoc.get('User', 1, 'favourites', '{"attributes": ["id"], "through": {"attributes": []}}');

-- 31. Counter caches drift; limits are raced over
SELECT assoc.has_many('Project', 'Task', alias => 'allTasks', foreign_key => 'project_id',
  options => '{"counter": "tasks_count", "max": 3}') -> 'created';
INSERT INTO tasks (title, project_id) VALUES ('land', 1);
SELECT tasks_count FROM projects WHERE id = 1;
INSERT INTO tasks (title, project_id) SELECT 'too many', 1 FROM generate_series(1, 3);

-- 32. One main address; a slug that is free again
SELECT assoc.define('Page', '{"slug": "text"}', '{"timestamps": false, "paranoid": true,
  "indexes": [{"fields": ["slug"], "unique": true, "where": {"sql": "deleted_at IS NULL"}}]}') -> 'table';
SELECT assoc.create('Page', '{"slug": "home"}') -> 'id', assoc.destroy('Page', '{"all": true}') -> 'count',
  assoc.create('Page', '{"slug": "home"}') -> 'id';

-- 33. Save a document with all that is in it
SELECT assoc.save('Project', '{"id": 2, "title": "Mars", "budget": 5100.00, "tasks": [{"title": "go"}], "tags": [{"name": "red"}]}',
  '{"dry_run": true}') -> 'changes' -> 0;
WITH loaded AS (SELECT assoc.find_by_pk('Project', 2, '{"attributes": ["id", "budget"], "include": ["tasks"]}') AS document)
SELECT assoc.save('Project', jsonb_set(document, '{tasks,0,done}', 'true'), jsonb_build_object(
  'loaded', '{"attributes": ["id", "budget"], "include": ["tasks"]}'::jsonb, 'etag', md5(document::text))) -> 'changes' FROM loaded;

-- 34. Soft deletion leaves children behind; trees with cycles
SELECT assoc.has_many('Page', 'Page', alias => 'subpages', inverse => 'above', foreign_key => 'above_id',
  options => '{"acyclic": true, "onDestroy": "CASCADE"}') -> 'created';
SELECT assoc.create('Page', '{"slug": "docs", "subpages": [{"slug": "start"}]}') -> 'id',
  assoc.destroy('Page', '{"where": {"slug": "docs"}}') -> 'count';
SELECT assoc.find_all('Page', '{"attributes": ["slug"], "where": {"slug": "start"}}'),
  assoc.restore('Page', '{"where": {"slug": "docs"}}') -> 'count';
SELECT assoc.update('Page', '{"above": {"connect": 4}}', '{"where": {"slug": "docs"}}');

-- 35. Friends
SELECT assoc.belongs_to_many('User', 'User', through => 'Friendship', alias => 'friends', through_attributes => '{"since": "date"}',
  options => '{"symmetric": true}') -> 'created';
SELECT assoc.add('User', 1, 'friends', '[2, 3]', '{"since": "2024-01-01"}'), assoc.add('User', 2, 'friends', '[1, 4]');
SELECT assoc.find_all('User', '{"attributes": ["name"], "include": [{"association": "friends", "values": "name"}]}');
SELECT assoc.remove('User', 3, 'friends', '1') -> 'removed';
SELECT assoc.find_all('User', '{"attributes": ["name"], "where": {"friends": {"some": {"through": {"since": {"lt": "2025-01-01"}}}}}}');

-- 36. Who invited them?
SELECT assoc.belongs_to('Friendship', 'User', alias => 'introducedBy', foreign_key => 'introduced_by_id') -> 'created';
SELECT assoc.update_link('User', 2, 'friends', '[1, 4]', '{"introduced_by_id": 3}') -> 'updated';
SELECT assoc.find_by_pk('User', 1, '{"attributes": ["name"], "include": [{"association": "friends", "attributes": ["name"],
  "through": {"attributes": ["since"], "include": [{"association": "introducedBy", "attributes": ["name"]}]}}]}');

-- 37. Exactly one lead
SELECT assoc.define('Team', '{"name": "text"}', '{"timestamps": false}') -> 'table';
SELECT assoc.belongs_to_many('Team', 'User', through => 'Seat', alias => 'players', through_attributes => '{"role": "text"}',
  options => '{"limits": [{"where": {"role": "lead"}, "min": 1, "max": 1}, {"max": 11}]}') -> 'created';
SELECT assoc.create('Team', '{"name": "Reds", "players": {"connect": [{"id": 1, "through": {"role": "lead"}}, 2]}}') -> 'name';
SELECT assoc.set('Team', 1, 'players', '[2, {"id": 3, "through": {"role": "lead"}}]');
DELETE FROM seats WHERE role = 'lead';

-- Not here
SELECT upper(u.name) AS name, user_count_projects(u.id) AS projects FROM users u WHERE length(u.name) = 3 ORDER BY u.id;
SET client_min_messages = warning;
DROP SCHEMA recipes CASCADE;
