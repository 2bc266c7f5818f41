-- Loading.  All of it is STABLE and writes nothing, so it runs on a standby.
-- No function is STRICT: NULL options mean none, a NULL id is an error.

-- What accessors call: bound to a relation, so that no name is looked up.

CREATE FUNCTION assoc.load_one(source regclass, alias text, id "any", options jsonb)
RETURNS jsonb STABLE PARALLEL RESTRICTED LANGUAGE c AS 'MODULE_PATHNAME', 'assoc_load_one';
COMMENT ON FUNCTION assoc.load_one(regclass, text, "any", jsonb) IS
'One row of the source with the association included, by primary key; NULL when there is none. Options: load options for the row. What with-accessors call.';

CREATE FUNCTION assoc.load_all(source regclass, alias text, options jsonb)
RETURNS SETOF jsonb STABLE PARALLEL RESTRICTED LANGUAGE c AS 'MODULE_PATHNAME', 'assoc_load_all';
COMMENT ON FUNCTION assoc.load_all(regclass, text, jsonb) IS
'Rows of the source with the association included, streamed. Options: load options.';

CREATE FUNCTION assoc.load_get(source regclass, alias text, id "any", options jsonb)
RETURNS jsonb STABLE PARALLEL RESTRICTED LANGUAGE c AS 'MODULE_PATHNAME', 'assoc_load_get';
COMMENT ON FUNCTION assoc.load_get(regclass, text, "any", jsonb) IS
'The rows associated with one source row, exactly as with shows them: an array, [] when there are none; for a to-one association the row, or NULL. alias: of an association, or a path of several ("roles.permissions"). Options: load options for the associated rows, as for find_all, and through.';

CREATE FUNCTION assoc.load_count(source regclass, alias text, id "any", options jsonb)
RETURNS bigint STABLE PARALLEL RESTRICTED LANGUAGE c AS 'MODULE_PATHNAME', 'assoc_load_count';
COMMENT ON FUNCTION assoc.load_count(regclass, text, "any", jsonb) IS
'Number of rows associated with one source row. Options: where, through (where, paranoid), include (required), scope, paranoid.';

-- The same by name.

CREATE FUNCTION assoc.find_by_pk(model text, pk "any", options jsonb DEFAULT NULL, params jsonb DEFAULT NULL)
RETURNS jsonb STABLE PARALLEL RESTRICTED LANGUAGE c AS 'MODULE_PATHNAME', 'assoc_find_by_pk';
COMMENT ON FUNCTION assoc.find_by_pk(text, "any", jsonb, jsonb) IS
'The row of a model with this primary key and everything that options include, as one document; NULL when there is none. params: values for {"param": name} in options.';

CREATE FUNCTION assoc.find_one(model text, options jsonb DEFAULT NULL, params jsonb DEFAULT NULL)
RETURNS jsonb STABLE PARALLEL RESTRICTED LANGUAGE c AS 'MODULE_PATHNAME', 'assoc_find_one';
COMMENT ON FUNCTION assoc.find_one(text, jsonb, jsonb) IS
'The first row that options find, in their order; NULL when there is none. limit, offset and after are refused.';

CREATE FUNCTION assoc.find_all(model text, options jsonb DEFAULT NULL, params jsonb DEFAULT NULL)
RETURNS jsonb STABLE PARALLEL RESTRICTED LANGUAGE c AS 'MODULE_PATHNAME', 'assoc_find_all';
COMMENT ON FUNCTION assoc.find_all(text, jsonb, jsonb) IS
'All rows that options find, as one array; [] when there are none. options: attributes, where, order, limit, offset, after, before, include, scope, paranoid, bigint; an include: association, as, attributes, where, required, through, order, limit, offset, after, before, page, values, include, scope, paranoid, recursive, maxDepth; through (what of link rows): attributes, where, as, flatten, paranoid, include. params: values for {"param": name} in options.';

CREATE FUNCTION assoc.find(model text, options jsonb DEFAULT NULL, params jsonb DEFAULT NULL)
RETURNS SETOF jsonb STABLE PARALLEL RESTRICTED LANGUAGE c AS 'MODULE_PATHNAME', 'assoc_find';
COMMENT ON FUNCTION assoc.find(text, jsonb, jsonb) IS
'All rows that options find, one document a row, streamed when called in the select list: memory does not grow with their number.';

CREATE FUNCTION assoc.get(model text, pk "any", alias text, options jsonb DEFAULT NULL)
RETURNS jsonb STABLE PARALLEL RESTRICTED LANGUAGE c AS 'MODULE_PATHNAME', 'assoc_get';
COMMENT ON FUNCTION assoc.get(text, "any", text, jsonb) IS
'The rows associated with one row: an array, [] when there are none; for a to-one association the row, or NULL. Options: load options for the associated rows.';

CREATE FUNCTION assoc.count_of(model text, pk "any", alias text, options jsonb DEFAULT NULL)
RETURNS bigint STABLE PARALLEL RESTRICTED LANGUAGE c AS 'MODULE_PATHNAME', 'assoc_count_of';
COMMENT ON FUNCTION assoc.count_of(text, "any", text, jsonb) IS
'Number of rows associated with one row; alias as for get. Options: where, through (where, paranoid), include (required), scope, paranoid.';

-- No default for options: where assoc is in the search path, count(text) would hide the aggregate of
-- that name.  Of two functions that take "any", the one of pg_catalog is found.
CREATE FUNCTION assoc.count(model "any")
RETURNS bigint STABLE PARALLEL RESTRICTED LANGUAGE c AS 'MODULE_PATHNAME', 'assoc_count_all';
COMMENT ON FUNCTION assoc.count("any") IS
'Number of rows of a model. The name of the model is text; a parameter without a type is written $1::text.';

CREATE FUNCTION assoc.count(model text, options jsonb, params jsonb DEFAULT NULL)
RETURNS bigint STABLE PARALLEL RESTRICTED LANGUAGE c AS 'MODULE_PATHNAME', 'assoc_count';
COMMENT ON FUNCTION assoc.count(text, jsonb, jsonb) IS
'Number of rows that options find, each counted once whatever they include. Options: where, include (required), scope, paranoid; NULL for all rows.';
