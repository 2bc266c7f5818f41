-- A function that another role put under an accessor's name is none, whatever it reads like.
CREATE ROLE regress_own_a;
CREATE ROLE regress_own_b;
CREATE ROLE regress_own_group;
CREATE ROLE regress_own_deploy;
CREATE SCHEMA own;
GRANT USAGE, CREATE ON SCHEMA own TO regress_own_a, regress_own_b, regress_own_group, regress_own_deploy;
SET search_path = own;
CREATE FUNCTION tries(call text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE said text; detail text;
BEGIN
  EXECUTE call INTO said;
  RETURN said;
EXCEPTION WHEN OTHERS THEN
  GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL;
  RETURN concat_ws(' ', SQLSTATE, SQLERRM, '|', detail);
END $$;
CREATE FUNCTION declares(replace boolean DEFAULT false, options jsonb DEFAULT '{"accessors": ["with", "get"]}') RETURNS text
  LANGUAGE sql AS $$
  SELECT own.tries(format($q$SELECT assoc.has_many('own.User', 'own.Project', foreign_key => 'user_id', options => %L,
    replace => %L) -> 'accessors'$q$,
    options, replace)) $$;
CREATE VIEW listing AS SELECT p.oid::regprocedure AS function, proowner::regrole AS owner FROM pg_proc p
  WHERE pronamespace = 'own'::regnamespace AND proname ~ '^users?_' ORDER BY 1;
GRANT SELECT ON listing TO PUBLIC;
\pset tuples_only on
\pset format unaligned

SET ROLE regress_own_a;
CREATE TABLE users (id bigint PRIMARY KEY);
CREATE TABLE projects (id bigint PRIMARY KEY, user_id bigint REFERENCES users);
CREATE INDEX ON projects (user_id);
SELECT assoc.adopt('users', 'User') ->> 'model', assoc.adopt('projects', 'Project') ->> 'model';

-- planted before the declaration
SET ROLE regress_own_b;
CREATE FUNCTION user_with_projects(id bigint, options jsonb DEFAULT NULL) RETURNS jsonb STABLE PARALLEL RESTRICTED LANGUAGE sql
  RETURN assoc.load_one('own.users'::regclass, 'projects', id, options);
SET ROLE regress_own_a;
SELECT declares();
SELECT declares(true);
BEGIN;
SELECT status, note FROM assoc.discover('own', apply => true) WHERE statement ~ 'has_many';
ROLLBACK;
RESET ROLE;
SELECT declares();
-- with other arguments: a call with a number would find it first
SET ROLE regress_own_b;
DROP FUNCTION user_with_projects;
CREATE FUNCTION user_with_projects(id integer) RETURNS jsonb LANGUAGE sql RETURN 'null'::jsonb;
SET ROLE regress_own_a;
SELECT declares();
RESET ROLE;
SELECT declares();
SELECT alias FROM assoc.associations WHERE source = 'users'::regclass;
-- an accessor of another role's association is none of ours either
SET ROLE regress_own_b;
DROP FUNCTION user_with_projects;
RESET ROLE;
CREATE SCHEMA other AUTHORIZATION regress_own_b;
SET ROLE regress_own_b;
CREATE TABLE other.users (id bigint PRIMARY KEY);
CREATE TABLE other.projects (id bigint PRIMARY KEY, user_id bigint REFERENCES other.users);
CREATE INDEX ON other.projects (user_id);
SELECT assoc.has_many('other.users', 'other.projects', foreign_key => 'user_id',
  options => '{"accessors": {"only": ["with"], "schema": "own"}}')
  -> 'accessors';
SET ROLE regress_own_a;
SELECT declares();
SET ROLE regress_own_b;
SELECT assoc.forget('other.users'), assoc.forget('other.projects');

-- planted where an accessor is missing: sync, and a declaration that comes again, do not take it
SET ROLE regress_own_a;
SELECT declares();
DROP FUNCTION user_get_projects;
SET ROLE regress_own_b;
CREATE FUNCTION user_get_projects(id bigint, options jsonb DEFAULT NULL) RETURNS jsonb STABLE PARALLEL RESTRICTED LANGUAGE sql
  RETURN assoc.load_get('own.users'::regclass, 'projects', id, options);
SET ROLE regress_own_a;
SELECT declares();
SELECT tries($$SELECT assoc.sync('own')$$);
RESET ROLE;
SELECT tries($$SELECT assoc.sync('own')$$);
SELECT object, problem, fix FROM assoc.check('own');
-- nor does taking the declaration back
SELECT assoc.drop_association('own.User', 'projects') -> 'accessors';
SELECT * FROM listing;
DROP FUNCTION user_get_projects;

-- whose functions are as good: a role that may act as the owner, a role that the owner is in, a superuser
GRANT regress_own_a TO regress_own_deploy;
GRANT regress_own_group TO regress_own_a;
SET ROLE regress_own_deploy;
SELECT declares();
SELECT * FROM listing;
SET ROLE regress_own_a;
SELECT declares();
RESET ROLE;
ALTER FUNCTION user_get_projects OWNER TO regress_own_group;
ALTER FUNCTION user_with_projects OWNER TO CURRENT_USER;
SET ROLE regress_own_a;
SELECT declares();
SELECT declares(true);
RESET ROLE;
SELECT declares(true, '{"accessors": {"only": ["get"], "returns": "json"}}');
SELECT * FROM listing;
-- given away by a superuser: still ours, for a superuser, until somebody else writes it
SELECT declares(true);
ALTER FUNCTION user_get_projects OWNER TO regress_own_b;
SELECT declares(), (SELECT count(*) FROM assoc.check('own'));
SET ROLE regress_own_a;
SELECT declares();
SET ROLE regress_own_b;
CREATE OR REPLACE FUNCTION user_get_projects(id bigint, options jsonb DEFAULT NULL) RETURNS jsonb STABLE PARALLEL RESTRICTED LANGUAGE sql
  RETURN assoc.load_get('own.users'::regclass, 'projects', id, options);
RESET ROLE;
SELECT declares();
SELECT object, problem FROM assoc.check('own');
DROP FUNCTION user_get_projects;

-- a trigger that another role put under the name of ours
SET ROLE regress_own_a;
SELECT assoc.define('own.Note', '{"text": "text"}') ->> 'model';
DROP TRIGGER keep_updated_at ON notes;
GRANT TRIGGER ON notes TO regress_own_b;
SET ROLE regress_own_b;
CREATE FUNCTION own.f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
CREATE TRIGGER keep_updated_at BEFORE UPDATE ON notes FOR EACH ROW EXECUTE FUNCTION own.f();
SET ROLE regress_own_a;
SELECT tries($$SELECT assoc.sync('own')$$);
DROP TRIGGER keep_updated_at ON notes;
SELECT assoc.sync('own');
RESET ROLE;

SET client_min_messages = error;
DROP SCHEMA own, other CASCADE;
DROP ROLE regress_own_a, regress_own_b, regress_own_group, regress_own_deploy;
