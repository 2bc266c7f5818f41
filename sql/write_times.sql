-- Times of tables that another program made: NOT NULL, without a default, set by whoever writes. The verbs set them.
CREATE SCHEMA keeping;
SET search_path = keeping;
CREATE TABLE "Users" (id serial PRIMARY KEY, name text UNIQUE, "ownerId" int REFERENCES "Users",
  "createdAt" timestamptz NOT NULL, "updatedAt" timestamptz NOT NULL, "deletedAt" timestamptz, CHECK ("updatedAt" >= "createdAt"));
CREATE TABLE "Projects" (id serial PRIMARY KEY, title text, "UserId" int REFERENCES "Users", "createdAt" timestamp(0) NOT NULL,
  "updatedAt" date NOT NULL);
CREATE INDEX ON "Projects" ("UserId");
CREATE TABLE "UserProjects" ("UserId" int REFERENCES "Users", "ProjectId" int REFERENCES "Projects", role text, "deletedAt" timestamptz,
  "createdAt" timestamptz NOT NULL, "updatedAt" timestamptz NOT NULL, PRIMARY KEY ("UserId", "ProjectId"));
CREATE INDEX ON "UserProjects" ("ProjectId");
SELECT assoc.adopt('"Users"', 'User', '{"createdAt": "createdAt", "updatedAt": "updatedAt", "deletedAt": "deletedAt", "paranoid": true}') ->
  'changed' AS changed;
SELECT assoc.adopt('"Projects"', 'Project', '{"timestamps": true, "createdAt": "createdAt", "updatedAt": "updatedAt"}') -> 'changed' AS
  changed;
-- the option over a table that names no columns is refused
SELECT assoc.belongs_to_many('User', 'Project', through => 'UserProjects', foreign_key => 'UserId', other_key => 'ProjectId',
  alias => 'projects',
  options => '{"timestamps": true}');
SELECT assoc.adopt('"UserProjects"', 'UserProject', '{"createdAt": "createdAt", "updatedAt": "updatedAt"}') -> 'changed' AS changed;
SELECT assoc.belongs_to_many('User', 'Project', through => 'UserProjects', foreign_key => 'UserId', other_key => 'ProjectId',
  alias => 'projects',
  inverse => 'users', options => '{"timestamps": true}') ->> 'alias' AS alias;
SELECT assoc.has_many('User', 'Project', foreign_key => 'UserId', alias => 'owned', inverse => 'owner') ->> 'alias' AS alias;
SELECT assoc.belongs_to('User', 'User', foreign_key => 'ownerId', alias => 'boss') ->> 'alias' AS alias;
-- what a statement has made or changed since the last look, by now(): "+" made, "~" changed; then all is old again
CREATE FUNCTION fresh() RETURNS TABLE (what text) LANGUAGE plpgsql AS $$
BEGIN
  RETURN QUERY
    SELECT string_agg(format('%s %s: %s%s', t, k, CASE WHEN made THEN '+' END, CASE WHEN changed THEN '~' END), ', ' ORDER BY t, k) FROM (
      SELECT 'U' t, id::text k, "createdAt" = now() made, "updatedAt" = now() changed FROM "Users"
      UNION ALL SELECT 'P', id::text, "createdAt" > '2001-01-01', "updatedAt" = current_date FROM "Projects"
      UNION ALL SELECT 'L', "UserId" || '-' || "ProjectId", "createdAt" = now(), "updatedAt" = now() FROM "UserProjects") x
        WHERE made OR changed;
  UPDATE "Users" SET "createdAt" = '2000-01-01', "updatedAt" = '2000-01-01';
  UPDATE "Projects" SET "createdAt" = '2000-01-01', "updatedAt" = '2000-01-01';
  UPDATE "UserProjects" SET "createdAt" = '2000-01-01', "updatedAt" = '2000-01-01';
END $$;
-- a call, and what it has made and changed
CREATE FUNCTION call(query text) RETURNS TABLE (what text) LANGUAGE plpgsql AS $$
BEGIN EXECUTE query; RETURN QUERY SELECT * FROM fresh(); END $$;

SELECT * FROM call($$SELECT assoc.create('User', '{"name": "Ann"}')$$);
SELECT * FROM call($$SELECT assoc.bulk_create('User', '[{"name": "Bob"}, {"name": "Cid", "createdAt": "1999-01-01"}, {"name": "Dan"}]')$$);
SELECT * FROM call($$SELECT assoc.bulk_create('Project', '[{"title": "Mars"}, {"title": "Moon"}, {"title": "Sun"}]')$$);
SELECT * FROM call($$SELECT assoc.find_or_create('User', '{"name": "Eve"}')$$);
SELECT * FROM call($$SELECT assoc.find_or_create('User', '{"name": "Eve"}')$$);
-- the rows that are there: changed, where anything is
SELECT * FROM call($$SELECT assoc.upsert('User', '{"name": "Ann", "ownerId": 2}', '{"conflict": ["name"]}')$$);
SELECT * FROM call($$SELECT assoc.upsert('User', '{"name": "Ann", "ownerId": 2}', '{"conflict": ["name"]}')$$);
SELECT * FROM call($$SELECT assoc.upsert('User', '{"name": "Fay", "ownerId": 2}', '{"conflict": ["name"]}')$$);
SELECT * FROM call($$SELECT assoc.bulk_create('User', '[{"name": "Ann", "ownerId": 3}, {"name": "Bob"}, {"name": "Gus"}]',
  '{"updateOnDuplicate": ["ownerId"], "conflict": ["name"]}')$$);
SELECT * FROM call($$SELECT assoc.bulk_create('User', '[{"name": "Ann", "ownerId": 2}, {"name": "Bob", "ownerId": 1,
  "updatedAt": "2100-01-01Z"}]',
  '{"updateOnDuplicate": ["ownerId", "updatedAt"], "conflict": ["name"]}')$$);
SELECT * FROM call($$SELECT assoc.bulk_create('User', '[{"name": "Ann"}, {"name": "Hal"}]', '{"ignoreDuplicates": true}')$$);
-- update; a time that is given stays
SELECT * FROM call($$SELECT assoc.update('User', '{"ownerId": 1}', '{"where": {"name": ["Bob", "Cid"]}}')$$);
SELECT * FROM call($$SELECT assoc.update('User', '{"ownerId": 1, "updatedAt": "2010-01-01"}', '{"where": {"name": "Bob"}}')$$);
SELECT * FROM call($$SELECT assoc.update('User', '{"ownerId": null}', '{"where": {"name": "Bob"}, "returning": true}')$$);
SELECT * FROM call($$SELECT assoc.update('User', '{"boss": {"connect": 2}}', '{"where": {"name": "Cid"}}')$$);
SELECT * FROM call($$SELECT assoc.destroy('User', '{"where": {"name": "Hal"}}')$$);
SELECT * FROM call($$SELECT assoc.restore('User', '{"where": {"name": "Hal"}}')$$);
-- nested rows and links
SELECT * FROM call($$SELECT assoc.create('User', '{"name": "Ian", "boss": {"create": {"name": "Joy"}}, "projects": [{"title": "new"}],
  "owned": [{"title": "own"}]}')$$);
SELECT * FROM call($$SELECT assoc.create('User', '{"name": "Kim", "projects": {"connect": [1, {"id": 2, "through": {"role": "x"}}]}}')$$);
SELECT * FROM call($$SELECT assoc.update('User', '{"projects": {"connect": [3, {"id": 1, "through": {"role": "y"}}],
  "update": [{"where": {"id": 2}, "data": {"title": "Moon II"}}]}}', '{"where": {"name": "Kim"}}')$$);
SELECT * FROM call($$SELECT assoc.update('User', '{"projects": {"upsert": [{"where": {"id": 1}, "update": {"title": "Mars II"},
  "create": {"title": "x"}}]}}',
  '{"where": {"name": "Kim"}}')$$);
-- link verbs
SELECT * FROM call($$SELECT assoc.add('User', 1, 'projects', '1')$$);
SELECT * FROM call($$SELECT assoc.add('User', 1, 'projects', '1')$$);
SELECT * FROM call($$SELECT assoc.add('User', 1, 'projects', '[1, 2, 3]', '{"role": "a"}')$$);
SELECT * FROM call($$SELECT assoc.set('User', 1, 'projects', '[{"id": 1, "through": {"role": "b"}}, {"id": 2}, {"id": 4}]')$$);
SELECT * FROM call($$SELECT assoc.update_link('User', 1, 'projects', '1', '{"role": "c"}')$$);
SELECT * FROM call($$SELECT assoc.update_link('User', 1, 'projects', '1', '{"role": "c"}')$$);
SELECT * FROM call($$SELECT assoc.update_link('User', 1, 'projects', '[1, 2]', '{"role": "d", "updatedAt": "2011-01-01"}')$$);
SELECT * FROM call($$SELECT assoc.toggle('User', 2, 'projects', '1')$$);
SELECT * FROM call($$SELECT assoc.move('User', 1, 'projects', '4', 2)$$);
SELECT * FROM call($$SELECT assoc.set_many('User', 'projects', '[{"id": 1, "projects": [3]}, {"id": 3, "projects": [1, 2]}]')$$);
SELECT * FROM call($$SELECT assoc.create_in('User', 1, 'projects', '{"title": "in"}', '{"role": "x"}')$$);
-- a foreign key is a column of the row too
SELECT * FROM call($$SELECT assoc.add('User', 1, 'owned', '1')$$);
SELECT * FROM call($$SELECT assoc.set('User', 2, 'owned', '[1, 2]')$$);
SELECT * FROM call($$SELECT assoc.remove('User', 2, 'owned', '1')$$);
SELECT * FROM call($$SELECT assoc.set_many('User', 'owned', '[{"id": 1, "owned": [3]}, {"id": 2, "owned": []}]')$$);
SELECT * FROM call($$SELECT assoc.set('Project', 1, 'owner', '3')$$);
SELECT * FROM call($$SELECT assoc.set_many('Project', 'owner', '[{"id": 1, "owner": 1}, {"id": 2, "owner": 2}]')$$);
SELECT * FROM call($$SELECT assoc.clear('Project', 1, 'owner')$$);
-- links that are soft-deleted
SELECT assoc.adopt('"UserProjects"', 'UserProject', '{"createdAt": "createdAt", "updatedAt": "updatedAt", "deletedAt": "deletedAt",
  "paranoid": true}',
  replace => true) -> 'changed' AS changed;
SELECT * FROM call($$SELECT assoc.remove('User', 1, 'projects', '3')$$);
SELECT * FROM call($$SELECT assoc.add('User', 1, 'projects', '3')$$);

-- what a verb sets is not missing; what is given is judged
SELECT assoc.validate('User', '{"name": "x", "projects": [{}]}'), assoc.validate('User', '{"createdAt": null}');
SELECT assoc.create('User', '{"name": "y", "createdAt": "infinity"}');
-- plain SQL is nobody's business, and nothing of the table was altered
INSERT INTO "Users" (name) VALUES ('plain');
SELECT count(*) AS defaults, (SELECT count(*) FROM pg_trigger WHERE tgrelid = '"Users"'::regclass AND NOT tgisinternal) AS triggers
  FROM pg_attrdef WHERE adrelid = '"Users"'::regclass;
-- a column that can keep no time is refused
CREATE TABLE epochs (id int PRIMARY KEY, created_at bigint NOT NULL, updated_at bigint NOT NULL);
SELECT assoc.adopt('epochs', 'Epoch', '{"timestamps": true}');
SELECT assoc.adopt('epochs', 'Epoch') -> 'changed' AS changed;
SET client_min_messages = warning;
DROP SCHEMA keeping CASCADE;
