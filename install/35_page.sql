-- Pages, totals, aggregates and locked rows.

CREATE FUNCTION assoc.find_page(model text, options jsonb DEFAULT NULL, params jsonb DEFAULT NULL)
RETURNS jsonb STABLE PARALLEL RESTRICTED LANGUAGE c AS 'MODULE_PATHNAME', 'assoc_find_page';
COMMENT ON FUNCTION assoc.find_page(text, jsonb, jsonb) IS
'One page of the rows that options find: {"rows": [...], "next": cursor or null}, with after or before also "previous". limit, the size of the page, is needed; give "next" as option "after" to go on, "previous" as "before" to go back.';

CREATE FUNCTION assoc.find_and_count_all(model text, options jsonb DEFAULT NULL, params jsonb DEFAULT NULL)
RETURNS jsonb STABLE PARALLEL RESTRICTED LANGUAGE c AS 'MODULE_PATHNAME', 'assoc_find_and_count_all';
COMMENT ON FUNCTION assoc.find_and_count_all(text, jsonb, jsonb) IS
'The rows that options find and how many there are without limit, offset and after: {"count", "rows"}, both of one snapshot, each row counted once whatever it includes.';

CREATE FUNCTION assoc.find_many(model text, ids jsonb, options jsonb DEFAULT NULL, params jsonb DEFAULT NULL)
RETURNS jsonb STABLE PARALLEL RESTRICTED LANGUAGE c AS 'MODULE_PATHNAME', 'assoc_find_many';
COMMENT ON FUNCTION assoc.find_many(text, jsonb, jsonb, jsonb) IS
'The rows with these primary keys, an array in the order asked: null for each that is not found, a row again for an id that comes again. ids: an array; a composite key is an object. Options as for find_by_pk.';

-- Aggregates.  They take a model, so none can be mistaken for core's of its name.
CREATE FUNCTION assoc.sum(model text, attribute text, options jsonb DEFAULT NULL, params jsonb DEFAULT NULL)
RETURNS numeric STABLE PARALLEL RESTRICTED LANGUAGE c AS 'MODULE_PATHNAME', 'assoc_sum';
COMMENT ON FUNCTION assoc.sum(text, text, jsonb, jsonb) IS
'Sum of an attribute ("budget", "owner.age") over the rows that options find; NULL of none. Options: where, include (required), scope, paranoid.';

CREATE FUNCTION assoc.avg(model text, attribute text, options jsonb DEFAULT NULL, params jsonb DEFAULT NULL)
RETURNS numeric STABLE PARALLEL RESTRICTED LANGUAGE c AS 'MODULE_PATHNAME', 'assoc_avg';
COMMENT ON FUNCTION assoc.avg(text, text, jsonb, jsonb) IS
'Average of an attribute over the rows that options find; NULL of none. Options as for sum.';

CREATE FUNCTION assoc.min(model text, attribute text, options jsonb DEFAULT NULL, params jsonb DEFAULT NULL)
RETURNS jsonb STABLE PARALLEL RESTRICTED LANGUAGE c AS 'MODULE_PATHNAME', 'assoc_min';
COMMENT ON FUNCTION assoc.min(text, text, jsonb, jsonb) IS
'Least value of an attribute over the rows that options find, as JSON; NULL of none. Options as for sum.';

CREATE FUNCTION assoc.max(model text, attribute text, options jsonb DEFAULT NULL, params jsonb DEFAULT NULL)
RETURNS jsonb STABLE PARALLEL RESTRICTED LANGUAGE c AS 'MODULE_PATHNAME', 'assoc_max';
COMMENT ON FUNCTION assoc.max(text, text, jsonb, jsonb) IS
'Greatest value of an attribute over the rows that options find, as JSON; NULL of none. Options as for sum.';

CREATE FUNCTION assoc.aggregate(model text, options jsonb, params jsonb DEFAULT NULL)
RETURNS jsonb STABLE PARALLEL RESTRICTED LANGUAGE c AS 'MODULE_PATHNAME', 'assoc_aggregate';
COMMENT ON FUNCTION assoc.aggregate(text, jsonb, jsonb) IS
'Groups of the rows that options find, one object each, as an array; without "group" one for all rows. Options: attributes (names that are in group, and {"count"|"sum"|"min"|"max"|"avg": attribute or "*", "distinct", "where", "as"}), group ("city", "owner.name"), having, order, limit, offset (about groups), where, include (required), scope, paranoid, bigint (about rows).';

CREATE FUNCTION assoc.find_for_update(model text, options jsonb DEFAULT NULL, strength text DEFAULT 'update', wait text DEFAULT 'wait', params jsonb DEFAULT NULL)
RETURNS SETOF jsonb VOLATILE PARALLEL UNSAFE LANGUAGE c AS 'MODULE_PATHNAME', 'assoc_find_for_update';
COMMENT ON FUNCTION assoc.find_for_update(text, jsonb, text, text, jsonb) IS
'The rows that options find, locked until the transaction ends and shown as they are once locked; rows that are included are not locked. strength: update, no key update, share, key share. wait: wait, nowait, skip locked.';
