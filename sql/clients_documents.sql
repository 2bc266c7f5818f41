-- The examples of docs/clients-documents.md (script/check compares them).
\pset format unaligned
\pset tuples_only on
CREATE SCHEMA shop;
SET search_path = shop;
SET client_min_messages = warning;
SELECT assoc.define('Customer', '{
  "name": "text", "email": "text",
  "password": {"type": "text", "hidden": true},
  "rating": {"type": "integer", "hidden": "output"}}', '{"timestamps": false}') -> 'table';
SELECT assoc.define('Order', '{"note": "text", "total": "integer", "margin": "integer"}', '{"timestamps": false}') -> 'table';
SELECT assoc.has_many('Customer', 'Order', inverse => 'customer') ->> 'alias';
SELECT assoc.bulk_create('Customer', '[
  {"name": "Ann", "email": "ann@example.com", "password": "s3cret", "rating": 3,
   "orders": [{"note": "books", "total": 30, "margin": 9}, {"note": "pens", "total": 5, "margin": 2}]},
  {"name": "Bob", "email": "bob@example.com", "password": "hunter2", "rating": 5}]', '{"returning": false}');

-- hidden
SELECT assoc.find_all('Customer', '{"order": [["rating", "DESC"]]}');
SELECT assoc.find_all('Customer', '{"where": {"password": {"startsWith": "s"}}}');

-- loads
CREATE FUNCTION list_customers(query jsonb) RETURNS jsonb STABLE LANGUAGE sql RETURN assoc.find_all('Customer', query, NULL, allow => '{
  "attributes": ["id", "name", "orders"], "where": ["name", "orders.total"], "order": ["name", "rating"], "limit": 20,
  "include": {"orders": {"attributes": ["id", "note", "total"], "where": ["total"], "order": ["total"], "limit": 10}}}');
SELECT list_customers('{"where": {"orders": {"some": {"total": {"gte": 10}}}},
  "include": [{"association": "orders", "order": [["total", "ASC"]]}]}');
SELECT list_customers('{"order": [["rating", "DESC"]], "attributes": ["name", {"count": "orders", "as": "n"}]}');
SELECT list_customers('{"attributes": ["name", "email"]}');
SELECT list_customers('{"limit": 1000}');
SELECT list_customers('{"include": [{"association": "orders", "where": {"margin": {"gt": 5}}}]}');

-- kept with a scope
SELECT assoc.define('Order', '{"note": "text", "total": "integer", "margin": "integer"}', '{"timestamps": false, "scopes": {
  "public": {"where": {"total": {"gt": 0}},
    "allow": {"attributes": ["id", "note", "total"], "where": ["total"], "limit": 50}}}}', replace => true) -> 'changed';
SELECT assoc.find_all('Order', '{"where": {"total": {"lt": 10}}}', NULL, allow => '"public"');
SELECT customer_get_orders(1, '{"where": {"total": {"lt": 10}}}'::jsonb || '{"scope": "public"}');
SELECT customer_get_orders(1, '{"where": {"margin": {"gt": 5}}}'::jsonb || '{"scope": "public"}');

-- writes
CREATE FUNCTION change_customer(id bigint, body jsonb) RETURNS jsonb LANGUAGE sql RETURN assoc.update('Customer', body,
  jsonb_build_object('where', jsonb_build_object('id', id), 'returning', false,
    'fields', '["name", "email", "orders.create.note", "orders.update.data.note", "orders.disconnect"]'::jsonb));
SELECT change_customer(1, '{"name": "Anne", "orders": {"update": {"id": 1, "data": {"note": "many books"}}}}');
SELECT change_customer(1, '{"orders": [{"note": "ink"}]}');
SELECT change_customer(1, '{"rating": 5}');
SELECT change_customer(1, '{"orders": {"delete": {"where": {"total": {"lt": 100}}}}}');
SELECT change_customer(1, '{"orders": {"update": {"id": 1, "data": {"total": 0}}}}');
-- documents that come back
CREATE FUNCTION save_customer(id bigint, body jsonb) RETURNS jsonb LANGUAGE sql RETURN assoc.save('Customer',
  body || jsonb_build_object('id', id), '{
  "loaded": {"include": [{"association": "orders", "attributes": ["id", "note", "total"], "where": {"total": {"gt": 0}}}]},
  "fields": ["name", "email", "orders.create.note", "orders.update.data.note"]}') -> 'changes';
SELECT save_customer(1, '{"name": "Anne", "email": "anne@example.com",
  "orders": [{"id": 1, "note": "many books", "total": 30}, {"id": 2, "note": "pens", "total": 5}]}');
SELECT save_customer(1, '{"orders": [{"id": 1, "note": "many books", "total": 3}]}');
-- confused types
SELECT change_customer(1, '{"name": {"sql": "now()"}}');

SET search_path = public;
DROP SCHEMA shop CASCADE;
