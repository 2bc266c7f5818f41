-- What plain SQL stores can be written: rows that a trigger fills or mends are judged by the server alone, in our terms.
CREATE SCHEMA filling;
SET search_path = filling;
CREATE FUNCTION failures(query text) RETURNS TABLE (state text, message text, path text, validator text, value text) LANGUAGE plpgsql AS $$
DECLARE detail text;
BEGIN
  EXECUTE query;
EXCEPTION WHEN check_violation OR not_null_violation THEN
  GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, detail = PG_EXCEPTION_DETAIL;
  RETURN QUERY SELECT state, f ->> 'message', f ->> 'path', f ->> 'validator', f ->> 'value' FROM jsonb_array_elements(detail::jsonb) f;
END$$;
CREATE TABLE posts (id int PRIMARY KEY, title text NOT NULL, slug text NOT NULL, email text CHECK (email = lower(email)), n int,
  CHECK (10 / n > 1));
CREATE TABLE tags (id int PRIMARY KEY, name text NOT NULL UNIQUE);
CREATE TABLE post_tags (post_id int REFERENCES posts, tag_id int REFERENCES tags, added_by text NOT NULL,
  note text CHECK (note = lower(note)),
  PRIMARY KEY (post_id, tag_id));
CREATE INDEX ON post_tags (tag_id);
CREATE FUNCTION fill_post() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.id := coalesce(NEW.id, (SELECT coalesce(max(id), 0) + 1 FROM posts));
  NEW.slug := coalesce(NEW.slug, lower(NEW.title));
  NEW.email := lower(NEW.email);
  NEW.n := nullif(NEW.n, 0);
  RETURN NEW;
END $$;
CREATE TRIGGER fill BEFORE INSERT OR UPDATE ON posts FOR EACH ROW EXECUTE FUNCTION fill_post();
CREATE FUNCTION fill_link() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN NEW.added_by := coalesce(NEW.added_by, 'me'); NEW.note := lower(NEW.note); RETURN NEW; END $$;
CREATE TRIGGER fill BEFORE INSERT OR UPDATE ON post_tags FOR EACH ROW EXECUTE FUNCTION fill_link();
CREATE FUNCTION fill_tag() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN NEW.id := coalesce(NEW.id, length(NEW.name)); RETURN NEW; END $$;
CREATE TRIGGER fill BEFORE INSERT ON tags FOR EACH ROW EXECUTE FUNCTION fill_tag();
SELECT assoc.adopt('posts', 'Post') IS NOT NULL AND assoc.adopt('tags', 'Tag') IS NOT NULL AS adopted;
SELECT assoc.belongs_to_many('Post', 'Tag', through => 'post_tags', alias => 'tags', inverse => 'posts') IS NOT NULL AS declared;

-- every verb that writes rows
SELECT assoc.create('Post', '{"title": "A", "email": "A@x.org", "n": 0}');
SELECT assoc.bulk_create('Post', '[{"title": "B"}, {"title": "C", "slug": null}]');
SELECT assoc.upsert('Post', '{"id": 4, "title": "D", "email": "D"}');
SELECT assoc.upsert('Post', '{"id": 4, "title": "D2", "email": "D2"}');
SELECT assoc.bulk_create('Post', '[{"id": 4, "title": "D3", "n": 0}]', '{"updateOnDuplicate": ["n", "title"]}');
SELECT assoc.find_or_create('Post', '{"title": "E", "email": "E"}', '{"where": {"title": "E"}}');
SELECT assoc.update('Post', '{"slug": null, "email": "AA", "n": 0}', '{"where": {"id": 1}}');
SELECT assoc.update('Post', '{"slug": null, "email": "AAA", "n": 0}', '{"where": {"id": 1}, "returning": ["slug", "email", "n"]}');
SELECT assoc.create('Post', '{"title": "N", "tags": [{"name": "t"}, {"name": "tt", "through": {"note": "NOTE"}}]}');
SELECT assoc.create('Post', '{"title": "O", "tags": {"connect": [1, {"id": 2, "through": {"added_by": null, "note": "NOTE"}}]}}') -> 'tags';
SELECT assoc.update('Post', '{"tags": {"connect": [1], "create": {"name": "ttt"}}}', '{"where": {"id": 1}}') -> 'rows' -> 0 -> 'tags';
SELECT post_add_tag(2, 1), post_add_tags(3, '{1,2}', '{"note": "NOTE"}');
SELECT assoc.update_link('Post', 3, 'tags', '1', '{"added_by": null, "note": "AGAIN"}');
SELECT assoc.set('Post', 2, 'tags', '[1, {"id": 2, "through": {"note": "SET"}}]'), assoc.toggle('Post', 4, 'tags', '1');
SELECT post_create_tag(2, '{"name": "tttt"}', '{"note": "IN"}');
SELECT * FROM post_tags ORDER BY post_id, tag_id;
-- what only writing can tell, validate does not say
SELECT assoc.validate('Post', '{"email": "X", "n": "x", "tags": [{"through": {"note": "X"}}]}');

-- what is refused all the same: the place is told
SELECT * FROM failures($$SELECT assoc.create('Post', '{}')$$);
SELECT * FROM failures($$SELECT assoc.bulk_create('Post', '[{"title": "B"}, {"slug": "x"}, {"title": null}]')$$);
SELECT * FROM failures($$SELECT assoc.update('Post', '{"title": null}', '{"where": {"id": 1}}')$$);
SELECT * FROM failures($$SELECT assoc.update('Post', '{"title": null}', '{"all": true, "returning": true}')$$);
SELECT * FROM failures($$SELECT assoc.upsert('Post', '{"id": 4, "title": null}')$$);
SELECT * FROM failures($$SELECT assoc.create('Post', '{"title": "P", "n": 7}')$$);
SELECT * FROM failures($$SELECT assoc.create('Post', '{"title": "P", "tags": [{"name": "ttttt"}, {"id": 9, "name": null}]}')$$);
CREATE FUNCTION spoil_link() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN IF NEW.note = 'bad' THEN NEW.added_by := NULL; ELSIF NEW.note = 'worse' THEN NEW.note := 'WORSE'; END IF; RETURN NEW; END $$;
CREATE TRIGGER spoil BEFORE INSERT OR UPDATE ON post_tags FOR EACH ROW EXECUTE FUNCTION spoil_link();
SELECT * FROM failures($$SELECT post_add_tag(6, 4, '{"note": "bad"}')$$);
SELECT * FROM failures($$SELECT post_add_tags(6, '{3,4}', '[{"note": "fine"}, {"note": "worse"}]')$$);
SELECT * FROM failures($$SELECT assoc.update_link('Post', 3, 'tags', '1', '{"note": "bad"}')$$);
SELECT * FROM failures($$SELECT assoc.update_link('Post', 3, 'tags', '[1, 2]', '{"note": "worse"}')$$);
SELECT * FROM failures($$SELECT assoc.create('Post', '{"title": "Q", "tags": [{"name": "6tttt+"}, {"name": "7tttt++",
  "through": {"note": "bad"}}]}')$$);
SELECT * FROM failures($$SELECT assoc.create('Post', '{"title": "Q", "tags": {"connect": [1, {"id": 2,
  "through": {"note": "worse"}}]}}')$$);
-- an error of another table, or one that a trigger raises, stays as it is
CREATE TABLE log (title text CHECK (title <> 'R'));
CREATE FUNCTION log_post() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO log VALUES (NEW.title);
  IF NEW.title = 'S' THEN RAISE EXCEPTION 'not S' USING ERRCODE = 'check_violation', DETAIL = 'of the trigger'; END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER log AFTER INSERT ON posts FOR EACH ROW EXECUTE FUNCTION log_post();
\set VERBOSITY terse
SELECT assoc.create('Post', '{"title": "R"}');
SELECT assoc.create('Post', '{"title": "S"}');
\set VERBOSITY default

-- a trigger counts where it fires
ALTER TABLE posts DISABLE TRIGGER fill;
SELECT * FROM failures($$SELECT assoc.create('Post', '{"email": "X"}')$$);
ALTER TABLE posts ENABLE REPLICA TRIGGER fill;
SELECT * FROM failures($$SELECT assoc.create('Post', '{"email": "X"}')$$);
SET session_replication_role = replica;
SELECT * FROM failures($$SELECT assoc.create('Post', '{"email": "X"}')$$);
ALTER TABLE posts ENABLE TRIGGER fill;
SELECT * FROM failures($$SELECT assoc.create('Post', '{"email": "X"}')$$);
RESET session_replication_role;
DROP TRIGGER fill ON posts;
CREATE TRIGGER fill BEFORE UPDATE ON posts FOR EACH ROW EXECUTE FUNCTION fill_post();
SELECT * FROM failures($$SELECT assoc.create('Post', '{"email": "X"}')$$);
SELECT assoc.update('Post', '{"email": "X"}', '{"where": {"id": 1}}');

-- our own trigger changes no other column: all is told at once
SELECT assoc.define('Own', '{"name": {"type": "text", "allowNull": false}, "n": {"type": "integer", "validate": {"max": 3}}}') IS NOT NULL
  AS defined;
SELECT * FROM failures($$SELECT assoc.update('Own', '{"name": null, "n": 4}', '{"all": true}')$$);
-- a constraint over a generated column is the server's to judge; its validator says its own words
SELECT assoc.define('Sum', '{"a": "integer", "b": "integer"}', '{"timestamps": false}') IS NOT NULL AS defined;
ALTER TABLE sums ADD c int GENERATED ALWAYS AS (a + b) STORED CONSTRAINT sums_c_max CHECK (c < 10);
COMMENT ON CONSTRAINT sums_c_max ON sums IS 'too much';
SELECT * FROM failures($$SELECT assoc.create('Sum', '{"a": 5, "b": 5}')$$);
SELECT * FROM failures($$SELECT assoc.bulk_create('Sum', '[{"a": 1, "b": 2}, {"a": 5, "b": 5}]')$$);

-- partitions: their own triggers, and their names in errors
CREATE TABLE days (id int, day date NOT NULL, name text NOT NULL, n int CHECK (n > 0), PRIMARY KEY (id, day)) PARTITION BY RANGE (day);
CREATE TABLE days_1 PARTITION OF days FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE TABLE days_2 PARTITION OF days FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
CREATE FUNCTION fill_day() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN NEW.name := coalesce(NEW.name, 'filled'); RETURN NEW; END $$;
SELECT assoc.adopt('days', 'Day') IS NOT NULL AS adopted;
SELECT * FROM failures($$SELECT assoc.create('Day', '{"id": 1, "day": "2025-02-02"}')$$);
CREATE TRIGGER fill BEFORE INSERT ON days_1 FOR EACH ROW EXECUTE FUNCTION fill_day();
SELECT assoc.bulk_create('Day', '[{"id": 1, "day": "2025-02-02"}, {"id": 2, "day": "2025-02-03", "n": 1}]');
SELECT * FROM failures($$SELECT assoc.bulk_create('Day', '[{"id": 3, "day": "2025-02-02"}, {"id": 4, "day": "2026-02-02"}]')$$);
SELECT * FROM failures($$SELECT assoc.create('Day', '{"id": 3, "day": "2025-02-02", "n": 0}')$$);
SELECT * FROM failures($$SELECT assoc.create('Day', '{"id": 3, "day": "2029-02-02"}')$$);
-- children that inherit, which an update changes too
CREATE TABLE base (id int PRIMARY KEY, name text CHECK (name = lower(name)));
CREATE TABLE child () INHERITS (base);
CREATE FUNCTION fill_child() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN NEW.name := CASE WHEN NEW.name = 'KEEP' THEN 'KEEP' ELSE lower(NEW.name) END; RETURN NEW; END $$;
CREATE TRIGGER fill BEFORE UPDATE ON child FOR EACH ROW EXECUTE FUNCTION fill_child();
INSERT INTO child VALUES (1, 'c');
SELECT assoc.adopt('base', 'Base') IS NOT NULL AS adopted;
SELECT assoc.update('Base', '{"name": "CC"}', '{"where": {"id": 1}}');
SELECT * FROM failures($$SELECT assoc.update('Base', '{"name": "KEEP"}', '{"where": {"id": 1}}')$$);
SELECT * FROM failures($$SELECT assoc.create('Base', '{"id": 2, "name": "CC"}')$$);
-- a rule may do anything
CREATE TABLE ruled (id int PRIMARY KEY, name text NOT NULL);
CREATE TABLE behind (id int PRIMARY KEY, name text NOT NULL);
CREATE RULE fill AS ON INSERT TO ruled DO INSTEAD INSERT INTO behind VALUES (NEW.id, coalesce(NEW.name, 'ruled')) RETURNING behind.*;
SELECT assoc.adopt('ruled', 'Ruled') IS NOT NULL AS adopted;
SELECT assoc.create('Ruled', '{"id": 1}') AS elsewhere, assoc.validate('Ruled', '{"id": 2}');
TABLE behind;

-- the default of a domain is one
CREATE DOMAIN money2 AS numeric(8,2) DEFAULT 5;
CREATE DOMAIN given AS text NOT NULL;
CREATE TABLE prices (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, price money2 NOT NULL, label given);
SELECT assoc.adopt('prices', 'Price') IS NOT NULL AS adopted;
SELECT assoc.create('Price', '{"label": "x"}'), assoc.validate('Price', '{}');
SELECT * FROM failures($$SELECT assoc.create('Price', '{"price": null}')$$);
-- a trigger gives a row that is changed another key, and a column that others point at: these are what is told, and pointed at
SET client_min_messages = warning;
CREATE TABLE pages (slug text PRIMARY KEY, title text, code text UNIQUE);
CREATE TABLE parts (id int PRIMARY KEY, slug text REFERENCES pages ON UPDATE CASCADE, code text REFERENCES pages (code) ON UPDATE CASCADE);
CREATE INDEX ON parts (slug); CREATE INDEX ON parts (code);
CREATE FUNCTION slug() RETURNS trigger LANGUAGE plpgsql AS
  'BEGIN NEW.slug = lower(NEW.title); NEW.code = upper(NEW.title); RETURN NEW; END';
CREATE TRIGGER slug BEFORE INSERT OR UPDATE ON pages FOR EACH ROW EXECUTE FUNCTION slug();
SELECT count(*) FROM (VALUES (assoc.has_many('pages', 'parts', foreign_key => 'slug', alias => 'parts')),
  (assoc.has_many('pages', 'parts', foreign_key => 'code', source_key => 'code', alias => 'coded'))) m;
SELECT assoc.create('pages', '{"title": "A", "parts": [{"id": 1}], "coded": [{"id": 2}]}');
SELECT assoc.update('pages', '{"title": "B"}', '{"where": {"slug": "a"}, "returning": true, "old": ["slug"]}');
SELECT assoc.update('pages', '{"title": "C", "parts": [{"id": 3}], "coded": [{"id": 4}]}', '{"where": {"slug": "b"},
  "returning": ["slug", "code"]}');
SELECT assoc.update_many('pages', '[{"slug": "c", "title": "D"}]', '{"returning": ["slug"]}'), assoc.update('pages', '{"title": "E"}',
  '{"where": {"slug": "d"}}');
SELECT assoc.save('pages', '{"slug": "e", "title": "F"}', '{"returning": ["slug"]}');
TABLE parts ORDER BY id;

-- a trigger links a new row: connecting it is what adding is
SELECT count(*) FROM (VALUES (assoc.define('Member', '{"name": "text"}', '{"timestamps": false}')),
  (assoc.define('Team', '{"name": {"type": "text", "unique": true}}', '{"timestamps": false}')),
  (assoc.belongs_to_many('Member', 'Team', inverse => 'members', through_attributes => '{"role": "text"}',
    options => '{"position": "rank"}')),
  (assoc.belongs_to_many('Member', 'Member', through => 'Pair', alias => 'friends', options => '{"symmetric": true}'))) m;
INSERT INTO teams (name) VALUES ('all'), ('red'), ('blue');
INSERT INTO members (name) VALUES ('first');
CREATE FUNCTION joins() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO member_teams (member_id, team_id, role) VALUES (NEW.id, 1, 'made');
  INSERT INTO pairs VALUES (1, NEW.id);
  RETURN NULL;
END $$;
CREATE TRIGGER joins AFTER INSERT ON members FOR EACH ROW EXECUTE FUNCTION joins();
\set show '{"attributes": ["id"], "include": [{"association": "teams", "attributes": ["name"], "through": {"attributes": ["role"]}}]}'
SELECT assoc.create('Member', '{"teams": {"connect": [3, 1, 2]}, "friends": {"connect": 1}}', :'show');
SELECT assoc.create('Member', '{"teams": {"set": [{"id": 1, "through": {"role": "given"}}, 2]}}', :'show');
SELECT assoc.create('Member', '{"teams": {"connectOrCreate": {"where": {"name": "all"}, "create": {"name": "all"}}}}', :'show');
SELECT assoc.create_in('Team', 1, 'members', '{"name": "in"}', '{"role": "x"}');
SELECT assoc.update('Team', '{"members": [{"name": "n", "through": {"role": "y"}}]}', '{"where": {"id": 1}, "returning": false}');
SELECT assoc.bulk_create('Member', '[{"teams": {"connect": [1, 2]}},
  {"teams": [{"name": "new"}]}, {"teams": {"connect": 1}}]', '{"returning": false}');
SELECT assoc.save('Member', '{"teams": [{"id": 2}, {"id": 1}]}') -> 'count';
SELECT member_id, team_id, role, rank FROM member_teams ORDER BY 1, 2;
SELECT assoc.create('Member', '{"teams": {"connect": [1, 99]}}');
DROP SCHEMA filling CASCADE;
