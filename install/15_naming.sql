
-- Derived names

CREATE FUNCTION assoc.pluralize(name text) RETURNS text
IMMUTABLE PARALLEL SAFE LANGUAGE c
AS 'MODULE_PATHNAME', 'naming_pluralize';
COMMENT ON FUNCTION assoc.pluralize(text) IS
  'the name with its last word in the plural, as derived table and accessor names have it';

CREATE FUNCTION assoc.singularize(name text) RETURNS text
IMMUTABLE PARALLEL SAFE LANGUAGE c
AS 'MODULE_PATHNAME', 'naming_singularize';
COMMENT ON FUNCTION assoc.singularize(text) IS
  'the name with its last word in the singular, as derived key and accessor names have it';

CREATE FUNCTION assoc.snake_case(name text) RETURNS text
IMMUTABLE PARALLEL SAFE LANGUAGE c
AS 'MODULE_PATHNAME', 'naming_snake_case';
COMMENT ON FUNCTION assoc.snake_case(text) IS
  'the name in lower case with underscores between its words, as derived table and accessor names have it';
