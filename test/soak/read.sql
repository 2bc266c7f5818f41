\set user random(1, 24)
SELECT soak.read(:user);
SELECT count(*) FROM users_with_projects('{"include": [{"association": "projects", "include": ["tasks"]}]}');
