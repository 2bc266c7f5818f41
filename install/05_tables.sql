-- The registry: what PostgreSQL's catalogs cannot say of models and associations.
--
-- Relations are assoc.relation, as regclass, and columns are names, so that pg_dump and pg_upgrade
-- carry the rows.  Keys are compared under COLLATE "C": the C code looks them up
-- by index scans of its own.  declared is the document of the declaration that made the table,
-- or its foreign key, as it was given: the rest is read live, and compared with it by check and sync.

CREATE TABLE assoc.models (
  relation assoc.relation PRIMARY KEY,
  name text COLLATE "C" NOT NULL CHECK (octet_length(name) BETWEEN 1 AND 63),
  made boolean NOT NULL DEFAULT false,
  attributes jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(attributes) = 'object'),
  options jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(options) = 'object'),
  discovered boolean NOT NULL DEFAULT false,
  declared jsonb CHECK (jsonb_typeof(declared) IN ('object', 'array'))
);
CREATE INDEX models_name_idx ON assoc.models (name);

CREATE TABLE assoc.associations (
  source assoc.relation NOT NULL,
  alias text COLLATE "C" NOT NULL CHECK (octet_length(alias) BETWEEN 1 AND 63),
  kind text COLLATE "C" NOT NULL
    CHECK (kind IN ('belongs_to_many', 'has_many', 'has_one', 'belongs_to')),
  target assoc.relation NOT NULL,
  through assoc.relation CHECK ((kind = 'belongs_to_many') = (through IS NOT NULL)),
  source_key name[] NOT NULL DEFAULT '{}',
  foreign_key name[] NOT NULL,
  other_key name[] NOT NULL DEFAULT '{}',
  target_key name[] NOT NULL DEFAULT '{}',
  singular text COLLATE "C" NOT NULL CHECK (octet_length(singular) BETWEEN 1 AND 63),
  inverse text COLLATE "C" CHECK (octet_length(inverse) BETWEEN 1 AND 63),
  options jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(options) = 'object'),
  discovered boolean NOT NULL DEFAULT false,
  declared jsonb CHECK (jsonb_typeof(declared) = 'object'),
  PRIMARY KEY (source, alias),
  CONSTRAINT associations_keys_check CHECK (
    cardinality(foreign_key) > 0
    AND cardinality(source_key) = CASE WHEN kind = 'belongs_to' THEN 0 ELSE cardinality(foreign_key) END
    AND CASE kind
          WHEN 'belongs_to_many' THEN cardinality(other_key) > 0 AND cardinality(target_key) = cardinality(other_key)
          WHEN 'belongs_to' THEN cardinality(other_key) = 0 AND cardinality(target_key) = cardinality(foreign_key)
          ELSE cardinality(other_key) = 0 AND cardinality(target_key) = 0
        END
    AND array_position(source_key || foreign_key || other_key || target_key, NULL) IS NULL)
);
CREATE INDEX associations_target_idx ON assoc.associations (target);
CREATE INDEX associations_through_idx ON assoc.associations (through);

COMMENT ON TABLE assoc.models IS 'tables known to pg_associations by a model name';
COMMENT ON TABLE assoc.associations IS 'named ways from one model to another';

COMMENT ON COLUMN assoc.models.discovered IS 'declared only by assoc.discover, or by a role that needed a model to point at';
COMMENT ON COLUMN assoc.associations.discovered IS 'declared only by assoc.discover';

-- What the registry has lost by a DROP, until the transaction ends: a table that is created again under its name gets it back.
CREATE UNLOGGED TABLE assoc.registry_dropped (
  xact xid8 NOT NULL DEFAULT pg_current_xact_id(),
  what jsonb NOT NULL
);
COMMENT ON TABLE assoc.registry_dropped IS 'declarations of tables that a transaction under way has dropped';

-- Rows whose tables are gone stay behind; regclass would dump them as numbers.
SELECT pg_extension_config_dump('assoc.models',
  'WHERE EXISTS (SELECT FROM pg_catalog.pg_class c WHERE c.oid OPERATOR(pg_catalog.=) relation)');
SELECT pg_extension_config_dump('assoc.associations',
  'WHERE EXISTS (SELECT FROM pg_catalog.pg_class c WHERE c.oid OPERATOR(pg_catalog.=) source)'
  ' AND EXISTS (SELECT FROM pg_catalog.pg_class c WHERE c.oid OPERATOR(pg_catalog.=) target)'
  ' AND (through IS NULL OR EXISTS (SELECT FROM pg_catalog.pg_class c WHERE c.oid OPERATOR(pg_catalog.=) through))');

-- A plain role must be able to restore its own dump: anyone may insert rows, for
-- tables that he owns.  Changes go through the declaring functions.
GRANT SELECT, INSERT ON assoc.models, assoc.associations TO PUBLIC;
