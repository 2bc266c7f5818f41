-- one meaning of a key: rows are named by their primary keys, whatever links them, and targets by any unique key in an object
CREATE SCHEMA naming_keys;
SET search_path = naming_keys;
CREATE TABLE country (id int PRIMARY KEY, code text NOT NULL UNIQUE, name text);
CREATE TABLE lang (id int PRIMARY KEY, iso text NOT NULL UNIQUE, name text, family int, member int, UNIQUE (family, member));
CREATE TABLE cl (country_code text REFERENCES country (code) ON UPDATE CASCADE, lang_iso text REFERENCES lang (iso), role text,
  PRIMARY KEY (country_code, lang_iso));
CREATE INDEX ON cl (lang_iso);
CREATE TABLE city (id int PRIMARY KEY, code text REFERENCES country (code), name text UNIQUE);
CREATE INDEX ON city (code);
INSERT INTO country VALUES (3, 'fr', 'France'), (1, 'de', 'Germany');
INSERT INTO lang VALUES (7, 'fra', 'French', 1, 1), (5, 'deu', 'German', 1, 2), (6, 'oci', 'Occitan', 2, 1);
INSERT INTO city VALUES (1, 'fr', 'Paris'), (2, NULL, 'Bonn'), (3, 'fr', 'Lyon');
SELECT assoc.belongs_to_many('country', 'lang', through => 'cl', source_key => 'code', target_key => 'iso', foreign_key => 'country_code',
  other_key => 'lang_iso', alias => 'langs', inverse => 'countries',
  options => '{"accessors": ["get", "add"], "through": {"attributes": []}}') -> 'accessors' AS accessors;
SELECT assoc.has_many('country', 'city', source_key => 'code', foreign_key => 'code', alias => 'cities', inverse => 'country',
  options => '{"accessors": ["get", "add"]}') -> 'accessors' AS accessors;

-- every verb, and its diff
SELECT assoc.add('country', 3, 'langs', '[7, 6]'), assoc.add('country', 1, 'langs', '{"iso": "deu", "through": {"role": "x"}}');
SELECT assoc.add('lang', 7, 'countries', '[{"code": "de"}, 3]'), assoc.has('country', 3, 'langs',
  '[7, {"member": 1, "family": 2}]') AS both;
SELECT assoc.has('country', 3, 'langs', '{"iso": "zz"}') AS no_lang, assoc.has('country', 9, 'langs', '7') AS no_country,
  assoc.has('country', 9, 'langs', '[]') AS none;
SELECT country_get_langs(3, '{"attributes": ["id", "iso"]}'), assoc.get('country', 9, 'langs'), assoc.get_json('country', 9, 'langs'),
  assoc.count_of('country', 3, 'langs'), assoc.count_of('country', 9, 'langs');
SELECT assoc.remove('country', 3, 'langs', '{"iso": "zz"}'), assoc.remove('country', 3, 'langs', '[{"iso": "oci"}, {"iso": "zz"}]');
SELECT assoc.set('country', 3, 'langs', '[5, {"iso": "fra"}, 7]'), assoc.toggle('country', 3, 'langs', '[{"iso": "oci"}, 5]');
SELECT assoc.move('country', 3, 'langs', '[{"iso": "oci"}]', 1), assoc.update_link('country', 3, 'langs', '[{"iso": "fra"}]',
  '{"role": "q"}');
SELECT assoc.set_many('country', 'langs', '[{"id": 3, "langs": [7, {"iso": "oci"}]}, {"id": 1, "langs": []}]');
SELECT country_add_langs(3, '{5}'), assoc.clear('lang', 5, 'countries');
SELECT country_get_cities(3, '{"attributes": ["name"]}'), assoc.add('country', 3, 'cities', '[{"name": "Bonn"}]');
SELECT assoc.set('city', 2, 'country', '{"code": "de"}'), assoc.has('city', 2, 'country', '3'), assoc.has('city', 2, 'country',
  '{"code": "de"}');
SELECT assoc.get('city', 2, 'country', '{"attributes": ["id"]}'), assoc.toggle('city', 2, 'country', '{"code": "de"}'), assoc.add('city', 2,
  'country', '3');
SELECT assoc.set_many('city', 'country', '[{"id": 2, "country": 1}, {"id": 3, "country": {"code": "de"}}]'), assoc.move('country', 1,
  'cities', '[2]', 3);
SELECT assoc.create_in('country', 1, 'cities', '{"id": 11, "name": "Berlin"}'), assoc.create_in('city', 11, 'country',
  '{"id": 12, "code": "xx"}');
SELECT assoc.move('country', 3, 'cities', '[{"name": "Nowhere"}]', 1);

-- nested
SELECT assoc.update('country', '{"langs": {"connect": [5, {"family": 2, "member": 1}], "disconnect": {"iso": "fra"}}}',
  '{"where": {"id": 3}, "returning": false}');
SELECT assoc.update('country', '{"langs": {"update": [{"iso": "deu", "data": {"name": "Deutsch"}, "through": {"role": "z"}}]},
  "cities": {"delete": {"name": "Bonn"}}}', '{"where": {"id": 3}, "returning": false}');
SELECT assoc.update('country', '{"langs": {"upsert": [{"iso": "ita", "create": {"id": 8, "iso": "ita"}, "update": {"name": "Italian"}}]}}',
  '{"where": {"id": 3}, "returning": false}') FROM generate_series(1, 2);
SELECT assoc.create('country', '{"id": 4, "code": "it", "langs": {"connect": [{"iso": "ita"}, 5]},
  "cities": {"connect": {"name": "Lyon"}}}');
SELECT assoc.update('city', '{"country": {"connect": {"code": "fr"}}}', '{"where": {"id": 3}}') -> 'rows' AS connected;
SELECT assoc.update('city', '{"country": {"disconnect": {"code": "de"}}}', '{"where": {"id": 3}}') -> 'rows' AS other,
  assoc.update('city', '{"country": {"disconnect": {"code": "fr"}}}', '{"where": {"id": 3}}') -> 'rows' AS it;
SELECT assoc.find_all('country', '{"attributes": ["code"], "where": {"langs": {"allOf": [{"iso": "deu"}, 6, {"family": 2,
  "member": 1}]}}}');
SELECT * FROM cl ORDER BY 1, 2;
SELECT * FROM city ORDER BY id;
SELECT id, name FROM lang ORDER BY id;

-- what does not name a row
SELECT assoc.add('country', 3, 'langs', '[{"iso": "zz"}, {"iso": "yy"}, 7]');
SELECT assoc.set('country', 3, 'langs', '[99]');
SELECT assoc.add('country', 99, 'langs', '[7]');
SELECT assoc.set_many('country', 'langs', '[{"id": 99, "langs": [7]}]');
SELECT assoc.set_many('country', 'langs', '[{"code": "fr", "langs": [7]}]');
SELECT assoc.toggle('country', 3, 'langs', '[{"iso": "zz"}]');
SELECT assoc.update_link('country', 3, 'langs', '[{"iso": "zz"}]', '{"role": "a"}');
SELECT assoc.move('country', 3, 'langs', '[{"iso": "zz"}]', 1);
SELECT assoc.add('country', 3, 'langs', '[{"name": "French"}]');
SELECT assoc.add('country', 3, 'langs', '[{"nam": "French"}]');
SELECT assoc.add('country', 3, 'langs', '[{"family": 1}]');
SELECT assoc.add('country', 3, 'langs', '[{"iso": null}]');
SELECT assoc.add('country', 3, 'langs', '[{"id": 7, "iso": "fra"}]');
SELECT assoc.add('country', 3, 'langs', '[{"through": {"role": "x"}}]');
SELECT assoc.find_all('country', '{"where": {"langs": {"allOf": [{"name": "French"}]}}}');
SELECT assoc.find_all('country', '{"where": {"langs": {"allOf": [{"iso": null}]}}}');
SELECT assoc.create('country', '{"id": 5, "code": "be", "langs": {"connect": {"name": "French"}}}');
SELECT assoc.update('country', '{"langs": {"delete": [{"iso": "nix"}]}}', '{"where": {"id": 3}}');
SELECT assoc.update('country', '{"langs": {"update": [{"name": "French", "data": {"name": "F"}}]}}', '{"where": {"id": 3}}');

-- nobody learns by a name what a condition would not tell
SELECT assoc.define('lang', '{"iso": {"type": "text", "hidden": true}}') IS NOT NULL AS hidden;
SELECT assoc.has('country', 3, 'langs', '{"iso": "fra"}');
SELECT assoc.update('country', '{"langs": {"connect": {"iso": "fra"}}}', '{"where": {"id": 3}}');
SELECT assoc.find_all('country', '{"where": {"langs": {"allOf": [{"iso": "fra"}]}}}');
SELECT assoc.add('country', 3, 'langs', '[{"name": "French"}]');
SELECT assoc.define('lang', '{"iso": "text"}', replace => true) IS NOT NULL AS shown;
SELECT assoc.update('country', '{"langs": {"connect": {"iso": "fra"}}}',
  '{"where": {"id": 3}, "fields": ["langs.connect"], "returning": false}');
SELECT assoc.update('country', '{"langs": {"connect": {"iso": "fra"}}}',
  '{"where": {"id": 3}, "fields": ["langs.connect.iso"], "returning": false}');
SELECT assoc.find_all('country', '{"where": {"langs": {"allOf": [{"iso": "fra"}]}}}', NULL::jsonb, '{"where": ["langs.id"]}');
SELECT assoc.count('country', '{"where": {"langs": {"allOf": [{"iso": "fra"}]}}}', NULL::jsonb, '{"where": ["langs.iso"]}');
CREATE ROLE naming_keys_reader;
GRANT USAGE ON SCHEMA naming_keys TO naming_keys_reader;
GRANT SELECT ON cl, country TO naming_keys_reader;
GRANT SELECT (id) ON lang TO naming_keys_reader;
SET ROLE naming_keys_reader;
SELECT assoc.has('country', 3, 'langs', '7');
SELECT assoc.has('country', 3, 'langs', '{"family": 1, "member": 1}');
RESET ROLE;

-- keys of several columns; a table without a primary key; a link to a row that is gone
CREATE TABLE shop (tenant int, id int, slug text, PRIMARY KEY (tenant, id), UNIQUE (tenant, slug));
CREATE TABLE item (tenant int, id int, sku text, PRIMARY KEY (tenant, id), UNIQUE (sku));
CREATE TABLE si (tenant int, slug text, sku text REFERENCES item (sku), PRIMARY KEY (tenant, slug, sku), FOREIGN KEY (tenant,
  slug) REFERENCES shop (tenant, slug));
CREATE INDEX ON si (sku);
INSERT INTO shop VALUES (1, 1, 'a'), (1, 2, 'b');
INSERT INTO item VALUES (1, 1, 'x'), (1, 2, 'y');
SELECT assoc.belongs_to_many('shop', 'item', through => 'si', source_key => 'tenant,slug', target_key => 'sku',
  foreign_key => 'tenant,slug',
  other_key => 'sku', alias => 'items', options => '{"through": {"attributes": []}}') -> 'accessors' -> 2 AS accessor;
SELECT assoc.add('shop', '{"tenant": 1, "id": 1}', 'items', '[{"tenant": 1, "id": 2}, {"sku": "x"}]'), shop_get_items(1, 1);
SELECT assoc.set_many('shop', 'items', '[{"tenant": 1, "id": 2, "items": [{"sku": "y"}]}, {"tenant": 1, "id": 1, "items": [{"tenant": 1,
  "id": 1}]}]');
SELECT assoc.find_all('shop', '{"attributes": ["slug"], "where": {"items": {"allOf": [{"tenant": 1, "id": 2}]}}}');
SELECT assoc.find_all('shop', '{"where": {"items": {"allOf": [2]}}}');
CREATE TABLE bare (code text NOT NULL UNIQUE);
CREATE TABLE leaf (id int PRIMARY KEY, code text REFERENCES bare (code));
CREATE INDEX ON leaf (code);
INSERT INTO bare VALUES ('k');
INSERT INTO leaf VALUES (1, NULL);
SELECT assoc.has_many('bare', 'leaf', source_key => 'code', foreign_key => 'code', alias => 'leaves',
  inverse => 'bare') -> 'alias' AS alias;
SELECT assoc.add('bare', 'k', 'leaves', '[1]'), assoc.get('bare', 'k', 'leaves'), assoc.set('leaf', 1, 'bare', NULL::jsonb);
ALTER TABLE cl DROP CONSTRAINT cl_lang_iso_fkey;
INSERT INTO cl VALUES ('fr', 'gone');
SELECT assoc.clear('country', 3, 'langs');
SET client_min_messages = warning;
DROP SCHEMA naming_keys CASCADE;
DROP ROLE naming_keys_reader;
