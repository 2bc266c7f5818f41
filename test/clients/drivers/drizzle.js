'use strict';

const assert = require('node:assert/strict');

const { drizzle } = require('drizzle-orm/node-postgres');
const { sql } = require('drizzle-orm');
const { Pool } = require('pg');
const pool = new Pool();
const db = drizzle(pool);

async function main() {

const { rows: [{ user }] } = await db.execute(sql`SELECT user_with_projects(${1}) AS user`);
// an object is a value; an array would become (a, b), and is wrapped
await db.execute(sql`SELECT user_add_projects(${2}, ${sql.param([1, 2])})`);
await db.execute(sql`SELECT assoc.bulk_create('Project', ${JSON.stringify([{ title: 'Venus' }])})`);
const { rows: [{ users }] } = await db.execute(sql`SELECT assoc.find_all('User', ${{ include: ['projects'] }}) AS users`);

assert.deepEqual([user.name, users.map((u) => u.projects.length)], ['Ann', [2, 2]]);

await db.transaction(async (tx) => {
  await tx.execute(sql`SELECT assoc.create('User', ${{ name: 'Cid', projects: { connect: [1] } }})`);
});

await assert.rejects(db.execute(sql`SELECT assoc.create('User', ${{ email: 'nowhere' }})`), ({ cause }) =>
  cause.code === '23514' && JSON.parse(cause.detail).length === 2);
await pool.end();

}

main();
