-- One link is written as several are: a link that stands is unchanged, whatever an insert of it could run into.
SET client_min_messages = warning;
CREATE SCHEMA single;
SET search_path = single;
CREATE TABLE users (id bigint PRIMARY KEY);
CREATE TABLE projects (id bigint PRIMARY KEY);
INSERT INTO users SELECT generate_series(1, 3);
INSERT INTO projects SELECT generate_series(1, 9);
CREATE FUNCTION outcome(call text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE result jsonb;
BEGIN
  EXECUTE 'SELECT ' || call INTO result;
  RETURN result;
EXCEPTION WHEN OTHERS THEN RETURN SQLSTATE || ' ' || SQLERRM;
END $$;
-- links to 1 and 2 stand: the first alone, both, and with a payload
CREATE FUNCTION declared(name text) RETURNS text LANGUAGE sql AS $$ SELECT assoc.belongs_to_many('users', 'projects', through => name,
  alias => name) ->> 'alias' $$;
CREATE FUNCTION again(name text, payload jsonb DEFAULT NULL) RETURNS TABLE (ids text, outcome text) LANGUAGE sql AS $$
  SELECT ids, outcome(format('assoc.add(%L, 1, %L, %L, %L)', 'users', name, ids, payload)) FROM unnest('{[1],"[1, 2]"}'::text[]) ids
$$;
-- a domain
CREATE DOMAIN grade AS text NOT NULL CHECK (VALUE <> 'none');
CREATE TABLE graded (user_id bigint REFERENCES users, project_id bigint REFERENCES projects, grade grade, other grade DEFAULT 'none',
  PRIMARY KEY (user_id, project_id));
CREATE INDEX ON graded (project_id);
INSERT INTO graded VALUES (1, 1, 'a', 'a'), (1, 2, 'b', 'b');
SELECT declared('graded');
SELECT * FROM again('graded');
SELECT * FROM again('graded', '{"grade": "c"}');
SELECT outcome($$assoc.add('users', 1, 'graded', '3')$$);
-- a default that may be NULL or fail, or that takes a number of a sequence
CREATE TABLE placed (user_id bigint REFERENCES users, project_id bigint REFERENCES projects,
  tenant text NOT NULL DEFAULT current_setting('single.tenant', true),
  region text DEFAULT current_setting('single.region'), place serial, since timestamptz DEFAULT now(), PRIMARY KEY (user_id, project_id));
CREATE INDEX ON placed (project_id);
INSERT INTO placed VALUES (1, 1, 't', 'r'), (1, 2, 't', 'r');
SELECT declared('placed');
SELECT * FROM again('placed');
SELECT * FROM again('placed', '{"tenant": "u"}');
SELECT outcome($$assoc.add('users', 1, 'placed', '3')$$), outcome($$assoc.add('users', 1, 'placed', '3', '{"region": "r"}')$$),
  outcome($$assoc.add('users', 1, 'placed', '3', '{"region": "r", "tenant": "t", "place": 0}')$$);
SELECT last_value FROM placed_place_seq;
-- generated columns
CREATE TABLE summed (user_id bigint REFERENCES users, project_id bigint REFERENCES projects, a int, b int,
  total int NOT NULL GENERATED ALWAYS AS (a + b) STORED,
  share int GENERATED ALWAYS AS (100 / a) STORED, PRIMARY KEY (user_id, project_id));
CREATE INDEX ON summed (project_id);
INSERT INTO summed VALUES (1, 1, 1, 2), (1, 2, 3, 4);
SELECT declared('summed');
SELECT * FROM again('summed');
SELECT * FROM again('summed', '{"a": 3}');
SELECT outcome($$assoc.add('users', 1, 'summed', '3', '{"a": 3, "b": 1}')$$), outcome($$assoc.add('users', 1, 'summed', '3',
  '{"a": 5, "b": 1}')$$), outcome($$assoc.add('users', 1, 'summed', '4', '{"a": 0, "b": 1}')$$);
-- a CHECK that links which stand do not fulfil, while it is not validated
CREATE TABLE refused (user_id bigint REFERENCES users, project_id bigint REFERENCES projects, PRIMARY KEY (user_id, project_id));
CREATE INDEX ON refused (project_id);
INSERT INTO refused VALUES (1, 1), (1, 2);
ALTER TABLE refused ADD CONSTRAINT not_one CHECK (user_id <> 1) NOT VALID;
SELECT declared('refused');
SELECT * FROM again('refused');
SELECT outcome($$assoc.add('users', 1, 'refused', '3')$$), outcome($$assoc.add('users', 2, 'refused', '3')$$);
-- no foreign keys, and what a link points at is gone
CREATE TABLE loose (user_id bigint, project_id bigint, PRIMARY KEY (user_id, project_id));
CREATE INDEX ON loose (project_id);
INSERT INTO loose VALUES (1, 1), (1, 2), (1, 99);
SELECT declared('loose');
SELECT * FROM again('loose');
SELECT outcome($$assoc.add('users', 1, 'loose', '99')$$), outcome($$assoc.add('users', 1, 'loose', '98')$$), outcome($$assoc.add('users', 1,
  'loose', '[98, 99]')$$);
-- triggers of statements are not fired for nothing; links may be in a table that inherits
CREATE TABLE told (user_id bigint REFERENCES users, project_id bigint REFERENCES projects, PRIMARY KEY (user_id, project_id));
CREATE TABLE told_too (PRIMARY KEY (user_id, project_id)) INHERITS (told);
CREATE INDEX ON told (project_id);
INSERT INTO told_too VALUES (1, 1), (1, 2);
CREATE FUNCTION tell() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE WARNING '% %', TG_WHEN, TG_OP; RETURN NULL; END $$;
SELECT declared('told');
SELECT * FROM again('told');
DROP TABLE told_too;
INSERT INTO told VALUES (1, 1), (1, 2);
CREATE TRIGGER tell_after AFTER INSERT ON told EXECUTE FUNCTION tell();
SELECT * FROM again('told');
SELECT outcome($$assoc.add('users', 1, 'told', '3')$$);
-- a payload that changes nothing needs no right to update
CREATE TABLE ranked (user_id bigint REFERENCES users, project_id bigint REFERENCES projects, rank text, PRIMARY KEY (user_id, project_id));
CREATE INDEX ON ranked (project_id);
INSERT INTO ranked VALUES (1, 1, 'a'), (1, 2, 'a');
SELECT declared('ranked');
CREATE ROLE single_one;
GRANT USAGE ON SCHEMA single TO single_one;
GRANT SELECT, INSERT ON ranked TO single_one;
SET ROLE single_one;
SELECT * FROM again('ranked', '{"rank": "a"}');
SELECT outcome($$assoc.add('users', 1, 'ranked', '[2, 3]', '{"rank": "a"}')$$), outcome($$assoc.add('users', 1, 'ranked', '[2, 3]',
  '{"rank": "b"}')$$);
RESET ROLE;
REVOKE INSERT ON ranked FROM single_one;
SET ROLE single_one;
SELECT * FROM again('ranked', '{"rank": "a"}');
SELECT * FROM again('ranked', '{"rank": "b"}');
RESET ROLE;
DROP OWNED BY single_one;
DROP ROLE single_one;
-- rows that point at nothing are no links, and are left alone
CREATE TABLE papers (id text PRIMARY KEY);
CREATE TABLE words (id text PRIMARY KEY);
CREATE TABLE written (paper_id text REFERENCES papers, word_id text REFERENCES words, UNIQUE (paper_id, word_id));
CREATE INDEX ON written (word_id);
INSERT INTO papers VALUES ('p'), ('q');
INSERT INTO words VALUES ('v'), ('w');
INSERT INTO written VALUES ('p', 'v'), ('p', NULL), (NULL, 'w');
SELECT assoc.belongs_to_many('papers', 'words', through => 'written') ->> 'alias' AS alias;
SELECT assoc.set('papers', 'p', 'words', '["w"]'), assoc.toggle('papers', 'p', 'words', '["v", "w"]');
SELECT jsonb_array_elements(assoc.set_many('papers', 'words', '[{"id": "p", "words": ["w"]}, {"id": "q", "words": ["v", "w"]}]'));
SELECT assoc.clear('papers', 'p', 'words');
BEGIN ISOLATION LEVEL SERIALIZABLE;
SELECT assoc.set('papers', 'p', 'words', '["v"]');
COMMIT;
SELECT * FROM written ORDER BY 1, 2;
-- a trigger that leaves a link without its key
CREATE FUNCTION forget() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.word_id := NULL; RETURN NEW; END';
CREATE TRIGGER forget BEFORE INSERT ON written FOR EACH ROW EXECUTE FUNCTION forget();
SELECT outcome($$assoc.add('papers', 'q', 'words', '["v"]')$$), outcome($$assoc.set('papers', 'p', 'words', '["v", "w"]')$$);
DROP SCHEMA single CASCADE;
