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
