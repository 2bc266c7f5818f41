-- Keys that are taken and rows that are gone: told of the attribute, as failed validators are.
CREATE SCHEMA keys;
SET search_path = keys;
CREATE FUNCTION failures(query text) RETURNS TABLE (state text, message text, path text, validator text, value text) LANGUAGE plpgsql AS $$
DECLARE detail text;
BEGIN
  EXECUTE query;
EXCEPTION WHEN integrity_constraint_violation OR unique_violation OR foreign_key_violation OR exclusion_violation THEN
  GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, detail = PG_EXCEPTION_DETAIL;
  RETURN QUERY SELECT state, f ->> 'message', f ->> 'path', f ->> 'validator', f ->> 'value' FROM jsonb_array_elements(detail::jsonb) f;
END$$;
CREATE TYPE shade AS ENUM ('dark', 'light');
CREATE TABLE users (id int PRIMARY KEY, name text, email text UNIQUE, code int, shade shade UNIQUE, owner_id int REFERENCES users);
CREATE UNIQUE INDEX users_lower ON users (lower(name));
CREATE INDEX ON users (owner_id);
CREATE TABLE accounts (tenant int, no text, PRIMARY KEY (tenant, no));
CREATE TABLE coupons (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, user_id int REFERENCES users, code text, place int, tenant int,
  account text, stay daterange,
  UNIQUE (user_id, place), CONSTRAINT coupons_code UNIQUE (code), FOREIGN KEY (tenant, account) REFERENCES accounts,
    EXCLUDE USING gist (stay WITH &&));
CREATE TABLE notes (id int PRIMARY KEY, coupon_id int NOT NULL REFERENCES coupons, text text UNIQUE);
CREATE TABLE members (user_id int REFERENCES users, account_tenant int, account_no text, rank int, note text UNIQUE,
  PRIMARY KEY (user_id, account_tenant, account_no), FOREIGN KEY (account_tenant, account_no) REFERENCES accounts);
SELECT count(*) FROM (VALUES (assoc.adopt('users', 'User')), (assoc.adopt('accounts', 'Account')), (assoc.adopt('coupons', 'Coupon')),
  (assoc.adopt('notes', 'Note')),
  (assoc.adopt('members', 'Member'))) a;
SET client_min_messages = error;
SELECT count(*) FROM (VALUES (assoc.has_many('User', 'Coupon', foreign_key => 'user_id', alias => 'coupons', inverse => 'user')),
  (assoc.has_many('Coupon', 'Note', foreign_key => 'coupon_id', alias => 'notes', inverse => 'coupon')),
  (assoc.belongs_to('User', 'User', foreign_key => 'owner_id', alias => 'owner')),
  (assoc.belongs_to_many('User', 'Account', through => 'members', foreign_key => 'user_id', other_key => 'account_tenant,account_no',
    alias => 'accounts'))) a;
RESET client_min_messages;
INSERT INTO users VALUES (1, 'Ann', 'ann@x', 1, 'dark'), (2, 'Bob', 'bob@x', 2, NULL);
INSERT INTO accounts VALUES (1, 'A'), (1, 'B');
INSERT INTO coupons (user_id, code, place, stay) VALUES (1, 'A', 1, '[2025-01-01,2025-02-01)'), (2, 'B', 1, NULL);
INSERT INTO notes VALUES (1, 1, 'first');
INSERT INTO members VALUES (1, 1, 'A', 1, 'one');

-- taken
SELECT assoc.create('User', '{"id": 3, "email": "ann@x"}');
SELECT * FROM failures($$SELECT assoc.create('User', '{"id": 1, "email": "x"}')$$) UNION ALL
SELECT * FROM failures($$SELECT assoc.create('User', '{"id": 3, "name": "ANN"}')$$) UNION ALL
SELECT * FROM failures($$SELECT assoc.create('User', '{"id": 3, "shade": "dark"}')$$) UNION ALL
SELECT * FROM failures($$SELECT assoc.create('Coupon', '{"user_id": 1, "place": 1}')$$) UNION ALL
SELECT * FROM failures($$SELECT assoc.create('Coupon', '{"stay": "[2025-01-15,2025-01-20)"}')$$);
-- one row of many, and those of the call that repeat each other
SELECT * FROM failures($$SELECT assoc.bulk_create('User', '[{"id": 3, "email": "c@x"}, {"id": 4, "email": "bob@x"}, {"id": 5}]')$$)
  UNION ALL
SELECT * FROM failures($$SELECT assoc.bulk_create('User', '[{"id": 3, "email": "c@x"}, {"id": 4, "email": "d@x"}, {"id": 5,
  "email": "c@x"}]')$$) UNION ALL
SELECT * FROM failures($$SELECT assoc.bulk_create('User', '[{"id": 3, "shade": "light"}, {"id": 4, "shade": "dark"}]')$$) UNION ALL
SELECT * FROM failures($$SELECT assoc.bulk_create('Coupon', '[{"code": "C"}, {"code": "B"}]')$$) UNION ALL
SELECT * FROM failures($$SELECT assoc.bulk_create('User', '[{"id": 3, "name": "ann"}, {"id": 4, "name": "bo"}]')$$);
SELECT * FROM failures($$SELECT assoc.update('User', '{"email": "ann@x"}', '{"where": {"id": 2}}')$$) UNION ALL
SELECT * FROM failures($$SELECT assoc.update('User', '{"email": "ann@x"}', '{"where": {"id": 2}, "returning": true}')$$) UNION ALL
SELECT * FROM failures($$SELECT assoc.update('User', '{"email": "new@x"}', '{"all": true}')$$) UNION ALL
SELECT * FROM failures($$SELECT assoc.update('User', '{"email": "new@x"}', '{"all": true, "returning": true}')$$) UNION ALL
SELECT * FROM failures($$SELECT assoc.upsert('User', '{"id": 3, "email": "ann@x"}')$$) UNION ALL
SELECT * FROM failures($$SELECT assoc.bulk_create('User', '[{"id": 1, "email": "e@x"}, {"id": 3, "email": "bob@x"}]',
  '{"updateOnDuplicate": ["email"]}')$$) UNION ALL
SELECT * FROM failures($$SELECT assoc.find_or_create('User', '{"id": 3}', '{"defaults": {"email": "ann@x"}}')$$);
-- nested: what the nesting gives is not what was given
SELECT * FROM failures($$SELECT assoc.create('User', '{"id": 3, "coupons": [{"code": "X"}, {"code": "A"}]}')$$) UNION ALL
SELECT * FROM failures($$SELECT assoc.create('User', '{"id": 3, "coupons": [{"place": 1}, {"place": 2}, {"place": 1}]}')$$) UNION ALL
SELECT * FROM failures($$SELECT assoc.create('User', '{"id": 3, "owner": {"create": {"id": 4, "email": "bob@x"}}}')$$) UNION ALL
SELECT * FROM failures($$SELECT assoc.create('User', '{"id": 3, "coupons": [{"code": "X", "notes": [{"id": 2, "text": "new"}, {"id": 3,
  "text": "first"}]}]}')$$) UNION ALL
SELECT * FROM failures($$SELECT assoc.update('User', '{"coupons": {"create": {"code": "B"}}}', '{"where": {"id": 1}}')$$) UNION ALL
SELECT * FROM failures($$SELECT assoc.update('User', '{"coupons": {"update": {"where": {"code": "A"}, "data": {"code": "B"}}}}',
  '{"where": {"id": 1}}')$$) UNION ALL
SELECT * FROM failures($$SELECT assoc.create_in('User', 2, 'coupons', '{"place": 1}')$$);
-- of links: a key of the payload
SELECT * FROM failures($$SELECT assoc.add('User', 2, 'accounts', '[{"tenant": 1, "no": "A"}]', '{"note": "one"}')$$) UNION ALL
SELECT * FROM failures($$SELECT assoc.add('User', 2, 'accounts', '[{"tenant": 1, "no": "A"}, {"tenant": 1, "no": "B"}]',
  '[{"note": "two"}, {"note": "one"}]')$$) UNION ALL
SELECT * FROM failures($$SELECT assoc.create('User', '{"id": 3, "accounts": [{"tenant": 2, "no": "C", "through": {"note": "new"}},
  {"tenant": 2, "no": "D", "through": {"note": "one"}}]}')$$)
UNION ALL
SELECT * FROM failures($$SELECT assoc.create('User', '{"id": 3, "accounts": {"connect": {"tenant": 1, "no": "B",
  "through": {"note": "one"}}}}')$$);

-- gone
SELECT assoc.create('User', '{"id": 3, "owner_id": 99}');
SELECT * FROM failures($$SELECT assoc.create('Coupon', '{"tenant": 1, "account": "Z"}')$$) UNION ALL
SELECT * FROM failures($$SELECT assoc.bulk_create('Coupon', '[{"user_id": 1}, {"user_id": 98}, {"user_id": 99}]')$$) UNION ALL
SELECT * FROM failures($$SELECT assoc.update('User', '{"owner_id": 99}', '{"all": true}')$$) UNION ALL
SELECT * FROM failures($$SELECT assoc.update('User', '{"owner_id": 99}', '{"all": true, "returning": true}')$$) UNION ALL
SELECT * FROM failures($$SELECT assoc.upsert('User', '{"id": 3, "owner_id": 99}')$$);
-- ids that are gone: all of them, of all associations, where they are given
SELECT assoc.create('User', '{"id": 3, "accounts": {"connect": [{"tenant": 1, "no": "A"}, {"tenant": 1, "no": "Z"}]},
  "coupons": {"connect": [77, 1, 78]}}');
SELECT * FROM failures($$SELECT assoc.create('User', '{"id": 3, "owner": {"connect": 99}, "coupons": [{"code": "X",
  "notes": {"connect": [5]}}]}')$$) UNION ALL
SELECT * FROM failures($$SELECT assoc.bulk_create('User', '[{"id": 3, "owner": {"connect": 1}}, {"id": 4, "owner": {"connect": 99},
  "coupons": {"connect": 77}}]')$$)
UNION ALL
SELECT * FROM failures($$SELECT assoc.update('User', '{"owner": {"connect": 99}, "accounts": {"set": [{"tenant": 3, "no": "C"}]}}',
  '{"where": {"id": 1}}')$$);
SELECT * FROM failures($$SELECT assoc.add('User', 99, 'coupons', '1')$$) UNION ALL
SELECT * FROM failures($$SELECT assoc.add('User', 1, 'coupons', '[1, 98, 99]')$$) UNION ALL
SELECT * FROM failures($$SELECT assoc.set('User', 99, 'accounts', '[{"tenant": 1, "no": "A"}]')$$) UNION ALL
SELECT * FROM failures($$SELECT assoc.set('User', 1, 'accounts', '[{"tenant": 1, "no": "A"}, {"tenant": 9, "no": "A"}]')$$) UNION ALL
SELECT * FROM failures($$SELECT assoc.set('Coupon', 1, 'user', '99')$$) UNION ALL
SELECT * FROM failures($$SELECT assoc.move('User', 1, 'accounts', '[{"tenant": 1, "no": "A"}]', 99)$$) UNION ALL
SELECT * FROM failures($$SELECT assoc.move('User', 2, 'coupons', '[1]', 1)$$) UNION ALL
SELECT * FROM failures($$SELECT assoc.update_link('User', 2, 'accounts', '[{"tenant": 1, "no": "A"}]', '{"rank": 2}')$$) UNION ALL
SELECT * FROM failures($$SELECT assoc.set_many('User', 'coupons', '[{"id": 1, "coupons": [1]}, {"id": 2, "coupons": [2, 99]}]')$$) UNION ALL
SELECT * FROM failures($$SELECT assoc.create_in('User', 99, 'coupons', '{"code": "X"}')$$);
-- what still references a row is no failure of the data
\set VERBOSITY terse
SELECT assoc.update('User', '{"id": 9}', '{"where": {"id": 1}}');
UPDATE users SET owner_id = 1 WHERE id = 2;
DELETE FROM coupons WHERE user_id = 1 AND id NOT IN (SELECT coupon_id FROM notes);
SELECT assoc.update('User', '{"id": 9}', '{"where": {"id": 1}}');
\set VERBOSITY default

-- who may not read the key is not shown what is there
CREATE ROLE keys_writer;
GRANT USAGE ON SCHEMA keys TO keys_writer;
GRANT INSERT ON users TO keys_writer;
GRANT SELECT (id, name) ON users TO keys_writer;
SET ROLE keys_writer;
SELECT * FROM failures($$SELECT assoc.create('User', '{"id": 3, "email": "ann@x"}', '{"attributes": ["id"]}')$$) UNION ALL
SELECT * FROM failures($$SELECT assoc.bulk_create('User', '[{"id": 3, "email": "c@x"}, {"id": 4, "email": "bob@x"}]',
  '{"returning": false}')$$) UNION ALL
SELECT * FROM failures($$SELECT assoc.create('User', '{"id": 1}', '{"attributes": ["id"]}')$$);
RESET ROLE;

-- partitions: their keys have other names
CREATE TABLE days (id int, day date NOT NULL, code text, user_id int REFERENCES users, PRIMARY KEY (id, day),
  CONSTRAINT days_key UNIQUE (code, day)) PARTITION BY RANGE (day);
CREATE TABLE days_1 PARTITION OF days FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE TABLE days_2 (day date NOT NULL, user_id int, code text, id int NOT NULL);
ALTER TABLE days_2 ADD CONSTRAINT own FOREIGN KEY (user_id) REFERENCES users;
ALTER TABLE days ATTACH PARTITION days_2 FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
INSERT INTO days VALUES (1, '2025-01-01', 'a', 1), (2, '2026-01-01', 'b', 1);
SELECT assoc.adopt('days', 'Day') IS NOT NULL AS adopted;
SELECT * FROM failures($$SELECT assoc.bulk_create('Day', '[{"id": 1, "day": "2026-01-01"}, {"id": 1, "day": "2025-01-01"}]')$$) UNION ALL
SELECT * FROM failures($$SELECT assoc.bulk_create('Day', '[{"id": 5, "day": "2026-01-01", "code": "b"}, {"id": 6, "day": "2025-01-01"}]')$$)
  UNION ALL
SELECT * FROM failures($$SELECT assoc.bulk_create('Day', '[{"id": 5, "day": "2026-01-02"}, {"id": 6, "day": "2026-01-02",
  "user_id": 77}]')$$) UNION ALL
SELECT * FROM failures($$SELECT assoc.create('Day', '{"id": 5, "day": "2025-01-02", "user_id": 77}')$$);
SET client_min_messages = warning;
DROP SCHEMA keys CASCADE;
DROP ROLE keys_writer;
