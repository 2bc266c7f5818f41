-- The option "limits": so many links with a condition, at least or at most, whoever writes them.
\pset format unaligned
\pset tuples_only on
SET client_min_messages = warning;
CREATE SCHEMA li;
SET search_path = li;
SELECT assoc.define('User', '{"name": "text"}', '{"timestamps": false}') -> 'table';
SELECT assoc.define('Project', '{"title": "text"}', '{"timestamps": false, "paranoid": true}') -> 'table';
SELECT assoc.belongs_to_many('Project', 'User', through => 'Membership', alias => 'members', inverse => 'projects',
  through_attributes => '{"role": "text"}',
  options => '{"limits": [{"where": {"role": "lead"}, "min": 1, "max": 1}, {"max": 3}]}') -> 'created';
SELECT tgrelid::regclass, tgname, tgdeferrable FROM pg_trigger
  WHERE tgrelid IN ('memberships'::regclass, 'projects'::regclass) AND tgname LIKE 'keep%' ORDER BY 1, 2;
INSERT INTO users SELECT i, chr(96 + i) FROM generate_series(1, 6) i;

-- the least holds when the transaction ends, for rows that come too; the most after each statement
SELECT assoc.create('Project', '{"id": 1, "title": "x"}', '{"attributes": ["id"], "include": []}');
INSERT INTO projects VALUES (1, 'x');
SELECT assoc.create('Project', '{"id": 1, "title": "x", "members": {"connect": [{"id": 1, "through": {"role": "lead"}}, 2]}}',
  '{"attributes": ["id"], "include": []}');
SELECT assoc.remove('Project', 1, 'members', '1');
SELECT assoc.set('Project', 1, 'members', '[2, {"id": 3, "through": {"role": "lead"}}]');
SELECT assoc.add('Project', 1, 'members', '{"id": 1, "through": {"role": "lead"}}');
SELECT assoc.update_link('Project', 1, 'members', '3', '{"role": "guest"}');
UPDATE memberships SET role = NULL WHERE role = 'lead';
DELETE FROM memberships WHERE role = 'lead';
BEGIN;
UPDATE memberships SET role = NULL;
UPDATE memberships SET role = 'lead' WHERE user_id = 2;
COMMIT;
SELECT assoc.update_link('Project', 1, 'members', '[{"id": 2, "through": {"role": "guest"}}, {"id": 3, "through": {"role": "lead"}}]');
BEGIN;
SET CONSTRAINTS keep_links_least IMMEDIATE;
UPDATE memberships SET role = NULL;
ROLLBACK;
SELECT assoc.add('Project', 1, 'members', '[4, 5]');
TRUNCATE memberships;
SELECT user_id, role FROM memberships ORDER BY 1;

-- a row that is soft-deleted needs none, until it comes back; one that is gone never
SELECT assoc.destroy('Project', '{"where": {"id": 1}}') -> 'count';
DELETE FROM memberships;
SELECT assoc.restore('Project', '{"where": {"id": 1}}') -> 'count';
DELETE FROM projects;
BEGIN;
INSERT INTO projects VALUES (2, 'y');
INSERT INTO memberships VALUES (2, 1, 'lead');
COMMIT;
DELETE FROM projects;
SELECT count(*) FROM memberships;

-- of has_many, and of links of both ends; what is there must hold
CREATE TABLE tasks (id bigint PRIMARY KEY, user_id bigint REFERENCES users, done boolean);
CREATE INDEX ON tasks (user_id);
SELECT assoc.has_many('User', 'tasks', alias => 'tasks', options => '{"limits": [{"where": {"done": false}, "max": 2}]}') -> 'alias';
SELECT assoc.define('Task', '{"title": "text", "done": "boolean"}', '{"timestamps": false, "tableName": "chores"}') -> 'table';
SELECT assoc.has_many('User', 'Task', alias => 'chores', options => '{"limits": [{"where": {"done": false}, "max": 2}]}') -> 'created';
SELECT assoc.bulk_create('Task', '[{"user_id": 1, "done": false}, {"user_id": 1, "done": false}, {"user_id": 1, "done": true}]',
    '{"returning": ["id"]}');
SELECT assoc.update('Task', '{"done": false}', '{"where": {"done": true}}');
SELECT assoc.belongs_to_many('User', 'User', through => 'Friendship', alias => 'friends', through_attributes => '{"kind": "text"}',
  options => '{"symmetric": true, "limits": [{"where": {"kind": "best"}, "max": 1}]}') -> 'created';
SELECT assoc.add('User', 1, 'friends', '[2, 3]'), assoc.update_link('User', 2, 'friends', '1', '{"kind": "best"}') -> 'updated';
SELECT assoc.update_link('User', 3, 'friends', '1', '{"kind": "best"}');
SELECT assoc.belongs_to_many('User', 'User', through => 'Friendship', alias => 'friends', replace => true,
  options => '{"symmetric": true, "limits": [{"where": {"kind": "best"}, "min": 1}]}');
DELETE FROM users WHERE id > 2;
SELECT assoc.belongs_to_many('User', 'User', through => 'Friendship', alias => 'friends', replace => true,
  options => '{"symmetric": true, "limits": [{"where": {"kind": "best"}, "min": 1}]}') -> 'changed';
DELETE FROM friendships;
SELECT jsonb_path_query(assoc.describe('User'), '$.**.associations[*].limits');

-- what is refused
SELECT assoc.has_many('User', 'Task', alias => 'x', foreign_key => 'user_id', options => '{"limits": [{"where": {"don": false},
    "max": 2}]}');
SELECT assoc.has_many('User', 'Task', alias => 'x', foreign_key => 'user_id',
    options => '{"limits": [{"where": {"done": {"ne": true}}, "max": 2}]}');
SELECT assoc.has_many('User', 'Task', alias => 'x', foreign_key => 'user_id', options => '{"limits": [{"where": null, "max": 1}]}');
SELECT assoc.has_many('User', 'Task', alias => 'x', foreign_key => 'user_id', options => '{"limits": [{"where": {"done": true}}]}');
SELECT assoc.has_many('User', 'Task', alias => 'x', foreign_key => 'user_id', options => '{"limits": [{"maximum": 1}]}');
SELECT assoc.has_many('User', 'Task', alias => 'x', foreign_key => 'user_id', options => '{"limits": [{"max": 0}]}');
SELECT assoc.has_many('User', 'Task', alias => 'x', foreign_key => 'user_id', options => '{"limits": [{"min": 3, "max": 2}]}');
SELECT assoc.has_many('User', 'Task', alias => 'x', foreign_key => 'user_id', options => '{"limits": [{"min": 1}],
    "onDestroy": "CASCADE"}');
SELECT assoc.has_one('User', 'Task', alias => 'x', foreign_key => 'user_id', options => '{"limits": [{"min": 1}]}');
SELECT assoc.has_many('User', 'tasks', alias => 'tasks', options => '{"limits": [{"min": 1}]}') -> 'alias';

-- a trigger that is lost; without the extension
SELECT * FROM assoc.check('li');
DROP TRIGGER keep_links_least ON memberships;
DROP TRIGGER keep_links_begun ON projects;
SELECT object, problem, fix FROM assoc.check('li');
SELECT assoc.sync('li');
SELECT * FROM assoc.check('li');
INSERT INTO projects VALUES (3, 'z');
SELECT count(*) FROM assoc.detach('li');
INSERT INTO projects VALUES (3, 'z');
BEGIN;
INSERT INTO projects VALUES (3, 'z');
INSERT INTO memberships VALUES (3, 1, 'lead');
COMMIT;
DELETE FROM memberships;
INSERT INTO memberships VALUES (3, 2, 'lead');
SELECT assoc.drop_association('Project', 'members') -> 'associations';
SELECT tgname FROM pg_trigger WHERE tgrelid IN ('memberships'::regclass, 'projects'::regclass) AND tgname LIKE 'keep%';
DROP SCHEMA li CASCADE;

-- whoever writes; a partition's rows are its table's; at random beside plain SQL
CREATE ROLE li_owner;
CREATE ROLE li_writer;
CREATE SCHEMA li AUTHORIZATION li_owner;
GRANT USAGE ON SCHEMA li TO li_writer;
SET ROLE li_owner;
SET search_path = li;
CREATE TABLE teams (id bigint PRIMARY KEY);
CREATE TABLE seats (team_id bigint NOT NULL REFERENCES teams ON DELETE CASCADE, place bigint NOT NULL, captain boolean NOT NULL,
  PRIMARY KEY (team_id, place)) PARTITION BY HASH (team_id);
CREATE TABLE seats_0 PARTITION OF seats FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE seats_1 PARTITION OF seats FOR VALUES WITH (MODULUS 2, REMAINDER 1);
SELECT assoc.has_many('teams', 'seats', alias => 'seats', foreign_key => 'team_id', options => '{"accessors": false,
  "limits": [{"where": {"captain": true}, "min": 1, "max": 2}]}');
CREATE TRIGGER keep_links_insert AFTER INSERT ON seats REFERENCING NEW TABLE AS kept_new
  FOR EACH STATEMENT EXECUTE FUNCTION assoc.keep_links();
CREATE TRIGGER keep_links_update AFTER UPDATE ON seats REFERENCING OLD TABLE AS kept_old NEW TABLE AS kept_new
  FOR EACH STATEMENT EXECUTE FUNCTION assoc.keep_links();
CREATE TRIGGER keep_links_delete AFTER DELETE ON seats REFERENCING OLD TABLE AS kept_old
  FOR EACH STATEMENT EXECUTE FUNCTION assoc.keep_links();
CREATE TRIGGER keep_links_truncate AFTER TRUNCATE ON seats FOR EACH STATEMENT EXECUTE FUNCTION assoc.keep_links();
SELECT assoc.has_many('teams', 'seats', alias => 'seats', foreign_key => 'team_id', options => '{"accessors": false,
  "limits": [{"where": {"captain": true}, "min": 1, "max": 2}]}');
CREATE CONSTRAINT TRIGGER keep_links_least AFTER UPDATE OR DELETE ON seats DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW EXECUTE FUNCTION assoc.keep_links();
CREATE CONSTRAINT TRIGGER keep_links_begun AFTER INSERT ON teams DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW EXECUTE FUNCTION assoc.keep_links();
SELECT assoc.has_many('teams', 'seats', alias => 'seats', foreign_key => 'team_id', options => '{"accessors": false,
  "limits": [{"where": {"captain": true}, "min": 1, "max": 2}]}') -> 'changed';
GRANT SELECT, INSERT, UPDATE, DELETE ON teams, seats TO li_writer;
SET ROLE li_writer;
BEGIN;
INSERT INTO teams SELECT generate_series(1, 4);
INSERT INTO seats SELECT t, p, p = 1 FROM generate_series(1, 4) t, generate_series(1, 3) p;
COMMIT;
CREATE FUNCTION pg_temp.at_random(rounds integer) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  n bigint := 815; refused integer := 0; done integer := 0; fits boolean; statement text;
BEGIN
  FOR round IN 1 .. rounds LOOP
    n := (n * 1103515245 + 12345) % 2147483648;
    statement := CASE (n >> 8) % 4
      WHEN 0 THEN format('UPDATE seats SET captain = NOT captain WHERE place = %s AND team_id <= %s', 1 + (n >> 12) % 3,
    1 + (n >> 16) % 4)
      WHEN 1 THEN format('DELETE FROM seats WHERE team_id = %s AND place = %s', 1 + (n >> 12) % 4, 1 + (n >> 16) % 4)
      WHEN 2 THEN format('INSERT INTO seats VALUES (%s, %s, %L) ON CONFLICT DO NOTHING', 1 + (n >> 12) % 4, 1 + (n >> 16) % 4,
    (n >> 20) % 2 = 0)
      ELSE format('UPDATE seats SET team_id = %s WHERE team_id = %s AND place = 3', 1 + (n >> 12) % 4, 1 + (n >> 16) % 4) END;
    fits := NULL;
    BEGIN
      EXECUTE statement;
      -- what plain SQL says of it, before the triggers for rows do
      SELECT bool_and((SELECT count(*) FROM seats s WHERE s.team_id = t.id AND captain) BETWEEN 1 AND 2) INTO fits FROM teams t;
      SET CONSTRAINTS ALL IMMEDIATE;
      SET CONSTRAINTS ALL DEFERRED;
      done := done + 1;
      IF NOT fits THEN
        RAISE EXCEPTION 'round %: % was not refused', round, statement;
      END IF;
    EXCEPTION WHEN check_violation THEN
      refused := refused + 1;
      IF fits THEN
        RAISE EXCEPTION 'round %: % was refused: %', round, statement, SQLERRM;
      END IF;
    WHEN unique_violation THEN
      NULL;
    END;
  END LOOP;
  RETURN done > 20 AND refused > 20;
END $$;
SET jit = off;
SELECT pg_temp.at_random(200);
SELECT bool_and((SELECT count(*) FROM seats s WHERE s.team_id = t.id AND captain) BETWEEN 1 AND 2) FROM teams t;
DROP FUNCTION pg_temp.at_random(integer);
RESET ROLE;
SELECT problem FROM assoc.check('li');

-- a limit on links with a value of a column that is gone is none, where it was on some links it is never on all
SELECT assoc.define('Box', '{"name": "text"}', '{"timestamps": false}') -> 'table';
SELECT assoc.define('Item', '{"kind": "text"}', '{"timestamps": false}') -> 'table';
SELECT assoc.has_many('Box', 'Item', alias => 'items',
  options => '{"limits": [{"where": {"kind": "lid"}, "max": 1}, {"max": 3}]}') -> 'alias';
INSERT INTO boxes (id) VALUES (1);
ALTER TABLE items DROP COLUMN kind;
INSERT INTO items (box_id) VALUES (1), (1), (1);
INSERT INTO items (box_id) VALUES (1);
SELECT problem, fix FROM assoc.check('li');
SELECT assoc.sync('li');
SELECT assoc.define('Lid', '{"kind": "text"}', '{"timestamps": false}') -> 'table';
SELECT assoc.has_many('Box', 'Lid', alias => 'lids', options => '{"scope": {"kind": "x"}, "max": 1}') -> 'alias';
ALTER TABLE lids DROP COLUMN kind;
INSERT INTO lids (box_id) VALUES (1), (1);
-- somebody else's trigger under the name of one of ours stays
CREATE FUNCTION mine() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
CREATE TRIGGER keep_links_least AFTER DELETE ON lids FOR EACH ROW EXECUTE FUNCTION mine();
SELECT assoc.drop_association('Box', 'lids') -> 'alias';
SELECT tgname, tgfoid::regproc FROM pg_trigger WHERE tgrelid = 'lids'::regclass AND NOT tgisinternal;
DROP SCHEMA li CASCADE;
DROP ROLE li_owner, li_writer;
