-- Adding links: what is written, what is left alone, and what the diff says.
CREATE SCHEMA adding;
SET search_path = adding;
CREATE TABLE users (id bigint PRIMARY KEY, name text NOT NULL);
CREATE TABLE projects (id integer PRIMARY KEY, title text NOT NULL);
CREATE TABLE user_projects (
  user_id bigint NOT NULL REFERENCES users ON DELETE CASCADE,
  project_id integer NOT NULL REFERENCES projects ON DELETE CASCADE,
  role text NOT NULL DEFAULT 'viewer' CHECK (role IN ('admin', 'developer', 'viewer')),
  hours numeric, note json, tags text[],
  PRIMARY KEY (user_id, project_id));
CREATE INDEX ON user_projects (project_id, user_id);
INSERT INTO users VALUES (1, 'John'), (2, 'Jane');
INSERT INTO projects SELECT i, 'project ' || i FROM generate_series(1, 9) i;
SELECT assoc.belongs_to_many('users', 'projects', through => 'user_projects', inverse => 'users') ->> 'alias' AS alias;
-- every write to the join table, as plain SQL's triggers see it
CREATE TABLE writes (n serial, what text);
CREATE FUNCTION note_write() RETURNS trigger LANGUAGE plpgsql AS
$$BEGIN INSERT INTO writes (what) VALUES (TG_OP || ' ' || NEW.user_id || '-' || NEW.project_id); RETURN NULL; END$$;
CREATE TRIGGER note_write AFTER INSERT OR UPDATE ON user_projects FOR EACH ROW EXECUTE FUNCTION note_write();
CREATE VIEW links AS SELECT user_id, project_id, role, hours, note::text, tags FROM user_projects ORDER BY 1, 2;
CREATE FUNCTION written() RETURNS text LANGUAGE sql AS
$$WITH gone AS (DELETE FROM writes RETURNING *) SELECT string_agg(what, ', ' ORDER BY n) FROM gone$$;

-- one, many; defaults of the table hold
SELECT user_add_project(1, 3);
SELECT user_add_projects(1, '{5,4,3}');
SELECT * FROM links;
SELECT written();
-- again: nothing is written
SELECT user_add_projects(1, '{3,4,5}');
SELECT written();
-- payload: only rows that differ are written, and only what is given changes
SELECT user_add_projects(1, '{3,4,6}', '{"role": "admin", "hours": 1.5}');
SELECT user_add_projects(1, '{3,4,5,6}', '{"role": "admin"}');
SELECT user_add_projects(1, '{3,4}', '{"hours": 1.50}');
SELECT user_add_projects(1, '{3}', '{"hours": null, "note": {"b": 1,  "a": 2}, "tags": ["x", "y,z"]}');
SELECT user_add_projects(1, '{3,4}', '{"tags": ["x", "y,z"]}');
SELECT * FROM links;
SELECT written();
-- one payload for each id; the same id twice is one link, the last wins key by key
SELECT user_add_projects(1, '{7,3,7}', '[{"role": "developer", "hours": 1}, null, {"hours": 2}]');
SELECT assoc.add('users', 1, 'projects', '[8, {"id": 9, "through": {"role": "admin"}}, 8]', '{"hours": 3}');
SELECT assoc.add('users', 1, 'projects', '{"id": 9, "through": {"role": "viewer"}}');
SELECT * FROM links WHERE project_id >= 7;
SELECT written();
-- keys are compared by their column's type, whatever they came as
SELECT assoc.add('users', '2', 'projects', '["1", 1, 1.0]');
SELECT assoc.link_add('users', 'projects', 2, '{1,2}'::text[], NULL);
SELECT assoc.link_add('users', 'projects', '2'::text, '{1,3}', NULL);
SELECT assoc.link_add('users', 'projects', 2::numeric, 1::smallint, NULL);
SELECT assoc.link_add('users', 'projects', 2, '[1, {"id": 2}]'::json, NULL);
-- the other direction is the same links
SELECT project_add_user(1, 1);
SELECT project_add_users(1, '{1,2}', '{"role": "admin"}');
-- no ids: nothing, and nobody asks whether the source exists
SELECT user_add_projects(1, '{}'), assoc.add('users', 99, 'projects', '[]'), assoc.add('users', 1, 'projects', '[]');
SELECT written();

-- ids that do not exist are named, and nothing is left
SELECT user_add_projects(2, '{4,98,99}');
\echo :LAST_ERROR_SQLSTATE
SELECT user_add_project(2, 99);
SELECT user_add_project(77, 4);
SELECT user_add_projects(77, '{4,5}');
SELECT count(*) FROM links WHERE project_id = 4 AND user_id = 2;
-- one payload that fails leaves nothing
SELECT user_add_projects(2, '{4,5}', '[{"role": "admin"}, {"role": "boss"}]');
\echo :LAST_ERROR_SQLSTATE
SELECT count(*) FROM links WHERE user_id = 2 AND project_id IN (4, 5);
-- wrong documents
SELECT user_add_projects(2, '{4}', '{"rol": "admin"}');
\echo :LAST_ERROR_SQLSTATE
SELECT user_add_projects(2, '{4}', '{"user_id": 1}');
SELECT user_add_projects(2, '{4,5}', '[{"role": "admin"}]');
SELECT user_add_projects(2, '{4}', '"admin"');
SELECT user_add_projects(2, '{4}', '{"hours": "many"}');
SELECT assoc.add('users', 2, 'projects', '[{"id": 4, "role": "admin"}]');
SELECT assoc.add('users', 2, 'projects', '[{"id": 4, "through": {"role": "admin", "hour": 1}}]');
SELECT assoc.add('users', 2, 'projects', '["four"]');
SELECT assoc.add('users', 2, 'projects', '[4, null]');
SELECT assoc.add('users', 2, 'projects', '[99999999999]');
SELECT assoc.add('users', 2, 'project', '[4]');
SELECT assoc.add('user', 2, 'projects', '[4]');
-- NULL is no id; NULL through is none given
SELECT user_add_project(NULL, 4);
\echo :LAST_ERROR_SQLSTATE
SELECT user_add_projects(2, NULL);
SELECT user_add_projects(2, '{4,NULL}');
SELECT assoc.add(NULL, 2, 'projects', '[4]');
SELECT assoc.add('users', 2, NULL, '[4]');
SELECT user_add_project(2, 4, NULL), user_add_project(2, 5, 'null');
SELECT * FROM links WHERE user_id = 2;

-- untyped parameters
PREPARE add_generic AS SELECT assoc.add($1, $2, $3, $4, $5);
EXECUTE add_generic('users', '2', 'projects', '[6]', '{"role": "admin"}');
PREPARE has_generic AS SELECT assoc.has($1, $2, $3, $4);
EXECUTE has_generic('users', '2', 'projects', '[6]');
PREPARE set_generic AS SELECT assoc.set($1, $2, $3, $4);
EXECUTE set_generic('users', '2', 'projects', '[6]');
PREPARE remove_generic AS SELECT assoc.remove($1, $2, $3, $4);
EXECUTE remove_generic('users', '2', 'projects', '[6]');
DEALLOCATE ALL;

-- a number of statements that does not depend on the number of ids
SELECT jsonb_array_length(user_add_projects(2, (SELECT array_agg(id) FROM projects)) -> 'added') AS added;
-- columns renamed and swapped under a cached statement
ALTER TABLE user_projects RENAME hours TO spent;
ALTER TABLE user_projects RENAME role TO hours;
ALTER TABLE user_projects RENAME spent TO role;
SELECT user_add_project(2, 1, '{"hours": "admin", "role": 4}');
SELECT * FROM user_projects WHERE (user_id, project_id) = (2, 1);

-- composite keys that share a column: the tenant is the source's
CREATE TABLE accounts (tenant_id integer, id integer, PRIMARY KEY (tenant_id, id));
CREATE TABLE groups (tenant_id integer, id integer, PRIMARY KEY (tenant_id, id));
CREATE TABLE account_groups (
  tenant_id integer, account_id integer, group_id integer, since date,
  PRIMARY KEY (tenant_id, account_id, group_id),
  FOREIGN KEY (tenant_id, account_id) REFERENCES accounts,
  FOREIGN KEY (tenant_id, group_id) REFERENCES groups);
INSERT INTO accounts VALUES (1, 1), (2, 1);
INSERT INTO groups VALUES (1, 10), (1, 11), (2, 10);
SELECT assoc.belongs_to_many('accounts', 'groups', through => 'account_groups',
  foreign_key => 'tenant_id, account_id', other_key => 'tenant_id, group_id') ->> 'alias' AS alias;
SELECT account_add_groups(1, 1, '[{"tenant_id": 1, "id": 11}, {"tenant_id": 1, "id": 10}]', '{"since": "2026-01-02"}');
SELECT assoc.add('accounts', '{"tenant_id": 1, "id": 1}'::jsonb, 'groups',
  '[{"tenant_id": 1, "id": 10}, {"tenant_id": 1, "id": 11, "through": {"since": null}}]');
SELECT account_add_group(1, 1, '{"tenant_id": 2, "id": 10}');
SELECT account_add_group(1, 1, '{"tenant_id": 1, "id": 12}');
SELECT account_add_group(1, 1, '{"id": 10}');
SELECT account_has_groups(1, 1, '[{"tenant_id": 1, "id": 10}]'), account_has_groups(2, 1, '[{"tenant_id": 1, "id": 10}]');
SELECT account_set_groups(1, 1, '[{"tenant_id": 1, "id": 10}]');
TABLE account_groups;
-- a link that is there is unchanged, even where one with the defaults could not be made
CREATE TABLE strict_links (user_id bigint REFERENCES users, project_id bigint REFERENCES projects,
  role text DEFAULT 'none' CHECK (role <> 'none'), note text, PRIMARY KEY (user_id, project_id),
    CHECK (note IS NOT NULL OR role <> 'guest'));
CREATE INDEX ON strict_links (project_id);
SELECT assoc.belongs_to_many('users', 'projects', through => 'strict_links', alias => 'stricts',
  options => '{"accessors": false}') -> 'through' AS through;
INSERT INTO strict_links SELECT u.id, p.id, 'admin', 'n' FROM (SELECT min(id) AS id FROM users) u, (SELECT min(id) AS id FROM projects) p;
SELECT assoc.add('users', user_id, 'stricts', to_jsonb(project_id)) -> 'unchanged' = to_jsonb(ARRAY[project_id]) AS unchanged,
  assoc.add('users', user_id, 'stricts', to_jsonb(project_id), '{"role": "guest"}') -> 'updated' = to_jsonb(ARRAY[project_id]) AS updated
FROM strict_links;
SELECT role, note FROM strict_links;

-- one link is looked up by both of its keys, however many links the source has and whatever the planner believes
CREATE TABLE wide_users (id bigint PRIMARY KEY);
CREATE TABLE wide_items (id bigint PRIMARY KEY);
CREATE TABLE wide_links (wide_user_id bigint REFERENCES wide_users, wide_item_id bigint REFERENCES wide_items, note text,
  PRIMARY KEY (wide_user_id, wide_item_id));
CREATE INDEX ON wide_links (wide_item_id);
ALTER TABLE wide_links SET (autovacuum_enabled = false);
SELECT assoc.belongs_to_many('wide_users', 'wide_items', through => 'wide_links', alias => 'items',
  options => '{"accessors": false}') -> 'through' AS through;
INSERT INTO wide_users SELECT generate_series(1, 1000);
INSERT INTO wide_items SELECT generate_series(1, 3001);
INSERT INTO wide_links SELECT u, u % 7 + 1 FROM generate_series(2, 1000) u;
ANALYZE wide_links;
INSERT INTO wide_links SELECT 1, generate_series(1, 3000);
BEGIN;
SELECT assoc.add('wide_users', 1, 'items', '3001', '{"note": "x"}') -> 'added' AS added, assoc.add('wide_users', 1, 'items', '3000',
  '{"note": "y"}') -> 'updated' AS updated,
  assoc.has('wide_users', 1, 'items', '2999') AS has, assoc.remove('wide_users', 1, 'items', '2998') -> 'removed' AS removed;
SELECT pg_stat_get_xact_tuples_returned('wide_links_pkey'::regclass) < 20 AS few_read;
ROLLBACK;

SET client_min_messages = warning;
DROP SCHEMA adding CASCADE;
