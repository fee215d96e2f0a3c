"""A local stand-in of the Hub's HTTP interface, as far as huggingface_hub uses it for models."""

import base64
import hashlib
import json
import re
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

__all__ = ["Hub", "local_hub"]


@dataclass
class Hub:
    """The models of the stand-in.

    Arguments:
        url: its address.
        models: by name and branch, the files with their content.
        private: by name, whether it is.
        requests: method and path of each request.
        large: the contents of files of weights, by SHA-256, as Git LFS stores them apart from the others.
        full: whether the storage of large files refuses them.
    """

    url: str = ""
    models: dict = field(default_factory=dict)
    private: dict = field(default_factory=dict)
    requests: list = field(default_factory=list)
    large: dict = field(default_factory=dict)
    full: bool = False

    def commit(self, name, branch):
        """Return the hash of the files of a branch."""
        return hashlib.sha1(repr(sorted(self.models[name][branch].items())).encode()).hexdigest()

    def files(self, name, revision):
        """Return the files of a branch or a commit; None if there is none."""
        for branch, files in self.models[name].items():
            if revision in (branch, self.commit(name, branch)):
                return files
        return None


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    hub: Hub

    def log_message(self, *arguments):
        pass

    def answer(self, body=b"", status=200, **headers):
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        for name, value in ({"Content-Length": str(len(content))} | headers).items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def refuse(self, code):
        self.answer({"error": code}, 404, X_Error_Code=code, X_Error_Message=code)

    def body(self):
        if self.headers.get("Transfer-Encoding") == "chunked":
            parts = []
            while size := int(self.rfile.readline(), 16):
                parts.append(self.rfile.read(size))
                self.rfile.readline()
            self.rfile.readline()
            return b"".join(parts)
        return self.rfile.read(int(self.headers.get("Content-Length", 0)))

    def handle_request(self):
        content, path = self.body(), self.path.partition("?")[0]
        self.hub.requests.append((self.command, path))
        if path == "/api/repos/create":
            return self.create(json.loads(content))
        if path == "/api/validate-yaml":
            return self.answer({"errors": [], "warnings": []})
        if large := re.fullmatch(r"/large/(\w+)", path):
            return self.store(large[1], content)
        if re.fullmatch(r"/[^/]+/[^/]+\.git/info/lfs/objects/batch", path):
            return self.offer(json.loads(content))
        api = re.fullmatch(r"/api/models/([^/]+/[^/]+)(?:/(\w+)/([^/]+))?", path)
        file = re.fullmatch(r"/([^/]+/[^/]+)/resolve/([^/]+)/(.+)", path)
        name = (api or file)[1] if api or file else ""
        if name not in self.hub.models:
            return self.refuse("RepoNotFound")
        if file:
            return self.resolve(name, file[2], file[3])
        return self.api(name, api[2] or "revision", api[3] or "main", content)

    do_GET = do_POST = do_HEAD = do_PUT = handle_request

    def create(self, wanted):
        name = (
            f"{wanted['organization']}/{wanted['name']}"
            if wanted.get("organization")
            else wanted["name"]
        )
        if name in self.hub.models:
            return self.answer({"url": f"{self.hub.url}/{name}", "error": "exists"}, 409)
        self.hub.models[name] = {"main": {".gitattributes": b""}}
        self.hub.private[name] = wanted.get("private", wanted.get("visibility") == "private")
        return self.answer({"url": f"{self.hub.url}/{name}", "id": name})

    def api(self, name, action, revision, content):
        branches = self.hub.models[name]
        if action == "branch":
            branches.setdefault(revision, dict(branches["main"]))
            return self.answer({})
        files = self.hub.files(name, revision)
        if files is None:
            return self.refuse("RevisionNotFound")
        if action == "preupload":
            requested = json.loads(content)["files"]
            return self.answer(
                {
                    "files": [
                        {"path": f["path"], "uploadMode": _mode(f["path"]), "shouldIgnore": False}
                        for f in requested
                    ]
                }
            )
        if action == "commit":
            return self.write(name, revision, files, content)
        if action == "tree":
            return self.answer(
                [
                    {"type": "file", "path": p, "size": len(c), "oid": _oid(c)}
                    for p, c in files.items()
                ]
            )
        sha = next(self.hub.commit(name, b) for b in branches if branches[b] is files)
        siblings = [{"rfilename": path} for path in files]
        return self.answer(
            {"id": name, "modelId": name, "sha": sha, "siblings": siblings, "tags": []}
        )

    def write(self, name, revision, files, content):
        for line in content.splitlines():
            entry = json.loads(line)
            if entry["key"] == "file":
                files[entry["value"]["path"]] = base64.b64decode(entry["value"]["content"])
            elif entry["key"] == "lfsFile":
                files[entry["value"]["path"]] = self.hub.large[entry["value"]["oid"]]
            elif entry["key"] == "deletedFile":
                files.pop(entry["value"]["path"], None)
        sha = self.hub.commit(name, revision)
        address = f"{self.hub.url}/{name}/commit/{sha}"
        self.answer({"success": True, "commitOid": sha, "commitUrl": address, "hookOutput": ""})

    def resolve(self, name, revision, path):
        files = self.hub.files(name, revision)
        if files is None:
            return self.refuse("RevisionNotFound")
        if path not in files:
            return self.refuse("EntryNotFound")
        branch = next(b for b, own in self.hub.models[name].items() if own is files)
        tag = {"ETag": f'"{_oid(files[path])}"', "X_Repo_Commit": self.hub.commit(name, branch)}
        sha = hashlib.sha256(files[path]).hexdigest()
        if sha not in self.hub.large:
            return self.answer(files[path], **tag)
        tag |= {"X_Linked_Etag": f'"{sha}"', "X_Linked_Size": str(len(files[path]))}
        elsewhere = self.hub.url.replace(
            "127.0.0.1", "localhost"
        )  # as the Hub, which uses another host
        return self.answer(b"", 302, Location=f"{elsewhere}/large/{sha}", **tag)

    def offer(self, wanted):
        objects = [
            {
                "oid": own["oid"],
                "size": own["size"],
                "actions": {"upload": {"href": f"{self.hub.url}/large/{own['oid']}"}},
            }
            for own in wanted["objects"]
        ]
        return self.answer({"transfer": "basic", "objects": objects})

    def store(self, sha, content):
        if self.command != "PUT":
            return self.answer(self.hub.large[sha], ETag=f'"{sha}"')
        if self.hub.full or hashlib.sha256(content).hexdigest() != sha:
            return self.answer({"error": "storage is full"}, 403)
        self.hub.large[sha] = content
        return self.answer()


def _mode(path):
    return "lfs" if path.endswith(".safetensors") else "regular"


def _oid(content):
    return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()


@contextmanager
def local_hub():
    """Run the stand-in on a free port."""
    hub = Hub()
    handler = type("LocalHandler", (Handler,), {"hub": hub})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        hub.url = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield hub
        finally:
            server.shutdown()
            thread.join()
