-- Every verb needs the rights that its plain SQL needs, and row security holds.
CREATE SCHEMA rights;
SET search_path = rights;
CREATE ROLE regress_assoc_linker;
CREATE TABLE users (id bigint PRIMARY KEY, secret text);
CREATE TABLE projects (id bigint PRIMARY KEY, secret text);
CREATE TABLE user_projects (user_id bigint NOT NULL REFERENCES users, project_id bigint NOT NULL REFERENCES projects,
  role text, owner name NOT NULL DEFAULT current_user, PRIMARY KEY (user_id, project_id));
CREATE INDEX ON user_projects (project_id, user_id);
INSERT INTO users VALUES (1), (2);
INSERT INTO projects SELECT i FROM generate_series(1, 9) i;
SELECT assoc.belongs_to_many('users', 'projects', through => 'user_projects', inverse => 'users') ->> 'alias' AS alias;
SELECT user_add_projects(2, '{1,2}', '{"role": "admin"}') ->> 'added' AS added;
GRANT USAGE ON SCHEMA rights TO regress_assoc_linker;
SET ROLE regress_assoc_linker;
-- no rights at all
SELECT user_has_project(1, 1);
\echo :LAST_ERROR_SQLSTATE
SELECT user_add_project(1, 1);
\echo :LAST_ERROR_SQLSTATE
RESET ROLE;
-- the keys of the join table suffice to look
GRANT SELECT (user_id, project_id) ON user_projects TO regress_assoc_linker;
SET ROLE regress_assoc_linker;
SELECT user_has_project(2, 1), user_has_project(1, 1);
SELECT user_add_project(1, 1);
\echo :LAST_ERROR_SQLSTATE
SELECT user_remove_project(2, 1);
\echo :LAST_ERROR_SQLSTATE
RESET ROLE;
-- INSERT of the keys suffices to link: neither users nor projects are read
GRANT INSERT (user_id, project_id) ON user_projects TO regress_assoc_linker;
SET ROLE regress_assoc_linker;
SELECT user_add_projects(1, '{1,2,3}');
SELECT user_add_projects(1, '{2,3,4}');
SELECT user_add_projects(1, '{5}', '{"role": "admin"}');
\echo :LAST_ERROR_SQLSTATE
-- one id that does not exist is named, since the caller named it; of several, the foreign key shows one
SELECT user_add_project(1, 99);
\echo :LAST_ERROR_SQLSTATE
SELECT user_add_projects(1, '{5,98,99}');
\echo :LAST_ERROR_SQLSTATE
-- to change the payload: UPDATE of its columns, and SELECT to see what differs
SELECT user_add_projects(1, '{2}', '{"role": "admin"}');
\echo :LAST_ERROR_SQLSTATE
RESET ROLE;
GRANT SELECT (role), INSERT (role), UPDATE (role) ON user_projects TO regress_assoc_linker;
SET ROLE regress_assoc_linker;
SELECT user_add_projects(1, '{2,5}', '{"role": "admin"}');
-- to unlink: DELETE
SELECT user_set_projects(1, '{2,6}');
\echo :LAST_ERROR_SQLSTATE
SELECT user_set_projects(1, '{1,2,3,4,5,6}');
RESET ROLE;
GRANT DELETE ON user_projects TO regress_assoc_linker;
SET ROLE regress_assoc_linker;
SELECT user_set_projects(1, '{2,6}');
RESET ROLE;
-- with the key of projects readable, all unknown ids are named
GRANT SELECT (id) ON projects TO regress_assoc_linker;
SET ROLE regress_assoc_linker;
SELECT user_add_projects(1, '{5,98,99}');
RESET ROLE;

-- row security: hidden links are not there, forbidden ones cannot be made
ALTER TABLE user_projects ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON user_projects USING (owner = current_user) WITH CHECK (project_id <> 8);
SET ROLE regress_assoc_linker;
SELECT user_has_project(2, 1), user_has_project(1, 2);
SELECT user_remove_projects(2, '{1,2}');
SELECT user_set_projects(1, '{6,7}');
SELECT user_add_project(1, 8);
\echo :LAST_ERROR_SQLSTATE
-- a link that the caller may not see stands in the way as in plain SQL
SELECT user_add_project(2, 1);
\echo :LAST_ERROR_SQLSTATE
INSERT INTO user_projects (user_id, project_id) VALUES (2, 1);
\echo :LAST_ERROR_SQLSTATE
RESET ROLE;
SELECT user_id, project_id, role, owner = current_user AS mine FROM user_projects ORDER BY 1, 2;
-- the same session, another role: nothing is left over from a cached statement
SELECT user_has_project(2, 1);
SET ROLE regress_assoc_linker;
SELECT user_has_project(2, 1);
RESET ROLE;
-- row security on the target hides rows, and foreign keys see through it: linking is allowed as in plain SQL
ALTER TABLE projects ENABLE ROW LEVEL SECURITY;
SET ROLE regress_assoc_linker;
SELECT user_add_projects(1, '{3,4}');
SELECT user_add_projects(1, '{5,98}');
\echo :LAST_ERROR_SQLSTATE
-- creating needs INSERT on the target
SELECT user_create_project(1, '{"id": 20}');
\echo :LAST_ERROR_SQLSTATE
RESET ROLE;
ALTER TABLE projects DISABLE ROW LEVEL SECURITY;
GRANT INSERT (id) ON projects TO regress_assoc_linker;
SET ROLE regress_assoc_linker;
SELECT user_create_project(1, '{"id": 20, "secret": "x"}');
\echo :LAST_ERROR_SQLSTATE
RESET ROLE;
SELECT count(*) FROM projects WHERE id = 20;
-- nobody's search_path decides what = means
CREATE FUNCTION same(bigint, bigint) RETURNS boolean LANGUAGE plpgsql AS $$BEGIN RAISE 'captured'; END$$;
CREATE OPERATOR = (LEFTARG = bigint, RIGHTARG = bigint, FUNCTION = same);
SET search_path = rights, pg_catalog;
SELECT user_set_projects(2, '{1,3}', '{"role": "viewer"}');
SELECT user_has_project(2, 3), user_remove_project(2, 3);
SET search_path = rights;
SET client_min_messages = warning;
DROP SCHEMA rights CASCADE;
DROP ROLE regress_assoc_linker;
-- Foreign keys are checked past row security, of verbs as of plain SQL: what the target hides can be linked by its id, unless the
-- join table has a policy too.
CREATE SCHEMA link_hidden;
SET search_path = link_hidden;
CREATE ROLE regress_link_hidden;
SELECT 1 FROM assoc.define('Author', '{"name": "text"}', '{"timestamps": false}');
SELECT 1 FROM assoc.define('Book', '{"title": "text", "owner": "text"}', '{"timestamps": false}');
SELECT 1 FROM assoc.belongs_to_many('Author', 'Book', through => 'Credit', inverse => 'authors');
INSERT INTO authors VALUES (1, 'Ann');
INSERT INTO books (id, title, owner) VALUES (1, 'own', 'regress_link_hidden'), (2, 'linked', 'other'), (3, 'not linked', 'other');
INSERT INTO credits VALUES (1, 1), (1, 2);
GRANT USAGE ON SCHEMA link_hidden TO regress_link_hidden;
GRANT ALL ON ALL TABLES IN SCHEMA link_hidden TO regress_link_hidden;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA link_hidden TO regress_link_hidden;
ALTER TABLE books ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON books USING (owner = current_user);
SET ROLE regress_link_hidden;
SELECT assoc.count_of('Author', 1, 'books'), assoc.has('Author', 1, 'books', '[2]'), assoc.has('Author', 1, 'books', '[3]');
SELECT assoc.add('Author', 1, 'books', '[3]');
SELECT assoc.create('Author', '{"id": 2, "books": {"connect": [1, 2]}}', '{"attributes": ["id"]}');
RESET ROLE;
ALTER TABLE credits ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON credits USING (EXISTS (SELECT FROM books WHERE books.id = book_id));
SET ROLE regress_link_hidden;
SELECT assoc.count_of('Author', 1, 'books'), assoc.has('Author', 1, 'books', '[2]'), assoc.has('Author', 1, 'books', '[1]');
SELECT assoc.create('Author', '{"id": 3, "books": {"connect": [1, 2]}}', '{"attributes": ["id"]}');
SELECT assoc.add('Author', 3, 'books', '[2]');
SELECT assoc.remove('Author', 1, 'books', '[1, 2]');
SELECT assoc.set('Author', 1, 'books', '[]');
RESET ROLE;
TABLE credits;
DROP SCHEMA link_hidden CASCADE;
DROP ROLE regress_link_hidden;
