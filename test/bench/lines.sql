-- What is measured against what, and how many times as fast (for memory and rows:
-- how many times as little) it must be at least.
-- Two lines where a form beats what everybody writes: against jsonb_agg (json_agg) SQL in its
-- best form, and against the best form that we know of (arrays of rows, text cast once).
-- Reading documents that are stored is a yardstick, no contender.

\set user_jsonb_agg '^(correlated_build|correlated_to_jsonb|grouped|lateral|ordered_rows)$'
\set user_json_agg '^(correlated_build|grouped|lateral|ordered_rows)$'
\set user_any_form '^(?!stored)'

INSERT INTO bench.line (title, against, method, work, others, combine, at_least, unit) VALUES
('user_with_projects(id), users from all over the table', 'best jsonb_agg SQL, cached', 'inside', 'user', :'user_jsonb_agg', 'min', 8, 's'),
('user_with_projects(id), users from all over the table', 'best SQL of any form, cached', 'inside', 'user', :'user_any_form', 'min', NULL, 's'),
('user_with_projects(id), 100 users again and again', 'best jsonb_agg SQL, cached', 'again', 'user', :'user_jsonb_agg', 'min', 8, 's'),
('user_with_projects(id), 100 users again and again', 'best SQL of any form, cached', 'again', 'user', :'user_any_form', 'min', NULL, 's'),
('user_with_projects(id), 100 calls between those of others', 'best jsonb_agg SQL, cached', 'in turn', 'user', :'user_jsonb_agg', 'min', NULL, 's'),
('through a driver, prepared, users from all over', 'best jsonb_agg SQL, prepared', 'prepared', 'user', :'user_jsonb_agg', 'min', 2.5, 's'),
('through a driver, prepared, users from all over', 'best SQL of any form, prepared', 'prepared', 'user', :'user_any_form', 'min', NULL, 's'),
('through a driver, ad hoc, users from all over', 'best jsonb_agg SQL, ad hoc', 'adhoc', 'user', :'user_jsonb_agg', 'min', 4, 's'),
('through a driver, ad hoc, users from all over', 'best SQL of any form, ad hoc', 'adhoc', 'user', :'user_any_form', 'min', NULL, 's'),
('through a driver, prepared, 100 users', 'best jsonb_agg SQL, prepared', 'prepared again', 'user', :'user_jsonb_agg', 'min', 2.5, 's'),
('through a driver, ad hoc, 100 users', 'best jsonb_agg SQL, ad hoc', 'adhoc again', 'user', :'user_jsonb_agg', 'min', 4, 's'),
('through a driver, prepared, 100 users', 'reading the finished document from a table', 'prepared again', 'user', '^stored$', 'min', NULL, 's'),
('connecting and the first call', 'connecting and the same SQL', 'fresh', 'user', :'user_any_form', 'min', NULL, 's'),
('the first call without connecting', 'the same SQL without connecting', 'fresh', 'user', :'user_any_form', 'net', NULL, 's'),
('the json form, users from all over the table', 'best json_agg SQL, cached', 'inside', 'user_json', :'user_json_agg', 'min', 8, 's'),
('the json form, users from all over the table', 'best SQL of any form, cached', 'inside', 'user_json', '', 'min', NULL, 's'),
('the json form, 100 users again and again', 'best json_agg SQL, cached', 'again', 'user_json', :'user_json_agg', 'min', 8, 's'),
('the json form, 100 calls between those of others', 'best json_agg SQL, cached', 'in turn', 'user_json', :'user_json_agg', 'min', NULL, 's'),
('all 10,000 users with projects', 'best grouped jsonb_agg SQL', 'inside', 'all_users', '^grouped_(build|rows|shared|sorted)$', 'min', 6, 's'),
('all 10,000 users with projects', 'best correlated or LATERAL jsonb_agg SQL', 'inside', 'all_users', '^(correlated_(build|rows)|lateral)$', 'min', 20, 's'),
('all 10,000 users with projects', 'best SQL of any form', 'inside', 'all_users', '', 'min', NULL, 's'),
('page of 20 users ordered by name, with projects', 'best jsonb_agg SQL, cached', 'inside', 'page', '^(correlated_(build|rows)|grouped|lateral)$', 'min', 4, 's'),
('page of 20 users ordered by name, with projects', 'best SQL of any form, cached', 'inside', 'page', '', 'min', NULL, 's'),
('top 3 of 100 tasks by date, of 1,000 projects', 'best SQL (LATERAL, by index)', 'inside', 'top3', '', 'min', 2, 's'),
('tasks read for that', 'all tasks', 'rows', 'top3', '', 'min', 10, 'rows'),
('two sibling collections, 310 and 300 rows', 'two separate loads', 'inside', 'siblings', '^apart', 'sum', 0.83, 's'),
('two sibling collections, 310 and 300 rows', 'best hand-written SQL, cached', 'inside', 'siblings', '^hand', 'min', NULL, 's'),
('three levels deep, shared children, 1,000 users', 'best hand-written SQL', 'inside', 'deep', '', 'min', 5, 's'),
('peak memory of streaming 100,000 rows', 'of streaming 1,000 rows', 'memory', 'stream', '', 'min', 0.83, 'bytes'),
('users with a project of a title', 'best hand-written SQL, cached', 'inside', 'some', '', 'min', 0.67, 's'),
('users with no project of a kind', 'best hand-written SQL, cached', 'inside', 'none', '', 'min', 0.67, 's'),
('users with 4 projects or more in a role', 'best hand-written SQL, cached', 'inside', 'count', '', 'min', 0.67, 's'),
('projects with both of two tags', 'best hand-written SQL, cached', 'inside', 'all_of', '', 'min', 0.67, 's'),
('page of 20 users with a project of a kind, and those', 'best hand-written SQL, cached', 'inside', 'required', '', 'min', 0.67, 's'),
('page of 20 projects by a count of tasks', 'best hand-written SQL, cached', 'inside', 'counts', '', 'min', 0.67, 's'),
('page of 20 users after a cursor, and the next cursor', 'best hand-written SQL, cached', 'inside', 'keyset', '', 'min', 0.67, 's'),
('top 3 projects by "startDate", of 200 users', 'best hand-written SQL, cached', 'inside', 'top3_payload', '', 'min', 0.67, 's'),
('page of 20 users with a project of a kind, and how many', 'best hand-written SQL, cached', 'inside', 'counted', '', 'min', 0.67, 's'),
('tree of 1,555 folders, five levels', 'best hand-written SQL, cached', 'inside', 'tree', '', 'min', 0.67, 's'),
('page of 20 tasks by title of their project', 'best hand-written SQL, cached', 'inside', 'by_owner', '', 'min', 0.67, 's'),
('everyday: a row with the number of its jobs', 'best hand-written SQL, cached', 'inside', 'count_attribute', '', 'min', 3, 's'),
('everyday: jobs by a condition on the link', 'best hand-written SQL, cached', 'inside', 'link_where', '', 'min', 7, 's'),
('everyday: jobs by a condition on the job', 'best hand-written SQL, cached', 'inside', 'target_where', '', 'min', 7, 's'),
('everyday: the same, and nobody without such a job', 'best hand-written SQL, cached', 'inside', 'target_required', '', 'min', 7, 's'),
('everyday: the first 5 jobs by a column of the link', 'best hand-written SQL, cached', 'inside', 'link_order', '', 'min', 6, 's'),
('everyday: jobs by a column of the job', 'best hand-written SQL, cached', 'inside', 'target_order', '', 'min', 6, 's'),
('everyday: the first 10 of 25 open errands of 50', 'best hand-written SQL, cached', 'inside', 'own_rows', '', 'min', 5, 's'),
('everyday: links under row security', 'best hand-written SQL, cached', 'inside', 'secured', '', 'min', 5, 's'),
('everyday: numbers of jobs of all 10,000 people', 'best hand-written SQL', 'inside', 'all_counts', '', 'min', 2, 's'),
('everyday: page of 20 jobs by their number of people', 'best hand-written SQL, cached', 'inside', 'page_by_count', '', 'min', 1.2, 's');
