-- Operators that somebody has put into a schema which is searched first: no statement of a call takes them.
CREATE SCHEMA searched;
CREATE SCHEMA planted;
SET search_path = searched;
SET client_min_messages = warning;
\pset tuples_only on
\pset format unaligned
SELECT assoc.define('Node', '{"id": {"type": "varchar(9)", "primaryKey": true}, "name": "text"}', '{"paranoid": true}') ->> 'model';
SELECT assoc.has_many('Node', 'Node', alias => 'kids', foreign_key => 'parent_id', inverse => 'parent',
  options => '{"counter": "kids_count", "touch": true, "max": 5, "acyclic": true, "onDestroy": "CASCADE"}') ->> 'alias';
SELECT assoc.define('Step', '{"title": "text"}') ->> 'model';
SELECT assoc.has_many('Node', 'Step', alias => 'steps', inverse => 'node', options => '{"position": "place"}') ->> 'alias';
CREATE TABLE places (tenant int, id timestamptz, up_tenant int, up_id timestamptz, PRIMARY KEY (tenant, id),
  FOREIGN KEY (up_tenant, up_id) REFERENCES places);
CREATE INDEX ON places (up_tenant, up_id);
SELECT assoc.has_many('places', 'places', foreign_key => 'up_tenant,up_id', alias => 'parts', inverse => 'whole') ->> 'alias';
INSERT INTO places VALUES (1, '2020-01-01', NULL, NULL), (1, '2020-01-02', 1, '2020-01-01'), (2, '2020-01-02', 1, '2020-01-02');
DO $$
DECLARE
  type record;
  operator text;
BEGIN
  FOR type IN SELECT * FROM (VALUES ('int', 'int'), ('int', 'bigint'), ('bigint', 'int'), ('bigint', 'bigint'), ('text', 'text'),
    ('varchar', 'varchar'), ('name', 'name'), ('oid', 'oid'), ('oid', 'regclass'), ('timestamptz', 'timestamptz'), ('jsonb', 'jsonb'),
    ('boolean', 'boolean')) t (one, other)
  LOOP
    EXECUTE format('CREATE FUNCTION planted.op(%s, %s) RETURNS boolean LANGUAGE plpgsql AS %L', type.one, type.other,
      format('BEGIN RAISE ''captured: %s and %s''; END', type.one, type.other));
    FOREACH operator IN ARRAY ARRAY['=', '<>', '<', '>', '<=', '>='] LOOP
      EXECUTE format('CREATE OPERATOR planted.%s (LEFTARG = %s, RIGHTARG = %s, FUNCTION = planted.op)', operator, type.one, type.other);
    END LOOP;
  END LOOP;
END $$;
SET search_path = planted, pg_catalog;
SELECT 1 = 2;

-- trees
SELECT assoc.create('searched.Node', '{"id": "a", "name": "top", "kids": [{"id": "b", "kids": [{"id": "c"}]},
  {"id": "d"}]}') ->> 'id';
SELECT assoc.find_all('searched.Node', '{"attributes": ["id"], "order": ["id"],
  "where": {"parent": {"some": {"name": "top"}, "recursive": true}}}');
SELECT assoc.find_all('searched.Node', '{"attributes": ["id"], "order": ["id"],
  "where": {"kids": {"none": {"id": "c"}, "recursive": true}}}');
SELECT assoc.find_all('searched.places', '{"attributes": ["tenant"], "where": {"whole": {"some": {"tenant": 1}, "recursive": true}}}');
SELECT assoc.find_all('searched.places', '{"attributes": ["tenant"], "where": {"parts": {"none": {"tenant": 2}, "recursive": true}}}');
SELECT assoc.find_by_pk('searched.Node', 'a', '{"attributes": ["id"], "include": [{"association": "kids", "attributes": ["id"],
  "recursive": true}]}');

-- what triggers keep of links
SELECT assoc.add('searched.Node', 'd', 'kids', '["c"]');
SELECT assoc.add('searched.Node', 'c', 'kids', '["a"]');
SELECT assoc.recount('searched.Node', 'kids', dry_run => true), assoc.recount('searched.Node', 'kids');
SELECT assoc.destroy('searched.Node', '{"where": {"id": "a"}}');
SELECT assoc.count('searched.Node', '{}');
SELECT assoc.restore('searched.Node', '{"where": {"id": "a"}}');
SELECT assoc.count('searched.Node', '{}');
BEGIN;
TRUNCATE searched.nodes CASCADE;
ROLLBACK;

-- positions, a document that comes back
SELECT assoc.create_in('searched.Node', 'a', 'steps', '{"title": "one"}') ->> 'place';
SELECT assoc.create_in('searched.Node', 'a', 'steps', '{"title": "two"}') ->> 'place';
SELECT assoc.reorder('searched.Node', 'a', 'steps', '2', '{"to": 1}');
SELECT assoc.set('searched.Node', 'a', 'steps', '[1, 2]');
SELECT assoc.save('searched.Node', '{"id": "a", "name": "new", "steps": [{"id": 2, "title": "two"}, {"title": "three"}]}') -> 'changes';
SELECT assoc.forget('searched.places');
SELECT status, note FROM assoc.discover('searched', apply => true);
SELECT status, note FROM assoc.discover('searched', apply => true, undo => true);
SELECT assoc.sync('searched', alter => true);
SELECT count(*) FROM assoc.check('searched') WHERE severity OPERATOR(pg_catalog.=) 'error';
-- triggers of the registry that a restore has left as others are
BEGIN;
ALTER TABLE assoc.models ENABLE TRIGGER registry_noted;
SET LOCAL search_path = assoc, planted, pg_catalog;
SELECT assoc.sync('searched');
ROLLBACK;
RESET search_path;
DROP SCHEMA searched, planted CASCADE;
