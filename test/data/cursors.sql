-- the values of a cursor, as text
CREATE FUNCTION cursor_values(cursor text) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
  bytes bytea := decode(translate(cursor, '-_', '+/') || repeat('=', (4 - length(cursor) % 4) % 4), 'base64');
  at int := 9;
  size int;
  found jsonb := '[]';
BEGIN
  WHILE at < length(bytes) LOOP
    size := get_byte(bytes, at);
    at := at + 1;
    IF size >= 128 THEN
      size := size - 128 + 128 * get_byte(bytes, at);
      at := at + 1;
    END IF;
    found := found || jsonb_build_array(CASE WHEN size > 0 THEN convert_from(substr(bytes, at + 1, size - 1), 'UTF8') END);
    at := at + greatest(size - 1, 0);
  END LOOP;
  RETURN found;
END $$;
-- a document with the values instead of its cursors; so one may be written with them
CREATE FUNCTION readable(document jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$
BEGIN
  RETURN CASE WHEN document::text !~ '"next"' THEN document ELSE CASE jsonb_typeof(document)
    WHEN 'array' THEN (SELECT coalesce(jsonb_agg(readable(value) ORDER BY n), '[]') FROM jsonb_array_elements(document) WITH ORDINALITY e (value, n))
    WHEN 'object' THEN (SELECT coalesce(jsonb_object_agg(key, CASE WHEN key NOT IN ('next', 'previous') THEN readable(value)
        WHEN jsonb_typeof(value) = 'string' THEN cursor_values(value #>> '{}')
        WHEN jsonb_typeof(value) = 'array' THEN (SELECT jsonb_agg(v ORDER BY n) FROM jsonb_array_elements_text(value) WITH ORDINALITY t (v, n))
        ELSE value END), '{}') FROM jsonb_each(document))
    ELSE document END END;
END $$;
