-- The type of the columns that name relations: regclass, but for names of nothing.  The
-- rows may come from where there are other tables: from a dump of a database of which a part is restored
-- (-e pg_associations), and by logical replication FOR ALL TABLES, whose apply must not stop.

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
