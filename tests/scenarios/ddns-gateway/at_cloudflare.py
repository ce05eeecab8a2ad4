"""The stand-in for Cloudflare's API v4: zones by name, and records listed, made and patched."""

import json
import re

from provider import Provider, Refused, is_value
from signing import Unreadable, decoded_query
from wire import Answer

BASE = "/client/v4"
TOKEN_FORM = re.compile(r"[A-Za-z0-9._~+/-]+=*")
QUERIES = {"zones": {"name", "status", "page", "per_page", "match"},
           "records": {"type", "name", "name.exact", "page", "per_page", "match", "order"}}
FIELDS = {"type", "name", "content", "ttl", "proxied", "comment", "tags", "settings"}
TTL_MIN, TTL_MAX, COMMENT_MAX = 60, 86400, 100
HEADERS = {"host", "authorization", "content-type", "content-length", "accept", "user-agent",
           "connection", "accept-encoding"}


def quoted(text):
    """A TXT record's content as Cloudflare shows it: in quoted strings of up to 255."""
    if text.startswith('"'):
        return text
    parts = [text[at:at + 255] for at in range(0, len(text), 255)]
    return " ".join('"' + part.replace("\\", "\\\\").replace('"', '\\"') + '"' for part in parts)


def shown(name):
    """A name as the API shows it: in Unicode, however it is asked for."""
    return name.encode().decode("idna")


def shown_record(record):
    """A record as older versions of the API showed it."""
    return record and record | {"name": shown(record["name"])}


class Cloudflare(Provider):
    """`accounts` is {token: [zone, ...]}."""

    name = "cloudflare"
    nonsense = 1004

    def made(self, record):
        whole = {"id": f"{next(self.numbers):032x}", "ttl": 1, "proxied": False, "comment": None,
                 "tags": [], "settings": {}, "proxiable": record["type"] != "TXT", "meta": {},
                 "created_on": "2026-01-01T00:00:00Z", "modified_on": "2026-01-01T00:00:00Z"}
        whole |= record
        if whole["type"] == "TXT":
            whole["content"] = quoted(whole["content"])
        return whole

    def zone_id(self, name):
        """The number of a zone: 32 digits that say nothing."""
        return f"{sum(name.encode()) + 4096:032x}"

    def action(self, request):
        path = request.path.removeprefix(BASE)
        if path == "/zones":
            return f"{request.method} zones"
        if re.fullmatch("/zones/[0-9a-f]{32}/dns_records", path):
            return f"{request.method} records"
        if re.fullmatch("/zones/[0-9a-f]{32}/dns_records/[0-9a-f]{32}", path):
            return f"{request.method} record"
        return f"{request.method} {request.path}"

    def refusal(self, refused):
        error = {"code": refused.code, "message": refused.message} | refused.more
        return self.envelope(None, refused.status, success=False, errors=[error])

    def envelope(self, result, status=200, **more):
        """An answer in the form that all have."""
        if self.settings.get("unicode_records"):
            result = [shown_record(one) for one in result] if isinstance(result, list) else (
                shown_record(result))
        document = {"success": True, "errors": [], "messages": [], "result": result} | more
        headers = {"cf-ray": f"{next(self.numbers) + 0x8a0000000000:016x}-TPE",
                   "Ratelimit": '"default";r=1199;t=300'}
        return Answer(status, json.dumps(document), headers=headers)

    def serve(self, request):
        allowed = self.authorized(request)
        self.known(request, HEADERS)
        action = self.action(request)
        try:
            query = decoded_query(request.query, "sdk" in self.settings)
        except (Unreadable, UnicodeDecodeError) as error:
            self.violated(str(error))
            raise Refused(self.nonsense, str(error)) from error
        with self.lock:
            if action == "GET zones":
                return self.find_zone(request, query, allowed)
            zone = self.zone_of(request, allowed)
            if action == "GET records":
                return self.find_records(request, query, zone)
            self.demand(not query, f"a query on {action}")
            if action == "POST records":
                return self.create(self.body_of(request), zone)
            if action == "PATCH record":
                return self.patch(request, zone)
            # PUT would reset what it does not repeat; nothing is ever deleted.
            self.violated(f"no such request: {action}")
            raise Refused(7000, "No route for that URI", 404)

    def authorized(self, request):
        """The zones that the token may see."""
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme != "Bearer" or not TOKEN_FORM.fullmatch(token):
            self.violated("an Authorization that is no bearer token")
            chain = [{"code": 6111, "message": "Invalid format for Authorization header"}]
            raise Refused(6003, "Invalid request headers", 400, error_chain=chain)
        if token not in self.accounts:
            raise Refused(9109, "Invalid access token", 403)
        return self.accounts[token]

    def pages(self, found, query, per_page_max):
        """One page of a list, and the words on it."""
        page, size = query.get("page", "1"), query.get("per_page", "20")
        self.demand(page.isdigit() and int(page) > 0, f"page {page}")
        self.demand(size.isdigit() and 5 <= int(size) <= per_page_max, f"per_page {size}")
        page, size = int(page), int(size)
        shown = found[(page - 1) * size:page * size]
        return self.envelope(shown, result_info={
            "page": page, "per_page": size, "count": len(shown), "total_count": len(found),
            "total_pages": -(-len(found) // size)})

    def find_zone(self, request, query, allowed):
        """The list of zones: an empty one where there is none of that name."""
        self.demand(not request.body, "a body on GET")
        unknown = set(query) - QUERIES["zones"]
        self.demand(not unknown and "name" in query, f"query {request.query}")
        found = [{"id": self.zone_id(name), "name": shown(name), "status": "active",
                  "paused": False, "type": "full", "permissions": ["#dns_records:edit"]}
                 for name in self.zones if name in allowed and name == query["name"].lower()]
        return self.pages(found, query, 50)

    def zone_of(self, request, allowed):
        """The name of the zone in the path."""
        match = re.match(BASE + "/zones/([0-9a-f]{32})/dns_records", request.path)
        self.demand(match, f"path {request.path}")
        for name in self.zones:
            if self.zone_id(name) == match[1] and name in allowed:
                return name
        raise Refused(7003, "Could not route to /zones/" + match[1] + ", perhaps your object "
                      "identifier is invalid?", 404)

    def within(self, zone):
        """The records of a zone."""
        return [one for one in self.records
                if one["name"] == zone or one["name"].endswith("." + zone)]

    def find_records(self, request, query, zone):
        """The records of a zone that fit."""
        self.demand(not request.body, "a body on GET")
        unknown = set(query) - QUERIES["records"]
        self.demand(not unknown, f"query {request.query}")
        name = query.get("name", query.get("name.exact", "")).lower()
        found = [one for one in self.within(zone)
                 if query.get("type") in (None, one["type"]) and name in ("", one["name"])]
        return self.pages(found, {"per_page": "100"} | query, 5_000_000)

    def body_of(self, request):
        """The document sent."""
        media = request.headers.get("content-type", "")
        self.demand(media.split(";")[0].strip() == "application/json", f"Content-Type {media!r}")
        try:
            body = json.loads(request.body)
        except ValueError:
            body = None
        self.demand(isinstance(body, dict), f"body {request.body!r}")
        unknown = set(body) - FIELDS
        self.demand(not unknown, f"unknown fields {unknown}")
        self.demand(None not in [body.get(key, 1) for key in FIELDS - {"comment"}],
                    f"null in {body}")
        return body

    def check(self, record, zone, without=None):
        """Refuses what cannot stand in the zone."""
        kind, content, ttl = record["type"], record["content"], record["ttl"]
        if not is_value(kind, content):
            code = {"A": 9005, "AAAA": 9006, "CNAME": 9007}.get(kind, 9041)
            what = {"A": "an IPv4 address", "AAAA": "an IPv6 address"}.get(kind, "a valid one")
            raise Refused(code, f"Content for {kind} record must be {what}.")
        limit = self.settings.get("ttl_min", TTL_MIN)
        if type(ttl) is not int or ttl != 1 and not limit <= ttl <= TTL_MAX:
            raise Refused(9021, "Invalid TTL. Must be between 60 and 86400 seconds, or 1 for "
                          "Automatic.")
        if len(record["comment"] or "") > self.settings.get("comment_max", COMMENT_MAX):
            raise Refused(9313, "DNS record comment is too long.")
        if re.search("[\r\n]", record["comment"] or ""):
            self.violated("a line end in a comment")
        self.demand(record["name"] == record["name"].lower(), f"name {record['name']}")
        beside = [one for one in self.within(zone)
                  if one["name"] == record["name"] and one is not without]
        if any(one["type"] == kind and one["content"] == content for one in beside):
            raise Refused(81058, "An identical record already exists.")
        if any("CNAME" in (one["type"], kind) for one in beside):
            raise Refused(81053, "An A, AAAA, or CNAME record with that host already exists.")

    def create(self, body, zone):
        """A new record."""
        missing = {"type", "name", "content", "ttl"} - set(body)
        self.demand(not missing, f"create without {missing}")
        # A name that is not within the zone gets the zone's name appended.
        if body["name"] != zone and not body["name"].endswith("." + zone):
            body["name"] += "." + zone
        if body["type"] == "TXT":
            self.demand(len(body["content"]) <= 2048, "a TXT that is too long")
        record = self.made(body)
        self.check(record, zone)
        self.records.append(record)
        return self.envelope(record)

    def patch(self, request, zone):
        """Changes the fields that are given, and none else."""
        body = self.body_of(request)
        number = request.path.rpartition("/")[2]
        for record in self.within(zone):
            if record["id"] == number:
                self.demand(body, "an empty patch")
                for key in ("type", "name"):
                    self.demand(body.get(key, record[key]) == record[key], f"another {key}")
                for key, value in body.items():
                    unchanged = record[key] == value and key not in ("type", "name")
                    self.demand(not unchanged or len(body) > 1, f"{key} is patched in vain")
                changed = self.made(record | body)
                self.check(changed, zone, record)
                if changed["proxied"]:
                    changed["ttl"] = 1
                record.update(changed)
                return self.envelope(record)
        raise Refused(81044, "Record does not exist.", 404)
