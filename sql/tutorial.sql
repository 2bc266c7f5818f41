-- The tutorial, word for word: docs/tutorial.sql is what script/demo shows, and
-- docs/tutorial.md quotes what comes out here (script/check compares them).
SET client_min_messages = warning;
DROP EXTENSION pg_associations CASCADE;
RESET client_min_messages;
-- as psql has it outside of the tests
SET datestyle = ISO;
\i docs/tutorial.sql

SET client_min_messages = warning;
DROP TABLE user_projects, users, projects CASCADE;
