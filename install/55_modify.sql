-- Changing and deleting rows that conditions choose.

CREATE FUNCTION assoc.update(model text, data jsonb, options jsonb) RETURNS jsonb
  LANGUAGE c AS 'MODULE_PATHNAME', 'assoc_update';
COMMENT ON FUNCTION assoc.update(text, jsonb, jsonb) IS
'Changes the rows that options choose. data: attributes by name; under an alias an array of new rows for each of them, or verbs, done in this order: {"disconnect": [ids], "delete": [ids or {"where"}], "set": [ids], "update": {"id" or "where", "data", "through"}, "upsert": {"id" or "where", "create", "update", "through"}, "connectOrCreate": {"where", "create", "through"}, "connect": [ids], "create": [...], "replace": [documents]}, to any depth; rows to be updated or deleted are linked ones, as they are before the call. options: {"where": {...}} or {"all": true}; "scope": false for no default scope, "paranoid": false for soft-deleted rows too; "order", "limit": the first so many; "wait": "nowait" or "skip locked"; "old": the rows as they were; "dry_run": true; "fields": [what data may give]; "returning": true, attributes, or load options for the rows in the result. Result: {"count", "keys"}, and with nested data, or where "returning" asks for them, "rows" as find_by_pk shows them. Errors: 22023 without where, 42703 for an unknown attribute, 23502 and 23514 naming every constraint that fails, 23503 naming ids that do not exist or are not linked.';

CREATE FUNCTION assoc.destroy(model text, options jsonb) RETURNS jsonb
  LANGUAGE c AS 'MODULE_PATHNAME', 'assoc_destroy';
COMMENT ON FUNCTION assoc.destroy(text, jsonb) IS
'Deletes the rows that options choose; those of a paranoid model are kept and marked as deleted, unless "force" is true. options: as update; "returning" shows the rows as they are before. Result: {"count", "keys"}.';

CREATE FUNCTION assoc.restore(model text, options jsonb) RETURNS jsonb
  LANGUAGE c AS 'MODULE_PATHNAME', 'assoc_restore';
COMMENT ON FUNCTION assoc.restore(text, jsonb) IS
'Brings soft-deleted rows back. options: {"where": {...}} or {"all": true}; "scope": false for no default scope. Result: {"count", "keys"}. Errors: 55000 for a model that keeps no deleted rows.';

CREATE FUNCTION assoc.merge(model text, from_pk "any", to_pk "any", options jsonb DEFAULT NULL) RETURNS jsonb
  LANGUAGE c AS 'MODULE_PATHNAME', 'assoc_merge';
COMMENT ON FUNCTION assoc.merge(text, "any", "any", jsonb) IS
'Merges two rows: all that refers to one, by associations and foreign keys, refers to the other afterwards, and the one is deleted. model: name of the model; from_pk: key of the row that goes; to_pk: key of the row that stays; options: {"dry_run": true} to undo it and only report, {"delete": false} to keep the row, {"fill": true or attributes} to fill null attributes of the row that stays. Where a unique key leaves no room for a row that refers, it is merged in the same way into the one that is there, which stays. Result: {"deleted", "dry_run", "references": [{"model", "columns", "associations", "moved", "merged", "removed", "cleared"}]}. Errors: 23503 for rows that do not exist, those of plain SQL.';

CREATE FUNCTION assoc.save(model text, document jsonb, options jsonb DEFAULT NULL) RETURNS jsonb
  LANGUAGE c AS 'MODULE_PATHNAME', 'assoc_save';
COMMENT ON FUNCTION assoc.save(text, jsonb, jsonb) IS
'Writes back a document, or an array of them, as a load printed it, changed: what differs from what is there. model: name of the model; document: the row with its primary key, or without for a new one; associations in it are replaced as a whole: rows with a key are changed and linked, those without are created, links get the payload as printed, other rows are unlinked, or deleted where they cannot be without their parent. options: {"loaded": the load options, "version": attribute that counts, "etag": md5 of the document as text, "dry_run": true, "returning", "fields"}. Result: {"count", "keys", "changes": [{"change", "model", "key", "path", "old", "new"}]}, with returning "rows" too. Errors: PA005 for a document that is outdated, 23503 naming rows that do not exist, those of update.';

CREATE FUNCTION assoc.update_many(model text, rows jsonb, options jsonb DEFAULT NULL) RETURNS jsonb
  LANGUAGE c AS 'MODULE_PATHNAME', 'assoc_update_many';
COMMENT ON FUNCTION assoc.update_many(text, jsonb, jsonb) IS
'Changes many rows, each to values of its own. rows: [{"id": 1, "title": "a"}, ...], each with the primary key of a row, or the attributes that the option "key" names, a unique key, and what is to be changed, nested data too; options: key, ignoreMissing, scope, paranoid, returning, fields, dry_run. Rows that give the same attributes are changed in one statement. Result: {"count", "keys"}, with returning "rows" too. Errors: 23503 naming the rows that do not exist, 22023 for a row given twice, those of update.';
