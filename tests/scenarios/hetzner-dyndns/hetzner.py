"""The stand-in for the DNS part of Hetzner's Cloud API: hetzner.py ADDRESS PORT TOKEN.

Strict: what the real one would refuse is refused in its words, and noted as a violation where no
careful client would send it. Control: `/_zones` sets all zones, `/_rrsets` shows them,
`/_settings` sets how long actions run, how they end and what is locked meanwhile, `/_token`
changes the token.
"""

import itertools
import json
import math
import sys
import time

from peer import Answer, Peer
from rrset import Invalid, RRset, members, name_of, records_of, ttl_of, type_of

BASE = "v1"
PER_PAGE, PER_PAGE_MAX = 25, 50
LIMIT = 3600
TYPES_MAX = 20


class Refusal(Exception):
    """An error as the API tells it."""

    def __init__(self, status, code, message, details=None):
        super().__init__(message)
        self.status = status
        self.document = {"error": {"code": code, "message": message, "details": details}}


def not_found(what):
    """The refusal for what is not there."""
    return Refusal(404, "not_found", f"{what} not found")


def without_repeats(pairs):
    """An object's members, none of which may come twice."""
    if len({name for name, _ in pairs}) != len(pairs):
        raise ValueError("a member comes twice")
    return dict(pairs)


class Hetzner(Peer):
    """All zones of one project."""

    def __init__(self, token):
        super().__init__()
        self.token, self.zones, self.actions, self.waiting = token, {}, {}, []
        self.numbers = itertools.count(4711)
        self.settings = {"seconds": 0.2, "ends": "success", "locks": "rrset"}

    # What scenarios ask for.

    def control(self, name, document):
        if name == "zones":
            self.zones = {zone: self.zone(zone, given) for zone, given in document.items()}
        elif name == "rrsets":
            return {f"{zone}/{rrset.name}/{rrset.type}": rrset.document()
                    for zone, held in self.zones.items() for rrset in held["rrsets"].values()}
        elif name == "settings":
            self.settings |= document
        elif name == "token":
            self.token = document
        else:
            raise ValueError(f"no such control: {name}")
        return None

    def zone(self, name, given):
        """A zone as a scenario describes it: `{"www/A": ["192.0.2.1", …]}` or in more words."""
        given = dict(given)
        number = next(self.numbers)
        mode, ttl = given.pop("mode", "primary"), given.pop("ttl", 3600)
        rrsets = {}
        for key, held in given.items():
            held = {"values": held} if isinstance(held, list) else held
            label, kind = key.split("/")
            records = [{"value": one, "comment": ""} if isinstance(one, str) else one
                       for one in held["values"]]
            rrsets[label, kind] = RRset(number, label, kind, held.get("ttl"), records,
                                        held.get("protected", False))
        return {"id": number, "name": name, "mode": mode, "ttl": ttl, "rrsets": rrsets}

    # What clients ask for.

    def serve(self, request):
        try:
            self.check(request)
            status, document = self.route(request)
        except Invalid as why:
            self.violation(f"{request.method} {request.target}: {why}")
            refusal = Refusal(422, "invalid_input", f"invalid input in field '{why.field}'",
                              {"fields": [{"name": why.field, "messages": [str(why)]}]})
            status, document = refusal.status, refusal.document
        except Refusal as refusal:
            status, document = refusal.status, refusal.document
        headers = [("RateLimit-Limit", LIMIT), ("RateLimit-Remaining", LIMIT - 1),
                   ("RateLimit-Reset", int(time.time()) + 1),
                   ("X-Correlation-Id", f"{next(self.numbers):016x}")]
        return Answer(status, document, headers)

    def check(self, request):
        """What has to be so in every request."""
        if len(request.all("host")) != 1 or not request.one("user-agent"):
            self.violation(f"Host or User-Agent: {request.headers}")
        if request.all("authorization") != [f"Bearer {self.token}"]:
            raise Refusal(401, "unauthorized", "unable to authenticate")
        if request.method in ("GET", "DELETE") and request.body:
            self.violation(f"{request.method} with a body")
        if request.method == "POST" and request.one("content-type") != "application/json":
            self.violation(f"Content-Type: {request.one('content-type')}")
        if self.token in request.target or "?" in request.target[:-1] and not request.query:
            self.violation(f"target {request.target}")

    def route(self, request):
        """(status, document) of a request that may be made."""
        first, *path = request.path
        method = request.method
        match path:
            case _ if first != BASE:
                pass
            case ["zones"] if method == "GET":
                return self.list_zones(request)
            case ["zones", zone] if method == "GET":
                return 200, {"zone": self.shown(self.find(zone))}
            case ["zones", zone, "rrsets"] if method == "GET":
                return self.list_rrsets(request, self.find(zone))
            case ["zones", zone, "rrsets"] if method == "POST":
                return self.create(self.find(zone), self.document(request))
            case ["zones", zone, "rrsets", name, kind] if method == "GET":
                return 200, {"rrset": self.rrset(self.find(zone), name, kind).document()}
            case ["zones", zone, "rrsets", name, kind] if method == "DELETE":
                return self.delete(self.find(zone), name, kind)
            case ["zones", zone, "rrsets", name, kind, "actions", verb] if method == "POST":
                return self.act(self.find(zone), name, kind, verb, self.document(request))
            case (["actions", number] | ["zones", "actions", number]
                  | ["zones", _, "actions", number]) if method == "GET":
                return 200, {"action": self.shown_action(number)}
        self.violation(f"no such call: {method} {request.target}")
        raise not_found("path")

    @staticmethod
    def document(request):
        """The object in a request's body."""
        try:
            found = json.loads(request.body.decode("utf-8"), object_pairs_hook=without_repeats)
        except ValueError as why:
            raise Invalid("body", f"no JSON: {why}") from why
        if not isinstance(found, dict):
            raise Invalid("body", "no object")
        return found

    def find(self, key):
        """The zone of that name or number."""
        if key != key.lower() or key.endswith("."):
            self.violation(f"a zone written so: {key}")
        for zone in self.zones.values():
            if key in (zone["name"], str(zone["id"])):
                return zone
        raise not_found("zone")

    @staticmethod
    def shown(zone):
        """A zone as the API shows it."""
        return {"id": zone["id"], "name": zone["name"], "mode": zone["mode"], "status": "ok",
                "ttl": zone["ttl"], "created": "2026-01-01T00:00:00Z", "registrar": "hetzner",
                "labels": {}, "protection": {"delete": False},
                "record_count": len(zone["rrsets"]), "primary_nameservers": [],
                "authoritative_nameservers": {"assigned": ["helium.ns.hetzner.de."],
                                              "delegated": [], "delegation_status": "valid"}}

    def list_zones(self, request):
        """One page of the zones."""
        asked = self.parameters(request, {"name", "mode", "page", "per_page"})
        zones = [zone for zone in self.zones.values()
                 if asked.get("name", zone["name"]) == zone["name"]
                 and asked.get("mode", zone["mode"]) == zone["mode"]]
        page, meta = self.page(zones, asked)
        return 200, {"zones": [self.shown(zone) for zone in page], "meta": meta}

    def list_rrsets(self, request, zone):
        """One page of a zone's rrsets."""
        asked = self.parameters(request, {"name", "type", "page", "per_page"})
        kinds = [value for name, value in request.query if name == "type"]
        found = [one for one in zone["rrsets"].values()
                 if asked.get("name", one.name) == one.name and (not kinds or one.type in kinds)]
        page, meta = self.page(found, asked, 2 * PER_PAGE_MAX)
        return 200, {"rrsets": [one.document() for one in page], "meta": meta}

    def parameters(self, request, known):
        """The query's parameters by name."""
        unknown = {name for name, _ in request.query} - known
        if unknown or len(request.query) > TYPES_MAX:
            raise Invalid("query", f"unknown parameters {sorted(unknown)}")
        return dict(request.query)

    @staticmethod
    def page(every, asked, most=PER_PAGE_MAX):
        """One page of a list, and what is said about it."""
        numbers = []
        for name, usual, limit in (("page", 1, 10_000), ("per_page", PER_PAGE, most)):
            text = asked.get(name, str(usual))
            if not text.isdigit() or not 1 <= int(text) <= limit:
                raise Invalid(name, f"not within 1..{limit}: {text}")
            numbers.append(int(text))
        page, size = numbers
        last = max(math.ceil(len(every) / size), 1)
        meta = {"page": page, "per_page": size, "previous_page": page - 1 if page > 1 else None,
                "next_page": page + 1 if page < last else None, "last_page": last,
                "total_entries": len(every)}
        return every[(page - 1) * size:page * size], {"pagination": meta}

    def rrset(self, zone, name, kind):
        """The rrset of that name and type."""
        key = name_of(name, zone["name"]), type_of(kind)
        if key not in zone["rrsets"]:
            raise not_found("rrset")
        return zone["rrsets"][key]

    # What changes something.

    def writable(self, zone, name, kind):
        """Refuses where nothing may be written now."""
        if zone["mode"] != "primary":
            raise Refusal(422, "incorrect_zone_mode", "zone is not in primary mode")
        for action in self.actions.values():
            busy = self.state(action) == "running" and action["zone"] == zone["id"] and (
                action["locks"] == "zone" or (name, kind) == action["about"])
            if busy and action["locks"] != "nothing":
                raise Refusal(423, "locked", "there is already an action running")

    def create(self, zone, document):
        """A new rrset."""
        members(document, {"name", "type", "records"}, {"ttl", "labels"})
        name, kind = name_of(document["name"], zone["name"]), type_of(document["type"])
        records = records_of(document["records"], kind)
        ttl = ttl_of(document.get("ttl"))
        self.writable(zone, name, kind)
        if (name, kind) in zone["rrsets"]:
            raise Refusal(409, "uniqueness_error", "rrset already exists")
        made = RRset(zone["id"], name, kind, ttl, records)
        zone["rrsets"][name, kind] = made
        action = self.begin("create_rrset", zone, made)
        return 201, {"rrset": made.document(), "action": action}

    def act(self, zone, name, kind, verb, document):
        """Changes an rrset that is there."""
        found = self.rrset(zone, name, kind)
        if verb == "set_records":
            members(document, {"records"}, set())
            records, ttl = records_of(document["records"], kind), found.ttl
        elif verb == "change_ttl":
            members(document, {"ttl"}, set())
            records, ttl = found.records, ttl_of(document["ttl"])
        else:
            self.violation(f"no such action: {verb}")
            raise not_found("action")
        self.writable(zone, found.name, kind)
        if found.protected:
            raise Refusal(423, "protected", "rrset is protected")
        found.records, found.ttl = records, ttl
        command = {"set_records": "set_rrset_records", "change_ttl": "change_rrset_ttl"}[verb]
        return 201, {"action": self.begin(command, zone, found)}

    def delete(self, zone, name, kind):
        """Removes an rrset that is there."""
        found = self.rrset(zone, name, kind)
        self.writable(zone, found.name, kind)
        if found.protected:
            raise Refusal(423, "protected", "rrset is protected")
        del zone["rrsets"][found.name, kind]
        return 201, {"action": self.begin("delete_rrset", zone, found)}

    def begin(self, command, zone, rrset):
        """An action starts; gives it as it is shown."""
        number = next(self.numbers)
        self.actions[number] = {
            "command": command, "zone": zone["id"], "about": (rrset.name, rrset.type),
            "until": time.time() + self.settings["seconds"], "ends": self.settings["ends"],
            "locks": self.settings["locks"]}
        return self.shown_action(str(number))

    @staticmethod
    def state(action):
        """Whether it is still running, and else how it has ended."""
        return "running" if time.time() < action["until"] else action["ends"]

    def shown_action(self, number):
        """An action as the API shows it."""
        if not number.isdigit() or int(number) not in self.actions:
            raise not_found("action")
        action = self.actions[int(number)]
        state = self.state(action)
        error = {"code": "action_failed", "message": "Action failed"} if state == "error" else None
        return {"id": int(number), "command": action["command"], "status": state,
                "progress": 0 if state == "running" else 100,
                "started": "2026-01-01T00:00:00Z",
                "finished": None if state == "running" else "2026-01-01T00:00:01Z",
                "resources": [{"id": action["zone"], "type": "zone"}], "error": error}


if __name__ == "__main__":
    Hetzner(sys.argv[3]).run(sys.argv[1], int(sys.argv[2]))
