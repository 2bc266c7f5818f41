-- Changing and deleting rows that a where document chooses.

CREATE FUNCTION assoc.update(model text, data jsonb, options jsonb) RETURNS jsonb
  LANGUAGE c AS 'MODULE_PATHNAME', 'assoc_update';
COMMENT ON FUNCTION assoc.update(text, jsonb, jsonb) IS
'Changes the rows that options choose. data: attributes by name. options: {"where": {...}} or {"all": true}; "scope": false for no default scope, "paranoid": false for soft-deleted rows too. Result: {"count", "keys"}. Errors: 22023 without where, 42703 for an unknown attribute, 23502 and 23514 naming every constraint that fails.';

CREATE FUNCTION assoc.destroy(model text, options jsonb) RETURNS jsonb
  LANGUAGE c AS 'MODULE_PATHNAME', 'assoc_destroy';
COMMENT ON FUNCTION assoc.destroy(text, jsonb) IS
'Deletes the rows that options choose; those of a paranoid model are kept and marked as deleted, unless "force" is true. options: as update. Result: {"count", "keys"}.';

CREATE FUNCTION assoc.restore(model text, options jsonb) RETURNS jsonb
  LANGUAGE c AS 'MODULE_PATHNAME', 'assoc_restore';
COMMENT ON FUNCTION assoc.restore(text, jsonb) IS
'Brings soft-deleted rows back. options: {"where": {...}} or {"all": true}; "scope": false for no default scope. Result: {"count", "keys"}. Errors: 55000 for a model that keeps no deleted rows.';
