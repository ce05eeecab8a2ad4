"""The stand-in for Aliyun DNS: RPC requests signed by ACS3, one write of a zone at a time."""

import json
import time

from provider import Provider, Refused, is_value
from signing import (ACS3_HEADERS, Unreadable, acs3, acs3_parts, acs3_time, decoded_query, sha256)
from wire import Answer

VERSION = "2015-01-09"
CLOCK_SECONDS_MAX = 15 * 60
TTL_DEFAULT, TTL_MIN, TTL_MAX = 600, 600, 86400
# How long a write takes here, so that others of the same zone can come into its way.
WRITE_SECONDS = 0.1
# What each action must have and may have.
ACTIONS = {
    "DescribeDomainRecords": ({"DomainName"}, {
        "PageNumber", "PageSize", "SearchMode", "RRKeyWord", "TypeKeyWord", "ValueKeyWord", "Type",
        "Line", "Status", "KeyWord", "OrderBy", "Direction", "GroupId", "Lang"}),
    "AddDomainRecord": ({"DomainName", "RR", "Type", "Value"},
                        {"TTL", "Line", "Priority", "Lang"}),
    "UpdateDomainRecord": ({"RecordId", "RR", "Type", "Value"},
                           {"TTL", "Line", "Priority", "Lang"}),
    "UpdateDomainRecordRemark": ({"RecordId"}, {"Remark", "Lang"}),
    "DeleteDomainRecord": ({"RecordId"}, {"Lang"}),
}
HEADERS = {*ACS3_HEADERS, "authorization", "accept", "user-agent", "connection", "content-length",
           "content-type", "accept-encoding"}


class Aliyun(Provider):
    """`accounts` is {id: secret}."""

    name = "aliyun"
    nonsense = "InvalidParameter"

    def __init__(self):
        super().__init__()
        self.nonces, self.busy = set(), set()

    def made(self, record):
        return {"RecordId": str(9_000_000_000_000_000_000 + next(self.numbers)),
                "TTL": TTL_DEFAULT, "Line": "default", "Status": "ENABLE", "Locked": False,
                "Weight": 1} | record

    def action(self, request):
        return request.headers.get("x-acs-action", "none")

    def request_id(self):
        """A number of the form that theirs have."""
        return f"{next(self.numbers):08X}-0000-5000-A000-0123456789AB"

    def refusal(self, refused):
        fields = {"RequestId": self.request_id(), "HostId": "alidns.aliyuncs.com",
                  "Code": refused.code, "Message": refused.message,
                  "Recommend": "https://error-center.example/status/search"}
        headers = refused.more.get("headers", {})
        if refused.more.get("xml"):
            text = "".join(f"<{key}>{value.replace('&', '&amp;').replace('<', '&lt;')}</{key}>"
                           for key, value in fields.items())
            return Answer(refused.status, f"<?xml version='1.0' encoding='UTF-8'?>"
                          f"<Error>{text}</Error>", "text/xml;charset=utf-8", headers)
        return Answer(refused.status, json.dumps(fields), headers=headers)

    def serve(self, request):
        parameters = self.checked(request)
        action = self.action(request)
        if action == "DescribeDomainRecords":
            with self.lock:
                return self.describe(parameters)
        return self.alone(action, parameters)

    def checked(self, request):
        """The parameters of a request that is signed as it must be."""
        headers = request.headers
        self.demand(request.method == "POST" and request.path == "/", "not POST /")
        self.demand(not request.body, "a body")
        self.demand(headers.get("content-length") == "0", "no Content-Length of 0")
        self.known(request, HEADERS)
        try:
            parameters = decoded_query(request.query, "sdk" in self.settings)
            name, names, signature = acs3_parts(headers.get("authorization", ""))
            stamped = acs3_time(headers.get("x-acs-date", ""))
        except (Unreadable, UnicodeDecodeError) as error:
            self.violated(str(error))
            raise Refused("IncompleteSignature", str(error)) from error
        lacking = set(ACS3_HEADERS) - set(names)
        self.demand(not lacking and set(names) <= set(headers), f"unsigned {lacking} of {names}")
        self.demand(names == sorted(set(names)), f"signed headers out of order: {names}")
        self.demand(headers["x-acs-version"] == VERSION, headers["x-acs-version"])
        self.demand(headers["x-acs-content-sha256"] == sha256(b""), "the hash of another body")
        if name not in self.accounts:
            raise Refused("InvalidAccessKeyId.NotFound", "Specified access key is not found.", 404)
        wanted, signed = acs3(self.accounts[name], "POST", "/", parameters, headers, names,
                              headers["x-acs-content-sha256"])
        if signature != wanted:
            raise Refused("SignatureDoesNotMatch", "Specified signature is not matched with our "
                          f"calculation. server string to sign is:{signed}")
        if abs(stamped - time.time()) > CLOCK_SECONDS_MAX:
            raise Refused("InvalidTimeStamp.Expired", "Specified time stamp or date value is "
                          "expired.")
        nonce = headers["x-acs-signature-nonce"]
        with self.lock:
            self.demand(16 <= len(nonce) <= 64, f"nonce {nonce}")
            self.demand(nonce not in self.nonces, "SignatureNonceUsed")
            self.nonces.add(nonce)
        must, may = ACTIONS.get(self.action(request), ({"?"}, set()))
        self.demand(must <= set(parameters) <= must | may,
                    f"{self.action(request)} with {sorted(parameters)}")
        return parameters

    def zone_of(self, name):
        """The zone of that name."""
        if name.lower() not in self.zones:
            raise Refused("InvalidDomainName.NoExist", "The specified domain name does not exist.",
                          404)
        return name.lower()

    def describe(self, parameters):
        """The records that fit, by the mode of the search."""
        zone = self.zone_of(parameters["DomainName"])
        exact = parameters.get("SearchMode") == "COMBINATION"
        word, kind = parameters.get("RRKeyWord", ""), parameters.get("Type")
        kind = kind or parameters.get("TypeKeyWord")
        page, size = (int(parameters.get(*one)) for one in (("PageNumber", 1), ("PageSize", 20)))
        self.demand(1 <= size <= 500 and page >= 1, f"PageSize {size}")
        found = [one for one in self.records if one["DomainName"] == zone
                 and kind in (None, one["Type"])
                 and (one["RR"].lower() == word.lower() if exact and word
                      else word.lower() in one["RR"].lower())]
        shown = found[(page - 1) * size:page * size]
        return Answer(200, json.dumps({
            "TotalCount": len(found), "PageNumber": page, "PageSize": size,
            "RequestId": self.request_id(), "DomainRecords": {"Record": shown}}))

    def alone(self, action, parameters):
        """A write, which is refused while another of the same zone is under way."""
        with self.lock:
            record = None
            if action == "AddDomainRecord":
                zone = self.zone_of(parameters["DomainName"])
            else:
                record = self.record_of(parameters["RecordId"])
                zone = record["DomainName"]
            if zone in self.busy:
                self.violated(f"{action} while another write of {zone} is under way")
                raise Refused("LastOperationNotFinished", "The last operation is not finished.")
            self.busy.add(zone)
        try:
            time.sleep(WRITE_SECONDS)
            with self.lock:
                return self.write(action, parameters, zone, record)
        finally:
            with self.lock:
                self.busy.remove(zone)

    def record_of(self, number):
        """The record of that number."""
        for record in self.records:
            if record["RecordId"] == number:
                return record
        raise Refused("InvalidRecordId.NotFound", "The specified record does not exist.", 404)

    def write(self, action, parameters, zone, record):
        """Adds, changes or removes."""
        if action == "DeleteDomainRecord":
            self.records.remove(record)
            return Answer(200, json.dumps({"RecordId": record["RecordId"],
                                           "RequestId": self.request_id()}))
        if action == "UpdateDomainRecordRemark":
            record.pop("Remark", None)
            if parameters.get("Remark"):
                record["Remark"] = parameters["Remark"]
            return Answer(200, json.dumps({"RequestId": self.request_id()}))
        ttl = int(parameters.get("TTL", TTL_DEFAULT))
        # What is left out goes back to what it is at first.
        wanted = {"DomainName": zone, "RR": parameters["RR"], "Type": parameters["Type"],
                  "Value": parameters["Value"], "TTL": ttl,
                  "Line": parameters.get("Line", "default")}
        if not self.settings.get("ttl_min", TTL_MIN) <= ttl <= TTL_MAX:
            raise Refused("SubDomainInvalid.TTL", "The TTL is invalid for your edition.")
        if not is_value(wanted["Type"], wanted["Value"]):
            raise Refused("InvalidRR.Format", "The value of the record is invalid.")
        beside = [one for one in self.records if one is not record
                  and one["DomainName"] == zone and one["RR"] == wanted["RR"]]
        if record and all(record[key] == value for key, value in wanted.items()) or any(
                all(one[key] == wanted[key] for key in ("Type", "Value", "Line"))
                for one in beside):
            raise Refused("DomainRecordDuplicate", "The DNS record already exists.")
        if any("CNAME" in (one["Type"], wanted["Type"]) for one in beside):
            raise Refused("DomainRecordConflict", "The DNS record conflicts with another.")
        if record is None:
            record = self.made({})
            self.records.append(record)
        record.update(wanted)
        return Answer(200, json.dumps({"RecordId": record["RecordId"],
                                       "RequestId": self.request_id()}))
