#!/usr/bin/python3
"""A registry that can be told to misbehave, for the tests of our client.

    registry.py DIRECTORY

It listens on a free port of 127.0.0.1, which it writes into DIRECTORY/port,
keeps blobs and manifests in memory, and notes each request in
DIRECTORY/requests: method, path, Range, and whether somebody said who he is.
DIRECTORY/behave, JSON, is read at each request:

    {"auth": "bearer", "user": "dGVzdDpzZWNyZXQ="}  tokens, for that login
    {"cut": BYTES, "cuts": N}      the next N bodies of blobs break off there
    {"fail": STATUS, "fails": N}   the next N answers are that
    {"upload_cuts": N}             the next N chunks break off in the middle
    {"ranges": false}              blobs are given out whole
    {"redirect": true}             blobs are somewhere else: /elsewhere/...
    {"lie": true}                  a byte of each blob is another
    {"long": true}                 a blob has a byte more than it should
    {"page": N}                    tags come N at a time
"""

import hashlib
import http.server
import json
import os
import re
import sys
import urllib.parse

directory = sys.argv[1]
blobs, manifests, uploads = {}, {}, {}
done = {"cuts": 0, "fails": 0, "upload_cuts": 0}
TOKEN = "a-token"


def behaviour():
    try:
        with open(os.path.join(directory, "behave"), encoding="utf-8") as file:
            return json.load(file)
    except FileNotFoundError:
        return {}


def digest_of(data):
    return "sha256:" + hashlib.sha256(data).hexdigest()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def again(self, what):
        """Is this one of the first so many times?"""
        if done[what] >= self.behave.get(what, 0):
            return False
        done[what] += 1
        return True

    def answer(self, status, body=b"", headers=(), send_body=True):
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if send_body and self.command != "HEAD":
            self.wfile.write(body)

    def error(self, status, code, message):
        body = {"errors": [{"code": code, "message": message}]}
        self.answer(status, json.dumps(body).encode())

    def hang_up(self):
        self.close_connection = True
        self.wfile.flush()

    def read_body(self):
        return self.rfile.read(int(self.headers.get("Content-Length", 0)))

    def may_pass(self):
        if self.behave.get("auth") != "bearer":
            return True
        if self.headers.get("Authorization") == "Bearer " + TOKEN:
            return True
        challenge = ('Bearer realm="http://%s/token",service="test",'
                     'scope="repository:x:pull,push"' % self.headers["Host"])
        body = b'{"errors":[{"code":"UNAUTHORIZED","message":"who?"}]}'
        self.answer(401, body, [("WWW-Authenticate", challenge)])
        return False

    def handle_any(self):
        self.behave = behaviour()
        self.url = urllib.parse.urlsplit(self.path)
        with open(os.path.join(directory, "requests"), "a",
                  encoding="utf-8") as file:
            print(self.command, self.path, self.headers.get("Range", "-"),
                  "known" if self.headers.get("Authorization") else "unknown",
                  file=file)
        if self.url.path == "/stop-behaving":
            for key in done:
                done[key] = 0
            return self.answer(200)
        if self.url.path == "/token":
            return self.token()
        if self.url.path.startswith("/elsewhere/"):
            return self.blob(self.url.path[len("/elsewhere/"):], False)
        if self.again("fails"):
            self.read_body()
            return self.error(self.behave["fail"], "UNKNOWN", "not now")
        if not self.may_pass():
            self.read_body()
            return None
        return self.route()

    do_GET = do_HEAD = do_PUT = do_POST = do_PATCH = handle_any

    def token(self):
        if self.headers.get("Authorization") != "Basic " + self.behave["user"]:
            return self.answer(401)
        return self.answer(200, json.dumps({"token": TOKEN}).encode())

    def route(self):
        path = self.url.path
        if path == "/v2/":
            return self.answer(200, b"{}")
        match = re.fullmatch(r"/v2/(.+)/blobs/(sha256:[0-9a-f]{64})", path)
        if match:
            return self.blob(match[2], True)
        match = re.fullmatch(r"/v2/(.+)/blobs/uploads/([0-9]*)", path)
        if match:
            return self.upload(match[1], match[2])
        match = re.fullmatch(r"/v2/(.+)/manifests/([^/]+)", path)
        if match:
            return self.manifest(match[1], match[2])
        match = re.fullmatch(r"/v2/(.+)/tags/list", path)
        if match:
            return self.tags(match[1])
        return self.error(404, "UNSUPPORTED", "no such thing")

    def blob(self, digest, may_redirect):
        data = blobs.get(digest)
        if data is None:
            return self.error(404, "BLOB_UNKNOWN", "blob unknown")
        if self.command == "HEAD":
            return self.answer(200, data, send_body=False)
        if may_redirect and self.behave.get("redirect"):
            return self.answer(307, headers=[
                ("Location", "http://localhost:%d/elsewhere/%s"
                 % (self.server.server_port, digest))])
        if self.behave.get("lie"):
            data = bytes([data[0] ^ 1]) + data[1:]
        if self.behave.get("long"):
            data += b"x"
        status, headers = 200, []
        match = re.fullmatch(r"bytes=(\d+)-(\d+)",
                             self.headers.get("Range", ""))
        if match and self.behave.get("ranges", True):
            first, last = int(match[1]), int(match[2])
            headers = [("Content-Range", "bytes %d-%d/%d"
                        % (first, last, len(data)))]
            status, data = 206, data[first:last + 1]
        if len(data) > self.behave.get("cut", 0) and self.again("cuts"):
            self.answer(status, data, headers, send_body=False)
            self.wfile.write(data[:self.behave["cut"]])
            return self.hang_up()
        return self.answer(status, data, headers)

    def upload(self, repository, number):
        place = "/v2/%s/blobs/uploads/" % repository
        if self.command == "POST":
            number = str(len(uploads) + 1)
            uploads[number] = b""
            return self.answer(202, headers=[("Location", place + number)])
        if number not in uploads:
            return self.error(404, "BLOB_UPLOAD_UNKNOWN", "upload unknown")
        where = [("Location", place + number),
                 ("Range", "0-%d" % max(len(uploads[number]) - 1, 0))]
        if self.command == "GET":
            return self.answer(204, headers=where)
        if self.command == "PATCH":
            first = int(self.headers["Content-Range"].split("-")[0])
            if first != len(uploads[number]):
                self.read_body()
                return self.error(416, "RANGE", "not there")
            if self.again("upload_cuts"):
                length = int(self.headers["Content-Length"])
                uploads[number] += self.rfile.read(length // 2)
                return self.hang_up()
            uploads[number] += self.read_body()
            where[1] = ("Range", "0-%d" % (len(uploads[number]) - 1))
            return self.answer(202, headers=where)
        data = uploads.pop(number) + self.read_body()
        digest = urllib.parse.parse_qs(self.url.query)["digest"][0]
        if digest != digest_of(data):
            return self.error(400, "DIGEST_INVALID", "another digest")
        blobs[digest] = data
        return self.answer(201)

    def manifest(self, repository, name):
        if self.command == "PUT":
            data = self.read_body()
            for key in (name, digest_of(data)):
                manifests[repository, key] = (
                    self.headers["Content-Type"], data)
            return self.answer(201)
        if (repository, name) not in manifests:
            return self.error(404, "MANIFEST_UNKNOWN", "manifest unknown")
        kind, data = manifests[repository, name]
        return self.answer(200, data, [
            ("Content-Type", kind),
            ("Docker-Content-Digest", digest_of(data))])

    def tags(self, repository):
        names = sorted(tag for place, tag in manifests
                       if place == repository and ":" not in tag)
        query = urllib.parse.parse_qs(self.url.query)
        last = query.get("last", [""])[0]
        names = [name for name in names if name > last]
        size = self.behave.get("page", len(names) or 1)
        headers = []
        if len(names) > size:
            headers = [("Link", '</v2/%s/tags/list?last=%s>; rel="next"'
                        % (repository, names[size - 1]))]
        body = {"name": repository, "tags": names[:size] or None}
        return self.answer(200, json.dumps(body).encode(), headers)


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
with open(os.path.join(directory, "port.new"), "w", encoding="utf-8") as out:
    print(server.server_port, file=out)
os.rename(os.path.join(directory, "port.new"),
          os.path.join(directory, "port"))
server.serve_forever()
