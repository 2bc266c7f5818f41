'use strict';

const assert = require('node:assert/strict');

const { Pool } = require('pg');
const pool = new Pool();

const call = async (text, values) => (await pool.query({ text: `SELECT ${text} AS result`, values })).rows[0]?.result;

async function main() {

const user = await call('user_with_projects($1)', [1]);
const page = await call('assoc.find_page($1, $2)', ['User', { order: ['name'], limit: 20, include: ['projects'] }]);

assert.deepEqual([user.projects.length, page.rows.length], [2, 2]);

// an array for a jsonb argument has to be text: the driver would send it as an array of PostgreSQL's
await call('assoc.bulk_create($1, $2)', ['Project', JSON.stringify([{ title: 'Venus' }, { title: 'Pluto' }])]);
await call('assoc.set($1, $2, $3, $4)', ['User', 2, 'projects', JSON.stringify([1, { id: 2, through: { role: 'viewer' } }])]);
// where an accessor takes an array of keys it is right
await call('user_add_projects($1, $2)', [2, [3, 4]]);

assert.equal(await call('user_count_projects($1)', [2]), '4');

// what has a value becomes a parameter, so that all such loads share one plan
const found = await call('assoc.find_all($1, $2, $3)',
  ['User', { where: { email: { param: 'email' } }, include: ['projects'] }, { email: 'ann@example.com' }]);

assert.equal(found[0].name, 'Ann');

// json as it came, to be sent on without being parsed and written again
const asText = { getTypeParser: (oid) => (text) => text };

async function usersAsText() {
  const { rows } = await pool.query({
    name: 'users', text: 'SELECT assoc.find_all_json($1, $2)', values: ['User', { include: ['projects'] }], types: asText, rowMode: 'array'
  });
  return rows[0][0];
}

assert.equal(JSON.parse(await usersAsText())[0].projects[0].title, 'Moon');

// bigint beyond 2^53: strings in documents; count is a bigint, and a string in any case
await pool.query("SET pg_associations.bigint = 'string'");

const client = await pool.connect();
try {
  await client.query('BEGIN');
  await client.query('SELECT assoc.create($1, $2)', ['User', { name: 'Cid', projects: { connect: [1] } }]);
  await client.query('SELECT assoc.destroy($1, $2)', ['User', { where: { name: 'Bob' } }]);
  await client.query('COMMIT');
} catch (error) {
  await client.query('ROLLBACK');
  throw error;
} finally {
  client.release();
}

assert.equal(await call('assoc.count($1, NULL)', ['User']), '2');

// 400 with the failures by field, 404, 409, ...: what a web service answers
function answer(error) {
  const errors = error.detail?.startsWith('[') ? JSON.parse(error.detail) : undefined;
  switch (error.code) {
    case '23502': case '23514': case '22P02': case '22003': case '22007': case '22008':
      return errors ? { status: 422, errors } : { status: 400, message: error.message };
    case '23505': case '23P01':
      return { status: 409, errors };
    case '23503':
      return { status: 409, message: error.message };
    case '22023': case '42703': case '42704': case '22004': case '428C9': case '0A000': case '54000':
      return { status: 400, message: error.message };
    case '42501':
      return { status: 403, message: error.message };
    case '40001': case '40P01':
      return { status: 503, message: 'try again' };
    default:
      return { status: 500, message: 'internal error' };
  }
}

const failure = async (...values) => answer(await call('assoc.create($1, $2)', values).then(() => assert.fail('no error'), (error) => error));
const wrong = await failure('User', { email: 'nowhere' });
assert.deepEqual([wrong.status, wrong.errors.map((e) => [e.path, e.validator])], [422, [['name', 'notNull'], ['email', 'isEmail']]]);
const taken = await failure('User', { name: 'x', email: 'ann@example.com' });
assert.deepEqual([taken.status, taken.errors[0].path], [409, 'email']);
assert.equal((await failure('User', { nme: 'x' })).status, 400);
assert.equal(answer(await call('assoc.find_by_pk($1, $2)', ['User', 'one']).catch((error) => error)).status, 400);
assert.equal((await failure('User', { name: 'x', projects: { connect: [99] } })).status, 409);

await pool.end();

}

main();
