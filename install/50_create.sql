-- Creating rows, with everything that is nested in them.

CREATE FUNCTION assoc.create(model text, data jsonb, options jsonb DEFAULT NULL) RETURNS jsonb
  LANGUAGE c AS 'MODULE_PATHNAME', 'assoc_create';
COMMENT ON FUNCTION assoc.create(text, jsonb, jsonb) IS
'Creates a row. data: attributes by name; under an alias an array of new rows (each with "through" for its link), or verbs: {"create": [...], "connect": [ids], "connectOrCreate": {"where", "create", "through"}, "set": [ids], "replace": [documents]}, to any depth. options: "fields": [what data may give], and load options for the result. Result: the row as find_by_pk shows it, what was nested included. Errors: 42703 for an unknown attribute, 42701 for a column given twice with different values, 22023 for a wrong document, 23502 and 23514 naming every constraint that fails, 23503 naming ids that do not exist, 23505; nothing is created then.';

CREATE FUNCTION assoc.bulk_create(model text, rows jsonb, options jsonb DEFAULT NULL) RETURNS jsonb
  LANGUAGE c AS 'MODULE_PATHNAME', 'assoc_bulk_create';
COMMENT ON FUNCTION assoc.bulk_create(text, jsonb, jsonb) IS
'Creates many rows: rows is an array of documents as create takes them. options: those of create; "ignoreDuplicates": true skips rows that conflict with one that is there; "updateOnDuplicate": [attributes] changes these of it instead ("conflict": [attributes of the unique key] says by which); "returning": false, or the attributes to show. Result: an array of the rows in the same order, null for those that were skipped, or {"count"}. Errors: as create.';

-- What accessors call: bound to a relation, so that no name is looked up.

CREATE FUNCTION assoc.link_create(source regclass, alias text, id "any", data jsonb, through jsonb) RETURNS jsonb
  LANGUAGE c AS 'MODULE_PATHNAME', 'assoc_link_create';
COMMENT ON FUNCTION assoc.link_create(regclass, text, "any", jsonb, jsonb) IS
'Creates a row and links it to a source row that exists, in one go. data: as create takes it; through: values for the columns of the join table. Result: the row as get shows it, with its link. Errors: as create; 23503 for a source that does not exist.';

CREATE FUNCTION assoc.create_in(model text, pk "any", alias text, data jsonb, through jsonb DEFAULT NULL) RETURNS jsonb
  LANGUAGE c AS 'MODULE_PATHNAME', 'assoc_create_in';
COMMENT ON FUNCTION assoc.create_in(text, "any", text, jsonb, jsonb) IS
'As link_create, with the source model by name.';

CREATE FUNCTION assoc.upsert(model text, data jsonb, options jsonb DEFAULT NULL) RETURNS jsonb
  LANGUAGE c AS 'MODULE_PATHNAME', 'assoc_upsert';
COMMENT ON FUNCTION assoc.upsert(text, jsonb, jsonb) IS
'Creates a row, or changes the one that has its key, in one statement that no other call can come between. data: attributes by name; what tells whether the row is there is the primary key where it is given, else the one unique key that is given. options: "conflict": [attributes of that key], "defaults": what a new row gets beside data, "fields": [what data may give], and load options for the result. Nothing is written where nothing differs; a soft-deleted row comes back. Result: the row as find_by_pk shows it. Errors: as create; 22023 where no key or more than one is given, 42P10 where conflict names no unique key.';

CREATE FUNCTION assoc.find_or_create(model text, data jsonb, options jsonb DEFAULT NULL) RETURNS jsonb
  LANGUAGE c AS 'MODULE_PATHNAME', 'assoc_find_or_create';
COMMENT ON FUNCTION assoc.find_or_create(text, jsonb, jsonb) IS
'Finds a row, or creates it where there is none; of several it finds the first by key. data: attributes by name, looked for and given to a new row. options: "where": what is looked for instead (without data, it is the data too), "defaults": what a new row gets beside data, nested rows too, "scope": false for no default scope, "fields": [what data may give], and load options for the result. Calls that look for the same wait for each other, so that one of them creates. Result: {"row", "created"}. Errors: as create.';
