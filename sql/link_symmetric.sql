-- The option "symmetric": a link is one of both rows, in whichever order its row has them.
\pset format unaligned
\pset tuples_only on
SET client_min_messages = warning;
CREATE SCHEMA sy;
SET search_path = sy;
SELECT assoc.define('Person', '{"name": "text"}', '{"timestamps": false}') -> 'table';
SELECT assoc.belongs_to_many('Person', 'Person', through => 'Friendship', alias => 'friends',
  through_attributes => '{"since": "integer", "note": "text"}', options => '{"symmetric": true,
    "counter": "friends_count"}') - 'accessors';
SELECT indexdef FROM pg_indexes WHERE schemaname = 'sy' AND tablename = 'friendships' ORDER BY 1;
INSERT INTO people (id, name) SELECT i, chr(96 + i) FROM generate_series(1, 8) i;

-- either end writes the one row, which either end sees
SELECT assoc.add('Person', 1, 'friends', '[2, {"id": 3, "through": {"since": 3}}]', '{"note": "x"}');
SELECT assoc.add('Person', 2, 'friends', '[1, 4]'), assoc.add('Person', 3, 'friends', '1', '{"note": "y"}');
INSERT INTO friendships VALUES (5, 1);
INSERT INTO friendships VALUES (1, 5);
SELECT person_id, friend_id, since, note FROM friendships ORDER BY 1, 2;
SELECT assoc.find_all('Person', '{"attributes": ["name", "friends_count"], "where": {"id": {"lte": 5}},
  "include": [{"association": "friends", "values": "name"}]}');
SELECT assoc.get('Person', 3, 'friends'), assoc.count_of('Person', 1, 'friends'), assoc.count_of('Person', 5, 'friends');
SELECT assoc.has('Person', 1, 'friends', '[2, 5]'), assoc.has('Person', 5, 'friends', '1'), assoc.has('Person', 5, 'friends', '[1, 2]'),
  assoc.has('Person', 3, 'friends', '{"id": 1, "through": {"note": "y"}}'), assoc.has('Person', 3, 'friends', '{"id": 1,
    "through": {"note": "x"}}');
SELECT person_has_friend(5, 1), person_get_friends(5, '{"attributes": ["name"], "through": {"attributes": []}}'), person_count_friends(4);
SELECT assoc.update_link('Person', 1, 'friends', '[2, 3, 5]', '{"since": {"increment": 1}, "note": "z"}');
SELECT assoc.update_link('Person', 5, 'friends', '2', '{"note": "no"}');
SELECT assoc.set('Person', 1, 'friends', '[5, 6, {"id": 2, "through": {"note": "w"}}]');
SELECT assoc.toggle('Person', 5, 'friends', '[1, 3]'), assoc.remove('Person', 6, 'friends', '[1, 3]');
SELECT person_id, friend_id, since, note FROM friendships ORDER BY 1, 2;

-- conditions, cursors, aggregates, orders by the link, paths and trees
SELECT assoc.add('Person', 7, 'friends', '[1, 2, 3]', '[{"since": 1}, {"since": 2}, {"since": 3}]');
SELECT assoc.find_all('Person', '{"attributes": ["id", {"count": "friends", "as": "n"}, {"max": ["friends", "through", "since"],
    "as": "last"},
  {"has": "friends", "where": {"through": {"since": {"gte": 2}}}, "as": "late"}], "where": {"friends": {"some": {"name": "b"}}}}');
SELECT assoc.find_all('Person', '{"attributes": ["id"], "where": {"friends": {"allOf": [1, 7]}}}'),
  assoc.find_all('Person', '{"attributes": ["id"], "where": {"friends": {"exactly": [5, 7]}}}'),
  assoc.find_all('Person', '{"attributes": ["id"], "where": {"friends": {"none": {}}}}'),
  assoc.find_all('Person', '{"attributes": ["id"], "where": {"friends": {"every": {"id": {"gt": 4}}, "count": {"gte": 1}}}}');
SELECT assoc.find_by_pk('Person', 7, '{"attributes": [], "include": [{"association": "friends", "attributes": ["id"], "limit": 2,
    "page": true,
  "order": [["through", "since", "DESC"]], "through": {"attributes": ["since"]}}]}') -> 'friends' -> 'rows';
SELECT assoc.find_all('Person', '{"attributes": ["id"], "include": [{"association": "friends.friends", "as": "near", "values": "id"}]}');
SELECT assoc.find_by_pk('Person', 4, '{"attributes": ["id"], "include": [{"association": "friends", "attributes": ["id"],
    "recursive": true,
  "maxDepth": 3, "through": {"attributes": []}}]}');
SELECT assoc.find_all('Person', '{"attributes": ["id"], "where": {"friends": {"some": {"id": 4}, "recursive": true}}}');
SELECT * FROM assoc.explain('Person', '{"attributes": ["id"], "include": ["friends"]}') WHERE explain NOT SIMILAR TO '%(SQL|probe)%';

-- nested data, documents that come back, conditions in place of ids
SELECT assoc.create('Person', '{"id": 10, "name": "j", "friends": {"connect": [1, {"id": 2, "through": {"since": 3}}],
    "create": [{"id": 11}]}}',
  '{"attributes": ["id"], "include": [{"association": "friends", "values": "id"}]}');
SELECT assoc.update('Person', '{"friends": {"disconnect": [7], "connect": [11], "update": {"id": 10, "data": {"name": "j2"},
    "through": {"since": 77}}}}',
  '{"where": {"id": 1}, "returning": {"attributes": ["id"], "include": [{"association": "friends", "values": "id"}]}}');
SELECT assoc.remove('Person', 10, 'friends', '{"where": {"through": {"since": 77}}}'), assoc.update_link('Person', 3, 'friends',
    '{"where": {}}', '{"note": "all"}');
SELECT assoc.save('Person', '{"id": 3, "friends": [{"id": 5}, {"id": 7, "Friendship": {"since": 4, "note": "all"}},
    {"id": 8}]}') -> 'changes';
SELECT assoc.save('Person', assoc.find_by_pk('Person', 7, '{"include": ["friends"]}')) -> 'changes';
SELECT assoc.update('Person', '{"friends": {"delete": {"where": {"id": {"gt": 10}}}}}', '{"where": {"id": 10}}');

-- move keeps the row, and its order, where the other one has no such link
SELECT person_id, friend_id, since, note FROM friendships ORDER BY 1, 2;
SELECT assoc.move('Person', 7, 'friends', '[2, 3]', 8), assoc.move('Person', 8, 'friends', '[3]', 8), assoc.move('Person', 10,
    'friends', '[2]', 4);
SELECT assoc.move('Person', 8, 'friends', '7', 1);
SELECT person_id, friend_id, since, note FROM friendships ORDER BY 1, 2;
SELECT assoc.merge('Person', 8, 5) -> 'references' @? '$[*].merged[*]';
SELECT person_id, friend_id, since, note FROM friendships ORDER BY 1, 2;
SELECT assoc.recount('Person', 'friends', dry_run => true);

-- of one's own: one link, which no verb doubles
SELECT assoc.add('Person', 6, 'friends', '[6, 7]'), assoc.set('Person', 6, 'friends', '[6, 5]');
SELECT assoc.get('Person', 6, 'friends', '{"attributes": ["id"], "through": {"attributes": []}}'), assoc.count_of('Person', 6, 'friends');
SELECT assoc.set('Person', 6, 'friends', '[5]');

-- at random, beside plain SQL
CREATE VIEW ends AS SELECT person_id AS a, friend_id AS b, since FROM friendships UNION SELECT friend_id, person_id,
    since FROM friendships;
CREATE FUNCTION ids(a bigint) RETURNS jsonb LANGUAGE sql
RETURN (SELECT coalesce(jsonb_agg(e.b ORDER BY e.b), '[]') FROM ends e WHERE e.a = ids.a);
CREATE FUNCTION minus(x jsonb, y jsonb) RETURNS jsonb LANGUAGE sql IMMUTABLE
RETURN (SELECT coalesce(jsonb_agg(v ORDER BY v), '[]') FROM jsonb_array_elements(x) v WHERE NOT y @> v);
CREATE FUNCTION after(verb text, before jsonb, given jsonb) RETURNS jsonb LANGUAGE sql IMMUTABLE
RETURN (SELECT coalesce(jsonb_agg(v ORDER BY v), '[]')
  FROM (SELECT jsonb_array_elements(before) UNION SELECT jsonb_array_elements(given)) u (v)
  WHERE CASE verb WHEN 'add' THEN true WHEN 'set' THEN given @> v WHEN 'remove' THEN NOT given @> v ELSE NOT (before @> v AND given
    @> v) END);
CREATE FUNCTION check_reads() RETURNS SETOF text LANGUAGE sql
BEGIN ATOMIC
  SELECT 'include ' || p.id FROM people p WHERE ids(p.id) <> assoc.find_by_pk('Person', p.id,
    '{"include": [{"association": "friends", "values": "id"}]}') -> 'friends';
  SELECT 'counter ' || id FROM people WHERE friends_count <> jsonb_array_length(ids(id));
  SELECT 'some' WHERE assoc.find_all('Person', '{"attributes": ["id"], "where": {"friends": {"some": {"id": {"lt": 4},
    "through": {"since": {"gt": 1}}}}}}') <>
    (SELECT coalesce(jsonb_agg(jsonb_build_object('id', id) ORDER BY id), '[]') FROM people
      WHERE EXISTS (SELECT FROM ends WHERE a = id AND b < 4 AND since > 1));
  SELECT 'count' WHERE assoc.find_all('Person', '{"attributes": ["id", {"count": "friends.friends", "as": "n"}],
    "where": {"friends": {"count": {"gte": 2}}}}') <>
    (SELECT coalesce(jsonb_agg(jsonb_build_object('id', id, 'n',
    (SELECT count(DISTINCT f.b) FROM ends e JOIN ends f ON f.a = e.b WHERE e.a = id)) ORDER BY id), '[]')
      FROM people WHERE jsonb_array_length(ids(id)) >= 2);
END;
CREATE PROCEDURE at_random(rounds integer) LANGUAGE plpgsql AS $$
DECLARE
  verbs text[] := '{add,set,remove,toggle}';
  verb text; one bigint; given jsonb; before jsonb; expected jsonb; diff jsonb; wrong text; n bigint := 4711;
BEGIN
  FOR round IN 1 .. rounds LOOP
    n := (n * 1103515245 + 12345) % 2147483648;
    one := 1 + (n >> 8) % 6;
    verb := verbs[1 + (n >> 12) % 4];
    SELECT coalesce(jsonb_agg(i ORDER BY i), '[]') INTO given FROM generate_series(1, 6) i WHERE (n >> (15 + i)) % 2 = 1 AND i <> one;
    before := ids(one);
    expected := after(verb, before, given);
    EXECUTE format('SELECT assoc.%I($1, $2, $3, $4)', verb) INTO diff USING 'Person', one, 'friends', given;
    IF ids(one) <> expected OR diff -> 'added' <> minus(expected, before) OR diff -> 'removed' <> minus(before, expected) THEN
      RAISE EXCEPTION 'round %: % % of % gave %, %', round, verb, given, before, ids(one), diff;
    END IF;
    BEGIN
      INSERT INTO friendships VALUES (1 + (n >> 5) % 6, 1 + (n >> 9) % 6, NULL, round % 4);
    EXCEPTION WHEN unique_violation THEN
      DELETE FROM friendships WHERE person_id = 1 + (n >> 5) % 6 AND friend_id <> person_id;
    END;
    DELETE FROM friendships WHERE person_id = friend_id;
    FOR wrong IN SELECT check_reads() LOOP
      RAISE EXCEPTION 'round %: %', round, wrong;
    END LOOP;
  END LOOP;
END $$;
TRUNCATE friendships;
DELETE FROM people WHERE id > 8;
CALL at_random(60);
SELECT count(*) > 3 FROM friendships;

-- what is refused
SELECT assoc.belongs_to_many('Person', 'Person', through => 'Other', alias => 'others', options => '{"symmetric": true,
    "acyclic": true}');
SELECT assoc.belongs_to_many('Person', 'Person', through => 'Other', alias => 'others', options => '{"symmetric": true,
    "position": "rank"}');
SELECT assoc.belongs_to_many('Person', 'Person', through => 'Other', alias => 'others', options => '{"symmetric": true,
    "unique": false}');
SELECT assoc.belongs_to_many('Person', 'Person', through => 'Other', alias => 'others', inverse => 'of',
    options => '{"symmetric": true}');
SELECT assoc.belongs_to_many('Person', 'Friendship', through => 'Other', alias => 'others', options => '{"symmetric": true}');
SELECT assoc.has_many('Person', 'Person', alias => 'others', options => '{"symmetric": true}');
SELECT assoc.belongs_to_many('Friendship', 'Friendship', through => 'Other', alias => 'others', options => '{"symmetric": true}');

-- a table that was there needs the key; an association with a direction may stand beside it
CREATE TABLE plain (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, a bigint NOT NULL REFERENCES people,
    b bigint NOT NULL REFERENCES people,
  UNIQUE (a, b));
CREATE INDEX ON plain (b, a);
SELECT assoc.belongs_to_many('Person', 'Person', through => 'plain', alias => 'mates', foreign_key => 'a', other_key => 'b',
  options => '{"symmetric": true}') -> 'alias';
CREATE UNIQUE INDEX plain_pair ON plain ((GREATEST(b, a)), (LEAST(a, b)));
SELECT assoc.belongs_to_many('Person', 'Person', through => 'plain', alias => 'mates', foreign_key => 'a', other_key => 'b',
  options => '{"symmetric": true}') -> 'alias';
SELECT assoc.belongs_to_many('Person', 'Person', through => 'plain', alias => 'called', foreign_key => 'a', other_key => 'b',
    inverse => 'callers') -> 'alias';
INSERT INTO plain (a, b) VALUES (3, 1), (2, 3);
SELECT assoc.add('Person', 1, 'mates', '[2, 3]'), assoc.add('Person', 3, 'mates', '[1, 2, 4]');
SELECT assoc.find_by_pk('Person', 3, '{"attributes": ["id"], "include": [{"association": "mates", "values": "id"},
  {"association": "called", "values": "id"}, {"association": "callers", "values": "id"}]}');
SELECT assoc.drop_association('Person', 'mates') -> 'associations';
SELECT * FROM assoc.check('sy');
DROP INDEX friendships_least_greatest_idx;
SELECT severity, object, problem, fix FROM assoc.check('sy');
SELECT assoc.sync('sy');
SELECT * FROM assoc.check('sy');

-- a table that says in which order a pair stands has no room for what the second of them links
CREATE TABLE sorted (a bigint NOT NULL REFERENCES people, b bigint NOT NULL REFERENCES people, PRIMARY KEY (a, b),
  CONSTRAINT differ CHECK (a <> b), CONSTRAINT "in order" CHECK (a > 0 AND b > a));
CREATE INDEX ON sorted (b, a);
CREATE UNIQUE INDEX ON sorted ((LEAST(a, b)), (GREATEST(a, b)));
SELECT assoc.belongs_to_many('Person', 'Person', through => 'sorted', alias => 'pals', foreign_key => 'a', other_key => 'b',
  options => '{"symmetric": true}');
ALTER TABLE sorted DROP CONSTRAINT "in order";
SELECT assoc.belongs_to_many('Person', 'Person', through => 'sorted', alias => 'pals', foreign_key => 'a', other_key => 'b',
  options => '{"symmetric": true}') -> 'alias';
SELECT assoc.add('Person', 3, 'pals', '[1, 4]');
SELECT assoc.get('Person', 1, 'pals', '{"attributes": ["id"], "through": {"attributes": []}}');
SELECT assoc.drop_association('Person', 'pals') -> 'associations';
DROP TABLE sorted;

-- a trigger may keep the pairs in order: links are told, and kept, whichever way they are stored
CREATE TABLE ordered (a bigint NOT NULL REFERENCES people, b bigint NOT NULL REFERENCES people, note text, PRIMARY KEY (a, b));
CREATE INDEX ON ordered (b, a);
CREATE UNIQUE INDEX ON ordered ((LEAST(a, b)), (GREATEST(a, b)));
CREATE FUNCTION in_order() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE first bigint := LEAST(NEW.a, NEW.b);
BEGIN NEW.b = GREATEST(NEW.a, NEW.b); NEW.a = first; RETURN NEW; END $$;
CREATE TRIGGER in_order BEFORE INSERT OR UPDATE ON ordered FOR EACH ROW EXECUTE FUNCTION in_order();
SELECT assoc.belongs_to_many('Person', 'Person', through => 'ordered', alias => 'mates', foreign_key => 'a', other_key => 'b',
  options => '{"symmetric": true}') -> 'alias';
SELECT assoc.add('Person', 4, 'mates', '[1, 2, 5, 4]'), assoc.add('Person', 4, 'mates', '[1, 3]', '{"note": "x"}');
SELECT assoc.set('Person', 5, 'mates', '[1, 2]'), assoc.set('Person', 5, 'mates', '[2, 6]');
SELECT assoc.toggle('Person', 6, 'mates', '[5, 2]'), assoc.move('Person', 4, 'mates', '[2]', 6);
SELECT assoc.set_many('Person', 'mates', '[{"id": 6, "mates": [1, 3]}, {"id": 5, "mates": [6, 4]}]');
SELECT * FROM ordered ORDER BY 1, 2;
SELECT assoc.drop_association('Person', 'mates') -> 'associations';
DROP TABLE ordered;

-- who may read and write: rights of the caller
CREATE ROLE sy_reader;
GRANT USAGE ON SCHEMA sy TO sy_reader;
GRANT SELECT ON people TO sy_reader;
GRANT SELECT (person_id, friend_id) ON friendships TO sy_reader;
SET ROLE sy_reader;
SELECT assoc.has('Person', 1, 'friends', '[]');
SELECT assoc.find_all('Person', '{"attributes": ["id"], "include": [{"association": "friends", "attributes": ["id"],
    "through": {"attributes": []}}], "limit": 1}');
SELECT assoc.add('Person', 1, 'friends', '[8]');
RESET ROLE;
ALTER TABLE friendships ENABLE ROW LEVEL SECURITY;
CREATE POLICY low ON friendships TO sy_reader USING (friend_id < 4);
GRANT SELECT ON friendships TO sy_reader;
INSERT INTO friendships VALUES (7, 1), (7, 6);
SET ROLE sy_reader;
SELECT assoc.find_all('Person', '{"attributes": ["id"], "where": {"id": {"gt": 6}}, "include": [{"association": "friends",
    "values": "id"}]}');
RESET ROLE;
DROP OWNED BY sy_reader;
DROP ROLE sy_reader;
SET client_min_messages = warning;
DROP SCHEMA sy CASCADE;
