"""The stand-in for the provider's API, on the loopback interface of a scenario's machine."""

import os

from cloudflare_api import ADDRESS, PORT, Cloudflare
from netns import command

# Where it is set the API is served over TLS, for builds without plain HTTP.
IS_TLS = bool(os.environ.get("DDNSBOX_API_TLS"))
URL = f"http{'s' * IS_TLS}://{ADDRESS}:{PORT}/client/v4"


class Api(Cloudflare):
    """The stand-in with these records, which misbehaves like that from its start."""

    def __init__(self, net, records=(), faults=()):
        words = [("--record", one) for one in records] + [("--fault", one) for one in faults]
        self.certificate = os.path.join(net.dir, "api.pem")
        if IS_TLS:
            key = os.path.join(net.dir, "api.key")
            command("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                    "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj",
                    f"/CN={ADDRESS}", "-addext", f"subjectAltName=IP:{ADDRESS}", "-keyout", key,
                    "-out", self.certificate)
            words.append(("--tls-cert", self.certificate, "--tls-key", key, "--keep-alive"))
        super().__init__(net.dir, *(word for part in words for word in part),
                         namespace=net.machine)
        if IS_TLS:
            self.trust(self.certificate)
        self.start()

    def environment(self):
        """What the program needs to trust it."""
        return {"SSL_CERT_FILE": self.certificate} if IS_TLS else {}
