import asyncio
import json

import asyncpg


async def connect():
    conn = await asyncpg.connect()
    for name in ("json", "jsonb"):
        await conn.set_type_codec(name, schema="pg_catalog", encoder=json.dumps, decoder=json.loads)
    return conn


async def main():
    conn = await connect()
    # accessors say the type of their key
    user = await conn.fetchval("SELECT user_with_projects($1)", 1)
    # assoc.* take any: as text, or with a type
    got = await conn.fetchval("SELECT assoc.find_by_pk($1, $2, $3)", "User", "1", {"include": ["projects"]})
    same = await conn.fetchval("SELECT assoc.find_by_pk('User', $1::bigint, $2)", 1, {"include": ["projects"]})
    async with conn.transaction():
        await conn.execute("SELECT assoc.create('User', $1)", {"name": "Cid", "projects": {"connect": [1]}})
    try:
        await conn.execute("SELECT assoc.create('User', $1)", {"email": "nowhere"})
    except asyncpg.CheckViolationError as error:
        failures = json.loads(error.detail)
    await conn.close()
    return user, got, same, failures

user, got, same, failures = asyncio.run(main())
assert user == got == same and [f["path"] for f in failures] == ["name", "email"]
