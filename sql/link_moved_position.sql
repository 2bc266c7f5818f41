-- What gets to another row by any way but the association that keeps the order has no position there; it comes last.
CREATE SCHEMA moved;
SET search_path = moved;
SET client_min_messages = warning;
\pset tuples_only on
\pset format unaligned
SELECT assoc.define('List', '{"name": "text"}', '{"timestamps": false}') ->> 'table';
SELECT assoc.define('Item', '{"t": {"type": "text", "unique": true}, "done": "boolean"}', '{"timestamps": false}') ->> 'table';
SELECT assoc.has_many('List', 'Item', inverse => 'list', options => '{"position": "place"}') -> 'created';
SELECT assoc.has_many('List', 'Item', alias => 'done', foreign_key => 'list_id', options => '{"scope": {"done": true}}') ->> 'alias';
INSERT INTO lists (name) VALUES ('a'), ('b');
INSERT INTO items (t, list_id, place) VALUES ('x', 1, 1), ('y', 2, 1), ('z', 1, 2);
-- what a call leaves, when its constraints have been looked at; all of it is taken back
CREATE FUNCTION leaves(call text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE 'SELECT assoc.' || call;
  SET CONSTRAINTS ALL IMMEDIATE;
  RAISE EXCEPTION USING ERRCODE = 'MP000', MESSAGE = (SELECT string_agg(format('%s in %s at %s', t, coalesce(list_id::text, '-'),
    coalesce(place::text, '-')), ', ' ORDER BY list_id, place, id) FROM items);
EXCEPTION WHEN SQLSTATE 'MP000' THEN
  RETURN SQLERRM;
END $$;
SELECT call, leaves(call) FROM unnest(ARRAY[
  $$set('Item', 1, 'list', '2')$$,
  $$set('Item', 1, 'list', '1')$$,
  $$toggle('Item', 1, 'list', '2')$$,
  $$set_many('Item', 'list', '[{"id": 1, "list": 2}, {"id": 2, "list": 1}]')$$,
  $$update('Item', '{"list": {"connect": 2}}', '{"where": {"id": 1}}')$$,
  $$update('Item', '{"list": {"connect": 1}}', '{"where": {"id": 1}}')$$,
  $$update('Item', '{"list": {"create": {"name": "c"}}}', '{"where": {"id": 1}}')$$,
  $$save('Item', '{"id": 1, "list": {"id": 2}}')$$,
  $$update('Item', '{"list_id": 2}', '{"where": {"id": [1, 2]}}')$$,
  $$update('Item', '{"list_id": 2, "place": 7}', '{"where": {"id": 1}}')$$,
  $$update_many('Item', '[{"id": 1, "list_id": 2}, {"id": 3, "list_id": 1}]')$$,
  $$upsert('Item', '{"t": "x", "list_id": 2}', '{"conflict": ["t"]}')$$,
  $$bulk_create('Item', '[{"t": "x", "list_id": 2}, {"t": "z", "list_id": 1}]', '{"updateOnDuplicate": ["list_id"], "conflict": ["t"]}')$$,
  $$add('List', 2, 'done', '[1]')$$,
  $$add('List', 1, 'done', '[1]')$$,
  $$set_many('List', 'done', '[{"id": 2, "done": [1, 3]}, {"id": 1, "done": [2]}]')$$,
  $$update('List', '{"done": {"connect": [1]}}', '{"where": {"id": 2}}')$$,
  $$move('List', 1, 'items', '[3, 1]', 2)$$,
  $$set('List', 2, 'items', '[1, 2]')$$,
  $$merge('List', 1, 2)$$]) call;
-- a place is no key by which rows are the same
SELECT assoc.merge('List', 1, 2, '{"dry_run": true}') -> 'references';

SELECT assoc.define('User', '{}', '{"timestamps": false}') ->> 'table';
SELECT assoc.belongs_to_many('User', 'Item', through => 'Star', inverse => 'users', options => '{"position": "rank"}') -> 'created';
SELECT assoc.belongs_to_many('User', 'Item', through => 'Star', alias => 'starred') ->> 'alias';
INSERT INTO users DEFAULT VALUES;
INSERT INTO users DEFAULT VALUES;
SELECT assoc.set('User', 1, 'items', '[1, 2]') -> 'added', assoc.set('User', 2, 'items', '[3]') -> 'added';
SELECT assoc.move('User', 1, 'starred', '[1]', 2);
SELECT * FROM stars ORDER BY 1, 3, 2;
BEGIN;
SELECT assoc.add('User', 2, 'starred', '[2]') -> 'added';
SELECT assoc.merge('User', 2, 1) #> '{references,0,merged}';
SET CONSTRAINTS ALL IMMEDIATE;
SELECT * FROM stars ORDER BY 1, 3, 2;
ROLLBACK;
BEGIN;
INSERT INTO stars VALUES (1, 3, NULL), (1, 1, 1);
SELECT assoc.merge('User', 2, 1) #> '{references,0,merged}';
SET CONSTRAINTS ALL IMMEDIATE;
SELECT * FROM stars ORDER BY 1, 3, 2;
ROLLBACK;
SELECT assoc.merge('User', 1, 2) #> '{references,0,moved}';
SELECT * FROM stars ORDER BY 1, 3, 2;
SELECT assoc.merge('Item', 1, 3) #> '{references,0,merged,0,to}';
SELECT assoc.get('User', 2, 'items', '{"attributes": ["id"], "through": {"attributes": ["rank"]}}');

-- a position that cannot be null stays
ALTER TABLE items ALTER place SET NOT NULL;
SELECT leaves($$set('Item', 3, 'list', '2')$$);
-- an order that is declared after rows were written is known at once, and is none when the declaration is taken back
CREATE TABLE cards (id int PRIMARY KEY, n int, list_id bigint REFERENCES lists, place int,
  UNIQUE (list_id, place) DEFERRABLE INITIALLY DEFERRED);
SELECT assoc.adopt('cards', 'Card') ->> 'table', assoc.has_many('List', 'Card') -> 'created';
INSERT INTO cards (id, list_id) VALUES (1, 1);
SELECT assoc.update('Card', '{"list_id": 2, "n": 2}', '{"where": {"id": 1}}') -> 'count';
BEGIN;
UPDATE assoc.associations SET options = options || '{"position": "place"}' WHERE target = 'cards'::regclass;
UPDATE cards SET place = 5;
SELECT assoc.update('Card', '{"list_id": 1}', '{"where": {"id": 1}}') -> 'count';
SELECT id, list_id, place FROM cards;
ROLLBACK;
SELECT assoc.update('Card', '{"list_id": 1}', '{"where": {"id": 1}}') -> 'count';
SELECT assoc.has_many('List', 'Card', options => '{"position": "place"}', replace => true) ->> 'changed';
UPDATE cards SET place = 5;
SELECT assoc.update('Card', '{"list_id": 2}', '{"where": {"id": 1}}') -> 'count';
SELECT id, list_id, place FROM cards;
DROP SCHEMA moved CASCADE;
