-- Software for many customers in one database: each key begins with the tenant, so that no row can point at another tenant's.
CREATE SCHEMA tenants;
SET search_path = tenants, public;

CREATE TABLE tenants (
  id int PRIMARY KEY,
  name text NOT NULL);
CREATE TABLE users (
  tenant_id int NOT NULL REFERENCES tenants,
  id int NOT NULL,
  email text NOT NULL,
  PRIMARY KEY (tenant_id, id),
  UNIQUE (tenant_id, email));
CREATE TABLE projects (
  tenant_id int NOT NULL REFERENCES tenants,
  id int NOT NULL,
  owner_id int,
  title text NOT NULL,
  deleted_at timestamptz,
  PRIMARY KEY (tenant_id, id),
  FOREIGN KEY (tenant_id, owner_id) REFERENCES users);
CREATE INDEX ON projects (tenant_id, owner_id);
CREATE TABLE project_users (
  tenant_id int NOT NULL,
  project_id int NOT NULL,
  user_id int NOT NULL,
  role text NOT NULL DEFAULT 'viewer',
  PRIMARY KEY (tenant_id, project_id, user_id),
  FOREIGN KEY (tenant_id, project_id) REFERENCES projects,
  FOREIGN KEY (tenant_id, user_id) REFERENCES users);
CREATE INDEX ON project_users (tenant_id, user_id);
CREATE TABLE tasks (
  tenant_id int NOT NULL,
  id int NOT NULL,
  project_id int NOT NULL,
  assignee_id int,
  reporter_id int,
  title text NOT NULL,
  PRIMARY KEY (tenant_id, id),
  FOREIGN KEY (tenant_id, project_id) REFERENCES projects,
  FOREIGN KEY (tenant_id, assignee_id) REFERENCES users,
  FOREIGN KEY (tenant_id, reporter_id) REFERENCES users);
CREATE INDEX ON tasks (tenant_id, project_id);
CREATE INDEX ON tasks (tenant_id, assignee_id);
CREATE INDEX ON tasks (tenant_id, reporter_id);

INSERT INTO tenants VALUES (1, 'Acme'), (2, 'Globex');
INSERT INTO users VALUES (1, 1, 'ann@acme.example'), (1, 2, 'bob@acme.example'), (2, 1, 'cid@globex.example');
INSERT INTO projects VALUES (1, 1, 1, 'Rocket'), (2, 1, 1, 'Reactor'), (1, 2, NULL, 'Shed');
INSERT INTO project_users VALUES (1, 1, 1, 'admin'), (2, 1, 1, 'admin');
INSERT INTO tasks VALUES (1, 1, 1, 2, 1, 'Fuel'), (1, 2, 1, NULL, 1, 'Paint'), (2, 1, 1, 1, 1, 'Cool');
