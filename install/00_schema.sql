-- Complain if this script is sourced in psql rather than by CREATE EXTENSION.
\echo Use "CREATE EXTENSION pg_associations" to load this file. \quit

-- Everything lives in a schema of our own.  CREATE (never IF NOT EXISTS): a
-- schema that somebody made beforehand could hold planted functions.
CREATE SCHEMA assoc;
GRANT USAGE ON SCHEMA assoc TO PUBLIC;
COMMENT ON SCHEMA assoc IS 'pg_associations: associations between tables, loaded as JSON';
