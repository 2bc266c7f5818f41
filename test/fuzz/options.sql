-- Random options documents, some of them broken, for the tests of the parser, in the
-- schema that is first in search_path: the functions of test/module/options_test.c, a
-- generator, and what to do to a document.

\getenv build PG_LIBDIR
\set module :build '/pg_associations_test'
CREATE FUNCTION parse(document jsonb, use integer) RETURNS text
LANGUAGE C STABLE AS :'module', 'options_test_parse';

CREATE FUNCTION pick(choices anycompatiblearray) RETURNS anycompatible LANGUAGE sql VOLATILE AS $$
  SELECT choices[1 + floor(random() * cardinality(choices))] $$;

-- ---- documents of the grammar ----

CREATE FUNCTION some_name() RETURNS text LANGUAGE sql VOLATILE AS $$
  SELECT pick(ARRAY['id', 'title', 'tasks', 'projects', '$col$', 'settings.lang', 'größe', 'a b']) $$;

-- as for an attribute, but a column is not an association
CREATE FUNCTION some_alias() RETURNS text LANGUAGE sql VOLATILE AS $$
  SELECT replace(some_name(), '$', '') $$;

CREATE FUNCTION some_operand() RETURNS jsonb LANGUAGE sql VOLATILE AS $$
  SELECT pick(ARRAY['1', '"x"', 'true', 'null', '1.5e3', '{"param": "p"}', '{"col": "title"}', '{"value": {"a": [1]}}', '[1, 2]']::jsonb[]) $$;

CREATE FUNCTION some_where(depth integer) RETURNS jsonb LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  kind integer := floor(random() * CASE WHEN depth > 0 THEN 15 ELSE 8 END);
BEGIN
  RETURN CASE kind
    WHEN 0 THEN jsonb_build_object(some_name(), jsonb_build_object(pick(ARRAY['eq', 'ne', 'gt', 'gte', 'lt', 'lte', 'not', 'contains', 'contained', 'overlap', 'adjacent', 'strictLeft', 'hasKey']), some_operand()))
    WHEN 1 THEN jsonb_build_object(some_name(), jsonb_build_object(pick(ARRAY['between', 'notBetween', 'in', 'notIn']), '[1, 2]'::jsonb))
    WHEN 2 THEN jsonb_build_object(some_name(), jsonb_build_object(pick(ARRAY['like', 'notLike', 'iLike', 'notILike', 'startsWith', 'endsWith', 'substring', 'regexp', 'notRegexp', 'iRegexp', 'notIRegexp', 'match', 'websearch', 'phrase']), pick(ARRAY['"x%"', '{"param": "p"}']::jsonb[])))
    WHEN 3 THEN jsonb_build_object(some_name(), pick(ARRAY['{"is": null}', '{"like": {"any": ["a", "b"]}}', '{"gt": {"all": {"param": "p"}}}', '{"any": [1]}', '{"gt": 1, "lt": 5}', '{"not": {"or": {"lt": 1, "gt": 2}}}', '{"websearch": {"query": "a -b", "config": "simple"}}', '{"within": {"of": "(1,2)", "distance": 3}}', '{"or": [1, null, {"gt": 2}]}']::jsonb[]))
    WHEN 4 THEN jsonb_build_object(some_alias(), pick(ARRAY['{"allOf": [1, 2]}', '{"count": 3}', '{"count": {"gte": 1, "where": {"id": 1}}}']::jsonb[]))
    WHEN 5 THEN jsonb_build_object(some_name(), pick(ARRAY['1', '"x"', 'null', '{"param": "p"}', '[1, 2]']::jsonb[]))
    WHEN 6 THEN '{}'
    WHEN 7 THEN jsonb_build_object('through', jsonb_build_object(some_name(), 1))
    WHEN 8 THEN jsonb_build_object(pick(ARRAY['and', 'or']), jsonb_build_array(some_where(depth - 1), some_where(depth - 1)))
    WHEN 9 THEN jsonb_build_object(pick(ARRAY['and', 'or', 'not']), some_where(depth - 1))
    WHEN 10 THEN jsonb_build_object(some_alias(), jsonb_build_object(pick(ARRAY['some', 'none', 'every']), some_where(depth - 1)))
    WHEN 11 THEN jsonb_build_object(some_alias(), jsonb_build_object('count', jsonb_build_object('lt', 5, 'where', some_where(depth - 1))))
    ELSE some_where(depth - 1) || some_where(depth - 1)
  END;
END $$;

CREATE FUNCTION some_aggregate(named boolean) RETURNS jsonb LANGUAGE sql VOLATILE AS $$
  SELECT jsonb_build_object(pick(ARRAY['count', 'sum', 'min', 'max', 'avg']), pick(ARRAY['"tasks"', '["tasks", "id"]', '["tasks", "through", "id"]']::jsonb[]))
    || CASE WHEN random() < 0.5 THEN jsonb_build_object('where', some_where(1)) ELSE '{}' END
    || CASE WHEN random() < 0.3 THEN '{"distinct": true}'::jsonb ELSE '{}' END
    || CASE WHEN named THEN '{"as": "n"}'::jsonb ELSE '{}' END $$;

CREATE FUNCTION some_attribute_list() RETURNS jsonb LANGUAGE sql VOLATILE AS $$
  SELECT jsonb_build_array(some_name(), jsonb_build_array(some_name(), 'other'), some_aggregate(true)) $$;

CREATE FUNCTION some_order() RETURNS jsonb LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  RETURN CASE floor(random() * 5)
    WHEN 0 THEN to_jsonb(some_name())
    WHEN 1 THEN jsonb_build_array(some_name(), jsonb_build_array('tasks', 'through', some_name(), pick(ARRAY['ASC', 'desc', 'DESC NULLS LAST'])))
    WHEN 2 THEN jsonb_build_array(some_aggregate(false) || '{"direction": "DESC", "nulls": "last"}')
    WHEN 3 THEN jsonb_build_array(jsonb_build_object('by', some_aggregate(false), 'nulls', 'first'))
    ELSE jsonb_build_array(jsonb_build_object('by', jsonb_build_array('tasks', some_name()), 'direction', 'ASC'))
  END;
END $$;

CREATE FUNCTION some_through() RETURNS jsonb LANGUAGE sql VOLATILE AS $$
  SELECT jsonb_build_object('where', some_where(1), 'attributes', pick(ARRAY['[]', '["role"]']::jsonb[]), 'paranoid', false)
    || pick(ARRAY['{"as": "link"}', '{"flatten": true}', '{}']::jsonb[]) $$;

-- what a root and an include share
CREATE FUNCTION some_options(depth integer) RETURNS jsonb LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  o jsonb := '{}';
  items jsonb := '[]';
BEGIN
  IF random() < 0.4 THEN o := o || jsonb_build_object('where', some_where(2)); END IF;
  IF random() < 0.2 THEN o := o || jsonb_build_object('attributes', some_attribute_list()); END IF;
  IF random() < 0.1 THEN o := o || jsonb_build_object('attributes', jsonb_build_object('include', some_attribute_list(), 'exclude', jsonb_build_array(some_name()))); END IF;
  IF random() < 0.3 THEN o := o || jsonb_build_object('order', some_order()); END IF;
  IF random() < 0.3 THEN o := o || pick(ARRAY['{"limit": 3, "offset": 0}', '{"limit": {"param": "n"}}', '{"after": {"param": "c"}}', '{"after": "abc", "limit": 1}']::jsonb[]); END IF;
  IF random() < 0.3 THEN o := o || pick(ARRAY['{"scope": "a"}', '{"scope": ["a", "b"]}', '{"scope": false}', '{"paranoid": false}']::jsonb[]); END IF;
  IF depth = 0 OR random() < 0.4 THEN RETURN o; END IF;
  FOR i IN 1..2 LOOP
    items := items || jsonb_build_array(CASE WHEN random() < 0.3 THEN to_jsonb(pick(ARRAY['tasks', 'projects.tasks', 'a.b.c.d']) || i)
      ELSE jsonb_build_object('association', some_name(), 'as', 'n' || i) || some_options(depth - 1)
        || pick(ARRAY['{}', '{"required": true}', '{"page": true}', '{"recursive": true, "maxDepth": 5}']::jsonb[])
        || CASE WHEN random() < 0.3 THEN jsonb_build_object('through', some_through()) ELSE '{}' END END);
  END LOOP;
  RETURN o || jsonb_build_object('include', CASE WHEN random() < 0.1 THEN '{"all": true, "nested": true}' ELSE items END);
END $$;

-- use: see OptionsUse; -1 is assoc.aggregate
CREATE FUNCTION some_document(use integer) RETURNS jsonb LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  o jsonb := some_options(CASE WHEN use IN (0, 3) THEN 2 ELSE 1 END);
BEGIN
  IF use = -1 THEN
    RETURN o - '{after,scope}'::text[] || jsonb_build_object('attributes', some_attribute_list(), 'group', jsonb_build_array(some_name()), 'having', some_where(1));
  ELSIF use IN (2, 4) THEN
    o := o - '{order,attributes}'::text[];
  ELSIF random() < 0.2 THEN
    o := o || '{"bigint": "string"}';
  END IF;
  IF use IN (1, 2, 4) THEN o := o - '{limit,offset,after}'::text[]; END IF;
  IF use = 3 AND random() < 0.5 THEN o := o || jsonb_build_object('through', some_through()); END IF;
  RETURN o;
END $$;

-- ---- what is done to them ----

-- words of the language, where they do not belong, and what no one would write
CREATE FUNCTION odd_key() RETURNS text LANGUAGE sql VOLATILE AS $body$
  SELECT pick(ARRAY['attributes', 'where', 'order', 'limit', 'offset', 'after', 'include', 'exclude', 'through', 'scope', 'paranoid', 'bigint', 'page',
    'association', 'as', 'required', 'recursive', 'maxDepth', 'model', 'flatten', 'all', 'nested', 'any', 'by', 'direction', 'nulls', 'distinct', 'group', 'having',
    'and', 'or', 'not', 'eq', 'gt', 'between', 'in', 'notIn', 'is', 'like', 'match', 'contains', 'some', 'none', 'every', 'allOf', 'count', 'sum', 'param', 'col', 'value',
    '', ' ', '.', '..', '$', '$$', '$$$', '$a', '[0]', '%s%n', '"', '\', E'\n', E'\x01', 'Where', 'whre', '😀', U&'\FEFF', U&'a\0301', U&'\202E', repeat('k', 300), repeat('é', 5000)]) $body$;

-- a value of every kind, and of sizes at the limits
CREATE FUNCTION odd_value() RETURNS jsonb LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  IF random() < 0.2 THEN
    RETURN jsonb_build_object(odd_key(), odd_value());
  ELSIF random() < 0.2 THEN
    RETURN to_jsonb(odd_key());
  END IF;
  RETURN pick(ARRAY['null', 'true', 'false', '0', '-0', '-1', '1.0', '1.5', '1e-400', '1e400', '999999999999999999', '9999999999999999999', '2147483648', '""', '[]', '{}', '[[]]', '[{}]', '[null]',
    '[[[[[]]]]]', '["a", "b"]', '["DESC"]', '["a", "DESC NULLS"]', '{"": {}}', '{"param": 1}', '{"param": ""}', '{"col": null}', '{"col": "id"}', '{"value": {"value": {}}}', '{"value": null}',
    '{"all": null}', '{"all": false, "nested": true}', '{"association": ""}', '"a..b"', '"."', '"ASC"', '{"count": {}}', '{"count": {"where": null, "gte": 1}}', '{"not": []}', '{"or": []}', '{"eq": {"any": []}}']::jsonb[]);
END $$;

-- the document with one change at a random place
CREATE FUNCTION mutate(document jsonb) RETURNS jsonb LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  k text;
  i integer;
BEGIN
  IF random() < 0.05 OR jsonb_typeof(document) NOT IN ('object', 'array') OR document IN ('{}', '[]') THEN
    RETURN CASE WHEN random() < 0.1 THEN jsonb_build_array(document) WHEN random() < 0.1 THEN jsonb_build_object(odd_key(), document) ELSE odd_value() END;
  ELSIF jsonb_typeof(document) = 'object' THEN
    k := pick(ARRAY(SELECT jsonb_object_keys(document)));
    RETURN CASE floor(random() * 10)
      WHEN 0 THEN document - k
      WHEN 1 THEN document - k || jsonb_build_object(odd_key(), document -> k)
      WHEN 2 THEN document || jsonb_build_object(odd_key(), document -> k)
      WHEN 3 THEN document || jsonb_build_object(odd_key(), odd_value())
      ELSE document || jsonb_build_object(k, mutate(document -> k)) END;
  END IF;
  i := floor(random() * jsonb_array_length(document));
  RETURN CASE floor(random() * 8)
    WHEN 0 THEN document - i
    WHEN 1 THEN jsonb_insert(document, ARRAY[i::text], document -> i)
    WHEN 2 THEN jsonb_insert(document, ARRAY[i::text], odd_value())
    ELSE jsonb_set(document, ARRAY[i::text], mutate(document -> i)) END;
END $$;

-- ---- outcomes ----

CREATE FUNCTION names_a_place(detail text) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
  RETURN coalesce(jsonb_typeof(detail::jsonb -> 'path') = 'string', false);
EXCEPTION WHEN invalid_text_representation THEN
  RETURN false;
END $$;

-- "parsed", "refused", or what is wrong.  22023 and 54000 are ours and have to name
-- the place; 54001 is the server's.
CREATE FUNCTION outcome(document jsonb, use integer) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  state text;
  message text;
  detail text;
BEGIN
  PERFORM parse(document, use);
  RETURN 'parsed';
EXCEPTION WHEN OTHERS THEN
  GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL;
  IF state = '54001' OR state IN ('22023', '54000') AND names_a_place(detail) THEN RETURN 'refused'; END IF;
  RETURN left(format('%s %s %s', state, message, detail), 500);
END $$;

CREATE TABLE runs (no integer, kind text, use integer, document jsonb, outcome text);

-- documents of the grammar, and each with one to four changes
CREATE PROCEDURE run_random(documents integer) LANGUAGE plpgsql AS $$
DECLARE
  use integer;
  o jsonb;
BEGIN
  FOR i IN 1..documents LOOP
    use := i % 6 - 1;
    o := some_document(use);
    INSERT INTO runs VALUES (i, 'grammar', use, o, outcome(o, use));
    FOR n IN 1..pick(ARRAY[1, 1, 2, 4]) LOOP
      o := mutate(o);
    END LOOP;
    INSERT INTO runs VALUES (i, 'changed', use, o, outcome(o, use));
  END LOOP;
END $$;

-- every construct that can stand in itself, as deep as depth says; the server may
-- refuse the text before it is a document
CREATE PROCEDURE run_deep(depth integer) LANGUAGE plpgsql AS $$
DECLARE
  d record;
  o jsonb;
BEGIN
  FOR d IN SELECT * FROM (VALUES
    ('and', '{"where": ', '{"and": [', '{}', ']}', '}'),
    ('and of an object', '{"where": ', '{"and": ', '{}', '}', '}'),
    ('not', '{"where": ', '{"not": ', '{}', '}', '}'),
    ('array', '{"where": ', '[', '{}', ']', '}'),
    ('some', '{"where": ', '{"a": {"some": ', '{}', '}}', '}'),
    ('count', '{"where": ', '{"a": {"count": {"gte": 1, "where": ', '{}', '}}}', '}'),
    ('through', '{"where": ', '{"through": ', '{}', '}', '}'),
    ('not of operators', '{"where": {"a": ', '{"not": ', '{"eq": 1}', '}', '}}'),
    ('or of operators', '{"where": {"a": ', '{"or": ', '{"eq": 1}', '}', '}}'),
    ('or of a list', '{"where": {"a": ', '{"or": [', '1', ']}', '}}'),
    ('include', '{"include": ', '{"association": "a", "include": ', '"a"', '}', '}'),
    ('include in lists', '{"include": ', '[{"association": "a", "include": ', '"a"', '}]', '}'),
    ('lists in include', '{"include": ', '[', '"a"', ']', '}'),
    ('include, all keys', '{"include": ', '{"association": "a", "where": {"a": 1}, "order": ["a"], "include": ', '"a"', '}', '}'),
    ('where of an aggregate', '{"attributes": [{"as": "n", "count": "a", "where": ', '{"or": [', '{}', ']}', '}]}'),
    ('where of an order', '{"order": [{"by": {"count": "a", "where": ', '{"or": [', '{}', ']}', '}}]}'),
    ('path', '{"include": "a', '.a', '', '', '"}'),
    ('literal', '{"where": {"a": {"value": ', '[', '', ']', '}}}'),
    ('reference', '{"where": {"a": ', '{"value": ', '1', '}', '}}'),
    ('attributes', '{"attributes": ', '[', '"a"', ']', '}'),
    ('order', '{"order": ', '[', '"a"', ']', '}')) v (kind, head, opens, leaf, closes, foot)
  LOOP
    BEGIN
      o := d.head || repeat(d.opens, depth) || d.leaf || repeat(d.closes, depth) || d.foot;
    EXCEPTION WHEN statement_too_complex THEN
      INSERT INTO runs VALUES (depth, d.kind, 0, NULL, 'no document');
      CONTINUE;
    END;
    INSERT INTO runs VALUES (depth, d.kind, 0, o, outcome(o, 0));
  END LOOP;
END $$;

-- lists, objects and strings of a size
CREATE PROCEDURE run_wide(size integer) LANGUAGE sql AS $$
  INSERT INTO runs SELECT size, kind, 0, o, outcome(o, 0) FROM (VALUES
    ('list', jsonb_build_object('where', jsonb_build_object('a', (SELECT jsonb_agg(i) FROM generate_series(1, size) i)))),
    ('list with a null', jsonb_build_object('where', jsonb_build_object('a', (SELECT jsonb_agg(nullif(i, size)) FROM generate_series(1, size) i)))),
    ('conditions', jsonb_build_object('where', (SELECT jsonb_object_agg('a' || i, i) FROM generate_series(1, size) i))),
    ('alternatives', jsonb_build_object('where', jsonb_build_object('or', (SELECT jsonb_agg(jsonb_build_object('a', i)) FROM generate_series(1, size) i)))),
    ('attributes', jsonb_build_object('attributes', (SELECT jsonb_agg('a' || i) FROM generate_series(1, size) i))),
    ('order', jsonb_build_object('order', (SELECT jsonb_agg('a' || i) FROM generate_series(1, size) i))),
    ('steps', jsonb_build_object('order', jsonb_build_array((SELECT jsonb_agg('a' || i) FROM generate_series(1, size) i)))),
    ('scopes', jsonb_build_object('scope', (SELECT jsonb_agg('a' || i) FROM generate_series(1, size) i))),
    ('includes', jsonb_build_object('include', (SELECT jsonb_agg('a' || i) FROM generate_series(1, size) i))),
    ('options', (SELECT jsonb_object_agg('a' || i, i) FROM generate_series(1, size) i)),
    ('key', jsonb_build_object('where', jsonb_build_object(repeat('é', size), 1))),
    ('unknown key', jsonb_build_object(repeat('é', size), 1)),
    ('unknown operator', jsonb_build_object('where', jsonb_build_object('a', jsonb_build_object(repeat('é', size), 1)))),
    ('string', jsonb_build_object('where', jsonb_build_object('a', repeat('é', size)))),
    ('alias', jsonb_build_object('include', repeat('é', size))),
    ('direction', jsonb_build_object('order', jsonb_build_array(jsonb_build_object('by', 'a', 'direction', repeat('é', size))))),
    ('number', jsonb_build_object('limit', repeat('9', size)::numeric))) v (kind, o) $$;
