-- What an installation of 0.1.0 has to lose before the functions of now are put in place:
-- functions that are gone or have other arguments, and all triggers, which are made anew behind the
-- functions.  Entry points that accessors call are never among them.
DROP EVENT TRIGGER assoc_registry_follow_drop;
DROP EVENT TRIGGER assoc_registry_follow_rename;
DROP TRIGGER registry_guard ON assoc.models;
DROP TRIGGER registry_guard ON assoc.associations;
DROP TRIGGER registry_changed ON assoc.models;
DROP TRIGGER registry_changed ON assoc.associations;
DROP FUNCTION assoc.check();
DROP FUNCTION assoc.validate(text, jsonb);
DROP FUNCTION assoc.set(text, "any", text, jsonb, jsonb);
DROP FUNCTION assoc.set(text, text, text, jsonb, jsonb);
DROP FUNCTION assoc.set_many(text, text, jsonb);
DROP FUNCTION assoc.load_error(text, jsonb);
DROP FUNCTION assoc.discover(name, boolean);
DROP FUNCTION assoc.discover_plan(name);
DROP FUNCTION assoc.define(text, jsonb, jsonb, boolean);
DROP FUNCTION assoc.adopt(regclass, text, jsonb, boolean);
DROP FUNCTION assoc.belongs_to_many(text, text, text, text, text, text, text, text, text, jsonb, jsonb, boolean);
DROP FUNCTION assoc.has_many(text, text, text, text, text, text, jsonb, boolean);
DROP FUNCTION assoc.has_one(text, text, text, text, text, text, jsonb, boolean);
DROP FUNCTION assoc.belongs_to(text, text, text, text, text, text, jsonb, boolean);
DROP VIEW assoc.registry_keys;
DROP VIEW assoc.registry_columns;

-- The type of the columns that name relations.
CREATE TYPE assoc.relation;
CREATE FUNCTION assoc.relation_in(cstring) RETURNS assoc.relation
LANGUAGE C STABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'registry_relation_in';
CREATE FUNCTION assoc.relation_out(assoc.relation) RETURNS cstring
LANGUAGE internal STABLE STRICT PARALLEL SAFE AS 'regclassout';
CREATE FUNCTION assoc.relation_recv(internal) RETURNS assoc.relation
LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'regclassrecv';
CREATE FUNCTION assoc.relation_send(assoc.relation) RETURNS bytea
LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'regclasssend';
CREATE TYPE assoc.relation (
  INPUT = assoc.relation_in, OUTPUT = assoc.relation_out, RECEIVE = assoc.relation_recv, SEND = assoc.relation_send,
  LIKE = regclass, CATEGORY = 'N');
CREATE CAST (assoc.relation AS oid) WITHOUT FUNCTION AS IMPLICIT;
CREATE CAST (assoc.relation AS regclass) WITHOUT FUNCTION AS IMPLICIT;
CREATE CAST (regclass AS assoc.relation) WITHOUT FUNCTION AS ASSIGNMENT;
CREATE CAST (integer AS assoc.relation) WITHOUT FUNCTION AS ASSIGNMENT;
CREATE CAST (oid AS assoc.relation) WITHOUT FUNCTION AS ASSIGNMENT;
COMMENT ON TYPE assoc.relation IS 'regclass, but a name of nothing is a warning and no error';
COMMENT ON FUNCTION assoc.relation_in(cstring) IS 'input of type assoc.relation';
COMMENT ON FUNCTION assoc.relation_out(assoc.relation) IS 'output of type assoc.relation';
COMMENT ON FUNCTION assoc.relation_recv(internal) IS 'binary input of type assoc.relation';
COMMENT ON FUNCTION assoc.relation_send(assoc.relation) IS 'binary output of type assoc.relation';
ALTER TABLE assoc.models ALTER COLUMN relation TYPE assoc.relation;
ALTER TABLE assoc.associations
  ALTER COLUMN source TYPE assoc.relation, ALTER COLUMN target TYPE assoc.relation, ALTER COLUMN through TYPE assoc.relation;

ALTER TABLE assoc.models ADD discovered boolean NOT NULL DEFAULT false;
ALTER TABLE assoc.associations ADD discovered boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN assoc.models.discovered IS 'declared only by assoc.discover, or by a role that needed a model to point at';
COMMENT ON COLUMN assoc.associations.discovered IS 'declared only by assoc.discover';
ALTER TABLE assoc.models ADD COLUMN declared jsonb CHECK (jsonb_typeof(declared) IN ('object', 'array'));
ALTER TABLE assoc.associations ADD COLUMN declared jsonb CHECK (jsonb_typeof(declared) = 'object');
CREATE UNLOGGED TABLE assoc.registry_dropped (
  xact xid8 NOT NULL DEFAULT pg_current_xact_id(),
  what jsonb NOT NULL
);
COMMENT ON TABLE assoc.registry_dropped IS 'declarations of tables that a transaction under way has dropped';
DROP FUNCTION assoc.diagram(text, name);
