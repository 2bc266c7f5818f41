-- The examples of README.md (script/check compares them).
\pset format unaligned
\pset tuples_only on
SET client_min_messages = error;
DROP EXTENSION pg_associations CASCADE;
RESET client_min_messages;
CREATE EXTENSION pg_associations;
SELECT assoc.define('User', '{"name": "text"}', '{"timestamps": false}');
SELECT assoc.define('Project', '{"title": "text"}', '{"timestamps": false}');
SELECT assoc.belongs_to_many('User', 'Project', through => 'UserProject', inverse => 'users',
  through_attributes => '{"role": {"type": "text", "validate": {"isIn": ["admin", "developer", "viewer"]}}}');

SELECT assoc.create('User', '{"name": "John Doe", "projects": [{"title": "Website Redesign", "through": {"role": "admin"}}]}');
SELECT user_create_project(1, '{"title": "API Development"}', '{"role": "viewer"}');
SELECT jsonb_pretty(user_with_projects(1));
CREATE TABLE authors (id int PRIMARY KEY, name text NOT NULL);
CREATE TABLE books (id int PRIMARY KEY, title text NOT NULL);
CREATE TABLE credits (
  author_id int REFERENCES authors, book_id int REFERENCES books, part text,
  PRIMARY KEY (author_id, book_id));
SELECT assoc.belongs_to_many('authors', 'books', through => 'credits', inverse => 'authors') -> 'created';
CREATE INDEX ON credits (book_id);
INSERT INTO authors VALUES (1, 'Ann'), (2, 'Bob');
INSERT INTO books VALUES (1, 'Indexes'), (2, 'Joins');
SELECT author_add_books(1, '{1,2}', '{"part": "text"}');
SELECT book_add_author(2, 2, '{"part": "drawings"}');
SELECT books_with_authors('{"where": {"title": {"startsWith": "Jo"}}}');

SET client_min_messages = error;
DROP TABLE user_projects, users, projects, credits, authors, books CASCADE;
