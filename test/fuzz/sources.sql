-- Random rows for the shop of test/data/shop.sql, every association as plain SQL would
-- load it, and random options.  Include it after the shop and after setseed().
TRUNCATE customers, profiles, products, orders, order_lines, related, stores, shelves, stock, visits, coupons CASCADE;
INSERT INTO customers SELECT g, (ARRAY['Ann', 'bob', 'Zoë', 'a%', 'a_', '', 'Ann'])[1 + random() * 6], CASE WHEN random() < 0.8 THEN 'c' || g || '@x' END, CASE WHEN random() < 0.8 THEN date '2000-01-01' + (random() * 9000)::int END,
  CASE WHEN random() < 0.7 THEN random() < 0.5 END, CASE WHEN random() < 0.7 THEN ARRAY(SELECT (ARRAY['red', 'blue', 'green'])[1 + random() * 2] FROM generate_series(1, (g % 4)::int)) END,
  CASE WHEN random() < 0.7 THEN jsonb_build_object('n', g % 5, 'lang', (ARRAY['de', 'en'])[1 + random()]) END, CASE WHEN random() < 0.7 THEN timestamptz '2024-01-01' + random() * interval '1 year' END,
  (ARRAY['de', 'fr', NULL])[1 + random() * 2], CASE WHEN random() < 0.7 THEN 1 + random() * 69 END FROM generate_series(1, 60) g ORDER BY random();
INSERT INTO profiles SELECT g, CASE WHEN g % 7 > 0 THEN g END, 'bio ' || g % 3, NULL FROM generate_series(1, 40) g ORDER BY random();
INSERT INTO products SELECT g, (ARRAY['Tea', 'Cup', 'Pot'])[1 + random() * 2] || g % 5, CASE WHEN random() < 0.8 THEN (random() * 50)::numeric(10, 2) END, CASE WHEN random() < 0.5 THEN int4range(g % 5, g) END, CASE WHEN random() < 0.2 THEN timestamptz '2024-06-01' + g * interval '1 hour' END FROM generate_series(1, 40) g ORDER BY random();
INSERT INTO orders SELECT md5(g::text)::uuid, 1 + random() * 69, (ARRAY['open', 'paid', 'sent'])[1 + random() * 2]::order_status, CASE WHEN random() < 0.7 THEN timestamptz '2024-01-01' + random() * interval '1 year' END FROM generate_series(1, 120) g;
INSERT INTO order_lines SELECT DISTINCT ON (1, 2) id, (1 + random() * 39)::int, (random() * 9)::int, CASE WHEN random() < 0.8 THEN (random() * 50)::numeric(10, 2) END, CASE WHEN random() < 0.3 THEN 'note' END, CASE WHEN random() < 0.2 THEN timestamptz '2024-06-01' END FROM orders, generate_series(1, 3);
INSERT INTO related SELECT DISTINCT ON (1, 2, 3) (1 + random() * 39)::int, (1 + random() * 39)::int, (ARRAY['goes with', 'set'])[1 + random()], random()::real FROM generate_series(1, 120) ORDER BY 1, 2, 3;
INSERT INTO stores SELECT g / 4, g % 4, (ARRAY['Berlin', 'Rome', NULL])[1 + random() * 2] FROM generate_series(1, 12) g;
INSERT INTO shelves SELECT g, (random() * 4)::int, CASE WHEN random() < 0.8 THEN (random() * 4)::int END, 'shelf ' || g % 4 FROM generate_series(1, 40) g ORDER BY random();
INSERT INTO stock SELECT tenant, no, p, (random() * 99)::int FROM stores, generate_series(1, 40) p WHERE random() < 0.15 ORDER BY random();
INSERT INTO visits SELECT g, 1 + (random() * 59)::int, s.tenant, s.no, CASE WHEN random() < 0.7 THEN date '2024-01-01' + g END FROM generate_series(1, 100) g, LATERAL (SELECT * FROM stores WHERE g > 0 ORDER BY random() LIMIT 1) s;
INSERT INTO coupons SELECT g, 1 + (random() * 59)::int, (ARRAY['void', 'A', NULL])[1 + random() * 2] FROM generate_series(1, 60) g ORDER BY random();
-- above 64 parents or 1,000 rows of one the sources hand over to each other
CREATE TABLE heaps (id int PRIMARY KEY);
INSERT INTO heaps SELECT g FROM generate_series(1, 150) g WHERE random() < 0.9 OR g = 1;
CREATE TABLE grains (id uuid PRIMARY KEY, heap_id bigint);
CREATE INDEX ON grains (heap_id);
INSERT INTO grains SELECT md5(g::text)::uuid, CASE WHEN g < 1500 THEN 1 ELSE g % 150 END FROM generate_series(1, 3000) g;
CREATE TABLE letters (code text PRIMARY KEY, id int, next_code varchar(4));
CREATE INDEX ON letters (next_code);
INSERT INTO letters SELECT chr(64 + g % 26) || g, g, CASE WHEN random() < 0.9 THEN chr(64 + g % 26 + (random())::int) || g % 90 END FROM generate_series(1, 200) g ORDER BY random();
-- keys that are equal without being the same, partitions
CREATE TABLE floats (id float8 PRIMARY KEY);
CREATE TABLE of_floats (id int PRIMARY KEY, f float8);
CREATE INDEX ON of_floats (f);
INSERT INTO floats VALUES ('-0'), ('NaN'), (1.5);
INSERT INTO of_floats VALUES (1, 0), (2, 'NaN'), (3, 1.5), (4, NULL), (5, 2);
CREATE TABLE numerics (id numeric PRIMARY KEY);
CREATE TABLE of_numerics (id int PRIMARY KEY, n numeric);
CREATE INDEX ON of_numerics (n);
INSERT INTO numerics VALUES (1.0), (2.50);
INSERT INTO of_numerics VALUES (1, 1.00), (2, 2.5), (3, 1), (4, NULL);
CREATE TABLE parted (id int PRIMARY KEY, up bigint) PARTITION BY HASH (id);
CREATE TABLE parted_a PARTITION OF parted FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE parted_b PARTITION OF parted FOR VALUES WITH (MODULUS 2, REMAINDER 1);
INSERT INTO parted SELECT g, g / 3 FROM generate_series(1, 100) g;
-- partitions in lists, of two levels, with columns at other places, for the rest and for nothing
CREATE TABLE boxes (area int, no bigint, label text, size numeric, PRIMARY KEY (area, no)) PARTITION BY LIST (area);
CREATE TABLE boxes_1 PARTITION OF boxes FOR VALUES IN (1);
CREATE TABLE boxes_23 PARTITION OF boxes FOR VALUES IN (2, 3) PARTITION BY HASH (no);
CREATE TABLE boxes_23a PARTITION OF boxes_23 FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE boxes_23b (no bigint NOT NULL, area int NOT NULL, size numeric, label text);
ALTER TABLE boxes_23 ATTACH PARTITION boxes_23b FOR VALUES WITH (MODULUS 2, REMAINDER 1);
CREATE TABLE boxes_rest PARTITION OF boxes DEFAULT;
CREATE TABLE boxed (area int, box_no int, product_id int, pieces int, PRIMARY KEY (area, box_no, product_id)) PARTITION BY RANGE (area, box_no);
CREATE TABLE boxed_low PARTITION OF boxed FOR VALUES FROM (MINVALUE, MINVALUE) TO (2, 5);
CREATE TABLE boxed_high PARTITION OF boxed FOR VALUES FROM (2, 8) TO (4, MINVALUE);
CREATE TABLE drawers (area smallint, box_no bigint, id int, label varchar(9), deleted_at timestamptz, PRIMARY KEY (area, box_no, id)) PARTITION BY HASH (box_no, area);
CREATE TABLE drawers_a PARTITION OF drawers FOR VALUES WITH (MODULUS 3, REMAINDER 0);
CREATE TABLE drawers_b PARTITION OF drawers FOR VALUES WITH (MODULUS 3, REMAINDER 1);
CREATE TABLE drawers_c PARTITION OF drawers FOR VALUES WITH (MODULUS 3, REMAINDER 2);
CREATE TABLE signs (code varchar(9) PRIMARY KEY, area int, box_no int, label text) PARTITION BY RANGE (code);
CREATE TABLE signs_a PARTITION OF signs FOR VALUES FROM (MINVALUE) TO ('m');
CREATE TABLE signs_b PARTITION OF signs FOR VALUES FROM ('m') TO (MAXVALUE);
CREATE INDEX ON signs (area, box_no, label);
INSERT INTO boxes SELECT 1 + g % 5, g / 5, (ARRAY['Tea', 'Cup', NULL])[1 + random() * 2], (random() * 9)::int FROM generate_series(1, 50) g;
INSERT INTO boxed SELECT DISTINCT ON (1, 2, 3) area, no, (1 + random() * 39)::int, (random() * 9)::int FROM boxes, generate_series(1, 5)
  WHERE (area, no) < (2, 5) OR (area >= 2 AND (area, no) >= (2, 8) AND area < 4);
INSERT INTO drawers SELECT DISTINCT ON (1, 2, 3) area, no, (random() * 9)::int, 'x' || (random() * 3)::int, CASE WHEN random() < 0.2 THEN timestamptz '2024-06-01' END FROM boxes, generate_series(1, 4);
INSERT INTO signs SELECT DISTINCT ON (1) chr(97 + (random() * 25)::int) || g % 20, 1 + (random() * 5)::int, (random() * 10)::int, (ARRAY['a', 'b', NULL])[1 + random() * 2] FROM generate_series(1, 100) g;
ALTER TABLE boxes ADD COLUMN full_up boolean DEFAULT true;
DO $$ BEGIN
  CREATE COLLATION no_case (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
EXCEPTION WHEN OTHERS THEN
  CREATE COLLATION no_case FROM "C";	-- a server without ICU has no such equality
END $$;
CREATE TABLE words (word text COLLATE no_case PRIMARY KEY);
CREATE TABLE of_words (id int PRIMARY KEY, same text COLLATE no_case, plain varchar(9));
CREATE INDEX ON of_words (same);
CREATE INDEX ON of_words (plain);
INSERT INTO words VALUES ('Abc'), ('x');
INSERT INTO of_words VALUES (1, 'abc', 'ABC'), (2, 'ABC', 'Abc'), (3, 'x', 'X'), (4, 'y', NULL);
SET client_min_messages = error;	-- parted.up has no index, on purpose
\o /dev/null
SELECT assoc.adopt('letters', 'Letter');
SELECT assoc.has_many('Letter', 'Letter', foreign_key => 'next_code', alias => 'previous', inverse => 'next', options => :'quiet'::jsonb || '{"constraints": false}');
SELECT assoc.adopt(t::regclass) FROM unnest('{floats,of_floats,numerics,of_numerics,parted,words,of_words}'::text[]) t;
SELECT assoc.has_many('floats', 'of_floats', foreign_key => 'f', alias => 'of', inverse => 'float', options => :'quiet'::jsonb || '{"constraints": false}');
SELECT assoc.has_many('numerics', 'of_numerics', foreign_key => 'n', alias => 'of', inverse => 'numeric', options => :'quiet'::jsonb || '{"constraints": false}');
SELECT assoc.adopt('boxes'), assoc.adopt('boxed'), assoc.adopt('drawers', NULL, '{"paranoid": true}'), assoc.adopt('signs');
SELECT assoc.belongs_to_many('boxes', 'products', through => 'boxed', foreign_key => 'area, box_no', other_key => 'product_id', alias => 'products', inverse => 'boxes', options => :'quiet'::jsonb || '{"constraints": false}');
SELECT assoc.has_many('boxes', 'drawers', foreign_key => 'area, box_no', alias => 'drawers', inverse => 'box', options => :'quiet'::jsonb || '{"constraints": false}');
SELECT assoc.has_many('boxes', 'signs', foreign_key => 'area, box_no', alias => 'signs', inverse => 'box', options => :'quiet'::jsonb || '{"constraints": false}');
SELECT assoc.has_many('parted', 'parted', foreign_key => 'up', alias => 'downs', inverse => 'ups', options => :'quiet'::jsonb || '{"constraints": false}');
INSERT INTO assoc.associations (source, alias, kind, target, source_key, foreign_key, target_key, singular) VALUES
  ('words', 'same', 'has_many', 'of_words', '{word}', '{same}', '{}', 'same'), ('words', 'plain', 'has_many', 'of_words', '{word}', '{plain}', '{}', 'plain'), ('of_words', 'word', 'belongs_to', 'words', '{}', '{plain}', '{word}', 'word');
SELECT assoc.adopt('heaps');
SELECT assoc.adopt('grains');
SELECT assoc.has_many('heaps', 'grains', foreign_key => 'heap_id', alias => 'grains', inverse => 'heap', options => :'quiet'::jsonb || '{"constraints": false}');
\o
RESET client_min_messages;
ANALYZE;

-- each association as plain SQL would have it
CREATE FUNCTION keys_equal(a text, x name[], b text, y name[]) RETURNS text LANGUAGE sql AS $$
  SELECT string_agg(format(CASE WHEN k IN ('plain', 'word') OR l IN ('plain', 'word') THEN '%s.%I = %s.%I COLLATE no_case' ELSE '%s.%I = %s.%I' END, a, k, b, l), ' AND ') FROM unnest(x, y) u (k, l) $$;
CREATE FUNCTION key_of(rel regclass, alias text) RETURNS text LANGUAGE sql AS $$
  SELECT string_agg(format('%s.%I', alias, a.attname), ', ' ORDER BY k.o) FROM pg_index i, unnest(i.indkey) WITH ORDINALITY k (attnum, o), pg_attribute a
  WHERE i.indrelid = rel AND i.indisprimary AND a.attrelid = rel AND a.attnum = k.attnum $$;
CREATE FUNCTION by_sql(a assoc.associations) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
  live text := (SELECT coalesce(string_agg(' AND ' || t || '.deleted_at IS NULL', ''), '') FROM (VALUES ('t', a.target), ('l', a.through)) r (t, rel) JOIN pg_attribute c ON c.attrelid = rel AND c.attname = 'deleted_at')
    || CASE WHEN a.target = 'coupons'::regclass THEN ' AND t.code <> ''void''' ELSE '' END;
  rows text;
  result jsonb;
BEGIN
  rows := CASE a.kind
    WHEN 'belongs_to_many' THEN format('SELECT coalesce(jsonb_agg(to_jsonb(t) || jsonb_build_object(%L, to_jsonb(l)) ORDER BY %s, %s), ''[]'') FROM %s l JOIN %s t ON %s WHERE %s%s',
      (SELECT name FROM assoc.models WHERE relation = a.through), key_of(a.target, 't'), key_of(a.through, 'l'), a.through, a.target, keys_equal('l', a.other_key, 't', a.target_key), keys_equal('l', a.foreign_key, 's', a.source_key), live)
    WHEN 'has_many' THEN format('SELECT coalesce(jsonb_agg(to_jsonb(t) ORDER BY %s), ''[]'') FROM %s t WHERE %s%s', key_of(a.target, 't'), a.target, keys_equal('t', a.foreign_key, 's', a.source_key), live)
    WHEN 'has_one' THEN format('SELECT to_jsonb(t) FROM %s t WHERE %s%s', a.target, keys_equal('t', a.foreign_key, 's', a.source_key), live)
    ELSE format('SELECT to_jsonb(t) FROM %s t WHERE %s%s', a.target, keys_equal('t', a.target_key, 's', a.foreign_key), live) END;
  EXECUTE format('SELECT jsonb_agg(to_jsonb(s) || jsonb_build_object(%L, (%s)) ORDER BY %s) FROM %s s', a.alias, rows, coalesce(key_of(a.source, 's'), 's.customer_id'), a.source) INTO result;
  RETURN result;
END $$;
-- random options
CREATE FUNCTION pick(choices anycompatiblearray) RETURNS anycompatible LANGUAGE sql VOLATILE AS $$ SELECT choices[1 + floor(random() * cardinality(choices))] $$;
CREATE FUNCTION some_attribute(rel regclass) RETURNS pg_attribute LANGUAGE sql VOLATILE AS $$
  SELECT a FROM pg_attribute a WHERE attrelid = rel AND attnum > 0 AND NOT attisdropped ORDER BY random() LIMIT 1 $$;
CREATE FUNCTION to_one(rel regclass) RETURNS SETOF assoc.associations LANGUAGE sql VOLATILE AS $$
  SELECT * FROM assoc.associations WHERE source = rel AND kind IN ('belongs_to', 'has_one') ORDER BY random() LIMIT 1 $$;
CREATE FUNCTION some_where(rel regclass, depth int, through regclass DEFAULT NULL) RETURNS jsonb LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  a pg_attribute;
  link assoc.associations;
  key text;
  value jsonb;
  kind float8 := random();
BEGIN
  IF depth > 0 AND kind < 0.15 THEN
    RETURN jsonb_build_object(pick(ARRAY['and', 'or']), jsonb_build_array(some_where(rel, depth - 1, through), some_where(rel, depth - 1, through)));
  ELSIF depth > 0 AND kind < 0.2 THEN
    RETURN jsonb_build_object('not', some_where(rel, depth - 1, through));
  ELSIF through IS NOT NULL AND kind < 0.3 THEN
    RETURN jsonb_build_object('through', some_where(through, 0));
  ELSIF depth > 0 AND kind < 0.4 THEN
    SELECT * INTO link FROM assoc.associations WHERE source = rel ORDER BY random() LIMIT 1;
    IF FOUND THEN
      value := jsonb_build_object(pick(ARRAY['some', 'none', 'every']), some_where(link.target, depth - 1, link.through));
      IF random() < 0.3 THEN
        value := jsonb_build_object('count', jsonb_build_object(pick(ARRAY['eq', 'gte', 'lt']), floor(random() * 4), 'where', some_where(link.target, 0)));
      ELSIF random() < 0.3 THEN
        SELECT * INTO a FROM pg_attribute WHERE attrelid = link.target AND atttypid = ANY ('{int2,int4,int8,numeric}'::regtype[]) AND attnum > 0 ORDER BY random() LIMIT 1;
        IF FOUND THEN
          value := jsonb_build_object(pick(ARRAY['sum', 'avg', 'min', 'max']), jsonb_build_object('of', a.attname, pick(ARRAY['ne', 'gte', 'lt']), floor(random() * 30)));
        END IF;
      END IF;
      RETURN jsonb_build_object(link.alias, value);
    END IF;
  END IF;
  a := some_attribute(rel);
  key := a.attname;
  IF kind > 0.9 THEN
    SELECT * INTO link FROM to_one(rel);
    IF FOUND THEN
      a := some_attribute(link.target);
      key := format('$%s.%s$', link.alias, a.attname);
    END IF;
  END IF;
  EXECUTE format('SELECT to_jsonb(%I) FROM %s ORDER BY random() LIMIT 1', a.attname, a.attrelid::regclass) INTO value;
  RETURN jsonb_build_object(key, CASE
    WHEN coalesce(jsonb_typeof(value), 'null') = 'null' OR random() < 0.1 THEN CASE WHEN random() < 0.5 THEN 'null' ELSE '{"not": null}'::jsonb END
    WHEN jsonb_typeof(value) = 'array' THEN jsonb_build_object(pick(ARRAY['eq', 'contains', 'overlap']), value)
    WHEN jsonb_typeof(value) = 'object' THEN jsonb_build_object(pick(ARRAY['contains', 'contained', 'ne']), value)
    WHEN a.atttypid::regtype::text IN ('text', 'character varying') AND random() < 0.5 THEN jsonb_build_object(pick(ARRAY['startsWith', 'endsWith', 'substring', 'iLike', 'notLike']), left(value #>> '{}', 2))
    WHEN random() < 0.3 THEN jsonb_build_object(pick(ARRAY['in', 'notIn']), jsonb_build_array(value, value))
    ELSE jsonb_build_object(pick(ARRAY['eq', 'ne', 'gt', 'gte', 'lt', 'lte']), value) END);
END $$;
-- of rows, or of an attribute of theirs or of their link rows; a sum of floats depends on the order of rows
CREATE FUNCTION some_aggregate(link assoc.associations) RETURNS jsonb LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  first text := CASE WHEN random() < 0.15 THEN link.alias END;
  next assoc.associations;
  a pg_attribute;
  path jsonb;
  kinds text[] := '{count}';
BEGIN
  IF first IS NOT NULL THEN
    SELECT * INTO next FROM assoc.associations WHERE source = link.target ORDER BY random() LIMIT 1;
    link := CASE WHEN FOUND THEN next ELSE link END;
    first := CASE WHEN FOUND THEN first END;
  END IF;
  path := to_jsonb(array_remove(ARRAY[first, link.alias], NULL));
  IF random() < 0.3 THEN
    kinds := kinds || '{has}'::text[];
  ELSE
    a := some_attribute(CASE WHEN random() < 0.5 AND first IS NULL THEN coalesce(link.through, link.target) ELSE link.target END);
    path := path || CASE WHEN a.attrelid = link.through THEN jsonb_build_array('through', a.attname) ELSE jsonb_build_array(a.attname) END;
    IF a.atttypid = ANY ('{int2,int4,int8,numeric}'::regtype[]) THEN
      kinds := kinds || '{sum,avg,min,max}'::text[];
    ELSIF a.atttypid = ANY ('{text,varchar,date,timestamptz,real,order_status}'::regtype[]) THEN
      kinds := kinds || '{min,max}'::text[];
    END IF;
  END IF;
  RETURN jsonb_build_object(pick(kinds), path) ||
    CASE WHEN random() < 0.5 THEN jsonb_build_object('where', some_where(link.target, 0,
      CASE WHEN first IS NULL THEN link.through END)) ELSE '{}' END;
END $$;
CREATE FUNCTION some_options(rel regclass, depth int, through regclass DEFAULT NULL, part boolean DEFAULT false) RETURNS jsonb LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  o jsonb := '{}';
  link assoc.associations;
  item jsonb;
  orders jsonb := '[]';
BEGIN
  IF random() < 0.6 THEN
    o := jsonb_set(o, '{attributes}', (SELECT jsonb_agg(CASE WHEN random() < 0.2 THEN jsonb_build_array(attname, attname || '_x') ELSE to_jsonb(attname) END)
      FROM (SELECT attname FROM pg_attribute WHERE attrelid = rel AND attnum > 0 AND NOT attisdropped ORDER BY random() LIMIT 3) a));
    FOR link IN SELECT * FROM assoc.associations WHERE source = rel AND random() < 0.3 ORDER BY random() LIMIT 3 LOOP
      o := jsonb_insert(o, '{attributes,0}', some_aggregate(link) || jsonb_build_object('as', 'n' || link.alias));
      IF random() < 0.2 THEN orders := orders || jsonb_build_array(jsonb_build_array('n' || link.alias, 'DESC')); END IF;
    END LOOP;
  END IF;
  IF random() < 0.3 THEN o := o || jsonb_build_object('where', some_where(rel, 2, through)); END IF;
  IF random() < 0.3 THEN orders := orders || jsonb_build_array(jsonb_build_array((some_attribute(rel)).attname, pick(ARRAY['ASC', 'DESC', 'DESC NULLS LAST', 'ASC NULLS FIRST']))); END IF;
  SELECT * INTO link FROM to_one(rel);
  IF FOUND AND random() < 0.3 THEN
    orders := orders || jsonb_build_array(jsonb_build_array(link.alias, (some_attribute(link.target)).attname, pick(ARRAY['ASC', 'DESC NULLS LAST'])));
  END IF;
  IF through IS NOT NULL AND random() < 0.2 THEN orders := orders || jsonb_build_array(jsonb_build_array('through', (some_attribute(through)).attname)); END IF;
  IF orders <> '[]' THEN o := o || jsonb_build_object('order', orders); END IF;
  IF random() < 0.2 THEN o := o || jsonb_build_object('limit', floor(random() * 6)); END IF;
  IF random() < 0.1 THEN o := o || jsonb_build_object('offset', floor(random() * 3)); END IF;
  IF random() < 0.1 THEN o := o || '{"paranoid": false}'; END IF;
  FOR link IN SELECT * FROM assoc.associations WHERE source = rel AND depth > 0 AND random() < 0.4 ORDER BY alias COLLATE "C" LOOP
    item := jsonb_build_object('association', link.alias, 'as', link.alias || '_' || depth) || some_options(link.target, depth - 1, link.through, true);
    IF random() < 0.3 THEN item := item || jsonb_build_object('required', random() < 0.5); END IF;
    IF link.through IS NOT NULL AND random() < 0.6 THEN
      item := item || jsonb_build_object('through', CASE WHEN random() < 0.3 THEN '{"attributes": []}' ELSE jsonb_build_object('as', 'link', 'where', some_where(link.through, 1)) END);
    END IF;
    o := jsonb_set(o, '{include}', coalesce(o -> 'include', '[]') || item);
  END LOOP;
  RETURN o;
END $$;
-- what is found by the key of one row, or counted, must be the same by a probe and without, and as in lists
CREATE FUNCTION by_both(call text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  probed text;
  result text;
BEGIN
  PERFORM set_config('pg_associations.probe', 'on', false);
  EXECUTE 'SELECT ' || call INTO probed;
  PERFORM set_config('pg_associations.probe', 'off', false);
  EXECUTE 'SELECT ' || call INTO result;
  PERFORM set_config('pg_associations.probe', 'on', false);
  IF probed IS DISTINCT FROM result THEN
    RAISE '% differs by a probe', call USING DETAIL = probed, HINT = result;
  END IF;
  RETURN result;
END $$;
CREATE PROCEDURE check_single(rel regclass) LANGUAGE plpgsql AS $$
DECLARE
  o jsonb := some_options(rel, 1) - '{where,order,limit,offset}'::text[];
  w jsonb := some_where(rel, 1);
  link assoc.associations;
  key jsonb;
  pk text;
  call text;
BEGIN
  EXECUTE format('SELECT to_jsonb(k) FROM (SELECT %s FROM %s t ORDER BY random() LIMIT 1) k', key_of(rel, 't'), rel) INTO key;
  pk := CASE WHEN (SELECT count(*) FROM jsonb_object_keys(key)) > 1 THEN key::text ELSE (SELECT value FROM jsonb_each_text(key)) END;
  call := format('assoc.find_by_pk(%L, %L::text, %L)', rel, pk, o);
  IF by_both(call)::jsonb IS DISTINCT FROM assoc.find_all(rel::text, o || jsonb_build_object('where', key)) -> 0 THEN
    RAISE '% differs in a list', call;
  END IF;
  call := format('assoc.count(%L, %L)', rel, jsonb_build_object('where', w));
  IF by_both(call)::int <> jsonb_array_length(assoc.find_all(rel::text, jsonb_build_object('where', w))) THEN
    RAISE '% differs from a list', call;
  END IF;
  FOR link IN SELECT * FROM assoc.associations WHERE source = rel AND kind IN ('has_many', 'belongs_to_many') ORDER BY random() LIMIT 1 LOOP
    o := jsonb_build_object('where', some_where(link.target, 1, link.through));
    call := format('assoc.count_of(%L, %L::text, %L, %L)', rel, pk, link.alias, o);
    IF by_both(call)::int <> coalesce(jsonb_array_length(assoc.get(rel::text, pk, link.alias, o)), 0) THEN
      RAISE '% differs from a list', call;
    END IF;
  END LOOP;
END $$;
CREATE TABLE runs (no int, model text, options jsonb, length int, error text, differs text);
-- each way to load random options of random models, against the others
CREATE PROCEDURE run_sources(documents int) LANGUAGE plpgsql AS $$
DECLARE
  rel regclass;
  o jsonb;
  rows jsonb;
  plain text;
BEGIN
  FOR i IN 1..documents LOOP
    rel := pick(ARRAY['customers', 'products', 'orders', 'stores', 'shelves', 'profiles', 'letters', 'countries', 'boxes', 'drawers', 'signs', 'parted']::regclass[]);
    o := some_options(rel, 2);
    BEGIN
      rows := loads(rel::text, o);
      EXECUTE assoc.sql(rel::text, o) INTO plain;
      CALL check_single(rel);
      INSERT INTO runs VALUES (i, rel, o, length(rows::text), NULL, CASE WHEN plain::jsonb IS DISTINCT FROM rows THEN 'plain SQL' END);
    EXCEPTION WHEN OTHERS THEN
      INSERT INTO runs VALUES (i, rel, o, NULL, SQLSTATE || ' ' || SQLERRM, NULL);
    END;
  END LOOP;
END $$;