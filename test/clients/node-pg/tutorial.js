// The tutorial of Sequelize's belongsToMany, in its order, through the driver:
// every value is a parameter, every answer is an object.
'use strict';

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { connect } = require('./database');

const user = {
  name: { type: 'varchar(255)', allowNull: false },
  email: { type: 'varchar(255)', allowNull: false, unique: true, validate: { isEmail: true } }
};
const project = { title: { type: 'varchar(255)', allowNull: false }, description: 'text' };
const userProject = {
  role: { type: 'varchar(255)', allowNull: false, validate: { isIn: [['admin', 'developer', 'viewer']] } },
  startDate: { type: 'timestamptz', default: { sql: 'now()' } }
};
const shownProjects = { association: 'projects', attributes: ['id', 'title'], through: { attributes: [] } };

test('the tutorial', async (t) => {
  const db = await connect('tutorial');
  t.after(() => db.end());

  await t.test('defining models', async () => {
    const made = await db.value('assoc.define($1, $2)', 'User', user);
    assert.equal(made.created, true);
    assert.equal(made.table, 'users');
    assert.deepEqual(made.primaryKey, ['id']);
    assert.equal((await db.value('assoc.define($1, $2)', 'Project', project)).table, 'projects');
  });

  await t.test('setting up belongsToMany', async () => {
    const call = 'assoc.belongs_to_many($1, $2, through => $3, foreign_key => $4, alias => $5)';
    const made = await db.value(call, 'User', 'Project', 'UserProject', 'userId', 'projects');
    assert.deepEqual(made.created, ['tutorial.user_projects']);
    assert.deepEqual([made.foreignKey, made.otherKey], ['userId', 'projectId']);
    const back = await db.value(call, 'Project', 'User', 'UserProject', 'projectId', 'users');
    assert.deepEqual(back.created, []);
    assert.equal((await db.value(call, 'User', 'Project', 'UserProject', 'userId', 'projects')).changed, false);
  });

  await t.test('creating a user and associating a project', async () => {
    const john = await db.value('assoc.create($1, $2)', 'User', { name: 'John Doe', email: 'john@example.com' });
    const tutorial = await db.value('assoc.create($1, $2)', 'Project',
      { title: 'Sequelize Tutorial', description: 'Learn many-to-many associations' });
    assert.equal(john.id, 1);
    assert.ok(!Number.isNaN(Date.parse(john.created_at)));
    assert.deepEqual(await db.value('user_add_project($1, $2)', john.id, tutorial.id),
      { added: [1], updated: [], removed: [], unchanged: [] });
    assert.deepEqual(await db.value('user_add_project($1, $2)', john.id, tutorial.id),
      { added: [], updated: [], removed: [], unchanged: [1] });
  });

  await t.test('creating a user with projects', async () => {
    const jane = await db.value('assoc.create($1, $2, $3)', 'User', {
      name: 'Jane Smith',
      email: 'jane@example.com',
      projects: [
        { title: 'Website Redesign', description: 'Update UI/UX' },
        { title: 'API Development', description: 'Build RESTful endpoints' }
      ]
    }, { attributes: ['id', 'name'], include: [shownProjects] });
    assert.deepEqual(jane, {
      id: 2, name: 'Jane Smith', projects: [{ id: 2, title: 'Website Redesign' }, { id: 3, title: 'API Development' }]
    });
  });

  await t.test('adding and removing associations', async () => {
    const john = await db.value('assoc.find_one($1, $2)', 'User', { where: { name: 'John Doe' } });
    const app = await db.value('assoc.create($1, $2)', 'Project', { title: 'Mobile App', description: 'React Native' });
    assert.deepEqual((await db.value('user_add_project($1, $2)', john.id, app.id)).added, [app.id]);
    const projects = await db.value('assoc.find_all($1, $2)', 'Project',
      { where: { title: ['Website Redesign', 'API Development'] } });
    assert.deepEqual((await db.value('user_add_projects($1, $2)', john.id, projects.map((p) => p.id))).added, [2, 3]);
    assert.deepEqual((await db.value('user_remove_project($1, $2)', john.id, app.id)).removed, [app.id]);
    assert.equal(await db.value('user_has_project($1, $2)', john.id, app.id), false);
  });

  await t.test('including associated models', async () => {
    assert.deepEqual(
      await db.value('assoc.find_by_pk($1, $2, $3)', 'User', 1,
        { attributes: ['id', 'name', 'email'], include: [{ ...shownProjects, limit: 2 }] }),
      {
        id: 1, name: 'John Doe', email: 'john@example.com',
        projects: [{ id: 1, title: 'Sequelize Tutorial' }, { id: 2, title: 'Website Redesign' }]
      });
    assert.deepEqual(
      await db.value('assoc.find_by_pk($1, $2, $3)', 'Project', 1, {
        attributes: ['id', 'title'],
        include: [{ association: 'users', attributes: ['id', 'name'], through: { attributes: [] } }]
      }),
      { id: 1, title: 'Sequelize Tutorial', users: [{ id: 1, name: 'John Doe' }] });
    assert.deepEqual(
      await db.value('assoc.find_all($1, $2)', 'User', {
        attributes: ['name'], include: [{ ...shownProjects, where: { title: 'Sequelize Tutorial' } }]
      }),
      [{ name: 'John Doe', projects: [{ id: 1, title: 'Sequelize Tutorial' }] }]);
    const ordered = await db.value('user_with_projects($1, $2)', 1,
      { include: [{ association: 'projects', order: [['title', 'ASC']] }] });
    assert.deepEqual(ordered.projects.map((p) => p.title), ['API Development', 'Sequelize Tutorial', 'Website Redesign']);
  });

  await t.test('a join table with attributes of its own', async () => {
    await db.query('TRUNCATE users, projects, user_projects RESTART IDENTITY');
    await db.value('assoc.define($1, $2, $3)', 'UserProject', userProject, { timestamps: true });
    const alice = await db.value('assoc.create($1, $2)', 'User', { name: 'Alice', email: 'alice@example.com' });
    const devops = await db.value('assoc.create($1, $2)', 'Project', { title: 'DevOps', description: 'CI/CD Pipeline' });
    await db.value('user_add_project($1, $2, $3)', alice.id, devops.id,
      { role: 'admin', startDate: new Date('2024-01-01T12:00:00.000Z') });
    assert.deepEqual(
      await db.value('assoc.find_by_pk($1, $2, $3)', 'User', alice.id, {
        attributes: ['id', 'name', 'email'],
        include: [{ association: 'projects', attributes: ['id', 'title'], through: { attributes: ['role', 'startDate'] } }]
      }),
      {
        id: 1, name: 'Alice', email: 'alice@example.com',
        projects: [{ id: 1, title: 'DevOps', UserProject: { role: 'admin', startDate: '2024-01-01T12:00:00+00:00' } }]
      });
  });

  await t.test('troubleshooting', async () => {
    const unknown = await db.failure('assoc.find_by_pk($1, $2, $3)', 'User', 1, { include: ['project'] });
    assert.equal(unknown.code, '42704');
    assert.match(unknown.message, /no association "project"/);
    assert.match(unknown.hint, /"projects"/);
    const mismatch = await db.failure('assoc.belongs_to_many($1, $2, through => $3, foreign_key => $4, alias => $5)',
      'Project', 'User', 'UserProject', 'role', 'people');
    assert.match(mismatch.message, /foreign key mismatch/);
    const role = await db.failure('user_add_project($1, $2, $3)', 1, 1, { role: 'owner' });
    assert.equal(role.code, '23514');
  });
});
