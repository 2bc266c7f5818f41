-- merge: one row takes over all that refers to another
CREATE SCHEMA merging;
SET search_path = merging;
CREATE TABLE users (id int PRIMARY KEY, name text, email text UNIQUE, phone text, boss_id int REFERENCES users);
CREATE TABLE projects (id int PRIMARY KEY);
CREATE TABLE member (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, user_id int NOT NULL REFERENCES users ON DELETE CASCADE,
  project_id int NOT NULL REFERENCES projects, role text, note text, UNIQUE (user_id, project_id));
CREATE INDEX ON member (project_id);
CREATE TABLE badge (id int PRIMARY KEY, member_id int REFERENCES member ON DELETE CASCADE, kind text, UNIQUE (member_id, kind));
CREATE TABLE task (id int PRIMARY KEY, user_id int REFERENCES users);
CREATE INDEX ON task (user_id);
CREATE TABLE profile (id int PRIMARY KEY, user_id int UNIQUE REFERENCES users, bio text, city text);
CREATE TABLE friend (a int REFERENCES users, b int REFERENCES users, since date, PRIMARY KEY (a, b));
CREATE INDEX ON friend (b);
CREATE TABLE tag (id text PRIMARY KEY);
CREATE TABLE tagging (tag text, item int, type text, PRIMARY KEY (tag, item, type));
CREATE INDEX ON tagging (item);
CREATE TABLE audit (u int REFERENCES users);
CREATE TABLE seat (user_id int REFERENCES users, room text, left_at date);
CREATE UNIQUE INDEX ON seat (user_id, room) WHERE left_at IS NULL;
CREATE FUNCTION fill() RETURNS void LANGUAGE sql AS $$
  INSERT INTO users VALUES (1, 'a', NULL, '1', 2), (2, 'b', 'b@x', '2', 1), (3, 'c', NULL, NULL, 2);
  INSERT INTO projects VALUES (1), (2), (3);
  INSERT INTO member (user_id, project_id, role, note) VALUES (1, 1, 'dev', NULL), (2, 1, 'admin', 'n'), (2, 2, 'x', NULL), (3, 3, 'y',
    NULL);
  INSERT INTO badge VALUES (1, 1, 'gold'), (2, 2, 'gold'), (3, 2, 'silver'), (4, 3, 'z');
  INSERT INTO task VALUES (1, 1), (2, 2), (3, 2);
  INSERT INTO profile VALUES (1, 1, 'one', NULL), (2, 2, 'two', 'Rome');
  INSERT INTO friend VALUES (1, 2, '2020-01-01'), (2, 1, NULL), (2, 3, NULL), (3, 1, NULL), (3, 2, '2021-01-01');
  INSERT INTO tag VALUES ('red'), ('blue');
  INSERT INTO tagging VALUES ('red', 1, 'user'), ('red', 2, 'user'), ('blue', 2, 'user'), ('blue', 2, 'post');
  INSERT INTO audit VALUES (2), (1);
  INSERT INTO seat VALUES (1, 'x', NULL), (2, 'x', NULL), (2, 'x', '2020-01-01'), (2, 'y', NULL) $$;
SELECT fill();
SELECT assoc.belongs_to_many('users', 'projects', through => 'member', alias => 'projects', inverse => 'users') -> 'alias' AS alias;
SELECT assoc.has_many('users', 'task', foreign_key => 'user_id', alias => 'tasks', inverse => 'user') -> 'alias' AS alias;
SELECT assoc.has_one('users', 'profile', foreign_key => 'user_id', alias => 'profile') -> 'alias' AS alias;
SELECT assoc.belongs_to_many('users', 'users', through => 'friend', foreign_key => 'a', other_key => 'b', alias => 'friends',
  inverse => 'friended') -> 'alias' AS alias;
SELECT assoc.belongs_to_many('users', 'tag', through => 'tagging', foreign_key => 'item', other_key => 'tag', alias => 'tags',
  options => '{"constraints": false, "through": {"scope": {"type": "user"}}}') -> 'alias' AS alias;

-- a dry run says the same as the call, and does nothing
CREATE TABLE told AS SELECT assoc.merge('users', 2, 1, '{"dry_run": true}') AS report;
SELECT count(*) AS users, (SELECT count(*) FROM member) AS members, (SELECT count(*) FROM badge) AS badges FROM users;
SELECT report -> 'deleted' AS deleted, report -> 'dry_run' AS dry_run FROM told;
SELECT r ->> 'model' AS model, r ->> 'columns' AS columns, r ->> 'moved' AS moved, r ->> 'removed' AS removed, r ->> 'cleared' AS cleared,
  r -> 'associations' AS associations
  FROM told, jsonb_array_elements(report -> 'references') r;
SELECT r ->> 'model' AS model, r ->> 'columns' AS columns, r -> 'merged' AS merged FROM told, jsonb_array_elements(report -> 'references') r
  WHERE r -> 'merged' <> '[]';
SELECT assoc.merge('users', 2, 1, '{"fill": ["email", "phone"]}') - 'dry_run' = (SELECT report - 'dry_run' FROM told) AS as_told;
SELECT * FROM users ORDER BY id;
SELECT * FROM member ORDER BY id;
SELECT * FROM badge ORDER BY id;
SELECT * FROM task ORDER BY id;
SELECT * FROM profile ORDER BY id;
SELECT * FROM friend ORDER BY a, b;
SELECT * FROM tagging ORDER BY tag, item, type;
SELECT * FROM audit;
SELECT * FROM seat ORDER BY room, left_at;

-- the row itself may stay; keys as text
SELECT assoc.merge('users', '1', '3', '{"delete": false}') -> 'deleted' AS deleted;
SELECT u.id, (SELECT count(*) FROM task WHERE user_id = u.id) AS tasks, (SELECT count(*) FROM member WHERE user_id = u.id) AS members
  FROM users u ORDER BY id;
SELECT assoc.merge('users', 1, 3) -> 'references' AS nothing_is_left;

-- soft-deleted: links come back where the other one is live; the row is marked
CREATE TABLE club (id int PRIMARY KEY, deleted_at timestamptz);
CREATE TABLE fan (id int PRIMARY KEY);
CREATE TABLE support (club_id int REFERENCES club, fan_id int REFERENCES fan, note text, deleted_at timestamptz, PRIMARY KEY (club_id,
  fan_id));
CREATE INDEX ON support (fan_id);
SELECT assoc.adopt('club', options => '{"paranoid": true}') IS NOT NULL AS adopted, assoc.adopt('support',
  options => '{"paranoid": true}') IS NOT NULL AS adopted;
SELECT assoc.belongs_to_many('club', 'fan', through => 'support', alias => 'fans') -> 'alias' AS alias;
INSERT INTO club VALUES (1, NULL), (2, NULL), (3, '2020-01-01');
INSERT INTO fan VALUES (1), (2), (3);
INSERT INTO support VALUES (1, 1, 'old', '2020-01-01'), (2, 1, 'new', NULL), (1, 2, 'live', NULL), (2, 2, 'gone', '2020-01-01'), (2, 3,
  'moved', '2020-01-01');
SELECT assoc.merge('club', 2, 1) #> '{references,0,merged}' AS merged;
SELECT club_id, fan_id, note, deleted_at IS NOT NULL AS deleted FROM support ORDER BY 1, 2;
SELECT id, deleted_at IS NOT NULL AS deleted FROM club ORDER BY id;
SELECT assoc.merge('club', 2, 1);
SELECT assoc.merge('club', 1, 3);

-- keys of several columns: nothing changes its tenant
CREATE TABLE token (tenant int, id int, PRIMARY KEY (tenant, id));
CREATE TABLE place (tenant int, id int, token_id int, PRIMARY KEY (tenant, id), FOREIGN KEY (tenant, token_id) REFERENCES token);
INSERT INTO token VALUES (1, 1), (1, 2), (2, 1);
INSERT INTO place VALUES (1, 1, 1), (2, 1, 1);
SELECT assoc.adopt('token') IS NOT NULL AS adopted;
SELECT assoc.merge('token', '{"tenant": 1, "id": 1}', '{"tenant": 1, "id": 2}');
SELECT assoc.merge('token', '{"tenant": 1, "id": 2}', '{"tenant": 2, "id": 1}');
SELECT * FROM place ORDER BY 1;

-- mistakes; rights are those of plain SQL
SELECT assoc.merge('users', 3, 3);
SELECT assoc.merge('users', 3, 9);
SELECT assoc.merge('users', 3, NULL::int);
SELECT assoc.merge('users', 3, 9, '{"dryrun": true}');
SELECT assoc.merge('users', 3, 9, '{"fill": ["mail"]}');
TRUNCATE users, projects, member, badge, task, profile, friend, tag, tagging, audit, seat RESTART IDENTITY;
SELECT fill();
CREATE ROLE merging_clerk;
GRANT USAGE ON SCHEMA merging TO merging_clerk;
GRANT SELECT, UPDATE, DELETE ON users, member, badge, task, profile, friend, tagging, seat TO merging_clerk;
SET ROLE merging_clerk;
SELECT assoc.merge('users', 2, 1);
RESET ROLE;
GRANT SELECT, UPDATE, DELETE ON audit TO merging_clerk;
SET ROLE merging_clerk;
SELECT assoc.merge('users', 2, 1) -> 'deleted' AS deleted;
RESET ROLE;
SELECT count(*) FROM users;
-- where one row only may point at a row of its own table, the row that goes is not in the way, and no other row goes in its place
CREATE TABLE duels (id int PRIMARY KEY, best int UNIQUE REFERENCES duels);
SELECT assoc.adopt('duels', 'Duel') -> 'model', assoc.belongs_to('Duel', 'Duel', foreign_key => 'best', alias => 'rival') -> 'alias';
INSERT INTO duels VALUES (1, NULL), (2, 1), (3, 2);
BEGIN;
SELECT assoc.merge('Duel', 2, 1);
SELECT * FROM duels ORDER BY id;
ROLLBACK;
BEGIN;
SELECT assoc.merge('Duel', 2, 1, '{"delete": false}') -> 'deleted';
SELECT * FROM duels ORDER BY id;
ROLLBACK;
-- in a ring
BEGIN;
UPDATE duels SET best = 3 WHERE id = 1;
SELECT assoc.merge('Duel', 2, 1);
SELECT * FROM duels ORDER BY id;
ROLLBACK;
-- one that points at itself is not merged into who points at the row that stays
BEGIN;
UPDATE duels SET best = NULL;
UPDATE duels SET best = 2 WHERE id = 2;
UPDATE duels SET best = 1 WHERE id = 3;
SELECT assoc.merge('Duel', 2, 1);
SELECT * FROM duels ORDER BY id;
ROLLBACK;
-- not null, it cannot give way: an error, and no row is lost
BEGIN;
UPDATE duels SET best = 3 WHERE id = 1;
ALTER TABLE duels ALTER best SET NOT NULL;
SELECT assoc.merge('Duel', 2, 1);
ROLLBACK;
SELECT * FROM duels ORDER BY id;
-- rows that a partial key leaves out stay, whatever their values in its columns
CREATE TABLE booking (id int PRIMARY KEY, user_id int REFERENCES users, kind text, live boolean, note text);
CREATE UNIQUE INDEX ON booking (user_id, kind) WHERE live;
CREATE INDEX ON booking (user_id);
BEGIN;
INSERT INTO users (id) VALUES (901), (902);
INSERT INTO booking VALUES (1, 901, 'k', true, 'filled'), (2, 901, 'k', false, 'old'), (3, 902, 'k', true, NULL), (4, 902, 'k', false,
  NULL),
  (5, 901, 'k', false, 'older');
SELECT assoc.merge('users', 901, 902) -> 'references';
SELECT * FROM booking ORDER BY id;
ROLLBACK;
-- a key may hold nulls to be equal
CREATE TABLE shelf (id int PRIMARY KEY, user_id int REFERENCES users, slot int, note text, UNIQUE NULLS NOT DISTINCT (user_id, slot));
BEGIN;
INSERT INTO users (id) VALUES (901), (902);
INSERT INTO shelf VALUES (1, 901, NULL, 'filled'), (2, 902, NULL, NULL), (3, 901, 1, 'moves');
SELECT assoc.merge('users', 901, 902) -> 'references';
SELECT * FROM shelf ORDER BY id;
ROLLBACK;
-- a link of the row that goes to itself is none between the two: it becomes one of the row that stays to itself
BEGIN;
INSERT INTO users (id) VALUES (901), (902);
INSERT INTO friend VALUES (901, 901, '2020-01-01'), (901, 902, NULL), (902, 902, NULL);
SELECT assoc.merge('users', 901, 902) -> 'references';
SELECT * FROM friend WHERE a > 900;
ROLLBACK;
-- rows of one table that refer to each other in a circle, each by a key that leaves room for one: couples, and one that is its own
CREATE TABLE couple (id int PRIMARY KEY, name text, partner int UNIQUE REFERENCES couple);
SELECT assoc.adopt('couple', 'Person') ->> 'model' AS model;
BEGIN;
INSERT INTO couple VALUES (1, NULL, 2), (2, 'b', 1), (3, 'c', 4), (4, NULL, 3);
SELECT assoc.merge('Person', 1, 3) -> 'references';
SELECT * FROM couple ORDER BY id;
ROLLBACK;
BEGIN;
INSERT INTO couple VALUES (1, 'a', 2), (2, 'b', 1), (3, 'c', 3);
SELECT assoc.merge('Person', 1, 3) -> 'references';
SELECT * FROM couple ORDER BY id;
ROLLBACK;
BEGIN;
INSERT INTO couple VALUES (2, 'b', 2), (1, 'a', NULL), (3, 'c', 1);
SELECT assoc.merge('Person', 1, 2) -> 'references';
SELECT * FROM couple ORDER BY id;
ROLLBACK;
-- who does not see all rows that refer to one would lose what he does not see
CREATE TABLE kept (id int PRIMARY KEY, user_id int REFERENCES users ON DELETE CASCADE, v int);
CREATE INDEX ON kept (user_id);
ALTER TABLE kept ENABLE ROW LEVEL SECURITY;
CREATE POLICY visible ON kept USING (v > 5);
CREATE ROLE merging_blind;
GRANT USAGE ON SCHEMA merging TO merging_blind;
GRANT ALL ON ALL TABLES IN SCHEMA merging TO merging_blind;
BEGIN;
INSERT INTO users (id) VALUES (901), (902);
INSERT INTO kept VALUES (1, 901, 9), (2, 901, 1);
SET LOCAL ROLE merging_blind;
SAVEPOINT s;
SELECT assoc.merge('users', 901, 902);
ROLLBACK TO s;
SELECT assoc.merge('users', 901, 902, '{"delete": false}') IS NOT NULL;
RESET ROLE;
SELECT * FROM kept ORDER BY id;
ROLLBACK;
DROP OWNED BY merging_blind;
DROP ROLE merging_blind;
-- nor is a position filled from the other row's
CREATE TABLE boards (id int PRIMARY KEY);
CREATE TABLE marks (id int PRIMARY KEY);
CREATE TABLE board_marks (board_id int REFERENCES boards, mark_id int REFERENCES marks, note text, place int,
  PRIMARY KEY (board_id, mark_id), UNIQUE (board_id, place) DEFERRABLE INITIALLY DEFERRED);
CREATE INDEX ON board_marks (mark_id);
INSERT INTO boards VALUES (1), (2);
INSERT INTO marks VALUES (1), (2), (3);
INSERT INTO board_marks VALUES (1, 2, 'b', 1), (2, 2, NULL, NULL), (2, 3, 'd', 1);
SELECT assoc.belongs_to_many('boards', 'marks', through => 'board_marks', options => '{"position": "place"}') ->> 'alias' AS alias;
SELECT assoc.merge('boards', 1, 2) ->> 'deleted' AS deleted;
SELECT * FROM board_marks ORDER BY board_id, place;
SET client_min_messages = warning;
DROP SCHEMA merging CASCADE;
DROP ROLE merging_clerk;
