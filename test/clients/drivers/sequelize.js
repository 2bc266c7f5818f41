'use strict';

const assert = require('node:assert/strict');

const { QueryTypes, Sequelize } = require('sequelize');
const sequelize = new Sequelize({ dialect: 'postgres', host: process.env.PGHOST, username: process.env.PGUSER, database: process.env.PGDATABASE, logging: false });

async function main() {

const [{ user }] = await sequelize.query('SELECT user_with_projects($1) AS user', { bind: [1], type: QueryTypes.SELECT });
await sequelize.transaction(async (transaction) => {
  await sequelize.query('SELECT assoc.create($1, $2)', { bind: ['User', { name: 'Cid', projects: { connect: [1] } }], transaction });
});

assert.equal(user.projects.length, 2);
await assert.rejects(sequelize.query('SELECT assoc.create($1, $2)', { bind: ['User', { email: 'nowhere' }] }), ({ parent }) =>
  parent.code === '23514' && JSON.parse(parent.detail).length === 2);
await sequelize.close();

}

main();
