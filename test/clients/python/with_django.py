import json
import os

from django.conf import settings

settings.configure(DATABASES={"default": {"ENGINE": "django.db.backends.postgresql", "HOST": os.environ["PGHOST"],
                                          "USER": os.environ["PGUSER"], "NAME": os.environ["PGDATABASE"]}}, USE_TZ=True)

from django.db import IntegrityError, connection, transaction


def call(text, *values):
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {text}", [json.dumps(v) if isinstance(v, (dict, list)) else v for v in values])
        # Django asks psycopg2 for the text of jsonb
        value = cursor.fetchone()[0]
        return json.loads(value) if isinstance(value, str) else value


with transaction.atomic():
    call("assoc.create('User', %s)", {"name": "Cid", "projects": {"connect": [1]}})
users = call("assoc.find_all('User', %s)", {"order": ["name"], "include": ["projects"]})

assert [u["name"] for u in users] == ["Ann", "Bob", "Cid"]

try:
    call("assoc.create('User', %s)", {"email": "nowhere"})
except IntegrityError as error:
    failures = json.loads(error.__cause__.diag.message_detail)

assert [f["path"] for f in failures] == ["name", "email"]
