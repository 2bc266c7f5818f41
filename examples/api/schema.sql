-- Can be run again: what is there already stays.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pg_associations;
CREATE SCHEMA IF NOT EXISTS team;
SET search_path = team;

SELECT assoc.define('User', '[
  ["name",  {"type": "text", "allowNull": false, "validate": {"len": {"args": [2, 40], "msg": "has 2 to 40 letters"}}}],
  ["email", {"type": "text", "allowNull": false, "unique": true, "validate": {"isEmail": {"args": true, "msg": "is no address"}}}]]',
  '{"scopes": {"api": {"allow": {
    "attributes": ["id", "name", "email"], "where": ["name", "email", "projects.title"], "order": ["name", "email"], "limit": 50,
    "include": {"projects": {"attributes": ["id", "title", "through.role"]}}}}}}') ->> 'model';
SELECT assoc.define('Project', '[["title", {"type": "text", "allowNull": false, "unique": true}]]') ->> 'model';
SELECT assoc.belongs_to_many('User', 'Project', inverse => 'users',
  through_attributes => '[["role", {"type": "text", "allowNull": false, "default": "viewer", "validate": {"isIn": ["admin", "viewer"]}}]]') ->> 'through';
