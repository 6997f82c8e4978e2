"""A stand-in for the API of an AWX controller, written by hand: as much as the modules of awx.awx ask of it here.

It is no AWX. It keeps what it is given, refuses references to what does not exist and surveys that AWX would refuse,
and runs nothing. What the fields look like is taken from what awx.awx 24.6.1 reads and sends.
"""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

TOKEN = "a-token-of-the-stand-in"
TYPES = {
    "organizations": "organization",
    "execution_environments": "execution_environment",
    "credential_types": "credential_type",
    "credentials": "credential",
    "projects": "project",
    "inventories": "inventory",
    "inventory_sources": "inventory_source",
    "notification_templates": "notification_template",
    "job_templates": "job_template",
    "workflow_job_templates": "workflow_job_template",
    "workflow_job_template_nodes": "workflow_job_template_node",
    "workflow_approval_templates": "workflow_approval_template",
    "schedules": "schedule",
}
UNIFIED = ("job_templates", "workflow_job_templates", "projects", "inventory_sources", "workflow_approval_templates")
REFERENCES = {
    "organization": "organizations",
    "execution_environment": "execution_environments",
    "default_environment": "execution_environments",
    "credential_type": "credential_types",
    "project": "projects",
    "source_project": "projects",
    "inventory": "inventories",
    "workflow_job_template": "workflow_job_templates",
    "unified_job_template": "unified_job_templates",
}
ASSOCIATED = {
    "credentials": "credentials",
    "notification_templates_error": "notification_templates",
    "notification_templates_approvals": "notification_templates",
    "success_nodes": "workflow_job_template_nodes",
    "failure_nodes": "workflow_job_template_nodes",
    "always_nodes": "workflow_job_template_nodes",
}
QUESTION_TYPES = {"text", "textarea", "password", "multiplechoice", "multiselect", "integer", "float"}
APPROVAL_FIELDS = ("name", "description", "timeout")
Answer = tuple[int, Any]


class Refused(Exception):
    """What the API answers with 400."""


@dataclass
class Controller:
    """The state: objects by endpoint and number, what is associated with them, surveys."""

    objects: dict[str, dict[int, dict[str, Any]]] = field(default_factory=lambda: {name: {} for name in TYPES})
    associations: dict[tuple[str, int, str], list[int]] = field(default_factory=dict)
    surveys: dict[tuple[str, int], dict[str, Any]] = field(default_factory=dict)
    requests: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)
    last: int = 0

    def named(self, endpoint: str, name: str) -> dict[str, Any]:
        """The one object of that name."""
        key = "identifier" if endpoint == "workflow_job_template_nodes" else "name"
        (found,) = [one for one in self.objects[endpoint].values() if one.get(key) == name]
        return found

    def linked(self, endpoint: str, name: str, association: str) -> list[str]:
        """Names of what is associated with an object."""
        ids = self.associations.get((endpoint, self.named(endpoint, name)["id"], association), [])
        others = [self.objects[ASSOCIATED[association]][one] for one in ids]
        return sorted(one.get("identifier") or one["name"] for one in others)

    def create(self, endpoint: str, fields: dict[str, Any]) -> dict[str, Any]:
        """A new object, as the API would give it back."""
        self._check(fields)
        self.last += 1
        url = f"/api/v2/{endpoint}/{self.last}/"
        stored = {"id": self.last, "type": TYPES[endpoint], "url": url, "related": {}, "summary_fields": {}}
        if endpoint in ("job_templates", "workflow_job_templates"):
            stored["related"] = {"survey_spec": f"{url}survey_spec/"}
        if endpoint == "projects":
            stored["scm_revision"] = ""
        self.objects[endpoint][self.last] = stored
        return self.update(endpoint, self.last, fields)

    def update(self, endpoint: str, number: int, fields: dict[str, Any]) -> dict[str, Any]:
        """Sets fields of an object. Secrets are kept, and shown as AWX shows them."""
        self._check(fields)
        stored = self.objects[endpoint][number]
        if endpoint == "workflow_approval_templates":  # the module sends those of the node along
            fields = {key: fields[key] for key in APPROVAL_FIELDS if key in fields}
        stored.update(fields)
        if endpoint == "inventories":
            stored["kind"] = stored.get("kind") or ""
        if endpoint == "credentials":
            spec = self.objects["credential_types"][stored["credential_type"]]["inputs"]["fields"]
            secret = {one["id"] for one in spec if one.get("secret")}
            stored["inputs"] = {k: "$encrypted$" if k in secret else v for k, v in stored["inputs"].items()}
        return stored

    def find(self, endpoint: str, wanted: dict[str, str]) -> list[dict[str, Any]]:
        """Objects that a list's filters let through."""
        names = UNIFIED if endpoint == "unified_job_templates" else (endpoint,)
        every = [one for name in names for one in self.objects[name].values()]
        either = {key.removeprefix("or__"): value for key, value in wanted.items() if key.startswith("or__")}
        exact = {key: value for key, value in wanted.items() if not key.startswith("or__")}
        return [
            one
            for one in every
            if all(str(one.get(key)) == value for key, value in exact.items())
            and (not either or any(str(one.get(key)) == value for key, value in either.items()))
        ]

    def _check(self, fields: dict[str, Any]) -> None:
        for key, endpoint in REFERENCES.items():
            if fields.get(key) and not self.find(endpoint, {"id": str(fields[key])}):
                raise Refused(f"{key}: there is no {endpoint} {fields[key]}")

    # Requests

    def answer(self, method: str, path: str, query: dict[str, str], body: dict[str, Any]) -> Answer:
        """Status and document of an answer."""
        self.requests.append(f"{method} {path}")
        parts = path.removeprefix("/api/v2/").strip("/").split("/")
        endpoint = parts[0]
        if endpoint != "unified_job_templates" and endpoint not in TYPES:
            return 404, {"detail": f"the stand-in has no {endpoint}"}
        if len(parts) == 1:
            return self._list(method, endpoint, query, body)
        number = int(parts[1])
        if number not in self.objects[endpoint]:
            return 404, {"detail": "Not found."}
        if len(parts) == 2:
            return self._one(method, endpoint, number, body)
        if parts[2] == "survey_spec":
            return self._survey(method, endpoint, number, body)
        if parts[2] == "create_approval_template":
            return self._approval(number, body)
        return self._association(method, (endpoint, number, parts[2]), body)

    def _list(self, method: str, endpoint: str, query: dict[str, str], body: dict[str, Any]) -> Answer:
        if method == "POST":
            return 201, self.create(endpoint, body)
        found = self.find(endpoint, query)
        return 200, {"count": len(found), "next": None, "results": found}

    def _one(self, method: str, endpoint: str, number: int, body: dict[str, Any]) -> Answer:
        return 200, self.update(endpoint, number, body) if method == "PATCH" else self.objects[endpoint][number]

    def _survey(self, method: str, endpoint: str, number: int, body: dict[str, Any]) -> Answer:
        if method == "GET":
            return 200, self.surveys.get((endpoint, number), {})
        for key in ("name", "description", "spec"):
            if key not in body:
                return 400, {"error": f"{key} missing from survey"}
        for question in body["spec"]:
            if {"type", "question_name", "variable", "required"} - set(question):
                return 400, {"error": f"incomplete question {question}"}
            if question["type"] not in QUESTION_TYPES:
                return 400, {"error": f"unknown type {question['type']}"}
            if question["type"] == "multiplechoice" and question["default"] not in question["choices"]:
                return 400, {"error": f"the default of {question['variable']} is no choice"}
        self.surveys[endpoint, number] = body
        return 200, {}

    def _approval(self, node: int, body: dict[str, Any]) -> Answer:
        made = self.create("workflow_approval_templates", body)
        stored = self.objects["workflow_job_template_nodes"][node]
        stored["unified_job_template"] = made["id"]
        stored["related"] = {"unified_job_template": made["url"]}
        return 201, made

    def _association(self, method: str, key: tuple[str, int, str], body: dict[str, Any]) -> Answer:
        if key[2] not in ASSOCIATED:
            return 404, {"detail": f"the stand-in has no {key[2]}"}
        ids = self.associations.setdefault(key, [])
        if method == "GET":
            return 200, {"count": len(ids), "next": None, "results": [{"id": one} for one in ids]}
        if body["id"] not in self.objects[ASSOCIATED[key[2]]]:
            return 400, {"detail": f"{key[2]}: there is no {body['id']}"}
        if body.get("disassociate"):
            ids.remove(body["id"])
        else:
            ids.append(body["id"])
        return 204, None


@contextlib.contextmanager
def controller() -> Iterator[tuple[Controller, str]]:
    """A stand-in that listens on loopback, with the organization Default, and its address."""
    state = Controller()
    state.create("organizations", {"name": "Default"})

    class Handler(BaseHTTPRequestHandler):
        def do(self) -> None:
            url = urlsplit(self.path)
            length = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(length) or b"{}")
            if self.headers.get("Authorization") != f"Bearer {TOKEN}":
                status, document = 401, {"detail": "Authentication credentials were not provided."}
            else:
                with state.lock:
                    try:
                        status, document = state.answer(self.command, url.path, dict(parse_qsl(url.query)), body)
                    except Refused as error:
                        status, document = 400, {"__all__": [str(error)]}
            data = b"" if document is None else json.dumps(document).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.send_header("X-API-Product-Name", "AWX")
            self.send_header("X-API-Product-Version", "24.6.1")
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_POST = do_PATCH = do_DELETE = do  # noqa: N815 - names that http.server looks for

        def log_message(self, format: str, *args: Any) -> None:
            """Nothing on the terminal."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield state, f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
