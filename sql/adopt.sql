-- Tables that exist: adopted as they are, never altered.
CREATE EXTENSION IF NOT EXISTS pg_associations;
CREATE SCHEMA adopt;
SET search_path = adopt;

\getenv top PG_ABS_SRCDIR
\set raised :top '/test/data/raised.sql'
\set ECHO none
\i :raised
\set ECHO all


-- a table under its own name, verbatim, or under another
CREATE TABLE "Order Line" (order_id int, "lineNo" int, qty int NOT NULL DEFAULT 1 CHECK (qty > 0), created_at timestamp,
  PRIMARY KEY (order_id, "lineNo"));
SELECT jsonb_pretty(assoc.adopt('"Order Line"'));
SELECT relation, name, made, attributes, options FROM assoc.models WHERE relation = '"Order Line"'::regclass;
SELECT assoc.adopt('"Order Line"') -> 'changed' AS changed;
SELECT raised($$SELECT assoc.adopt('"Order Line"', 'Line')$$);
SELECT assoc.adopt('"Order Line"', 'Line', replace => true) -> 'changed' AS changed;
SELECT assoc.adopt('"Order Line"', 'adopt.Line') -> 'changed' AS changed;
SELECT raised($$SELECT assoc.adopt('"Order Line"', 'public.Line')$$);

-- one name, one model; one table, one model
CREATE TABLE lines (id int PRIMARY KEY, old_name text);
SELECT raised($$SELECT assoc.adopt('lines', 'Line')$$);
SELECT assoc.adopt('lines') ->> 'model' AS model;

-- every kind of relation that can be read
CREATE VIEW lines_v AS SELECT id, old_name FROM lines;
CREATE MATERIALIZED VIEW lines_m AS SELECT id FROM lines;
CREATE TABLE parted (id int, at date, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
CREATE TABLE parted_1 PARTITION OF parted FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE UNLOGGED TABLE unlogged (id int PRIMARY KEY);
SELECT r ->> 'model' AS model, r -> 'primaryKey' AS key
FROM (VALUES ('lines_v'), ('lines_m'), ('parted'), ('unlogged')) v (n), assoc.adopt(n::regclass) r;
CREATE TEMP TABLE temporary (id int);
CREATE SEQUENCE sequence;
CREATE TYPE composite AS (a int);
SELECT raised($$SELECT assoc.adopt('temporary')$$);
SELECT raised($$SELECT assoc.adopt('sequence')$$);
SELECT raised(format('SELECT assoc.find_all(%L)', n)) FROM unnest('{temporary,sequence,lines_pkey}'::text[]) n;
SELECT raised($$SELECT assoc.adopt('composite')$$);
SELECT raised($$SELECT assoc.adopt('lines_pkey')$$);
SELECT raised($$SELECT assoc.adopt('nowhere')$$);
SELECT raised($$SELECT assoc.adopt(0)$$);
SELECT raised($$SELECT assoc.adopt(NULL)$$);

-- the key of a view
SELECT raised($$SELECT assoc.adopt('lines_v', options => '{"key": ["id"]}')$$);
SELECT assoc.adopt('lines_v', options => '{"key": ["id"]}', replace => true) -> 'primaryKey' AS key;
SELECT assoc.adopt('lines_m', options => '{"key": "id"}', replace => true) -> 'primaryKey' AS key;
SELECT raised($$SELECT assoc.adopt('lines_v', options => '{"key": ["ident"]}', replace => true)$$);
SELECT raised($$SELECT assoc.adopt('lines_v', options => '{"key": [1]}', replace => true)$$);
SELECT raised($$SELECT assoc.adopt('lines', options => '{"key": ["id"]}', replace => true)$$);

-- options; those that would alter the table are none
CREATE TABLE people (id int PRIMARY KEY, first_name text, "lastSeen" date, created_at timestamptz, updated_at timestamptz,
  gone_at timestamptz);
SELECT assoc.adopt('people', 'Person', '{"underscored": true, "timestamps": true, "paranoid": true, "deletedAt": "goneAt",
  "scopes": {"all": {}}}') -> 'attributes' -> 'firstName' AS first_name;
SELECT attributes, options FROM assoc.models WHERE name = 'Person';
SELECT tgname FROM pg_trigger WHERE tgrelid = 'people'::regclass;
SELECT raised($$SELECT assoc.adopt('lines', options => '{"timestamps": true}')$$);
SELECT raised($$SELECT assoc.adopt('lines', options => '{"paranoid": true}')$$);
SELECT raised($$SELECT assoc.adopt('lines', options => '{"comment": "x"}')$$);
SELECT raised($$SELECT assoc.adopt('lines', options => '{"underscord": true}')$$);
CREATE TABLE twins ("startDate" date, start_date date);
SELECT raised($$SELECT assoc.adopt('twins', options => '{"underscored": true}')$$);

-- define on an adopted table compares, and says what to run
SELECT assoc.define('lines', '{"id": "int", "old_name": {"type": "text", "hidden": true}}') -> 'changed' AS changed;
SELECT assoc.define('lines', '{"id": "int", "old_name": {"type": "text", "hidden": true}}') -> 'changed' AS changed;
SELECT attributes, options FROM assoc.models WHERE name = 'lines';
SELECT raised($$SELECT assoc.define('lines', '{"id": "bigint", "old_name": {"type": "text", "allowNull": false, "unique": true,
  "default": "x", "validate": {"len": [1, 9]}}, "more": {"type": "int", "default": 0}}',
  '{"comment": "it''s", "indexes": [{"fields": ["old_name"]}]}', true)$$);
ALTER TABLE lines ADD CONSTRAINT other_name CHECK (char_length(old_name) >= 1 AND char_length(old_name) <= 9);
SELECT assoc.define('lines', '{"id": "int", "old_name": {"type": "text", "hidden": true, "validate": {"len": [1, 9]}}}') -> 'changed' AS
  changed;
\d lines

-- rights: only one's own tables
CREATE ROLE assoc_adopt_role;
GRANT USAGE, CREATE ON SCHEMA adopt TO assoc_adopt_role;
CREATE TABLE unadopted (id int PRIMARY KEY);
GRANT ALL ON unadopted, lines TO assoc_adopt_role;
SET ROLE assoc_adopt_role;
SELECT raised($$SELECT assoc.adopt('unadopted')$$);
SELECT raised($$SELECT assoc.adopt('lines', 'Mine', replace => true)$$);
SELECT raised($$SELECT assoc.forget('lines')$$);
SELECT raised($$SELECT assoc.adopt('pg_catalog.pg_class')$$);
CREATE VIEW mine AS SELECT * FROM unadopted;
SELECT assoc.adopt('mine', 'Mine', '{"key": ["id"]}') ->> 'model' AS model;
RESET ROLE;

-- forgotten, the table stays as it was; adopted again
SELECT assoc.forget('Line');
SELECT to_regclass('"Order Line"'), (SELECT count(*) FROM assoc.models WHERE name = 'Line') AS rows;
SELECT assoc.adopt('"Order Line"', 'Line') -> 'changed' AS changed;
BEGIN;
SELECT assoc.forget('Line');
ROLLBACK;
SELECT count(*) FROM assoc.models WHERE name = 'Line';
DROP TABLE "Order Line";
SELECT count(*) FROM assoc.models WHERE name = 'Line';

PREPARE untyped AS SELECT assoc.adopt($1, $2, $3, $4) ->> 'model' AS model;
EXECUTE untyped('adopt.unadopted', NULL, NULL, NULL);
PREPARE untyped_forget AS SELECT assoc.forget($1);
EXECUTE untyped_forget('unadopted');

SET client_min_messages = warning;
DROP SCHEMA adopt CASCADE;
DROP ROLE assoc_adopt_role;
