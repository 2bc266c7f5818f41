-- columns of a composite foreign key that say whose a row is: linking does not change them
CREATE SCHEMA fixed;
SET search_path = fixed;
CREATE TABLE tenant (id int PRIMARY KEY);
CREATE TABLE token (tenant_id int REFERENCES tenant, id int, name text, PRIMARY KEY (tenant_id, id));
CREATE TABLE location (tenant_id int REFERENCES tenant, id int, token_id int, name text,
  PRIMARY KEY (tenant_id, id), FOREIGN KEY (tenant_id, token_id) REFERENCES token);
CREATE INDEX ON location (tenant_id, token_id);
INSERT INTO tenant VALUES (1), (2);
INSERT INTO token VALUES (1, 1, 'a'), (1, 2, 'b'), (2, 1, 'c');
INSERT INTO location VALUES (2, 7, NULL, 'secret of tenant 2'), (1, 1, NULL, 'own'), (1, 2, 1, 'own'), (1, 3, 2, 'own');
SELECT assoc.has_many('token', 'location', foreign_key => 'tenant_id,token_id', alias => 'locations',
  inverse => 'token') -> 'alias' AS alias;

-- the tenant is in the child's own key
\set VERBOSITY default
SELECT assoc.add('token', '{"tenant_id": 1, "id": 1}', 'locations', '[{"tenant_id": 2, "id": 7}]');
\set VERBOSITY sqlstate
SELECT assoc.add('token', '{"tenant_id": 1, "id": 1}', 'locations', '[{"tenant_id": 2, "id": 7}]');
\set VERBOSITY terse
SELECT assoc.set('token', '{"tenant_id": 1, "id": 1}', 'locations', '[{"tenant_id": 1, "id": 1}, {"tenant_id": 2, "id": 7}]');
SELECT assoc.toggle('token', '{"tenant_id": 1, "id": 1}', 'locations', '[{"tenant_id": 1, "id": 2}, {"tenant_id": 2, "id": 7}]');
SELECT assoc.move('token', '{"tenant_id": 1, "id": 1}', 'locations', '[{"tenant_id": 1, "id": 2}]', '{"tenant_id": 2, "id": 1}');
SELECT assoc.set_many('token', 'locations', '[{"tenant_id": 1, "id": 1, "locations": [{"tenant_id": 1, "id": 2}, {"tenant_id": 1,
  "id": 1}]},
  {"tenant_id": 1, "id": 2, "locations": [{"tenant_id": 2, "id": 7}]}]');
SELECT assoc.update('token', '{"locations": {"connect": [{"tenant_id": 2, "id": 7}]}}', '{"where": {"tenant_id": 1, "id": 1}}');
SELECT assoc.create('token', '{"tenant_id": 1, "id": 9, "locations": {"connect": [{"tenant_id": 2, "id": 7}]}}');
-- from the other side
SELECT assoc.add('location', '{"tenant_id": 2, "id": 7}', 'token', '{"tenant_id": 1, "id": 1}');
SELECT assoc.set('location', '{"tenant_id": 2, "id": 7}', 'token', '{"tenant_id": 1, "id": 1}');
SELECT assoc.toggle('location', '{"tenant_id": 2, "id": 7}', 'token', '{"tenant_id": 1, "id": 1}');
SELECT assoc.move('location', '{"tenant_id": 1, "id": 2}', 'token', '{"tenant_id": 1, "id": 1}', '{"tenant_id": 2, "id": 7}');
SELECT assoc.set_many('location', 'token', '[{"tenant_id": 1, "id": 1, "token": {"tenant_id": 1, "id": 1}},
  {"tenant_id": 2, "id": 7, "token": {"tenant_id": 1, "id": 1}}]');
SELECT assoc.update('location', '{"token": {"connect": {"tenant_id": 1, "id": 1}}}', '{"where": {"tenant_id": 2, "id": 7}}');
SELECT assoc.update('location', '{"token": {"create": {"tenant_id": 1, "id": 8}}}', '{"where": {"tenant_id": 2, "id": 7}}');
SELECT assoc.update('location', '{"token": {"connectOrCreate": {"where": {"tenant_id": 1, "id": 8}, "create": {"tenant_id": 1, "id": 8}}}}',
  '{"where": {"tenant_id": 2, "id": 7}}');
SELECT assoc.create_in('location', '{"tenant_id": 2, "id": 7}', 'token', '{"tenant_id": 1, "id": 8}');
SELECT assoc.create('location', '{"tenant_id": 2, "id": 8, "token": {"connect": {"tenant_id": 1, "id": 1}}}');
SELECT * FROM location ORDER BY 1, 2;
SELECT count(*) FROM token;

-- rows of the tenant are linked and unlinked, and the tenant's column is not even written
CREATE FUNCTION told() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE NOTICE 'tenant_id is written'; RETURN NEW; END $$;
CREATE TRIGGER told BEFORE UPDATE OF tenant_id ON location FOR EACH ROW EXECUTE FUNCTION told();
SELECT assoc.add('token', '{"tenant_id": 1, "id": 1}', 'locations', '[{"tenant_id": 1, "id": 1}]');
SELECT assoc.remove('token', '{"tenant_id": 1, "id": 1}', 'locations', '[{"tenant_id": 1, "id": 1}]');
SELECT assoc.set('location', '{"tenant_id": 1, "id": 1}', 'token', '{"tenant_id": 1, "id": 2}');
SELECT assoc.clear('location', '{"tenant_id": 1, "id": 1}', 'token');
SELECT assoc.move('token', '{"tenant_id": 1, "id": 1}', 'locations', '[{"tenant_id": 1, "id": 2}]', '{"tenant_id": 1, "id": 2}');
SELECT assoc.set_many('token', 'locations', '[{"tenant_id": 1, "id": 1, "locations": [{"tenant_id": 1, "id": 1}, {"tenant_id": 1,
  "id": 2}]},
  {"tenant_id": 1, "id": 2, "locations": []}]');
SELECT assoc.set_many('location', 'token', '[{"tenant_id": 1, "id": 1, "token": {"tenant_id": 1, "id": 2}},
  {"tenant_id": 1, "id": 2, "token": []}, {"tenant_id": 1, "id": 3, "token": {"tenant_id": 1, "id": 1}}]');
SELECT assoc.update('location', '{"token": {"disconnect": true}}', '{"where": {"tenant_id": 1, "id": 1}, "returning": false}');
SELECT assoc.update('token', '{"locations": {"disconnect": [{"tenant_id": 1, "id": 3}]}}',
  '{"where": {"tenant_id": 1, "id": 1}, "returning": false}');
SELECT assoc.update('location', '{"token": {"connect": {"tenant_id": 1, "id": 1}}}',
  '{"where": {"tenant_id": 1, "id": 1}, "returning": false}');
SELECT * FROM location ORDER BY 1, 2;
-- who writes the tenant beside it means it
SELECT assoc.update('location', '{"tenant_id": 1, "id": 8, "token": {"connect": {"tenant_id": 1, "id": 1}}}',
  '{"where": {"tenant_id": 2, "id": 7}, "returning": false}');
SELECT * FROM location WHERE id = 8;

-- a tenant that two foreign keys share: null is filled in, and stays when a row is unlinked
CREATE TABLE folder (tenant_id int, id int, PRIMARY KEY (tenant_id, id));
CREATE TABLE note (id int PRIMARY KEY, tenant_id int, token_id int, folder_id int,
  FOREIGN KEY (tenant_id, token_id) REFERENCES token, FOREIGN KEY (tenant_id, folder_id) REFERENCES folder);
CREATE INDEX ON note (tenant_id, token_id);
CREATE INDEX ON note (tenant_id, folder_id);
INSERT INTO folder VALUES (1, 1), (2, 1);
INSERT INTO note VALUES (1, NULL, NULL, NULL), (2, 2, NULL, 1);
SELECT assoc.has_many('token', 'note', foreign_key => 'tenant_id,token_id', alias => 'notes', inverse => 'token') -> 'alias' AS alias;
SELECT assoc.has_many('folder', 'note', foreign_key => 'tenant_id,folder_id', alias => 'notes', inverse => 'folder') -> 'alias' AS alias;
SELECT assoc.add('token', '{"tenant_id": 1, "id": 1}', 'notes', '[1]');
SELECT assoc.add('token', '{"tenant_id": 1, "id": 1}', 'notes', '[2]');
SELECT assoc.add('note', 2, 'token', '{"tenant_id": 1, "id": 1}');
SELECT assoc.set('folder', '{"tenant_id": 1, "id": 1}', 'notes', '[1]');
SELECT assoc.clear('note', 1, 'token');
SELECT assoc.clear('folder', '{"tenant_id": 2, "id": 1}', 'notes');
SELECT assoc.update('note', '{"folder": {"disconnect": true}}', '{"where": {"id": 1}, "returning": false}');
SELECT * FROM note ORDER BY id;

-- ON DELETE SET NULL (column) says the same of a key that nothing else shares
CREATE TABLE memo (id int PRIMARY KEY, tenant int, token_id int,
  FOREIGN KEY (tenant, token_id) REFERENCES token ON DELETE SET NULL (token_id));
CREATE INDEX ON memo (tenant, token_id);
INSERT INTO memo VALUES (1, 1, 1), (2, 2, NULL);
SELECT assoc.has_one('token', 'memo', foreign_key => 'tenant,token_id', alias => 'memo', inverse => 'token',
  options => '{"unique": false}') -> 'alias' AS alias;
SELECT assoc.clear('memo', 1, 'token');
SELECT assoc.set('token', '{"tenant_id": 1, "id": 1}', 'memo', '2');
SELECT assoc.set('token', '{"tenant_id": 1, "id": 2}', 'memo', '1');
SELECT * FROM memo ORDER BY id;

-- a row whose own key has all of it belongs where it is; one of a key of its own goes as a whole
CREATE TABLE line (tenant_id int, token_id int, line int, PRIMARY KEY (tenant_id, token_id, line), FOREIGN KEY (tenant_id,
  token_id) REFERENCES token);
CREATE TABLE tag (id int PRIMARY KEY, tenant_id int, token_id int, FOREIGN KEY (tenant_id, token_id) REFERENCES token);
CREATE INDEX ON tag (tenant_id, token_id);
INSERT INTO line VALUES (1, 1, 1);
INSERT INTO tag VALUES (1, 1, 1);
SELECT assoc.has_many('token', 'line', foreign_key => 'tenant_id,token_id', alias => 'lines', inverse => 'token') -> 'alias' AS alias;
SELECT assoc.has_many('token', 'tag', foreign_key => 'tenant_id,token_id', alias => 'tags', inverse => 'token') -> 'alias' AS alias;
SELECT assoc.add('token', '{"tenant_id": 1, "id": 1}', 'lines', '[{"tenant_id": 1, "token_id": 1, "line": 1}]');
SELECT assoc.add('token', '{"tenant_id": 1, "id": 2}', 'lines', '[{"tenant_id": 1, "token_id": 1, "line": 1}]');
SELECT assoc.set('line', '{"tenant_id": 1, "token_id": 1, "line": 1}', 'token', '{"tenant_id": 1, "id": 2}');
SELECT assoc.remove('token', '{"tenant_id": 1, "id": 1}', 'lines', '[{"tenant_id": 1, "token_id": 1, "line": 1}]');
SELECT assoc.add('token', '{"tenant_id": 2, "id": 1}', 'tags', '1'), assoc.clear('tag', 1, 'token');
SELECT * FROM tag;
SELECT assoc.clear('tag', 1, 'token');
SELECT * FROM tag;
SELECT * FROM line;
\set VERBOSITY default

\set VERBOSITY terse
-- generated columns, as a subtype's rows have them: they are never written, and must have what they point at
CREATE TABLE vehicle (id int GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY, kind text NOT NULL, UNIQUE (id, kind));
CREATE TABLE car (id int PRIMARY KEY, kind text NOT NULL GENERATED ALWAYS AS ('car') STORED, doors int,
  FOREIGN KEY (id, kind) REFERENCES vehicle (id, kind));
CREATE INDEX ON car (id, kind);
CREATE TABLE trip (id int GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY, vehicle_id int, kind text GENERATED ALWAYS AS ('car') STORED,
  FOREIGN KEY (vehicle_id, kind) REFERENCES vehicle (id, kind));
CREATE INDEX ON trip (vehicle_id, kind);
CREATE TABLE option (id int PRIMARY KEY);
CREATE TABLE vehicle_option (vehicle_id int, kind text GENERATED ALWAYS AS ('car') STORED, option_id int REFERENCES option,
  PRIMARY KEY (vehicle_id, kind, option_id), FOREIGN KEY (vehicle_id, kind) REFERENCES vehicle (id, kind));
CREATE INDEX ON vehicle_option (option_id);
CREATE TABLE remark (id int PRIMARY KEY, doc jsonb, vehicle_id int GENERATED ALWAYS AS ((doc ->> 'vehicle')::int) STORED);
CREATE INDEX ON remark (vehicle_id);
INSERT INTO option VALUES (1), (2);
SELECT count(*) FROM (VALUES
  (assoc.has_one('vehicle', 'car', foreign_key => 'id,kind', source_key => 'id,kind', inverse => 'vehicle')),
  (assoc.has_many('vehicle', 'trip', foreign_key => 'vehicle_id,kind', source_key => 'id,kind', alias => 'trips', inverse => 'vehicle')),
  (assoc.has_many('vehicle', 'remark', foreign_key => 'vehicle_id', alias => 'remarks', inverse => 'vehicle',
    options => '{"constraints": false}')),
  (assoc.belongs_to_many('vehicle', 'option', through => 'vehicle_option', foreign_key => 'vehicle_id,kind', source_key => 'id,kind',
    other_key => 'option_id', alias => 'options', inverse => 'vehicles'))) d;
SELECT assoc.create('vehicle', '{"kind": "car", "car": {"create": {"doors": 3}}, "trips": [{}, {}], "options": {"connect": [1]}}',
  '{"attributes": ["kind"]}');
SELECT assoc.create('car', '{"doors": 4, "vehicle": {"create": {"kind": "car"}}}'), assoc.create('trip', '{"vehicle": {"connect": 2}}'),
  assoc.create_in('vehicle', 2, 'trips', '{}');
SELECT assoc.create('vehicle', '{"kind": "truck"}');
SELECT assoc.create('vehicle', '{"kind": "truck", "trips": [{}]}');
SELECT assoc.create('vehicle', '{"kind": "truck", "options": {"connect": [1]}}');
SELECT assoc.create_in('vehicle', 3, 'car', '{"doors": 5}');
SELECT assoc.create('trip', '{"vehicle": {"connect": 3}}');
SELECT assoc.add('vehicle', 2, 'trips', '[1]'), assoc.set('vehicle', 1, 'trips', '[1, 3]'), assoc.remove('vehicle', 1, 'trips', '[1]'),
  assoc.move('vehicle', 2, 'trips', '4', 1), assoc.toggle('vehicle', 2, 'trips', '1');
SELECT assoc.set_many('vehicle', 'trips', '[{"id": 1, "trips": [1, 2]}, {"id": 2, "trips": [3, 4]}]');
SELECT assoc.set('trip', 1, 'vehicle', '2'), assoc.clear('trip', 2, 'vehicle');
SELECT assoc.update('trip', '{"vehicle": {"connect": 1}}', '{"where": {"id": 2}, "returning": ["vehicle_id"]}');
SELECT assoc.add('vehicle', 3, 'trips', '1');
SELECT assoc.set('trip', 1, 'vehicle', '3');
SELECT assoc.update('trip', '{"vehicle": {"connect": 3}}', '{"where": {"id": 2}}');
SELECT assoc.remove('vehicle', 1, 'car', '1');
SELECT assoc.add('vehicle', 2, 'options', '[1, 2]'), assoc.move('vehicle', 2, 'options', '2', 1);
SELECT assoc.add('vehicle', 3, 'options', '1');
TABLE trip ORDER BY 1;
TABLE vehicle_option ORDER BY 1, 3;
-- all of the key
SELECT assoc.create('vehicle', '{"id": 9, "kind": "car", "remarks": [{"id": 1, "doc": {"vehicle": 9}}]}', '{"attributes": ["id"]}');
SELECT assoc.create('vehicle', '{"id": 10, "kind": "car", "remarks": [{"id": 2, "doc": {"vehicle": 9}}]}');
SELECT assoc.add('vehicle', 9, 'remarks', '1'), assoc.set('remark', 1, 'vehicle', '9');
SELECT assoc.add('vehicle', 1, 'remarks', '1');
SELECT assoc.set('remark', 1, 'vehicle', '1');
SELECT assoc.update('remark', '{"vehicle": {"connect": 1}}', '{"where": {"id": 1}}');
SELECT assoc.clear('vehicle', 9, 'remarks');
-- rows of which there are none do not stand in the way of a merge
SELECT assoc.merge('vehicle', 9, 1);
DELETE FROM remark;
SELECT assoc.merge('vehicle', 9, 1), assoc.create('vehicle', '{"id": 11, "kind": "car", "trips": [{}]}', '{"attributes": ["id"]}');
SELECT jsonb_array_elements(assoc.merge('vehicle', 11, 1) -> 'references') -> 'moved';
SELECT assoc.merge('vehicle', 1, 2);
SELECT assoc.merge('vehicle', 3, 2);

-- nor is what a scope demands of a generated column written
CREATE TABLE depot (id int PRIMARY KEY);
CREATE TABLE bus (id int PRIMARY KEY, depot_id int REFERENCES depot, seats int, large boolean GENERATED ALWAYS AS (seats > 50) STORED);
CREATE INDEX ON bus (depot_id);
CREATE TABLE route (id int PRIMARY KEY);
CREATE TABLE depot_route (depot_id int REFERENCES depot, route_id int REFERENCES route,
  kind text GENERATED ALWAYS AS ('daily') STORED, PRIMARY KEY (depot_id, route_id));
CREATE INDEX ON depot_route (route_id);
INSERT INTO depot VALUES (1), (2);
INSERT INTO bus VALUES (1, NULL, 20), (2, NULL, 60), (3, 1, 70);
INSERT INTO route VALUES (1), (2);
SELECT count(*) FROM (VALUES (assoc.has_many('depot', 'bus', alias => 'buses', options => '{"scope": {"large": true}}')),
  (assoc.belongs_to_many('depot', 'route', through => 'depot_route', alias => 'routes',
    options => '{"through": {"scope": {"kind": "daily"}}}'))) d;
SELECT assoc.add('depot', 1, 'buses', '2'), assoc.set('depot', 2, 'buses', '[2, 3]'), assoc.move('depot', 2, 'buses', '2', 1);
SELECT assoc.add('depot', 1, 'buses', '[1, 3]');
SELECT assoc.create_in('depot', 1, 'buses', '{"id": 4, "seats": 80}');
SELECT assoc.create_in('depot', 1, 'buses', '{"id": 5, "seats": 10}');
SELECT assoc.add('depot', 1, 'routes', '[1, 2]'), assoc.create('depot', '{"id": 3, "routes": {"connect": [1]}}', '{"attributes": ["id"]}'),
  assoc.set_many('depot', 'routes', '[{"id": 2, "routes": [1]}]');
SELECT id, depot_id FROM bus ORDER BY 1;
SET client_min_messages = warning;
DROP SCHEMA fixed CASCADE;
