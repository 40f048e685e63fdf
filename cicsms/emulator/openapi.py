"""The OpenAPI 3.1 document of the control API, made of the very types that read and write its bodies."""

from __future__ import annotations

from typing import Any

from attrs import frozen
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from cicsms.emulator import orders, views
from cicsms.emulator.settings import BrokerEntry

Json = dict[str, Any]
ROOT = "/emulator/v1"


@frozen
class Call:
    """One call: where it is, what it is for, what it takes and what it gives."""

    method: str
    path: str
    summary: str
    answer: type[BaseModel] | None = None
    body: type[BaseModel] | None = None
    query: type[BaseModel] | None = None
    status: int = 200


CALLS = (
    Call("get", "/health", "Say that the emulator is up.", views.HealthView),
    Call("get", "/brokers", "List the played brokers.", views.EntriesView),
    Call("post", "/brokers", "Play one more broker account, or replace one.", views.EntryView, BrokerEntry, status=201),
    Call("delete", "/brokers/{name}", "Play a broker account no longer.", status=204),
    Call("post", "/mo", "Let a phone send a text.", views.PushView, orders.MoOrder),
    Call("post", "/receipts", "Report on a message.", views.PushView, orders.ReceiptOrder),
    Call("get", "/answers", "List the scripted answers still to be given.", views.AnswersView),
    Call("post", "/answers", "Script the answer to the next MTs.", views.AnswersView, orders.AnswerOrder, status=201),
    Call("get", "/ledger", "List the traffic, or wait for it.", views.LedgerView, query=orders.LedgerQuery),
    Call("delete", "/ledger", "Forget all traffic.", status=204),
    Call("post", "/reset", "Forget the traffic, the script and what is pending.", None, orders.ResetOrder, status=204),
)


def document(version: str) -> Json:
    """Return the document as a JSON tree."""
    takes = {model for call in CALLS for model in (call.body, call.query) if model}
    gives = {model for call in CALLS for model in (call.answer,) if model} | {views.ProblemView}
    inputs = sorted(((model, "validation") for model in takes), key=lambda pair: pair[0].__name__)
    outputs = sorted(((model, "serialization") for model in gives), key=lambda pair: pair[0].__name__)
    named, schemas = models_json_schema([*inputs, *outputs], ref_template="#/components/schemas/{model}")  # type: ignore[list-item]
    paths: Json = {}
    for call in CALLS:
        operation: Json = {"summary": call.summary, "responses": _responses(call, named)}
        if call.body:
            operation["requestBody"] = {"required": True, "content": _content(named[call.body, "validation"])}
        operation["parameters"] = _parameters(call)
        paths.setdefault(ROOT + call.path, {})[call.method] = operation
    return {
        "openapi": "3.1.0",
        "info": {"title": "cicsms emulator control API", "version": version},
        "security": [{"bearer": []}, {}],
        "paths": paths,
        "components": {
            "schemas": schemas.get("$defs", {}),
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}},
        },
    }


def _responses(call: Call, named: Any) -> Json:
    good: Json = {"description": call.summary}
    if call.answer:
        good["content"] = _content(named[call.answer, "serialization"])
    problem = {"description": "Why it was refused.", "content": _content(named[views.ProblemView, "serialization"])}
    return {str(call.status): good, "default": problem}


def _content(schema: Json) -> Json:
    return {"application/json": {"schema": schema}}


def _parameters(call: Call) -> list[Json]:
    in_path = [step[1:-1] for step in call.path.split("/") if step.startswith("{")]
    found = [{"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in in_path]
    properties: Json = call.query.model_json_schema()["properties"] if call.query else {}
    return found + [{"name": name, "in": "query", "schema": schema} for name, schema in properties.items()]
