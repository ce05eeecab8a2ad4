"""What the clients of the benchmark talk to: Cloudflare's API, whoami, and a page with the address.

    peers_answers.py ADDRESS CERTIFICATE KEY TOKEN ZONE
Listens at ADDRESS: port 443 is the API with one zone, port 80 the page, port 53 (UDP) whoami.
It is lenient and keeps what it is told. For each line on standard input it prints a line of JSON:
`record NAME TYPE CONTENT` (stands there from now on), `steady CONTENT` (everybody is told this
address), `changing` (each question has another answer), `told` (the address told last),
`contents` (of all records, by name), `requests` (to the API so far).
"""

import http.server
import json
import re
import socket
import ssl
import struct
import sys
import threading
import urllib.parse

ZONE_ID = "023e105f4ecef8ad9ca31a8372d0c353"
PREFIX = "/client/v4/zones"
STEADY, CHANGING = "203.0.113.7", "203.0.113.{}"
TIME = "2026-01-01T00:00:00Z"
CHAOS, TXT = 3, 16
WHOAMI = b"\6whoami\x0acloudflare\0"
IO_SECONDS_MAX = 30


class World:
    """The zone, and the address that all come from; `lock` is held while either is touched."""

    def __init__(self, zone):
        self.zone, self.lock = zone, threading.Lock()
        self.records, self.requests, self.told = {}, 0, STEADY
        self.is_steady, self.number = True, 0

    def address(self):
        """What the next who asks is told."""
        with self.lock:
            if not self.is_steady:
                self.number = self.number % 254 + 1
                self.told = CHANGING.format(self.number)
            return self.told

    def control(self, words):
        """Does what a line says."""
        with self.lock:
            if words[0] == "record":
                same = [one for one in self.records if self.records[one]["name"] == words[1]]
                self.put({"name": words[1], "type": words[2], "content": words[3]}
                         | ({"id": same[0]} if same else {}))
            elif words[0] == "steady":
                self.is_steady, self.told = True, words[1]
            elif words[0] == "changing":
                self.is_steady = False
            elif words[0] == "told":
                return self.told
            elif words[0] == "contents":
                return {one["name"]: one["content"] for one in self.records.values()}
            elif words[0] == "requests":
                return self.requests
            return None

    def put(self, fields):
        """A new record, or what changes of one whose id is given; gives all of it."""
        known = fields.get("id") or f"{len(self.records) + 1:032x}"
        before = self.records.get(known, {
            "id": known, "ttl": 60, "proxied": False, "proxiable": True, "settings": {},
            "meta": {}, "comment": None, "tags": [], "created_on": TIME, "modified_on": TIME})
        self.records[known] = before | fields | {"id": known}
        return self.records[known]

    def serve(self, method, target, body):
        """The result of a request to the API."""
        path, _, query = target.partition("?")
        asked = dict(urllib.parse.parse_qsl(query))
        name = asked.get("name.exact", asked.get("name"))
        found = re.fullmatch(PREFIX + "/?(?:([0-9a-f]{32})/dns_records(?:/([0-9a-z]+))?)?", path)
        with self.lock:
            self.requests += 1
            if not found or found[1] not in (None, ZONE_ID):
                raise LookupError(path)
            if found[1] is None:
                return [{"id": ZONE_ID, "name": self.zone, "status": "active"}] * (
                    name in (None, self.zone))
            if found[2] == "batch":
                return {kind: [self.put(one) for one in body.get(kind) or []]
                        for kind in ("patches", "puts", "posts")} | {"deletes": []}
            if method == "GET":
                return [one for one in self.records.values()
                        if name in (None, one["name"]) and asked.get("type") in (None, one["type"])]
            return self.put(body | ({"id": found[2]} if found[2] else {}))


def handler(world, token):
    """What answers the requests of one connection."""
    class Handler(http.server.BaseHTTPRequestHandler):
        """The API where the connection has TLS, else the page."""

        protocol_version, timeout, wbufsize = "HTTP/1.1", IO_SECONDS_MAX, 1 << 16
        disable_nagle_algorithm = True

        def answer(self):
            """One request."""
            size = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(size)) if size else {}
            if not isinstance(self.connection, ssl.SSLSocket):
                self.reply(200, "text/plain", world.address())
                return
            result, success = None, False
            try:
                if self.headers.get("Authorization") == "Bearer " + token:
                    result, success = world.serve(self.command, self.path, body), True
            except LookupError:
                pass
            document = {"success": success, "errors": [], "messages": [], "result": result}
            if isinstance(result, list):
                document["result_info"] = {"page": 1, "per_page": 100, "count": len(result),
                                           "total_count": len(result), "total_pages": 1}
            # With no blanks, as Cloudflare writes it.
            self.reply(200 if success else 400, "application/json",
                       json.dumps(document, separators=(",", ":")))

        def reply(self, status, kind, text):
            """Sends an answer."""
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text.encode("ascii"))

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = answer

        def log_message(self, *_):
            """Nothing is said of a request."""
    return Handler


class Server(http.server.ThreadingHTTPServer):
    """A server of HTTP, with TLS where it has a context; handshakes are made in the threads."""

    def __init__(self, address, handle, context=None):
        self.context = context
        super().__init__(address, handle)

    def finish_request(self, request, client_address):
        if self.context:
            request = self.context.wrap_socket(request, server_side=True)
        super().finish_request(request, client_address)
        if self.context:
            request.close()

    def handle_error(self, *_):
        """A client that goes away is no news."""


def whoami(world, server):
    """Answers questions for the address of who asks; no other name is known."""
    while True:
        message, client = server.recvfrom(4096)
        question = message[12:message.index(b"\0", 12) + 5]
        if question != WHOAMI + struct.pack(">HH", TXT, CHAOS):
            server.sendto(message[:2] + struct.pack(">HHHHH", 0x8583, 1, 0, 0, 0) + question,
                          client)
            continue
        text = world.address().encode("ascii")
        server.sendto(
            message[:2] + struct.pack(">HHHHH", 0x8580, 1, 1, 0, 0) + question
            + struct.pack(">HHHIHB", 0xc00c, TXT, CHAOS, 0, len(text) + 1, len(text)) + text,
            client)


def main():
    """Listens, and does what it is told until its input ends."""
    address, certificate, key, token, zone = sys.argv[1:]
    world = World(zone)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.bind((address, 53))
    serve = handler(world, token)
    for function, arguments in (
            (Server((address, 443), serve, context).serve_forever, ()),
            (Server((address, 80), serve).serve_forever, ()), (whoami, (world, server))):
        threading.Thread(target=function, args=arguments, daemon=True).start()
    print("ready", flush=True)
    for line in sys.stdin:
        print(json.dumps(world.control(line.split())), flush=True)


main()
