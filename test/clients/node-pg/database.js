// A connection with two shorthands.
'use strict';

const { Client } = require('pg');

class Database extends Client {
  // The one value of a call, or undefined where it gives no row:
  // value('assoc.count($1, $2)', 'User', {})
  async value(call, ...values) {
    const { rows } = await this.query({ text: `SELECT ${call}`, values, rowMode: 'array' });
    return rows[0]?.[0];
  }

  // What a call that fails is answered with.
  async failure(call, ...values) {
    try {
      await this.query(`SELECT ${call}`, values);
    } catch (error) {
      return error;
    }
    throw new Error(`${call} did not fail`);
  }
}

// Connects; with a schema, an empty one of that name where everything then happens.
async function connect(schema) {
  const db = new Database({ application_name: 'node-pg' });
  await db.connect();
  await db.query("SET client_min_messages = error; SET timezone = 'UTC'");
  if (schema) {
    await db.query(`DROP SCHEMA IF EXISTS ${schema} CASCADE; CREATE SCHEMA ${schema}; SET search_path = ${schema}`);
  }
  return db;
}

// Users and projects with roles, as the tutorial ends with them.
async function team(schema) {
  const db = await connect(schema);
  await db.value('assoc.define($1, $2)', 'User', {
    name: { type: 'varchar(255)', allowNull: false },
    email: { type: 'varchar(255)', unique: true, validate: { isEmail: true } }
  });
  await db.value('assoc.define($1, $2)', 'Project', { title: { type: 'varchar(255)', allowNull: false }, description: 'text' });
  await db.value('assoc.define($1, $2)', 'UserProject', {
    role: { type: 'text', validate: { isIn: ['admin', 'developer', 'viewer'] } }, startDate: 'date'
  });
  await db.value('assoc.belongs_to_many($1, $2, through => $3, inverse => $4)', 'User', 'Project', 'UserProject', 'users');
  await db.value('assoc.bulk_create($1, $2)', 'User', JSON.stringify([
    { name: 'John Doe', email: 'john@example.com' }, { name: 'Jane Smith', email: 'jane@example.com' }]));
  await db.value('assoc.bulk_create($1, $2)', 'Project', JSON.stringify(
    ['Sequelize Tutorial', 'Website Redesign', 'API Development', 'Mobile App'].map((title) => ({ title }))));
  return db;
}

module.exports = { connect, team };
