-- upsert: created, or changed where the key is there already.
CREATE SCHEMA upserting;
SET search_path = upserting;
SELECT assoc.define('User', '{"email": {"type": "text", "unique": true}, "name": {"type": "text", "allowNull": false,
  "validate": {"len": [2, 10]}}, "points": {"type": "int", "default": 0}}') ->> 'model' AS model;
SELECT assoc.upsert('User', '{"id": 7, "name": "John", "email": "j@x.org"}', '{"attributes": ["id", "name", "email", "points"]}');
SELECT assoc.upsert('User', '{"id": 7, "name": "Johnny"}', '{"attributes": ["id", "name", "email", "points"]}');
SELECT assoc.upsert('User', '{"email": "j@x.org", "name": "By mail", "points": 5}', '{"attributes": ["id", "name", "email", "points"]}');
SELECT assoc.upsert('User', '{"email": "new@x.org", "name": "New"}', '{"attributes": ["id", "name", "email", "points"]}');
-- nothing differs: nothing is written
CREATE TEMP TABLE before AS SELECT id, xmin AS x, updated_at FROM users;
SELECT assoc.upsert('User', '{"email": "j@x.org", "name": "By mail"}', '{"attributes": ["id", "points"]}'), assoc.upsert('User',
  '{"id": 7, "name": "By mail"}', '{"attributes": ["id"]}');
SELECT count(*) AS untouched FROM users u JOIN before b ON b.id = u.id AND b.x = u.xmin AND b.updated_at = u.updated_at;
-- null is not a key
SELECT assoc.upsert('User', '{"email": null, "name": "Nobody"}');
\echo :LAST_ERROR_SQLSTATE
SELECT assoc.upsert('User', '{"name": "Nobody"}');
SELECT assoc.upsert('User', '{"email": "j@x.org", "name": "x"}');
\echo :LAST_ERROR_SQLSTATE
SELECT assoc.upsert('User', '{"email": "j@x.org"}');
\echo :LAST_ERROR_SQLSTATE
SELECT assoc.upsert('User', '{"email": "j@x.org", "nam": "x"}');
SELECT assoc.upsert('User', '{"email": "j@x.org", "name": "Al"}', '{"conflict": ["mail"]}');
SELECT assoc.upsert('User', '{"email": "j@x.org", "name": "Al"}', '{"conflict": ["id"]}');
SELECT assoc.upsert('User', '{"email": "j@x.org", "name": "Al"}', '{"conflict": ["name"]}');
\echo :LAST_ERROR_SQLSTATE
SELECT assoc.upsert('User', '{"email": "j@x.org", "name": "Al"}', '{"conflict": "email"}');
SELECT assoc.upsert('User', '{"email": "j@x.org", "name": "Al"}', '{"conflicts": ["email"]}');
SELECT assoc.upsert('User', NULL), assoc.upsert('User', '[]');
SELECT assoc.upsert('User', '[]');
-- both keys given: the primary key decides, unless the option says otherwise
SELECT assoc.upsert('User', '{"id": 7, "email": "new@x.org", "name": "Two"}');
\echo :LAST_ERROR_SQLSTATE
SELECT assoc.upsert('User', '{"id": 99, "email": "new@x.org", "name": "Two"}', '{"conflict": ["email"], "attributes": ["id", "name"]}');
-- the primary key is for a new row: that of one that is there stays, whatever points at it
CREATE TABLE cards (user_id bigint PRIMARY KEY REFERENCES users ON UPDATE CASCADE);
INSERT INTO cards SELECT id FROM users WHERE email = 'new@x.org';
SELECT assoc.upsert('User', '{"id": 77, "email": "new@x.org", "name": "Kept"}', '{"conflict": ["email"], "attributes": ["name"]}'),
  assoc.upsert('User', '{"id": 77, "email": "newer@x.org", "name": "Given"}', '{"conflict": ["email"], "attributes": ["id", "name"]}');
SELECT u.id = c.user_id AS same, u.id < 77 AS kept, u.name FROM users u, cards c WHERE u.email = 'new@x.org';
SELECT r -> 'name' AS name, (r ->> 'id')::int < 77 AS kept FROM jsonb_array_elements(assoc.bulk_create('User',
  '[{"id": 78, "email": "new@x.org", "name": "One"}, {"id": 79, "email": "j@x.org", "name": "Two"},
    {"id": 80, "email": "80@x.org", "name": "Three"}]',
  '{"updateOnDuplicate": ["name"], "conflict": ["email"]}')) r;
SELECT assoc.bulk_create('User', '[{"id": 7, "name": "One"}]', '{"updateOnDuplicate": ["id"]}');
SELECT assoc.bulk_create('User', '[{"id": 78, "email": "new@x.org", "name": "One"}]',
  '{"updateOnDuplicate": ["name", "id"], "conflict": ["email"]}');
CREATE TABLE parts (tenant int, no int, code text UNIQUE, label text, PRIMARY KEY (tenant, no));
INSERT INTO parts VALUES (1, 1, 'c', 'old');
SELECT assoc.adopt('parts', 'Part') ->> 'model',
  assoc.upsert('Part', '{"tenant": 2, "no": 9, "code": "c", "label": "new"}', '{"conflict": ["code"]}');
SELECT assoc.upsert('Part', '{"tenant": 2, "no": 9, "code": "c"}', '{"conflict": ["code"]}');
-- several unique keys, a composite one, and a row that was deleted softly
SELECT assoc.define('Seat', '{"room": "int", "place": "text", "code": {"type": "text", "unique": true}, "taken_by": "text"}',
  '{"timestamps": false, "paranoid": true, "indexes": [{"fields": ["room", "place"], "unique": true}]}') ->> 'model' AS model;
SELECT assoc.upsert('Seat', '{"room": 1, "place": "a", "taken_by": "x"}') - 'deleted_at', assoc.upsert('Seat',
  '{"room": 1, "place": "a", "taken_by": "y"}') - 'deleted_at';
SELECT assoc.upsert('Seat', '{"room": 1, "place": "a", "code": "c"}');
SELECT assoc.upsert('Seat', '{"room": 1, "place": "a", "code": "c"}', '{"conflict": ["place", "room"]}') - 'deleted_at';
SELECT assoc.destroy('Seat', '{"all": true}');
SELECT assoc.upsert('Seat', '{"room": 1, "place": "a"}');
-- columns that no unique key has, or one that does not hold for all rows or not at once
SELECT assoc.upsert('Seat', '{"room": 1, "place": "a"}', '{"conflict": ["room"]}');
SELECT assoc.bulk_create('Seat', '[{"room": 1, "place": "a"}]', '{"updateOnDuplicate": ["taken_by"], "conflict": ["place"]}');
CREATE UNIQUE INDEX living_room ON seats (room) WHERE deleted_at IS NULL;
SELECT assoc.upsert('Seat', '{"room": 1, "place": "a"}', '{"conflict": ["room"]}');
DROP INDEX living_room;
ALTER TABLE seats ADD CONSTRAINT late UNIQUE (room) DEFERRABLE;
SELECT assoc.upsert('Seat', '{"room": 1, "place": "a"}', '{"conflict": ["room"]}');
ALTER TABLE seats DROP CONSTRAINT late;
CREATE VIEW emails AS SELECT id, email, name FROM users;
SELECT assoc.adopt('emails', 'Email', '{"key": ["id"]}') ->> 'model' AS model;
SELECT assoc.upsert('Email', '{"email": "j@x.org", "name": "Viewed"}', '{"conflict": ["email"], "attributes": ["name"]}');
-- associations
SELECT assoc.has_many('User', 'Seat', foreign_key => 'user_id') ->> 'alias' AS alias;
SELECT assoc.upsert('User', '{"id": 7, "name": "Nested", "seats": [{"room": 2}]}');
\echo :LAST_ERROR_SQLSTATE
SELECT assoc.upsert('User', '{"id": 7, "name": "Shown"}', '{"attributes": ["name"], "include": ["seats"]}');
-- defaults: for a row that is new, NOT NULL columns and keys among them; operations, soft deletion
CREATE TABLE counts (id int GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY, page text UNIQUE NOT NULL, slug text UNIQUE, views int,
  title text NOT NULL,
  made text, deleted_at timestamptz);
SELECT assoc.adopt('counts', 'Count', '{"paranoid": true}') ->> 'model' AS model;
SELECT assoc.upsert('Count', '{"page": "a"}', '{"attributes": ["id"]}');
SELECT assoc.upsert('Count', '{"page": "a", "views": {"increment": 1}}',
  '{"defaults": {"title": "A", "slug": "s", "made": "first", "views": 100}}');
SELECT assoc.upsert('Count', '{"page": "a", "views": {"increment": 1}}',
  '{"defaults": {"title": "B", "slug": "t", "made": "second", "views": 100}}');
SELECT assoc.upsert('Count', '{"page": "a"}', '{"defaults": {"title": "C"}}') ->> 'title' AS title;
SELECT assoc.upsert('Count', '{"page": "a", "title": null}', '{"defaults": {"title": "C"}}');
SELECT assoc.upsert('Count', '{"page": "b"}', '{"defaults": {"titel": "C"}}');
SELECT assoc.upsert('Count', '{"page": "b"}', '{"defaults": []}');
SELECT assoc.upsert('Count', '{"page": "b"}',
  '{"defaults": {"title": "B", "made": "x"}, "fields": ["page"], "attributes": ["page", "title", "made"]}');
SELECT assoc.destroy('Count', '{"where": {"page": "a"}}') -> 'count' AS count;
SELECT assoc.upsert('Count', '{"page": "a"}', '{"defaults": {"title": "new"}, "attributes": ["title", "deleted_at"]}');
PREPARE upsert_generic AS SELECT assoc.upsert($1, $2, $3) ->> 'name';
EXECUTE upsert_generic('User', '{"id": 7, "name": "Prepared"}', NULL);
DEALLOCATE ALL;
SET client_min_messages = warning;
DROP SCHEMA upserting CASCADE;
