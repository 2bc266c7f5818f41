-- which row of a join table one link is: several associations can have links there
CREATE SCHEMA identity;
SET search_path = identity;

-- labels of posts and videos: the scope is part of the key of a table that is made
SELECT count(assoc.define(m, '{"n": "text"}', '{"timestamps": false}')) FROM unnest(ARRAY['Label', 'Post', 'Video']) m;
SELECT assoc.belongs_to_many('Post', 'Label', through => 'Labeling', foreign_key => 'item_id', other_key => 'label_id',
  alias => 'labels', inverse => 'posts', through_attributes => '{"item_type": "text"}',
  options => '{"constraints": false, "through": {"scope": {"item_type": "post"}}}') -> 'created' AS created;
SELECT assoc.belongs_to_many('Video', 'Label', through => 'Labeling', foreign_key => 'item_id', other_key => 'label_id',
  alias => 'labels', inverse => 'videos',
  options => '{"constraints": false, "through": {"scope": {"item_type": "video"}}}') -> 'created' AS created;
SELECT assoc.belongs_to_many('Post', 'Label', through => 'Labeling', foreign_key => 'item_id', other_key => 'label_id',
  alias => 'labels', inverse => 'posts', through_attributes => '{"item_type": "text"}',
  options => '{"constraints": false, "through": {"scope": {"item_type": "post"}}}') -> 'created' AS again;
SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = 'labelings'::regclass AND contype <> 'n';
INSERT INTO labels (n) VALUES ('red'), ('blue');
INSERT INTO posts (n) VALUES ('p');
INSERT INTO videos (n) VALUES ('v');
SELECT assoc.add('Post', 1, 'labels', '[1]'), assoc.add('Video', 1, 'labels', '[1, 2]');
SELECT assoc.add('Post', 1, 'labels', '[1]'), assoc.set('Video', 1, 'labels', '[1]');
SELECT assoc.toggle('Video', 1, 'labels', '[1]'), assoc.has('Post', 1, 'labels', '[1]'), assoc.has('Video', 1, 'labels', '[1]');
SELECT label_add_videos(1, '{1}'), label_set_posts(1, '{1}');
SELECT assoc.set_many('Video', 'labels', '[{"id": 1, "labels": [1, 2]}]');
SELECT assoc.create('Video', '{"n": "w", "labels": {"connect": [1]}}', '{"attributes": ["id"]}');
SELECT assoc.update('Post', '{"labels": {"connect": [2]}}', '{"where": {"id": 1}, "returning": false}');
SELECT assoc.create_in('Video', 1, 'labels', '{"n": "green"}') -> 'n' AS n;
SELECT assoc.move('Video', 1, 'labels', '[1]', 2);
SELECT * FROM labelings ORDER BY item_type, item_id, label_id;
SELECT assoc.get('Post', 1, 'labels') @> '[{"n": "red"}, {"n": "blue"}]' AS kept;

-- a model that was defined first, with that key; and one whose id gives way to it
SELECT assoc.define('Mark', '{"item_id": {"type": "bigint", "primaryKey": true}, "label_id": {"type": "bigint", "primaryKey": true},
  "item_type": {"type": "text", "primaryKey": true}}', '{"timestamps": false}') IS NOT NULL AS defined;
SELECT assoc.define('Tagging', '{"item_type": "text"}', '{"timestamps": false}') IS NOT NULL AS defined;
SELECT assoc.belongs_to_many('Post', 'Label', through => t, foreign_key => 'item_id', other_key => 'label_id', alias => a,
  options => '{"constraints": false, "through": {"scope": {"item_type": "post"}}}') -> 'alias' AS alias
  FROM (VALUES ('Mark', 'marks'), ('Tagging', 'tags')) v (t, a);
SELECT conrelid::regclass, pg_get_constraintdef(oid) FROM pg_constraint
  WHERE conrelid IN ('marks'::regclass, 'taggings'::regclass) AND contype <> 'n' ORDER BY conrelid::regclass::text;

-- a lost key comes back over the same columns
ALTER TABLE labelings DROP CONSTRAINT labelings_pkey;
SELECT problem, fix FROM assoc.check('identity') WHERE severity = 'error';
SELECT s AS statement FROM assoc.sync('identity') s WHERE s LIKE '%PRIMARY KEY%';
SELECT count(*) FROM assoc.check('identity') WHERE severity = 'error';

-- tables of other people: the key over the pair and its type; keys of some rows only
CREATE TABLE emps (id int PRIMARY KEY);
CREATE TABLE deps (id int PRIMARY KEY);
INSERT INTO emps VALUES (1), (2);
INSERT INTO deps VALUES (1), (2);
CREATE TABLE labelables (dep_id int REFERENCES deps, emp_id int REFERENCES emps, kind varchar(9), PRIMARY KEY (dep_id, emp_id, kind));
CREATE INDEX ON labelables (emp_id);
CREATE TABLE jobs (emp_id int REFERENCES emps, dep_id int REFERENCES deps, until date, role varchar(9), main boolean);
CREATE INDEX ON jobs (emp_id);
CREATE INDEX ON jobs (dep_id);
SELECT assoc.belongs_to_many('emps', 'deps', through => 'labelables', alias => 'plain');
SELECT assoc.belongs_to_many('emps', 'deps', through => 'labelables', alias => 'kinds',
  options => '{"through": {"scope": {"kind": "a"}}}') -> 'alias' AS alias;
SELECT assoc.belongs_to_many('emps', 'deps', through => 'jobs', alias => 'current', options => '{"through": {"scope": {"until": null}}}');
CREATE UNIQUE INDEX now_one ON jobs (emp_id, dep_id) WHERE until IS NULL;
CREATE UNIQUE INDEX role_one ON jobs (emp_id, dep_id) WHERE role = 'boss' AND main;
SELECT assoc.belongs_to_many('emps', 'deps', through => 'jobs', alias => 'jobs');
SELECT assoc.belongs_to_many('emps', 'deps', through => 'jobs', alias => 'bosses', options => '{"through": {"scope": {"role": "boss"}}}');
SELECT assoc.belongs_to_many('emps', 'deps', through => 'jobs', alias => v.alias,
  options => jsonb_build_object('through', jsonb_build_object('scope', v.scope))) -> 'alias' AS alias
  FROM (VALUES ('current', '{"until": null}'::jsonb), ('main', '{"role": "boss", "main": true}')) v (alias, scope);
SELECT * FROM assoc.check('identity') WHERE severity = 'error';
BEGIN;
DROP INDEX now_one, role_one;
SELECT problem, fix FROM assoc.check('identity') WHERE severity = 'error';
ROLLBACK;
INSERT INTO jobs VALUES (1, 1, '2020-01-01'), (1, 1, '2020-02-01');
INSERT INTO labelables VALUES (1, 1, 'b');
SELECT assoc.add('emps', 1, 'current', '[1, 2]'), assoc.add('emps', 1, 'current', '[1, 2]');
SELECT assoc.remove('emps', 1, 'current', '[2]'), assoc.add('emps', 1, 'current', '2', '{"role": "boss"}');
SELECT assoc.add('emps', 1, 'kinds', '[1]'), assoc.set('emps', 1, 'kinds', '[2]');
SELECT assoc.add('emps', 2, 'main', '[1, 2]', '{"until": "2021-01-01"}'), assoc.add('emps', 2, 'main', '1');
SELECT * FROM jobs ORDER BY 1, 2, 3;
SELECT * FROM labelables ORDER BY 1, 2, 3;

-- where the pair alone is unique, a link outside the scope is in the way, and stays
CREATE TABLE members (emp_id int REFERENCES emps, dep_id int REFERENCES deps, role text, note text, PRIMARY KEY (emp_id, dep_id));
CREATE INDEX ON members (dep_id);
SELECT assoc.belongs_to_many('emps', 'deps', through => 'members', alias => 'admin_of',
  options => '{"through": {"scope": {"role": "admin"}}}') -> 'alias' AS alias;
INSERT INTO members VALUES (1, 1, 'admin', 'keep1'), (2, 1, 'viewer', 'keep2'), (2, 2, NULL, NULL);
SELECT assoc.add('emps', 2, 'admin_of', '[1]');
\set VERBOSITY sqlstate
SELECT assoc.add('emps', 2, 'admin_of', '[1]');
\set VERBOSITY terse
SELECT assoc.add('emps', 2, 'admin_of', '[1, 2]');
SELECT assoc.set('emps', 2, 'admin_of', '[1]');
SELECT assoc.toggle('emps', 2, 'admin_of', '[2]');
SELECT assoc.set_many('emps', 'admin_of', '[{"id": 1, "admin_of": [2]}, {"id": 2, "admin_of": [1]}]');
SELECT assoc.move('emps', 1, 'admin_of', '[1]', 2);
SELECT assoc.update('emps', '{"admin_of": {"connect": [1]}}', '{"where": {"id": 2}, "returning": false}');
SELECT assoc.update_link('emps', 2, 'admin_of', '[1]', '{"note": "x"}');
SELECT assoc.remove('emps', 2, 'admin_of', '[1]'), assoc.clear('emps', 2, 'admin_of');
\set VERBOSITY default
SELECT * FROM members ORDER BY 1, 2;

-- soft-deleted links: of one made, the link comes back; under a key of those that are not, they are history
SELECT assoc.belongs_to_many('Post', 'Label', through => 'Watch', alias => 'watched',
  options => '{"through": {"paranoid": true}}') -> 'created' AS created;
SELECT assoc.belongs_to_many('Post', 'Label', through => 'Watch', alias => 'watched',
  options => '{"through": {"paranoid": true}}') -> 'created' AS again;
SELECT assoc.add('Post', 1, 'watched', '1'), assoc.remove('Post', 1, 'watched', '1');
SELECT count(*), count(deleted_at) AS deleted FROM watches;
SELECT assoc.add('Post', 1, 'watched', '1');
SELECT count(*), count(deleted_at) AS deleted FROM watches;
SELECT assoc.define('Look', '{"note": "text"}', '{"timestamps": false}') IS NOT NULL AS defined;
SELECT assoc.belongs_to_many('Post', 'Label', through => 'Look', alias => 'looked',
  options => '{"through": {"paranoid": true}}') -> 'created' AS created;
SELECT assoc.add('Post', 1, 'looked', '1'), assoc.clear('Post', 1, 'looked');
SELECT count(*), count(deleted_at) AS deleted FROM looks;
SELECT assoc.belongs_to_many('emps', 'deps', through => 'members', alias => 'paranoid', options => '{"through": {"paranoid": true}}');
CREATE TABLE stays (emp_id int REFERENCES emps, dep_id int REFERENCES deps, deleted_at timestamptz);
CREATE UNIQUE INDEX ON stays (emp_id, dep_id) WHERE deleted_at IS NULL;
CREATE INDEX ON stays (emp_id);
CREATE INDEX ON stays (dep_id);
SELECT assoc.adopt('stays', 'Stay', '{"paranoid": true}') IS NOT NULL AS adopted;
SELECT assoc.belongs_to_many('emps', 'deps', through => 'stays', alias => 'stays') -> 'alias' AS alias;
SELECT assoc.add('emps', 1, 'stays', '[1, 2]'), assoc.remove('emps', 1, 'stays', '[1]');
SELECT assoc.add('emps', 1, 'stays', '[1, 2]'), assoc.remove('emps', 1, 'stays', '[1]');
SELECT assoc.set('emps', 1, 'stays', '[1]'), assoc.add('emps', 1, 'stays', '1');
SELECT dep_id, count(*), count(deleted_at) AS deleted FROM stays GROUP BY 1 ORDER BY 1;

-- a key of some rows that are all links: another conflict is not taken for a link that is there
CREATE TABLE seats (emp_id int REFERENCES emps, dep_id int REFERENCES deps, place int UNIQUE);
CREATE UNIQUE INDEX ON seats (emp_id, dep_id) WHERE emp_id IS NOT NULL AND dep_id IS NOT NULL;
CREATE INDEX ON seats (dep_id);
SELECT assoc.belongs_to_many('emps', 'deps', through => 'seats', alias => 'seats') -> 'alias' AS alias;
SELECT assoc.add('emps', 1, 'seats', '1', '{"place": 1}'), assoc.add('emps', 1, 'seats', '1', '{"place": 1}');
SELECT assoc.add('emps', 1, 'seats', '2', '{"place": 1}');
SELECT * FROM seats;
