"""The OpenAPI 3.1 document of the API, made of the same types that read and write its bodies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from attrs import frozen
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from cicsms.admin.problem import MEDIA_TYPE, ProblemBody

Json = dict[str, Any]


@frozen
class Operation:
    """One call of the API: where it is, what it is for, what it takes and what it gives.

    ``path`` is an OpenAPI path template. ``query`` and ``body`` are the models that read them; ``answer`` is ``None`` where
    the reply is no JSON. ``problems`` maps each status that may be refused with to one sentence.
    """

    method: str
    path: str
    summary: str
    answer: type[BaseModel] | None = None
    status: int = 200
    body: type[BaseModel] | None = None
    query: type[BaseModel] | None = None
    problems: Mapping[int, str] = {}
    headers: Mapping[str, str] = {}
    open: bool = False


def document(title: str, version: str, operations: Sequence[Operation]) -> Json:
    """Return the document of ``operations`` as a JSON tree."""
    models = {m for o in operations for m in (o.body, o.query, o.answer) if m} | {ProblemBody}
    ordered = sorted(models, key=lambda model: model.__name__)
    _, schemas = models_json_schema([(m, "validation") for m in ordered], ref_template="#/components/schemas/{model}")
    definitions: Json = schemas.get("$defs", {})
    paths: Json = {}
    for operation in operations:
        paths.setdefault(operation.path, {})[operation.method.lower()] = _operation(operation, definitions)
    return {
        "openapi": "3.1.0",
        "info": {"title": title, "version": version},
        "security": [{"bearer": []}],
        "paths": paths,
        "components": {
            "schemas": definitions,
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}},
        },
    }


def _operation(operation: Operation, definitions: Json) -> Json:
    """Return one operation object."""
    said: Json = {"summary": operation.summary, "responses": _responses(operation)}
    parameters = _path_parameters(operation.path) + _query_parameters(operation.query, definitions)
    parameters += [
        {"name": name, "in": "header", "description": about, "schema": {"type": "string"}}
        for name, about in operation.headers.items()
    ]
    if parameters:
        said["parameters"] = parameters
    if operation.body:
        said["requestBody"] = {"required": True, "content": {"application/json": {"schema": _ref(operation.body)}}}
    if operation.open:
        said["security"] = []
    return said


def _responses(operation: Operation) -> Json:
    """Return the responses of an operation, its problems included."""
    good: Json = {"description": operation.summary}
    if operation.answer:
        good["content"] = {"application/json": {"schema": _ref(operation.answer)}}
    problems = dict(operation.problems) if operation.open else {401: "No or a wrong bearer token.", **operation.problems}
    return {str(operation.status): good} | {
        str(status): {"description": said, "content": {MEDIA_TYPE: {"schema": _ref(ProblemBody)}}}
        for status, said in problems.items()
    }


def _ref(model: type[BaseModel]) -> Json:
    """Return a reference to a model's schema."""
    return {"$ref": f"#/components/schemas/{model.__name__}"}


def _path_parameters(path: str) -> list[Json]:
    """Return the parameters that a path template names."""
    names = [piece[1:-1] for piece in path.split("/") if piece.startswith("{")]
    return [{"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in names]


def _query_parameters(query: type[BaseModel] | None, definitions: Json) -> list[Json]:
    """Return the fields of a query model as parameters."""
    if query is None:
        return []
    properties: Json = definitions[query.__name__]["properties"]
    return [
        {"name": name, "in": "query", "schema": schema, "description": schema.get("description", "")}
        for name, schema in properties.items()
    ]
