-- English: one word each way
CREATE TEMP TABLE word (singular text PRIMARY KEY, plural text NOT NULL);
INSERT INTO word VALUES
  -- regular
  ('user', 'users'), ('project', 'projects'), ('task', 'tasks'), ('month', 'months'),
  ('day', 'days'), ('key', 'keys'), ('boy', 'boys'), ('guy', 'guys'), ('survey', 'surveys'),
  ('category', 'categories'), ('company', 'companies'), ('city', 'cities'), ('history', 'histories'),
  ('query', 'queries'), ('soliloquy', 'soliloquies'),
  ('box', 'boxes'), ('tax', 'taxes'), ('sex', 'sexes'), ('suffix', 'suffixes'),
  ('church', 'churches'), ('batch', 'batches'), ('search', 'searches'), ('coach', 'coaches'),
  ('bush', 'bushes'), ('wish', 'wishes'), ('address', 'addresses'), ('class', 'classes'),
  ('process', 'processes'), ('business', 'businesses'), ('waltz', 'waltzes'), ('buzz', 'buzzes'),
  -- an e that belongs to the word
  ('move', 'moves'), ('drive', 'drives'), ('archive', 'archives'), ('curve', 'curves'), ('glove', 'gloves'),
  ('case', 'cases'), ('database', 'databases'), ('base', 'bases'), ('phase', 'phases'), ('release', 'releases'),
  ('house', 'houses'), ('warehouse', 'warehouses'), ('clause', 'clauses'), ('use', 'uses'), ('excuse', 'excuses'),
  ('course', 'courses'), ('license', 'licenses'), ('response', 'responses'), ('exercise', 'exercises'),
  ('size', 'sizes'), ('prize', 'prizes'), ('cache', 'caches'), ('headache', 'headaches'), ('niche', 'niches'),
  ('shoe', 'shoes'), ('toe', 'toes'), ('queue', 'queues'), ('image', 'images'), ('slice', 'slices'),
  ('movie', 'movies'), ('cookie', 'cookies'), ('tie', 'ties'), ('pie', 'pies'), ('selfie', 'selfies'),
  -- singulars in s
  ('status', 'statuses'), ('alias', 'aliases'), ('bus', 'buses'), ('virus', 'viruses'), ('bonus', 'bonuses'),
  ('campus', 'campuses'), ('census', 'censuses'), ('focus', 'focuses'), ('octopus', 'octopuses'),
  ('canvas', 'canvases'), ('atlas', 'atlases'), ('bias', 'biases'), ('gas', 'gases'), ('lens', 'lenses'),
  ('iris', 'irises'), ('summons', 'summonses'), ('metropolis', 'metropolises'),
  -- plurals that look like singulars in s
  ('api', 'apis'), ('uri', 'uris'), ('wiki', 'wikis'), ('taxi', 'taxis'), ('alibi', 'alibis'), ('kpi', 'kpis'),
  ('menu', 'menus'), ('submenu', 'submenus'), ('sku', 'skus'), ('gpu', 'gpus'), ('guru', 'gurus'), ('plateau', 'plateaus'),
  -- o
  ('hero', 'heroes'), ('superhero', 'superheroes'), ('potato', 'potatoes'), ('tomato', 'tomatoes'), ('echo', 'echoes'),
  ('veto', 'vetoes'), ('photo', 'photos'), ('video', 'videos'), ('logo', 'logos'), ('repo', 'repos'), ('zero', 'zeros'),
  -- f
  ('leaf', 'leaves'), ('knife', 'knives'), ('wife', 'wives'), ('life', 'lives'), ('shelf', 'shelves'),
  ('bookshelf', 'bookshelves'), ('half', 'halves'), ('wolf', 'wolves'), ('thief', 'thieves'), ('loaf', 'loaves'),
  ('roof', 'roofs'), ('proof', 'proofs'), ('belief', 'beliefs'), ('chief', 'chiefs'), ('safe', 'safes'), ('staffer', 'staffers'),
  -- irregular
  ('person', 'people'), ('salesperson', 'salespeople'), ('child', 'children'), ('grandchild', 'grandchildren'),
  ('man', 'men'), ('woman', 'women'), ('salesman', 'salesmen'), ('human', 'humans'), ('talisman', 'talismans'),
  ('specimen', 'specimens'), ('mouse', 'mice'), ('ox', 'oxen'), ('foot', 'feet'), ('tooth', 'teeth'),
  ('goose', 'geese'), ('mongoose', 'mongooses'), ('quiz', 'quizzes'), ('die', 'dice'), ('passerby', 'passersby'),
  -- Latin and Greek
  ('datum', 'data'), ('medium', 'media'), ('criterion', 'criteria'), ('phenomenon', 'phenomena'),
  ('curriculum', 'curricula'), ('matrix', 'matrices'), ('vertex', 'vertices'), ('index', 'indices'),
  ('appendix', 'appendices'), ('axis', 'axes'), ('crisis', 'crises'), ('analysis', 'analyses'), ('thesis', 'theses'),
  ('hypothesis', 'hypotheses'), ('diagnosis', 'diagnoses'), ('oasis', 'oases'), ('cactus', 'cacti'),
  ('nucleus', 'nuclei'), ('alumnus', 'alumni'), ('genus', 'genera'), ('corpus', 'corpora'),
  ('schema', 'schemas'), ('formula', 'formulas'), ('quota', 'quotas'), ('camera', 'cameras'), ('album', 'albums'),
  -- one form for both
  ('news', 'news'), ('sheep', 'sheep'), ('fish', 'fish'), ('jellyfish', 'jellyfish'), ('series', 'series'),
  ('species', 'species'), ('equipment', 'equipment'), ('information', 'information'), ('rice', 'rice'),
  ('money', 'money'), ('staff', 'staff'), ('deer', 'deer'), ('reindeer', 'reindeer'), ('aircraft', 'aircraft'),
  ('craft', 'crafts'), ('metadata', 'metadata'), ('software', 'software'), ('feedback', 'feedback'),
  ('police', 'police'), ('physics', 'physics'), ('chassis', 'chassis'), ('sms', 'sms');
SELECT count(*) > 150 AS enough FROM word;
SELECT singular, plural, assoc.pluralize(singular), assoc.singularize(plural)
FROM word
WHERE (assoc.pluralize(singular), assoc.singularize(plural)) IS DISTINCT FROM (plural, singular);

-- plurals that we understand and do not make
SELECT p AS plural, assoc.singularize(p), assoc.pluralize(p)
FROM unnest(ARRAY['indexes', 'octopi', 'cactuses', 'stadia', 'schemata', 'persons', 'cargoes', 'dwarves', 'childrens']) p;

-- asking twice changes nothing, whatever the case and the words before
CREATE TEMP TABLE name AS
SELECT style, w AS singular, p AS plural FROM word,
LATERAL (VALUES
  ('plain', singular, plural),
  ('Plain', initcap(singular), initcap(plural)),
  ('PLAIN', upper(singular), upper(plural)),
  ('snake_case', 'user_' || singular, 'user_' || plural),
  ('UPPER_SNAKE', 'USER_' || upper(singular), 'USER_' || upper(plural)),
  ('camelCase', 'user' || initcap(singular), 'user' || initcap(plural)),
  ('PascalCase', 'OAuth2User' || initcap(singular), 'OAuth2User' || initcap(plural)),
  ('dotted', 'app.' || singular, 'app.' || plural),
  ('two words', 'My ' || singular, 'My ' || plural)) AS styled (style, w, p);
SELECT * FROM name
WHERE assoc.pluralize(singular) <> plural OR assoc.pluralize(plural) <> plural
   OR assoc.singularize(plural) <> singular OR assoc.singularize(singular) <> singular;
-- ... nor for an acronym at the end of a name, nor for words that we do not know
SELECT n AS name, assoc.pluralize(n), assoc.singularize(assoc.pluralize(n)) AS back
FROM unnest(ARRAY['userID', 'UserAPI', 'UserCPU', 'UserBOX', 'UserCITY', 'ID', 'X', 'userX', 'axisY', 'caféBar']) n;
SELECT n FROM word,
LATERAL unnest(ARRAY[singular || 's', singular || 'i', singular || 'u', plural || 's', plural || 'es', plural || 'i',
  left(singular, -1), left(plural, -1), right(singular, 2), right(plural, 3), right(plural, 1),
  'AB' || singular, 'AB' || plural, 'a' || upper(singular) || 's', 'A' || initcap(right(plural, 4))]) n
WHERE assoc.pluralize(assoc.pluralize(n)) <> assoc.pluralize(n)
   OR assoc.singularize(assoc.singularize(n)) <> assoc.singularize(n);

-- what is no English word stays; multibyte letters are never touched
SELECT n AS name, assoc.pluralize(n), assoc.singularize(n)
FROM unnest(ARRAY['', '_', 'user_', 's', '2024', 'item_2', 'user2', 'проект', '用户', 'café', 'cafés', 'ÉCOLE', 'sushi', 'tofu',
  '"Users"']) n;
SELECT assoc.pluralize(NULL) IS NULL AS plural, assoc.singularize(NULL) IS NULL AS singular;
SELECT length(assoc.pluralize(repeat('x', 10000))) AS plural,
  length(assoc.singularize(repeat('s', 10000))) AS singular,
  length(assoc.pluralize(repeat('_', 10000))) AS underscores,
  assoc.singularize(repeat('child_', 10000) || 'children') = repeat('child_', 10000) || 'child' AS words;

-- arguments without a type, as drivers send them
PREPARE untyped AS SELECT assoc.pluralize($1), assoc.singularize($2);
EXECUTE untyped('Category', 'Categories');
DEALLOCATE untyped;

-- the other derived names have no SQL function of their own
\getenv build PG_LIBDIR
\set module :build '/pg_associations_test'
CREATE FUNCTION pg_temp.snake(text) RETURNS text LANGUAGE c STRICT AS '$libdir/pg_associations', 'naming_snake_case';
CREATE FUNCTION pg_temp.camel(text) RETURNS text LANGUAGE c STRICT AS :'module', 'naming_test_camel';
CREATE FUNCTION pg_temp.is_camel(text) RETURNS boolean LANGUAGE c STRICT AS :'module', 'naming_test_is_camel';
CREATE FUNCTION pg_temp.table_of(text) RETURNS text LANGUAGE c STRICT AS :'module', 'naming_test_table';
CREATE FUNCTION pg_temp.foreign_key(text, text, text) RETURNS text LANGUAGE c AS :'module', 'naming_test_foreign_key';
CREATE FUNCTION pg_temp.check_length(text, text) RETURNS void LANGUAGE c STRICT AS :'module', 'naming_test_check_length';

SELECT n AS name, pg_temp.snake(n), pg_temp.camel(n), pg_temp.is_camel(n)
FROM unnest(ARRAY['User', 'UserProject', 'userId', 'userID', 'userIDs', 'HTTPServer', 'OAuth2Token', 'S3Bucket', 'OAuth', 'UserOAuth',
  'IPv4Address', 'APIv2', 'TN4', 'TN4s', 'NOAuth', 'XAxis',
  'already_snake', 'start_date', 'StartDate', 'USER_ID', 'User_Project', 'ID', 'x', '', '_id', 'a__b', 'address_2', 'end_',
  'app.UserProject', 'my table', 'caféBar', 'Émile_Zola', 'проект_id', '用户Id']) n;
-- each is stable, and snake case comes back from camel case
SELECT n FROM unnest(ARRAY['UserProject', 'HTTPServer', 'user_project', 'address_2', '_id', 'a__b', 'end_', 'user_ids', 'é_b']) n
WHERE pg_temp.snake(pg_temp.snake(n)) <> pg_temp.snake(n)
   OR pg_temp.camel(pg_temp.camel(n)) <> pg_temp.camel(n)
   OR pg_temp.snake(pg_temp.camel(pg_temp.snake(n))) <> pg_temp.snake(n);

SELECT n AS model, pg_temp.table_of(n)
FROM unnest(ARRAY['User', 'UserProject', 'user_projects', 'Person', 'PERSON', 'HTTPServer', 'UserID', 'Staff', 'Category']) n;

SELECT model, key, style, pg_temp.foreign_key(model, key, style)
FROM (VALUES
  ('Project', 'id', NULL), ('Project', 'id', 'user_id'), ('Project', 'id', 'userId'), ('Project', 'id', 'UserId'),
  ('Project', 'id', 'user'), ('users', 'id', NULL), ('user_people', 'id', 'taskId'), ('UserPeople', 'uuid', NULL),
  ('HTTPServer', 'id', 'userId'), ('Order', 'externalNumber', NULL), ('Order', 'external_number', 'userId'),
  ('Status', 'id', NULL), ('Basis', 'id', NULL), ('Staff', 'code', NULL),
  ('app.users', 'id', NULL), ('"Odd name"', 'id', 'userId'), ('', 'id', NULL), ('', '', 'UserId'), ('用户', 'id', 'userId')
) AS given (model, key, style);
SELECT length(pg_temp.foreign_key(repeat('A', 10000), 'id', 'userId'));

-- 63 bytes are a name, 64 are not, and a long one is not printed whole
SELECT pg_temp.check_length(repeat('a', 63), 'the join table');
SELECT pg_temp.check_length(repeat('a', 64), 'the join table');
SELECT pg_temp.check_length(repeat('é', 5000), 'an accessor of "User"');
\set VERBOSITY sqlstate
SELECT pg_temp.check_length(repeat('a', 64), 'the join table');
