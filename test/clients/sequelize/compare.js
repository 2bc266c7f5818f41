// The tutorial's associations with Sequelize, and over the same tables with
// pg_associations: what toJSON() gives is what a load gives.
'use strict';

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { Sequelize, DataTypes, Op } = require('sequelize');

const sequelize = new Sequelize({
  dialect: 'postgres', logging: false,
  host: process.env.PGHOST, port: process.env.PGPORT, database: process.env.PGDATABASE, username: process.env.PGUSER
});

const User = sequelize.define('User', {
  name: { type: DataTypes.STRING, allowNull: false },
  email: { type: DataTypes.STRING, allowNull: false, unique: true, validate: { isEmail: true } }
});
const Project = sequelize.define('Project', {
  title: { type: DataTypes.STRING, allowNull: false },
  description: { type: DataTypes.TEXT }
});
const Task = sequelize.define('Task', { title: DataTypes.STRING, hours: DataTypes.DECIMAL(6, 2) }, { timestamps: false });
const UserProject = sequelize.define('UserProject', {
  role: { type: DataTypes.STRING, allowNull: false, validate: { isIn: [['admin', 'developer', 'viewer']] } },
  startDate: { type: DataTypes.DATE, defaultValue: DataTypes.NOW }
}, { timestamps: true });
User.belongsToMany(Project, { through: UserProject, foreignKey: 'userId', as: 'projects' });
Project.belongsToMany(User, { through: UserProject, foreignKey: 'projectId', as: 'users' });
Project.hasMany(Task, { foreignKey: 'projectId', as: 'tasks' });
Task.belongsTo(Project, { foreignKey: 'projectId', as: 'project' });

// One value of a call of ours.
async function ours(call, ...bind) {
  const [rows] = await sequelize.query(`SELECT ${call} AS value`, { bind });
  return rows[0].value;
}

// Whether the next comparison has no order to keep.
let unordered = true;

// What is different on purpose, made alike on both sides.
function alike(value, key) {
  if (Array.isArray(value)) {
    const rows = value.map((item) => alike(item));
    // Without an order, Sequelize leaves it to the server; ours is by primary key.
    return unordered && rows.every((row) => row?.id !== undefined) ? rows.sort((a, b) => a.id - b.id) : rows;
  }
  if (value !== null && typeof value === 'object' && !(value instanceof Date)) {
    return Object.fromEntries(Object.keys(value).sort().map((name) => [name, alike(value[name], name)]));
  }
  // A time is the text that to_jsonb makes of it, in the session's zone with all its
  // digits; a Date has milliseconds.
  if (/(At|Date)$/.test(key) && value !== null) {
    return new Date(value).getTime();
  }
  // numeric is a number in JSON; the driver gives text.
  return key === 'hours' && value !== null ? Number(value) : value;
}

async function same(theirs, call, ...bind) {
  const plain = JSON.parse(JSON.stringify(theirs));
  assert.ok(plain !== null && (!Array.isArray(plain) || plain.length > 0), 'there is something to compare');
  assert.deepEqual(alike(await ours(call, ...bind)), alike(plain));
}

const shown = { attributes: ['id', 'title'], through: { attributes: [] } };

test('Sequelize and pg_associations', async (t) => {
  t.after(() => sequelize.close());
  await sequelize.sync({ force: true });
  const jane = await User.create({ name: 'Jane Smith', email: 'jane@example.com' });
  const john = await User.create({ name: 'John Doe', email: 'john@example.com' });
  await User.create({ name: 'Nobody', email: 'nobody@example.com' });
  const projects = await Project.bulkCreate([
    { title: 'Sequelize Tutorial', description: 'Learn many-to-many associations' }, { title: 'Website Redesign' },
    { title: 'API Development' }, { title: 'DevOps', description: 'CI/CD Pipeline' }]);
  await Task.bulkCreate([{ title: 'plan', hours: 1.5, projectId: 1 }, { title: 'do', hours: 20, projectId: 1 }, { title: 'alone' }]);

  await sequelize.query('SET client_min_messages = error; CREATE EXTENSION IF NOT EXISTS pg_associations');
  for (const [table, model] of [['"Users"', 'User'], ['"Projects"', 'Project'], ['"Tasks"', 'Task'], ['"UserProjects"', 'UserProject']]) {
    await ours('assoc.adopt($1, $2)', table, model);
  }
  await ours('assoc.belongs_to_many($1, $2, through => $3, foreign_key => $4, alias => $5, inverse => $6)',
    'User', 'Project', 'UserProject', 'userId', 'projects', 'users');
  await ours('assoc.has_many($1, $2, foreign_key => $3, alias => $4, inverse => $5)', 'Project', 'Task', 'projectId', 'tasks', 'project');

  // what one links the other sees
  await john.addProject(projects[3], { through: { role: 'admin' } });
  await ours('assoc.add($1, $2, $3, $4, $5)', 'User', john.id, 'projects', JSON.stringify([1, 3]),
    JSON.stringify({ role: 'developer', startDate: new Date(), createdAt: new Date(), updatedAt: new Date() }));
  await jane.addProjects([projects[0], projects[1]], { through: { role: 'viewer' } });

  await t.test('findByPk with everything', async () =>
    same(await User.findByPk(john.id, { include: ['projects'] }), 'assoc.find_by_pk($1, $2, $3)', 'User', john.id, { include: ['projects'] }));
  await t.test('attributes, without the link', async () =>
    same(await User.findByPk(john.id, { attributes: ['id', 'name', 'email'], include: [{ association: 'projects', ...shown }] }),
      'assoc.find_by_pk($1, $2, $3)', 'User', john.id,
      { attributes: ['id', 'name', 'email'], include: [{ association: 'projects', ...shown }] }));
  await t.test('the other direction', async () =>
    same(await Project.findByPk(1, { include: [{ association: 'users', attributes: ['id', 'name'], through: { attributes: ['role', 'startDate'] } }] }),
      'assoc.find_by_pk($1, $2, $3)', 'Project', 1,
      { include: [{ association: 'users', attributes: ['id', 'name'], through: { attributes: ['role', 'startDate'] } }] }));
  await t.test('findAll', async () =>
    same(await User.findAll({ include: ['projects'] }), 'assoc.find_all($1, $2)', 'User', { include: ['projects'] }));
  await t.test('where in an include makes it required', async () =>
    same(await User.findAll({ include: [{ association: 'projects', where: { title: 'Sequelize Tutorial' } }] }),
      'assoc.find_all($1, $2)', 'User', { include: [{ association: 'projects', where: { title: 'Sequelize Tutorial' } }] }));
  await t.test('unless it is not', async () =>
    same(await User.findAll({ include: [{ association: 'projects', where: { title: { [Op.like]: '%e%' } }, required: false }] }),
      'assoc.find_all($1, $2)', 'User', { include: [{ association: 'projects', where: { title: { like: '%e%' } }, required: false }] }));
  await t.test('where of the link', async () =>
    same(await User.findAll({ include: [{ association: 'projects', through: { where: { role: 'admin' } }, required: true }] }),
      // In ours it filters the rows that are shown, and what is required asks for a project of any role; so the roots are chosen too.
      'assoc.find_all($1, $2)', 'User', {
        where: { projects: { some: { through: { role: 'admin' } } } },
        include: [{ association: 'projects', through: { where: { role: 'admin' } } }]
      }));
  await t.test('nested', async () =>
    same(await User.findAll({ include: [{ association: 'projects', ...shown, include: ['tasks'] }] }),
      'assoc.find_all($1, $2)', 'User', { include: [{ association: 'projects', ...shown, include: ['tasks'] }] }));
  await t.test('to one', async () =>
    same(await Task.findAll({ include: [{ association: 'project', attributes: ['title'] }] }),
      'assoc.find_all($1, $2)', 'Task', { include: [{ association: 'project', attributes: ['title'] }] }));
  await t.test('operators', async () =>
    same(await Project.findAll({ where: { [Op.or]: [{ title: { [Op.startsWith]: 'Dev' } }, { description: { [Op.iLike]: '%ASSOC%' } }], id: { [Op.between]: [1, 9] } } }),
      'assoc.find_all($1, $2)', 'Project', { where: { or: [{ title: { startsWith: 'Dev' } }, { description: { iLike: '%ASSOC%' } }], id: { between: [1, 9] } } }));

  unordered = false;
  await t.test('order, limit and offset', async () =>
    same(await User.findAll({ attributes: ['name'], order: [['name', 'DESC']], limit: 2, offset: 1 }),
      'assoc.find_all($1, $2)', 'User', { attributes: ['name'], order: [['name', 'DESC']], limit: 2, offset: 1 }));
  await t.test('order in an include', async () =>
    // Sequelize wants it at the top.
    same(await User.findByPk(john.id, { include: [{ association: 'projects', ...shown }], order: [['projects', 'title', 'DESC']] }),
      'assoc.find_by_pk($1, $2, $3)', 'User', john.id, { include: [{ association: 'projects', ...shown, order: [['title', 'DESC']] }] }));
  await t.test('getProjects, countProjects, hasProjects', async () => {
    await same(await john.getProjects({ order: [['title', 'ASC']] }), 'assoc.get($1, $2, $3, $4)', 'User', john.id, 'projects', { order: [['title', 'ASC']] });
    assert.equal(Number(await ours('assoc.count_of($1, $2, $3)', 'User', john.id, 'projects')), await john.countProjects());
    for (const ids of [[1, 3], [1, 2], [4]]) {
      assert.equal(await ours('assoc.has($1, $2, $3, $4)', 'User', john.id, 'projects', JSON.stringify(ids)), await john.hasProjects(ids), ids);
    }
  });
  await t.test('findAndCountAll counts parents', async () => {
    const { count } = await User.findAndCountAll({ include: ['projects'], distinct: true });
    assert.equal(Number(await ours('assoc.count($1, $2)', 'User', { include: ['projects'] })), count);
  });
});
