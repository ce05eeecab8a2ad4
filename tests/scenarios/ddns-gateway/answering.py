"""Scenarios of what is answered before a provider is asked: paths, methods, tokens, order."""

from box import OTHER_TOKEN, TOKEN, Box, query
from checks import equal, scenario, true
from upstreams import ADDRESS_FIELDS as FIELDS, CREDENTIALS

AUTH = {"enabled": True, "tokens": [TOKEN, OTHER_TOKEN]}
TARGET = "/update?" + query(FIELDS)
NOT_FOUND = b'{"detail":"Not Found"}'
MISSING, INVALID = "Missing authentication token", "Invalid authentication token"
SECRET = {"X-Upstream-Authorization": CREDENTIALS["cloudflare"]}


def bearer(token, scheme="Bearer"):
    """The header."""
    return {"Authorization": f"{scheme} {token}"}


@scenario
def health():
    """/health is answered as the seed shows it, whatever the authentication; only GET is."""
    with Box(auth=AUTH) as box:
        for headers in ({}, bearer(TOKEN), bearer("wrong")):
            reply = box.ask("GET", "/health", headers)
            equal("answer", (reply.status, reply.body), (200, b'{"status":"ok"}'))
            reply.document()
        equal("with a query", box.ask("GET", "/health?x=1").status, 200)
        for method in ("POST", "PUT", "DELETE"):
            equal(method, box.ask(method, "/health", body="").status, 405)


@scenario
def health_is_off():
    """/health is off unless it is asked for: 404, as a path that nobody knows."""
    with Box(health={"enabled": False}) as box:
        reply = box.ask("GET", "/health")
        equal("answer", (reply.status, reply.body), (404, NOT_FOUND))


@scenario
def unknown_paths():
    """Paths that do not exist, with any method and before any token."""
    with Box(auth=AUTH) as box:
        for path in ("/", "/updates", "/update/", "/Update", "//update", "/update/x", "/healthz",
                     "/%75pdate/x", "/..%2fupdate", "/docs", "/openapi.json", "/x" * 1000):
            for method in ("GET", "POST", "DELETE"):
                reply = box.ask(method, path, body=None if method == "GET" else "{}")
                equal(f"{method} {path[:40]}", (reply.status, reply.body), (404, NOT_FOUND))
                reply.document()


@scenario
def other_methods():
    """Neither GET nor POST on /update: 405, before any token, and with `Allow`."""
    with Box(auth=AUTH) as box:
        for method in ("PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "get", "BREW"):
            reply = box.ask(method, TARGET)
            reply.expect(405, "Method Not Allowed")
            if "allow" in reply.headers:
                allowed = {one.strip() for one in reply.headers["allow"].split(",")}
                true("Allow", {"GET", "POST"} <= allowed, reply)
        reply = box.ask("HEAD", TARGET)
        equal("HEAD", (reply.status, reply.body), (405, b""))


@scenario
def disabled_methods():
    """A method that is switched off: 405 with the seed's message, before any token."""
    for key, off, on in (("get_enabled", "GET", "POST"), ("post_enabled", "POST", "GET")):
        with Box(auth=AUTH, methods={key: False}) as box:
            body = "{}" if off == "POST" else None
            box.ask(off, TARGET, body=body).expect(405, f"{off} method is disabled")
            reply = box.ask(on, TARGET, body="{}" if on == "POST" else None)
            reply.expect(401, MISSING)
            box.ask("PUT", TARGET).expect(405, "Method Not Allowed")


@scenario
def missing_token():
    """No Authorization, an empty one or another scheme: 401."""
    with Box(auth=AUTH) as box:
        for headers in ({}, {"Authorization": ""}, {"Authorization": "Bearer"},
                        {"Authorization": "Bearer "}, {"Authorization": "Basic dTpw"},
                        {"Authorization": TOKEN}, {"X-Authorization": "Bearer " + TOKEN}):
            reply = box.ask("GET", TARGET, headers | SECRET).expect(401, MISSING)
            true("WWW-Authenticate", reply.headers.get("www-authenticate", "Bearer").startswith(
                "Bearer"), reply)
        box.ask("POST", "/update", SECRET, "{}").expect(401, MISSING)
        equal("requests", box.upstreams.calls(), [])


@scenario
def invalid_token():
    """A token that is none of those configured: 403."""
    with Box(auth=AUTH) as box:
        for token in ("wrong", TOKEN[:-1], TOKEN + "x", TOKEN.upper(), TOKEN + " " + TOKEN,
                      f'"{TOKEN}"', "x" * 4000, TOKEN.swapcase()):
            box.ask("GET", TARGET, bearer(token) | SECRET).expect(403, INVALID)
        box.ask("POST", "/update", bearer("wrong"), "{").expect(403, INVALID)
        equal("requests", box.upstreams.calls(), [])


@scenario
def valid_tokens():
    """Each of the tokens, the scheme in any case and with blanks: the update is made."""
    with Box(auth=AUTH) as box:
        action = "created"
        for headers in (bearer(TOKEN), bearer(OTHER_TOKEN), bearer(TOKEN, "bearer"),
                        bearer(TOKEN, "BEARER"), {"Authorization": f"Bearer   {TOKEN}  "},
                        {"authorization": f"Bearer {TOKEN}"}):
            box.done(action, "cloudflare", headers=headers)
            action = "unchanged"


@scenario
def no_tokens():
    """Authentication without a token configured: all requests are refused."""
    with Box(auth={"enabled": True, "tokens": []}) as box:
        box.ask("GET", TARGET, SECRET).expect(401, MISSING)
        box.ask("GET", TARGET, bearer(TOKEN) | SECRET).expect(403, INVALID)
        box.ask("GET", TARGET, {"Authorization": "Bearer "} | SECRET).expect(401, MISSING)


@scenario
def no_authentication():
    """Authentication switched off: no token, or any, will do."""
    with Box(auth={"enabled": False, "tokens": [TOKEN]}) as box:
        box.done("created", "cloudflare")
        box.done("unchanged", "cloudflare", headers=bearer("wrong"))


@scenario
def order_of_checks():
    """Of several faults the first in order is told: path, method, token, type, fields, and so on.
    """
    with Box(auth=AUTH, methods={"get_enabled": False}) as box:
        token, json_type = bearer(TOKEN), {"Content-Type": "application/json"}
        bad = '{"provider":"nobody"}'
        equal("path", box.ask("POST", "/nothing", {}, bad).status, 404)
        box.ask("GET", "/update", {}).expect(405, "GET method is disabled")
        box.ask("POST", "/update", {}, bad).expect(401, MISSING)
        box.ask("POST", "/update", bearer("wrong"), bad).expect(403, INVALID)
        box.ask("POST", "/update", token, bad).expect_error(415)
        box.ask("POST", "/update", token | json_type, bad).expect_error(422, "Missing")
        good = '{"provider":"cloudflare","zone":"none.example","record":"home","type":"A",' \
               '"value":"192.0.2.1"}'
        box.ask("POST", "/update", token | json_type, good).expect_error(
            400, "Missing required credential")
        box.ask("POST", "/update", token | json_type | SECRET, good).expect_error(
            400, "Zone not found for domain")


@scenario
def content_types():
    """POST takes application/json, with parameters and in any case, and nothing else: 415."""
    with Box() as box:
        body = '{"provider":"cloudflare","zone":"example.com","record":"home","type":"A",' \
               '"value":"192.0.2.1"}'
        for media in (None, "", "text/plain", "application/x-www-form-urlencoded",
                      "multipart/form-data; boundary=x", "application/jsonp", "json",
                      "text/json", "application/json+x"):
            headers = SECRET if media is None else SECRET | {"Content-Type": media}
            box.ask("POST", "/update", headers, body).expect_error(415)
        equal("requests", box.upstreams.calls(), [])
        for media in ("application/json", "application/json; charset=utf-8", "Application/JSON",
                      "application/json;charset=UTF-8"):
            reply = box.ask("POST", "/update", SECRET | {"Content-Type": media}, body)
            equal(f"{media}: {reply}", reply.status, 200)


@scenario
def credentials():
    """Every spelling of X-Upstream-Authorization that the sheet allows."""
    with Box() as box:
        from upstreams import ALI_ID as name, ALI_SECRET as secret, CF_TOKEN as token
        box.upstreams.have("aliyun", "home", "A", "192.0.2.77")
        box.upstreams.have("cloudflare", "home", "A", "192.0.2.77")
        for value in (f'ApiKey id="{name}", secret="{secret}"', f'ApiKey id={name},secret={secret}',
                      # RouterOS splits headers at commas.
                      f'ApiKey id="{name}" secret="{secret}"', f'ApiKey id={name} secret={secret}',
                      f"apikey secret='{secret}', id='{name}'",
                      f'APIKEY ID="{name}", SECRET={secret}',
                      f'ApiKey   id = "{name}" ,  secret = "{secret}"  ',
                      f"ApiKey id='{name}',secret=\"{secret}\""):
            box.done("unchanged", "aliyun", credentials=value)
        for value in (f'ApiKey secret="{token}"', f'ApiKey secret={token}',
                      f"ApiKey Secret='{token}'", f'ApiKey id="whoever", secret="{token}"',
                      f'ApiKey id="", secret="{token}"', f'ApiKey secret="{token}", id="x"'):
            box.done("unchanged", "cloudflare", credentials=value)
        lower = {"x-upstream-authorization": f"ApiKey secret={token}"}
        fields = dict(FIELDS)
        reply = box.raw_update(fields, credentials=None, headers=lower)
        equal("a name in lower case", reply.status, 200)
        box.raw_update(fields, headers=lower).expect_error(400, "is given twice")


@scenario
def missing_credentials():
    """No credentials, half of them or none that can be read: 400, and nobody is asked."""
    with Box() as box:
        words = "Missing required credential"
        fields = dict(FIELDS)
        for post in (False, True):
            for value in (None, 'ApiKey secret=""', "ApiKey secret=", 'ApiKey id="x"'):
                box.raw_update(fields, post, value).expect_error(400, words)
            # What cannot be read may be told in other words.
            for value in ("ApiKey", "secret=x", "Bearer abcdefgh", "ApiKey x",
                          'ApiKey secrets="x"', "Basic dTpw", "ApiKeysecret=x", "ApiKey ,,"):
                message = box.raw_update(fields, post, value).expect_error(400)
                true("words", words in message or "X-Upstream-Authorization" in message, message)
        for provider in ("aliyun", "tencent"):
            fields["provider"] = provider
            for value in ('ApiKey secret="onlyTheSecret"', 'ApiKey id="", secret="x"',
                          'ApiKey id="onlyTheId"', 'ApiKey id="x", secret=""'):
                box.raw_update(fields, False, value).expect_error(400, words)
        equal("requests", box.upstreams.calls(), [])


@scenario
def unfit_credentials():
    """Credentials no header can carry are refused here, or by the provider; nothing is forged."""
    with Box() as box:
        for value in ('ApiKey secret="a b c d"', "ApiKey secret=\"x\\\"y\"", 'ApiKey secret="ä"',
                      'ApiKey secret="' + "x" * 3000 + '"', 'ApiKey secret="x', "ApiKey secret=x'",
                      'ApiKey secret="a", secret="b"'):
            reply = box.raw_update(dict(FIELDS), False, value)
            true(f"status for {value[:40]!r}", reply.status in (400, 431), reply)
            if reply.status == 400:
                reply.expect_error(400)
        box.upstreams.check()
        for name in ("aliyun", "tencent"):
            for value in ('ApiKey id="a,b/c", secret="x y"', 'ApiKey id="ü", secret="x"',
                          'ApiKey id="a b", secret="x"'):
                reply = box.raw_update(dict(FIELDS) | {"provider": name}, False, value)
                reply.expect_error(400)
