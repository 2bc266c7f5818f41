-- Loads of options that somebody else has written: the last argument says what they may ask,
-- {"attributes", "where", "order", "include", "scope", "paranoid", "limit", "depth"}, or names a scope of the model that says it.
-- Without defaults, so that no call is meant by mistake; NULL asks nothing of them.

CREATE FUNCTION assoc.find_by_pk(model text, pk "any", options jsonb, params jsonb, allow jsonb)
RETURNS jsonb STABLE PARALLEL RESTRICTED LANGUAGE c AS 'MODULE_PATHNAME', 'assoc_find_by_pk';
COMMENT ON FUNCTION assoc.find_by_pk(text, "any", jsonb, jsonb, jsonb) IS
'As find_by_pk without "allow": what the options ask for has to be allowed, else 42501.';

CREATE FUNCTION assoc.find_by_pk(model text, pk text, options jsonb, params jsonb, allow jsonb)
RETURNS jsonb STABLE PARALLEL RESTRICTED LANGUAGE c AS 'MODULE_PATHNAME', 'assoc_find_by_pk';
COMMENT ON FUNCTION assoc.find_by_pk(text, text, jsonb, jsonb, jsonb) IS
'As find_by_pk without "allow": what the options ask for has to be allowed, else 42501.';

CREATE FUNCTION assoc.find_one(model text, options jsonb, params jsonb, allow jsonb)
RETURNS jsonb STABLE PARALLEL RESTRICTED LANGUAGE c AS 'MODULE_PATHNAME', 'assoc_find_one';
COMMENT ON FUNCTION assoc.find_one(text, jsonb, jsonb, jsonb) IS
'As find_one without "allow": what the options ask for has to be allowed, else 42501.';

CREATE FUNCTION assoc.find_all(model text, options jsonb, params jsonb, allow jsonb)
RETURNS jsonb STABLE PARALLEL RESTRICTED LANGUAGE c AS 'MODULE_PATHNAME', 'assoc_find_all';
COMMENT ON FUNCTION assoc.find_all(text, jsonb, jsonb, jsonb) IS
'As find_all without "allow": what the options ask for has to be allowed, else 42501.';

CREATE FUNCTION assoc.find_page(model text, options jsonb, params jsonb, allow jsonb)
RETURNS jsonb STABLE PARALLEL RESTRICTED LANGUAGE c AS 'MODULE_PATHNAME', 'assoc_find_page';
COMMENT ON FUNCTION assoc.find_page(text, jsonb, jsonb, jsonb) IS
'As find_page without "allow": what the options ask for has to be allowed, else 42501.';

CREATE FUNCTION assoc.find_and_count_all(model text, options jsonb, params jsonb, allow jsonb)
RETURNS jsonb STABLE PARALLEL RESTRICTED LANGUAGE c AS 'MODULE_PATHNAME', 'assoc_find_and_count_all';
COMMENT ON FUNCTION assoc.find_and_count_all(text, jsonb, jsonb, jsonb) IS
'As find_and_count_all without "allow": what the options ask for has to be allowed, else 42501.';

CREATE FUNCTION assoc.aggregate(model text, options jsonb, params jsonb, allow jsonb)
RETURNS jsonb STABLE PARALLEL RESTRICTED LANGUAGE c AS 'MODULE_PATHNAME', 'assoc_aggregate';
COMMENT ON FUNCTION assoc.aggregate(text, jsonb, jsonb, jsonb) IS
'As aggregate without "allow": what the options ask for has to be allowed, else 42501.';

CREATE FUNCTION assoc.find(model text, options jsonb, params jsonb, allow jsonb)
RETURNS SETOF jsonb STABLE PARALLEL RESTRICTED LANGUAGE c AS 'MODULE_PATHNAME', 'assoc_find';
COMMENT ON FUNCTION assoc.find(text, jsonb, jsonb, jsonb) IS
'As find without "allow": what the options ask for has to be allowed, else 42501.';

CREATE FUNCTION assoc.get(model text, pk "any", alias text, options jsonb, allow jsonb)
RETURNS jsonb STABLE PARALLEL RESTRICTED LANGUAGE c AS 'MODULE_PATHNAME', 'assoc_get';
COMMENT ON FUNCTION assoc.get(text, "any", text, jsonb, jsonb) IS
'As get without "allow": what the options ask for has to be allowed, else 42501.';

CREATE FUNCTION assoc.get(model text, pk text, alias text, options jsonb, allow jsonb)
RETURNS jsonb STABLE PARALLEL RESTRICTED LANGUAGE c AS 'MODULE_PATHNAME', 'assoc_get';
COMMENT ON FUNCTION assoc.get(text, text, text, jsonb, jsonb) IS
'As get without "allow": what the options ask for has to be allowed, else 42501.';

CREATE FUNCTION assoc.find_by_pk_json(model text, pk "any", options jsonb, params jsonb, allow jsonb)
RETURNS json STABLE PARALLEL RESTRICTED LANGUAGE c AS 'MODULE_PATHNAME', 'assoc_find_by_pk_json';
COMMENT ON FUNCTION assoc.find_by_pk_json(text, "any", jsonb, jsonb, jsonb) IS
'As find_by_pk_json without "allow": what the options ask for has to be allowed, else 42501.';

CREATE FUNCTION assoc.find_by_pk_json(model text, pk text, options jsonb, params jsonb, allow jsonb)
RETURNS json STABLE PARALLEL RESTRICTED LANGUAGE c AS 'MODULE_PATHNAME', 'assoc_find_by_pk_json';
COMMENT ON FUNCTION assoc.find_by_pk_json(text, text, jsonb, jsonb, jsonb) IS
'As find_by_pk_json without "allow": what the options ask for has to be allowed, else 42501.';

CREATE FUNCTION assoc.find_one_json(model text, options jsonb, params jsonb, allow jsonb)
RETURNS json STABLE PARALLEL RESTRICTED LANGUAGE c AS 'MODULE_PATHNAME', 'assoc_find_one_json';
COMMENT ON FUNCTION assoc.find_one_json(text, jsonb, jsonb, jsonb) IS
'As find_one_json without "allow": what the options ask for has to be allowed, else 42501.';

CREATE FUNCTION assoc.find_all_json(model text, options jsonb, params jsonb, allow jsonb)
RETURNS json STABLE PARALLEL RESTRICTED LANGUAGE c AS 'MODULE_PATHNAME', 'assoc_find_all_json';
COMMENT ON FUNCTION assoc.find_all_json(text, jsonb, jsonb, jsonb) IS
'As find_all_json without "allow": what the options ask for has to be allowed, else 42501.';

CREATE FUNCTION assoc.find_page_json(model text, options jsonb, params jsonb, allow jsonb)
RETURNS json STABLE PARALLEL RESTRICTED LANGUAGE c AS 'MODULE_PATHNAME', 'assoc_find_page_json';
COMMENT ON FUNCTION assoc.find_page_json(text, jsonb, jsonb, jsonb) IS
'As find_page_json without "allow": what the options ask for has to be allowed, else 42501.';

CREATE FUNCTION assoc.find_many(model text, ids jsonb, options jsonb, params jsonb, allow jsonb)
RETURNS jsonb STABLE PARALLEL RESTRICTED LANGUAGE c AS 'MODULE_PATHNAME', 'assoc_find_many';
COMMENT ON FUNCTION assoc.find_many(text, jsonb, jsonb, jsonb, jsonb) IS
'As find_many without "allow": what the options ask for has to be allowed, else 42501.';

CREATE FUNCTION assoc.find_many_json(model text, ids jsonb, options jsonb, params jsonb, allow jsonb)
RETURNS json STABLE PARALLEL RESTRICTED LANGUAGE c AS 'MODULE_PATHNAME', 'assoc_find_many_json';
COMMENT ON FUNCTION assoc.find_many_json(text, jsonb, jsonb, jsonb, jsonb) IS
'As find_many_json without "allow": what the options ask for has to be allowed, else 42501.';

CREATE FUNCTION assoc.find_and_count_all_json(model text, options jsonb, params jsonb, allow jsonb)
RETURNS json STABLE PARALLEL RESTRICTED LANGUAGE c AS 'MODULE_PATHNAME', 'assoc_find_and_count_all_json';
COMMENT ON FUNCTION assoc.find_and_count_all_json(text, jsonb, jsonb, jsonb) IS
'As find_and_count_all_json without "allow": what the options ask for has to be allowed, else 42501.';

CREATE FUNCTION assoc.aggregate_json(model text, options jsonb, params jsonb, allow jsonb)
RETURNS json STABLE PARALLEL RESTRICTED LANGUAGE c AS 'MODULE_PATHNAME', 'assoc_aggregate_json';
COMMENT ON FUNCTION assoc.aggregate_json(text, jsonb, jsonb, jsonb) IS
'As aggregate_json without "allow": what the options ask for has to be allowed, else 42501.';

CREATE FUNCTION assoc.find_json(model text, options jsonb, params jsonb, allow jsonb)
RETURNS SETOF json STABLE PARALLEL RESTRICTED LANGUAGE c AS 'MODULE_PATHNAME', 'assoc_find_json';
COMMENT ON FUNCTION assoc.find_json(text, jsonb, jsonb, jsonb) IS
'As find_json without "allow": what the options ask for has to be allowed, else 42501.';

CREATE FUNCTION assoc.get_json(model text, pk "any", alias text, options jsonb, allow jsonb)
RETURNS json STABLE PARALLEL RESTRICTED LANGUAGE c AS 'MODULE_PATHNAME', 'assoc_get_json';
COMMENT ON FUNCTION assoc.get_json(text, "any", text, jsonb, jsonb) IS
'As get_json without "allow": what the options ask for has to be allowed, else 42501.';

CREATE FUNCTION assoc.get_json(model text, pk text, alias text, options jsonb, allow jsonb)
RETURNS json STABLE PARALLEL RESTRICTED LANGUAGE c AS 'MODULE_PATHNAME', 'assoc_get_json';
COMMENT ON FUNCTION assoc.get_json(text, text, text, jsonb, jsonb) IS
'As get_json without "allow": what the options ask for has to be allowed, else 42501.';

CREATE FUNCTION assoc.count_of(model text, pk "any", alias text, options jsonb, allow jsonb)
RETURNS bigint STABLE PARALLEL RESTRICTED LANGUAGE c AS 'MODULE_PATHNAME', 'assoc_count_of';
COMMENT ON FUNCTION assoc.count_of(text, "any", text, jsonb, jsonb) IS
'As count_of without "allow": what the options ask for has to be allowed, else 42501.';

CREATE FUNCTION assoc.count_of(model text, pk text, alias text, options jsonb, allow jsonb)
RETURNS bigint STABLE PARALLEL RESTRICTED LANGUAGE c AS 'MODULE_PATHNAME', 'assoc_count_of';
COMMENT ON FUNCTION assoc.count_of(text, text, text, jsonb, jsonb) IS
'As count_of without "allow": what the options ask for has to be allowed, else 42501.';

CREATE FUNCTION assoc.count(model text, options jsonb, params jsonb, allow jsonb)
RETURNS bigint STABLE PARALLEL RESTRICTED LANGUAGE c AS 'MODULE_PATHNAME', 'assoc_count';
COMMENT ON FUNCTION assoc.count(text, jsonb, jsonb, jsonb) IS
'As count without "allow": what the options ask for has to be allowed, else 42501.';

CREATE FUNCTION assoc.sum(model text, attribute text, options jsonb, params jsonb, allow jsonb)
RETURNS numeric STABLE PARALLEL RESTRICTED LANGUAGE c AS 'MODULE_PATHNAME', 'assoc_sum';
COMMENT ON FUNCTION assoc.sum(text, text, jsonb, jsonb, jsonb) IS
'As sum without "allow": what the options ask for has to be allowed, else 42501.';

CREATE FUNCTION assoc.avg(model text, attribute text, options jsonb, params jsonb, allow jsonb)
RETURNS numeric STABLE PARALLEL RESTRICTED LANGUAGE c AS 'MODULE_PATHNAME', 'assoc_avg';
COMMENT ON FUNCTION assoc.avg(text, text, jsonb, jsonb, jsonb) IS
'As avg without "allow": what the options ask for has to be allowed, else 42501.';

CREATE FUNCTION assoc.min(model text, attribute text, options jsonb, params jsonb, allow jsonb)
RETURNS jsonb STABLE PARALLEL RESTRICTED LANGUAGE c AS 'MODULE_PATHNAME', 'assoc_min';
COMMENT ON FUNCTION assoc.min(text, text, jsonb, jsonb, jsonb) IS
'As min without "allow": what the options ask for has to be allowed, else 42501.';

CREATE FUNCTION assoc.max(model text, attribute text, options jsonb, params jsonb, allow jsonb)
RETURNS jsonb STABLE PARALLEL RESTRICTED LANGUAGE c AS 'MODULE_PATHNAME', 'assoc_max';
COMMENT ON FUNCTION assoc.max(text, text, jsonb, jsonb, jsonb) IS
'As max without "allow": what the options ask for has to be allowed, else 42501.';

CREATE FUNCTION assoc.find_for_update(model text, options jsonb, strength text, wait text, params jsonb, allow jsonb)
RETURNS SETOF jsonb VOLATILE PARALLEL UNSAFE LANGUAGE c AS 'MODULE_PATHNAME', 'assoc_find_for_update';
COMMENT ON FUNCTION assoc.find_for_update(text, jsonb, text, text, jsonb, jsonb) IS
'As find_for_update without "allow": what the options ask for has to be allowed, else 42501.';
