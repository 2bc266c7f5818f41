-- has_many, has_one and belongs_to: declared, with the columns that they need.
CREATE SCHEMA has_many;
SET search_path = has_many;
SELECT assoc.define('User', '{"name": "text", "email": {"type": "text", "unique": true}}', '{"timestamps": false}') IS NOT NULL AS defined;
SELECT assoc.define('Task', '{"title": "text"}', '{"timestamps": false}') IS NOT NULL AS defined;
SELECT assoc.define('Profile', '{"bio": "text"}', '{"timestamps": false}') IS NOT NULL AS defined;

-- the column is made where it is missing, with its index
SELECT assoc.has_many('User', 'Task', inverse => 'user') AS declared;
\d tasks
SELECT assoc.has_many('User', 'Task', inverse => 'user') -> 'changed' AS changed;
SELECT assoc.has_many('User', 'Task') -> 'changed' AS changed;
SELECT assoc.belongs_to('Task', 'User') -> 'changed' AS changed;
-- a unique one for has_one
SELECT assoc.has_one('User', 'Profile', inverse => 'owner', options => '{"onDelete": "CASCADE", "onUpdate": "CASCADE"}') - 'accessors' AS
  declared;
\d profiles
-- belongs_to names it after its alias
SELECT assoc.belongs_to('Task', 'User', alias => 'reviewer', inverse => 'reviews',
  options => '{"onDelete": "SET NULL", "deferrable": true}') - 'accessors' AS declared;
SELECT assoc.belongs_to('Task', 'User', alias => 'createdBy', foreign_key => 'createdBy_id') ->> 'foreignKey' AS key;
\d tasks
-- a pointer that is unique has one row at its other end
SELECT assoc.belongs_to('Profile', 'User', alias => 'account', foreign_key => 'owner_id',
  inverse => 'account_profile') - 'accessors' AS declared;
SELECT source, alias, kind, target, source_key, foreign_key, target_key, singular, inverse FROM assoc.associations
  ORDER BY source::text, alias;

-- a model with itself
SELECT assoc.define('Category', '{"name": "text"}', '{"timestamps": false}') IS NOT NULL AS defined;
SELECT assoc.has_many('Category', 'Category', alias => 'children', inverse => 'parent') - 'accessors' AS declared;
SELECT assoc.belongs_to('Category', 'Category');

-- another key than the primary key; accessors take what they point at
SELECT assoc.has_many('User', 'Task', foreign_key => 'assignee_email', source_key => 'email', alias => 'assigned',
  options => '{"accessors": ["with", "add"]}') AS declared;
SELECT assoc.belongs_to('Task', 'User', foreign_key => 'assignee_email', target_key => 'email', alias => 'assignee',
  options => '{"accessors": ["set"]}') AS declared;
SELECT assoc.has_many('User', 'Task', source_key => 'name', alias => 'byName');
\echo :LAST_ERROR_SQLSTATE
SELECT assoc.has_many('User', 'Task', source_key => 'mail', alias => 'byName');
\echo :LAST_ERROR_SQLSTATE

-- composite keys, in the order of the key
SELECT assoc.define('Account', '[{"name": "tenant_id", "type": "int", "primaryKey": true}, {"name": "no", "type": "int",
  "primaryKey": true}]', '{"timestamps": false}') IS NOT NULL AS defined;
SELECT assoc.define('Invoice', '[{"name": "tenant_id", "type": "int", "primaryKey": true}, {"name": "no", "type": "int",
  "primaryKey": true}]', '{"timestamps": false}') IS NOT NULL AS defined;
SELECT assoc.has_many('Account', 'Invoice', foreign_key => 'account_no, tenant_id', inverse => 'account');
\echo :LAST_ERROR_SQLSTATE
SELECT assoc.has_many('Account', 'Invoice', foreign_key => 'tenant_id, account_no', inverse => 'account') - 'accessors' AS declared;
\d invoices
SELECT assoc.has_many('Account', 'Invoice', foreign_key => 'account_no', alias => 'others');
\echo :LAST_ERROR_SQLSTATE

-- adopted tables are found out about and never altered
CREATE TABLE authors (id int PRIMARY KEY);
CREATE TABLE books (id int PRIMARY KEY, written_by int REFERENCES authors, title text);
SELECT assoc.has_many('authors', 'books') - 'accessors' AS declared;
SELECT assoc.has_many('authors', 'books', alias => 'edited', foreign_key => 'edited_by');
\echo :LAST_ERROR_SQLSTATE
SELECT assoc.has_many('authors', 'books', alias => 'titled', foreign_key => 'title');
\echo :LAST_ERROR_SQLSTATE
SELECT assoc.has_one('authors', 'books', alias => 'opus', foreign_key => 'written_by');
\echo :LAST_ERROR_SQLSTATE
SELECT assoc.has_one('authors', 'books', alias => 'opus', foreign_key => 'written_by', options => '{"unique": false}') ->> 'kind' AS kind;
SELECT assoc.belongs_to('books', 'authors', alias => 'writer', foreign_key => 'written_by', options => '{"onDelete": "CASCADE"}');
\echo :LAST_ERROR_SQLSTATE
ALTER TABLE books ADD edited_by int REFERENCES authors;
SELECT assoc.has_many('authors', 'books', alias => 'more');
\echo :LAST_ERROR_SQLSTATE
\d books

-- no constraint where none is wanted
SELECT assoc.has_many('User', 'Task', alias => 'loose', foreign_key => 'loose_id',
  options => '{"constraints": false}') ->> 'created' AS created;
SELECT count(*) FROM pg_constraint WHERE conrelid = 'tasks'::regclass AND conname LIKE '%loose%';

-- what differs is told; replace changes what a declaration made
SELECT assoc.has_many('User', 'Task', alias => 'tasks', foreign_key => 'reviewer_id');
\echo :LAST_ERROR_SQLSTATE
SELECT assoc.has_one('User', 'Task', alias => 'tasks');
SELECT assoc.has_many('User', 'Task', options => '{"onDelete": "CASCADE"}');
SELECT assoc.has_many('User', 'Task', options => '{"onDelete": "CASCADE"}', replace => true) -> 'changed' AS changed;
SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = 'tasks'::regclass AND conname LIKE '%user_id%';
-- options that are not for this kind
SELECT assoc.has_many('User', 'Task', options => '{"through": {"as": "x"}}');
\echo :LAST_ERROR_SQLSTATE
SELECT assoc.has_many('User', 'Task', options => '{"timestamps": true}');
SELECT assoc.has_many('User', 'Task', options => '{"unique": false}');
SELECT assoc.belongs_to('Task', 'User', alias => 'title');
SELECT assoc.has_many('User', 'Task', alias => 'x', foreign_key => '');

-- views can be read by association
CREATE VIEW open_tasks AS SELECT id, title, user_id FROM tasks;
SELECT assoc.has_many('User', 'open_tasks', foreign_key => 'user_id') AS declared;
SELECT assoc.belongs_to('open_tasks', 'User', foreign_key => 'user_id', alias => 'user') -> 'accessors' AS accessors;

-- a soft-deleted row keeps what it has on either side, for when it comes back
SELECT assoc.define('Blog', '{}', '{"timestamps": false, "paranoid": true}') IS NOT NULL AS defined;
SELECT assoc.define('Entry', '{}', '{"timestamps": false, "paranoid": true}') IS NOT NULL AS defined;
SELECT assoc.has_many('Blog', 'Entry', inverse => 'blog') ->> 'alias' AS alias;
INSERT INTO blogs DEFAULT VALUES;
INSERT INTO blogs DEFAULT VALUES;
INSERT INTO entries (blog_id) VALUES (1), (1), (2), (2);
SELECT assoc.destroy('Entry', '{"where": {"id": 4}}'), assoc.destroy('Blog', '{"where": {"id": 1}}');
SELECT blog_has_entry(1, 1), blog_remove_entry(1, 1), blog_set_entries(1, '{}'), assoc.toggle('Blog', 2, 'entries', '[3]');
SELECT assoc.set_many('Blog', 'entries', '[{"id": 1, "entries": []}, {"id": 2, "entries": [3]}]');
SELECT blog_add_entry(1, 3);
SELECT blog_create_entry(1, '{}');
\echo :LAST_ERROR_SQLSTATE
SELECT assoc.move('Blog', 1, 'entries', '1', 2);
\echo :LAST_ERROR_SQLSTATE
SELECT blog_set_entries(2, '{1}'), assoc.clear('Blog', 2, 'entries');
SELECT id, blog_id FROM entries ORDER BY id;

-- rights
CREATE ROLE regress_has_many;
GRANT USAGE, CREATE ON SCHEMA has_many TO regress_has_many;
CREATE TABLE foreign_table (id int PRIMARY KEY);
SET ROLE regress_has_many;
SELECT assoc.define('Note', '{}', '{"timestamps": false}') IS NOT NULL AS defined;
SELECT assoc.has_many('User', 'Note');
\echo :LAST_ERROR_SQLSTATE
SELECT assoc.belongs_to('Note', 'User');
\echo :LAST_ERROR_SQLSTATE
SELECT assoc.has_many('Note', 'User', alias => 'readers');
\echo :LAST_ERROR_SQLSTATE
-- a table of somebody else is not made a model either
SELECT assoc.belongs_to('Note', 'foreign_table');
\echo :LAST_ERROR_SQLSTATE
SELECT attname FROM pg_attribute WHERE attrelid = 'notes'::regclass AND attnum > 0;
RESET ROLE;
GRANT REFERENCES ON users TO regress_has_many;
SET ROLE regress_has_many;
SELECT assoc.belongs_to('Note', 'User') - 'accessors' AS declared;
RESET ROLE;

-- a row that points at a soft-deleted one has no link to it, as loads show, and keeps pointing there until something else is said
SELECT assoc.define('Folder', '{"title": "text"}', '{"timestamps": false, "paranoid": true}') ->> 'table' AS folders,
  assoc.define('Paper', '{"title": "text"}', '{"timestamps": false}') ->> 'table' AS papers,
  assoc.has_many('Folder', 'Paper', inverse => 'folder') ->> 'alias' AS alias;
INSERT INTO folders (title, deleted_at) VALUES ('gone', now()), ('there', NULL);
INSERT INTO papers (title, folder_id) VALUES ('a', 1), ('b', 1), ('c', 1);
SELECT assoc.get('Paper', 1, 'folder') AS folder, assoc.has('Paper', 1, 'folder', '1'), assoc.remove('Paper', 1, 'folder', '1');
SELECT assoc.set('Paper', 1, 'folder', '1');
SELECT assoc.toggle('Paper', 1, 'folder', '1');
SELECT assoc.move('Paper', 1, 'folder', '1', 2);
SELECT assoc.set_many('Paper', 'folder', '[{"id": 1, "folder": 1}]');
SELECT id, folder_id FROM papers ORDER BY id;
SELECT assoc.set('Paper', 1, 'folder', '2') AS other, assoc.clear('Paper', 2, 'folder') AS none;
SELECT assoc.set_many('Paper', 'folder', '[{"id": 2, "folder": 2}, {"id": 3, "folder": null}]');
SELECT id, folder_id FROM papers ORDER BY id;

-- a row that is made through a scoped association is one that it shows
SELECT assoc.has_many('Folder', 'Paper', alias => 'drafts', foreign_key => 'folder_id',
  options => '{"scope": {"title": "draft"}}') ->> 'alias' AS alias;
SELECT assoc.create_in('Folder', 2, 'drafts', '{"title": "final"}');
SELECT assoc.create('Folder', '{"title": "new", "drafts": [{}, {"title": "draft"}, {"title": null}]}');
SELECT assoc.create_in('Folder', 2, 'drafts', '{}') ->> 'title' AS title, assoc.create_in('Folder', 2, 'drafts',
  '{"title": "draft"}') ->> 'title' AS title;

SET client_min_messages = warning;
DROP SCHEMA has_many CASCADE;
DROP ROLE regress_has_many;
