#!/usr/bin/env python3
"""Sends the official SDKs to the stand-ins: with a Python that has them, sdks.py.

pip install alibabacloud_alidns20150109 tencentcloud-sdk-python-dnspod cloudflare
What they sign and send has to be taken without a violation, and what is answered understood.
"""

import os
import sys

sys.dont_write_bytecode = True
sys.path.insert(1, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../common"))

from alibabacloud_alidns20150109 import models as ali  # noqa: E402
from alibabacloud_alidns20150109.client import Client as AliClient  # noqa: E402
from alibabacloud_tea_openapi.models import Config  # noqa: E402
import cloudflare  # noqa: E402
from tencentcloud.common import credential  # noqa: E402
from tencentcloud.common.exception.tencent_cloud_sdk_exception import (  # noqa: E402
    TencentCloudSDKException)
from tencentcloud.common.profile.client_profile import ClientProfile  # noqa: E402
from tencentcloud.common.profile.http_profile import HttpProfile  # noqa: E402
from tencentcloud.dnspod.v20210323 import dnspod_client, models as tc  # noqa: E402

from checks import equal, true  # noqa: E402
from upstreams import (ALI_ID, ALI_SECRET, CF_TOKEN, DEFAULT_LINE, NAMES, TC_ID,  # noqa: E402
                       TC_SECRET, ZONE, Upstreams)

COMMENT = "Grüße & <mehr> +/~*'\" 默认"


def at_aliyun(upstreams):
    """Add, list, update, remark; the same again is refused; another secret is, too."""
    def client(secret):
        return AliClient(Config(access_key_id=ALI_ID, access_key_secret=secret, protocol="http",
                                endpoint=f"127.0.0.1:{upstreams.ports['aliyun']}"))
    one = client(ALI_SECRET)
    made = one.add_domain_record(ali.AddDomainRecordRequest(
        domain_name=ZONE, rr="home", type="TXT", value=COMMENT))
    listed = one.describe_domain_records(ali.DescribeDomainRecordsRequest(
        domain_name=ZONE, rrkey_word="om", type="TXT")).body
    equal("substring match", [item.value for item in listed.domain_records.record], [COMMENT])
    listed = one.describe_domain_records(ali.DescribeDomainRecordsRequest(
        domain_name=ZONE, rrkey_word="om", type="TXT", search_mode="COMBINATION")).body
    equal("exact match", listed.total_count, 0)
    change = ali.UpdateDomainRecordRequest(record_id=made.body.record_id, rr="home", type="TXT",
                                           value="new", ttl=700)
    one.update_domain_record(change)
    one.update_domain_record_remark(ali.UpdateDomainRecordRemarkRequest(
        record_id=made.body.record_id, remark=COMMENT))
    record = upstreams.records("aliyun")[0]
    equal("record", (record["Value"], record["TTL"], record["Remark"]), ("new", 700, COMMENT))
    for code, sender in (("DomainRecordDuplicate", one), ("SignatureDoesNotMatch", client("x"))):
        try:
            sender.update_domain_record(change)
            true("it is taken", False, code)
        except Exception as error:  # pylint: disable=broad-except
            equal("code", getattr(error, "code", error), code)


def at_tencent(upstreams):
    """Create, list, modify; an empty list is an error; another key is, too."""
    def client(key):
        profile = HttpProfile(endpoint=f"127.0.0.1:{upstreams.ports['tencent']}",
                              protocol="http")
        return dnspod_client.DnspodClient(credential.Credential(TC_ID, key), "",
                                          ClientProfile(httpProfile=profile))

    def request(make, **fields):
        made = make()
        made._deserialize(fields)  # pylint: disable=protected-access
        return made
    one = client(TC_SECRET)
    look = request(tc.DescribeRecordListRequest, Domain=ZONE, SubDomain="home", RecordType="TXT")
    try:
        one.DescribeRecordList(look)
        true("an empty list is no error", False)
    except TencentCloudSDKException as error:
        equal("code", error.code, "ResourceNotFound.NoDataOfRecord")
    made = one.CreateRecord(request(
        tc.CreateRecordRequest, Domain=ZONE, SubDomain="home", RecordType="TXT",
        RecordLine=DEFAULT_LINE, Value="old", Remark=COMMENT))
    one.ModifyRecord(request(
        tc.ModifyRecordRequest, Domain=ZONE, SubDomain="home", RecordType="TXT",
        RecordLine=DEFAULT_LINE, Value=COMMENT, TTL=700, RecordId=made.RecordId))
    listed = one.DescribeRecordList(look).RecordList
    equal("record", [(item.Value, item.TTL, item.Remark) for item in listed],
          [(COMMENT, 700, COMMENT)])
    try:
        client("x").DescribeRecordList(look)
        true("a wrong key is taken", False)
    except TencentCloudSDKException as error:
        equal("code", error.code, "AuthFailure.SignatureFailure")


def at_cloudflare(upstreams):
    """The zone by name, create, edit, list; the same again and another token are refused."""
    def client(token):
        return cloudflare.Cloudflare(api_token=token, base_url=upstreams.url("cloudflare"),
                                     max_retries=0)
    one = client(CF_TOKEN)
    zone = one.zones.list(name=ZONE).result[0].id
    record = {"zone_id": zone, "name": "home." + ZONE, "type": "A", "content": "192.0.2.1",
              "ttl": 300}
    made = one.dns.records.create(**record, comment=COMMENT, proxied=False)
    edited = one.dns.records.edit(made.id, **record | {"content": "192.0.2.2"})
    equal("comment is kept", edited.comment, COMMENT)
    try:
        one.dns.records.create(**record | {"content": "192.0.2.2"})
        true("an identical one is taken", False)
    except cloudflare.BadRequestError as error:
        equal("code", [item.code for item in error.errors], [81058])
    try:
        client("x" * 40).zones.list(name=ZONE)
        true("another token is taken", False)
    except cloudflare.PermissionDeniedError as error:
        equal("code", [item.code for item in error.errors], [9109])


def main():
    """All three; ends with 1 where something is wrong."""
    for part in (at_aliyun, at_tencent, at_cloudflare):
        upstreams = Upstreams()
        try:
            for name in NAMES:
                upstreams.put(name, settings={"sdk": True})
            part(upstreams)
            upstreams.check()
        finally:
            upstreams.stop()
        print(f"ok {part.__name__}: {part.__doc__}", flush=True)


main()
