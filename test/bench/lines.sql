-- What is measured against what, and how many times as fast (for memory and rows:
-- how many times as little) it must be at least.
-- Two lines where a form beats what everybody writes: against jsonb_agg (json_agg) SQL in its
-- best form, and against the best form that we know of (arrays of rows, text cast once).

INSERT INTO bench.line (line, title, against, method, work, others, combine, at_least, unit) VALUES
(1, 'user_with_projects(id), inside the server', 'best jsonb_agg SQL, cached', 'inside', 'user', '^(correlated_build|correlated_to_jsonb|grouped|lateral|ordered_rows)$', 'min', 8, 's'),
(2, 'user_with_projects(id), inside the server', 'best SQL of any form, cached', 'inside', 'user', '', 'min', NULL, 's'),
(3, 'the same through a driver, prepared', 'best jsonb_agg SQL, prepared', 'prepared', 'user', '^(correlated_build|correlated_to_jsonb|grouped|lateral|ordered_rows)$', 'min', 2.5, 's'),
(4, 'the same through a driver, prepared', 'best SQL of any form, prepared', 'prepared', 'user', '', 'min', NULL, 's'),
(5, 'the same through a driver, ad hoc', 'best jsonb_agg SQL, ad hoc', 'adhoc', 'user', '^(correlated_build|correlated_to_jsonb|grouped|lateral|ordered_rows)$', 'min', 4, 's'),
(6, 'the same through a driver, ad hoc', 'best SQL of any form, ad hoc', 'adhoc', 'user', '', 'min', NULL, 's'),
(7, 'connecting and the first call', 'connecting and the same SQL', 'fresh', 'user', '', 'min', NULL, 's'),
(8, 'the first call without connecting', 'the same SQL without connecting', 'fresh', 'user', '', 'net', NULL, 's'),
(9, 'the json form, inside the server', 'best json_agg SQL, cached', 'inside', 'user_json', '^(correlated_build|grouped|lateral|ordered_rows)$', 'min', 8, 's'),
(10, 'the json form, inside the server', 'best SQL of any form, cached', 'inside', 'user_json', '', 'min', NULL, 's'),
(11, 'all 10,000 users with projects', 'best grouped jsonb_agg SQL', 'inside', 'all_users', '^grouped_(build|rows|shared|sorted)$', 'min', 6, 's'),
(12, 'all 10,000 users with projects', 'best correlated or LATERAL jsonb_agg SQL', 'inside', 'all_users', '^(correlated_(build|rows)|lateral)$', 'min', 20, 's'),
(13, 'all 10,000 users with projects', 'best SQL of any form', 'inside', 'all_users', '', 'min', NULL, 's'),
(14, 'page of 20 users ordered by name, with projects', 'best jsonb_agg SQL, cached', 'inside', 'page', '^(correlated_(build|rows)|grouped|lateral)$', 'min', 4, 's'),
(15, 'page of 20 users ordered by name, with projects', 'best SQL of any form, cached', 'inside', 'page', '', 'min', NULL, 's'),
(16, 'top 3 of 100 tasks by date, of 1,000 projects', 'best SQL (LATERAL, by index)', 'inside', 'top3', '', 'min', 2, 's'),
(17, 'tasks read for that', 'all tasks', 'rows', 'top3', '', 'min', 10, 'rows'),
(18, 'two sibling collections, 310 and 300 rows', 'two separate loads', 'inside', 'siblings', '^apart', 'sum', 0.83, 's'),
(19, 'two sibling collections, 310 and 300 rows', 'best hand-written SQL, cached', 'inside', 'siblings', '^hand', 'min', NULL, 's'),
(20, 'three levels deep, shared children, 1,000 users', 'best hand-written SQL', 'inside', 'deep', '', 'min', 5, 's'),
(21, 'peak memory of streaming 100,000 rows', 'of streaming 1,000 rows', 'memory', 'stream', '', 'min', 0.83, 'bytes'),
(22, 'users with a project of a title', 'best hand-written SQL, cached', 'inside', 'some', '', 'min', 0.67, 's'),
(23, 'users with no project of a kind', 'best hand-written SQL, cached', 'inside', 'none', '', 'min', 0.67, 's'),
(24, 'users with 4 projects or more in a role', 'best hand-written SQL, cached', 'inside', 'count', '', 'min', 0.67, 's'),
(25, 'projects with both of two tags', 'best hand-written SQL, cached', 'inside', 'all_of', '', 'min', 0.67, 's'),
(26, 'page of 20 users with a project of a kind, and those', 'best hand-written SQL, cached', 'inside', 'required', '', 'min', 0.67, 's'),
(27, 'page of 20 projects by a count of tasks', 'best hand-written SQL, cached', 'inside', 'counts', '', 'min', 0.67, 's'),
(28, 'page of 20 users after a cursor, and the next cursor', 'best hand-written SQL, cached', 'inside', 'keyset', '', 'min', 0.67, 's'),
(29, 'top 3 projects by "startDate", of 200 users', 'best hand-written SQL, cached', 'inside', 'top3_payload', '', 'min', 0.67, 's'),
(30, 'page of 20 users with a project of a kind, and how many', 'best hand-written SQL, cached', 'inside', 'counted', '', 'min', 0.67, 's'),
(31, 'tree of 1,555 folders, five levels', 'best hand-written SQL, cached', 'inside', 'tree', '', 'min', 0.67, 's'),
(32, 'page of 20 tasks by title of their project', 'best hand-written SQL, cached', 'inside', 'by_owner', '', 'min', 0.67, 's');
