import json

from sqlalchemy import bindparam, create_engine, exc, text
from sqlalchemy.dialects.postgresql import JSONB

engine = create_engine("postgresql+psycopg2://")
find = text("SELECT assoc.find_all(:model, :options)").bindparams(bindparam("options", type_=JSONB))
create = text("SELECT assoc.create(:model, :data)").bindparams(bindparam("data", type_=JSONB))

with engine.begin() as connection:
    connection.execute(create, {"model": "User", "data": {"name": "Cid", "projects": {"connect": [1]}}})
    users = connection.execute(find, {"model": "User", "options": {"order": ["name"], "include": ["projects"]}}).scalar()

assert [u["name"] for u in users] == ["Ann", "Bob", "Cid"]

try:
    with engine.begin() as connection:
        connection.execute(create, {"model": "User", "data": {"email": "nowhere"}})
except exc.IntegrityError as error:
    failures = json.loads(error.orig.diag.message_detail)

assert [f["path"] for f in failures] == ["name", "email"]
