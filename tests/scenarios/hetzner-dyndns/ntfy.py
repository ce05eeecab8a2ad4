"""The stand-in for ntfy: ntfy.py ADDRESS PORT TOPIC [USER PASSWORD].

Strict: what would become an attachment, a wrong topic or a message without a title is noted as a
violation. Control: `/_limit` sets how many messages a while are taken before it says 429.
"""

import base64
import re
import sys
import time

from peer import Answer, Peer

BODY_BYTES_MAX = 4096
TOPIC = re.compile(r"[-_A-Za-z0-9]{1,64}")
PRIORITIES = ("1", "2", "3", "4", "5", "min", "low", "default", "high", "max", "urgent")
TITLE, PRIORITY = ("x-title", "title"), ("x-priority", "priority")


def refusal(code, words):
    """An error as ntfy tells it."""
    return Answer(code // 100, {"code": code, "http": code // 100, "error": words,
                                "link": "https://ntfy.example/docs"})


class Ntfy(Peer):
    """One topic, perhaps behind a password."""

    def __init__(self, topic, user=None, password=None):
        super().__init__()
        self.topic, self.authorization, self.limit = topic, [], None
        if user is not None:
            pair = base64.b64encode(f"{user}:{password}".encode()).decode()
            self.authorization = [f"Basic {pair}"]

    def control(self, name, document):
        if name != "limit":
            raise ValueError(f"no such control: {name}")
        self.limit = document

    def serve(self, request):
        sent = request.all("authorization")
        if request.method not in ("POST", "PUT") or request.query:
            self.violation(f"{request.method} {request.target}")
            return refusal(40401, "page not found")
        if len(request.path) != 1 or not TOPIC.fullmatch(request.path[0]):
            self.violation(f"topic {request.path}")
            return refusal(40009, "invalid request: topic invalid")
        if sent != self.authorization:
            if not self.authorization:
                self.violation("credentials that nobody has given")
            return refusal(40101, "unauthorized") if sent else refusal(40301, "forbidden")
        if request.path[0] != self.topic:
            self.violation(f"topic {request.path}")
            return refusal(40301, "forbidden")
        return self.publish(request)

    def publish(self, request):
        """Takes a message."""
        if self.limit is not None:
            if self.limit <= 0:
                return refusal(42901, "limit reached: too many requests")
            self.limit -= 1
        titles = [value for name in TITLE for value in request.all(name)]
        priorities = [value for name in PRIORITY for value in request.all(name)]
        if len(titles) != 1 or not titles[0] or not titles[0].isprintable():
            self.violation(f"title {titles}")
        if len(priorities) > 1 or any(one not in PRIORITIES for one in priorities):
            self.violation(f"priority {priorities}")
            return refusal(40007, "invalid request: priority invalid")
        if not 0 < len(request.body) <= BODY_BYTES_MAX:
            self.violation(f"a message of {len(request.body)} bytes")
        try:
            message = request.body.decode("utf-8")
        except UnicodeDecodeError:
            self.violation("a message that is not UTF-8")
            message = ""
        return Answer(200, {"id": "hwQ2YpKdmg", "time": int(time.time()), "event": "message",
                            "topic": self.topic, "message": message})


if __name__ == "__main__":
    Ntfy(*sys.argv[3:]).run(sys.argv[1], int(sys.argv[2]))
