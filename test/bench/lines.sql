-- What is measured against what, and how many times as fast (for memory and rows:
-- how many times as little) it must be at least.

INSERT INTO bench.line (line, title, against, method, work, others, combine, at_least, unit) VALUES
(1, 'user_with_projects(id), inside the server', 'best hand-written SQL, cached', 'inside', 'user', '', 'min', 8, 's'),
(2, 'user_with_projects(id), inside the server', 'jsonb_agg and jsonb_build_object, cached', 'inside', 'user', '^correlated_build$', 'min', NULL, 's'),
(3, 'the same through a driver, prepared', 'the same SQL, prepared', 'prepared', 'user', '', 'min', 2.5, 's'),
(4, 'the same through a driver, ad hoc', 'the same SQL, ad hoc', 'adhoc', 'user', '', 'min', 4, 's'),
(5, 'connecting and the first call', 'connecting and the same SQL', 'fresh', 'user', '', 'min', NULL, 's'),
(6, 'the first call without connecting', 'the same SQL without connecting', 'fresh', 'user', '', 'net', NULL, 's'),
(7, 'the json form, inside the server', 'best json SQL, cached', 'inside', 'user_json', '', 'min', 8, 's'),
(8, 'all 10,000 users with projects', 'best SQL of any form', 'inside', 'all_users', '', 'min', 6, 's'),
(9, 'all 10,000 users with projects', 'best correlated or LATERAL SQL', 'inside', 'all_users', '^(correlated|lateral)', 'min', 20, 's'),
(10, 'page of 20 users ordered by name, with projects', 'best hand-written SQL, cached', 'inside', 'page', '', 'min', 4, 's'),
(11, 'top 3 of 100 tasks by date, of 1,000 projects', 'best SQL (LATERAL, by index)', 'inside', 'top3', '', 'min', 2, 's'),
(12, 'tasks read for that', 'all tasks', 'rows', 'top3', '', 'min', 10, 'rows'),
(13, 'two sibling collections, 310 and 300 rows', 'two separate loads', 'inside', 'siblings', '^apart', 'sum', 0.83, 's'),
(14, 'two sibling collections, 310 and 300 rows', 'best hand-written SQL, cached', 'inside', 'siblings', '^hand', 'min', NULL, 's'),
(15, 'three levels deep, shared children, 1,000 users', 'best hand-written SQL', 'inside', 'deep', '', 'min', 5, 's'),
(16, 'peak memory of streaming 100,000 rows', 'of streaming 1,000 rows', 'memory', 'stream', '', 'min', 0.83, 'bytes');
