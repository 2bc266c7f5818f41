-- Partitions are chosen by the key: which are read how, and the same rows as without probes, whatever becomes of them.
CREATE SCHEMA parts;
SET search_path = parts;
SET client_min_messages = warning;
\set quiet '{"constraints": false, "accessors": false, "inverse": {"accessors": false}}'
-- the rows of a key, which the batch must give too, then where they came from
CREATE FUNCTION same(model text, pk text, options jsonb DEFAULT NULL) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
  one jsonb := assoc.find_by_pk(model, pk, options);
  other jsonb;
BEGIN
  PERFORM set_config('pg_associations.probe', 'off', true);
  other := assoc.find_by_pk(model, pk, options);
  PERFORM set_config('pg_associations.probe', 'on', true);
  IF one IS DISTINCT FROM other THEN
    RAISE 'the batch gives %, the probe %', other, one;
  END IF;
  RETURN one;
END $$;
CREATE FUNCTION source(model text, pk text, options jsonb DEFAULT NULL) RETURNS SETOF text LANGUAGE sql AS $$
  SELECT ltrim(line) FROM assoc.explain(model, options, pk => pk, run => true) line WHERE line LIKE '%Source: %' $$;
SET pg_associations.probe = on;
CREATE TABLE t (id bigint PRIMARY KEY, name text);
CREATE TABLE p (id int PRIMARY KEY, name text) PARTITION BY RANGE (id);
CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (10);
CREATE TABLE p2 PARTITION OF p FOR VALUES FROM (20) TO (30);
CREATE TABLE l (p_id bigint, t_id bigint, role text, n int, PRIMARY KEY (p_id, t_id)) PARTITION BY LIST (p_id);
CREATE TABLE l1 PARTITION OF l FOR VALUES IN (1, 2);
CREATE TABLE l2 PARTITION OF l FOR VALUES IN (21) PARTITION BY HASH (p_id);
CREATE TABLE l2a PARTITION OF l2 FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE l2b PARTITION OF l2 FOR VALUES WITH (MODULUS 2, REMAINDER 1);
CREATE INDEX ON l (t_id);
INSERT INTO t SELECT g, 't' || g FROM generate_series(1, 9) g;
INSERT INTO p SELECT g, 'p' || g FROM unnest('{1,2,3,21,22}'::int[]) g;
INSERT INTO l VALUES (1, 1, 'a', 3), (1, 2, 'b', 2), (1, 3, 'a', 1), (2, 4, 'b', 9), (21, 5, 'a', 2), (21, 1, 'b', 1);
\o /dev/null
SELECT assoc.adopt('t'), assoc.adopt('p'), assoc.adopt('l');
SELECT assoc.belongs_to_many('p', 't', through => 'l', foreign_key => 'p_id', other_key => 't_id', alias => 'ts', inverse => 'ps',
  options => :'quiet');
\o
\set ts '{"include": [{"association": "ts", "attributes": ["name"], "through": {"attributes": ["role"]}}]}'
SELECT same('p', k, :'ts') FROM unnest('{1,2,3,10,21,22,99}'::text[]) k;
SELECT source('p', '1', :'ts');
SELECT same('p', '1', '{"include": [{"association": "ts", "attributes": ["id"], "order": [["through", "n"]], "limit": 2,
  "through": {"where": {"role": ["a", "b"]}, "attributes": []}}]}');
SELECT same('p', '1', '{"attributes": ["id", {"count": "ts", "as": "all"}, {"count": "ts", "where": {"name": "t2"}, "as": "named"}]}');
-- from the other side the key says nothing of the partition of a link, but of what it leads to
SELECT same('t', '1', '{"include": [{"association": "ps", "order": [["name", "DESC"]], "through": {"attributes": []}}]}');
SELECT source('t', '1', '{"include": ["ps"]}');
CREATE TABLE links (t_id bigint, p_id bigint, PRIMARY KEY (t_id, p_id));
INSERT INTO links VALUES (1, 1), (1, 3), (1, 15), (1, 21), (1, 5000000001), (2, 22);
SELECT assoc.belongs_to_many('t', 'p', through => 'links', foreign_key => 't_id', other_key => 'p_id', alias => 'qs', inverse => 'us',
  options => :'quiet') ->> 'alias' AS alias;
SELECT same('t', k, '{"include": [{"association": "qs", "where": {"name": {"ne": "p3"}}, "order": [["name", "DESC"]],
  "through": {"attributes": []}}]}') FROM unnest('{1,2,1}'::text[]) k;
SELECT source('t', '1', '{"include": ["qs"]}');
-- DDL between two calls: attached, detached, a default partition, a column that older rows do not have
\set qs '{"include": [{"association": "qs", "order": [["name", "DESC"]], "through": {"attributes": []}}]}'
CREATE TABLE p3 (id int NOT NULL, name text);
INSERT INTO p3 VALUES (15, 'p15');
SELECT same('p', '15') AS before;
ALTER TABLE p ATTACH PARTITION p3 FOR VALUES FROM (10) TO (20);
SELECT same('p', '15') AS attached, same('t', '1', :'qs') -> 'qs' AS qs;
ALTER TABLE p DETACH PARTITION p3;
SELECT same('p', '15') AS detached, same('t', '1', :'qs') -> 'qs' AS qs;
CREATE TABLE rest PARTITION OF p DEFAULT;
INSERT INTO p VALUES (15, 'rest'), (77, 'rest too');
SELECT same('p', '15') AS rest, same('p', '77') AS rest;
ALTER TABLE p ADD COLUMN colour text DEFAULT 'red';
SELECT same('p', '15') AS rest, same('p', '1') AS low;
ALTER TABLE p3 ADD COLUMN colour text DEFAULT 'blue';
DELETE FROM p WHERE id = 15;
ALTER TABLE p ATTACH PARTITION p3 FOR VALUES FROM (10) TO (20);
SELECT same('t', '1', :'qs') -> 'qs' AS qs;
-- a partition is no such table, or not such a one, or its index is not
CREATE TABLE p4 (colour text, id int NOT NULL, name text);
INSERT INTO p4 VALUES ('red', 30, 'p30');
ALTER TABLE p ATTACH PARTITION p4 FOR VALUES FROM (30) TO (40);
SELECT same('p', '30') AS places;
SELECT source('p', '30') UNION ALL SELECT source('p', '1');
CREATE TABLE p5 (id int NOT NULL, name text, colour text, PRIMARY KEY (id) DEFERRABLE INITIALLY DEFERRED);
ALTER TABLE p ATTACH PARTITION p5 FOR VALUES FROM (40) TO (50);
INSERT INTO p5 VALUES (40, 'p40', 'blue');
SELECT same('p', '40') AS deferred;
CREATE TABLE os (id int, p_id int, at int NOT NULL, PRIMARY KEY (p_id, id)) PARTITION BY HASH (p_id);
CREATE TABLE os1 PARTITION OF os FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE os2 PARTITION OF os FOR VALUES WITH (MODULUS 2, REMAINDER 1);
CREATE INDEX ON os1 (p_id, at DESC, id);
CREATE INDEX ON os (p_id, at, id);
INSERT INTO os SELECT g, g % 3 + 1, g % 7 FROM generate_series(1, 20) g;
SELECT assoc.has_many('p', 'os', foreign_key => 'p_id', alias => 'os', inverse => 'p', options => :'quiet') ->> 'alias' AS alias;
SELECT same('p', k, '{"attributes": ["id"], "include": [{"association": "os", "attributes": ["at"], "order": ["at"], "limit": 3}]}')
FROM unnest('{1,2,3}'::text[]) k;
SELECT DISTINCT source('p', k, '{"include": [{"association": "os", "order": ["at"], "limit": 3}]}')
FROM unnest('{1,2,3}'::text[]) k ORDER BY 1;
-- whose partitions the key does not choose: by an expression, by another column, by another idea of equality
CREATE TABLE e (id int, kind int NOT NULL) PARTITION BY LIST ((id % 2));
CREATE TABLE e1 PARTITION OF e DEFAULT;
CREATE INDEX ON e (id);
INSERT INTO e VALUES (1, 1), (1, 2), (2, 1);
CREATE TABLE f (id int, kind int NOT NULL) PARTITION BY RANGE (kind);
CREATE TABLE f1 PARTITION OF f DEFAULT;
CREATE INDEX ON f (id);
INSERT INTO f VALUES (1, 1), (1, 2), (2, 1);
CREATE TABLE g (code text COLLATE "C" NOT NULL) PARTITION BY HASH (code COLLATE "POSIX");
CREATE INDEX ON g (code);
CREATE TABLE g1 PARTITION OF g FOR VALUES WITH (MODULUS 1, REMAINDER 0);
INSERT INTO g VALUES ('p1');
\o /dev/null
SELECT assoc.adopt('g', NULL, '{"key": ["code"]}'), assoc.adopt('e', NULL, '{"key": ["kind"]}'), assoc.adopt('f', NULL,
  '{"key": ["kind"]}');
SELECT assoc.has_many('p', m, foreign_key => 'id', alias => m || 's', inverse => 'p', options => :'quiet') FROM unnest('{e,f}'::text[]) m;
\o
SELECT same('p', '1', '{"attributes": ["id"], "include": ["es", "fs"]}'), same('g', 'p1');
SELECT source('p', '1', '{"include": ["es", "fs"]}') UNION ALL SELECT source('g', 'p1');
-- rights and policies are those of the table, not of its partitions
CREATE ROLE regress_parts;
GRANT USAGE ON SCHEMA parts TO regress_parts;
GRANT SELECT ON p, t, l TO regress_parts;
ALTER TABLE l1 ENABLE ROW LEVEL SECURITY;
SET ROLE regress_parts;
SELECT assoc.find_by_pk('p', 1, :'ts');
RESET ROLE;
ALTER TABLE l ENABLE ROW LEVEL SECURITY;
CREATE POLICY few ON l USING (role = 'a');
SET ROLE regress_parts;
SELECT assoc.find_by_pk('p', 1, :'ts');
RESET ROLE;
-- more partitions in one run than are kept; an index that is made anew
CREATE TABLE w (id int PRIMARY KEY, up int) PARTITION BY RANGE (id);
DO $$ BEGIN
  FOR g IN 1..40 LOOP
    EXECUTE format('CREATE TABLE w%s PARTITION OF w FOR VALUES FROM (%s) TO (%s)', g, g, g + 1);
  END LOOP;
END $$;
CREATE TABLE wl (id int, w_id int, PRIMARY KEY (id, w_id));
INSERT INTO w SELECT g FROM generate_series(1, 40) g;
INSERT INTO wl SELECT 1, g FROM generate_series(1, 40) g UNION ALL SELECT 2, g FROM generate_series(3, 8) g;
SELECT assoc.belongs_to_many('t', 'w', through => 'wl', foreign_key => 'id', other_key => 'w_id', alias => 'ws', inverse => 'ts',
  options => :'quiet') ->> 'alias' AS alias;
SELECT count(same('t', k, '{"include": ["ws"]}')) FROM unnest('{1,2,1}'::text[]) k;
SELECT source('t', k, '{"attributes": ["id"], "include": ["ws"]}') FROM unnest('{1,2}'::text[]) k;
REINDEX INDEX CONCURRENTLY w5_pkey;
TRUNCATE w6;
SELECT jsonb_array_length(same('t', '2', '{"include": ["ws"]}') -> 'ws') AS without_6;
DROP TABLE w7;
SELECT jsonb_array_length(same('t', '2', '{"include": ["ws"]}') -> 'ws') AS without_7;
-- as one of few parents, as one of many
SELECT count(*), count(*) FILTER (WHERE a = b) AS same
FROM assoc.find('p', '{"include": ["ts"]}') WITH ORDINALITY x (a, n)
JOIN LATERAL (SELECT same('p', a ->> 'id', '{"include": ["ts"]}')) y (b) ON true;
-- a partition is no model of its own
SELECT assoc.find_all('p1');
SET client_min_messages = warning;
DROP SCHEMA parts CASCADE;
DROP ROLE regress_parts;
