import psycopg
from psycopg.types.json import Jsonb, set_json_loads

conn = psycopg.connect(autocommit=True)


def call(text, *values):
    return conn.execute(f"SELECT {text}", values).fetchone()[0]


user = call("user_with_projects(%s)", 1)
# documents are Jsonb: Json is another type, and finds no function
users = call("assoc.find_all(%s, %s)", "User", Jsonb({"order": ["name"], "include": ["projects"]}))
made = call("assoc.bulk_create(%s, %s)", "Project", Jsonb([{"title": "Venus"}, {"title": "Pluto"}]))
# a list is an array, as accessors take it
diff = call("user_add_projects(%s, %s)", 2, [1, 2])

assert (user["name"], len(users), len(made), diff["added"]) == ("Ann", 2, 2, [1, 2])

# json as it came, to be sent on without being parsed
with psycopg.connect(autocommit=True) as plain:
    set_json_loads(lambda text: text, plain)
    text = plain.execute("SELECT assoc.find_all_json('User', %s)", [Jsonb({"include": ["projects"]})]).fetchone()[0]

assert text.startswith(b'[{"id":1') if isinstance(text, bytes) else text.startswith('[{"id":1')

with conn.transaction():
    conn.execute("SELECT assoc.create('User', %s)", [Jsonb({"name": "Cid", "projects": {"connect": [1]}})])

try:
    call("assoc.create('User', %s)", Jsonb({"email": "nowhere"}))
except psycopg.errors.CheckViolation as error:
    import json
    failures = json.loads(error.diag.message_detail)

assert [f["path"] for f in failures] == ["name", "email"]
