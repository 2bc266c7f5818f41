-- Models: declared, adopted, forgotten, validated.

CREATE FUNCTION assoc.define(
  model text,
  attributes jsonb DEFAULT '{}',
  options jsonb DEFAULT '{}',
  replace boolean DEFAULT false,
  dry_run boolean DEFAULT false
) RETURNS jsonb
LANGUAGE C VOLATILE AS 'MODULE_PATHNAME', 'assoc_define';
COMMENT ON FUNCTION assoc.define(text, jsonb, jsonb, boolean, boolean) IS
'Declares a model and makes its table: model User is table users of current_schema(), or of the schema named before a dot.
attributes is an object {"name": "text", "age": {"type": "integer", "validate": {"min": 0}}} or, where order matters, an array of such objects with "name".
Keys of an attribute: type, allowNull, unique, default, primaryKey, validate, field, comment, hidden, json.
options: tableName, timestamps, createdAt, updatedAt, deletedAt, paranoid, underscored, comment, indexes, validate, scopes, defaultScope, computed.
Returns {"model", "schema", "table", "primaryKey": [...], "attributes": {name: {"column", "type", "allowNull", "hidden", "json"}}, "created": boolean, "changed": [places]}.
The same declaration again changes nothing; a different one is an error, or with replace => true changes the table, never dropping a column or a row.
With dry_run => true nothing is done, and "statements" in the result has the DDL that would run.';

CREATE FUNCTION assoc.adopt(
  relation regclass,
  model text DEFAULT NULL,
  options jsonb DEFAULT '{}',
  replace boolean DEFAULT false,
  dry_run boolean DEFAULT false
) RETURNS jsonb
LANGUAGE C VOLATILE AS 'MODULE_PATHNAME', 'assoc_adopt';
COMMENT ON FUNCTION assoc.adopt(regclass, text, jsonb, boolean, boolean) IS
'Declares an existing table, view, materialized view, partitioned or foreign table as a model, under its own name unless another is given. The table is never altered.
options: key (columns that identify a row of a view), timestamps, createdAt, updatedAt, paranoid, deletedAt, underscored, scopes, defaultScope, computed.
Returns what assoc.define returns.';

CREATE FUNCTION assoc.rename_model(model text, new_name text, dry_run boolean DEFAULT false) RETURNS jsonb
LANGUAGE C VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'assoc_rename_model';
COMMENT ON FUNCTION assoc.rename_model(text, text, boolean) IS
'Gives a model another name in its schema; its table keeps its own. Accessors are called otherwise, and keep owner, grants and settings. Returns {"model", "accessors"}; with dry_run => true nothing is done, and "statements" has the DDL.';

CREATE FUNCTION assoc.move_model(model text, relation regclass, dry_run boolean DEFAULT false) RETURNS jsonb
LANGUAGE C VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'assoc_move_model';
COMMENT ON FUNCTION assoc.move_model(text, regclass, boolean) IS
'Makes another table the table of a model: its attributes and associations, in all directions, accessors and who may call them go over. Returns {"model", "accessors"}; with dry_run => true nothing is done, and "statements" has the DDL.';

CREATE FUNCTION assoc.forget(model text) RETURNS void
LANGUAGE C VOLATILE AS 'MODULE_PATHNAME', 'assoc_forget';
COMMENT ON FUNCTION assoc.forget(text) IS
'Removes a model, its associations in both directions and their accessors; the table and its rows stay';

CREATE FUNCTION assoc.validate(model text, data jsonb, options jsonb DEFAULT NULL) RETURNS jsonb
LANGUAGE C STABLE AS 'MODULE_PATHNAME', 'assoc_validate';
COMMENT ON FUNCTION assoc.validate(text, jsonb, jsonb) IS
'Every reason why data, one row or an array of rows, could not be inserted: [{"path", "validator", "message", "value"}], [] where there is none. Checks types, NOT NULL, CHECK constraints and those of domains; not UNIQUE and not foreign keys.
options: update (true: the data is for an update; only its attributes are judged).';

CREATE FUNCTION assoc.keep_updated_at() RETURNS trigger
LANGUAGE C AS 'MODULE_PATHNAME', 'keep_updated_at';
COMMENT ON FUNCTION assoc.keep_updated_at() IS
'BEFORE UPDATE trigger: sets the column named by its argument to now() when the row changes and the statement does not set it';

CREATE FUNCTION assoc.keep_links() RETURNS trigger
LANGUAGE C AS 'MODULE_PATHNAME', 'keep_links';
COMMENT ON FUNCTION assoc.keep_links() IS
'AFTER trigger on a table that has links, for each statement, and where links have a least number for rows: keeps what the options counter, touch, max, limits, acyclic and onDestroy of its associations say';

CREATE FUNCTION assoc.keep_links_body(relation regclass, event text) RETURNS text
LANGUAGE C STABLE AS 'MODULE_PATHNAME', 'assoc_keep_links_body';
COMMENT ON FUNCTION assoc.keep_links_body(regclass, text) IS
'what assoc.keep_links() does for a table, as the body of a function that needs no extension';

CREATE FUNCTION assoc.registry_follow_owner() RETURNS event_trigger
LANGUAGE C AS 'MODULE_PATHNAME', 'assoc_computed_follow';
REVOKE ALL ON FUNCTION assoc.registry_follow_owner() FROM PUBLIC;
COMMENT ON FUNCTION assoc.registry_follow_owner() IS
'event trigger: the functions of computed attributes follow their table to another owner or schema';
