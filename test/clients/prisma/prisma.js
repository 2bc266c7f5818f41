'use strict';

const assert = require('node:assert/strict');

const { PrismaPg } = require('@prisma/adapter-pg');
const { PrismaClient } = require('./generated');
const prisma = new PrismaClient({ adapter: new PrismaPg({}) });

async function main() {

const [{ user }] = await prisma.$queryRaw`SELECT user_with_projects(${1}) AS user`;
// a list for an array is itself; one for a jsonb argument has to be text
await prisma.$queryRaw`SELECT user_add_projects(${2}, ${[1, 2]})`;
await prisma.$queryRaw`SELECT assoc.bulk_create('Project', ${JSON.stringify([{ title: 'Venus' }])}::jsonb)`;
const [{ users }] = await prisma.$queryRaw`SELECT assoc.find_all('User', ${{ include: ['projects'] }}) AS users`;

assert.deepEqual([user.name, users.map((u) => u.projects.length)], ['Ann', [2, 2]]);

await prisma.$transaction(async (tx) => {
  await tx.$queryRaw`SELECT assoc.create('User', ${{ name: 'Cid', projects: { connect: [1] } }})`;
});

const failure = (error) => error.meta.driverAdapterError.cause;
await assert.rejects(prisma.$queryRaw`SELECT assoc.create('User', ${{ email: 'nowhere' }})`, (error) =>
  failure(error).code === '23514' && JSON.parse(failure(error).detail).length === 2);
await prisma.$disconnect();

}

main();
