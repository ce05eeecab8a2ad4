"""What the three stand-ins share: zones, records, numbers, and the list of what was violated."""

import ipaddress
import itertools
import threading


class Refused(Exception):
    """The provider refuses: its code, its words and, where it uses them, the status."""

    def __init__(self, code, message, status=400, **more):
        super().__init__(message)
        self.code, self.message, self.status, self.more = code, message, status, more


class Provider:
    """One account's zones and records; a subclass answers requests as its provider would."""

    name = ""

    def __init__(self):
        self.lock = threading.Lock()
        self.numbers = itertools.count(1)
        self.zones, self.records, self.accounts, self.violations = [], [], {}, []
        self.settings = {}

    def action(self, request):
        """What a request asks for, in a word or two."""
        raise NotImplementedError

    def serve(self, request):
        """Answers an honest request; raises Refused."""
        raise NotImplementedError

    def refusal(self, refused):
        """The answer for it."""
        raise NotImplementedError

    def answer(self, request):
        """Answers a request, also where it is refused."""
        try:
            return self.serve(request)
        except Refused as refused:
            return self.refusal(refused)

    def put(self, what):
        """Sets accounts, zones, records or settings, whichever are given."""
        with self.lock:
            for key in ("accounts", "zones", "settings"):
                if key in what:
                    setattr(self, key, what[key])
            if "records" in what:
                self.records = [self.made(one) for one in what["records"]]

    def made(self, record):
        """A record with all its fields, of those that are given."""
        raise NotImplementedError

    def violated(self, words):
        """Notes what no careful client does."""
        self.violations.append(f"{self.name}: {words}")

    def demand(self, condition, words):
        """Notes it and refuses, unless the condition holds."""
        if not condition:
            self.violated(words)
            raise Refused(self.nonsense, f"The stand-in's complaint: {words}", 400)

    def known(self, request, names):
        """Notes headers that are not among these; official SDKs have more."""
        unknown = set() if self.settings.get("sdk") else set(request.headers) - names
        self.demand(not unknown, f"unknown headers {unknown}")

    # The code of what is never sent by a careful client.
    nonsense = ""


def is_value(kind, value):
    """Whether a record of that type can have it."""
    if not isinstance(value, str) or not value:
        return False
    if kind in ("A", "AAAA"):
        try:
            return ipaddress.ip_address(value).version == {"A": 4, "AAAA": 6}[kind]
        except ValueError:
            return False
    if kind == "CNAME":
        return all(label and len(label) < 64 for label in value.rstrip(".").split("."))
    return kind == "TXT"
