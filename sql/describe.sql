-- What a model is, told to programs: describe, typescript, json_schema.  test/clients/types compiles and validates them.
CREATE SCHEMA describe;
SET search_path = describe;
\pset format unaligned
\pset tuples_only on
\set SHOW_CONTEXT never
CREATE TYPE mood AS ENUM ('sad', 'happy');
SELECT assoc.define('User', '[
  ["name", {"type": "varchar(20)", "allowNull": false, "comment": "who it is", "validate": {"len": {"args": [2, 15], "msg": "too short"},
    "is": "^[A-Z]"}}],
  ["email", {"type": "text", "unique": true, "validate": {"isEmail": true}}],
  ["password", {"type": "text", "hidden": true}], ["rank", {"type": "integer", "hidden": "output", "default": 1}],
  ["mood", "mood"], ["score", {"type": "bigint", "json": "string"}]]',
    '{"scopes": {"happy": {"where": {"mood": "happy"}}}, "comment": "people"}') ->> 'table';
SELECT assoc.define('Project', '[["title", "text"]]', '{"timestamps": false, "paranoid": true}') ->> 'table';
SELECT assoc.belongs_to_many('User', 'Project', inverse => 'users', through_attributes => '[["role", "text"]]',
  options => '{"accessors": ["with", "add"]}') ->> 'through';
SELECT jsonb_pretty(assoc.describe('User'));
SELECT assoc.describe('describe.Project') -> 'associations' -> 0 ->> 'alias', assoc.describe('projects') ->> 'model';
SELECT m ->> 'model' FROM jsonb_array_elements(assoc.describe() -> 'models') m;
SELECT assoc.describe(schema => 'nowhere');
SELECT assoc.describe('Usr');

-- validators as keywords; those written by hand under such a name say nothing
SELECT assoc.define('Checked', '[["t", {"type": "text", "validate": {"len": [2, 10], "is": "^a+$", "not": ["x", "i"], "isEmail": true,
  "notEmpty": true, "equals": "q''s", "contains": "k.", "isIn": ["a", "b''c"], "notIn": ["z"]}}],
  ["n", {"type": "numeric(10,2)", "validate": {"min": -1.5, "max": 10, "isIn": [1, 2.5], "isInt": true}}], ["i", {"type": "integer",
    "validate": {"min": -1, "isIn": [1, 2], "equals": 4}}],
  ["a", {"type": "text[]", "validate": {"len": [1, 3], "notEmpty": true}}], ["d", {"type": "date", "validate": {"min": "2020-01-01"}}],
    ["order", {"type": "varchar(20)", "validate": {"len": 5, "isUUID": 4, "isAlpha": true}}],
  ["c", {"type": "char(3)", "validate": {"len": [1, 3]}}], ["j", {"type": "jsonb", "validate": {"isArray": true}}], ["f", {"type": "float8",
    "validate": {"min": 0.5, "max": 100}}], ["word", {"type": "text", "validate": {"is": "\\mword\\M"}}]]') ->> 'table';
ALTER TABLE checkeds ADD h integer CONSTRAINT checkeds_h_min CHECK (h >= 3 OR h IS NULL) CONSTRAINT checkeds_h_isin CHECK (h = ANY (ARRAY[1,
  2]) AND h > 0) CONSTRAINT "checkeds_h_isIn" CHECK (h IN (1, 2) OR false IS NULL);
SELECT a ->> 'name', v ->> 'name', v -> 'keywords'
  FROM jsonb_array_elements(assoc.describe('Checked') -> 'attributes') a, jsonb_array_elements(a -> 'validators') v;
SELECT assoc.forget('Checked');
DROP TABLE checkeds;
-- values of any type, whatever search_path makes of its name; a list that is not all values says nothing
CREATE SCHEMA "describe, too";
CREATE TYPE "describe, too"."a ""mood""" AS ENUM ('sad', '1', 'a, b');
SELECT assoc.define('Typed', '[["m", {"type": "\"describe, too\".\"a \"\"mood\"\"\"", "validate": {"isIn": ["sad", "a, b"],
  "equals": "1"}}], ["e", {"type": "mood", "validate": {"notIn": ["sad"]}}],
  ["t", {"type": "time", "validate": {"notIn": ["10:00"]}}],
  ["b", {"type": "bigint", "validate": {"isIn": [1, -2], "equals": 1}}], ["f", {"type": "float8", "validate": {"isIn": [1, 0.5]}}],
  ["ip", {"type": "inet", "validate": {"isIn": ["1.2.3.4"]}}]]') ->> 'table';
ALTER TABLE typeds ADD g float8 CONSTRAINT "typeds_g_isIn" CHECK (g IN (1, '0.5'));
SELECT a ->> 'name', v ->> 'name', v -> 'keywords'
  FROM jsonb_array_elements(assoc.describe('Typed') -> 'attributes') a, jsonb_array_elements(a -> 'validators') v;
SELECT assoc.typescript('describe') ~ 'Typed', assoc.json_schema('Typed', 'create') -> 'properties' -> 'e';
SELECT assoc.forget('Typed');
DROP TABLE typeds;
SET client_min_messages = warning;
DROP SCHEMA "describe, too" CASCADE;
RESET client_min_messages;

SELECT assoc.typescript('User', '{"attributes": ["name", {"count": "projects", "as": "n"}], "include": [{"association": "projects",
  "attributes": ["title"], "through": {"attributes": ["role"]}, "limit": 2, "page": true}]}');
SELECT assoc.typescript('User', '{"attributes": ["id"], "include": [{"association": "projects", "values": "title"},
  {"association": "projects", "as": "ids", "values": "id"}]}');
SELECT assoc.json_schema('User', '{"attributes": [], "include": [{"association": "projects", "values": "title"}]}') -> 'properties';
SELECT assoc.typescript('Project', NULL, 'Plan');
SELECT assoc.typescript('Project', '{}', 'a b');
SELECT assoc.typescript('Project', '{"attributes": ["titel"]}');
SELECT substr(s, strpos(s, 'export interface Project ')) FROM assoc.typescript() s;
SELECT assoc.typescript('nowhere') = assoc.typescript_prelude();
SELECT assoc.json_schema('Project');
SELECT jsonb_pretty(assoc.json_schema('User', 'create'));
SELECT assoc.json_schema('User', 'update') -> 'minProperties';
SELECT assoc.json_schema('User', '{"attributes": ["id"]}') = assoc.json_schema('User', '{"attributes": ["id"]}'::jsonb);
SELECT jsonb_pretty(assoc.json_schema('Project', 'save') #- '{$defs,users}');
SELECT assoc.json_schema('User', 'rows');
SELECT assoc.json_schema('User', NULL::text);

-- names that are nobody's idea of an identifier
CREATE TABLE "1 odd */ table" ("a b" integer PRIMARY KEY, "c""d" text);
COMMENT ON TABLE "1 odd */ table" IS 'ends */ here';
SELECT assoc.adopt('"1 odd */ table"') ->> 'model';
SELECT substr(s, strpos(s, '/** ends')) FROM assoc.typescript() s;
SELECT assoc.typescript_name(n) FROM unnest('{User,users,user_projects,UserProject,"9 lives","",people,order-items,TN4}'::text[]) n;

-- every option that was declared, and what the foreign key does
SELECT assoc.define('Club', '{"name": "text", "clubs_count": "integer"}', '{"paranoid": true}') -> 'table';
SELECT assoc.belongs_to_many('Club', 'Club', through => 'Pact', alias => 'partners', through_attributes => '{"kind": "text"}',
  options => '{"symmetric": true, "scope": {"name": "x"}, "order": ["name"], "paranoid": false, "counter": "clubs_count",
    "touch": true, "max": 9,
    "limits": [{"where": {"kind": "a"}, "max": 1}], "through": {"as": "pact", "scope": {"kind": "a"}, "attributes": ["kind"],
    "paranoid": true},
    "onDelete": "RESTRICT", "onUpdate": "NO ACTION", "deferrable": "deferred", "accessors": false}') -> 'alias';
SELECT jsonb_pretty(assoc.describe('Club') #> '{associations,0}');
DROP TABLE pacts, clubs;

-- catalogs only: everybody may describe, who may read the tables gets types
CREATE ROLE regress_describe;
GRANT USAGE ON SCHEMA describe TO regress_describe;
SET ROLE regress_describe;
SELECT assoc.describe('User') ->> 'model', assoc.json_schema('User', 'create') ->> 'title';
SELECT assoc.typescript('User', '{}');
RESET ROLE;
SET client_min_messages = warning;
DROP SCHEMA describe CASCADE;
DROP ROLE regress_describe;
-- what a column says, its domain may say, and that one's domain
CREATE SCHEMA describe_domains;
SET search_path = describe_domains;
CREATE TYPE mood AS ENUM ('good', 'bad');
CREATE DOMAIN given AS text NOT NULL;
CREATE DOMAIN felt AS mood DEFAULT 'good';
CREATE DOMAIN always_felt AS felt NOT NULL;
CREATE TABLE days (id int PRIMARY KEY, note given, mood always_felt, evening felt);
SELECT assoc.adopt('days') IS NOT NULL;
SELECT jsonb_array_elements(assoc.describe('days') -> 'attributes') - 'column';
SELECT assoc.json_schema('days', 'create') -> 'required', assoc.json_schema('days', 'create') -> 'properties';
SET client_min_messages = warning;
DROP SCHEMA describe_domains CASCADE;
