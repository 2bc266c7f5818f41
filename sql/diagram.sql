-- assoc.diagram: the models of a schema as a picture
CREATE SCHEMA diagrams;
CREATE SCHEMA diagrams_other;
SET search_path = diagrams;
\pset format unaligned
\pset tuples_only on
SET client_min_messages = warning;
SELECT assoc.diagram();
SELECT assoc.diagram('dot');
CREATE TABLE users (id bigint PRIMARY KEY, name varchar(80), born timestamptz, tags text[]);
CREATE TABLE projects (id integer PRIMARY KEY, owner_id bigint REFERENCES users, "a ""b"" {c}" numeric(6,2));
CREATE TABLE user_projects (user_id bigint REFERENCES users, project_id integer REFERENCES projects, role text, PRIMARY KEY (user_id,
  project_id));
CREATE INDEX ON user_projects (project_id);
CREATE INDEX ON projects (owner_id);
CREATE TABLE profiles (id bigint PRIMARY KEY, user_id bigint NOT NULL UNIQUE REFERENCES users, "1st" text);
CREATE TABLE diagrams_other.notes (id bigint PRIMARY KEY, project_id integer REFERENCES projects);
CREATE INDEX ON diagrams_other.notes (project_id);
CREATE TABLE diagrams_other.alone (id bigint PRIMARY KEY);
SELECT assoc.adopt('users', 'User') IS NOT NULL, assoc.adopt('projects', 'A "quoted" {name}') IS NOT NULL, assoc.adopt('profiles',
  'Profile') IS NOT NULL,
  assoc.adopt('diagrams_other.notes', 'Note') IS NOT NULL, assoc.adopt('diagrams_other.alone', 'Alone') IS NOT NULL;
CREATE FUNCTION quietly(call text) RETURNS void LANGUAGE plpgsql AS $$ BEGIN EXECUTE call; END $$;
SELECT quietly($$SELECT assoc.belongs_to_many('User', 'A "quoted" {name}', through => 'user_projects', alias => 'projects',
  options => '{"accessors": false}')$$);
SELECT quietly($$SELECT assoc.has_many('User', 'A "quoted" {name}', alias => 'owned', foreign_key => 'owner_id', inverse => 'owner',
  options => '{"accessors": false}')$$);
SELECT quietly($$SELECT assoc.has_one('User', 'Profile', inverse => 'user', options => '{"accessors": false}')$$);
SELECT quietly($$SELECT assoc.belongs_to('diagrams_other.Note', 'A "quoted" {name}', foreign_key => 'project_id', alias => 'project',
  options => '{"accessors": false}')$$);
SELECT assoc.diagram();
SELECT assoc.diagram('dot');
-- another schema, with what its models point at
SELECT assoc.diagram(schema => 'diagrams_other');
SELECT assoc.diagram(NULL, NULL) = assoc.diagram('mermaid', NULL), assoc.diagram('mermaid', NULL) ~ 'diagrams_other.Alone';
SELECT assoc.diagram('png');
SELECT assoc.diagram('Mermaid') = assoc.diagram(), assoc.diagram('DOT') = assoc.diagram('dot');
SELECT assoc.diagram('dbml');
-- some models, with the join tables between them
SELECT assoc.diagram(models => '{User,Profile}');
SELECT assoc.diagram(models => '{}');
-- as a picture: a box for each table, a line for each key, names as XML wants them
SELECT count(*) FROM regexp_matches(assoc.diagram('svg'), '<rect x', 'g');
SELECT count(*) FROM regexp_matches(assoc.diagram('svg'), 'marker-end', 'g');
SELECT regexp_matches(assoc.diagram('svg'), '>([^<]*quoted[^<]*)<', 'g');
SELECT assoc.diagram('svg', 'nowhere');
SELECT assoc.diagram_svg(jsonb_build_object('tables', (SELECT jsonb_agg('{}'::jsonb) FROM generate_series(1, 41)), 'edges', '[]'::jsonb));
PREPARE d AS SELECT assoc.diagram($1, $2);
EXECUTE d('mermaid', 'nowhere');
SELECT count(*) FROM (SELECT assoc.forget(n)
  FROM unnest('{User,"A \"quoted\" {name}",Profile,user_projects,diagrams_other.Note,diagrams_other.Alone}'::text[]) n) f;
DROP SCHEMA diagrams, diagrams_other CASCADE;
