-- # How to use pg_associations: users, projects and what joins them
-- The tutorial of Sequelize's belongsToMany, step by step in the same order, in plain SQL.
-- script/demo runs this file; docs/tutorial.md has the same steps beside the lines of JavaScript.

-- (psql: values only, and times as the tutorial prints them)
\pset format unaligned
\pset tuples_only on
SET timezone = 'UTC';

-- # Project setup
-- Nothing to configure: the extension lives in schema assoc of your database.
CREATE EXTENSION pg_associations;

-- # Defining models, step 1: User
-- A model is a table. define makes it, with a primary key "id" and timestamps, and says what it made.
-- Types are PostgreSQL's. isEmail becomes a CHECK constraint, so it holds for plain INSERTs too.
SELECT jsonb_pretty(assoc.define('User', '{
  "name":  {"type": "varchar(255)", "allowNull": false},
  "email": {"type": "varchar(255)", "allowNull": false, "unique": true, "validate": {"isEmail": true}}
}'));

-- # Defining models, step 2: Project
-- A type alone is enough where there is nothing else to say.
SELECT assoc.define('Project', '{
  "title": {"type": "varchar(255)", "allowNull": false},
  "description": "text"
}') -> 'table';

-- # Defining models, step 3: the join table
-- As in Sequelize: belongs_to_many makes it. Nothing to do.

-- # Setting up belongs_to_many: User
-- The answer names what was made: the join table, and functions to use it.
SELECT jsonb_pretty(assoc.belongs_to_many('User', 'Project',
  through => 'UserProject', foreign_key => 'userId', alias => 'projects'));

-- # Setting up belongs_to_many: Project
-- The other direction over the same table. (inverse => 'users' above would have declared both.)
SELECT assoc.belongs_to_many('Project', 'User',
  through => 'UserProject', foreign_key => 'projectId', alias => 'users') - 'accessors';

-- # Syncing the database
-- Declaring is syncing: the three tables are there. sync({ force: true }) empties them, and tells how.
SELECT assoc.sync(force => true);
\a \t
\d user_projects
\a \t

-- # CRUD 1: creating a user and associating a project
SELECT assoc.create('User', '{"name": "John Doe", "email": "john@example.com"}',
  '{"attributes": ["id", "name", "email"]}');
SELECT assoc.create('Project', '{"title": "Sequelize Tutorial", "description": "Learn many-to-many associations"}',
  '{"attributes": ["id", "title", "description"]}');
-- user.addProject(project). The answer is what changed.
SELECT user_add_project(1, 1);
-- Adding what is there already is no error and writes nothing.
SELECT user_add_project(1, 1);

-- # CRUD 2: creating a user with projects (bulk association)
-- One call: the user, the two projects and the two links, or nothing at all.
SELECT jsonb_pretty(assoc.create('User', '{
  "name": "Jane Smith",
  "email": "jane@example.com",
  "projects": [
    {"title": "Website Redesign", "description": "Update UI/UX"},
    {"title": "API Development", "description": "Build RESTful endpoints"}
  ]
}', '{
  "attributes": ["id", "name", "email"],
  "include": [{"association": "projects", "attributes": ["id", "title", "description"], "through": {"attributes": []}}]
}'));

-- # CRUD 3: adding and removing associations
SELECT assoc.find_one('User', '{"where": {"name": "John Doe"}, "attributes": ["id", "name"]}');
SELECT assoc.create('Project', '{"title": "Mobile App", "description": "React Native"}',
  '{"attributes": ["id", "title"]}');
-- Add a single project
SELECT user_add_project(1, 4);
-- Add multiple projects (array)
SELECT assoc.find_all('Project', '{
  "where": {"title": ["Website Redesign", "API Development"]}, "attributes": ["id", "title"]
}');
SELECT user_add_projects(1, '{2,3}');
-- or with the ids straight from a query
SELECT user_add_projects(1, ARRAY(SELECT id FROM projects WHERE title IN ('Website Redesign', 'API Development')));
-- Remove a project: the link goes, the project stays.
SELECT user_remove_project(1, 4);

-- # Including associated models 1: a user with their projects
-- The steps above have linked three projects to John.
SELECT jsonb_pretty(assoc.find_by_pk('User', 1, '{
  "attributes": ["id", "name", "email"],
  "include": [{"association": "projects", "attributes": ["id", "title"], "through": {"attributes": []}}]
}'));
-- The tutorial prints two of them. A limit in an include counts per parent.
SELECT jsonb_pretty(assoc.find_by_pk('User', 1, '{
  "attributes": ["id", "name", "email"],
  "include": [{"association": "projects", "attributes": ["id", "title"], "through": {"attributes": []}, "limit": 2}]
}'));
-- user_with_projects is the same load; the include of projects need not be said.
SELECT user_with_projects(1) = assoc.find_by_pk('User', 1, '{"include": ["projects"]}') AS same;

-- # Including associated models 2: a project with its users
SELECT jsonb_pretty(assoc.find_by_pk('Project', 1, '{
  "attributes": ["id", "title", "description"],
  "include": [{"association": "users", "attributes": ["id", "name"], "through": {"attributes": []}}]
}'));

-- # Including associated models 3: filter and order
-- Get users who are part of 'Sequelize Tutorial'
SELECT jsonb_pretty(assoc.find_all('User', '{
  "attributes": ["id", "name"],
  "include": [{"association": "projects", "where": {"title": "Sequelize Tutorial"},
               "attributes": ["id", "title"], "through": {"attributes": []}}]
}'));
-- Order projects by title (Sequelize ignores an order in this place; here it holds)
SELECT jsonb_pretty(assoc.find_by_pk('User', 1, '{
  "attributes": ["id", "name"],
  "include": [{"association": "projects", "order": [["title", "ASC"]],
               "attributes": ["id", "title"], "through": {"attributes": []}}]
}'));

-- # Advanced, step 1: define the custom join table UserProject
-- The join table has rows, and a role is required. Which role do they have? The error says what to run.
\set ON_ERROR_STOP off
SELECT assoc.define('UserProject', '{
  "role": {"type": "varchar(255)", "allowNull": false, "validate": {"isIn": ["admin", "developer", "viewer"]}},
  "startDate": {"type": "timestamptz", "default": {"sql": "now()"}}
}', '{"timestamps": true}');
\set ON_ERROR_STOP on
-- The tutorial begins again here with sync({ force: true }).
SELECT assoc.sync(force => true);
SELECT assoc.define('UserProject', '{
  "role": {"type": "varchar(255)", "allowNull": false, "validate": {"isIn": ["admin", "developer", "viewer"]}},
  "startDate": {"type": "timestamptz", "default": {"sql": "now()"}}
}', '{"timestamps": true}') -> 'changed';

-- # Advanced, step 2: update associations to use the custom join table
-- They use it already; the same calls are welcome and change nothing.
SELECT assoc.belongs_to_many('User', 'Project',
  through => 'UserProject', foreign_key => 'userId', alias => 'projects') -> 'changed';
SELECT assoc.belongs_to_many('Project', 'User',
  through => 'UserProject', foreign_key => 'projectId', alias => 'users') -> 'changed';
-- Two users and two projects, so that Alice is the third. "through" carries the columns of the link.
SELECT assoc.bulk_create('User', '[
  {"name": "John Doe", "email": "john@example.com", "projects": [
    {"title": "Sequelize Tutorial", "through": {"role": "developer"}},
    {"title": "Website Redesign", "through": {"role": "viewer"}}]},
  {"name": "Jane Smith", "email": "jane@example.com"}
]', '{"attributes": ["id", "name"],
      "include": [{"association": "projects", "attributes": ["id", "title"], "through": {"attributes": ["role"]}}]}');

-- # Advanced, step 3: create and query with the attributes of the join table
SELECT assoc.create('User', '{"name": "Alice", "email": "alice@example.com"}', '{"attributes": ["id", "name"]}');
SELECT assoc.create('Project', '{"title": "DevOps", "description": "CI/CD Pipeline"}', '{"attributes": ["id", "title"]}');
-- Associate with role
SELECT user_add_project(3, 3, '{"role": "admin"}');
-- Adding again changes the columns that are given: here to the date that the tutorial prints.
SELECT user_add_project(3, 3, '{"startDate": "2024-01-01T12:00:00.000Z"}');
-- Get user with projects and roles
SELECT jsonb_pretty(assoc.find_by_pk('User', 3, '{
  "attributes": ["id", "name", "email"],
  "include": [{"association": "projects", "attributes": ["id", "title"],
               "through": {"attributes": ["role", "startDate"]}}]
}'));

-- # Troubleshooting: "Association not found"
-- A name that is not known is an error that says where it stands and what is probably meant.
\set ON_ERROR_STOP off
SELECT assoc.find_by_pk('User', 1, '{"include": ["project"]}');
SELECT user_with_projects(1, '{"include": [{"association": "projects", "where": {"titel": "DevOps"}}]}');

-- # Troubleshooting: foreign key mismatch
-- Both sides must name the right column of the join table.
SELECT assoc.belongs_to_many('Project', 'User',
  through => 'UserProject', foreign_key => 'userId', alias => 'people');
SELECT assoc.belongs_to_many('Project', 'User',
  through => 'UserProject', foreign_key => 'role', alias => 'people');

-- # Troubleshooting: join table not created
-- It is made with the association, and it is not lost by accident.
-- (terse: the long form lists the 24 functions over it)
SET client_min_messages = warning;
\set VERBOSITY terse
DROP TABLE user_projects;
-- With CASCADE it goes, and the associations over it and their functions go with it.
DROP TABLE user_projects CASCADE;
SELECT user_with_projects(1);
\set VERBOSITY default
RESET client_min_messages;
-- Declaring brings all of it back, empty: here both directions and the attributes of the join table in one call.
SELECT assoc.belongs_to_many('User', 'Project',
  through => 'UserProject', foreign_key => 'userId', alias => 'projects', inverse => 'users',
  through_attributes => '{
    "role": {"type": "varchar(255)", "allowNull": false, "validate": {"isIn": ["admin", "developer", "viewer"]}},
    "startDate": {"type": "timestamptz", "default": {"sql": "now()"}}
  }',
  options => '{"timestamps": true}') -> 'created';

-- # Troubleshooting: custom join table attributes missing
-- "through" chooses what is shown of the link: these, none, or (when it is left out) all.
SELECT user_add_project(3, 3, '{"role": "admin", "startDate": "2024-01-01T12:00:00.000Z"}');
SELECT user_with_projects(3, '{"attributes": ["name"], "include": [
  {"association": "projects", "attributes": ["title"], "through": {"attributes": ["role"]}}]}');
SELECT user_with_projects(3, '{"attributes": ["name"], "include": [
  {"association": "projects", "attributes": ["title"], "through": {"attributes": []}}]}');
-- It can have another name, and be asked for: who is admin of what?
SELECT assoc.find_all('User', '{"attributes": ["name"], "include": [
  {"association": "projects", "attributes": ["title"],
   "through": {"as": "membership", "attributes": ["role"], "where": {"role": "admin"}}, "required": true}]}');
-- What goes in is checked: names by the model, values by the constraints of the table, ids by its foreign keys.
SELECT user_add_project(3, 2, '{"rol": "admin"}');
SELECT user_add_project(3, 2, '{"role": "owner"}');
SELECT user_add_project(3, 99, '{"role": "admin"}');
SELECT assoc.create('User', '{"email": "not an address"}');
-- and so is plain SQL, which knows nothing of pg_associations
INSERT INTO user_projects ("userId", "projectId", role, "startDate", created_at, updated_at)
  VALUES (3, 2, 'owner', '2024-01-01', '2024-01-01', '2024-01-01');
\set ON_ERROR_STOP on

-- # Looking around with psql
-- All of it is ordinary PostgreSQL: tables and functions that psql can show.
\a \t
\df user_*
\d user_projects
\sf user_with_projects
