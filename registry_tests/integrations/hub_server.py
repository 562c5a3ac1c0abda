"""Stub of the hub's HTTP interface, with repositories in memory and a record of all requests."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

SHA = "0123456789abcdef0123456789abcdef01234567"


class HubServer:
    """Server that serves the files of repositories and accepts commits.

    ``with HubServer() as hub: hub.files["user/model"] = {"config.json": b"{}"}``
    """

    def __init__(self) -> None:
        self.files: dict[str, dict[str, bytes]] = {}
        "Contents of the files by repository and path."
        self.public: set[str] = set()
        "Repositories that are not private."
        self.requests: list[tuple[str, str, str]] = []
        "Method, path and authorization of each request."
        self.refusal: int | None = None
        "Status that answers every request; None to serve files."
        hub = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                hub.serve(self, b"")

            def do_HEAD(self) -> None:
                hub.serve(self, b"")

            def do_POST(self) -> None:
                hub.serve(self, self.body())

            def body(self) -> bytes:
                """Return the body of the request, which may be sent in chunks."""
                if "chunked" not in self.headers.get("Transfer-Encoding", ""):
                    return self.rfile.read(int(self.headers.get("Content-Length", 0)))
                parts = []
                while size := int(self.rfile.readline().strip(), 16):
                    parts.append(self.rfile.read(size))
                    self.rfile.readline()
                self.rfile.readline()
                return b"".join(parts)

            def log_message(self, *arguments: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def __enter__(self) -> HubServer:
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *error: object) -> None:
        self.server.shutdown()
        self.server.server_close()

    def serve(self, handler: Any, body: bytes) -> None:
        """Answer one request."""
        path = handler.path.partition("?")[0]
        self.requests.append((handler.command, handler.path, handler.headers.get("Authorization", "")))
        if self.refusal is not None:
            send(handler, self.refusal, {"error": "refused"})
        elif path == "/api/repos/create":
            wanted = json.loads(body)
            repo = f"{wanted.get('organization', 'user')}/{wanted['name']}"
            self.files.setdefault(repo, {})
            send(handler, 200, {"url": f"{self.url}/{repo}"})
        elif path == "/api/validate-yaml":
            send(handler, 200, {"errors": [], "warnings": []})
        elif found := re.fullmatch(r"/api/models/([^/]+/[^/]+)(?:/(\w[\w-]*))?(/.*)?", path):
            self.serve_api(handler, found[1], found[2] or "", body)
        elif found := re.fullmatch(r"/([^/]+/[^/]+)/resolve/[^/]+/(.+)", path):
            self.serve_file(handler, found[1], found[2])
        else:
            send(handler, 404, {"error": path})

    def serve_api(self, handler: Any, repo: str, action: str, body: bytes) -> None:
        """Answer a request about a repository."""
        if repo not in self.files:
            send(handler, 404, {"error": "Repository not found"}, {"X-Error-Code": "RepoNotFound"})
        elif action == "preupload":
            files = [{**file, "uploadMode": "regular", "shouldIgnore": False} for file in json.loads(body)["files"]]
            send(handler, 200, {"files": files})
        elif action == "commit":
            for line in map(json.loads, body.splitlines()):
                if line["key"] == "file":
                    self.files[repo][line["value"]["path"]] = base64.b64decode(line["value"]["content"])
            url = f"{self.url}/{repo}/commit/{SHA}"
            send(handler, 200, {"commitUrl": url, "commitOid": SHA, "hookOutput": "", "success": True})
        elif action == "tree":
            entries = [
                {"type": "file", "path": name, "size": len(content), "oid": hashlib.sha1(content).hexdigest()}
                for name, content in self.files[repo].items()
            ]
            send(handler, 200, entries)
        else:
            siblings = [{"rfilename": name} for name in self.files[repo]]
            send(
                handler,
                200,
                {"id": repo, "sha": SHA, "siblings": siblings, "tags": [], "private": repo not in self.public},
            )

    def serve_file(self, handler: Any, repo: str, name: str) -> None:
        """Answer with the content of a file."""
        content = self.files.get(repo, {}).get(name)
        if content is None:
            send(handler, 404, {"error": name}, {"X-Error-Code": "EntryNotFound"})
            return
        headers = {"ETag": f'"{hashlib.sha1(content).hexdigest()}"', "X-Repo-Commit": SHA}
        send(handler, 200, content, headers)


def send(handler: Any, status: int, content: Any, headers: dict[str, str] | None = None) -> None:
    """Send an answer with bytes, or with a value as JSON."""
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    handler.send_response(status)
    kind = "application/octet-stream" if isinstance(content, bytes) else "application/json"
    for name, value in {"Content-Type": kind, "Content-Length": str(len(body)), **(headers or {})}.items():
        handler.send_header(name, value)
    handler.end_headers()
    if handler.command != "HEAD":
        handler.wfile.write(body)
