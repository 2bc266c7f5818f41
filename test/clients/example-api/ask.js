// ask.js COMMAND...: starts a service of examples/api, in the current folder, and asks it.
'use strict';

const assert = require('node:assert/strict');
const { withService } = require('./service.js');

async function ask(base, method, path, body) {
  const response = await fetch(base + path, { method, headers: { 'content-type': 'application/json' }, body: body && JSON.stringify(body) });
  return { status: response.status, body: await response.json() };
}

async function talk(base) {
  const request = (...what) => ask(base, ...what);
  const named = (rows) => rows.map((row) => row.name);
  const project = { connectOrCreate: { where: { title: 'Moon' }, create: { title: 'Moon' } } };
  assert.match(await (await fetch(base)).text(), /<h1>Users/);
  const ann = await request('POST', '/users', { name: 'Ann', email: 'ann@example.com', projects: project });
  assert.equal(ann.status, 201);
  for (const name of ['Abe', 'Bob', 'Cid']) {
    assert.equal((await request('POST', '/users', { name, email: `${name}@example.com`.toLowerCase() })).status, 201);
  }

  const query = (options) => '/users?' + new URLSearchParams(options);
  const page = await request('GET', query({ where: '{"name": {"startsWith": "A"}}', order: '["name"]', include: '["projects"]' }));
  assert.deepEqual(named(page.body.rows), ['Abe', 'Ann']);
  assert.deepEqual(page.body.rows[1].projects, [{ id: 1, title: 'Moon', UserProject: { role: 'viewer' } }]);
  const first = await request('GET', query({ order: '["name"]', limit: '3' }));
  const second = await request('GET', query({ order: '["name"]', limit: '3', after: first.body.next }));
  assert.deepEqual([named(first.body.rows), named(second.body.rows), second.body.next], [['Abe', 'Ann', 'Bob'], ['Cid'], null]);

  const wrong = await request('POST', '/users', { name: 'x', email: 'nowhere' });
  assert.deepEqual([wrong.status, wrong.body.errors.map((e) => [e.path, e.message]).sort()], [422, [['email', 'is no address'], ['name', 'has 2 to 40 letters']]]);
  const taken = await request('POST', '/users', { name: 'Ann', email: 'ann@example.com' });
  assert.deepEqual([taken.status, taken.body.errors[0].path], [409, 'email']);
  assert.equal((await request('GET', query({ where: '{"created_at": {"gt": "2000-01-01"}}' }))).status, 403);
  assert.equal((await request('GET', query({ limit: '1000' }))).status, 403);
  assert.equal((await request('GET', query({ where: 'x' }))).status, 400);
  assert.equal((await request('POST', '/users', { name: 'Eve', email: 'eve@example.com', id: 99 })).status, 403);
  assert.equal((await request('GET', '/users/99')).status, 404);
  assert.equal((await request('GET', '/users/one')).status, 400);

  assert.deepEqual((await request('PATCH', `/users/${ann.body.id}`, { name: 'Anna' })).body, { id: ann.body.id, name: 'Anna', email: 'ann@example.com' });
  assert.deepEqual((await request('PUT', '/users/2/projects/1', { role: 'admin' })).body.added, [1]);
  assert.equal((await request('PUT', '/users/2/projects/1', { role: 'king' })).status, 422);
  assert.equal((await request('PUT', '/users/2/projects/99', { role: 'admin' })).status, 409);
  assert.deepEqual((await request('DELETE', '/users/2/projects/1')).body.removed, [1]);
  assert.equal((await request('DELETE', '/users/2')).body.count, 1);
}

withService(process.argv.slice(2), talk).catch((error) => {
  console.error(error);
  process.exit(1);
});
