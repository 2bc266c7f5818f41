-- Limited includes of many rows: a subquery for each, or all of them numbered at once, whichever
-- the planner takes for cheaper.  Both give the same.
CREATE SCHEMA run_window;
SET search_path = run_window;
SET client_min_messages = warning;
\pset format unaligned
SET pg_associations.probe = off;
CREATE TABLE author (tenant int, id int, name text, PRIMARY KEY (tenant, id));
CREATE TABLE book (id int PRIMARY KEY, tenant int, author_id int, title text, price numeric, FOREIGN KEY (tenant,
  author_id) REFERENCES author);
CREATE TABLE tag (id int PRIMARY KEY, name text);
CREATE TABLE book_tag (book_id int REFERENCES book, tag_id int REFERENCES tag, weight int, PRIMARY KEY (book_id, tag_id));
CREATE INDEX ON book (tenant, author_id);
CREATE INDEX ON book_tag (tag_id);
INSERT INTO author SELECT g % 2, g, 'a' || g FROM generate_series(1, 90) g;
INSERT INTO book SELECT g, a % 2, a, 'b' || g % 50, CASE WHEN g % 7 > 0 THEN g % 11 END
  FROM generate_series(1, 400) g, LATERAL (SELECT 1 + g * 7 % 80) x (a);
INSERT INTO tag SELECT g, 't' || g FROM generate_series(1, 6) g;
INSERT INTO book_tag SELECT b, 1 + (b * t) % 6, b * t % 5 FROM generate_series(1, 400) b, generate_series(1, 3) t ON CONFLICT DO NOTHING;
ANALYZE;
SELECT 1 FROM assoc.has_many('author', 'book', foreign_key => 'tenant, author_id', alias => 'books');
SELECT 1 FROM assoc.belongs_to_many('book', 'tag', through => 'book_tag', alias => 'tags', inverse => 'books');
CREATE FUNCTION statements(model text, options jsonb, params jsonb) RETURNS TABLE (windows bigint, laterals bigint) LANGUAGE sql AS $$
  SELECT count(*) FILTER (WHERE line LIKE '% SQL: % OVER (%'), count(*) FILTER (WHERE line LIKE '% SQL: % LATERAL %')
    FROM assoc.explain(model, options, true, params) line $$;
CREATE TABLE request (n int, model text, include jsonb, params jsonb);
INSERT INTO request VALUES
  (1, 'author', '{"association": "books", "limit": 2}', NULL),
  (2, 'author', '{"association": "books", "limit": 2, "offset": 1, "order": [["price", "DESC NULLS LAST"], "title"]}', NULL),
  (3, 'author', '{"association": "books", "attributes": ["id", {"count": "tags", "as": "n"}], "limit": 1, "order": [["n", "DESC"]]}', NULL),
  (4, 'author', '{"association": "books", "limit": {"param": "l"}, "offset": {"param": "o"}}', '{"l": 2, "o": 1}'),
  (5, 'author', '{"association": "books", "limit": {"param": "l"}, "offset": {"param": "o"}}', '{"l": null, "o": null}'),
  (6, 'author', '{"association": "books", "limit": {"param": "l"}, "offset": {"param": "o"}}',
    '{"l": "9223372036854775807", "o": "9223372036854775807"}'),
  (7, 'author', '{"association": "books", "limit": 0}', NULL),
  (8, 'author', '{"association": "books", "limit": 2, "page": true}', NULL),
  (9, 'author', '{"association": "books", "limit": 3, "required": false, "where": {"tags": {"some": {"name": {"like": "%3"}}}}}', NULL),
  (10, 'book', '{"association": "tags", "limit": 1, "order": [["through", "weight", "DESC"]]}', NULL),
  (11, 'book', '{"association": "tags", "limit": 2, "offset": 1, "through": {"where": {"weight": {"gt": 0}}},
    "include": [{"association": "books", "limit": 1, "attributes": ["id"]}]}', NULL),
  (12, 'book', '{"association": "tags", "limit": 1, "page": true, "order": [["name", "DESC"]], "attributes": ["name"],
    "through": {"attributes": []}}', NULL);
CREATE FUNCTION load(r request) RETURNS jsonb LANGUAGE sql AS $$
  SELECT assoc.find_all(r.model, jsonb_build_object('include', jsonb_build_array(r.include)), r.params) $$;
-- numbered at once, where a subquery for each is made dear (not dear enough for 3 on PostgreSQL 19); and row by row
DISCARD PLANS;
SET enable_nestloop = off;
CREATE TABLE numbered AS SELECT n, load(r), s.* FROM request r, statements(model, jsonb_build_object('include', jsonb_build_array(include)),
  params) s;
RESET enable_nestloop;
CREATE TABLE single AS SELECT n, (SELECT jsonb_agg(assoc.find_by_pk(model, k::text, jsonb_build_object('include',
  jsonb_build_array(include)), params) ORDER BY o)
  FROM (SELECT jsonb_build_object('tenant', tenant, 'id', id), (tenant, id) FROM author WHERE model = 'author'
    UNION ALL SELECT to_jsonb(id), (0, id) FROM book WHERE model = 'book') x (k, o)) AS load FROM request;
SELECT n, a.load = b.load AS same, length(a.load::text) AS length,
  CASE WHEN n <> 3 THEN windows END AS windows, CASE WHEN n <> 3 THEN laterals END AS laterals
FROM numbered a JOIN single b USING (n) ORDER BY n;
-- as the planner likes it
DISCARD PLANS;
SELECT n, load(r) = b.load AS same, windows + laterals AS statements FROM request r JOIN single b USING (n),
  statements(model, jsonb_build_object('include', jsonb_build_array(include)), params) s ORDER BY n;
-- few rows have a subquery each, and assoc.explain shows both
SELECT * FROM statements('author', '{"where": {"id": {"lt": 9}}, "include": [{"association": "books", "limit": 2}]}', NULL);
SELECT assoc.explain('author', '{"include": [{"association": "books", "attributes": ["id"], "limit": 2, "offset": {"param": "o"}}]}',
  params => '{"o": 1}');
DROP SCHEMA run_window CASCADE;
