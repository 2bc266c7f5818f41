// Users and projects over HTTP. What a request may ask is written in ../schema.sql (allow) and beside each write (fields).
'use strict';

const express = require('express');
const { Pool } = require('pg');

const asText = { getTypeParser: () => (text) => text };     // documents are handed on as they are
const pool = new Pool({ options: '-c search_path=team -c pg_associations.timezone=UTC' });

// One call, its JSON as text
async function call(text, ...values) {
  const parameters = values.map((v) => (v !== null && typeof v === 'object' ? JSON.stringify(v) : v));
  const { rows } = await pool.query({ text: `SELECT ${text}`, values: parameters, types: asText, rowMode: 'array' });
  return rows[0]?.[0] ?? null;
}

const send = (response, json, status = 200) =>
  json === null ? response.status(404).json({ message: 'there is none' }) : response.status(status).type('json').send(json);

// ?where={"name":{"startsWith":"A"}}&order=["name"]&after=...
function options(query) {
  try {
    return Object.fromEntries(Object.entries(query).map(([key, value]) => [key, key === 'after' ? value : JSON.parse(value)]));
  } catch (error) {
    throw Object.assign(error, { code: '22023' });
  }
}

const app = express();
app.use(express.json());
app.get('/', (request, response) => response.sendFile('page.html', { root: `${__dirname}/..` }));

const route = (method, path, handler) => app[method](path, (request, response, next) => handler(request, response).catch(next));

route('get', '/users', async (request, response) =>
  send(response, await call('assoc.find_page_json($1, $2, NULL, $3)', 'User', { limit: 10, ...options(request.query) }, '"api"')));
route('get', '/users/:id', async (request, response) =>
  send(response, await call('assoc.find_by_pk_json($1, $2, $3, NULL, $4)', 'User', request.params.id, options(request.query), '"api"')));
route('post', '/users', async (request, response) =>
  send(response, await call('assoc.create($1, $2, $3)', 'User', request.body,
    { fields: ['name', 'email', 'projects.connectOrCreate.where.title', 'projects.connectOrCreate.create.title'], attributes: ['id', 'name', 'email'] }), 201));
route('patch', '/users/:id', async (request, response) =>
  send(response, await call("assoc.update($1, $2, $3) #> '{rows,0}'", 'User', request.body,
    { where: { id: request.params.id }, fields: ['name', 'email'], returning: ['id', 'name', 'email'] })));
route('delete', '/users/:id', async (request, response) =>
  send(response, await call('assoc.destroy($1, $2)', 'User', { where: { id: request.params.id } })));
route('put', '/users/:id/projects/:project', async (request, response) =>
  send(response, await call('assoc.add($1, $2, $3, $4, $5)', 'User', request.params.id, 'projects', `[${Number(request.params.project)}]`, request.body)));
route('delete', '/users/:id/projects/:project', async (request, response) =>
  send(response, await call('assoc.remove($1, $2, $3, $4)', 'User', request.params.id, 'projects', `[${Number(request.params.project)}]`)));

// errors as answers: docs/clients.md
const statuses = {
  23502: 422, 23514: 422, '22P02': 422, 22003: 422, 22007: 422, 22008: 422, 23505: 409, '23P01': 409, 23503: 409,
  22023: 400, 42703: 400, 42704: 400, 22004: 400, '428C9': 400, '0A000': 400, 54000: 400, 42501: 403, 40001: 503, '40P01': 503,
};

app.use((error, request, response, next) => {
  const errors = error.detail?.startsWith('[') ? JSON.parse(error.detail) : undefined;
  const status = statuses[error.code] ?? error.status ?? 500;
  if (status === 500) {
    console.error(error);
  }
  // what does not fit and is no field: a key in the address
  response.status(status === 422 && !errors ? 400 : status).json({ message: status === 500 ? 'internal error' : error.message, errors });
});

const server = app.listen(process.env.PORT ?? 3000, () => console.log(`http://localhost:${server.address().port}`));
