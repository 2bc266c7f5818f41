-- Rows of the registry may have been written by hand, with any value under any option: whatever the verbs
-- make of them, an error or an answer, the server goes on.
CREATE SCHEMA registry_options;
SET search_path = registry_options;
SET client_min_messages = error;
SELECT assoc.define('registry_options.U', '{"n": "int"}', '{"paranoid": true}') ->> 'model' AS u,
  assoc.define('registry_options.P', '{"pos": "int", "n": "int"}') ->> 'model' AS p;
SELECT assoc.has_many('U', 'P', alias => 'ps') ->> 'alias' AS ps,
  assoc.belongs_to_many('U', 'P', through => 'UP', alias => 'qs', inverse => 'us') ->> 'alias' AS qs;
SELECT assoc.create('U', '{"n": 0}') ->> 'id' AS u, assoc.create('P', '{}') ->> 'id' AS p;

CREATE FUNCTION attempt(statement text) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE statement;
  RAISE EXCEPTION 'undo' USING ERRCODE = 'ZZ000';
EXCEPTION
  WHEN SQLSTATE 'ZZ000' THEN RETURN true;
  WHEN internal_error OR data_corrupted OR null_value_not_allowed THEN
    RAISE EXCEPTION '% in %', SQLERRM, statement;
  WHEN others THEN RETURN false;
END $$;

CREATE TABLE verbs (statement text);
INSERT INTO verbs VALUES
  ($$SELECT assoc.find_all('U', '{"include": ["ps", "qs"]}')$$),
  ($$SELECT assoc.find_all('P', '{"include": ["us"]}')$$),
  ($$SELECT assoc.find_all('U', '{"where": {"qs": {"some": {}}, "ps": {"count": 1}}}')$$),
  ($$SELECT assoc.add('U', '1', 'ps', '[1]')$$),
  ($$SELECT assoc.set('U', '1', 'qs', '[1]')$$),
  ($$SELECT assoc.remove('U', '1', 'qs', '[1]')$$),
  ($$SELECT assoc.reorder('U', '1', 'qs', '[1]', '{"to": 1}')$$),
  ($$SELECT assoc.create('U', '{"qs": [{}], "ps": [{}]}')$$),
  ($$SELECT assoc.update('U', '{"n": 1}', '{"all": true}')$$),
  ($$SELECT assoc.destroy('U', '{"all": true}')$$),
  ($$SELECT assoc.validate('U', '{"n": 1}')$$),
  ($$SELECT assoc.drop_association('U', 'qs')$$),
  ($$SELECT assoc.explain('U', '{"include": ["ps", "qs"]}')$$),
  ($$INSERT INTO ups (u_id, p_id) VALUES (1, 1)$$),
  ($$DELETE FROM us$$);

-- as declared, all but these do their work
SELECT statement FROM verbs WHERE NOT attempt(statement);

-- any value under any option of an association
CREATE FUNCTION attempt_all(change text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
  n bigint;
BEGIN
  EXECUTE change;
  SELECT count(attempt(statement)) INTO n FROM verbs;
  RAISE EXCEPTION '%', n USING ERRCODE = 'ZZ001';
EXCEPTION
  WHEN SQLSTATE 'ZZ001' THEN RETURN SQLERRM;
END $$;
SELECT sum(attempt_all(format('UPDATE assoc.associations SET options = %L', jsonb_build_object(key, value)))) > 300 AS survived
FROM unnest('{scope,order,paranoid,position,symmetric,counter,touch,max,limits,acyclic,onDestroy,accessors,through}'::text[]) key,
  unnest(ARRAY['null', '5', '{"a": 5}']::jsonb[]) value;
SELECT sum(attempt_all(format('UPDATE assoc.associations SET options = %L',
    jsonb_build_object('through', jsonb_build_object(key, value))))) > 100 AS survived
FROM unnest('{scope,paranoid,unique,as,attributes}'::text[]) key,
  unnest(ARRAY['null', '5', '{"a": 5}']::jsonb[]) value;
SELECT sum(attempt_all(format('UPDATE assoc.associations SET options = %L',
    jsonb_build_object('limits', jsonb_build_array('{"min": 1, "max": 1}'::jsonb || jsonb_build_object(key, value)))))) > 100 AS survived
FROM unnest('{where,min,max}'::text[]) key, unnest(ARRAY['null', '5', '{"a": 5}']::jsonb[]) value;
-- of a model
SELECT sum(attempt_all(format('UPDATE assoc.models SET options = options || %L', jsonb_build_object(key, value)))) > 200 AS survived
FROM unnest('{createdAt,updatedAt,deletedAt,underscored,key,scopes,defaultScope,computed,defined}'::text[]) key,
  unnest(ARRAY['null', '5', '{"a": {"b": 5}}']::jsonb[]) value;
SELECT sum(attempt_all(format('UPDATE assoc.models SET attributes = %L', value))) > 20 AS survived
FROM unnest(ARRAY['{"n": 5}', '{"n": {"column": 5}}', '{"n": {"column": "n", "json": 5, "hidden": 5}}']::jsonb[]) value;

DROP SCHEMA registry_options CASCADE;
