"""Scenarios of the start: what the name's records are when the daemon comes, and what it does."""

import re

from box import A, B, C, Box
from cloudflare_api import TARGET as NAME
from checks import equal, scenario, true

STALE = [f"2001:db8:dead::{number}" for number in range(1, 6)]


@scenario
def absent():
    """No record: one is created, with the ttl that is set."""
    with Box([A], ttl=120) as box:
        calls = box.synced(A, "created", caused=False)
        equal("ttl", calls[1].body["ttl"], 120)
        true("another path", f"type=AAAA&name={NAME}" in calls[0].path
             or f"name={NAME}&type=AAAA" in calls[0].path, calls[0].path)


@scenario
def equal_already():
    """The record has the address already: one GET, no write."""
    with Box([A], records=[A]) as box:
        box.synced(A, "unchanged", caused=False)
        box.quiet()


@scenario
def another_usable():
    """The record has an address that is usable though not the best: it stays, without a write."""
    with Box([A, B], records=[B]) as box:
        box.synced(B, "unchanged", caused=False)
        box.remove(A)
        box.quiet()


@scenario
def stale():
    """The record has an address that is gone: only the content changes, all else stays."""
    with Box([A], start=False) as box:
        kept = {"proxied": True, "ttl": 3600, "comment": "mine", "tags": ["owner:me"]}
        box.api.add(C, **kept)
        before = box.api.records()[0]
        box.start()
        box.synced(A, "updated", caused=False, body={"content": A})
        after = box.api.records()[0]
        for one in (before, after):
            del one["modified_on"], one["content"]
        equal("the rest of the record", after, before)
        equal("kept", {key: after[key] for key in kept}, kept)


@scenario
def none_usable():
    """A record but no usable address: it stays, and the log says so once."""
    with Box(records=[C]) as box:
        box.warned()
        box.holds(C)


@scenario
def other_types():
    """Records of other types and names are none of its business."""
    with Box([A], records=["192.0.2.1"], start=False) as box:
        box.api.add(C, name="other.example.com")
        box.start(multi_record="all")
        box.synced(A, "created", caused=False)
        equal("records", sorted(one["content"] for one in box.api.records()),
              sorted(["192.0.2.1", C, A]))


@scenario
def several_are_an_error():
    """multi_record=error, two or five records: refused, each named, none touched."""
    for contents in (STALE[:2], STALE, [A, STALE[0]]):
        with Box([A], records=contents) as box:
            line, _ = box.failed("AAAA")
            equal("records not named", [one for one in contents if one not in line], [])
            equal("requests", [call.method for call in box.calls()], ["GET"])
            box.holds(*contents)


@scenario
def first_of_several():
    """multi_record=first, none, one, two or five records: the first listed is patched."""
    for count in (0, 1, 2, 5):
        with Box([A], records=STALE[:count], multi_record="first") as box:
            box.daemon.wait_for(r"^Synced: ")
            calls = box.calls()
            equal("requests", [call.method for call in calls],
                  ["GET", "PATCH" if count else "POST"])
            if count:
                equal("what was written", calls[1].body, {"content": A})
            box.holds(A, *STALE[1:count])
            equal("the first listed", box.api.records()[0]["content"], A)


@scenario
def first_is_right():
    """multi_record=first, the first listed is right already: no write."""
    with Box([A], records=[A, *STALE[:2]], multi_record="first") as box:
        box.daemon.wait_for(r"^Synced: .* \(unchanged\)\.$")
        equal("requests", [call.method for call in box.calls()], ["GET"])
        box.holds(A, *STALE[:2])


@scenario
def second_is_right():
    """multi_record=first, the second listed is right already: no write the API must refuse."""
    with Box([A], records=[STALE[0], A], multi_record="first") as box:
        box.daemon.wait_for("^Synced: ")
        true("a refused write", {call.status for call in box.calls()} == {200}, box.api.calls())
        box.quiet(allowed="^(Detected|Synced)")
        true("the address is gone", A in [one["content"] for one in box.api.records()])


def all_become(contents, how, writes):
    """multi_record=all with these records: A alone is left, by so many writes."""
    with Box([A], records=contents, multi_record="all") as box:
        # One change alone needs no batch.
        write = "DELETE" if len(contents) == 2 and A in contents else "POST"
        calls = box.synced(A, how, ["GET"] + [write] * writes, caused=False)
        removed = [re.sub(r"^Removed (\S+) from .*$", r"\1", line)
                   for line in box.said if line.startswith("Removed ")]
        gone = [one for one in contents if one != A]
        if writes:
            batch = calls[1].path.endswith("/dns_records/batch")
            equal("a batch", batch, write == "POST")
            # All but one if none was right: that one is the one that was changed.
            expected = len(gone) if A in contents else len(gone) - 1
            true("each removal is logged", len(removed) == expected and set(removed) <= set(gone),
                 f"{removed} of {gone}")
        else:
            equal("removals", removed, [])
        box.quiet()


@scenario
def all_of_several():
    """multi_record=all, two or five stale records: one batch, the others removed and logged."""
    all_become(STALE[:2], "updated", 1)
    all_become(STALE, "updated", 1)


@scenario
def all_some_right():
    """multi_record=all, one of two or five is right: it is kept, the others go in one batch."""
    all_become([STALE[0], A], "unchanged", 1)
    all_become([A, STALE[0]], "unchanged", 1)
    all_become([*STALE[:2], A, *STALE[2:4]], "unchanged", 1)


@scenario
def all_of_one_or_none():
    """multi_record=all with one record or none: as without it."""
    all_become([A], "unchanged", 0)
    with Box([A], multi_record="all") as box:
        box.synced(A, "created", caused=False)
    with Box([A], records=STALE[:1], multi_record="all") as box:
        box.daemon.wait_for(r"^Synced: .* \(updated\)\.$")
        equal("requests", len(box.calls()), 2)
        box.holds(A)
        equal("records made anew", box.api.records()[0]["id"], f"{1:032x}")


@scenario
def all_two_usable():
    """multi_record=all, two records that are both usable: one of them stays, the other goes."""
    with Box([A, B], records=[B, A], multi_record="all") as box:
        box.daemon.wait_for("^Synced: ")
        equal("requests", len(box.calls()), 2)
        left = [one["content"] for one in box.api.records()]
        true("not one of the two", left in ([A], [B]), left)
        box.quiet(allowed="^(Detected|Synced|Removed)")


@scenario
def hundred_records():
    """multi_record=all, a hundred and fifty records: the list is read to its end, one batch."""
    every = [f"2001:db8:dead::{number:x}" for number in range(1, 151)]
    with Box([A], records=every, multi_record="all") as box:
        box.daemon.wait_for(r"^Synced: .* \(updated\)\.$")
        methods = [call.method for call in box.calls()]
        true("requests", methods[-1] == "POST" and set(methods[:-1]) == {"GET"}, methods)
        box.holds(A)
