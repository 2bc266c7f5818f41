-- "through" beside an id: which links are meant, where they are asked for or taken away
CREATE SCHEMA filter;
SET search_path = filter;
CREATE TABLE doc (id int PRIMARY KEY);
CREATE TABLE pat (id int PRIMARY KEY);
INSERT INTO doc VALUES (1), (2);
INSERT INTO pat VALUES (1), (2), (3);
CREATE TABLE ur (doc_id int REFERENCES doc, pat_id int REFERENCES pat, role varchar(9), note json, since numeric, PRIMARY KEY (doc_id,
  pat_id));
CREATE INDEX ON ur (pat_id);
CREATE TABLE visit (id serial PRIMARY KEY, doc_id int REFERENCES doc, pat_id int REFERENCES pat, day date, room text);
CREATE INDEX ON visit (doc_id);
CREATE INDEX ON visit (pat_id);
SELECT assoc.belongs_to_many('doc', 'pat', through => 'ur', alias => 'urs') -> 'alias' AS alias;
SELECT assoc.belongs_to_many('doc', 'pat', through => 'visit', alias => 'pats', options => '{"unique": false}') -> 'alias' AS alias;

-- a pair that is linked once
INSERT INTO ur VALUES (1, 1, 'a', '{"x": 1}', 1.0), (1, 2, NULL, NULL, 2), (1, 3, 'b', NULL, 3);
SELECT assoc.has('doc', 1, 'urs', '[{"id": 1, "through": {"role": "zzz"}}]') AS other,
  assoc.has('doc', 1, 'urs', '[{"id": 1, "through": {"role": "a"}}, {"id": 2, "through": {"role": null}}, 3]') AS same,
  assoc.has('doc', 1, 'urs', '[{"id": 1, "through": {"role": "a"}}, {"id": 1, "through": {"role": "b"}}]') AS both,
  assoc.has('doc', 1, 'urs', '[{"id": 1, "through": {"since": 1.00}}]') AS equal,
  assoc.has('doc', 1, 'urs', '[{"id": 1, "through": {"note": {"x": 1}}}]') AS json,
  assoc.has('doc', 1, 'urs', '[{"id": 2, "through": {"note": null, "since": 2}}]') AS nulls,
  assoc.has('doc', 1, 'urs', '{"id": 1, "through": {}}') AS none;
SELECT assoc.remove('doc', 1, 'urs', '[{"id": 1, "through": {"role": "zzz"}}, {"id": 2, "through": {"role": "a"}}]');
SELECT assoc.remove('doc', 1, 'urs', '[{"id": 1, "through": {"role": "a"}}, {"id": 2, "through": {"role": null}}, {"id": 3,
  "through": {"role": "c"}}]');
SELECT assoc.toggle('doc', 1, 'urs', '[{"id": 3, "through": {"role": "c"}}, {"id": 1, "through": {"role": "a"}}]', '{"since": 5}');
SELECT assoc.toggle('doc', 1, 'urs', '[{"id": 3, "through": {"role": "c"}}, {"id": 1, "through": {"role": "b"}}]');
SELECT doc_id, pat_id, role, since FROM ur ORDER BY 1, 2;
SELECT assoc.update('doc', '{"urs": {"disconnect": [{"id": 1, "through": {"role": "a"}}]}}', '{"where": {"id": 1}, "returning": false}');
SELECT assoc.move('doc', 1, 'urs', '[{"id": 1, "through": {"role": "a"}}]', 2);
SELECT assoc.move('doc', 1, 'urs', '[{"id": 1, "through": {"role": "b"}}]', 2);
SELECT assoc.add('doc', 1, 'urs', '1', '{"role": "c"}') IS NOT NULL AS added;
SELECT assoc.move('doc', 2, 'urs', '[{"id": 1, "through": {"role": "b"}}]', 1);
SELECT assoc.update('doc', '{"urs": {"disconnect": [{"id": 1, "through": {"role": "c"}}]}}', '{"where": {"id": 1}, "returning": false}');
SELECT doc_id, pat_id, role, since FROM ur ORDER BY 1, 2;
SELECT assoc.remove('doc', 1, 'urs', '[{"id": 1, "through": {"rol": "c"}}]');

-- a pair that is linked several times: the link's own key says which one
INSERT INTO visit (doc_id, pat_id, day) VALUES (1, 1, '2025-01-01'), (1, 1, '2025-02-02'), (1, 1, '2025-03-03'), (1, 2, '2025-01-01');
SELECT assoc.has('doc', 1, 'pats', '[{"id": 1, "through": {"day": "2025-01-01"}}, {"id": 1, "through": {"day": "2025-04-04"}}]') AS one,
  assoc.has('doc', 1, 'pats', '[{"id": 1, "through": {"day": "2025-01-01"}}, {"id": 1, "through": {"id": 3}}, 2]') AS both,
  assoc.has('doc', 1, 'pats', '[{"id": 2, "through": {"id": 3}}]') AS other;
SELECT assoc.update_link('doc', 1, 'pats', '[{"id": 1, "through": {"id": 2, "room": "r2"}}, {"id": 1, "through": {"id": 3,
  "room": "r3"}}]');
SELECT assoc.update_link('doc', 1, 'pats', '[{"id": 1, "through": {"id": 2, "room": "r2"}}, {"id": 1, "through": {"id": 4,
  "room": "r3"}}]');
SELECT assoc.update_link('doc', 1, 'pats', '1', '{"id": 1, "room": "r1"}');
SELECT assoc.update_link('doc', 1, 'pats', '[1, 2]', '{"room": "all"}');
SELECT assoc.update_link('doc', 1, 'pats', '[{"id": 1, "through": {"id": 2, "room": null}}, {"id": 1, "through": {"id": 3}}]');
SELECT assoc.update('doc', '{"pats": {"update": [{"id": 1, "through": {"id": 3, "room": "nested"}}]}}',
  '{"where": {"id": 1}, "returning": false}');
SELECT * FROM visit ORDER BY id;
SELECT assoc.remove('doc', 1, 'pats', '[{"id": 1, "through": {"id": 2}}]');
SELECT assoc.toggle('doc', 1, 'pats', '[{"id": 1, "through": {"day": "2025-02-02"}}, {"id": 1, "through": {"day": "2025-01-01"}}]');
SELECT assoc.move('doc', 1, 'pats', '[{"id": 1, "through": {"id": 1}}]', 2);
SELECT assoc.move('doc', 1, 'pats', '[{"id": 1, "through": {"id": 3}}]', 2);
SELECT assoc.move('doc', 2, 'pats', '[{"id": 1, "through": {"id": 3}}, {"id": 1, "through": {"id": 2}}]', 1);
SELECT assoc.remove('doc', 2, 'pats', '[{"id": 1, "through": {"day": "2025-03-03"}}, {"id": 1, "through": {"day": "2025-05-05"}}]');
SELECT assoc.update('doc', '{"pats": {"disconnect": [{"id": 2, "through": {"day": "2024-01-01"}}, {"id": 1, "through": {"id": 5}}]}}',
  '{"where": {"id": 1}, "returning": false}');
SELECT * FROM visit ORDER BY id;

-- the same id twice is one id; all links of a pair are asked for beside some
SELECT assoc.add('doc', 1, 'pats', '[3, 3]', '{"room": "x"}');
SELECT assoc.remove('doc', 1, 'pats', '[3, {"id": 3, "through": {"room": "y"}}, 3]');

-- a hidden attribute is no condition; who may not read a column cannot ask for it
SELECT assoc.adopt('ur', 'ur', '{}', replace => true) IS NOT NULL AS adopted;
SELECT assoc.define('ur', '{"role": {"type": "varchar(9)", "hidden": true}}') IS NOT NULL AS defined;
SELECT assoc.has('doc', 1, 'urs', '[{"id": 1, "through": {"role": "a"}}]');
CREATE ROLE filter_reader;
GRANT USAGE ON SCHEMA filter TO filter_reader;
GRANT SELECT (doc_id, pat_id, since) ON ur TO filter_reader;
SET ROLE filter_reader;
SELECT assoc.has('doc', 1, 'urs', '[{"id": 3, "through": {"since": 5}}]');
SELECT assoc.has('doc', 1, 'urs', '[{"id": 3, "through": {"note": null}}]');
RESET ROLE;
SET client_min_messages = warning;
DROP SCHEMA filter CASCADE;
DROP ROLE filter_reader;
