-- Links that lead no row back to itself (acyclic), and soft deletion that goes on to them (onDestroy).
CREATE SCHEMA cycles;
SET search_path = cycles;
SELECT assoc.define('Node', '{"name": "text"}', '{"timestamps": false, "paranoid": true}') ->> 'table' AS made;
SELECT assoc.has_many('Node', 'Node', foreign_key => 'parent_id', alias => 'children', inverse => 'parent',
  options => '{"acyclic": true, "onDestroy": "CASCADE", "counter": "children_count"}') -> 'created' AS created;
SELECT assoc.belongs_to_many('Node', 'Node', through => 'Needs', foreign_key => 'node_id', other_key => 'needed_id', alias => 'needs',
  options => '{"acyclic": true, "through": {"paranoid": true}, "onDestroy": "CASCADE"}') -> 'created' AS created;
INSERT INTO nodes (name) SELECT 'n' || i FROM generate_series(1, 7) i;

-- trees
SELECT assoc.add('Node', 1, 'children', '[2, 3]'), assoc.add('Node', 2, 'children', '[4]');
SELECT assoc.add('Node', 4, 'children', '[1]');
\echo :LAST_ERROR_SQLSTATE
UPDATE nodes SET parent_id = 4 WHERE id = 1;
UPDATE nodes SET parent_id = 5 WHERE id = 5;
INSERT INTO nodes (id, name, parent_id) VALUES (20, 'x', 21), (21, 'y', 20);
UPDATE nodes SET name = upper(name);
-- whoever changes several at once is judged by what comes of it
UPDATE nodes SET parent_id = CASE id WHEN 1 THEN 4 WHEN 4 THEN NULL END WHERE id IN (1, 4);
SELECT id, parent_id, children_count FROM nodes ORDER BY id;
SELECT assoc.update('Node', '{"parent": {"connect": 3}}', '{"where": {"id": 4}}');
SELECT assoc.set('Node', 4, 'children', '[1, 5]');

-- graphs
SELECT assoc.add('Node', 1, 'needs', '[2, 3]'), assoc.add('Node', 2, 'needs', '[3]'), assoc.add('Node', 3, 'needs', '[4]');
SELECT assoc.add('Node', 4, 'needs', '[5, 1]');
INSERT INTO needs VALUES (6, 6);
SELECT assoc.remove('Node', 1, 'needs', '[3]'), assoc.remove('Node', 1, 'needs', '[2]');
SELECT assoc.add('Node', 4, 'needs', '[1]');
UPDATE needs SET deleted_at = NULL WHERE node_id = 1 AND needed_id = 2;
SELECT assoc.clear('Node', 4, 'needs') -> 'removed' AS removed;

-- soft deletion takes children and links along, as deep as they go; what was deleted before stays deleted
SELECT id, parent_id FROM nodes WHERE parent_id IS NOT NULL ORDER BY id;
UPDATE nodes SET deleted_at = '2020-01-01' WHERE id = 5;
SELECT assoc.destroy('Node', '{"where": {"id": 4}}');
SELECT id, deleted_at IS NOT NULL AS deleted, children_count FROM nodes ORDER BY id;
SELECT node_id, needed_id, deleted_at IS NOT NULL AS deleted FROM needs ORDER BY 1, 2;
SELECT assoc.restore('Node', '{"where": {"id": 4}}');
SELECT id, deleted_at IS NOT NULL AS deleted, children_count FROM nodes ORDER BY id;
SELECT assoc.destroy('Node', '{"where": {"id": 3}}'), assoc.restore('Node', '{"where": {"id": 3}}');
SELECT node_id, needed_id, deleted_at IS NOT NULL AS deleted FROM needs ORDER BY 1, 2;
SELECT assoc.recount('Node', 'children', true);

-- before the extension goes
BEGIN;
SELECT count(*) FROM assoc.detach('cycles');
UPDATE nodes SET deleted_at = now() WHERE id = 4;
SELECT count(*) FROM nodes WHERE deleted_at = now();
UPDATE nodes SET deleted_at = NULL WHERE id = 4;
SELECT count(*) FROM nodes WHERE deleted_at = now();
UPDATE nodes SET parent_id = 1 WHERE id = 4;
ROLLBACK;

-- touching goes up a tree, once; where links go round it ends too
SELECT assoc.define('Item', '{"name": "text"}') ->> 'table' AS made;
SELECT assoc.has_many('Item', 'Item', foreign_key => 'part_of', alias => 'parts',
  options => '{"touch": true, "counter": "n"}') -> 'created' AS created;
INSERT INTO items (id, part_of, updated_at) VALUES (1, NULL, '2020-01-01'), (2, 1, '2020-01-01'), (3, 2, '2020-01-01'), (4, 4,
  '2020-01-01');
UPDATE items SET updated_at = '2020-01-01', part_of = CASE id WHEN 1 THEN 3 ELSE part_of END;
UPDATE items SET name = 'x' WHERE id IN (3, 4);
SELECT id, n, updated_at > '2020-01-01' AS touched FROM items ORDER BY id;

-- what cannot be kept
SELECT assoc.define('Leaf', '{"name": "text"}') ->> 'table' AS made;
SELECT assoc.has_many('Node', 'Leaf', alias => 'leaves', options => '{"acyclic": true}');
SELECT assoc.has_many('Node', 'Leaf', alias => 'leaves', options => '{"onDestroy": "CASCADE"}');
SELECT assoc.has_many('Node', 'Leaf', alias => 'leaves', options => '{"onDestroy": "cascade"}');
SELECT assoc.belongs_to('Leaf', 'Node', options => '{"onDestroy": "CASCADE"}');
ALTER TABLE nodes DISABLE TRIGGER keep_links_update;
UPDATE nodes SET parent_id = 7 WHERE id = 7;
ALTER TABLE nodes ENABLE TRIGGER keep_links_update;
SELECT assoc.has_many('Node', 'Node', foreign_key => 'parent_id', alias => 'below', options => '{"acyclic": true}');
DROP TRIGGER keep_links_delete ON nodes;
SELECT object, problem FROM assoc.check('cycles') ORDER BY 1, 2;
\set VERBOSITY terse
DROP SCHEMA cycles CASCADE;
