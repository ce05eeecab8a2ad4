"""The stand-in for Tencent's DNSPod, API 3.0: requests signed by TC3, errors under status 200."""

import json
import time

from provider import Provider, Refused, is_value
from signing import TC3_HEADERS, Unreadable, tc3, tc3_parts
from wire import Answer

VERSION, SERVICE = "2021-03-23", "dnspod"
CLOCK_SECONDS_MAX = 5 * 60
TTL_DEFAULT, TTL_MIN, TTL_MAX = 600, 600, 604800
DEFAULT_LINE = "默认"
# What each action must have and may have, with the type of each.
ACTIONS = {
    "DescribeRecordList": ({"Domain": str}, {
        "SubDomain": str, "Subdomain": str, "RecordType": str, "RecordLine": str,
        "RecordLineId": str, "Keyword": str, "Offset": int, "Limit": int, "ErrorOnEmpty": str,
        "DomainId": int, "GroupId": int, "SortField": str, "SortType": str}),
    "CreateRecord": ({"Domain": str, "RecordType": str, "RecordLine": str, "Value": str}, {
        "SubDomain": str, "TTL": int, "Remark": str, "MX": int, "Weight": int, "Status": str,
        "RecordLineId": str, "DomainId": int}),
    "ModifyRecord": ({"Domain": str, "RecordType": str, "RecordLine": str, "Value": str,
                      "RecordId": int}, {
        "SubDomain": str, "TTL": int, "Remark": str, "MX": int, "Weight": int, "Status": str,
        "RecordLineId": str, "DomainId": int}),
    "DeleteRecord": ({"Domain": str, "RecordId": int}, {"DomainId": int}),
}
HEADERS = {"host", "authorization", "content-type", "content-length", "x-tc-action",
           "x-tc-version", "x-tc-timestamp", "x-tc-language", "x-tc-region",
           "x-tc-requestclient", "accept", "user-agent", "connection", "accept-encoding"}


class Tencent(Provider):
    """`accounts` is {id: secret}."""

    name = "tencent"
    nonsense = "InvalidParameter"

    def made(self, record):
        return {"RecordId": 1_800_000_000 + next(self.numbers), "Line": DEFAULT_LINE,
                "LineId": "0", "TTL": TTL_DEFAULT, "MX": 0, "Status": "ENABLE", "Remark": "",
                "MonitorStatus": "", "UpdatedOn": "2026-01-01 00:00:00", "Weight": None} | record

    def action(self, request):
        return request.headers.get("x-tc-action", "none")

    def answered(self, **fields):
        """An answer in the form that all have."""
        number = f"{next(self.numbers):08x}-0000-4000-a000-0123456789ab"
        return Answer(200, json.dumps({"Response": fields | {"RequestId": number}},
                                      ensure_ascii=False))

    def refusal(self, refused):
        return self.answered(Error={"Code": refused.code, "Message": refused.message})

    def serve(self, request):
        self.check_signature(request)
        body = self.body_of(request)
        with self.lock:
            if body["Domain"].lower() not in self.zones:
                raise Refused("ResourceNotFound.NoDataOfDomain", "No domain data was found.")
            return {"DescribeRecordList": self.describe, "CreateRecord": self.create,
                    "ModifyRecord": self.modify,
                    "DeleteRecord": self.delete}[self.action(request)](body)

    def check_signature(self, request):
        """Refuses what is not signed as it must be."""
        headers = request.headers
        self.demand(request.method == "POST" and request.path == "/" and not request.query,
                    "not POST /")
        self.known(request, HEADERS)
        self.demand(headers.get("x-tc-version") == VERSION, "x-tc-version")
        stamp = headers.get("x-tc-timestamp", "")
        self.demand(stamp.isdigit(), f"X-TC-Timestamp {stamp!r}")
        try:
            name, scope, names, signature = tc3_parts(headers.get("authorization", ""))
        except Unreadable as error:
            self.violated(str(error))
            raise Refused("AuthFailure.InvalidAuthorization", str(error)) from error
        self.demand(names == sorted(set(names)) and set(TC3_HEADERS) <= set(names)
                    and set(names) <= set(headers), f"signed headers {names}")
        if name not in self.accounts:
            raise Refused("AuthFailure.SecretIdNotFound", "The SecretId is not found, please "
                          "ensure that your SecretId is correct.")
        wanted, scope_wanted = tc3(self.accounts[name], SERVICE, int(stamp), headers, names,
                                   request.body)
        self.demand(scope == scope_wanted, f"scope {scope}")
        if signature != wanted:
            raise Refused("AuthFailure.SignatureFailure", "The provided credentials could not be "
                          "validated. Please check your signature is correct.")
        if abs(int(stamp) - time.time()) > CLOCK_SECONDS_MAX:
            raise Refused("AuthFailure.SignatureExpire", "Signature is expired.")

    def body_of(self, request):
        """The document sent, with what its action takes in it."""
        media = request.headers["content-type"]
        self.demand(media.split(";")[0] == "application/json", f"Content-Type {media!r}")
        self.demand(self.action(request) in ACTIONS, f"action {self.action(request)}")
        must, may = ACTIONS[self.action(request)]
        try:
            body = json.loads(request.body)
        except ValueError:
            body = None
        self.demand(isinstance(body, dict), f"body {request.body!r}")
        self.demand(set(must) <= set(body) <= set(must | may), f"{self.action(request)} {body}")
        for key, value in body.items():
            self.demand(type(value) is (must | may)[key], f"{key} is {value!r}")
        return body

    def describe(self, body):
        """The records that fit; an error where none does, unless that is not wanted."""
        name, kind = body.get("SubDomain", body.get("Subdomain")), body.get("RecordType")
        limit, offset = body.get("Limit", 100), body.get("Offset", 0)
        self.demand(1 <= limit <= 3000, f"Limit {limit}")
        found = [one for one in self.records if one["Domain"] == body["Domain"].lower()
                 and name in (None, one["Name"]) and kind in (None, one["Type"])]
        if not found and body.get("ErrorOnEmpty", "yes") != "no":
            raise Refused("ResourceNotFound.NoDataOfRecord", "No records on the list.")
        shown = [{key: value for key, value in one.items() if key != "Domain"}
                 for one in found[offset:offset + limit]]
        return self.answered(RecordList=shown, RecordCountInfo={
            "SubdomainCount": len(found), "ListCount": len(shown), "TotalCount": len(found)})

    def wanted(self, body, record):
        """The fields of a record that is to be; what is left out gets its default."""
        ttl = body.get("TTL", TTL_DEFAULT)
        wanted = {"Domain": body["Domain"].lower(), "Name": body.get("SubDomain", "@"),
                  "Type": body["RecordType"], "Value": body["Value"], "TTL": ttl,
                  "Line": body["RecordLine"], "Status": body.get("Status", "ENABLE"),
                  "Weight": body.get("Weight"), "MX": body.get("MX", 0)}
        if "Remark" in body:
            wanted["Remark"] = body["Remark"]
        if ttl < self.settings.get("ttl_min", TTL_MIN) or ttl > TTL_MAX:
            raise Refused("LimitExceeded.RecordTtlLimit", "The TTL value of the record exceeds "
                          "the limit.")
        if not is_value(wanted["Type"], wanted["Value"]):
            raise Refused("InvalidParameter.RecordValueInvalid", "The record value is invalid.")
        if wanted["Line"] not in (DEFAULT_LINE, "境外", "电信"):
            raise Refused("InvalidParameter.RecordLineInvalid", "The record line is incorrect.")
        beside = [one for one in self.records if one is not record
                  and all(one[key] == wanted[key] for key in ("Domain", "Name", "Line"))]
        if any((one["Type"], one["Value"]) == (wanted["Type"], wanted["Value"])
               for one in beside):
            raise Refused("InvalidParameter.DomainRecordExist", "The record already exists.")
        if any("CNAME" in (one["Type"], wanted["Type"]) for one in beside):
            raise Refused("FailedOperation.UnknowError", "Conflicts with a CNAME record.")
        return wanted

    def create(self, body):
        """A new record."""
        self.demand("SubDomain" in body, "SubDomain is left out")
        record = self.made(self.wanted(body, None))
        self.records.append(record)
        return self.answered(RecordId=record["RecordId"])

    def record_of(self, body):
        """The record of that number."""
        for record in self.records:
            if (record["RecordId"], record["Domain"]) == (body["RecordId"],
                                                          body["Domain"].lower()):
                return record
        raise Refused("InvalidParameter.RecordIdInvalid", "The record number is invalid.")

    def modify(self, body):
        """Another value for a record."""
        self.demand("SubDomain" in body, "SubDomain is left out, which would move it to @")
        record = self.record_of(body)
        record.update(self.wanted(body, record))
        return self.answered(RecordId=record["RecordId"])

    def delete(self, body):
        """A record less."""
        self.records.remove(self.record_of(body))
        return self.answered()
