"""The stand-in for Cloudflare and for whoami, inside a world's internet, with a private CA."""

import json
import os
import subprocess
import time

TOKEN, ZONE, TARGET = "testtoken123", "023e105f4ecef8ad9ca31a8372d0c353", "home.example.com"
T = "/tmp/wb/standin.py"

def make_ca(net):
    """A CA that only this world knows, and a certificate from it for the API's name."""
    d = os.path.join(net.dir, "ca")
    os.mkdir(d, 0o755)
    def openssl(*a):
        subprocess.run(["openssl", *a], cwd=d, check=True, capture_output=True)
    openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
            "-keyout", "ca.key", "-out", "ca.pem", "-days", "30", "-subj", "/CN=World CA",
            "-addext", "keyUsage=critical,keyCertSign")
    openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
            "-keyout", "leaf.key", "-out", "leaf.csr", "-subj", "/CN=api.cloudflare.com")
    with open(os.path.join(d, "ext"), "w") as f:
        f.write("subjectAltName=DNS:api.cloudflare.com\nbasicConstraints=CA:FALSE\nextendedKeyUsage=serverAuth\n")
    openssl("x509", "-req", "-in", "leaf.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial",
            "-days", "30", "-extfile", "ext", "-out", "leaf.pem")
    return d

class Standin:
    def __init__(self, net, whoami, delay):
        self.net, self.ps = net, []
        d = make_ca(net); self.ca = d + "/ca.pem"
        self.log = net.dir + "/api.log"; open(self.log, "w").close()
        self.dlog = net.dir + "/dns.log"
        self.start("dns", "1.1.1.1", "53", whoami, "api.cloudflare.com=192.0.2.10", log=self.dlog)
        self.start("api", "192.0.2.10", "443", d + "/leaf.pem", d + "/leaf.key", self.log, str(delay), log=net.dir + "/x.log")
        self.start("api", "192.0.2.10", "80", "-", "-", net.dir+"/plain.log", "0", log=net.dir + "/y.log")
    def start(self, *a, log):
        f = open(log, "wb")
        self.ps.append(subprocess.Popen(["ip", "netns", "exec", self.net.inet, "python3", T, *a], stdout=f, stderr=f))
        for _ in range(500):
            if "ready" in open(log).read(): return
            time.sleep(0.01)
        raise Exception(open(log).read())
    def stop(self):
        for p in self.ps: p.kill(); p.wait()
    def requests(self): return [l for l in open(self.log).read().splitlines() if "/zones/x/" not in l]
    def whoami_count(self): return open(self.dlog).read().count("whoami ")
    def stop_whoami(self): self.ps[0].kill(); self.ps[0].wait()
    def records(self):
        out = self.net.within(self.net.inet, "curl", "-s", "--cacert", self.ca, "--resolve", "api.cloudflare.com:443:192.0.2.10", "https://api.cloudflare.com/client/v4/zones/x/dns_records")
        return json.loads(out)["result"]
    def other_ca(self):
        d = self.net.dir + "/other"; os.mkdir(d)
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
            "-keyout", "ca.key", "-out", "ca.pem", "-days", "30", "-subj", "/CN=Other CA"], cwd=d, check=True, capture_output=True)
        return d + "/ca.pem"
