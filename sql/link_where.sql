-- ids by a condition: {"where": ...} in place of an id, over rows and, of links that are there, over these
CREATE SCHEMA link_where;
SET search_path = link_where;
CREATE TABLE users (id int PRIMARY KEY, name text);
CREATE TABLE projects (id int PRIMARY KEY, title text, state text, owner_id int REFERENCES users, deleted_at timestamptz);
CREATE TABLE members (user_id int REFERENCES users, project_id int REFERENCES projects, role text, PRIMARY KEY (user_id, project_id));
CREATE INDEX ON members (project_id);
CREATE INDEX ON projects (owner_id);
CREATE TABLE visits (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, user_id int REFERENCES users, project_id int REFERENCES projects,
  day int);
CREATE INDEX ON visits (user_id);
CREATE INDEX ON visits (project_id);
INSERT INTO users VALUES (1, 'ann'), (2, 'bob');
INSERT INTO projects SELECT g, 'p' || g, CASE g % 2 WHEN 0 THEN 'open' ELSE 'old' END, CASE WHEN g < 4 THEN 1 END,
  CASE g WHEN 6 THEN now() END FROM generate_series(1, 6) g;
INSERT INTO members VALUES (1, 1, 'admin'), (1, 2, 'guest'), (1, 3, 'guest'), (2, 1, 'guest');
SELECT assoc.adopt('projects', options => '{"paranoid": true}') IS NOT NULL AS adopted;
SELECT assoc.belongs_to_many('users', 'projects', through => 'members', alias => 'projects', inverse => 'users') -> 'alias' AS alias;
SELECT assoc.has_many('users', 'projects', foreign_key => 'owner_id', alias => 'owned', inverse => 'owner') -> 'alias' AS alias;
SELECT assoc.belongs_to_many('users', 'projects', through => 'visits', alias => 'visited',
  options => '{"unique": false}') -> 'alias' AS alias;

-- links that are there
SELECT assoc.update_link('users', 1, 'projects', '{"where": {"state": "old"}}', '{"role": "reader"}');
SELECT assoc.update_link('users', 1, 'projects', '[{"where": {"through": {"role": "reader"}}, "through": {"role": "guest"}}, {"id": 2,
  "through": {"role": "x"}}]');
SELECT assoc.remove('users', 1, 'projects', '{"where": {"state": "old", "through": {"role": "guest"}}}');
SELECT assoc.remove('users', 1, 'projects', '[{"where": {"title": "nothing"}}]'), assoc.remove('projects', 1, 'users',
  '{"where": {"name": {"startsWith": "b"}}}');
-- rows that could be linked
SELECT assoc.add('users', 1, 'projects', '{"where": {"state": "open"}}', '{"role": "new"}');
SELECT assoc.add('users', 2, 'projects', '[{"where": {"id": {"lte": 2}}, "through": {"role": "low"}}, 5]');
SELECT assoc.set('users', 2, 'projects', '{"where": {"users": {"some": {"name": "ann"}}}}'), assoc.toggle('users', 2, 'projects',
  '{"where": {"id": {"gte": 4}}}');
SELECT assoc.move('users', 2, 'projects', '{"where": {"through": {"role": null}}}', 1);
SELECT assoc.set_many('users', 'projects', '[{"id": 1, "projects": {"where": {"state": "old"}}}, {"id": 2, "projects": []}]');
SELECT * FROM members ORDER BY 1, 2;
-- children, and a pointer
SELECT assoc.remove('users', 1, 'owned', '{"where": {"state": "old"}}'), assoc.add('users', 2, 'owned', '{"where": {"owner_id": null}}');
SELECT assoc.move('users', 2, 'owned', '{"where": {"state": "open"}}', 1), assoc.set('projects', 5, 'owner', '{"where": {"name": "ann"}}');
SELECT assoc.set('projects', 5, 'owner', '{"where": {"id": [1, 2]}}');
SELECT id, owner_id FROM projects ORDER BY id;
-- one of several links of a pair
INSERT INTO visits (user_id, project_id, day) VALUES (1, 1, 1), (1, 1, 2), (1, 2, 2), (2, 1, 2);
SELECT assoc.update_link('users', 1, 'visited', '{"where": {"through": {"day": {"gte": 2}}}}', '{"day": {"increment": 10}}');
SELECT assoc.remove('users', 1, 'visited', '{"where": {"through": {"day": {"lt": 10}}}}');
SELECT assoc.move('users', 1, 'visited', '{"where": {"state": "open"}}', 2);
SELECT * FROM visits ORDER BY id;
-- nested
SELECT assoc.create('users', '{"id": 3, "projects": {"connect": [{"where": {"state": "open"}}, 1]}}',
  '{"attributes": ["id"], "include": [{"association": "projects", "attributes": ["id"], "through": {"attributes": []}}]}');
SELECT assoc.update('users', '{"projects": {"set": {"where": {"title": "p3"}}}}', '{"where": {"id": 3}, "returning": false}');
SELECT * FROM members WHERE user_id = 3;

-- mistakes
SELECT assoc.has('users', 1, 'projects', '{"where": {"state": "old"}}');
SELECT assoc.remove('users', 1, 'projects', '{"where": {"stat": "old"}}');
SELECT assoc.remove('users', 1, 'projects', '{"where": {"state": "old"}, "limit": 1}');
SELECT assoc.add('users', 1, 'projects', '{"where": {"through": {"role": "x"}}}');
SELECT assoc.add('users', 99, 'projects', '{"where": {"state": "old"}}');
SELECT assoc.update('users', '{"projects": {"disconnect": [{"where": {"state": "old"}}]}}', '{"where": {"id": 3}}');
SELECT assoc.update('users', '{"projects": {"connect": {"where": {"state": "old"}}}}',
  '{"where": {"id": 3}, "fields": ["projects.connect"]}');
SELECT assoc.define('projects', '{"state": {"type": "text", "hidden": true}}') IS NOT NULL AS hidden;
SELECT assoc.remove('users', 1, 'projects', '{"where": {"state": "old"}}');
SET client_min_messages = warning;
DROP SCHEMA link_where CASCADE;
