-- Where a foreign key proves that every link leads to a row, links are counted and looked for in
-- the join table alone.  Whatever may hide a row, or lets a link lead nowhere, brings the target's table back.
CREATE SCHEMA deparse_links;
SET search_path = deparse_links;
SET client_min_messages = warning;
\pset format unaligned
CREATE TABLE person (id int PRIMARY KEY, name text, gone timestamptz);
CREATE TABLE club (id int PRIMARY KEY, name text, open boolean NOT NULL DEFAULT true);
CREATE TABLE member (person_id int NOT NULL REFERENCES person, club_id int NOT NULL CONSTRAINT to_club REFERENCES club ON DELETE CASCADE,
  role text,
  PRIMARY KEY (person_id, club_id));
CREATE INDEX ON member (club_id);
CREATE TABLE note (id int PRIMARY KEY, club_id int CONSTRAINT note_club REFERENCES club ON DELETE CASCADE, reader_id int REFERENCES person);
INSERT INTO person SELECT g, 'p' || g FROM generate_series(1, 4) g;
INSERT INTO club VALUES (1, 'chess', true), (2, 'golf', false), (3, 'go', true);
INSERT INTO member VALUES (1, 1, 'admin'), (1, 2, 'guest'), (2, 1, 'guest'), (3, 3, 'admin');
INSERT INTO note VALUES (1, 1, NULL), (2, NULL, 1), (3, 2, 2);
SELECT 1 FROM assoc.belongs_to_many('person', 'club', through => 'member', alias => 'clubs', inverse => 'people');
SELECT 1 FROM assoc.belongs_to('note', 'club', alias => 'club', inverse => 'notes');
-- which tables a request reads, beside its own; an attribute that counts is a level of its own
CREATE FUNCTION reads(model text, options jsonb) RETURNS text LANGUAGE sql AS $$
  SELECT string_agg(DISTINCT m[1], ' ' ORDER BY m[1]) FROM assoc.explain(model, options) line,
    regexp_matches(line, CASE WHEN line LIKE '  SQL: %' THEN '(?:FROM|JOIN) deparse_links\.(\w+) (?:t\d|l\d?)\M'
      ELSE '(?:FROM|JOIN) deparse_links\.(\w+) (?:t|l)\M' END, 'g') m WHERE line ~ '^ +SQL: ' $$;
-- all forms of them, and what they give
CREATE PROCEDURE settle() LANGUAGE plpgsql AS $$
  DECLARE mine xid8 := pg_current_xact_id();
  BEGIN
    COMMIT;
    WHILE pg_snapshot_xmin(pg_current_snapshot()) <= mine LOOP PERFORM pg_sleep(0.01); COMMIT; END LOOP;
  END $$;
CREATE FUNCTION forms(model text, alias text) RETURNS TABLE (form text, reads text, ids text) LANGUAGE sql AS $$
  SELECT f, reads(model, o), (SELECT string_agg(d ->> 'id' || coalesce(':' || (d ->> 'c'), ''), ' ') FROM assoc.find(model, o) d)
  FROM (VALUES ('count', '{"attributes": ["id", {"count": "A", "as": "c"}]}'), ('order',
    '{"attributes": ["id"], "order": [{"by": {"count": "A"}}]}'),
    ('all of', '{"attributes": ["id"], "where": {"A": {"allOf": [1]}}}'), ('all of many',
      '{"attributes": ["id"], "where": {"A": {"allOf": [1, 1, 1, 1, 1, 1, 1, 1, 1]}}}'),
    ('some', '{"where": {"A": {"some": {}}}}'), ('none', '{"where": {"A": {"none": {}}}}'),
    ('count 1', '{"where": {"A": {"count": {"gte": 1}}}}'), ('count 2',
      '{"where": {"A": {"count": {"gte": 2}}}, "order": ["id"], "limit": 9}'),
    ('required', '{"attributes": ["id"], "include": [{"association": "A", "attributes": [], "required": true}]}')) v (f, t),
      LATERAL (SELECT replace(t, 'A', alias)::jsonb) x (o) $$;
CREATE FUNCTION o(options text, alias text) RETURNS jsonb LANGUAGE sql AS $$ SELECT replace(options, 'A', alias)::jsonb $$;
CALL settle();
SELECT * FROM forms('person', 'clubs');
SELECT * FROM forms('note', 'club') WHERE form IN ('some', 'none');
SELECT reads('note', '{"where": {"club": null}}'), assoc.find_all('note', '{"attributes": ["id"], "where": {"club": null}}');
-- a condition that nothing fulfils asks something, too, and one of a link that is not there is an error
SELECT alias, assoc.count(model, o('{"where": {"A": {"some": {"or": []}}}}', alias)) AS some, assoc.count(model,
    o('{"where": {"A": {"none": {"or": []}}}}', alias)) = assoc.count(model, '{}') AS none_of_all,
    (SELECT string_agg(DISTINCT d ->> 'h', ' ')
    FROM assoc.find(model, o('{"attributes": [{"has": "A", "where": {"not": {}}, "as": "h"}]}', alias)) d) AS has
  FROM (VALUES ('note', 'club'), ('person', 'clubs'), ('club', 'people')) v (model, alias);
SELECT assoc.count('note', '{"where": {"club": {"some": {"through": {"role": "guest"}}}}}');
SELECT assoc.destroy('note', '{"where": {"club": {"some": {"or": []}}}}');
SELECT assoc.count_of('person', 1, 'clubs'), assoc.count_of('club', 1, 'people', '{"where": {"through": {"role": "guest"}}}'),
  assoc.count_of('person', 1, 'clubs', '{"where": {"open": true}}');
-- what is about the link needs the join table only, what is about the target its table
SELECT reads('person', w), assoc.find_all('person', w) FROM (VALUES
  ('{"attributes": ["id"], "where": {"clubs": {"some": {"through": {"role": "admin"}}}}}'::jsonb),
  ('{"attributes": ["id"], "where": {"clubs": {"none": {"or": [{"through": {"role": "admin"}},
    {"not": {"through": {"role": "guest"}}}]}}}}'),
  ('{"attributes": ["id"], "where": {"clubs": {"some": {"or": [{"through": {"role": "admin"}}, {"open": false}]}}}}'),
  ('{"attributes": ["id"], "where": {"clubs": {"every": {"through": {"role": "admin"}}}}}'),
  ('{"attributes": ["id"], "where": {"clubs": {"count": {"where": {"through": {"role": "guest"}}, "lt": 1}}}}'),
  ('{"attributes": ["id", {"max": ["clubs", "through", "role"], "as": "m"}, {"count": "clubs", "where": {"through": {"role": "guest"}},
    "as": "c"}]}'),
  ('{"attributes": ["id", {"max": ["clubs", "name"], "as": "m"}]}'),
  ('{"attributes": ["id"], "include": [{"association": "clubs", "attributes": [], "required": true, "include": [{"association": "notes",
    "attributes": [], "required": true}]}]}')) v (w);

-- a foreign key that does not prove it, or no more
ALTER TABLE member ALTER CONSTRAINT to_club DEFERRABLE;
CALL settle();
SELECT reads FROM forms('person', 'clubs') GROUP BY 1;
BEGIN;
SET CONSTRAINTS ALL DEFERRED;
INSERT INTO member VALUES (4, 99, 'ghost');
SELECT assoc.count_of('person', 4, 'clubs'), assoc.find_all('person', '{"attributes": ["id"], "where": {"clubs": {"none": {}}}}');
ROLLBACK;
ALTER TABLE member DROP CONSTRAINT to_club;
INSERT INTO member VALUES (4, 99, 'ghost');
SELECT * FROM forms('person', 'clubs');
SELECT assoc.count_of('person', 4, 'clubs');
ALTER TABLE member ADD CONSTRAINT to_club FOREIGN KEY (club_id) REFERENCES club ON DELETE CASCADE NOT VALID;
CALL settle();
SELECT * FROM forms('person', 'clubs') WHERE form IN ('count', 'none');
DELETE FROM member WHERE club_id = 99;
ALTER TABLE member VALIDATE CONSTRAINT to_club;
CALL settle();
SELECT reads FROM forms('person', 'clubs') GROUP BY 1;
-- a link that points nowhere is none
ALTER TABLE member DROP CONSTRAINT member_pkey, ALTER club_id DROP NOT NULL;
INSERT INTO member VALUES (4, NULL, 'half');
CALL settle();
SELECT * FROM forms('person', 'clubs');
SELECT assoc.count_of('person', 4, 'clubs');
DELETE FROM member WHERE club_id IS NULL;
ALTER TABLE member ADD PRIMARY KEY (person_id, club_id);
-- rows of inheritance children are no rows of the foreign key
CREATE TABLE more_clubs () INHERITS (club);
INSERT INTO more_clubs VALUES (1, 'chess again', true);
CALL settle();
SELECT reads FROM forms('person', 'clubs') GROUP BY 1;
SELECT assoc.count_of('person', 1, 'clubs'), jsonb_array_length(assoc.get('person', 1, 'clubs'));
DROP TABLE more_clubs;
ANALYZE club;

-- what hides rows
BEGIN;
SELECT 1 FROM assoc.adopt('club', options => '{"defaultScope": {"where": {"open": true}}}', replace => true);
SELECT * FROM forms('person', 'clubs');
ROLLBACK;
BEGIN;
ALTER TABLE club ADD deleted_at timestamptz;
UPDATE club SET deleted_at = 'now' WHERE id = 1;
SELECT 1 FROM assoc.adopt('club', options => '{"paranoid": true}', replace => true);
SELECT * FROM forms('person', 'clubs');
SELECT assoc.count_of('person', 1, 'clubs'), assoc.count_of('person', 1, 'clubs', '{"paranoid": false}');
ROLLBACK;
BEGIN;
SELECT 1 FROM assoc.belongs_to_many('person', 'club', through => 'member', alias => 'clubs', inverse => 'people',
  options => '{"scope": {"open": true}}', replace => true);
SELECT * FROM forms('person', 'clubs');
ROLLBACK;
-- for whom row security hides rows, or who may not read them
CREATE ROLE regress_links_reader;
GRANT USAGE ON SCHEMA deparse_links TO regress_links_reader;
GRANT SELECT ON person, member, note TO regress_links_reader;
GRANT SELECT (id) ON club TO regress_links_reader;
CALL settle();
SET ROLE regress_links_reader;
SELECT reads FROM forms('person', 'clubs') GROUP BY 1;
RESET ROLE;
ALTER TABLE club ENABLE ROW LEVEL SECURITY;
CREATE POLICY open ON club USING (open);
GRANT SELECT ON club TO regress_links_reader;
CALL settle();
SELECT * FROM forms('person', 'clubs') WHERE form = 'count';
SET ROLE regress_links_reader;
SELECT * FROM forms('person', 'clubs');
SELECT assoc.count_of('person', 1, 'clubs'), assoc.find_all('note', '{"attributes": ["id"], "where": {"club": {"some": {}}}}');
RESET ROLE;
ALTER TABLE club DISABLE ROW LEVEL SECURITY;
REVOKE SELECT ON club FROM regress_links_reader;
REVOKE SELECT (id) ON club FROM regress_links_reader;
SET ROLE regress_links_reader;
SELECT assoc.count_of('person', 1, 'clubs');
SELECT assoc.find_all('person', '{"where": {"clubs": {"some": {}}}}');
RESET ROLE;

-- within a statement, triggers see what the foreign key has yet to take away
CREATE FUNCTION tell() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    RAISE WARNING '% has %, % has none', OLD.name, assoc.count_of('person', 1, 'clubs'), assoc.find_all('person',
      '{"attributes": ["id"], "where": {"clubs": {"none": {}}}}');
    RETURN NULL;
  END $$;
CREATE TRIGGER "A before those of the key" AFTER DELETE ON club FOR EACH ROW EXECUTE FUNCTION tell();
CALL settle();
SELECT assoc.count_of('person', 1, 'clubs'), assoc.find_all('person', '{"attributes": ["id"], "where": {"clubs": {"none": {}}}}');
BEGIN;
DELETE FROM club WHERE id = 1;
ROLLBACK;
SELECT reads FROM forms('person', 'clubs') GROUP BY 1;

-- a subscription of logical replication writes links, and deletes what they lead to, without a look at the key
SET allow_system_table_mods = on;
INSERT INTO pg_subscription_rel VALUES (1, 'club'::regclass, 'r');
SELECT reads FROM forms('person', 'clubs') GROUP BY 1;
DELETE FROM pg_subscription_rel WHERE srsubid = 1;
SELECT reads FROM forms('person', 'clubs') GROUP BY 1;
INSERT INTO pg_subscription_rel VALUES (1, 'member'::regclass, 'i');
SELECT reads FROM forms('person', 'clubs') GROUP BY 1;
BEGIN;
SET LOCAL session_replication_role = replica;
INSERT INTO member VALUES (4, 77);
RESET session_replication_role;
SELECT assoc.count_of('person', 4, 'clubs'), assoc.find_all('person', '{"attributes": ["id"], "where": {"clubs": {"allOf": [77]}}}');
ROLLBACK;
DELETE FROM pg_subscription_rel WHERE srsubid = 1;
RESET allow_system_table_mods;

DROP SCHEMA deparse_links CASCADE;
DROP ROLE regress_links_reader;
