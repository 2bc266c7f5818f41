// Many connections, prepared statements, pools that reset: what an application does
// with a connection must not matter.
'use strict';

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { Pool } = require('pg');
const { connect, team } = require('./database');

test('prepared statements', async (t) => {
  const db = await team('prepared');
  t.after(() => db.end());
  await db.value('user_set_projects($1, $2)', 1, [1, 2, 3]);
  const load = async (id, options) => (await db.query({
    name: 'load', text: 'SELECT user_with_projects($1, $2) AS "user"', values: [id, options]
  })).rows[0].user;

  await t.test('one statement, other options each time', async () => {
    for (let i = 0; i < 20; i++) {
      const limit = i % 4;
      const user = await load(1 + (i % 2), { include: [{ association: 'projects', limit }] });
      assert.equal(user.projects.length, i % 2 ? 0 : limit);
    }
  });

  await t.test('DDL in between', async () => {
    await db.query('ALTER TABLE projects ADD budget int DEFAULT 5');
    assert.equal((await load(1, null)).projects[0].budget, 5);
    await db.query('ALTER TABLE projects RENAME budget TO cost');
    assert.equal((await load(1, null)).projects[0].cost, 5);
    await db.query('ALTER TABLE projects DROP cost');
    assert.equal('cost' in (await load(1, null)).projects[0], false);
  });

  await t.test('DISCARD ALL', async () => {
    await db.query('DISCARD ALL');
    await db.query('SET search_path = prepared');
    db.connection.parsedStatements = {};	// the driver does not know what was discarded
    assert.equal((await load(1, null)).projects.length, 3);
  });

  await t.test('a cursor streams', async () => {
    await db.query('BEGIN');
    await db.query('DECLARE c CURSOR FOR SELECT assoc.find(\'Project\', \'{"attributes": ["id"]}\') AS row');
    const two = async () => (await db.query('FETCH 2 FROM c')).rows.map(({ row }) => row.id);
    assert.deepEqual([await two(), await two(), await two()], [[1, 2], [3, 4], []]);
    await db.query('COMMIT');
  });
});

test('another session declares', async (t) => {
  const a = await team('two_sessions');
  const b = await connect();
  t.after(() => Promise.all([a.end(), b.end()]));
  await b.query('SET search_path = two_sessions');
  assert.deepEqual(Object.keys(await b.value('user_with_projects($1)', 1)).includes('projects'), true);

  await a.query('CREATE TABLE tasks (id int PRIMARY KEY, user_id bigint REFERENCES users); CREATE INDEX ON tasks (user_id)');
  await a.value('assoc.has_many($1, $2)', 'User', 'tasks');
  assert.deepEqual((await b.value('user_with_tasks($1)', 1)).tasks, []);
  assert.deepEqual((await b.value('user_with_projects($1, $2)', 1, { include: ['tasks'] })).tasks, []);

  await a.query('BEGIN');
  await a.value('assoc.drop_association($1, $2)', 'User', 'projects');
  await a.query('ROLLBACK');
  assert.deepEqual((await a.value('user_with_projects($1)', 1)).projects, []);
  assert.deepEqual((await b.value('user_with_projects($1)', 1)).projects, []);

  await a.value('assoc.drop_association($1, $2)', 'User', 'projects');
  assert.equal((await b.failure('user_with_projects($1)', 1)).code, '42883');
  assert.equal((await b.failure('assoc.get($1, $2, $3)', 'User', 1, 'projects')).code, '42704');
});

test('a pool under load', async (t) => {
  const db = await team('pool');
  const pool = new Pool({ max: 5, maxUses: 7, options: '-c search_path=pool' });
  t.after(() => Promise.all([db.end(), pool.end()]));
  const call = async (text, values) => (await pool.query({ text: `SELECT ${text}`, values, rowMode: 'array' })).rows[0][0];

  // concurrent adds of one link are one link; concurrent sets end as one of them
  await Promise.all(Array.from({ length: 60 }, (_, i) => call('user_add_project($1, $2)', [1 + (i % 2), 1 + (i % 4)])));
  assert.deepEqual([await call('user_count_projects($1)', [1]), await call('user_count_projects($1)', [2])], ['2', '2']);
  const sets = [[1], [2, 3], [1, 4], [2, 3, 4]];
  await Promise.all(Array.from({ length: 60 }, (_, i) => call('user_set_projects($1, $2)', [1, sets[i % 4]])));
  const last = (await call('user_get_projects($1)', [1])).map((p) => p.id);
  assert.ok(sets.some((set) => set.join() === last.join()), `${last} is one of the sets`);
});
