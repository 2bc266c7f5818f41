-- An association over a foreign key finds the row that the key means: PostgreSQL compares the
-- key pointed at as it is, and casts the reference where no operator takes both types.
-- One row (probe) and all rows (batch), both directions and every form of request agree.
CREATE SCHEMA deparse_key_match;
SET search_path = deparse_key_match;

-- char(n) at text: blanks at the end do not count in the reference, but do in the key
CREATE TABLE language (code text PRIMARY KEY, name text);
CREATE TABLE book (id int PRIMARY KEY, code char(3) REFERENCES language);
CREATE INDEX ON book (code);
INSERT INTO language VALUES ('de', 'German'), ('de ', 'not German'), ('eng', 'English');
INSERT INTO book VALUES (1, 'de'), (2, 'eng'), (3, NULL);
SELECT 1 FROM assoc.belongs_to('book', 'language', foreign_key => 'code', inverse => 'books');
SELECT assoc.find('book', '{"include": ["language"]}');
SELECT assoc.find_by_pk('book', 1, '{"include": ["language"]}');
SELECT assoc.get('book', 1, 'language'), assoc.get('language', 'de', 'books'), assoc.get('language', 'de ', 'books');
SELECT assoc.find('language', '{"include": ["books"]}');
SELECT assoc.find('language', '{"include": [{"association": "books", "limit": 1, "order": [["id", "DESC"]]}]}');
SELECT assoc.find('language', '{"attributes": ["code", {"count": "books", "as": "n"}], "where": {"books": {"some": {}}}}');
SELECT assoc.find('language', '{"attributes": ["code"], "where": {"books": {"count": {"gte": 1}}}}');
SELECT assoc.find('book', '{"attributes": ["id"], "where": {"language": {"some": {"name": {"startsWith": "not"}}}}}');
SELECT assoc.find('book', '{"attributes": ["id"], "where": {"$language.name$": "German"}, "order": [["language", "name", "ASC"]]}');
SELECT assoc.find('book', '{"attributes": ["id"], "where": {"language": {"allOf": ["de"]}}}');
SELECT assoc.has('language', 'de', 'books', '1'), assoc.has('language', 'de ', 'books', '1'), assoc.has('book', 1, 'language', '"de "');
SELECT assoc.remove('language', 'de ', 'books', '[1]'), assoc.remove('book', 1, 'language', '["de "]');

-- the same over a join table, whose links are then taken away
CREATE TABLE country (code varchar(4) PRIMARY KEY);
CREATE TABLE spoken (country char(4) REFERENCES country, language char(3) REFERENCES language, PRIMARY KEY (country, language));
CREATE INDEX ON spoken (language);
INSERT INTO country VALUES ('AT'), ('AT '), ('UK');
INSERT INTO spoken VALUES ('AT', 'de'), ('UK', 'eng');
SELECT 1 FROM assoc.belongs_to_many('country', 'language', through => 'spoken', foreign_key => 'country', other_key => 'language',
  alias => 'languages', inverse => 'countries');
SELECT assoc.find('country', '{"include": ["languages"]}');
SELECT assoc.find_by_pk('language', 'de', '{"include": ["countries"]}'), assoc.find_by_pk('language', 'de ', '{"include": ["countries"]}');
SELECT assoc.has('country', 'AT', 'languages', '"de"'), assoc.has('country', 'AT ', 'languages', '"de"'), assoc.has('country', 'AT',
  'languages', '"de "');
SELECT assoc.remove('country', 'AT ', 'languages', '["de"]'), assoc.remove('country', 'AT', 'languages', '["de "]');
SELECT assoc.remove('country', 'AT', 'languages', '["de", "eng"]');
SELECT assoc.add('country', 'UK', 'languages', '["de"]');
TABLE spoken;

-- an integer at a numeric is no more than an integer: 1.5 and 2 are two keys
CREATE TABLE price (id numeric PRIMARY KEY, name text);
CREATE TABLE ticket (id int PRIMARY KEY, price_id int REFERENCES price);
CREATE INDEX ON ticket (price_id);
INSERT INTO price VALUES (1.5, 'reduced'), (2, 'full'), (2.4, 'more');
INSERT INTO ticket VALUES (1, 2), (2, 2);
SELECT 1 FROM assoc.belongs_to('ticket', 'price', inverse => 'tickets');
SELECT assoc.find('ticket', '{"include": ["price"]}');
SELECT assoc.find('price', '{"include": ["tickets"]}');
SELECT assoc.find_by_pk('ticket', 1, '{"include": ["price"]}'), assoc.find_by_pk('price', 1.5, '{"include": ["tickets"]}');

-- a domain is what it is over; varchar, text and name are compared across types, and probed
CREATE DOMAIN code AS text CHECK (VALUE <> '');
CREATE TABLE unit (code code PRIMARY KEY);
CREATE TABLE part (id int PRIMARY KEY, unit varchar(8) REFERENCES unit);
CREATE INDEX ON part (unit);
INSERT INTO unit VALUES ('kg'), ('m');
INSERT INTO part VALUES (1, 'kg'), (2, 'm'), (3, 'kg');
SELECT 1 FROM assoc.belongs_to('part', 'unit', foreign_key => 'unit', alias => 'in', inverse => 'parts');
SELECT assoc.find('part', '{"include": ["in"]}');
SELECT assoc.find('unit', '{"include": ["parts"]}');
BEGIN;
SET LOCAL pg_associations.probe = on;
SELECT assoc.explain('unit', '{"include": ["parts"]}');
COMMIT;

-- the collation is the key's, whichever side is loaded
CREATE COLLATION nocase (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
CREATE TABLE tag (name text COLLATE nocase PRIMARY KEY);
CREATE TABLE tagged (id int PRIMARY KEY, tag text);
CREATE INDEX ON tagged (tag);
INSERT INTO tag VALUES ('Red'), ('blue');
INSERT INTO tagged VALUES (1, 'RED'), (2, 'red'), (3, 'blue');
SELECT 1 FROM assoc.belongs_to('tagged', 'tag', foreign_key => 'tag', alias => 'is', inverse => 'rows');
SELECT assoc.find('tagged', '{"include": ["is"]}');
SELECT assoc.find('tag', '{"include": ["rows"]}');
SELECT assoc.sql('tagged', '{"include": ["is"]}') IS NOT NULL, assoc.remove('tag', 'rEd', 'rows', '[2]');
-- in a list what the key takes for the same is one; a pair may be linked twice
CREATE TABLE item (id int PRIMARY KEY);
CREATE TABLE marks (item_id int REFERENCES item, tag text COLLATE nocase REFERENCES tag, PRIMARY KEY (item_id, tag));
CREATE TABLE repeated (item_id int REFERENCES item, tag text COLLATE nocase REFERENCES tag);
CREATE INDEX ON marks (tag);
CREATE INDEX ON repeated (item_id);
CREATE INDEX ON repeated (tag);
INSERT INTO item VALUES (1), (2), (3);
INSERT INTO marks VALUES (1, 'RED'), (1, 'blue'), (2, 'red'), (3, 'BLUE');
INSERT INTO repeated VALUES (1, 'RED'), (1, 'blue'), (2, 'red'), (2, 'Red'), (3, 'BLUE'), (3, 'blue'), (3, 'red');
SELECT 1 FROM assoc.belongs_to_many('item', 'tag', through => 'marks', foreign_key => 'item_id', other_key => 'tag', alias => 'marks');
SELECT 1 FROM assoc.belongs_to_many('item', 'tag', through => 'repeated', foreign_key => 'item_id', other_key => 'tag', alias => 'again',
  options => '{"through": {"unique": false}}');
SELECT alias, list, assoc.find_all('item', jsonb_build_object('where', jsonb_build_object(alias, '{"allOf": {"param": "l"}}'::jsonb)),
  jsonb_build_object('l', list))
FROM unnest(ARRAY['marks', 'again']) alias, unnest(ARRAY['["red", "RED"]', '["red", "BLUE", "Red"]', '["red", "green"]', '["red", null]',
  '[]']::jsonb[]) list;

-- what PostgreSQL takes for a foreign key, declarations take too; what it refuses is refused
SET client_min_messages = error;
CREATE TABLE wide (id bigint PRIMARY KEY, number numeric UNIQUE, at timestamptz UNIQUE, tag text UNIQUE);
CREATE TABLE narrow (id int PRIMARY KEY, wide_id smallint REFERENCES wide, number bigint REFERENCES wide (number),
  day date REFERENCES wide (at), tag "char");
SELECT 1 FROM assoc.belongs_to('narrow', 'wide', inverse => 'by_id');
SELECT 1 FROM assoc.belongs_to('narrow', 'wide', foreign_key => 'number', target_key => 'number', alias => 'w2', inverse => 'by_number');
SELECT 1 FROM assoc.belongs_to('narrow', 'wide', foreign_key => 'day', target_key => 'at', alias => 'w3', inverse => 'by_day');
SELECT 1 FROM assoc.belongs_to('narrow', 'wide', foreign_key => 'tag', target_key => 'tag', alias => 'w4', inverse => 'by_tag');
SELECT assoc.belongs_to('narrow', 'wide', foreign_key => 'tag', target_key => 'number', alias => 'wrong');
SELECT assoc.belongs_to('narrow', 'price', foreign_key => 'tag', alias => 'wrong');
SELECT assoc.belongs_to('price', 'narrow', foreign_key => 'id', alias => 'wrong');
SET timezone = 'Europe/Vienna';
INSERT INTO wide VALUES (7, 70, '2024-05-01', 'x'), (8, 70.5, '2024-05-01 10:00', 'xy');
INSERT INTO narrow VALUES (1, 7, 70, '2024-05-01', 'x');
SELECT assoc.find_by_pk('narrow', 1, '{"attributes": ["id"], "include": ["wide", "w2", "w3", "w4"]}');
SELECT assoc.find('narrow', '{"attributes": ["id"], "include": ["wide", "w2", "w3", "w4"]}');
SELECT assoc.find('wide', '{"attributes": ["id"], "include": ["by_id", "by_number", "by_day", "by_tag"]}');
-- a column whose type has changed since: no row is guessed
ALTER TABLE narrow DROP CONSTRAINT narrow_number_fkey;
ALTER TABLE narrow ALTER number TYPE text;
SELECT assoc.find('narrow', '{"include": ["w2"]}');
SELECT assoc.find('wide', '{"include": ["by_number"]}');

-- an id that no row has is named, of another type than the column that points at it, too
CREATE TABLE figures (id numeric PRIMARY KEY);
CREATE TABLE of_figures (id int PRIMARY KEY, figure_id int REFERENCES figures);
CREATE TABLE words (id text PRIMARY KEY);
CREATE TABLE of_words (id int PRIMARY KEY, word_id varchar(9) REFERENCES words);
INSERT INTO of_figures VALUES (1);
INSERT INTO of_words VALUES (1);
SELECT assoc.has_many('figures', 'of_figures', foreign_key => 'figure_id', alias => 'users', inverse => 'figure') ->> 'kind',
  assoc.has_many('words', 'of_words', foreign_key => 'word_id', alias => 'users', inverse => 'word') ->> 'kind';
SELECT assoc.add('figures', '77', 'users', '1');
SELECT assoc.add('of_figures', '1', 'figure', '77');
SELECT assoc.add('words', 'nope', 'users', '1');

-- where a key is the same in any case, and an index tells 'a' from 'A', a pair may be linked twice
CREATE TABLE topic (name text COLLATE nocase PRIMARY KEY);
CREATE TABLE label (id int PRIMARY KEY);
CREATE TABLE topic_label (topic text COLLATE "C", label_id int REFERENCES label, PRIMARY KEY (topic, label_id));
-- from 18 on no foreign key points from one to the other
DO $$ BEGIN IF current_setting('server_version_num')::int < 180000 THEN
  ALTER TABLE topic_label ADD FOREIGN KEY (topic) REFERENCES topic; END IF; END $$;
CREATE TABLE topic_mark (topic text COLLATE nocase REFERENCES topic, label_id int REFERENCES label);
CREATE UNIQUE INDEX ON topic_mark (topic COLLATE "C", label_id);
CREATE INDEX ON topic_label (label_id);
CREATE INDEX ON topic_mark (label_id);
INSERT INTO topic VALUES ('a'), ('b'), ('c'), ('d');
INSERT INTO label VALUES (1), (2);
INSERT INTO topic_label VALUES ('a', 1), ('A', 2), ('b', 1), ('B', 1), ('c', 1), ('c', 2), ('C', 2), ('d', 1);
INSERT INTO topic_mark TABLE topic_label;
SELECT 1 FROM assoc.belongs_to_many('topic', 'label', through => 'topic_label', foreign_key => 'topic', alias => 'labels') a,
  assoc.belongs_to_many('topic', 'label', through => 'topic_mark', alias => 'marks') b;
SELECT alias, assoc.find_all('topic', jsonb_build_object('where', jsonb_build_object(alias, '{"allOf": [1, 2]}'::jsonb))) AS listed,
  assoc.find_all('topic', jsonb_build_object('where', jsonb_build_object(alias, '{"allOf": {"param": "p"}}'::jsonb)),
    '{"p": [1, 2]}') AS given
FROM unnest('{labels,marks}'::text[]) alias;

DROP SCHEMA deparse_key_match CASCADE;
