-- Names that are known, in the place of others: the error says where they belong.
CREATE SCHEMA misplaced;
SET search_path = misplaced;
SET client_min_messages = warning;
\pset format unaligned
SELECT 1 FROM assoc.define('Customer', '{"name": "text", "secret": {"type": "text", "hidden": true}}', '{"timestamps": false}');
SELECT 1 FROM assoc.define('Order', '{"status": "text"}', '{"timestamps": false}');
SELECT 1 FROM assoc.define('Product', '{"title": "text", "price": "numeric"}', '{"timestamps": false}');
SELECT 1 FROM assoc.has_many('Customer', 'Order', inverse => 'customer');
SELECT 1 FROM assoc.belongs_to_many('Order', 'Product', through => 'OrderLine', inverse => 'orders',
  through_attributes => '{"quantity": "int", "note": {"type": "text", "hidden": true}}');
-- an attribute of the link where one of the row is due
SELECT assoc.find_all('Order', '{"include": [{"association": "products", "attributes": ["quantity"]}]}');
SELECT assoc.find_all('Order', '{"where": {"products": {"some": {"quantity": 1}}}}');
SELECT assoc.find_all('Order', '{"include": [{"association": "products", "where": {"quantity": 1}}]}');
SELECT assoc.get('Order', 1, 'products', '{"order": [["quantity", "DESC"]]}');
SELECT assoc.count_of('Order', 1, 'products', '{"where": {"quantity": 1}}');
SELECT assoc.find_all('Order', '{"attributes": ["id", {"sum": ["products", "quantity"], "as": "n"}]}');
SELECT assoc.find_all('Order', '{"order": [{"by": {"sum": ["products", "quantity"]}}]}');
SELECT assoc.find_all('Order', '{"where": {"products": {"sum": {"of": "quantity", "gt": 1}}}}');
SELECT assoc.create('Order', '{"products": [{"title": "x", "quantity": 1}]}');
SELECT assoc.create('Order', '{"products": [{"title": "x", "OrderLine": {"quantity": 1}}]}');
-- not of a hidden one, nor where there is no link
SELECT assoc.find_all('Order', '{"where": {"products": {"some": {"note": "x"}}}}');
SELECT assoc.create('Order', '{"products": [{"title": "x", "note": "x"}]}');
SELECT assoc.find_all('Product', '{"where": {"quantity": 1}}');
SELECT assoc.create('Product', '{"title": "x", "quantity": 1}');
-- of a path of several associations there is no link
SELECT assoc.find_all('Customer', '{"attributes": [{"sum": ["orders", "products", "through", "quantity"], "as": "n"}]}');
SELECT assoc.find_all('Order', '{"attributes": [{"sum": ["products", "OrderLine", "quantity"], "as": "n"}]}');
SELECT assoc.find_all('Customer', '{"attributes": [{"sum": ["orders", "product", "price"], "as": "n"}]}');
SELECT assoc.find_all('Customer', '{"attributes": [{"sum": ["orders", "status", "price"], "as": "n"}]}');
-- attributes and associations of aggregates
SELECT assoc.find_all('Product', '{"attributes": [{"sum": "price", "as": "n"}]}');
SELECT assoc.find_all('Product', '{"attributes": [{"count": "*", "as": "n"}]}');
SELECT assoc.find_all('Order', '{"attributes": [{"sum": "products.price", "as": "n"}]}');
SELECT assoc.find_all('Order', '{"attributes": [{"sum": "products.through.quantity", "as": "n"}]}');
SELECT assoc.find_all('Customer', '{"attributes": [{"sum": "orders.products.price", "as": "n"}]}');
SELECT assoc.find_all('Customer', '{"attributes": [{"sum": "orders.products.prise", "as": "n"}]}');
SELECT assoc.find_all('Customer', '{"attributes": [{"max": "secret", "as": "n"}]}');
SELECT assoc.find_all('Order', '{"order": [{"by": {"sum": "products.price"}}]}');
SELECT assoc.sum('Order', 'products');
SELECT assoc.sum('Order', 'products.price');
SELECT assoc.max('Order', 'customer');
SELECT assoc.aggregate('Order', '{"attributes": [{"count": "products", "as": "n"}]}');
SELECT assoc.aggregate('Order', '{"attributes": [{"sum": ["products", "price"], "as": "n"}]}');
SELECT assoc.aggregate('Product', '{"group": ["orders.status"], "attributes": ["orders.status", {"count": "*", "as": "n"}]}');
-- the model of a join table has no associations until some are declared
SELECT assoc.aggregate('OrderLine', '{"group": ["product.title"], "attributes": ["product.title", {"sum": "quantity", "as": "n"}]}');
SELECT assoc.get('OrderLine', 1, 'product');
-- payloads
SELECT assoc.create('Order', '{"products": [{"title": "x", "through": {"quantity": 2}}]}', '{"attributes": ["id"], "include": []}');
SELECT assoc.add('Order', 1, 'products', '[1]', '{"through": {"quantity": 1}}');
SELECT assoc.add('Order', 1, 'products', '[1]', '{"OrderLine": {"quantity": 1}}');
SELECT assoc.add('Order', 1, 'products', '[{"id": 1, "through": {"OrderLine": {"quantity": 1}}}]');
-- the right forms
SELECT assoc.find_all('Order', '{"attributes": ["id", {"sum": ["products", "through", "quantity"], "as": "n"},
  {"sum": ["products", "price"], "as": "p"}]}');
SELECT assoc.find_all('Customer', '{"attributes": ["id", {"sum": ["orders", "products", "price"], "as": "p"}]}');
SELECT assoc.find_all('Order', '{"page": 2, "limit": 10}');
-- "paranoid" of an association is about the rows, not the links
SET client_min_messages = notice;
SELECT assoc.belongs_to_many('Customer', 'Product', through => 'Wish', alias => 'wishes', options => '{"paranoid": true}') -> 'created';
SELECT assoc.belongs_to_many('Customer', 'Product', through => 'Buy', alias => 'bought',
  options => '{"paranoid": true, "through": {"paranoid": true}}') -> 'created';
SELECT assoc.belongs_to_many('Customer', 'Product', through => 'Sale', alias => 'sold', options => '{"paranoid": false}') -> 'created';
SET client_min_messages = warning;
DROP SCHEMA misplaced CASCADE;
