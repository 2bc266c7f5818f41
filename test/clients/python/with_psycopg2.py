import psycopg2
from psycopg2.extras import Json

conn = psycopg2.connect("")
cursor = conn.cursor()
# values become literals, which have no type: Json serves, and a list needs none
cursor.execute("SELECT assoc.find_all(%s, %s), user_add_projects(%s, %s)", ["User", Json({"include": ["projects"]}), 2, [1]])
users, diff = cursor.fetchone()
conn.commit()

assert (len(users), diff["added"]) == (2, [1])
