"""What the two servers' plays share: start, a good request, a bad one, a good one again, end."""

import http.client
import json
import os
import socket
import tempfile

import worlds
from campaign import Play
from running import Program

ADDRESS, PORT = "127.0.0.1", 8060
OLD, NEW = "192.0.2.10", "192.0.2.77"
START_SECONDS_MAX, ANSWER_SECONDS_MAX = 60, 11
# What of a connection the server cannot do without; one that is lost so is nobody's fault.
OF_CONNECTIONS = {"accept4", "read", "recvfrom", "recvmsg", "write", "sendto", "sendmsg", "ioctl",
                  "fcntl", "poll", "ppoll", "shutdown", "setsockopt", "getpeername", "mmap",
                  "limit"}


# How long an answer is waited for; a scenario whose children hang has more patience.
PATIENCE = [ANSWER_SECONDS_MAX]


def ask(method, target, headers=None, document=None):
    """One request; gives (status, document), or words for why there is no answer."""
    connection = http.client.HTTPConnection(ADDRESS, PORT, timeout=PATIENCE[0])
    try:
        body = None if document is None else json.dumps(document)
        connection.request(method, target, body, {"Connection": "close"} | (headers or {}))
        response = connection.getresponse()
        return response.status, json.loads(response.read())
    except (OSError, http.client.HTTPException, ValueError) as error:
        return f"{type(error).__name__}: {error}"
    finally:
        connection.close()


def write(path, text, mode=0o600):
    """Writes a file that is nobody else's to read."""
    with open(path, "w", encoding="ascii") as file:
        file.write(text)
    os.chmod(path, mode)


def text_of(path):
    """A file's content; None where it is missing."""
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read()
    except FileNotFoundError:
        return None


class Serve(Play):
    """One life of a server; subclasses know the server and its provider's stand-in."""

    applet = ""
    # How often a request that fails is made again once nothing fails any more.
    tries = 1

    def __init__(self, in_child=False):
        self.in_child = in_child
        self.dir = worlds.directory(self.applet)
        # As root, which it stays here, it logs only where nobody else can change anything.
        self.log = os.path.join(tempfile.mkdtemp(prefix=f"{self.applet}-log-"), "log")
        self.known = ()

    def arguments(self):
        """Those of the program."""
        return []

    def environment(self):
        """Its variables."""
        return {}

    def good(self):
        """Asks for what is to be done; gives what came of it."""
        raise NotImplementedError

    def values(self):
        """What the provider holds."""
        raise NotImplementedError

    @staticmethod
    def bad():
        """Asks for what is not there."""
        return ask("GET", "/nothing")

    def run(self, before, via):
        flags = [*self.arguments(), *(["--upstream-via", via] if via else [])]
        with Program(self.applet, *flags, before=before, directory=self.dir,
                     environment=self.environment()) as program:
            notes = {"listens": program.wait_for(self.listens, START_SECONDS_MAX)}
            if notes["listens"]:
                notes |= {"good": self.good(), "bad": self.bad()}
                notes["runs"] = program.is_running()
                if program.is_running():
                    program.detach()
                    for _ in range(self.tries):
                        notes["again"] = self.good()
                        if self.is_done(notes["again"]):
                            break
                    notes["bad again"] = self.bad()
            done = program.end()
        done.notes = notes
        # What it may say in its log file is said as well.
        done.err += text_of(self.log) or ""
        return done

    @staticmethod
    def listens():
        """Whether it takes connections."""
        with socket.socket() as one:
            one.settimeout(1)
            return one.connect_ex((ADDRESS, PORT)) == 0

    def judge(self, done, tracer):
        wrong, values, notes = [], self.values(), done.notes
        if values not in ([OLD], [NEW]):
            wrong.append(f"the records are {values}")
        if not notes["listens"]:
            return wrong + ["it neither listens nor ends"] * (done.status == 0)
        fault = tracer.fault
        may_lose = fault and not self.in_child and fault.name in OF_CONNECTIONS
        for what, reply in (("good", notes["good"]), ("bad", notes["bad"])):
            if isinstance(reply, str) and not may_lose and notes["runs"]:
                wrong.append(f"no answer to a {what} request: {reply}")
        if not notes["runs"] or done.status:
            return wrong
        if self.is_done(notes["good"]) and fault is None and values != [NEW]:
            wrong.append("done, as it says, and not done")
        if not self.is_done(notes["again"]):
            wrong.append(f"with nothing failing any more: {notes['again']}")
        elif values != [NEW]:
            wrong.append(f"done again, as it says, and the records are {values}")
        if notes["bad again"] is None or notes["bad again"][0] not in (404, 405):
            wrong.append(f"with nothing failing any more, a bad request: {notes['bad again']}")
        return wrong

    @staticmethod
    def is_done(reply):
        """Whether it says that all is as it should be."""
        return not isinstance(reply, str) and reply[0] == 200
