-- Declaring associations.  No function is STRICT: NULL means not given.

CREATE FUNCTION assoc.belongs_to_many(
  source text, target text,
  through text DEFAULT NULL,
  foreign_key text DEFAULT NULL, other_key text DEFAULT NULL,
  source_key text DEFAULT NULL, target_key text DEFAULT NULL,
  alias text DEFAULT NULL, inverse text DEFAULT NULL,
  through_attributes jsonb DEFAULT NULL, options jsonb DEFAULT NULL,
  replace boolean DEFAULT false, dry_run boolean DEFAULT false) RETURNS jsonb
LANGUAGE C VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'association_belongs_to_many';

CREATE FUNCTION assoc.has_many(
  source text, target text,
  foreign_key text DEFAULT NULL, source_key text DEFAULT NULL,
  alias text DEFAULT NULL, inverse text DEFAULT NULL,
  options jsonb DEFAULT NULL, replace boolean DEFAULT false,
  dry_run boolean DEFAULT false) RETURNS jsonb
LANGUAGE C VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'association_has_many';

CREATE FUNCTION assoc.has_one(
  source text, target text,
  foreign_key text DEFAULT NULL, source_key text DEFAULT NULL,
  alias text DEFAULT NULL, inverse text DEFAULT NULL,
  options jsonb DEFAULT NULL, replace boolean DEFAULT false,
  dry_run boolean DEFAULT false) RETURNS jsonb
LANGUAGE C VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'association_has_one';

CREATE FUNCTION assoc.belongs_to(
  source text, target text,
  foreign_key text DEFAULT NULL, target_key text DEFAULT NULL,
  alias text DEFAULT NULL, inverse text DEFAULT NULL,
  options jsonb DEFAULT NULL, replace boolean DEFAULT false,
  dry_run boolean DEFAULT false) RETURNS jsonb
LANGUAGE C VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'association_belongs_to';

CREATE FUNCTION assoc.drop_association(
  source text, alias text,
  inverse boolean DEFAULT true, drop_table boolean DEFAULT false) RETURNS jsonb
LANGUAGE C VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'association_drop';

CREATE FUNCTION assoc.rename_association(
  source text, alias text, new_alias text, singular text DEFAULT NULL, dry_run boolean DEFAULT false) RETURNS jsonb
LANGUAGE C VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'association_rename';
COMMENT ON FUNCTION assoc.rename_association(text, text, text, text, boolean) IS
'Gives an association another alias: its accessors are called otherwise, and keep owner, grants and settings. singular as in the options. Returns {"alias", "accessors"}; with dry_run => true nothing is done, and "statements" has the DDL.';

COMMENT ON FUNCTION assoc.belongs_to_many(text, text, text, text, text, text, text, text, text, jsonb, jsonb, boolean, boolean) IS
'Declares a many-to-many association over a join table, which is made when there is none. Keys are comma-separated column names. options: scope, order, paranoid, symmetric, position, counter, touch, max, limits, acyclic, onDestroy, singular, accessors, through, unique, timestamps, onDelete, onUpdate, validate, constraints, deferrable, inverse; limits: [{"where", "min", "max"}]; through: scope, paranoid, unique, as, attributes; inverse: those that the other direction may have of its own. Returns {"kind", "source", "target", "through", "alias", "inverse", "foreignKey", "otherKey", "sourceKey", "targetKey", "created": tables and columns made, "accessors": their signatures, "changed": whether anything was done}. With dry_run => true nothing is done, and "statements" has the DDL that would run.';
COMMENT ON FUNCTION assoc.has_many(text, text, text, text, text, text, jsonb, boolean, boolean) IS
'Declares that rows of the target point at one row of the source. options: those of belongs_to_many but through, symmetric, unique and timestamps. Returns what belongs_to_many returns.';
COMMENT ON FUNCTION assoc.has_one(text, text, text, text, text, text, jsonb, boolean, boolean) IS
'Declares that at most one row of the target points at a row of the source. options: those of has_many but position, counter, max, limits and acyclic, and unique. Returns what belongs_to_many returns.';
COMMENT ON FUNCTION assoc.belongs_to(text, text, text, text, text, text, jsonb, boolean, boolean) IS
'Declares that rows of the source point at one row of the target. options: those of has_many but position, counter, touch, max, limits, acyclic and onDestroy. Returns what belongs_to_many returns.';
COMMENT ON FUNCTION assoc.drop_association(text, text, boolean, boolean) IS
'Drops an association with its accessors: also its other direction, unless inverse => false; with drop_table => true also the join table that the declaration made. Returns {"associations", "accessors", "tables"} that were dropped.';

CREATE FUNCTION assoc.recount(model text, alias text, dry_run boolean DEFAULT false) RETURNS bigint
LANGUAGE C VOLATILE AS 'MODULE_PATHNAME', 'assoc_recount';
COMMENT ON FUNCTION assoc.recount(text, text, boolean) IS
'Counts the links of an association with the option "counter" again, and returns how many counters were wrong; with dry_run => true nothing is written. Other writers of the links wait.';
