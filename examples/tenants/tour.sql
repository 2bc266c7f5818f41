-- psql -d tenants -f tour.sql
\set ON_ERROR_STOP on
\pset format unaligned
\pset tuples_only on
SET client_min_messages = warning;
\ir schema.sql
CREATE EXTENSION IF NOT EXISTS pg_associations;

-- soft deletion is proposed, for it hides rows: agree first, so that all that is declared knows it
SELECT statement, note FROM assoc.discover() WHERE status = 'proposed';
SELECT assoc.adopt('tenants.projects', 'projects', '{"paranoid": true, "deletedAt": "deleted_at"}') -> 'primaryKey';
SELECT statement FROM assoc.discover() WHERE status = 'declare' AND statement !~ 'adopt';
SELECT status, count(*) FROM assoc.discover(apply => true) GROUP BY 1 ORDER BY 1;

-- a key of several columns is an object
SELECT jsonb_pretty(assoc.find_by_pk('projects', '{"tenant_id": 1, "id": 1}', '{
  "attributes": ["title"],
  "include": [
    {"association": "owner", "attributes": ["email"]},
    {"association": "users", "attributes": ["email"], "through": {"attributes": ["role"]}},
    {"association": "tasks", "attributes": ["title"], "include": [
      {"association": "assignee", "attributes": ["email"]}]}]}'));

-- what each customer has
SELECT assoc.find_all('tenants', '{
  "attributes": ["name", {"count": "users", "as": "users"}, {"count": "projects", "as": "projects"}]}');

-- one more joins; the tenant is said once, in the row and in the link
SELECT assoc.add('projects', '{"tenant_id": 1, "id": 1}', 'users', '[{"tenant_id": 1, "id": 2, "through": {"role": "developer"}}]');
SELECT * FROM project_users WHERE user_id = 2;

-- deleted, and back again
SELECT assoc.destroy('projects', '{"where": {"tenant_id": 1, "title": "Shed"}}');
SELECT assoc.find_all('tenants', '{"where": {"id": 1}, "include": [{"association": "projects", "attributes": ["title"]}]}');
SELECT assoc.restore('projects', '{"where": {"tenant_id": 1, "title": "Shed"}}');

-- who does what, over all tenants
SELECT assoc.find_all('users', '{
  "attributes": ["email", {"count": "assignee_tasks", "as": "has"}, {"count": "reporter_tasks", "as": "wants"}],
  "order": [["email", "ASC"]]}');
