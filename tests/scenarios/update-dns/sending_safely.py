"""Scenarios of update-dns over TLS: who is believed, who is not, and what VERIFY_SSL=0 says."""

import os
import ssl

from backend import GOOD, Backend, said
from box import Box
from checks import equal, scenario, true
from net import LOCAL, LOCAL_V6
from netns import command
from sending import KEY_OF_CLIENT, client, once

WARNING = "(?i)warn.*(verif|certificate)|(verif|certificate).*(warn|not)"
DAYS = "3650"


class Authority:
    """A private authority and the certificates it signs."""

    def __init__(self, box, name="ca"):
        self.box, self.name = box, name
        self.bundle = self._path("pem")
        command("openssl", "req", "-x509", *curve(), "-keyout", self._path("key"), "-out",
                self.bundle, "-days", DAYS, "-nodes", "-subj", f"/CN={name} of the scenarios")

    def _path(self, kind, leaf=""):
        return self.box.net.path(f"{self.name}{leaf}.{kind}")

    def context(self, names="IP:127.0.0.1", days=DAYS, leaf="leaf"):
        """What a server needs to be called so."""
        request, key, certificate = (self._path(kind, leaf) for kind in ("csr", "key", "pem"))
        command("openssl", "req", "-new", *curve(), "-keyout", key, "-out", request, "-nodes",
                "-subj", "/CN=backend")
        extensions = self.box.write(f"{self.name}{leaf}.ext", f"subjectAltName={names}\n"
                                    "basicConstraints=critical,CA:FALSE\n")
        command("openssl", "x509", "-req", "-in", request, "-CA", self.bundle, "-CAkey",
                self._path("key"), "-CAcreateserial", "-out", certificate, "-days", days,
                "-extfile", extensions)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        return context


def curve():
    """What keys are made with."""
    return "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"


def refused(box, backend, **environment):
    """The backend is not believed: exit 1, and it never saw a request or the key."""
    program = once(box, 1, BACKEND_URL=backend.url, PRE_SHARED_KEY=KEY_OF_CLIENT, **environment)
    text = "\n".join(program.printed() + program.said())
    true("the certificate is not named", "certificate" in text.lower() or "TLS" in text, text)
    equal("requests", backend.requests, [])
    return text


@scenario
def own_authority():
    """CA_BUNDLE: the backend's certificate is believed, and so it is by the usual bundle."""
    with Box(start=False) as box:
        authority = Authority(box)
        with Backend(box, GOOD, certified=authority.context()) as backend:
            program = once(box, 0, BACKEND_URL=backend.url, PRE_SHARED_KEY=KEY_OF_CLIENT,
                           CA_BUNDLE=authority.bundle)
            equal("lines on stderr", program.said(), [])
            once(box, 0, BACKEND_URL=backend.url, PRE_SHARED_KEY=KEY_OF_CLIENT,
                 SSL_CERT_FILE=authority.bundle)
            equal("requests", len(backend.requests), 2)
            # VERIFY_SSL=1 and what else is not 0 means what its absence means.
            for value in ("1", "true", ""):
                refused_or_not = once(box, 0, BACKEND_URL=backend.url, VERIFY_SSL=value,
                                      PRE_SHARED_KEY=KEY_OF_CLIENT, CA_BUNDLE=authority.bundle)
                equal("lines on stderr", refused_or_not.said(), [])


@scenario
def own_certificate():
    """A certificate that nobody else signed and that is itself in CA_BUNDLE: that one only."""
    with Box(start=False) as box:
        for names, is_good in (("IP:127.0.0.1", True), ("IP:127.0.0.2", False)):
            path, key = box.net.path("own.pem"), box.net.path("own.key")
            command("openssl", "req", "-x509", *curve(), "-keyout", key, "-out", path, "-days",
                    DAYS, "-nodes", "-subj", "/CN=backend", "-addext", f"subjectAltName={names}")
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(path, key)
            with Backend(box, GOOD, certified=context) as backend:
                refused(box, backend, CA_BUNDLE=Authority(box).bundle)
                if is_good:
                    program = once(box, 0, BACKEND_URL=backend.url,
                                   PRE_SHARED_KEY=KEY_OF_CLIENT, CA_BUNDLE=path)
                    equal("lines on stderr", program.said(), [])
                else:
                    refused(box, backend, CA_BUNDLE=path)


@scenario
def unknown_authority():
    """Without CA_BUNDLE, or with another, nothing is sent to a server nobody vouches for."""
    with Box(start=False) as box:
        authority, other = Authority(box), Authority(box, "other")
        with Backend(box, GOOD, certified=authority.context()) as backend:
            refused(box, backend)
            return refused(box, backend, CA_BUNDLE=other.bundle)


@scenario
def no_certificates():
    """Without the system's certificates nothing is sent, and the message says what to set."""
    with Box(start=False) as box:
        authority = Authority(box)
        with Backend(box, GOOD, certified=authority.context()) as backend:
            text = refused(box, backend, SSL_CERT_FILE="/nonexistent")
            true("CA_BUNDLE is not named", "or set CA_BUNDLE" in text, text)


@scenario
def wrong_name_or_time():
    """A certificate for another name, or one that has ended, is not believed."""
    with Box(start=False) as box:
        authority = Authority(box)
        for names, days in (("DNS:elsewhere.example.com", DAYS), ("IP:127.0.0.2", DAYS),
                            ("IP:127.0.0.1", "-1")):
            try:
                context = authority.context(names, days)
            except Exception as error:  # pylint: disable=broad-except
                true("openssl makes no certificate that has ended", days == "-1", error)
                continue
            with Backend(box, GOOD, certified=context) as backend:
                refused(box, backend, CA_BUNDLE=authority.bundle)


@scenario
def not_verified():
    """VERIFY_SSL=0: sent all the same, with a warning at every start."""
    with Box(start=False) as box:
        authority = Authority(box)
        for names in ("IP:127.0.0.1", "DNS:elsewhere.example.com"):
            with Backend(box, GOOD, certified=authority.context(names)) as backend:
                program = once(box, 0, BACKEND_URL=backend.url, PRE_SHARED_KEY=KEY_OF_CLIENT,
                               VERIFY_SSL="0")
                program.wait_for(WARNING)
                equal("requests", len(backend.requests), 1)
                equal("key", backend.requests[0].one("x-pre-shared-key"), KEY_OF_CLIENT)
        with Backend(box, GOOD, certified=authority.context()) as backend:
            program = client(box, BACKEND_URL=backend.url, PRE_SHARED_KEY=KEY_OF_CLIENT,
                             VERIFY_SSL="0", INTERVAL="1")
            backend.wait(3)
            equal("warnings", sum("VERIFY_SSL" in line or "verif" in line.lower()
                                  for line in program.said()), 1)
            program.end()


@scenario
def not_verified_and_refused():
    """VERIFY_SSL=0 reads answers as strictly as ever."""
    with Box(start=False) as box:
        context = Authority(box).context()
        for answer, words in ((said(401, {"error": "Unauthorized"}), "Unauthorized"),
                              (said(200, "<html>"), ""), ("garbage\r\n\r\n", ""), ("", "")):
            with Backend(box, answer, certified=context) as backend:
                program = once(box, 1, BACKEND_URL=backend.url, PRE_SHARED_KEY=KEY_OF_CLIENT,
                               VERIFY_SSL="0")
                text = "\n".join(program.printed() + program.said())
                true(f"{words!r} is told", words in text, text)
        # Plain HTTP where TLS was meant.
        with Backend(box, GOOD) as backend:
            once(box, 1, BACKEND_URL=backend.url.replace("http:", "https:"),
                 PRE_SHARED_KEY=KEY_OF_CLIENT, VERIFY_SSL="0")
            equal("requests", backend.requests, [])


@scenario
def by_name():
    """A backend that is known by name, over both families."""
    with Box(start=False) as box:
        authority = Authority(box)
        context = authority.context("DNS:backend.example.com")
        for address in (LOCAL, LOCAL_V6):
            box.net.named(backend_example_com=address)
            with Backend(box, GOOD, host=address, certified=context) as backend:
                url = "https://backend.example.com:8090"
                once(box, 0, BACKEND_URL=url, PRE_SHARED_KEY=KEY_OF_CLIENT,
                     CA_BUNDLE=authority.bundle)
                equal("Host", backend.requests[0].one("host"), "backend.example.com:8090")


@scenario
def by_ipv6_address():
    """A backend that is known by an IPv6 address: verified by it over TLS, and plainly."""
    with Box(start=False) as box:
        authority = Authority(box)
        context = authority.context("IP:::1")
        for certified in (context, None):
            with Backend(box, GOOD, host=LOCAL_V6, certified=certified) as backend:
                program = once(box, 0, BACKEND_URL=backend.url, PRE_SHARED_KEY=KEY_OF_CLIENT,
                               CA_BUNDLE=authority.bundle)
                equal("lines on stderr", program.said(), [])
                equal("Host", backend.requests[0].one("host"), "[::1]:8090")
        elsewhere = authority.context("IP:::2")
        with Backend(box, GOOD, host=LOCAL_V6, certified=elsewhere) as backend:
            refused(box, backend, CA_BUNDLE=authority.bundle)
        for answer in ("garbage\r\n\r\n", "", None,
                       "HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{}"):
            with Backend(box, answer, host=LOCAL_V6) as backend:
                once(box, 1, BACKEND_URL=backend.url, PRE_SHARED_KEY=KEY_OF_CLIENT)


by_ipv6_address.seconds = 35


@scenario
def bundle_before_verify_ssl():
    """CA_BUNDLE wins over VERIFY_SSL=0: a server it does not vouch for never gets the key."""
    with Box(start=False) as box:
        authority, other = Authority(box), Authority(box, "other")
        with Backend(box, GOOD, certified=authority.context()) as backend:
            text = refused(box, backend, CA_BUNDLE=other.bundle, VERIFY_SSL="0")
            true("VERIFY_SSL is passed over in silence", "VERIFY_SSL=0 has no effect" in text, text)
            once(box, 0, BACKEND_URL=backend.url, PRE_SHARED_KEY=KEY_OF_CLIENT,
                 CA_BUNDLE=authority.bundle, VERIFY_SSL="0")


@scenario
def only_0_is_off():
    """Whatever VERIFY_SSL says that is not exactly 0, the server is verified."""
    with Box(start=False) as box:
        with Backend(box, GOOD, certified=Authority(box).context()) as backend:
            for value in ("off", "no", "false", "FALSE", "00", " 0", "0.0", "nonsense"):
                text = refused(box, backend, VERIFY_SSL=value)
                true(f"{value} is passed over in silence", "VERIFY_SSL" in text, text)


@scenario
def bad_bundle():
    """A CA_BUNDLE that is none: refused, and never taken for no verification."""
    with Box(start=False) as box:
        context = Authority(box).context()
        with Backend(box, GOOD, certified=context) as backend:
            for bundle in (box.net.path("no-such-file"), box.write("empty.pem", ""),
                           box.write("bad.pem", "nonsense\n"), box.net.dir):
                program = client(box, BACKEND_URL=backend.url, PRE_SHARED_KEY=KEY_OF_CLIENT,
                                 CA_BUNDLE=bundle)
                status = program.process.wait(60)
                true("exit status", status in (1, 2), (os.path.basename(bundle), status))
            equal("requests", backend.requests, [])
