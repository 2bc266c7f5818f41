-- What a probe takes for known, unique or usable it must know: the batch and plain SQL say what is right.
CREATE SCHEMA probed;
SET search_path = probed;
\set quiet '{"constraints": false}'
-- a link that is wider than the key points at nothing where no key can be so large, whatever else is known
CREATE TABLE a (id int PRIMARY KEY, n text);
CREATE TABLE b (id int PRIMARY KEY, n text);
CREATE TABLE ab (a_id int, b_id bigint, PRIMARY KEY (a_id, b_id));
CREATE INDEX ON ab (b_id);
INSERT INTO a VALUES (1, 'a1'), (2, 'a2'), (3, 'a3');
INSERT INTO b VALUES (705032704, 'other'), (7, 'seven');
INSERT INTO ab VALUES (1, 705032704), (1, 7), (2, 5000000000), (3, 4294967303);
SELECT assoc.belongs_to_many('a', 'b', through => 'ab', foreign_key => 'a_id', other_key => 'b_id', inverse => 'as',
  options => :'quiet') ->> 'alias' AS alias;
SELECT assoc.find_by_pk('a', 2, '{"include": ["bs"]}');
SELECT assoc.find('a', '{"include": [{"association": "bs", "through": {"attributes": []}}]}');
-- and where the index has the key's columns in another order
CREATE TABLE k (x int, y bigint, n text, PRIMARY KEY (x, y));
CREATE TABLE l (a_id int, kx bigint, ky int, PRIMARY KEY (a_id, kx, ky));
INSERT INTO k VALUES (1, 2, 'one two'), (2, 1, 'two one');
INSERT INTO l VALUES (1, 1, 2), (2, 4294967297, 2), (3, 2, 1), (3, 1, 2);
ALTER TABLE k DROP CONSTRAINT k_pkey, ADD PRIMARY KEY (y, x);
CREATE INDEX ON l (kx, ky);
SELECT assoc.belongs_to_many('a', 'k', through => 'l', foreign_key => 'a_id', other_key => 'ky,kx', inverse => 'as',
  options => :'quiet') ->> 'alias' AS alias;
SELECT assoc.find('a', '{"include": [{"association": "ks", "through": {"attributes": []}}]}');
-- settings that values are written by may change between two fetches of a cursor
CREATE TABLE p (id int PRIMARY KEY);
CREATE TABLE c (id int PRIMARY KEY, ts timestamptz, f float8);
CREATE TABLE pc (p_id int, c_id int, PRIMARY KEY (p_id, c_id));
CREATE INDEX ON pc (c_id);
INSERT INTO p SELECT generate_series(1, 60);
INSERT INTO c VALUES (1, '2020-01-01 00:00Z', 0.1::float4), (2, '2020-01-01 00:00Z', 0.1::float4);
INSERT INTO pc SELECT g, 1 FROM generate_series(1, 60) g UNION ALL SELECT g, 2 FROM generate_series(40, 60) g;
SELECT assoc.belongs_to_many('p', 'c', through => 'pc', foreign_key => 'p_id', other_key => 'c_id', inverse => 'ps',
  options => :'quiet') ->> 'alias' AS alias;
SET timezone = 'UTC';
BEGIN;
DECLARE cu CURSOR FOR SELECT assoc.find('p', '{"include": [{"association": "cs", "through": {"attributes": []}}]}');
MOVE 32 FROM cu;
SET timezone = 'Asia/Tokyo';
SET extra_float_digits = 0;
MOVE 10 FROM cu;
FETCH 1 FROM cu;
-- and what a cursor reads is in use until it is closed
SAVEPOINT s;
TRUNCATE pc;
ROLLBACK TO s;
ALTER TABLE c ADD COLUMN more int;
ROLLBACK TO s;
FETCH 1 FROM cu;
CLOSE cu;
TRUNCATE pc;
ROLLBACK;
BEGIN;
DECLARE cu CURSOR FOR SELECT assoc.find('p', '{"include": ["cs"], "where": {"cs": {"some": {"f": {"gt": 0}}}}}');
MOVE ALL FROM cu;
TRUNCATE pc, c;
ROLLBACK;
RESET timezone;
RESET extra_float_digits;
-- a dead entry is met once
CREATE TABLE child (id int PRIMARY KEY, p_id int);
CREATE INDEX ON child (p_id);
INSERT INTO child SELECT g, g % 60 + 1 FROM generate_series(1, 600) g;
SELECT assoc.has_many('p', 'child', foreign_key => 'p_id', options => :'quiet') ->> 'alias' AS alias;
DELETE FROM child WHERE id % 7 = 0;
SELECT count(*) AS wrong FROM generate_series(1, 3), p WHERE assoc.get('p', p.id, 'children', '{"attributes": ["id"]}') IS DISTINCT FROM
  (SELECT jsonb_agg(jsonb_build_object('id', c.id) ORDER BY c.id) FROM child c WHERE c.p_id = p.id);
-- one that shares its entry with others cannot be marked, and no index scan goes there to do it
DROP INDEX child_p_id_idx;
CREATE INDEX child_entries ON child (p_id);
SET synchronous_commit = on;
DELETE FROM child WHERE id % 9 = 0;
RESET synchronous_commit;
SET pg_associations.probe = on;
BEGIN;
SELECT jsonb_array_length(assoc.get('p', 4, 'children')) FROM generate_series(1, 3);
SELECT pg_stat_get_xact_numscans('child_entries'::regclass) AS scans;
COMMIT;
RESET pg_associations.probe;
-- a row that a condition does not want is kept too, for as long as it is as it was
CREATE TABLE e (id int PRIMARY KEY, state text NOT NULL, n int);
CREATE TABLE pe (p_id int, e_id int, role text, PRIMARY KEY (p_id, e_id));
INSERT INTO e VALUES (1, 'open', 1), (2, 'closed', 2), (3, 'closed', 3);
INSERT INTO pe SELECT p, e, CASE WHEN e = 2 THEN 'b' ELSE 'a' END FROM generate_series(1, 2) p, generate_series(1, 3) e;
SELECT assoc.belongs_to_many('p', 'e', through => 'pe', alias => 'events', foreign_key => 'p_id', other_key => 'e_id', inverse => 'eps',
  options => :'quiet') ->> 'alias' AS alias;
VACUUM (FREEZE) e;
CREATE FUNCTION events(of int, wanted text, by jsonb DEFAULT NULL) RETURNS text LANGUAGE sql
RETURN (SELECT string_agg(x ->> 'id', ' ' ORDER BY n) FROM jsonb_array_elements(assoc.find_by_pk('p', of, format($$
  {"include": [{"association": "events", "required": false, "where": %s, "through": {"attributes": []}}]}$$, wanted)::jsonb, by)
  -> 'events') WITH ORDINALITY y (x, n));
SELECT events(1, '{"state": "open"}'), events(2, '{"state": "open"}'), events(1, '{"state": "open"}');
SELECT events(g % 2 + 1, '{"state": {"param": "s"}}', jsonb_build_object('s', s))
FROM generate_series(1, 2) g, unnest('{open,closed,open}'::text[]) s;
BEGIN;
UPDATE e SET state = 'open' WHERE id = 3;
SELECT events(1, '{"state": "open"}'), events(2, '{"state": "open"}');
UPDATE e SET state = 'closed', n = 7 WHERE id = 1;
SELECT events(1, '{"state": "open"}'), events(2, '{"state": "open"}');
DELETE FROM e WHERE id = 3;
SELECT events(1, '{"state": "open"}'), events(2, '{"state": "open"}');
ROLLBACK;
SELECT events(1, '{"state": "open"}'), events(2, '{"state": "open"}');
UPDATE e SET state = 'open';
SELECT events(1, '{"state": "open"}'), events(2, '{"state": "open"}');
-- and where the link or a setting says whether it is wanted, each time
UPDATE e SET state = 'a' WHERE id < 3;
SELECT events(g, '{"or": [{"state": {"col": "through.role"}}, {"id": 99}]}') FROM unnest('{1,2,1}'::int[]) g;
UPDATE pe SET role = 'a' WHERE p_id = 2;
SELECT events(g, '{"or": [{"state": {"col": "through.role"}}, {"id": 99}]}') FROM unnest('{1,2,1}'::int[]) g;
-- a policy may compare another text than the column's bytes are
CREATE TABLE pk (p_id int, e_id int, code char(6), kind "char", PRIMARY KEY (p_id, e_id));
INSERT INTO pk SELECT 1, e, 'a', 'k' FROM generate_series(1, 3) e;
SELECT assoc.belongs_to_many('p', 'e', through => 'pk', alias => 'kinds', foreign_key => 'p_id', other_key => 'e_id', inverse => 'kps',
  options => :'quiet') ->> 'alias' AS alias;
CREATE POLICY padded ON pk USING (code = 'a'::text);
ALTER TABLE pk ENABLE ROW LEVEL SECURITY;
CREATE ROLE pa_probed;
GRANT USAGE ON SCHEMA probed TO pa_probed;
GRANT SELECT ON ALL TABLES IN SCHEMA probed TO pa_probed;
SET ROLE pa_probed;
SELECT jsonb_array_length(assoc.get('p', 1, 'kinds')) AS padded;
RESET ROLE;
DROP POLICY padded ON pk;
CREATE POLICY by_value ON pk USING (kind = 'k'::text);
SET ROLE pa_probed;
SELECT jsonb_array_length(assoc.get('p', 1, 'kinds')) AS by_value;
RESET ROLE;
DROP OWNED BY pa_probed;
DROP ROLE pa_probed;
-- integers of which neighbours are the same double
CREATE TABLE far (id bigint PRIMARY KEY);
CREATE TABLE pf (p_id int, far_id bigint, PRIMARY KEY (p_id, far_id));
INSERT INTO far SELECT 9223372036854775807 - g FROM generate_series(0, 2000) g
  UNION ALL SELECT -9223372036854775808 + g FROM generate_series(0, 2000) g;
INSERT INTO pf SELECT 1, id FROM far WHERE id % 2 = 0;
SELECT assoc.belongs_to_many('p', 'far', through => 'pf', alias => 'fars', foreign_key => 'p_id', other_key => 'far_id',
  inverse => 'fps', options => :'quiet') ->> 'alias' AS alias;
SELECT assoc.get('p', 1, 'fars', '{"through": {"attributes": []}, "attributes": ["id"]}') =
  (SELECT jsonb_agg(jsonb_build_object('id', id) ORDER BY id) FROM far WHERE id % 2 = 0) AS same FROM generate_series(1, 3);
-- what is read without the lock of its page is not taken for dead: an index scan would forget its entry
CREATE TABLE seen (id int PRIMARY KEY, p_id int, v int);
INSERT INTO seen SELECT g, 1 + g % 20, -g FROM generate_series(1, 400) g;
CREATE INDEX seen_entries ON seen (p_id, v);
SELECT assoc.has_many('p', 'seen', alias => 'seen', foreign_key => 'p_id', options => :'quiet') ->> 'alias' AS alias;
VACUUM (FREEZE) seen;
CREATE FUNCTION seen(by text) RETURNS bigint LANGUAGE sql
RETURN (SELECT sum(jsonb_array_length(assoc.get('p', g, 'seen', format('{"order": [["v", "%s"]], "limit": 30}', by)::jsonb)))
  FROM generate_series(1, 20) g);
SELECT seen(by) FROM unnest('{ASC,DESC,ASC,DESC}'::text[]) by;
-- a key of several columns of which the link has one in another type
CREATE TABLE two (u text, v text, state text, PRIMARY KEY (u, v));
CREATE TABLE ptwo (p_id int, u varchar(20), v text, PRIMARY KEY (p_id, u, v));
INSERT INTO two SELECT 'u' || g, 'v' || g, CASE WHEN g % 2 = 0 THEN 'open' ELSE 'closed' END FROM generate_series(1, 40) g;
INSERT INTO ptwo SELECT g, u, v FROM generate_series(1, 3) g, two;
CREATE INDEX ON ptwo (u, v);
SELECT assoc.belongs_to_many('p', 'two', through => 'ptwo', alias => 'twos', foreign_key => 'p_id', other_key => 'u,v',
  inverse => 'twops', options => :'quiet') ->> 'alias' AS alias;
SELECT jsonb_array_length(assoc.get('p', g, 'twos', '{"where": {"state": "open"}, "through": {"attributes": []}}')) AS open
FROM generate_series(1, 3) g;
-- locks that a savepoint has taken with it are taken again
CREATE VIEW held AS SELECT relation::regclass AS relation FROM pg_locks
  WHERE pid = pg_backend_pid() AND relation IN ('child'::regclass, 'child_entries'::regclass);
BEGIN;
SAVEPOINT before;
SELECT jsonb_array_length(assoc.get('p', 4, 'children'));
SELECT * FROM held ORDER BY relation::text;
ROLLBACK TO before;
SELECT * FROM held ORDER BY relation::text;
SELECT jsonb_array_length(assoc.get('p', 4, 'children'));
SELECT * FROM held ORDER BY relation::text;
COMMIT;
SET client_min_messages = warning;
DROP SCHEMA probed CASCADE;
