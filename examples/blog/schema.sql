-- A blog as somebody made it long ago; nothing here knows of pg_associations.
CREATE SCHEMA blog;
SET search_path = blog, public;

CREATE TABLE users (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name text NOT NULL,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL);
CREATE TABLE posts (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  user_id bigint NOT NULL REFERENCES users,
  title text NOT NULL,
  published_on date);
CREATE INDEX ON posts (user_id);
CREATE TABLE comments (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  post_id bigint NOT NULL REFERENCES posts,
  author_id bigint REFERENCES users,
  parent_id bigint REFERENCES comments,
  body text NOT NULL);
CREATE INDEX ON comments (post_id);
CREATE INDEX ON comments (author_id);
CREATE INDEX ON comments (parent_id);
CREATE TABLE likes (
  user_id bigint REFERENCES users,
  post_id bigint REFERENCES posts,
  PRIMARY KEY (user_id, post_id));
CREATE INDEX ON likes (post_id);
CREATE TABLE tags (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name text NOT NULL UNIQUE);
CREATE TABLE post_tags (
  post_id bigint REFERENCES posts,
  tag_id bigint REFERENCES tags,
  position int NOT NULL DEFAULT 0,
  PRIMARY KEY (post_id, tag_id));
CREATE INDEX ON post_tags (tag_id);

INSERT INTO users (name, created_at, updated_at) VALUES ('Ann', '2020-01-01 UTC', '2020-01-01 UTC'), ('Bob', '2020-01-02 UTC', '2020-01-02 UTC');
INSERT INTO posts (user_id, title, published_on) VALUES (1, 'The Moon', '2020-02-01'), (1, 'Mars', NULL);
INSERT INTO comments (post_id, author_id, parent_id, body) VALUES (1, 2, NULL, 'Is it far?'), (1, 1, 1, 'Three days.');
INSERT INTO likes VALUES (2, 1);
INSERT INTO tags (name) VALUES ('space');
INSERT INTO post_tags VALUES (1, 1, 1);
