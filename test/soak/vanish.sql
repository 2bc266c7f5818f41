-- rows at both ends that go and come again, their links with them
\set user random(21, 24)
\set project random(13, 16)
\set end random(1, 2)
DELETE FROM users WHERE id = :user AND :end = 1;
DELETE FROM projects WHERE id = :project AND :end = 2;
INSERT INTO users (id) SELECT i FROM generate_series(21, 24) i ON CONFLICT DO NOTHING;
INSERT INTO projects (id, title) SELECT i, 'project ' || i FROM generate_series(13, 16) i ON CONFLICT DO NOTHING;
