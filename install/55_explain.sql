-- What loads do, for people.

CREATE FUNCTION assoc.explain(model text, options jsonb DEFAULT NULL, run boolean DEFAULT false,
  params jsonb DEFAULT NULL, pk text DEFAULT NULL)
RETURNS SETOF text STABLE PARALLEL RESTRICTED ROWS 20 LANGUAGE c AS 'MODULE_PATHNAME', 'assoc_explain';
COMMENT ON FUNCTION assoc.explain(text, jsonb, boolean, jsonb, text) IS
'How find_all, or with pk find_by_pk, loads this: for each node of the include tree its tables, where its rows come from (probe of indexes, or batch and why no probe) and its SQL. run => true loads it and adds rows, keys, statements, time and buffers.';

CREATE FUNCTION assoc.sql(model text, options jsonb DEFAULT NULL, params jsonb DEFAULT NULL)
RETURNS text STABLE PARALLEL RESTRICTED LANGUAGE c AS 'MODULE_PATHNAME', 'assoc_sql';
COMMENT ON FUNCTION assoc.sql(text, jsonb, jsonb) IS
'One SQL statement that gives what find_all gives, with values as constants: to read, to run, to EXPLAIN. Names are qualified where the current search_path requires it. The functions themselves load faster than this statement.';

CREATE FUNCTION assoc.session_loads(OUT relation regclass, OUT role regrole, OUT kind text, OUT association text, OUT options jsonb,
  OUT calls bigint, OUT rows bigint, OUT statements bigint, OUT source text, OUT total_time double precision, OUT max_time double precision)
RETURNS SETOF record VOLATILE PARALLEL RESTRICTED ROWS 100 LANGUAGE c AS 'MODULE_PATHNAME', 'assoc_session_loads';
COMMENT ON FUNCTION assoc.session_loads() IS
'The loads of this session since it began, by shape, for assoc.stat_loads: those of roles whose rights one has, and all for members of pg_read_all_stats.';

CREATE VIEW assoc.stat_loads AS
  SELECT l.relation, m.name AS model, l.role, l.kind, l.association, l.options, l.calls, l.rows, l.statements, l.source,
    l.total_time, l.total_time / l.calls AS mean_time, l.max_time
  FROM assoc.session_loads() l LEFT JOIN assoc.models m ON m.relation = l.relation::oid
  WHERE l.calls > 0;
COMMENT ON VIEW assoc.stat_loads IS
'The loads of this session since it began, by shape: how many, of how many rows, by how many statements, in how many milliseconds. options are those of the first; those that differ in values only are counted together.';
GRANT SELECT ON assoc.stat_loads TO PUBLIC;

CREATE FUNCTION assoc.server_loads(OUT relation regclass, OUT role regrole, OUT kind text, OUT association text, OUT options jsonb,
  OUT calls bigint, OUT rows bigint, OUT statements bigint, OUT source text, OUT total_time double precision, OUT max_time double precision,
  OUT database oid, OUT model text)
RETURNS SETOF record VOLATILE PARALLEL SAFE ROWS 1000 LANGUAGE c AS 'MODULE_PATHNAME', 'assoc_server_loads';
COMMENT ON FUNCTION assoc.server_loads() IS
'The loads of all sessions of the server, by shape, for assoc.stat_server_loads: those of roles whose rights one has, and all for members of pg_read_all_stats. The library must be in shared_preload_libraries.';

CREATE VIEW assoc.stat_server_loads AS
  SELECT d.datname AS database, l.relation, l.model, l.role, l.kind, l.association, l.options, l.calls, l.rows, l.statements, l.source,
    l.total_time, l.total_time / l.calls AS mean_time, l.max_time
  FROM assoc.server_loads() l LEFT JOIN pg_catalog.pg_database d ON d.oid = l.database;
COMMENT ON VIEW assoc.stat_server_loads IS
'The loads of all sessions in all databases since the server started, or since assoc.server_loads_reset(), as assoc.stat_loads has those of one session. relation is NULL for those of other databases, model is the name of then.';
GRANT SELECT ON assoc.stat_server_loads TO PUBLIC;

CREATE FUNCTION assoc.server_loads_reset() RETURNS void VOLATILE PARALLEL SAFE LANGUAGE c AS 'MODULE_PATHNAME', 'assoc_server_loads_reset';
REVOKE EXECUTE ON FUNCTION assoc.server_loads_reset() FROM PUBLIC;
COMMENT ON FUNCTION assoc.server_loads_reset() IS
'Begins assoc.stat_server_loads anew. For superusers, and whom they grant it.';
