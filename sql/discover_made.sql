-- assoc.discover: schemas that frameworks make, tables that lack a key, and what can be taken back
\pset format unaligned
\pset fieldsep ' | '
\pset footer off
SET client_min_messages = error;
\getenv top PG_ABS_SRCDIR
\set rows :top '/test/data/rows.sql'
\set ECHO none
\i :rows
\set ECHO all
-- preview and apply side by side: what differs, or was not declared
CREATE FUNCTION unlike(schema name) RETURNS TABLE (statement text, previewed text, applied text, note text, note_then text)
LANGUAGE plpgsql AS $$
BEGIN
  CREATE TEMP TABLE preview ON COMMIT DROP AS SELECT * FROM assoc.discover(unlike.schema);
  RETURN QUERY SELECT coalesce(p.statement, a.statement), p.status, a.status, p.note, a.note
    FROM preview p FULL JOIN assoc.discover(unlike.schema, apply => true) a ON coalesce(a.statement, a.note) = coalesce(p.statement, p.note)
    WHERE replace(p.status, 'declare', 'declared') IS DISTINCT FROM a.status OR p.note IS DISTINCT FROM a.note;
  DROP TABLE preview;
END $$;

-- Sequelize: quoted names, timestamps that only the client fills, a join table with a payload
CREATE SCHEMA sequelize;
SET search_path = sequelize, public;
CREATE TABLE "Users" (id serial PRIMARY KEY, name text, "createdAt" timestamptz NOT NULL, "updatedAt" timestamptz NOT NULL,
  "deletedAt" timestamptz);
CREATE TABLE "Projects" (id serial PRIMARY KEY, title text, "createdAt" timestamptz NOT NULL, "updatedAt" timestamptz NOT NULL,
  "ownerId" int REFERENCES "Users");
CREATE TABLE "UserProjects" (role text, "createdAt" timestamptz NOT NULL, "updatedAt" timestamptz NOT NULL,
  "UserId" int REFERENCES "Users", "ProjectId" int REFERENCES "Projects", PRIMARY KEY ("UserId", "ProjectId"));
SELECT * FROM assoc.discover();
SELECT * FROM unlike('sequelize');
-- written to at once: what nothing else fills is filled
SELECT (assoc.create('Users', '{"name": "Ann"}') - 'createdAt' - 'updatedAt') AS created;
SELECT assoc.create('Projects', '{"title": "Moon", "ownerId": 1}') -> 'id' AS created;
SELECT assoc.add('Users', 1, 'Projects', '{"id": 1, "through": {"role": "x"}}') -> 'added' AS added;
-- proposed, and a person's to run
SELECT status, statement, note FROM assoc.discover() WHERE status = 'proposed';
SELECT assoc.adopt('sequelize."Users"', 'Users',
  '{"createdAt": "createdAt", "updatedAt": "updatedAt", "deletedAt": "deletedAt", "paranoid": true}',
  replace => true) -> 'changed' AS changed;
SELECT status, statement FROM assoc.discover() WHERE status <> 'exists';

-- Rails: plural tables, habtm without any key, soft-deleted links, a default that makes timestamps somebody else's
CREATE SCHEMA rails;
SET search_path = rails, public;
CREATE TABLE users (id bigserial PRIMARY KEY, email varchar, created_at timestamp(6) NOT NULL, updated_at timestamp(6) NOT NULL);
CREATE TABLE groups (id bigserial PRIMARY KEY, name varchar, created_at timestamp(6) NOT NULL DEFAULT now());
CREATE TABLE groups_users (group_id bigint NOT NULL REFERENCES groups, user_id bigint NOT NULL REFERENCES users);
CREATE TABLE memberships (id bigserial PRIMARY KEY, user_id bigint NOT NULL REFERENCES users,
  group_id bigint NOT NULL REFERENCES groups, deleted_at timestamp);
CREATE UNIQUE INDEX ON memberships (user_id, group_id) WHERE deleted_at IS NULL;
CREATE TABLE group_moderators (id bigserial PRIMARY KEY, group_id bigint NOT NULL REFERENCES groups,
  user_id bigint NOT NULL REFERENCES users, since date,
  UNIQUE (group_id, user_id) DEFERRABLE);
CREATE TABLE group_user (id bigserial PRIMARY KEY, group_id bigint REFERENCES groups, user_id bigint REFERENCES users,
  created_at timestamp, updated_at timestamp);
CREATE TABLE accounts (id bigserial PRIMARY KEY, user_id bigint REFERENCES users, supplier_id bigint);
CREATE UNIQUE INDEX ON accounts (user_id) WHERE user_id IS NOT NULL;
SELECT * FROM assoc.discover();
-- followed: each is a join table then
DO $$ DECLARE s text; BEGIN FOR s IN SELECT statement FROM assoc.discover() WHERE status = 'proposed' LOOP EXECUTE s; END LOOP; END $$;
SELECT status, statement, note FROM assoc.discover() WHERE status <> 'exists' AND statement !~ 'has_';
SELECT * FROM unlike('rails') WHERE applied <> 'exists';
SELECT source, alias FROM assoc.associations WHERE kind = 'belongs_to_many' ORDER BY 1, 2;

-- Prisma: implicit join tables with columns A and B, one of a model with itself, @updatedAt
CREATE SCHEMA prisma;
SET search_path = prisma, public;
CREATE TABLE "User" (id serial PRIMARY KEY, email text NOT NULL);
CREATE TABLE "Post" (id serial PRIMARY KEY, title text NOT NULL, "authorId" int NOT NULL REFERENCES "User",
  "updatedAt" timestamp(3) NOT NULL,
  "createdAt" timestamp(3) NOT NULL DEFAULT CURRENT_TIMESTAMP);
CREATE TABLE "Category" (id serial PRIMARY KEY, name text NOT NULL);
CREATE TABLE "_CategoryToPost" ("A" int NOT NULL REFERENCES "Category" ON DELETE CASCADE,
  "B" int NOT NULL REFERENCES "Post" ON DELETE CASCADE);
CREATE UNIQUE INDEX "_CategoryToPost_AB_unique" ON "_CategoryToPost" ("A", "B");
CREATE INDEX "_CategoryToPost_B_index" ON "_CategoryToPost" ("B");
CREATE TABLE "_Favorites" ("A" int NOT NULL REFERENCES "Post", "B" int NOT NULL REFERENCES "User",
  CONSTRAINT "_Favorites_AB_pkey" PRIMARY KEY ("A", "B"));
CREATE TABLE "_Follows" ("A" int NOT NULL REFERENCES "User", "B" int NOT NULL REFERENCES "User",
  CONSTRAINT "_Follows_AB_pkey" PRIMARY KEY ("A", "B"));
SELECT * FROM assoc.discover();
SELECT * FROM unlike('prisma');
INSERT INTO "User" VALUES (1, 'a'), (2, 'b'); INSERT INTO "Post" VALUES (5, 't', 1, now()); INSERT INTO "Category" VALUES (7, 'c');
SELECT assoc.add('Post', 5, 'categories', '7') -> 'added' AS added, assoc.add('User', 1, 'follows', '2') -> 'added' AS follows;
SELECT assoc.find_all('User',
  '{"attributes": ["id"], "include": [{"association": "follow_of", "attributes": ["id"], "through": {"attributes": []}}]}');

-- Django: tables with the application in front, join tables with ids of their own
CREATE SCHEMA django;
SET search_path = django, public;
CREATE TABLE auth_user (id serial PRIMARY KEY, username varchar(150) UNIQUE NOT NULL);
CREATE TABLE auth_group (id serial PRIMARY KEY, name varchar(150));
CREATE TABLE auth_user_groups (id serial PRIMARY KEY, user_id int NOT NULL REFERENCES auth_user DEFERRABLE INITIALLY DEFERRED,
  group_id int NOT NULL REFERENCES auth_group DEFERRABLE INITIALLY DEFERRED, UNIQUE (user_id, group_id));
CREATE TABLE blog_post (id bigserial PRIMARY KEY, author_id int NOT NULL REFERENCES auth_user, reviewer_id int REFERENCES auth_user,
  title varchar(200));
CREATE TABLE blog_tag (id bigserial PRIMARY KEY, slug varchar(50));
CREATE TABLE blog_post_tags (id bigserial PRIMARY KEY, post_id bigint NOT NULL REFERENCES blog_post,
  tag_id bigint NOT NULL REFERENCES blog_tag, UNIQUE (post_id, tag_id));
CREATE TABLE blog_comment (id bigserial PRIMARY KEY, post_id bigint NOT NULL REFERENCES blog_post,
  user_id int NOT NULL REFERENCES auth_user, body text);
SELECT * FROM assoc.discover();
SELECT * FROM unlike('django');

-- software for many tenants: composite keys that share a column
CREATE SCHEMA saas;
SET search_path = saas, public;
CREATE TABLE tenants (id int PRIMARY KEY, name text);
CREATE TABLE users (tenant_id int REFERENCES tenants, id int, email text, PRIMARY KEY (tenant_id, id));
CREATE TABLE projects (tenant_id int REFERENCES tenants, id int, owner_id int, PRIMARY KEY (tenant_id, id),
  FOREIGN KEY (tenant_id, owner_id) REFERENCES users);
CREATE TABLE project_users (tenant_id int, project_id int, user_id int, role text, PRIMARY KEY (tenant_id, project_id, user_id),
  FOREIGN KEY (tenant_id, project_id) REFERENCES projects, FOREIGN KEY (tenant_id, user_id) REFERENCES users);
CREATE TABLE tasks (tenant_id int, id int, project_id int, assignee_id int, reporter_id int, PRIMARY KEY (tenant_id, id),
  FOREIGN KEY (tenant_id, project_id) REFERENCES projects, FOREIGN KEY (tenant_id, assignee_id) REFERENCES users,
  FOREIGN KEY (tenant_id, reporter_id) REFERENCES users);
SELECT * FROM assoc.discover();
SELECT * FROM unlike('saas');
INSERT INTO tenants VALUES (1, 't'); INSERT INTO users VALUES (1, 1, 'a'); INSERT INTO projects VALUES (1, 5, 1);
INSERT INTO project_users VALUES (1, 5, 1, 'x');
SELECT assoc.find_all('users', '{"include": ["projects", "owner_projects"]}');

-- keys that are not where one looks: tables without a primary key, foreign keys of partitions, columns called key
CREATE SCHEMA keys;
SET search_path = keys, public;
CREATE TABLE rooms (room_id text NOT NULL, alias text, UNIQUE (room_id), UNIQUE (alias));
CREATE TABLE events (stream bigint NOT NULL, room_id text NOT NULL REFERENCES rooms (room_id), event_id text NOT NULL UNIQUE,
  UNIQUE (stream));
CREATE TABLE room_tags (room_id text NOT NULL REFERENCES rooms (room_id), event_id text NOT NULL REFERENCES events (event_id),
  UNIQUE (room_id, event_id));
CREATE TABLE loose (room_id text REFERENCES rooms (room_id), n int, UNIQUE (n));
CREATE TABLE customers (id int PRIMARY KEY);
CREATE TABLE payments (id int, paid date NOT NULL, customer_id int, clerk_id int, room_id text, PRIMARY KEY (id,
  paid)) PARTITION BY RANGE (paid);
CREATE TABLE payments_1 PARTITION OF payments FOR VALUES FROM ('2026-01-01') TO ('2026-02-01');
CREATE TABLE payments_2 PARTITION OF payments FOR VALUES FROM ('2026-02-01') TO ('2026-03-01') PARTITION BY LIST (id);
CREATE TABLE payments_2_1 (paid date NOT NULL, id int NOT NULL, room_id text, clerk_id int, customer_id int);
ALTER TABLE payments_2 ATTACH PARTITION payments_2_1 FOR VALUES IN (1);
ALTER TABLE payments_1 ADD FOREIGN KEY (customer_id) REFERENCES customers;
ALTER TABLE payments_2_1 ADD FOREIGN KEY (customer_id) REFERENCES customers;
ALTER TABLE payments_1 ADD FOREIGN KEY (clerk_id) REFERENCES customers;
ALTER TABLE payments ADD FOREIGN KEY (room_id) REFERENCES rooms (room_id);
CREATE TABLE receipts (id int PRIMARY KEY, payment_id int, paid date, FOREIGN KEY (payment_id, paid) REFERENCES payments_1 (id, paid));
SELECT * FROM assoc.discover();
SELECT * FROM unlike('keys');
INSERT INTO customers VALUES (1), (2); INSERT INTO payments VALUES (1, '2026-01-05', 1, 2), (1, '2026-02-05', 1, NULL);
SELECT assoc.find_all('customers', '{"include": [{"association": "payments", "attributes": ["paid"]}]}');

-- each table takes a row, and each association loads what plain SQL does
SET search_path = public;
SELECT s, f.* FROM unnest('{sequelize,rails,prisma,django,saas,keys}'::name[]) s, fill(s) f;
SELECT s, c.* FROM unnest('{sequelize,rails,prisma,django,saas,keys}'::name[]) s, compare(s) c;
SET search_path = keys, public;

-- what was declared by discover alone can be taken back in one call; what somebody has said himself stays
SELECT assoc.has_many('customers', 'payments', alias => 'payments', foreign_key => 'customer_id',
  inverse => 'customer') -> 'changed' AS changed;
SELECT assoc.adopt('loose', 'loose', '{"key": ["n"]}') -> 'changed' AS changed;
SELECT * FROM assoc.discover(undo => true) LIMIT 5;
SELECT status, count(*) FROM assoc.discover(undo => true, apply => true) GROUP BY 1;
SELECT source, alias FROM assoc.associations WHERE source::text !~ '[.]' ORDER BY 1, 2;
SELECT relation FROM assoc.models WHERE relation::text !~ '[.]' ORDER BY 1;
SELECT count(*) FROM pg_proc WHERE pronamespace = 'keys'::regnamespace AND proname !~ 'payment';
SELECT * FROM assoc.discover(undo => true);
-- and found again
SELECT status, count(*) FROM assoc.discover(apply => true) GROUP BY 1 ORDER BY 1;
SELECT status, count(*) FROM assoc.discover('rails', undo => true, apply => true) GROUP BY 1;
SELECT count(*) FROM assoc.associations a WHERE a.source IN (SELECT oid FROM pg_class WHERE relnamespace = 'rails'::regnamespace);

-- somebody else's table: the way to it is one's own table's, and its owner has said nothing
CREATE ROLE regress_made_owner;
CREATE ROLE regress_made_app;
CREATE SCHEMA auth AUTHORIZATION regress_made_owner;
CREATE SCHEMA app AUTHORIZATION regress_made_app;
GRANT USAGE ON SCHEMA auth TO regress_made_app;
SET ROLE regress_made_owner;
CREATE TABLE auth.users (id int PRIMARY KEY, email text);
CREATE TABLE auth.secrets (id int PRIMARY KEY);
GRANT SELECT, REFERENCES ON auth.users TO regress_made_app;
SET ROLE regress_made_app;
SET search_path = app, public;
CREATE TABLE posts (id int PRIMARY KEY, user_id int REFERENCES auth.users);
CREATE TABLE notes (id int PRIMARY KEY, secret_id int);
SELECT * FROM assoc.discover();
SELECT assoc.has_many('auth.users', 'posts', foreign_key => 'user_id');
SELECT assoc.belongs_to('notes', 'auth.users', foreign_key => 'secret_id', alias => 'secret');
SELECT * FROM public.unlike('app');
INSERT INTO posts VALUES (1, NULL);
SELECT assoc.find_all('posts', '{"include": ["user"]}');
RESET ROLE;
SET ROLE regress_made_owner;
SELECT assoc.adopt('auth.users', 'User', '{"scopes": {}}') -> 'changed' AS changed;
SELECT assoc.adopt('auth.users', 'Other');
RESET ROLE;
SET ROLE regress_made_app;
SELECT assoc.find_all('posts', '{"include": ["user"]}');
SELECT * FROM assoc.discover(undo => true, apply => true);
RESET ROLE;
SELECT name FROM assoc.models WHERE relation = 'auth.users'::regclass;

RESET search_path;
DROP SCHEMA sequelize, rails, prisma, django, saas, keys, app, auth CASCADE;
DROP ROLE regress_made_owner, regress_made_app;
DROP FUNCTION unlike, compare, by_load, by_sql, keys_equal, fill, some_row, columns_of, some_value;
SELECT count(*) FROM assoc.models;
