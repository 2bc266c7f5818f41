'use strict';

const assert = require('node:assert/strict');

const { DataSource } = require('typeorm');
const source = new DataSource({ type: 'postgres', host: process.env.PGHOST, username: process.env.PGUSER, database: process.env.PGDATABASE });

async function main() {

await source.initialize();
const [{ user }] = await source.query('SELECT user_with_projects($1) AS user', [1]);
// as with node-postgres: arrays for jsonb are text
await source.query('SELECT assoc.set($1, $2, $3, $4)', ['User', 2, 'projects', JSON.stringify([1])]);
await source.transaction(async (manager) => {
  await manager.query('SELECT assoc.create($1, $2)', ['User', { name: 'Cid', projects: { connect: [1] } }]);
});

assert.equal(user.projects.length, 2);
await assert.rejects(source.query('SELECT assoc.create($1, $2)', ['User', { email: 'nowhere' }]), ({ driverError }) =>
  driverError.code === '23514' && JSON.parse(driverError.detail).length === 2);
await source.destroy();

}

main();
