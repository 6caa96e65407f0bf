# ruff: noqa: ANN401  (JSON, and a handler class that is made per server)
"""A real HTTP server that speaks as much of a model hub's API as pushing and pulling need."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote, urlsplit

TOKEN = "hf_planted0123456789abcdef"

Files = dict[str, bytes]


@dataclass
class Repo:
    """A repository: its commits with all files of each, oldest first."""

    private: bool = False
    commits: list[tuple[str, Files]] = field(default_factory=list)

    def commit(self, files: Files) -> str:
        """Add one, and return its name."""
        name = hashlib.sha1(repr((len(self.commits), sorted(files.items()))).encode()).hexdigest()
        self.commits.append((name, files))
        return name

    def at(self, revision: str) -> tuple[str, Files] | None:
        """The commit of a revision; `main` is the newest."""
        if revision == "main":
            return self.commits[-1]
        return next((each for each in self.commits if each[0] == revision), None)


@dataclass
class HubServer:
    """Start it with `with`; whoever has `TOKEN` may do everything, others read what is public.

    Args:
        status: for each path, a status that is given instead of an answer, or 0.
    """

    repos: dict[str, Repo] = field(default_factory=dict)
    status: Callable[[str], int] = lambda path: 0
    calls: list[str] = field(default_factory=list)
    tokens: set[str] = field(default_factory=set)

    def __enter__(self) -> HubServer:
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._http.daemon_threads = True
        threading.Thread(target=self._http.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._http.shutdown()
        self._http.server_close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._http.server_port}"


class _Gone(Exception):
    """A status with the header that the hub's library reads."""

    def __init__(self, status: int, code: str = "", message: str = "") -> None:
        self.status, self.code, self.message = status, code, message


def _handler(hub: HubServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: Any) -> None:
            pass

        def do_GET(self) -> None:
            self._answer()

        do_HEAD = do_POST = do_GET

        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            path = unquote(urlsplit(self.path).path)
            hub.calls.append(f"{self.command} {path}")
            token = (self.headers.get("Authorization") or "").removeprefix("Bearer ")
            hub.tokens.add(token)
            try:
                if status := hub.status(path):
                    raise _Gone(status, message=f"Invalid credentials in Authorization header {token}")
                if token not in ("", TOKEN):
                    raise _Gone(401, message=f"Invalid credentials in Authorization header: {token}")
                self._send(200, *_answer(hub, self.command, path, body, token == TOKEN))
            except _Gone as gone:
                said = {"X-Error-Code": gone.code, "X-Error-Message": gone.message}
                self._send(gone.status, json.dumps({"error": gone.message}).encode(), said)

        def _send(self, status: int, content: bytes, headers: dict[str, str]) -> None:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(content)

    return Handler


def _answer(hub: HubServer, command: str, path: str, body: bytes, known: bool) -> tuple[bytes, dict[str, str]]:
    if command == "POST":
        if path == "/api/validate-yaml":
            return _json({"errors": [], "warnings": []})
        if not known:
            raise _Gone(401, message="Invalid username or password.")
        return _json(_written(hub, path, body))
    if found := re.fullmatch(r"/([^/]+/[^/]+)/resolve/([^/]+)/(.+)", path):
        commit, files = _visible(hub, found[1], found[2], known)
        if found[3] not in files:
            raise _Gone(404, "EntryNotFound")
        content = files[found[3]]
        return content, {"ETag": f'"{hashlib.sha1(content).hexdigest()}"', "X-Repo-Commit": commit}
    if found := re.fullmatch(r"/api/models/([^/]+/[^/]+)/tree/([^/]+)", path):
        _, files = _visible(hub, found[1], found[2], known)
        return _json([{"type": "file", "path": name, "size": len(files[name]), "oid": "0" * 40} for name in files])
    if found := re.fullmatch(r"/api/models/([^/]+/[^/]+?)(?:/revision/(.+))?", path):
        commit, files = _visible(hub, found[1], found[2] or "main", known)
        named = {"_id": "0", "id": found[1], "modelId": found[1], "sha": commit, "private": hub.repos[found[1]].private}
        return _json(named | {"tags": [], "downloads": 0, "siblings": [{"rfilename": name} for name in files]})
    raise _Gone(404)


def _visible(hub: HubServer, name: str, revision: str, known: bool) -> tuple[str, Files]:
    repo = hub.repos.get(name)
    if repo is None or (repo.private and not known):
        raise _Gone(404 if known else 401, "RepoNotFound", "Invalid username or password.")
    found = repo.at(revision)
    if found is None:
        raise _Gone(404, "RevisionNotFound")
    return found


def _written(hub: HubServer, path: str, body: bytes) -> Any:
    if path == "/api/repos/create":
        asked = json.loads(body)
        name = f"{asked['organization']}/{asked['name']}"
        if name in hub.repos:
            raise _Gone(409, message="You already created this model repo")
        hub.repos[name] = Repo(private=asked.get("visibility") == "private")
        hub.repos[name].commit({".gitattributes": b"*.onnx filter=lfs"})
        return {"url": f"{hub.url}/{name}", "id": name}
    if found := re.fullmatch(r"/api/models/([^/]+/[^/]+)/preupload/main", path):
        asked = json.loads(body)["files"]
        return {"files": [{"path": each["path"], "uploadMode": "regular", "shouldIgnore": False} for each in asked]}
    if found := re.fullmatch(r"/api/models/([^/]+/[^/]+)/commit/main", path):
        commit = _commit(hub.repos[found[1]], [json.loads(line) for line in body.splitlines()])
        return {"commitUrl": f"{hub.url}/{found[1]}/commit/{commit}", "commitOid": commit}
    raise _Gone(404)


def _commit(repo: Repo, lines: list[dict[str, Any]]) -> str:
    newest, files = repo.commits[-1]
    files = dict(files)
    for line in lines:
        value = line["value"]
        if line["key"] == "header" and value.get("parentCommit") not in (None, newest):
            raise _Gone(412, message="A commit has happened since")
        if line["key"] == "file":
            files[value["path"]] = base64.b64decode(value["content"])
        if line["key"] == "deletedFile":
            del files[value["path"]]
    return repo.commit(files)


def _json(value: Any) -> tuple[bytes, dict[str, str]]:
    return json.dumps(value).encode(), {"Content-Type": "application/json"}
