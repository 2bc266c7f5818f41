-- Pages, totals, aggregates and locked rows.

CREATE FUNCTION assoc.find_page(model text, options jsonb DEFAULT NULL, params jsonb DEFAULT NULL)
RETURNS jsonb STABLE PARALLEL RESTRICTED LANGUAGE c AS 'MODULE_PATHNAME', 'assoc_find_page';
COMMENT ON FUNCTION assoc.find_page(text, jsonb, jsonb) IS
'One page of the rows that options find: {"rows": [...], "next": cursor or null}. limit, the size of the page, is needed; give "next" as option "after" to go on.';

CREATE FUNCTION assoc.find_page_json(model text, options jsonb DEFAULT NULL, params jsonb DEFAULT NULL)
RETURNS json STABLE PARALLEL RESTRICTED LANGUAGE c AS 'MODULE_PATHNAME', 'assoc_find_page_json';
COMMENT ON FUNCTION assoc.find_page_json(text, jsonb, jsonb) IS
'As find_page, written as json text in declared key order.';

CREATE FUNCTION assoc.find_and_count_all(model text, options jsonb DEFAULT NULL, params jsonb DEFAULT NULL)
RETURNS jsonb STABLE PARALLEL RESTRICTED LANGUAGE c AS 'MODULE_PATHNAME', 'assoc_find_and_count_all';
COMMENT ON FUNCTION assoc.find_and_count_all(text, jsonb, jsonb) IS
'The rows that options find and how many there are without limit, offset and after: {"count", "rows"}, both of one snapshot, each row counted once whatever it includes.';

CREATE FUNCTION assoc.find_and_count_all_json(model text, options jsonb DEFAULT NULL, params jsonb DEFAULT NULL)
RETURNS json STABLE PARALLEL RESTRICTED LANGUAGE c AS 'MODULE_PATHNAME', 'assoc_find_and_count_all_json';
COMMENT ON FUNCTION assoc.find_and_count_all_json(text, jsonb, jsonb) IS
'As find_and_count_all, written as json text in declared key order.';
