"""The signatures of Aliyun (ACS3) and Tencent (TC3) as their servers compute them: with hmac."""

import calendar
import hashlib
import hmac
import re
import time
from urllib.parse import quote, unquote

ACS3, TC3 = "ACS3-HMAC-SHA256", "TC3-HMAC-SHA256"
ACS3_HEADERS = ("host", "x-acs-action", "x-acs-content-sha256", "x-acs-date",
                "x-acs-signature-nonce", "x-acs-version")
TC3_HEADERS = ("content-type", "host")


class Unreadable(Exception):
    """The words say what is wrong with an Authorization header or a query."""


def sha256(data):
    """The digest of bytes, as hex."""
    return hashlib.sha256(data).hexdigest()


def keyed(key, text):
    """The HMAC of a text."""
    return hmac.new(key, text.encode(), hashlib.sha256).digest()


def encoded(text):
    """Percent-encoding of RFC 3986, as both sign it."""
    return quote(text, safe="-_.~")


def decoded_query(query, sdk=False):
    """The parameters of a query, which has each once; official SDKs write `+` for a blank."""
    found = {}
    if sdk:
        query = query.replace("+", "%20")
    if "+" in query:
        raise Unreadable(f"a bare plus sign in {query}")
    for part in query.split("&") if query else ():
        if re.search(r"%(?![0-9A-F]{2})", part):
            raise Unreadable(f"a percent sign that is no escape in capitals: {part}")
        name, _, value = part.partition("=")
        name, value = unquote(name, errors="strict"), unquote(value, errors="strict")
        if name in found:
            raise Unreadable(f"{name} twice in the query")
        found[name] = value
    return found


def canonical(method, path, parameters, headers, names, payload_hash):
    """The canonical request, which both make alike."""
    query = "&".join(f"{encoded(name)}={encoded(value)}"
                     for name, value in sorted(parameters.items()))
    block = "".join(f"{name}:{headers[name].strip()}\n" for name in names)
    return "\n".join((method, path, query, block, ";".join(names), payload_hash))


def acs3(secret, method, path, parameters, headers, names, payload_hash):
    """The signature, and what was signed."""
    text = f"{ACS3}\n" + sha256(
        canonical(method, path, parameters, headers, names, payload_hash).encode())
    return keyed(secret.encode(), text).hex(), text


def tc3(secret, service, timestamp, headers, names, body):
    """The signature of a POST of such a body at such a time."""
    date = time.strftime("%Y-%m-%d", time.gmtime(timestamp))
    scope = f"{date}/{service}/tc3_request"
    request = canonical("POST", "/", {}, headers, names, sha256(body))
    text = f"{TC3}\n{timestamp}\n{scope}\n{sha256(request.encode())}"
    key = ("TC3" + secret).encode()
    for part in (date, service, "tc3_request"):
        key = keyed(key, part)
    return keyed(key, text).hex(), scope


def acs3_parts(value):
    """(id, names of signed headers, signature) of an Authorization header."""
    match = re.fullmatch(ACS3 + r" Credential=([^,\s]+),SignedHeaders=([a-z0-9;-]+),"
                         r"Signature=([0-9a-f]{64})", value)
    if not match:
        raise Unreadable(f"an Authorization that is none of ACS3: {value}")
    return match[1], match[2].split(";"), match[3]


def tc3_parts(value):
    """(id, scope, names of signed headers, signature) of an Authorization header."""
    match = re.fullmatch(TC3 + r" Credential=([^/,\s]+)/([^,\s]+), SignedHeaders=([a-z0-9;-]+), "
                         r"Signature=([0-9a-f]{64})", value)
    if not match:
        raise Unreadable(f"an Authorization that is none of TC3: {value}")
    return match[1], match[2], match[3].split(";"), match[4]


def acs3_time(text):
    """Seconds since 1970 of an x-acs-date."""
    try:
        if re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", text):
            return calendar.timegm(time.strptime(text, "%Y-%m-%dT%H:%M:%SZ"))
    except ValueError:
        pass
    raise Unreadable(f"an x-acs-date that is none: {text}")
