"""Users and projects over HTTP. What a request may ask is written in ../schema.sql (allow) and beside each write (fields)."""
import json
import logging
import os
from pathlib import Path

import psycopg
import uvicorn
from fastapi import Body, FastAPI, Request, Response
from fastapi.responses import FileResponse, JSONResponse
from psycopg_pool import ConnectionPool

pool = ConnectionPool(kwargs={'options': '-c search_path=team -c pg_associations.timezone=UTC', 'autocommit': True})
app = FastAPI()


def call(text, *values):
    """One call, its JSON as text: documents are handed on as they are."""
    parameters = [json.dumps(v) if isinstance(v, (dict, list)) else v for v in values]
    with pool.connection() as connection:
        return connection.execute(f'SELECT ({text})::text', parameters).fetchone()[0]


def answer(document, status=200):
    if document is None:
        return JSONResponse({'message': 'there is none'}, 404)
    return Response(document, status, media_type='application/json')


def options(request):
    """?where={"name":{"startsWith":"A"}}&order=["name"]&after=..."""
    return {key: value if key == 'after' else json.loads(value) for key, value in request.query_params.items()}


@app.get('/')
def page():
    return FileResponse(Path(__file__).parent.parent / 'page.html')


@app.get('/users')
def users(request: Request):
    return answer(call('assoc.find_page_json(%s, %s, NULL, %s)', 'User', {'limit': 10, **options(request)}, '"api"'))


@app.get('/users/{key}')
def user(key, request: Request):
    return answer(call('assoc.find_by_pk_json(%s, %s, %s, NULL, %s)', 'User', key, options(request), '"api"'))


@app.post('/users')
def create(data: dict = Body()):
    fields = ['name', 'email', 'projects.connectOrCreate.where.title', 'projects.connectOrCreate.create.title']
    return answer(call('assoc.create(%s, %s, %s)', 'User', data, {'fields': fields, 'attributes': ['id', 'name', 'email']}), 201)


@app.patch('/users/{key}')
def update(key, data: dict = Body()):
    only = {'where': {'id': key}, 'fields': ['name', 'email'], 'returning': ['id', 'name', 'email']}
    return answer(call("assoc.update(%s, %s, %s) #> '{rows,0}'", 'User', data, only))


@app.delete('/users/{key}')
def destroy(key):
    return answer(call('assoc.destroy(%s, %s)', 'User', {'where': {'id': key}}))


@app.put('/users/{key}/projects/{project}')
def add(key, project: int, payload: dict = Body({})):
    return answer(call('assoc.add(%s, %s, %s, %s, %s)', 'User', key, 'projects', [project], payload))


@app.delete('/users/{key}/projects/{project}')
def remove(key, project: int):
    return answer(call('assoc.remove(%s, %s, %s, %s)', 'User', key, 'projects', [project]))


# errors as answers: docs/clients.md
STATUSES = {
    **dict.fromkeys(['23502', '23514', '22P02', '22003', '22007', '22008'], 422), **dict.fromkeys(['23505', '23P01', '23503'], 409),
    **dict.fromkeys(['22023', '42703', '42704', '22004', '428C9', '0A000', '54000'], 400), '42501': 403, '40001': 503, '40P01': 503}


@app.exception_handler(json.JSONDecodeError)
def no_json(request, error):
    return JSONResponse({'message': str(error)}, 400)


@app.exception_handler(psycopg.Error)
def failed(request, error):
    status = STATUSES.get(error.sqlstate, 500)
    if status == 500:
        logging.error('%s: %s', error.sqlstate, error)
        return JSONResponse({'message': 'internal error'}, 500)
    detail = error.diag.message_detail or ''
    errors = {'errors': json.loads(detail)} if detail.startswith('[') else {}
    # what does not fit and is no field: a key in the address
    return JSONResponse({'message': error.diag.message_primary, **errors}, 400 if status == 422 and not errors else status)


if __name__ == '__main__':
    uvicorn.run(app, port=int(os.environ.get('PORT', 3000)))
