-- a pair that may be linked several times: what is there and what is to be there are multisets
CREATE SCHEMA multiple;
SET search_path = multiple;
CREATE TABLE doc (id int PRIMARY KEY);
CREATE TABLE pat (id int PRIMARY KEY);
INSERT INTO doc VALUES (1), (2), (3);
INSERT INTO pat VALUES (1), (2), (3);
CREATE TABLE visit (id serial PRIMARY KEY, doc_id int REFERENCES doc, pat_id int REFERENCES pat, day date, price numeric, note json);
CREATE INDEX ON visit (doc_id);
CREATE INDEX ON visit (pat_id);
SELECT assoc.belongs_to_many('doc', 'pat', through => 'visit', alias => 'pats', options => '{"unique": false}') -> 'alias' AS alias;
CREATE VIEW visits AS SELECT id, doc_id AS doc, pat_id AS pat, day, price FROM visit ORDER BY id;
-- exactly what is there
INSERT INTO visit (doc_id, pat_id, day) VALUES (1, 1, '2025-01-01'), (1, 1, '2025-02-02');
SELECT assoc.set('doc', 1, 'pats', '[{"id": 1, "through": {"day": "2025-01-01"}}, {"id": 1, "through": {"day": "2025-02-02"}}]');
SELECT assoc.set('doc', 1, 'pats', '[{"id": 1, "through": {"day": "2025-02-02"}}, {"id": 1, "through": {"day": "2025-01-01"}}]');
SELECT * FROM visits;
-- one changes its day: it is another visit
SELECT assoc.set('doc', 1, 'pats', '[{"id": 1, "through": {"day": "2025-02-02"}}, {"id": 1, "through": {"day": "2025-03-03"}}, {"id": 1,
  "through": {"day": "2025-02-02"}}]');
-- its own key says which one it is
SELECT assoc.set('doc', 1, 'pats', '[{"id": 1, "through": {"id": 3, "day": "2025-04-04"}}, {"id": 1, "through": {"id": 2}}, {"id": 2,
  "through": {"id": 900, "day": "2025-04-04"}}]');
SELECT assoc.add('doc', 1, 'pats', '[{"id": 1, "through": {"id": 3, "price": 1.0}}, {"id": 2, "through": {"id": 900}}, {"id": 2,
  "through": {"id": 901}}, {"id": 2, "through": {"id": 901, "price": 2}}]');
SELECT assoc.set('doc', 1, 'pats', '[{"id": 1, "through": {"price": 1.00}}, 2, 1, {"id": 2, "through": {"price": null}}]');
SELECT * FROM visits;
SELECT assoc.add('doc', 2, 'pats', '[{"id": 1, "through": {"id": 3}}]');
-- numbers of links
SELECT doc_set_pats(2, '{1,1}'), doc_set_pats(2, '{1,1,1}');
SELECT doc_set_pats(2, '{1}');
SELECT doc_set_pats(2, '{}'), doc_set_pats(2, '{1,1,1}');
SELECT doc_set_pats(2, '{1,2}', '{"price": 5}');
SELECT assoc.set_many('doc', 'pats', '[{"id": 2, "pats": [{"id": 1, "through": {"price": 5}}, 1, 3]}, {"id": 3, "pats": [1, 1, {"id": 1,
  "through": {"day": "2025-05-05"}}]}]');
SELECT assoc.set_many('doc', 'pats', '[{"id": 2, "pats": [1, 3]}, {"id": 3, "pats": [1, {"id": 1, "through": {"day": "2025-05-05"}}]}]');
SELECT doc, pat, day, price FROM visits WHERE doc > 1;
SELECT assoc.update('doc', '{"pats": {"set": [1, 1, 2]}}', '{"where": {"id": 3}, "returning": false}');
SELECT assoc.toggle('doc', 3, 'pats', '[{"id": 2, "through": {"id": 902}}, {"id": 3, "through": {"id": 903}}]');
SELECT doc, pat, day, price FROM visits WHERE doc = 3;
-- values without an equality, and checks
SELECT assoc.set('doc', 3, 'pats', '[{"id": 1, "through": {"note": {"a": 1}}}, {"id": 1, "through": {"note": {"a": 2}}}]') #> '{added,1,id}'
  AS added;
SELECT assoc.set('doc', 3, 'pats', '[{"id": 1, "through": {"note": {"a": 2}}}, {"id": 1, "through": {"note": {"a": 1}}}]') - 'unchanged' AS
  changed;
ALTER TABLE visit ADD CHECK (price < 100);
SELECT assoc.set('doc', 3, 'pats', '[{"id": 1, "through": {"price": 100}}]');
SELECT assoc.set('doc', 3, 'pats', '[7]');

-- a unique key beside the link's own
CREATE UNIQUE INDEX ON visit (doc_id, pat_id, day);
SELECT assoc.set('doc', 1, 'pats', '[{"id": 1, "through": {"day": "2026-01-01"}}, {"id": 1, "through": {"day": "2026-02-02"}}]') -> 'added'
  -> 1 -> 'id' AS added;
SELECT assoc.set('doc', 1, 'pats', '[{"id": 1, "through": {"day": "2026-02-02", "price": 2}}, {"id": 1,
  "through": {"day": "2026-01-01"}}]');
SELECT assoc.add('doc', 1, 'pats', '[{"id": 1, "through": {"day": "2026-02-02", "price": 3}}, {"id": 1, "through": {"day": "2026-02-02",
  "price": 4}}, {"id": 1, "through": {"day": null}}]');
SELECT day, price FROM visits WHERE doc = 1 ORDER BY day;

-- links without a key of their own
SELECT assoc.belongs_to_many('doc', 'pat', through => 'Stay', alias => 'stays', through_attributes => '{"room": "text"}',
  options => '{"unique": false}') -> 'created' AS created;
SELECT doc_set_stays(1, '{1,1,2}', '{"room": "a"}');
SELECT assoc.set('doc', 1, 'stays', '[1, {"id": 1, "through": {"room": "b"}}, {"id": 2, "through": {"room": "a"}}, 2]');
SELECT assoc.set('doc', 1, 'stays', '[1, {"id": 1, "through": {"room": "b"}}, {"id": 2, "through": {"room": "a"}}]');
SELECT assoc.set('doc', 1, 'stays', '[1, 1]');
SELECT * FROM stays ORDER BY pat_id, room;
CREATE TABLE parts (doc_id int REFERENCES doc, pat_id int REFERENCES pat, room text) PARTITION BY LIST (room);
CREATE TABLE parts_a PARTITION OF parts FOR VALUES IN ('a');
CREATE TABLE parts_b PARTITION OF parts FOR VALUES IN ('b');
CREATE INDEX ON parts (doc_id);
CREATE INDEX ON parts (pat_id);
SELECT assoc.belongs_to_many('doc', 'pat', through => 'parts', alias => 'parts', options => '{"unique": false}') -> 'alias' AS alias;
SELECT assoc.set('doc', 1, 'parts', '[{"id": 1, "through": {"room": "a"}}, {"id": 1, "through": {"room": "b"}}]');
SELECT assoc.set('doc', 1, 'parts', '[{"id": 1, "through": {"room": "b"}}]');
SELECT * FROM parts;

-- soft-deleted links are not counted, nor do they come back
SELECT assoc.define('Look', '{"n": "int"}', '{"timestamps": false, "paranoid": true}') IS NOT NULL AS defined;
SELECT assoc.belongs_to_many('doc', 'pat', through => 'Look', alias => 'looks', options => '{"unique": false}') -> 'created' AS created;
SELECT assoc.set('doc', 1, 'looks', '[{"id": 1, "through": {"n": 1}}, {"id": 1, "through": {"n": 2}}]') -> 'added' AS added;
SELECT assoc.set('doc', 1, 'looks', '[{"id": 1, "through": {"n": 2}}]');
SELECT assoc.set('doc', 1, 'looks', '[{"id": 1, "through": {"n": 1}}, {"id": 1, "through": {"n": 2}}]');
SELECT id, n, deleted_at IS NOT NULL AS deleted FROM looks ORDER BY id;
SET client_min_messages = warning;
DROP SCHEMA multiple CASCADE;
