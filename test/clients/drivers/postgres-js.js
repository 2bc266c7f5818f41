'use strict';

const assert = require('node:assert/strict');

const postgres = require('postgres');
const sql = postgres({ host: process.env.PGHOST, onnotice: () => {} });

async function main() {

const [{ user }] = await sql`SELECT user_with_projects(${1}) AS user`;
const [{ rows }] = await sql`SELECT assoc.find_all('User', ${{ order: ['name'], include: ['projects'] }}) AS rows`;
// arrays are jsonb where jsonb is meant, and arrays where an accessor takes keys
const [{ made }] = await sql`SELECT assoc.bulk_create('Project', ${[{ title: 'Venus' }, { title: 'Pluto' }]}) AS made`;
const [{ diff }] = await sql`SELECT user_add_projects(${2}, ${[1, 2]}) AS diff`;
// a key of assoc.* is text
const [{ got }] = await sql`SELECT assoc.get('User', ${'2'}, 'projects', ${{ attributes: ['title'] }}) AS got`;

assert.deepEqual([user.name, rows.length, made.length, diff.added, got.length], ['Ann', 2, 2, [1, 2], 2]);

await sql.begin(async (sql) => {
  await sql`SELECT assoc.create('User', ${{ name: 'Cid', projects: { connect: [1] } }})`;
});

await assert.rejects(sql`SELECT assoc.create('User', ${{ email: 'nowhere' }})`, (error) =>
  error.code === '23514' && JSON.parse(error.detail).length === 2);
await sql.end();

}

main();
