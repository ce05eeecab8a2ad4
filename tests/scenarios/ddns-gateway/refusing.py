"""Scenarios of providers that refuse, fail, are slow, or answer what cannot be understood."""

import time

from box import Box
from checks import equal, scenario, took, true
from subject import patience
from upstreams import (ALI_ID, CF_BLIND, CF_TOKEN, LOOKS, NAMES, TC_ID, WRITES, ZONE)

OLD, NEW = "192.0.2.5", "192.0.2.77"
QUERY = "Failed to query DNS records: "
TIMEOUT_SECONDS = 2


def fails(box, name, status, *words, **more):
    """An update fails with this status and these words; the next one, undisturbed, works."""
    reply = box.update(name, **more)
    message = reply.expect_error(status, *words)
    true("the message is more than a line", "\n" not in message and len(message) < 600, message)
    return reply


@scenario
def wrong_credentials():
    """Credentials the provider refuses: 400 with its own words, after those of the seed."""
    with Box() as box:
        for name, value, words in (
                ("cloudflare", 'ApiKey secret="wrong-wrong-wrong-wrong-wrong-wrong-wron"',
                 "Invalid access token"),
                ("aliyun", 'ApiKey id="LTAIwrong", secret="whateverItIs0123456789"',
                 "Specified access key is not found."),
                ("aliyun", f'ApiKey id="{ALI_ID}", secret="whateverItIs0123456789"',
                 "Specified signature is not matched with our calculation."),
                ("tencent", 'ApiKey id="AKIDwrong", secret="whateverItIs0123456789"',
                 "The SecretId is not found"),
                ("tencent", f'ApiKey id="{TC_ID}", secret="whateverItIs0123456789"',
                 "The provided credentials could not be validated.")):
            message = box.update(name, credentials=value).expect_error(400, words)
            true("prefix", message.startswith(QUERY), message)
        for name in NAMES:
            box.done("created", name)


@scenario
def no_such_zone():
    """A zone the account does not have: `Zone not found for domain` and nothing is written."""
    with Box() as box:
        for name in NAMES:
            message = box.update(name, zone="nobody.example").expect_error(400)
            if name == "cloudflare":
                true("words", message.startswith("Zone not found for domain"), message)
                true("which", "nobody.example" in message, message)
            else:
                true("words", message.startswith(("Zone not found for domain", QUERY)), message)
            equal("writes", box.upstreams.writes(name), [])
        message = box.update("cloudflare", credentials=f'ApiKey secret="{CF_BLIND}"').expect_error(
            400, "Zone not found for domain")
        true("which", ZONE in message, message)


@scenario
def zone_look_up_fails():
    """A look-up of the zone that fails is not `Zone not found`, and is not remembered."""
    with Box() as box:
        for fault, status in (({"do": "html", "status": 500}, 502), ({"do": "close"}, 502)):
            box.upstreams.misbehave("cloudflare", fault.pop("do"), "GET zones", **fault)
            message = box.update("cloudflare").expect_error(status)
            true("words", "Zone not found" not in message and message.startswith(QUERY), message)
        box.upstreams.misbehave("cloudflare", "error", "GET zones", code=10000,
                                message="Authentication error", status=403)
        fails(box, "cloudflare", 400, QUERY + "Authentication error")
        box.upstreams.behave()
        box.done("created", "cloudflare")


REFUSALS = {
    "cloudflare": [(10000, "Authentication error", 403), (6003, "Invalid request headers", 400),
                   (9109, "Unauthorized to access requested resource", 403)],
    "aliyun": [("Forbidden.RAM", "User not authorized to operate on the specified resource.", 403),
               ("InvalidTimeStamp.Expired", "Specified time stamp or date value is expired.", 400),
               ("InvalidAccessKeyId.Inactive", "Specified access key is disabled.", 400)],
    "tencent": [("AuthFailure.UnauthorizedOperation", "You are not authorized.", 200),
                ("AuthFailure.SignatureExpire", "Signature is expired.", 200),
                ("FailedOperation.DomainIsLocked", "The domain is locked.", 200)]}


@scenario
def refused_looks():
    """A look that is refused: 400, the provider's message behind the seed's words, no write."""
    with Box() as box:
        for name, refusals in REFUSALS.items():
            for code, words, status in refusals:
                box.upstreams.misbehave(name, "error", LOOKS[name], code=code, message=words,
                                        status=status)
                message = box.update(name).expect_error(400, words)
                true("prefix", message.startswith(QUERY + words), message)
            equal("writes", box.upstreams.writes(name), [])
            box.upstreams.behave()
            box.done("created", name)


@scenario
def refused_writes():
    """A write that is refused: 400 with the provider's own message, and nothing before it."""
    with Box() as box:
        for name, number in ((name, number) for name in NAMES for number in (0, 1)):
            box.upstreams.have(name, "home", "A", *[OLD] * number)
            box.upstreams.misbehave(name, "error", WRITES[name][number], code=81053 if
                                    name == "cloudflare" else "Some.Code",
                                    message="It does not please us.", status=400)
            message = box.update(name).expect_error(400)
            true("prefix", message.startswith("It does not please us."), message)
            box.upstreams.behave()


@scenario
def refused_for_real():
    """What each provider itself refuses: a ttl too small, a CNAME beside an address."""
    with Box() as box:
        for name, words in (("cloudflare", "Invalid TTL"), ("aliyun", "The TTL is invalid"),
                            ("tencent", "The TTL value of the record")):
            fails(box, name, 400, words, ttl=30)
            box.upstreams.have(name, "home", "A", OLD)
            fails(box, name, 400, kind="CNAME", value="a.example.net")
            equal("records", box.upstreams.values(name), [OLD])


@scenario
def error_forms():
    """Aliyun's errors as XML and with lower-case keys, Cloudflare's with a chain: understood."""
    with Box() as box:
        box.upstreams.misbehave("aliyun", "error", code="Forbidden", message="Not <you> & yours",
                                status=403, xml=True)
        reply = box.update("aliyun")
        true("status", reply.status in (400, 502), reply)
        reply.expect_error(reply.status)
        body = '{"requestId":"1","hostId":"h","code":"Forbidden","message":"Not you at all."}'
        box.upstreams.misbehave("aliyun", "answer", status=403, body=body)
        fails(box, "aliyun", 400, "Not you at all.")
        box.upstreams.misbehave("cloudflare", "error", "GET records", code=1004, status=400,
                                message="DNS Validation Error", error_chain=[
                                    {"code": 9999, "message": "The cause of it all."}])
        fails(box, "cloudflare", 400, "DNS Validation Error")


@scenario
def throttled():
    """Throttled: 429 with Retry-After, whatever form the provider gives it."""
    with Box() as box:
        for name, do, more, after in (
                ("cloudflare", "error", {"code": 971, "message": "Please wait", "status": 429},
                 None),
                ("cloudflare", "answer", {"status": 429, "body": "{}",
                                          "headers": {"Retry-After": "7"}}, "7"),
                ("cloudflare", "html", {"status": 429}, None),
                ("aliyun", "error", {"code": "Throttling.User", "status": 400,
                                     "message": "Request was denied due to user flow control."},
                 None),
                ("aliyun", "error", {"code": "Throttling", "status": 503, "message": "Slow down."},
                 None),
                ("tencent", "error", {"code": "RequestLimitExceeded", "message": "Too many."},
                 None),
                ("tencent", "error", {"code": "InvalidParameter.OperationIsTooFrequent",
                                      "message": "Too frequent."}, None)):
            for action in (LOOKS[name], WRITES[name][0]):
                box.upstreams.put(name, records=[])
                box.upstreams.misbehave(name, do, action, **more)
                reply = fails(box, name, 429)
                value = reply.headers.get("retry-after", "")
                true("Retry-After", value.isdigit() and int(value) > 0, reply)
                equal("Retry-After", after or value, value)
        box.upstreams.behave()
        for name in NAMES:
            box.done("created", name)


BAD = [({"do": "html", "status": 500}, 502), ({"do": "html", "status": 503}, 502),
       ({"do": "html", "status": 200}, 502), ({"do": "close"}, 502), ({"do": "reset"}, 502),
       ({"do": "cut"}, 502), ({"do": "cut-head"}, 502), ({"do": "garbage"}, 502),
       ({"do": "answer", "status": 200, "body": ""}, 502),
       ({"do": "answer", "status": 200, "body": "{}"}, 502),
       ({"do": "answer", "status": 200, "body": "null"}, 502),
       ({"do": "answer", "status": 200, "body": '{"success":true,"result":null}'}, 502),
       ({"do": "answer", "status": 200, "body": '{"Response":{}}'}, 502),
       ({"do": "answer", "status": 200, "body": "[" * 20000}, 502),
       ({"do": "answer", "status": 204}, 502),
       ({"do": "huge"}, 502), ({"do": "huge-head"}, 502)]


@scenario
def bad_looks():
    """5xx, HTML, cut, closed, garbage, huge, nonsense on a look: 502, no write, and it goes on."""
    with Box(upstream={"timeout": int(patience(8))}) as box:
        for name in NAMES:
            for fault, status in BAD:
                box.upstreams.misbehave(name, action=LOOKS[name], **fault)
                fails(box, name, status)
            equal("writes", box.upstreams.writes(name), [])
            box.upstreams.behave()
            box.done("created", name)


bad_looks.seconds = 60


@scenario
def bad_writes():
    """The same on a write: 502, the write is not sent again, and the next request finds it out."""
    with Box(upstream={"timeout": int(patience(8))}) as box:
        for name in NAMES:
            for fault in ({"do": "html", "status": 500}, {"do": "close"}, {"do": "garbage"},
                          {"do": "answer", "status": 200, "body": "{}"}):
                box.upstreams.put(name, records=[])
                box.upstreams.new_calls()
                box.upstreams.misbehave(name, action=WRITES[name][0], **fault)
                fails(box, name, 502)
                equal("writes", len(box.upstreams.writes(name)), 1)
            for number, fault in ((0, "applied-close"), (1, "applied-close"), (0, "cut")):
                box.upstreams.have(name, "home", "A", *[OLD] * number)
                box.upstreams.misbehave(name, fault, WRITES[name][number])
                fails(box, name, 502)
                equal("values", box.upstreams.values(name), [NEW])
                box.upstreams.behave()
                box.done("unchanged", name)


bad_writes.seconds = 15


@scenario
def nobody_there():
    """Nobody listens at the provider's address: 502 at once."""
    with Box(upstream={"cloudflare_url": "http://127.0.0.1:1/client/v4",
                       "aliyun_url": "http://127.0.0.1:1",
                       "tencent_url": "http://127.0.0.1:1"}) as box:
        for name in NAMES:
            reply = fails(box, name, 502)
            took("seconds", reply.seconds, 0, patience(5))


@scenario
def too_slow():
    """No answer within the timeout: 504 then, and not much later; the next request works."""
    with Box(upstream={"timeout": int(patience(TIMEOUT_SECONDS))}) as box:
        for name, do in (("cloudflare", "silent"), ("aliyun", "silent"), ("tencent", "silent"),
                         ("cloudflare", "drip")):
            box.upstreams.put(name, records=[])
            box.upstreams.misbehave(name, do)
            reply = fails(box, name, 504)
            took("seconds", reply.seconds, patience(TIMEOUT_SECONDS) - 0.2,
                 patience(TIMEOUT_SECONDS) + patience(3))
            box.upstreams.behave()
            box.done("created", name)


@scenario
def too_slow_to_write():
    """A write without an answer: 504, and it is not sent twice."""
    with Box(upstream={"timeout": int(patience(TIMEOUT_SECONDS))}) as box:
        for name in NAMES:
            box.upstreams.misbehave(name, "silent", WRITES[name][0])
            fails(box, name, 504)
            equal("writes", len(box.upstreams.writes(name)), 1)


@scenario
def slow_but_in_time():
    """Answers that take their time but come: success."""
    with Box() as box:
        for name in NAMES:
            box.upstreams.misbehave(name, "delay", seconds=0.5)
            box.done("created", name)


@scenario
def redirected():
    """A redirect is not followed: nobody else gets the credentials."""
    with Box() as box:
        for name in NAMES:
            for status in (301, 302, 307, 308):
                other = "tencent" if name == "cloudflare" else "cloudflare"
                box.upstreams.misbehave(
                    name, "answer", status=status,
                    headers={"Location": box.upstreams.url(other) + "/stolen"})
                reply = box.update(name)
                true("status", reply.status in (400, 502), reply)
                equal("calls elsewhere", box.upstreams.new_calls(other), [])


@scenario
def written_meanwhile():
    """Another has made the very record meanwhile: seen as success, or told; never made twice."""
    with Box() as box:
        for name, code, words, status in (
                ("cloudflare", 81058, "An identical record already exists.", 400),
                ("aliyun", "DomainRecordDuplicate", "The DNS record already exists.", 400),
                ("tencent", "InvalidParameter.DomainRecordExist", "The record exists.", 200)):
            box.upstreams.misbehave(name, "error", WRITES[name][0], times=1, code=code,
                                    message=words, status=status)
            reply = box.update(name)
            if reply.status != 200:
                reply.expect_error(400, words)


@scenario
def token_in_words():
    """A provider that repeats the credentials in its message: they are struck out everywhere."""
    with Box() as box:
        for name, secret in (("cloudflare", CF_TOKEN), ("aliyun", box.secrets[4]),
                             ("tencent", box.secrets[5])):
            for do, more in (("error", {"code": 9109, "message": f"Bad token {secret}!",
                                        "status": 403}),
                             ("answer", {"status": 500, "body": f"<h1>{secret}</h1>"}),
                             ("answer", {"status": 200, "body": f'{{"x":"{secret}"}}'})):
                box.upstreams.misbehave(name, do, **more)
                true("an error", box.update(name).status >= 400)
        time.sleep(0.1)


@scenario
def words_of_the_provider():
    """Control characters and floods in the provider's words reach neither log nor caller."""
    with Box() as box:
        for name in NAMES:
            words = "one\ntwo\r\n2026-01-01 00:00:00 INFO  forged\x1b[31m\x00\x07 " + "x" * 5000
            box.upstreams.misbehave(name, "error", LOOKS[name], code="X", message=words,
                                    status=400)
            message = box.update(name).expect_error(400, "one")
            true("control characters", all(one >= " " for one in message), message)
            true("length", len(message) < 2000, len(message))
        time.sleep(0.1)
        said = "\n".join(box.gateway.lines)
        true("control characters", not {"\x1b", "\0", "\x07"} & set(said), said)
        equal("forged lines", [one for one in box.gateway.lines
                               if one.startswith(("two", "2026-01-01"))], [])
