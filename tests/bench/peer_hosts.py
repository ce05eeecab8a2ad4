"""`POST /update` of hetzner-dyndns on Flask, with no more than it needs: for the benchmark only.

The original is not at hand; what it does for an address it has seen already is done here on its
framework: parameters, key, address, a look into a dictionary, one answer. PEER_HOST is the host
and PEER_KEY its key; PEER_PORT is for Flask's own server, with which the original runs.
"""

import hmac
import ipaddress
import logging
import os

from flask import Flask, jsonify, request

KEYS = {os.environ["PEER_HOST"]: os.environ["PEER_KEY"]}
logging.basicConfig(level=logging.INFO)
app = Flask(__name__)
seen = {}


@app.post("/update")
def update():
    """An address that has been seen is unchanged; a new one counts as seen, as nobody is asked."""
    body = request.get_json(silent=True) or {}
    fqdn = body.get("fqdn")
    if not fqdn:
        return jsonify(error="Missing FQDN"), 400
    key = KEYS.get(fqdn, "")
    given = request.headers.get("X-Pre-Shared-Key", "")
    if not key or not hmac.compare_digest(given.encode(), key.encode()):
        return jsonify(error="Unauthorized"), 401
    kind = body.get("type", "A")
    try:
        address = ipaddress.ip_address(body.get("ip") or request.remote_addr)
    except ValueError:
        return jsonify(error="Invalid IP"), 400
    if address.version != {"A": 4, "AAAA": 6}.get(kind):
        return jsonify(error="IP version mismatch"), 400
    if seen.get((fqdn, kind)) != str(address):
        seen[fqdn, kind] = str(address)
    app.logger.info("%s %s unchanged", fqdn, address)
    return jsonify(status="unchanged", ip=str(address))


if __name__ == "__main__":
    app.run(host="127.0.0.1", port=int(os.environ["PEER_PORT"]))
