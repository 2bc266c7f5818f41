-- What PostgreSQL 18 has: constraints that are not enforced, keys over periods, columns that are computed when they are read.
SELECT current_setting('server_version_num')::int < 180000 AS older \gset
\if :older
\quit
\endif
CREATE SCHEMA newer_server;
SET search_path = newer_server;
SET client_min_messages = warning;
-- a foreign key that is not enforced proves nothing, and nothing can validate it
CREATE TABLE owners (id int PRIMARY KEY);
CREATE TABLE tags (id int PRIMARY KEY);
CREATE TABLE owner_tags (owner_id int REFERENCES owners NOT ENFORCED, tag_id int REFERENCES tags NOT ENFORCED,
  CONSTRAINT few CHECK (tag_id < 5) NOT ENFORCED, PRIMARY KEY (owner_id, tag_id));
CREATE INDEX ON owner_tags (tag_id);
INSERT INTO owners VALUES (1);
INSERT INTO tags VALUES (1);
INSERT INTO owner_tags VALUES (1, 1), (1, 7), (2, 1);
SELECT status, statement FROM assoc.discover(apply => true) ORDER BY statement COLLATE "C";
SELECT assoc.belongs_to('owner_tags', 'tags', foreign_key => 'tag_id', alias => 'tag_of') -> 'kind' AS kind,
  assoc.belongs_to('owner_tags', 'owners', foreign_key => 'owner_id', alias => 'owner_of') -> 'kind' AS kind;
SELECT assoc.count_of('owners', 1, 'tags') AS links,
  assoc.find_all('owner_tags', '{"include": [{"association": "tag_of", "required": true}], "attributes": ["owner_id"]}') AS required,
  assoc.count('owner_tags', '{"where": {"owner_of": {"none": {}}}}') AS lost;
SELECT problem, fix FROM assoc.check() ORDER BY problem COLLATE "C";
SELECT assoc.validate('owner_tags', '{"owner_id": 1, "tag_id": 9}') AS failures,
  jsonb_path_exists(assoc.describe_model('owner_tags'), '$.**.validators') AS described;
-- what a declaration made and somebody switched off is lost, and comes back
SELECT assoc.define('Shelf', '{"no": {"type": "int", "validate": {"min": 1}}}', '{"timestamps": false}') -> 'table' AS made,
  assoc.define('Book', '{"title": "text"}', '{"timestamps": false}') -> 'table' AS made;
SELECT assoc.has_many('Shelf', 'Book', options => '{"onDelete": "CASCADE"}') -> 'created' AS created;
ALTER TABLE books ALTER CONSTRAINT books_shelf_id_fkey NOT ENFORCED;
ALTER TABLE shelves DROP CONSTRAINT shelves_no_min, ADD CONSTRAINT shelves_no_min CHECK (no >= 1) NOT ENFORCED;
SELECT object, problem FROM assoc.check() WHERE object ~ 'books|shelves' ORDER BY object COLLATE "C", problem COLLATE "C";
SELECT assoc.has_many('Shelf', 'Book', options => '{"onDelete": "CASCADE"}');
SELECT * FROM assoc.sync(dry_run => true);
SELECT * FROM assoc.sync(alter => true);
SELECT * FROM assoc.check() WHERE object ~ 'books|shelves';
-- rows of a period lie within others: that is no equality, and no association is read from it
CREATE TABLE posts (id int4range, during daterange, title text, PRIMARY KEY (id, during WITHOUT OVERLAPS));
CREATE TABLE duties (post_id int4range, during daterange, who text, PRIMARY KEY (post_id, during WITHOUT OVERLAPS),
  FOREIGN KEY (post_id, PERIOD during) REFERENCES posts (id, PERIOD during));
INSERT INTO posts VALUES ('[1,2)', '[2020-01-01,2022-01-01)', 'guard');
INSERT INTO duties VALUES ('[1,2)', '[2020-05-01,2021-01-01)', 'ann');
SELECT status, statement FROM assoc.discover(apply => true) WHERE statement ~ 'posts|duties' ORDER BY statement COLLATE "C";
SELECT assoc.has_many('posts', 'duties');
SELECT assoc.belongs_to('duties', 'posts', foreign_key => 'post_id, during', alias => 'same_post') -> 'kind' AS kind;
SELECT assoc.find_all('duties', '{"include": ["same_post"]}') AS duties,
  assoc.count('duties', '{"include": [{"association": "same_post", "required": true}]}') AS same;
SELECT assoc.create('posts', '{"id": "[1,2)", "during": "[2021-01-01,2023-01-01)"}');
SELECT assoc.create('duties', '{"post_id": "[1,2)", "during": "[2030-01-01,2031-01-01)"}');
SELECT assoc.upsert('posts', '{"id": "[1,2)", "during": "[2021-01-01,2023-01-01)"}');
-- a row that points by a period does not get the period of another row
INSERT INTO posts VALUES ('[2,3)', '[2020-01-01,2030-01-01)', 'cook');
SELECT assoc.drop_association('duties', 'same_post') IS NULL AS dropped;
UPDATE duties SET during = '[2020-01-01,2022-01-01)' WHERE who = 'ann';
SELECT assoc.merge('posts', '{"id": "[1,2)", "during": "[2020-01-01,2022-01-01)"}', '{"id": "[2,3)", "during": "[2020-01-01,2030-01-01)"}');
SELECT * FROM duties ORDER BY who;
-- columns that are computed when they are read, and stored nowhere
CREATE TABLE boxes (id int PRIMARY KEY, a int, b int, area int GENERATED ALWAYS AS (a * b) CHECK (area < 100), CHECK (area IS NOT NULL));
CREATE TABLE things (id int PRIMARY KEY, box_id int REFERENCES boxes, w int, twice int GENERATED ALWAYS AS (w * 2));
CREATE INDEX ON things (box_id);
SELECT assoc.adopt('boxes') -> 'model' AS model, assoc.has_many('boxes', 'things', alias => 'things') -> 'kind' AS kind;
SELECT assoc.create('boxes', '{"id": 1, "a": 2, "b": 3, "things": [{"id": 1, "w": 4}, {"id": 2, "w": 5}]}');
SELECT assoc.create('boxes', '{"id": 2, "area": 3}');
SELECT assoc.create('boxes', '{"id": 2, "a": 50, "b": 3}');
SELECT assoc.validate('boxes', '{"id": 2, "a": 3, "b": 3}');
SELECT assoc.update('boxes', '{"a": 3}', '{"where": {"area": 6}, "returning": true}');
SELECT assoc.find_by_pk('boxes', 1, '{"include": [{"association": "things", "where": {"twice": {"gt": 8}}}]}') AS matching,
  assoc.get('boxes', 1, 'things', '{"attributes": ["id"], "order": [["twice", "DESC"]]}') AS ordered;
-- nor is it known from a stored row whether it is deleted, or a link of a scope
CREATE TABLE notes (id int PRIMARY KEY, box_id int REFERENCES boxes, gone boolean, open boolean GENERATED ALWAYS AS (NOT gone),
  deleted_at timestamp GENERATED ALWAYS AS (CASE WHEN gone THEN timestamp 'epoch' END));
CREATE INDEX ON notes (box_id);
INSERT INTO notes VALUES (1, 1, false), (2, 1, true);
SELECT assoc.adopt('notes', options => '{"paranoid": true, "deletedAt": "deleted_at"}') -> 'model' AS model,
  assoc.has_many('boxes', 'notes') -> 'kind' AS kind;
SELECT assoc.get('boxes', 1, 'notes', '{"attributes": ["id"]}') AS notes,
  assoc.count_of('boxes', 1, 'notes'), assoc.find_by_pk('notes', 2, '{"attributes": ["id"]}') AS deleted;
ALTER TABLE boxes ADD open_notes int NOT NULL DEFAULT 0;
SELECT assoc.has_many('boxes', 'notes', alias => 'open', options => '{"scope": {"open": true}, "counter": "open_notes"}');
DROP SCHEMA newer_server CASCADE;
