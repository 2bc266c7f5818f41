-- bulk_create: many rows, with those that may be there already.
CREATE SCHEMA bulk;
SET search_path = bulk;
SELECT assoc.define('User', '{"name": {"type": "text", "unique": true, "allowNull": false}, "points": {"type": "int", "default": 1},
  "note": "text"}', '{"timestamps": false}') ->> 'model' AS model;
SELECT assoc.bulk_create('User', '[{"name": "john"}, {"name": "trin"}]', '{"returning": ["id", "name"]}');
-- skipped rows are null in their own place; of equal ones the first is stored
SELECT assoc.bulk_create('User', '[{"name": "trin"}, {"name": "neo"}, {"name": "john", "points": 5}, {"name": "neo", "points": 7},
  {"name": "max", "points": 9}]', '{"ignoreDuplicates": true}');
SELECT assoc.bulk_create('User', '[{"name": "trin"}, {"name": "neo"}]', '{"ignoreDuplicates": true, "returning": false}');
SELECT assoc.bulk_create('User', '[{"id": 100, "name": "hundred"}, {"id": 100, "name": "again"}, {"id": 101, "name": "next"}]',
  '{"ignoreDuplicates": true}');
SELECT assoc.bulk_create('User', '[]', '{"ignoreDuplicates": true}'), assoc.bulk_create('User', '[]', '{"updateOnDuplicate": []}'),
  assoc.bulk_create('User', '[]');
-- changed rows, in the order of the input; what is not listed stays
SELECT assoc.bulk_create('User', '[{"name": "new", "points": 1}, {"name": "trin", "points": 20, "note": "n"}, {"name": "john",
  "points": 10}]', '{"updateOnDuplicate": ["points"]}');
SELECT assoc.bulk_create('User', '[{"name": "trin", "points": 20}, {"name": "new"}, {"name": "later"}]',
  '{"updateOnDuplicate": ["points", "note"]}');
-- the same key twice: one after the other
SELECT assoc.bulk_create('User', '[{"name": "twice", "points": 1}, {"name": "twice", "points": 2}, {"name": "twice", "note": "3"}]',
  '{"updateOnDuplicate": ["points", "note"], "returning": ["name", "points", "note"]}');
SELECT assoc.bulk_create('User', '[{"id": 100, "name": "renamed"}]', '{"updateOnDuplicate": ["name"]}');
SELECT assoc.bulk_create('User', '[{"id": 555, "name": "renamed", "points": 3}]',
  '{"updateOnDuplicate": ["points"], "conflict": ["name"], "returning": ["id", "points"]}');
SELECT * FROM users ORDER BY id;
-- where a trigger has the last word on keys
CREATE FUNCTION shout() RETURNS trigger
  LANGUAGE plpgsql AS 'BEGIN IF NEW.name = ''skip'' THEN RETURN NULL; END IF; NEW.note = upper(NEW.name); RETURN NEW; END';
CREATE TRIGGER shout BEFORE INSERT ON users FOR EACH ROW EXECUTE FUNCTION shout();
SELECT assoc.bulk_create('User', '[{"name": "one"}, {"name": "trin"}, {"name": "skip"}, {"name": "two"}]',
  '{"ignoreDuplicates": true, "returning": ["name", "note"]}');
SELECT assoc.bulk_create('User', '[{"name": "three"}, {"name": "skip"}]');
\echo :LAST_ERROR_SQLSTATE
DROP TRIGGER shout ON users;
-- wrong uses
SELECT assoc.bulk_create('User', '[{"name": "x"}]', '{"ignoreDuplicates": true, "updateOnDuplicate": ["name"]}');
SELECT assoc.bulk_create('User', '[{"name": "x"}]', '{"ignoreDuplicate": true}');
SELECT assoc.bulk_create('User', '[{"name": "x"}]', '{"ignoreDuplicates": 1}');
SELECT assoc.bulk_create('User', '[{"name": "x"}]', '{"updateOnDuplicate": ["nam"]}');
SELECT assoc.bulk_create('User', '[{"name": "x"}]', '{"updateOnDuplicate": "name"}');
SELECT assoc.bulk_create('User', '[{"name": "x"}]', '{"conflict": ["name"]}');
SELECT assoc.bulk_create('User', '[{"name": "x"}, {"note": "y", "id": 1}]', '{"updateOnDuplicate": ["note"]}');
SELECT assoc.create('User', '{"name": "x"}', '{"ignoreDuplicates": true}');
SELECT assoc.bulk_create('User', '[{"name": null}, {"name": "ok"}, {"points": 1}]', '{"ignoreDuplicates": true}');
\echo :LAST_ERROR_SQLSTATE
SELECT assoc.has_many('User', 'User', foreign_key => 'boss_id', alias => 'reports', inverse => 'boss') ->> 'alias' AS alias;
SELECT assoc.bulk_create('User', '[{"name": "x", "reports": [{"name": "y"}]}]', '{"ignoreDuplicates": true}');
\echo :LAST_ERROR_SQLSTATE
SELECT count(*) AS left FROM users WHERE name IN ('x', 'y', 'ok');
SELECT assoc.bulk_create('User', '[{"name": "x", "reports": [{"name": "y", "reports": [{"name": "z"}]}]}, {"name": "w"}]',
  '{"returning": ["name"]}');
-- rows without a primary key cannot be shown, but counted
CREATE TABLE notes (kind int UNIQUE, note text, written timestamptz NOT NULL);
SELECT assoc.adopt('notes', 'Note', '{"createdAt": "written", "updatedAt": false}') -> 'primaryKey' AS key;
SELECT assoc.bulk_create('Note', '[{"kind": 1}, {"kind": 2, "note": "b"}]', '{"returning": false}');
SELECT assoc.bulk_create('Note', '[{"kind": 2, "note": "c"}, {"kind": 3}]',
  '{"returning": false, "updateOnDuplicate": ["note"], "conflict": ["kind"]}');
SELECT kind, note, written IS NOT NULL AS written FROM notes ORDER BY 1;
SELECT assoc.bulk_create('Note', '[{"kind": 2}]', '{"returning": false}');
-- nothing that is said is passed over
SELECT assoc.bulk_create('Note', '[{"kind": 3}]', '{"returning": false, "attributes": ["kind"]}');
SELECT assoc.bulk_create('User', '[{"name": "ann"}]', '{"returning": ["id"], "attributes": ["name"]}');
SELECT assoc.bulk_create('User', '[{"name": "ann"}]', '{"returning": {"scope": false}, "scope": false}');
SELECT assoc.bulk_create('Note', '[{"kind": 2}]', '{"returning": false, "ignoreDuplicates": true}');
SELECT assoc.bulk_create('Note', '[{"kind": 4}]');
SELECT assoc.create('Note', '{"kind": 4}');
-- a row that is stored and cannot be shown is null in its place
CREATE TABLE stock (id int PRIMARY KEY, n int);
CREATE VIEW in_stock AS SELECT * FROM stock WHERE n > 0;
SELECT assoc.adopt('in_stock', 'InStock', '{"key": ["id"]}') IS NOT NULL AS adopted;
SELECT assoc.bulk_create('InStock', '[{"id": 1, "n": 0}, {"id": 2, "n": 2}, {"id": 3}]'), assoc.create('InStock', '{"id": 4}');
SET client_min_messages = warning;
DROP SCHEMA bulk CASCADE;
