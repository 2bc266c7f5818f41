-- What drivers do: arguments without types, in prepared statements.
\getenv top PG_ABS_SRCDIR
\set shop :top '/test/data/shop.sql'
\set ECHO none
\i :shop
\set ECHO all
PREPARE p1 AS SELECT assoc.find_by_pk($1, $2);
PREPARE p2 AS SELECT assoc.find_by_pk($1, $2, $3, $4);
PREPARE p3 AS SELECT assoc.find_by_pk_json($1, $2, $3, $4);
PREPARE p4 AS SELECT assoc.find_one($1, $2, $3);
PREPARE p5 AS SELECT assoc.find_one_json($1, $2, $3);
PREPARE p6 AS SELECT assoc.find_all($1, $2, $3);
PREPARE p7 AS SELECT assoc.find_all_json($1, $2, $3);
PREPARE p8 AS SELECT assoc.find($1, $2, $3);
PREPARE p9 AS SELECT * FROM assoc.find_json($1, $2, $3);
PREPARE p10 AS SELECT assoc.get($1, $2, $3, $4);
PREPARE p11 AS SELECT assoc.get_json($1, $2, $3, $4);
PREPARE p12 AS SELECT assoc.count_of($1, $2, $3, $4);
PREPARE p13 AS SELECT assoc.count($1, $2);
PREPARE p14 AS SELECT assoc.load_one($1, $2, $3::bigint, $4);
PREPARE p15 AS SELECT assoc.load_all($1, $2, $3);
PREPARE p16 AS SELECT assoc.load_count($1, $2, $3::bigint, $4);
SELECT name, parameter_types FROM pg_prepared_statements WHERE name ~ '^p\d' ORDER BY length(name), name;
\set show '{"attributes": ["id"], "where": {"id": {"param": "id"}}}'
\set values '{"id": 1}'
EXECUTE p1('Profile', '1');
EXECUTE p2('Profile', '1', :'show', :'values');
EXECUTE p3('Profile', '1', :'show', :'values');
EXECUTE p4('Profile', :'show', :'values');
EXECUTE p5('Profile', :'show', :'values');
EXECUTE p6('Profile', :'show', :'values');
EXECUTE p7('Profile', :'show', :'values');
EXECUTE p8('Profile', :'show', :'values');
EXECUTE p9('Profile', :'show', :'values');
EXECUTE p10('Customer', '1', 'profile', '{"attributes": ["id"]}');
EXECUTE p11('Store', '{"tenant": 1, "no": 1}', 'shelves', '{"attributes": ["id"]}');
EXECUTE p12('Order', '00000000-0000-0000-0000-00000000000a', 'products', NULL);
EXECUTE p13('Customer', NULL);
EXECUTE p14('customers', 'profile', '1', '{"attributes": ["id"]}');
EXECUTE p15('profiles', 'customer', '{"attributes": ["id"], "include": [{"association": "customer", "attributes": ["id"]}]}');
EXECUTE p16('customers', 'orders', '1', NULL);
-- numbers of every size, and the same plan for any of them
EXECUTE p2('Customer', 1, '{"attributes": ["id"]}', NULL);
EXECUTE p2('Customer', 9223372036854775807, '{"attributes": ["id"]}', NULL);
SELECT code, message FROM refused($$EXECUTE p2('Customer', '9223372036854775808', NULL, NULL)$$);
SELECT code, message FROM refused($$EXECUTE p2('Profile', '', NULL, NULL)$$);
SELECT code, message FROM refused($$EXECUTE p2('Profile', NULL, NULL, NULL)$$);
SELECT code, message FROM refused($$EXECUTE p2('Profile', '1', '{', NULL)$$);
EXECUTE p1('Country', 'de');
EXECUTE p1('Country', ' de');
-- keys that look like documents are text where the key is
INSERT INTO countries VALUES ('{"code": "de"}', 'Odd'), ('[1]', 'Odder'), ('', 'Empty'), ('null', 'Null');
EXECUTE p1('Country', '{"code": "de"}');
EXECUTE p1('Country', '[1]');
EXECUTE p1('Country', '');
EXECUTE p1('Country', 'null');
SELECT assoc.find_by_pk('Country', '{"code": "de"}'::jsonb) AS of_object, assoc.find_by_pk('Country',
  '"{\"code\": \"de\"}"'::jsonb) AS of_string;
-- literals, typed values and both plan modes alike
SELECT assoc.find_by_pk('Profile', '1', '{"attributes": ["id"]}'), assoc.find_by_pk('Profile', 1, '{"attributes": ["id"]}'::jsonb),
  assoc.find_by_pk('Profile'::varchar, 1::numeric, jsonb '{"attributes": ["id"]}', params => '{}');
SELECT assoc.find_by_pk(model => 'Profile', pk => 1, params => '{"b": ["id"]}', options => '{"attributes": ["id"]}');
SET plan_cache_mode = force_generic_plan;
EXECUTE p2('Profile', '1', :'show', :'values');
EXECUTE p2('Profile', '2', :'show', :'values');
EXECUTE p6('Profile', '{"attributes": ["id"], "limit": 1}', NULL);
EXECUTE p6('Country', '{"attributes": ["code"], "limit": 1}', NULL);
RESET plan_cache_mode;
-- every function that finds can be prepared so; what accessors call has the type of the accessor's key
CREATE FUNCTION failure(query text) RETURNS text LANGUAGE plpgsql AS $$ BEGIN EXECUTE query; RETURN NULL; EXCEPTION WHEN OTHERS THEN RETURN
  SQLSTATE || ' ' || SQLERRM; END $$;
SELECT p.oid::regprocedure AS function, failure
FROM pg_proc p, LATERAL failure(format('PREPARE u%s AS SELECT assoc.%I(%s)', p.oid, proname, (SELECT string_agg('$' || g, ', ' ORDER BY g)
  FROM generate_series(1, pronargs) g)))
WHERE pronamespace = 'assoc'::regnamespace AND prokind = 'f' AND proname ~ '^(find|get|count|load)' AND prorettype <> 'trigger'::regtype
  AND failure IS NOT NULL ORDER BY proname;
DEALLOCATE ALL;
SET client_min_messages = warning;
DROP SCHEMA shop CASCADE;
