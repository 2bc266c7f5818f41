// The same two loads - a user with projects by id, a page of 20 users with theirs - as each library's documentation writes
// them. Ours and the SQL by hand hand the JSON on as text, which is what a service sends; the others give objects, which
// it has to write as text.
'use strict';

const { Pool } = require('pg');

const connections = 4;
const database = { host: process.env.PGHOST, port: Number(process.env.PGPORT ?? 5432), username: process.env.PGUSER, database: process.env.PGDATABASE };

const asText = { getTypeParser: () => (text) => text };

// statements, prepared by name or sent as they are, whose one value is the document's text
function byStatement({ user, page }, prepared) {
  const pool = new Pool({ max: connections });
  const ask = async (name, text, values) =>
    (await pool.query({ name: prepared ? name : undefined, text, values, types: asText, rowMode: 'array' })).rows[0][0];
  return { user: (id) => ask('user', user, [id]), page: (offset) => ask('page', page, [offset]), end: () => pool.end() };
}

const ours = {
  user: 'SELECT user_with_projects_json($1)',
  page: `SELECT assoc.find_all_json('User', '{"include": ["projects"], "order": ["name"], "limit": 20, "offset": {"param": "offset"}}', jsonb_build_object('offset', $1::int))`,
};

const projects = `ARRAY(SELECT child FROM (SELECT p.id, p.title, p.description, l AS "UserProject"
  FROM user_projects l JOIN projects p ON p.id = l.project_id WHERE l.user_id = u.id ORDER BY l.project_id) child) AS projects`;
const byHand = {
  user: `SELECT row_to_json(root) FROM (SELECT u.id, u.name, u.email, ${projects} FROM users u WHERE u.id = $1) root`,
  page: `SELECT to_json(ARRAY(SELECT root FROM (SELECT u.id, u.name, u.email, ${projects}
    FROM (SELECT * FROM users ORDER BY name, id LIMIT 20 OFFSET $1) u ORDER BY u.name, u.id) root))`,
};

function drizzle() {
  const core = require('drizzle-orm/pg-core');
  const { relations } = require('drizzle-orm');
  const id = (name) => core.bigint(name, { mode: 'number' });
  const users = core.pgTable('users', { id: id('id').primaryKey(), name: core.text('name'), email: core.text('email') });
  const tables = {
    users,
    projects: core.pgTable('projects', { id: id('id').primaryKey(), title: core.text('title'), description: core.text('description') }),
  };
  tables.links = core.pgTable('user_projects', {
    user_id: id('user_id'), project_id: id('project_id'), role: core.text('role'), startDate: core.timestamp('startDate', { withTimezone: true }) });
  const schema = {
    ...tables,
    ofUsers: relations(users, ({ many }) => ({ links: many(tables.links) })),
    ofLinks: relations(tables.links, ({ one }) => ({
      user: one(users, { fields: [tables.links.user_id], references: [users.id] }),
      project: one(tables.projects, { fields: [tables.links.project_id], references: [tables.projects.id] }) })),
  };
  const pool = new Pool({ max: connections });
  const db = require('drizzle-orm/node-postgres').drizzle(pool, { schema });
  const include = { with: { links: { with: { project: true }, orderBy: (link, { asc }) => asc(link.project_id) } } };
  return {
    user: (key) => db.query.users.findFirst({ ...include, where: (user, { eq }) => eq(user.id, key) }),
    page: (offset) => db.query.users.findMany({ ...include, orderBy: (user, { asc }) => [asc(user.name), asc(user.id)], limit: 20, offset }),
    end: () => pool.end() };
}

function kysely() {
  const { Kysely, PostgresDialect } = require('kysely');
  const { jsonArrayFrom } = require('kysely/helpers/postgres');
  const db = new Kysely({ dialect: new PostgresDialect({ pool: new Pool({ max: connections }) }) });
  const query = db.selectFrom('users as u').select(['u.id', 'u.name', 'u.email']).select((eb) => jsonArrayFrom(
    eb.selectFrom('user_projects as l').innerJoin('projects as p', 'p.id', 'l.project_id').select(['p.id', 'p.title', 'p.description', 'l.role', 'l.startDate'])
      .whereRef('l.user_id', '=', 'u.id').orderBy('l.project_id')).as('projects'));
  return {
    user: (id) => query.where('u.id', '=', id).executeTakeFirst(),
    page: (offset) => query.orderBy('u.name').orderBy('u.id').limit(20).offset(offset).execute(),
    end: () => db.destroy() };
}

async function typeorm() {
  const { DataSource, EntitySchema } = require('typeorm');
  const id = { type: 'bigint', primary: true };
  const entities = [
    new EntitySchema({ name: 'User', tableName: 'users', columns: { id, name: { type: 'text' }, email: { type: 'text' } },
      relations: { links: { type: 'one-to-many', target: 'Link', inverseSide: 'user' } } }),
    new EntitySchema({ name: 'Project', tableName: 'projects', columns: { id, title: { type: 'text' }, description: { type: 'text' } } }),
    new EntitySchema({ name: 'Link', tableName: 'user_projects',
      columns: { user_id: id, project_id: id, role: { type: 'text' }, startDate: { type: 'timestamptz' } },
      relations: { user: { type: 'many-to-one', target: 'User', joinColumn: { name: 'user_id' }, inverseSide: 'links' },
        project: { type: 'many-to-one', target: 'Project', joinColumn: { name: 'project_id' } } } })];
  const source = await new DataSource({ type: 'postgres', ...database, entities, poolSize: connections }).initialize();
  const users = source.getRepository('User');
  const relations = { links: { project: true } };
  return {
    user: (key) => users.findOne({ where: { id: key }, relations, order: { links: { project_id: 'ASC' } } }),
    // an order of the links too would make it count links as users
    page: (skip) => users.find({ relations, order: { name: 'ASC', id: 'ASC' }, skip, take: 20 }),
    end: () => source.destroy() };
}

function sequelize() {
  const { DataTypes, Sequelize } = require('sequelize');
  const db = new Sequelize({ dialect: 'postgres', ...database, logging: false, pool: { max: connections } });
  const text = DataTypes.TEXT;
  const plain = { timestamps: false };
  const User = db.define('User', { name: text, email: text }, { ...plain, tableName: 'users' });
  const Project = db.define('Project', { title: text, description: text }, { ...plain, tableName: 'projects' });
  const Link = db.define('UserProject', { role: text, startDate: DataTypes.DATE }, { ...plain, tableName: 'user_projects' });
  User.belongsToMany(Project, { through: Link, as: 'projects', foreignKey: 'user_id', otherKey: 'project_id' });
  const include = { include: [{ model: Project, as: 'projects' }] };
  const byProject = [{ model: Project, as: 'projects' }, 'id'];
  return {
    user: (id) => User.findByPk(id, { ...include, order: [byProject] }),
    page: (offset) => User.findAll({ ...include, order: ['name', 'id', byProject], limit: 20, offset }),
    end: () => db.close() };
}

module.exports = {
  connections,
  libraries: {
    ours: () => byStatement(ours, true),
    'ours, not prepared': () => byStatement(ours, false),
    'SQL by hand, prepared': () => byStatement(byHand, true),
    'SQL by hand': () => byStatement(byHand, false),
    Drizzle: drizzle,
    Kysely: kysely,
    TypeORM: typeorm,
    Sequelize: sequelize,
  },
};
