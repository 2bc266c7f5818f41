-- Creating rows, with everything that is nested in them.

CREATE FUNCTION assoc.create(model text, data jsonb, options jsonb DEFAULT NULL) RETURNS jsonb
  LANGUAGE c AS 'MODULE_PATHNAME', 'assoc_create';
COMMENT ON FUNCTION assoc.create(text, jsonb, jsonb) IS
'Creates a row. data: attributes by name; under an alias an array of new rows (each with "through" for its link), or verbs: {"create": [...], "connect": [ids], "connectOrCreate": {"where", "create", "through"}, "set": [ids]}, to any depth. options: a find document for the result. Result: the row as find_by_pk shows it, what was nested included. Errors: 42703 for an unknown attribute, 22023 for a wrong document, 23502 and 23514 naming every constraint that fails, 23503 naming ids that do not exist, 23505; nothing is created then.';

CREATE FUNCTION assoc.bulk_create(model text, rows jsonb, options jsonb DEFAULT NULL) RETURNS jsonb
  LANGUAGE c AS 'MODULE_PATHNAME', 'assoc_bulk_create';
COMMENT ON FUNCTION assoc.bulk_create(text, jsonb, jsonb) IS
'Creates many rows: rows is an array of documents as create takes them. Result: an array of the rows in the same order. Errors: as create.';

-- What accessors call: bound to a relation, so that no name is looked up.

CREATE FUNCTION assoc.link_create(source regclass, alias text, id "any", data jsonb, through jsonb) RETURNS jsonb
  LANGUAGE c AS 'MODULE_PATHNAME', 'assoc_link_create';
COMMENT ON FUNCTION assoc.link_create(regclass, text, "any", jsonb, jsonb) IS
'Creates a row and links it to a source row that exists, in one go. data: as create takes it; through: values for the columns of the join table. Result: the row as get shows it, with its link. Errors: as create; 23503 for a source that does not exist.';

CREATE FUNCTION assoc.create_in(model text, pk "any", alias text, data jsonb, through jsonb DEFAULT NULL) RETURNS jsonb
  LANGUAGE c AS 'MODULE_PATHNAME', 'assoc_create_in';
CREATE FUNCTION assoc.create_in(model text, pk text, alias text, data jsonb, through jsonb DEFAULT NULL) RETURNS jsonb
  LANGUAGE c AS 'MODULE_PATHNAME', 'assoc_create_in';
COMMENT ON FUNCTION assoc.create_in(text, "any", text, jsonb, jsonb) IS
'As link_create, with the source model by name.';
COMMENT ON FUNCTION assoc.create_in(text, text, text, jsonb, jsonb) IS
'As link_create, with the source model by name and its key as text.';
