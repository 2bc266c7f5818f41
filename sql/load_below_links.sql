-- "include" of "through": what is associated with link rows, shown under them.
\pset format unaligned
\pset tuples_only on
SET client_min_messages = warning;
CREATE SCHEMA ti;
SET search_path = ti;
SELECT assoc.define('User', '{"name": "text"}', '{"timestamps": false}') -> 'table';
SELECT assoc.define('Project', '{"title": "text"}', '{"timestamps": false}') -> 'table';
SELECT assoc.belongs_to_many('User', 'Project', through => 'Membership', inverse => 'members',
  through_attributes => '{"role": "text"}') -> 'created';
SELECT assoc.belongs_to('Membership', 'User', alias => 'invitedBy', foreign_key => 'invited_by_id') -> 'created';
CREATE TABLE notes (id bigint PRIMARY KEY, user_id bigint, project_id bigint, body text,
  FOREIGN KEY (user_id, project_id) REFERENCES memberships);
CREATE INDEX ON notes (user_id, project_id);
SELECT assoc.has_many('Membership', 'notes', alias => 'notes', foreign_key => 'user_id, project_id') -> 'kind';
INSERT INTO users SELECT i, chr(96 + i) FROM generate_series(1, 4) i;
INSERT INTO projects SELECT i, chr(64 + i) FROM generate_series(1, 3) i;
INSERT INTO memberships VALUES (1, 1, 'x', 2), (1, 2, 'y', NULL), (2, 1, 'z', 1), (3, 1, 'x', 2), (3, 3, 'q', 4);
INSERT INTO notes VALUES (1, 1, 1, 'n1'), (2, 1, 1, 'n2'), (3, 3, 1, 'n3');

-- to one and to many, with options of their own, nested, under another name, flattened, alone
SELECT assoc.find_by_pk('User', 3, '{"include": [{"association": "projects", "through": {"attributes": ["role"],
  "include": ["invitedBy"]}}]}');
SELECT assoc.find_by_pk('Project', 1, '{"attributes": [], "include": [{"association": "members", "attributes": ["name"],
    "through": {"as": "m",
  "attributes": [], "include": [{"association": "invitedBy", "as": "by", "attributes": ["name"],
    "include": [{"association": "projects", "values": "title"}]}, {"association": "notes", "values": "body",
    "where": {"body": {"ne": "n2"}}}]}}]}');
SELECT assoc.find_by_pk_json('Project', 1, '{"attributes": ["title"], "include": [{"association": "members", "attributes": ["name"],
  "through": {"flatten": true, "attributes": ["role"], "include": [{"association": "invitedBy", "attributes": ["name"]}]}}]}');
SELECT assoc.find_by_pk('Project', 1, '{"include": [{"association": "members", "through": {"flatten": true, "as": "m"}}]}');
SELECT assoc.get('Project', 1, 'members', '{"attributes": ["name"], "limit": 1, "through": {"attributes": ["role"],
  "include": ["invitedBy", {"association": "notes", "attributes": ["id"], "order": [["id", "DESC"]], "limit": 1, "page": true}]}}')
  #- '{0,Membership,notes,next}';
SELECT assoc.find_all('Project', '{"attributes": ["title"], "include": [{"association": "members", "attributes": ["id"],
    "through": {"attributes": [],
  "include": [{"association": "notes", "attributes": ["id"]}]}, "include": [{"association": "projects", "values": "id"}]}]}');
SELECT assoc.json_schema('User', '{"attributes": [], "include": [{"association": "projects", "attributes": [],
    "through": {"attributes": [],
  "include": [{"association": "invitedBy", "attributes": ["name"]}]}}]}') #> '{properties,projects,items,properties,Membership}';

-- a scope may say it
SELECT assoc.define('User', '{"name": "text"}', '{"timestamps": false, "scopes": {"invited": {"include": [{"association": "projects",
  "attributes": ["title"], "through": {"attributes": [], "include": [{"association": "invitedBy", "attributes": ["name"]}]}}]}}}',
    true) -> 'changed';
SELECT assoc.find_one('User', '{"scope": "invited", "where": {"id": 3}}'), assoc.find_one('User', '{"scope": "invited",
    "where": {"id": 3},
  "include": [{"association": "projects", "through": {"include": [{"association": "notes", "values": "id"}]}}]}');

-- what is refused, and what others may ask
SELECT assoc.count_of('Project', 1, 'members', '{"through": {"include": ["invitedBy"]}}');
SELECT assoc.find_all('User', '{"include": [{"association": "projects", "through": {"include": [{"association": "invitedBy",
    "required": true}]}}]}');
SELECT assoc.find_all('User', '{"include": [{"association": "projects", "through": {"include": [{"all": true}]}}]}');
SELECT assoc.find_all('User', '{"include": [{"association": "projects", "through": {"include": ["role"]}}]}');
SELECT assoc.find_all('User', '{"include": [{"association": "projects", "through": {"include": [{"association": "invitedBy",
    "as": "role"}]}}]}');
SELECT assoc.find_all('User', '{"include": [{"association": "projects", "values": "id", "through": {"include": ["invitedBy"]}}]}');
SELECT assoc.find_all('Membership', '{"include": [{"association": "notes", "through": {"include": ["invitedBy"]}}]}');
SELECT assoc.find_all('User', '{"include": [{"association": "projects", "through": {"include": ["invitedBy"]}}]}', NULL,
    '{"include": ["projects"]}');
SELECT assoc.find_one('User', '{"attributes": ["name"], "include": [{"association": "projects", "attributes": ["title"],
    "through": {"attributes": [],
  "include": ["invitedBy"]}}]}', NULL, '{"include": {"projects": {"include": {"through.invitedBy": {"attributes": ["name"]}}}}}');
SELECT assoc.find_one('User', '{"include": [{"association": "projects", "through": {"include": [{"association": "invitedBy",
  "attributes": ["id"]}]}}]}', NULL, '{"include": {"projects": {"include": {"through.invitedBy": {"attributes": ["name"]}}}}}');
SELECT assoc.find_one('User', '{}', NULL, '{"include": {"projects": {"include": ["through.nobody"]}}}');

-- many rows beside plain SQL: by few keys and by many, by other values, from both ends of a symmetric association, in one statement
TRUNCATE notes, memberships, projects, users;
INSERT INTO users SELECT i, 'u' || i % 17 FROM generate_series(1, 200) i;
INSERT INTO projects SELECT i, 'p' || i % 13 FROM generate_series(1, 40) i;
INSERT INTO memberships SELECT u, p, 'r' || (u * p) % 5, CASE WHEN (u + p) % 3 > 0 THEN 1 + (u * 7 + p * 11) % 200 END
  FROM generate_series(1, 200) u, generate_series(1, 40) p WHERE (u * 31 + p * 17) % 7 = 0;
INSERT INTO notes SELECT row_number() OVER (ORDER BY user_id, project_id, i), user_id, project_id, 'b' || i FROM memberships,
    generate_series(1, 3) i
  WHERE (user_id * i + project_id) % 4 = 0;
ANALYZE;
CREATE FUNCTION expected(low bigint, high bigint, body text) RETURNS jsonb LANGUAGE sql
RETURN (SELECT jsonb_agg(jsonb_build_object('id', p.id, 'members', (
    SELECT jsonb_agg(jsonb_build_object('id', u.id, 'Membership', jsonb_build_object('role', m.role,
        'invitedBy', (SELECT jsonb_build_object('name', i.name) FROM users i WHERE i.id = m.invited_by_id),
        'notes', (SELECT coalesce(jsonb_agg(n.id ORDER BY n.id), '[]') FROM notes n
          WHERE n.user_id = u.id AND n.project_id = p.id AND n.body <> expected.body))) ORDER BY u.id)
    FROM memberships m JOIN users u ON u.id = m.user_id WHERE m.project_id = p.id)) ORDER BY p.id)
  FROM projects p WHERE p.id BETWEEN low AND high);
CREATE FUNCTION options(low bigint, high bigint, body text) RETURNS jsonb LANGUAGE sql
RETURN format('{"attributes": ["id"], "where": {"id": {"between": [%s, %s]}}, "include": [{"association": "members", "attributes": ["id"],
  "through": {"attributes": ["role"], "include": [{"association": "invitedBy", "attributes": ["name"]},
    {"association": "notes", "values": "id", "where": {"body": {"ne": "%s"}}}]}}]}', low, high, body)::jsonb;
SELECT n, b, assoc.find_all('Project', options(n, n + 1, b)) = expected(n, n + 1, b) AND
  assoc.find_all('Project', options(n, 40, b)) = expected(n, 40, b)
  FROM unnest('{1,3,39}'::bigint[], '{b1,b2,b3}'::text[]) v (n, b);
CREATE FUNCTION in_one_statement(options jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
  result jsonb;
BEGIN
  EXECUTE assoc.sql('Project', options) INTO result;
  RETURN result;
END $$;
SELECT in_one_statement(options(2, 5, 'b1')) = expected(2, 5, 'b1');
SELECT assoc.belongs_to_many('User', 'User', through => 'Friendship', alias => 'friends', options => '{"symmetric": true}') -> 'kind';
SELECT assoc.belongs_to('Friendship', 'User', alias => 'by', foreign_key => 'by_id') -> 'kind';
INSERT INTO friendships VALUES (1, 2, 7), (3, 1, 8), (2, 3, NULL);
SELECT assoc.find_all('User', '{"attributes": ["id"], "where": {"id": {"lte": 3}}, "include": [{"association": "friends",
    "attributes": ["id"],
  "through": {"attributes": [], "include": [{"association": "by", "attributes": ["id"]}]}}]}');
DROP SCHEMA ti CASCADE;
