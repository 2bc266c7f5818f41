-- assoc.declarations: the calls that rebuild the registry over tables that are there
CREATE SCHEMA decl;
SET search_path = decl;
\pset tuples_only on
CREATE FUNCTION quietly(call text) RETURNS void LANGUAGE plpgsql AS $$ BEGIN EXECUTE call; END $$;
SELECT quietly($$SELECT assoc.define('User', '{"fullName": {"type": "varchar(80)", "field": "name", "allowNull": false},
  "secret": {"type": "text", "hidden": true}, "score": {"type": "bigint", "json": "string", "default": 5, "validate": {"min": 1}}}',
    '{"paranoid": true}')$$);
SELECT quietly($$SELECT assoc.define('Project', '{"title": "text"}', '{"timestamps": false}')$$);
SELECT quietly($$SELECT assoc.define('"a.b"', '{}', '{"tableName": "odd name", "timestamps": false}')$$);
SELECT quietly($$SELECT assoc.belongs_to_many('User', 'Project', through => 'UserProject', inverse => 'users',
  through_attributes => '{"role": {"type": "text", "hidden": true}}',
  options => '{"accessors": false, "through": {"scope": {"role": "x"}}, "inverse": {"accessors": false, "order": [["id", "DESC"]]}}')$$);
SELECT quietly($$SELECT assoc.has_many('User', 'Project', alias => 'led', foreign_key => 'lead_id', inverse => 'leader',
  options => '{"accessors": false, "inverse": {"accessors": false}}')$$);
CREATE TABLE notes (id integer PRIMARY KEY, "userId" bigint);
CREATE INDEX ON notes ("userId");
CREATE VIEW active AS SELECT * FROM users;
SELECT quietly($$SELECT assoc.adopt('notes', 'Note')$$);
SELECT quietly($$SELECT assoc.adopt('active', options => '{"key": ["id"], "scopes": {"x": {"where": {"id": 1}}}}')$$);
SELECT quietly($$SELECT assoc.belongs_to('Note', 'User', foreign_key => 'userId', alias => 'author',
  options => '{"accessors": false, "singular": "writer"}')$$);
SELECT quietly($$SELECT assoc.has_many('active', 'Note', foreign_key => 'userId', alias => 'notes', options => '{"accessors": false}')$$);

SELECT assoc.declarations();
SELECT assoc.declarations('public');
SELECT assoc.declarations('nowhere');

-- the registry as it is, is what they make; save that define or a join table made some of it
CREATE TABLE models (name, attributes, options) AS SELECT name, attributes - '{created_at,updated_at,deleted_at}'::text[],
  options - 'defined' FROM assoc.models;
CREATE TABLE associations AS SELECT * FROM assoc.associations;
CREATE TABLE calls AS SELECT * FROM assoc.declarations() WITH ORDINALITY c (call, step);
DELETE FROM assoc.associations;
DELETE FROM assoc.models;
SELECT count(quietly(call)) FROM (SELECT call FROM calls ORDER BY step) c;
(TABLE models EXCEPT SELECT name, attributes, options - 'defined' FROM assoc.models)
  UNION ALL (SELECT name, attributes, options - 'defined' FROM assoc.models EXCEPT TABLE models);
-- what is kept of the declarations themselves is that of the new ones
UPDATE associations SET declared = a.declared FROM assoc.associations a WHERE a.source = associations.source
  AND a.alias = associations.alias;
(TABLE associations EXCEPT TABLE assoc.associations) UNION ALL (TABLE assoc.associations EXCEPT TABLE associations);
SELECT call FROM calls EXCEPT SELECT assoc.declarations();
\pset tuples_only off
DELETE FROM assoc.associations;
DELETE FROM assoc.models;
SET client_min_messages = warning;
DROP SCHEMA decl CASCADE;
