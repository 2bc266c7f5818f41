-- docs/your-tables-stay.md: each statement of the page, in its order.
\pset format unaligned
\pset tuples_only on
SET client_min_messages = error;
SET timezone = 'UTC';
CREATE SCHEMA prisma;
SET search_path = prisma;
CREATE TABLE "User" (id SERIAL PRIMARY KEY, name TEXT, email TEXT NOT NULL, "createdAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  "updatedAt" TIMESTAMP(3) NOT NULL);
CREATE UNIQUE INDEX "User_email_key" ON "User" (email);
CREATE TABLE "Post" (id SERIAL PRIMARY KEY, title TEXT NOT NULL, published BOOLEAN NOT NULL DEFAULT false,
  "authorId" INTEGER NOT NULL REFERENCES "User" ON DELETE RESTRICT ON UPDATE CASCADE);
CREATE TABLE "Category" (id SERIAL PRIMARY KEY, name TEXT NOT NULL);
CREATE TABLE "_CategoryToPost" (
  "A" INTEGER NOT NULL REFERENCES "Category" ON DELETE CASCADE ON UPDATE CASCADE,
  "B" INTEGER NOT NULL REFERENCES "Post" ON DELETE CASCADE ON UPDATE CASCADE,
  CONSTRAINT "_CategoryToPost_AB_pkey" PRIMARY KEY ("A", "B"));
CREATE INDEX "_CategoryToPost_B_index" ON "_CategoryToPost" ("B");
INSERT INTO "User" VALUES (1, 'Ann', 'ann@x.org', '2024-01-01', '2024-01-01'), (2, 'Bob', 'bob@x.org', '2024-01-01', '2024-01-01');
INSERT INTO "Post" (title, "authorId") VALUES ('first', 1), ('second', 1);
INSERT INTO "Category" (name) VALUES ('trips');
INSERT INTO "_CategoryToPost" VALUES (1, 1);
SELECT statement FROM assoc.discover() WHERE status = 'declare' AND statement !~ 'migrations';
SELECT count(*) > 0 FROM assoc.discover(apply => true);
SELECT assoc.find_all('User', '{"attributes": ["name"], "include": [{"association": "posts", "attributes": ["title"],
  "include": [{"association": "categories", "attributes": ["name"], "through": {"attributes": []}}]}]}');
SELECT assoc.create('Post', '{"title": "third", "author": {"connect": 1}, "categories": [{"name": "news"}]}', '{"attributes": ["title"]}');
INSERT INTO "Post" (title, "authorId") VALUES ('by the ORM', 1);
SELECT assoc.count_of('User', 1, 'posts');
SELECT assoc.get_json('Post', 1, 'categories', '{"attributes": ["name"], "through": {"as": "pivot"}}');
SELECT assoc.find_by_pk('User', 1, '{"include": "posts"}');
SELECT assoc.find_all('User', '{"where": {"email": {"endsWith": "@x.org"}}, "order": [["name", "DESC"]], "limit": 10, "offset": 20}');
SELECT assoc.find_all('User', '{"where": {"posts": {"some": {"published": true}}}}');
SELECT assoc.find_all('User', '{"attributes": ["name", {"count": "posts", "as": "posts"}]}');
SELECT assoc.find_page('User', '{"order": ["name"], "limit": 10}');
SELECT assoc.create('Post', '{"title": "x", "author": {"connect": {"id": 1}}}');
CREATE SCHEMA rails;
SET search_path = rails;
CREATE TABLE users (id bigserial PRIMARY KEY, name character varying, created_at timestamp(6) NOT NULL, updated_at timestamp(6) NOT NULL);
CREATE TABLE posts (id bigserial PRIMARY KEY, user_id bigint NOT NULL REFERENCES users, title character varying,
  created_at timestamp(6) NOT NULL, updated_at timestamp(6) NOT NULL);
CREATE INDEX index_posts_on_user_id ON posts (user_id);
CREATE TABLE tags (id bigserial PRIMARY KEY, name character varying, created_at timestamp(6) NOT NULL, updated_at timestamp(6) NOT NULL);
CREATE TABLE posts_tags (post_id bigint NOT NULL, tag_id bigint NOT NULL);
CREATE INDEX index_posts_tags_on_post_id ON posts_tags (post_id);
CREATE INDEX index_posts_tags_on_tag_id ON posts_tags (tag_id);
CREATE TABLE comments (id bigserial PRIMARY KEY, commentable_type character varying, commentable_id bigint, body text);
CREATE INDEX index_comments_on_commentable ON comments (commentable_id, commentable_type);
INSERT INTO users (name, created_at, updated_at) VALUES ('Ann', '2024-01-01', '2024-01-01'), ('Bob', '2024-01-01', '2024-01-01');
INSERT INTO posts (user_id, title, created_at, updated_at) VALUES (1, 'first', '2024-01-01', '2024-01-01');
INSERT INTO tags (name, created_at, updated_at) VALUES ('sun', '2024-01-01', '2024-01-01');
SELECT statement FROM assoc.discover() WHERE status = 'declare' AND statement !~ 'adopt';
SELECT count(*) > 0 FROM assoc.discover(apply => true);
SELECT assoc.belongs_to_many('posts', 'tags', through => 'posts_tags', foreign_key => 'post_id', other_key => 'tag_id',
  inverse => 'posts', options => '{"through": {"unique": false}}') ->> 'alias';
SELECT assoc.has_many('posts', 'comments', foreign_key => 'commentable_id',
  options => '{"scope": {"commentable_type": "Post"}, "constraints": false}') ->> 'alias';
SELECT assoc.find_by_pk('users', 1, '{"include": "posts.tags"}');
SELECT assoc.find_all('users', '{"where": {"name": ["Ann", "Bob"]}, "order": [["name", "DESC"]], "limit": 10}');
SELECT assoc.find_all('users', '{"where": {"posts": {"some": {}}}}');
SELECT assoc.find_all('users', '{"where": {"posts": {"none": {}}}}');
SELECT assoc.create_in('users', 1, 'posts', '{"title": "x"}') -> 'id';
SELECT assoc.set('posts', 1, 'tags', '[1]');
SELECT assoc.add('posts', 1, 'tags', '[1]');
SELECT assoc.aggregate('posts', '{"attributes": ["user_id", {"count": "*", "as": "n"}], "group": ["user_id"]}');
CREATE SCHEMA laravel;
SET search_path = laravel;
CREATE TABLE users (id bigserial PRIMARY KEY, name varchar(255) NOT NULL, email varchar(255) NOT NULL UNIQUE,
  password varchar(255) NOT NULL, created_at timestamp(0), updated_at timestamp(0));
CREATE TABLE roles (id bigserial PRIMARY KEY, name varchar(255) NOT NULL, created_at timestamp(0), updated_at timestamp(0));
CREATE TABLE role_user (user_id bigint NOT NULL REFERENCES users ON DELETE CASCADE,
  role_id bigint NOT NULL REFERENCES roles ON DELETE CASCADE, expires date, PRIMARY KEY (user_id, role_id));
CREATE INDEX ON role_user (role_id);
CREATE TABLE posts (id bigserial PRIMARY KEY, user_id bigint NOT NULL REFERENCES users, title varchar(255) NOT NULL,
  created_at timestamp(0), updated_at timestamp(0), deleted_at timestamp(0));
CREATE INDEX ON posts (user_id);
INSERT INTO users (name, email, password) VALUES ('Ann', 'ann@x.org', 'secret'), ('Bob', 'bob@x.org', 'secret');
INSERT INTO roles (name) VALUES ('admin');
INSERT INTO posts (user_id, title) VALUES (1, 'first');
SELECT statement FROM assoc.discover() WHERE status = 'proposed' AND statement ~ 'posts';
SELECT count(*) > 0 FROM assoc.discover(apply => true);
SELECT assoc.adopt('posts', 'posts', '{"paranoid": true, "createdAt": "created_at", "deletedAt": "deleted_at",
  "updatedAt": "updated_at"}', replace => true) ->> 'model';
SELECT assoc.define('users', '{"password": {"type": "varchar(255)", "hidden": true}}', '{"timestamps": false, "tableName": "users"}',
  replace => true) ->> 'changed';
SELECT assoc.find_by_pk('users', 1, '{"include": ["posts", {"association": "roles", "through": {"as": "pivot"}}]}');
SELECT assoc.find_all('users', '{"where": {"posts": {"count": {"gte": 3}}}}');
SELECT assoc.find_all('users', '{"where": {"posts": {"none": {}}}}');
SELECT assoc.find_all('users', '{"attributes": {"include": [{"count": "posts", "as": "posts_count"}]}}');
SELECT assoc.add('users', 1, 'roles', '[1]', '{"expires": "2030-01-01"}');
SELECT assoc.find_all('posts', '{"paranoid": false}');
SELECT assoc.destroy('posts', '{"where": {"id": 1}}');
SELECT assoc.restore('posts', '{"where": {"id": 1}}');
SELECT assoc.find_page('users', '{"order": ["name"], "limit": 15}');
DROP SCHEMA prisma, rails, laravel CASCADE;
