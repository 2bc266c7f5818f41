-- What a soft-deleted row is associated with: nothing, for get and count_of as for every verb, unless the call asks for such rows.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pg_associations;
CREATE SCHEMA del;
SET search_path = del;
SELECT assoc.define('User', '{"name": {"type": "text", "unique": true}}', '{"timestamps": false, "paranoid": true}') ->> 'model' AS model;
SELECT assoc.define('Project', '{"title": "text"}', '{"timestamps": false}') ->> 'model' AS model;
SELECT assoc.define('Post', '{"title": "text"}', '{"timestamps": false, "paranoid": true}') ->> 'model' AS model;
SELECT assoc.define('Card', '{"number": "text"}', '{"timestamps": false}') ->> 'model' AS model;
SELECT assoc.define('Team', '{"name": "text"}', '{"timestamps": false}') ->> 'model' AS model;
SELECT assoc.define('Note', '{"text": "text"}', '{"timestamps": false}') ->> 'model' AS model;
SELECT assoc.belongs_to_many('User', 'Project', inverse => 'users') ->> 'alias' AS alias;
SELECT assoc.has_many('User', 'Post', inverse => 'author') ->> 'alias' AS alias;
SELECT assoc.has_one('User', 'Card') ->> 'alias' AS alias;
SELECT assoc.belongs_to('User', 'Team') ->> 'alias' AS alias;
SELECT assoc.has_many('Team', 'User', alias => 'members', foreign_key => 'team_id') ->> 'alias' AS alias;
SELECT assoc.has_many('User', 'Note', source_key => 'name', foreign_key => 'user_name') ->> 'alias' AS alias;
SELECT assoc.bulk_create('User', '[
  {"name": "ann", "team": {"create": {"name": "red"}}, "projects": [{"title": "one"}], "posts": [{"title": "shown"}, {"title": "gone"}],
    "card": {"create": {"number": "7"}}, "notes": [{"text": "n"}]},
  {"name": "bob"}]') IS NOT NULL AS created;
UPDATE users SET team_id = 1 WHERE id = 2;
SELECT assoc.destroy('Post', '{"where": {"title": "gone"}}') AS destroyed;
CREATE VIEW got AS
  SELECT alias, options, assoc.get('User', 1, alias, options) AS got, assoc.get_json('User', '1', alias, options) AS json,
    assoc.count_of('User', 1, alias, options)
  FROM unnest('{projects,posts,card,team,notes,team.members,projects.users}'::text[]) WITH ORDINALITY AS a (alias, n),
    (VALUES (NULL::jsonb), ('{"paranoid": false}')) AS o (options)
  ORDER BY options NULLS FIRST, n;
SELECT alias, options, jsonb_path_query_array(got, '$[*].id') AS ids, count_of FROM got;
SELECT assoc.destroy('User', '{"where": {"id": 1}}') AS destroyed;
SELECT alias, options, jsonb_path_query_array(got, '$[*].id') AS ids, got = json::jsonb AS same, count_of FROM got;
-- without probes it is the same
CREATE TABLE kept AS SELECT alias, options, got::text, json::text, count_of FROM got;
SET pg_associations.probe = off;
SELECT alias, options, got::text, json::text, count_of FROM got EXCEPT SELECT * FROM kept;
RESET pg_associations.probe;

-- accessors
SELECT user_get_projects(1) AS projects, user_get_posts(1) AS posts, user_get_card(1) AS card, user_get_team(1) AS team,
  user_count_projects(1) AS n, user_has_project(1, 1) AS has, user_with_projects(1) AS with_projects;
SELECT user_get_projects(1, '{"paranoid": false, "attributes": ["title"], "through": {"attributes": []}}') AS projects,
  user_count_projects(1, '{"paranoid": false}') AS n;
-- not deleted posts of a deleted author
SELECT assoc.find_by_pk('User', 1, '{"paranoid": false, "attributes": ["name"],
  "include": [{"association": "posts", "attributes": ["title"]}]}');
-- a row that is not there, and one whose targets' default scope shows deleted ones
SELECT assoc.get('User', 9, 'projects') AS projects, assoc.count_of('User', 9, 'projects'), assoc.get('User', 9, 'card') AS card;
SELECT 1 FROM assoc.define('Post', '{"title": "text"}', '{"timestamps": false, "paranoid": true,
  "defaultScope": {"paranoid": false}}', replace => true);
SELECT assoc.get('User', 1, 'posts') AS posts, assoc.count_of('User', 1, 'posts');
-- one that comes back has all again
SELECT assoc.restore('User', '{"where": {"id": 1}}') AS restored;
SELECT jsonb_array_length(user_get_posts(1)) AS posts, user_count_projects(1) AS projects, user_get_team(1) AS team;
SELECT assoc.destroy('User', '{"where": {"id": 1}}') AS destroyed;

-- the row and what it has are read without a statement, whatever key leads from the one to the other; and there is nothing to
-- read below none
CREATE FUNCTION loads(id bigint) RETURNS TABLE (alias text, kind text, rows numeric, statements numeric) LANGUAGE plpgsql
  SET pg_associations.probe = on AS $$
  BEGIN
    PERFORM assoc.get('User', id, a, '{"attributes": ["id"]}'), assoc.count_of('User', id, a, '{"where": {"id": {"gt": 0}}}')
    FROM unnest('{projects,posts,card,team,notes}'::text[]) a;
    RETURN QUERY SELECT s.association, s.kind, sum(s.rows), sum(s.statements) FROM assoc.stat_loads s
      WHERE s.options IN ('{"attributes": ["id"]}', '{"where": {"id": {"gt": 0}}}') GROUP BY 1, 2 ORDER BY 1, 2;
  END $$;
SELECT * FROM loads(1);
SELECT assoc.restore('User', '{"where": {"id": 1}}') ->> 'count' AS restored;
SELECT * FROM loads(1);
SELECT assoc.get('User', 2, 'team', '{"include": [{"all": true, "nested": true}]}'),
  assoc.get('User', 2, 'posts', '{"include": [{"all": true}]}'),
  assoc.get('User', 1, 'notes', '{"limit": 1, "attributes": ["text"]}');
-- under a policy on the row
ALTER TABLE users ENABLE ROW LEVEL SECURITY;
CREATE POLICY known ON users USING (name <> 'ann');
CREATE ROLE regress_assoc_owned;
GRANT USAGE ON SCHEMA del TO regress_assoc_owned;
GRANT SELECT ON ALL TABLES IN SCHEMA del TO regress_assoc_owned;
SET ROLE regress_assoc_owned;
SELECT assoc.count_of('User', 1, 'posts'), assoc.get('User', 1, 'team'), assoc.get('User', 2, 'team'), assoc.count_of('User', 2, 'team');
RESET ROLE;
ALTER TABLE users DISABLE ROW LEVEL SECURITY;
DROP OWNED BY regress_assoc_owned;
DROP ROLE regress_assoc_owned;
SELECT assoc.destroy('User', '{"where": {"id": 1}}') AS destroyed;

-- whether the row is deleted is read with the caller's rights
CREATE ROLE regress_assoc_reader;
GRANT USAGE ON SCHEMA del TO regress_assoc_reader;
GRANT SELECT ON posts TO regress_assoc_reader;
GRANT SELECT (name) ON users TO regress_assoc_reader;
SET ROLE regress_assoc_reader;
SELECT assoc.get('User', 2, 'posts');
SELECT assoc.get('User', 1, 'posts', '{"paranoid": false, "attributes": ["title"]}');
RESET ROLE;
GRANT SELECT (id, deleted_at) ON users TO regress_assoc_reader;
SET ROLE regress_assoc_reader;
SELECT assoc.get('User', 2, 'posts'), assoc.get('User', 1, 'posts');
RESET ROLE;
DROP SCHEMA del CASCADE;
DROP ROLE regress_assoc_reader;
