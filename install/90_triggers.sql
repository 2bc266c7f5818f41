-- The triggers of the registry, when all that they call is there.

-- by name, it runs before the guard
CREATE TRIGGER registry_apart BEFORE INSERT OR UPDATE OR DELETE ON assoc.models
  FOR EACH ROW EXECUTE FUNCTION assoc.registry_apart();
CREATE TRIGGER registry_apart BEFORE INSERT OR UPDATE OR DELETE ON assoc.associations
  FOR EACH ROW EXECUTE FUNCTION assoc.registry_apart();
ALTER TABLE assoc.models ENABLE ALWAYS TRIGGER registry_apart;
ALTER TABLE assoc.associations ENABLE ALWAYS TRIGGER registry_apart;

CREATE TRIGGER registry_guard BEFORE INSERT ON assoc.models
  FOR EACH ROW EXECUTE FUNCTION assoc.registry_guard();
CREATE TRIGGER registry_guard BEFORE INSERT ON assoc.associations
  FOR EACH ROW EXECUTE FUNCTION assoc.registry_guard();
ALTER TABLE assoc.models ENABLE ALWAYS TRIGGER registry_guard;
ALTER TABLE assoc.associations ENABLE ALWAYS TRIGGER registry_guard;

-- For each row: a statement that changes none, as anybody may give one, tells nobody.
CREATE TRIGGER registry_changed AFTER INSERT OR UPDATE OR DELETE ON assoc.models
  FOR EACH ROW EXECUTE FUNCTION assoc.registry_changed();
CREATE TRIGGER registry_emptied AFTER TRUNCATE ON assoc.models
  FOR EACH STATEMENT EXECUTE FUNCTION assoc.registry_changed();
CREATE TRIGGER registry_changed AFTER INSERT OR UPDATE OR DELETE ON assoc.associations
  FOR EACH ROW EXECUTE FUNCTION assoc.registry_changed();
CREATE TRIGGER registry_emptied AFTER TRUNCATE ON assoc.associations
  FOR EACH STATEMENT EXECUTE FUNCTION assoc.registry_changed();
ALTER TABLE assoc.models ENABLE ALWAYS TRIGGER registry_changed;
ALTER TABLE assoc.associations ENABLE ALWAYS TRIGGER registry_changed;
ALTER TABLE assoc.models ENABLE ALWAYS TRIGGER registry_emptied;
ALTER TABLE assoc.associations ENABLE ALWAYS TRIGGER registry_emptied;

CREATE TRIGGER registry_noted AFTER INSERT OR UPDATE OR DELETE ON assoc.models
  FOR EACH ROW EXECUTE FUNCTION assoc.registry_noted();
CREATE TRIGGER registry_noted AFTER INSERT OR UPDATE OR DELETE ON assoc.associations
  FOR EACH ROW EXECUTE FUNCTION assoc.registry_noted();
ALTER TABLE assoc.models ENABLE ALWAYS TRIGGER registry_noted;
ALTER TABLE assoc.associations ENABLE ALWAYS TRIGGER registry_noted;
-- in an upgrade
SELECT assoc.registry_write_note(relation) FROM assoc.models;

CREATE CONSTRAINT TRIGGER registry_remake AFTER INSERT ON assoc.registry_dropped
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION assoc.registry_remake();
ALTER TABLE assoc.registry_dropped ENABLE ALWAYS TRIGGER registry_remake;

CREATE EVENT TRIGGER assoc_registry_settle ON ddl_command_start
  WHEN TAG IN ('DROP EXTENSION', 'ALTER EXTENSION', 'DROP OWNED')
  EXECUTE FUNCTION assoc.registry_settle();
ALTER EVENT TRIGGER assoc_registry_settle ENABLE ALWAYS;

CREATE EVENT TRIGGER assoc_registry_before_drop ON sql_drop
  WHEN TAG IN (
    'DROP TABLE', 'DROP VIEW', 'DROP MATERIALIZED VIEW', 'DROP FOREIGN TABLE')
  EXECUTE FUNCTION assoc.registry_keep_dropped();
ALTER EVENT TRIGGER assoc_registry_before_drop ENABLE ALWAYS;

-- DROP ... CASCADE of nearly anything can reach a view or a column.
CREATE EVENT TRIGGER assoc_registry_follow_drop ON sql_drop
  WHEN TAG IN (
    'DROP TABLE', 'DROP VIEW', 'DROP MATERIALIZED VIEW', 'DROP FOREIGN TABLE', 'DROP SCHEMA', 'DROP OWNED',
    'DROP EXTENSION', 'DROP TYPE', 'DROP DOMAIN', 'DROP FUNCTION', 'DROP PROCEDURE', 'DROP ROUTINE',
    'DROP AGGREGATE', 'DROP OPERATOR', 'DROP OPERATOR CLASS', 'DROP OPERATOR FAMILY', 'DROP CAST',
    'DROP COLLATION', 'DROP LANGUAGE', 'DROP SEQUENCE', 'DROP SERVER', 'DROP FOREIGN DATA WRAPPER',
    'DROP ACCESS METHOD', 'DROP TEXT SEARCH CONFIGURATION', 'DROP TEXT SEARCH DICTIONARY',
    'DROP TEXT SEARCH PARSER', 'DROP TEXT SEARCH TEMPLATE',
    'ALTER TABLE', 'ALTER FOREIGN TABLE', 'ALTER VIEW', 'ALTER MATERIALIZED VIEW', 'ALTER TYPE', 'ALTER DOMAIN',
    'ALTER EXTENSION')
  EXECUTE FUNCTION assoc.registry_follow_drop();
ALTER EVENT TRIGGER assoc_registry_follow_drop ENABLE ALWAYS;

CREATE EVENT TRIGGER assoc_registry_follow_rename ON ddl_command_end
  WHEN TAG IN ('ALTER TABLE', 'ALTER VIEW', 'ALTER MATERIALIZED VIEW', 'ALTER FOREIGN TABLE', 'ALTER TYPE')
  EXECUTE FUNCTION assoc.registry_follow_rename();
ALTER EVENT TRIGGER assoc_registry_follow_rename ENABLE ALWAYS;

CREATE EVENT TRIGGER assoc_registry_follow_move ON ddl_command_end
  WHEN TAG IN ('ALTER TABLE', 'ALTER VIEW', 'ALTER MATERIALIZED VIEW', 'ALTER FOREIGN TABLE', 'ALTER SCHEMA')
  EXECUTE FUNCTION assoc.registry_follow_move();
ALTER EVENT TRIGGER assoc_registry_follow_move ENABLE ALWAYS;

CREATE EVENT TRIGGER assoc_registry_follow_owner ON ddl_command_end
  WHEN TAG IN ('ALTER TABLE', 'ALTER VIEW', 'ALTER MATERIALIZED VIEW', 'ALTER FOREIGN TABLE')
  EXECUTE FUNCTION assoc.registry_follow_owner();
ALTER EVENT TRIGGER assoc_registry_follow_owner ENABLE ALWAYS;
