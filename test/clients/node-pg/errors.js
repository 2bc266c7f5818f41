// Errors as a client sees them: code, detail that parses, hint.
'use strict';

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { team } = require('./database');

// [what, call, parameters, SQLSTATE, path in the detail]
const wrong = [
  ['an unknown alias', 'assoc.find_by_pk($1, $2, $3)', ['User', 1, { include: ['project'] }], '42704', 'include[0]'],
  ['an unknown attribute', 'assoc.find_all($1, $2)', ['User', { where: { nme: 'x' } }], '42703', 'where.nme'],
  ['an unknown attribute, deep', 'user_with_projects($1, $2)',
    [1, { include: [{ association: 'projects', order: [['titel', 'DESC']] }] }], '42703', 'include[0].order[0]'],
  ['an unknown option', 'assoc.find_all($1, $2)', ['User', { limits: 3 }], '22023', 'limits'],
  ['an unknown operator', 'assoc.find_all($1, $2)', ['User', { where: { id: { equals: 3 } } }], '22023', 'where.id.equals'],
  ['a wrong value', 'assoc.find_all($1, $2)', ['User', { limit: 'many' }], '22023', 'limit'],
  ['an unknown payload', 'user_add_project($1, $2, $3)', [1, 1, { rol: 'admin' }], '42703', 'through.rol'],
  ['an unknown attribute of a new row', 'assoc.create($1, $2)', ['User', { name: 'x', projects: [{ titel: 'x' }] }], '42703', 'projects[0].titel'],
  ['a key of another type', 'assoc.find_by_pk($1, $2)', ['User', 'one'], '22P02'],
  ['no key', 'assoc.find_by_pk($1, $2)', ['User', null], '22004'],
  ['no ids', 'user_set_projects($1, $2)', [1, null], '22004'],
  ['an unknown model', 'assoc.find_all($1)', ['Usr'], '42704'],
  ['an unknown target', 'user_add_project($1, $2)', [1, 99], '23503'],
  ['an unknown source', 'user_add_project($1, $2)', [99, 1], '23503'],
  ['a value twice', 'assoc.create($1, $2)', ['User', { name: 'x', email: 'john@example.com' }], '23505']
];

test('errors', async (t) => {
  const db = await team('errors');
  t.after(() => db.end());
  const state = () => db.value(`(SELECT jsonb_build_array((SELECT jsonb_agg(u) FROM users u),
    (SELECT jsonb_agg(p) FROM projects p), (SELECT jsonb_agg(l) FROM user_projects l)))`);
  const before = await state();

  for (const [what, call, parameters, code, path] of wrong) {
    await t.test(what, async () => {
      const error = await db.failure(call, ...parameters);
      assert.equal(error.code, code, error.message);
      assert.equal(error.severity, 'ERROR');
      if (path !== undefined) {
        assert.equal(JSON.parse(error.detail).path, path);
      }
    });
  }

  await t.test('a hint names what was meant', async () => {
    assert.match((await db.failure('assoc.find_all($1, $2)', 'User', { where: { nme: 'x' } })).hint, /Perhaps you meant "name"/);
  });

  await t.test('validation names every failure', async () => {
    const error = await db.failure('assoc.create($1, $2)', 'User',
      { email: 'nowhere', projects: [{ title: 'x', through: { role: 'boss' } }] });
    assert.equal(error.code, '23514');
    const failures = JSON.parse(error.detail);
    assert.deepEqual(failures.map((f) => [f.path, f.validator]).sort(),
      [['email', 'isEmail'], ['name', 'notNull'], ['projects[0].through.role', 'isIn']]);
    assert.ok(failures.every((f) => typeof f.message === 'string' && 'value' in f));
    // and so does validate, without an error
    assert.deepEqual((await db.value('assoc.validate($1, $2)', 'User', { email: 'nowhere' })).map((f) => f.path).sort(), ['email', 'name']);
  });

  await t.test('what plain SQL violates names the constraint', async () => {
    await assert.rejects(db.query('INSERT INTO users (name, email) VALUES ($1, $2)', ['x', 'nowhere']),
      { code: '23514', constraint: 'users_email_isEmail', table: 'users' });
  });

  await t.test('a transaction goes on after a savepoint', async () => {
    await db.query('BEGIN; SAVEPOINT s');
    await db.failure('user_add_projects($1, $2)', 1, [1, 99]);
    assert.equal((await db.failure('user_count_projects($1)', 1)).code, '25P02');
    await db.query('ROLLBACK TO s');
    assert.equal(await db.value('user_count_projects($1)', 1), '0');
    await db.query('ROLLBACK');
  });

  await t.test('and nothing was changed by any', async () => {
    assert.deepEqual(await state(), before);
  });
});
