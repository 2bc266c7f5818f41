-- The models of docs/clients.md: users and projects with roles.
\set ON_ERROR_STOP on
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pg_associations;
DROP SCHEMA IF EXISTS app CASCADE;
CREATE SCHEMA app;
SELECT format('ALTER DATABASE %I SET search_path = app', current_database()) \gexec
SET search_path = app;
SELECT assoc.define('User', '[["name", {"type": "text", "allowNull": false}], ["email", {"type": "text", "unique": true, "validate": {"isEmail": true}}]]', '{"timestamps": false}') ->> 'model',
  assoc.define('Project', '[["title", {"type": "text", "allowNull": false}]]', '{"timestamps": false}') ->> 'model',
  assoc.belongs_to_many('User', 'Project', inverse => 'users', through_attributes => '[["role", {"type": "text", "validate": {"isIn": ["admin", "viewer"]}}]]') ->> 'through';
SELECT assoc.create('User', '{"name": "Ann", "email": "ann@example.com", "projects": [{"title": "Moon", "through": {"role": "admin"}}, {"title": "Mars"}]}') ->> 'id',
  assoc.create('User', '{"name": "Bob", "email": "bob@example.com"}') ->> 'id';
