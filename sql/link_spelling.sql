-- A key that equals another one may be spelled otherwise: links have the spelling of the row that they point at.
CREATE SCHEMA spelling;
SET search_path = spelling;
CREATE TABLE grades (n numeric PRIMARY KEY);
CREATE TABLE pupils (id int PRIMARY KEY, grade numeric REFERENCES grades);
CREATE TABLE marks (pupil int REFERENCES pupils, grade numeric REFERENCES grades, note text, PRIMARY KEY (pupil, grade));
CREATE INDEX ON pupils (grade);
CREATE INDEX ON marks (grade);
INSERT INTO grades VALUES (1.00), (2.50);
INSERT INTO pupils VALUES (1), (2), (3);
SELECT count(*) FROM (VALUES (assoc.has_many('grades', 'pupils', foreign_key => 'grade', alias => 'pupils', inverse => 'best')),
  (assoc.belongs_to_many('pupils', 'grades', through => 'marks', foreign_key => 'pupil', other_key => 'grade', alias => 'grades',
    inverse => 'marked'))) d;
SELECT assoc.add('pupils', 1, 'grades', '[1, 2.5]') -> 'added' AS added, assoc.set('pupils', 1, 'best', '1.0') -> 'added' AS set;
SELECT assoc.set_many('pupils', 'best', '[{"id": 2, "best": 1}, {"id": 3, "best": 2.500}]'), assoc.toggle('pupils', 2, 'grades',
  '[1]') -> 'added' AS toggled;
SELECT assoc.set_many('pupils', 'grades', '[{"id": 2, "grades": [1.0]}, {"id": 3, "grades": [1, 2.5]}]') -> 1 -> 'added' AS added;
SELECT assoc.create('pupils', '{"id": 4, "best": {"connect": 1}, "grades": {"connect": [1, {"n": 2.5, "through": {"note": "x"}}]}}');
SELECT assoc.create_in('grades', 1.0, 'pupils', '{"id": 5}'), assoc.create_in('grades', 1, 'marked', '{"id": 6}');
SELECT assoc.add('grades', 2.5, 'pupils', '[1]') -> 'added' AS added, assoc.add('grades', 1, 'marked', '[5]') -> 'added' AS marked,
  assoc.move('grades', 1, 'marked', '[6]', 2.5) -> 'added' AS moved;
SELECT assoc.update('pupils', '{"grades": {"set": [1]}, "best": {"connect": 2.5}}', '{"where": {"id": 4}, "returning": false}');
SELECT * FROM pupils ORDER BY id;
SELECT * FROM marks ORDER BY 1, 2;
-- what is not there is told as it was given; taking away and asking need no spelling
SELECT assoc.add('pupils', 1, 'grades', '[1, 3.0]');
SELECT assoc.has('pupils', 1, 'grades', '[1, 2.500]'), assoc.remove('pupils', 1, 'grades', '[1.000, 3]') -> 'removed' AS removed;
-- who may not read the keys gives the spelling himself, as in plain SQL
CREATE ROLE spelling_writer;
GRANT USAGE ON SCHEMA spelling TO spelling_writer;
GRANT SELECT, INSERT ON marks TO spelling_writer;
GRANT SELECT ON pupils TO spelling_writer;
SET ROLE spelling_writer;
SELECT assoc.add('pupils', 1, 'grades', '[1]') -> 'added' AS added;
RESET ROLE;
SET client_min_messages = warning;
DROP SCHEMA spelling CASCADE;
DROP ROLE spelling_writer;
