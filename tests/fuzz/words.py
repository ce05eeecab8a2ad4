"""The words that the rooms themselves look for, as a dictionary for libFuzzer.

They are taken from the sources, so they are never out of date.
"""

import os
import re

WORD_BYTES = range(2, 41)
WORDS_MAX = 400

# What each target reads, below src.
SOURCES = {
    "aliyun": ["wire/aliyun.rs", "providers/aliyun.rs", "wire/refusal.rs"],
    "cache_files": ["wire/record_cache.rs", "wire/record_json.rs", "wire/sent_cache.rs",
                    "wire/update_call.rs"],
    "cloudflare": ["wire/cloudflare.rs", "wire/cloudflare", "providers/cloudflare"],
    "cloudflare_list": ["wire/cloudflare.rs", "wire/record_json.rs", "providers/cloudflare.rs"],
    "credential_header": ["apis/gateway/upstream_credential.rs"],
    "dig": ["sources/dig.rs"],
    "dns_server": ["wire/whoami.rs"],
    "env_file": ["applets/hetzner_dyndns/settings.rs", "applets/hetzner_dyndns/settings"],
    "gateway": ["apis/gateway.rs", "apis/gateway", "apis/access.rs", "wire/http.rs",
                "wire/job"],
    "gateway_fields": ["apis/gateway/fields.rs", "apis/gateway/tests.rs"],
    "hetzner": ["wire/hetzner.rs", "providers/hetzner.rs", "providers/hetzner"],
    "host_update": ["apis/host_update", "apis/caller.rs", "apis/access.rs", "wire/http.rs",
                    "wire/job"],
    "http_answer": ["wire/http_answer.rs", "wire/http_answer"],
    "http_request": ["wire/http.rs", "wire/http"],
    "job_lines": ["wire/job"],
    "json": ["text/json_syntax.rs"],
    "key_file": ["store/key_file"],
    "log_format": ["log/format.rs", "log/format", "log/date.rs", "log/date"],
    "pydyndns_config": ["applets/pydyndns", "log/format.rs", "log/format", "log/date.rs",
                        "log/sink/syslog.rs"],
    "resolver": ["text/resolv_conf.rs"],
    "settings_toml": ["applets/ipv6ddns/settings", "applets/ddns_gateway/settings"],
    "small_texts": ["wire/retry_after.rs", "text", "apis/caller.rs", "apis/access.rs"],
    "tencent": ["wire/tencent.rs", "providers/tencent.rs", "wire/refusal.rs"],
    "toml": ["text/toml"],
}
# Secrets of the targets: what comes of a sender who repeats them is looked at.
ALWAYS = ["tests/fuzz/src/targets/played.rs", "tests/fuzz/src/targets/servers.rs",
          "tests/fuzz/src/targets/settings.rs"]
WITH_SECRETS = ["aliyun", "cache_files", "cloudflare", "cloudflare_list", "env_file", "gateway",
                "hetzner", "host_update", "pydyndns_config", "settings_toml", "tencent"]
# Members of objects are names of fields in the sources.
FIELD = re.compile(r"^    (?:pub )?([a-z_]{2,40}): ", re.MULTILINE)
LITERAL = re.compile(r'b?"((?:[^"\\{}]|\\.)*)"')


def files_below(path):
    """The file itself, or all those in the directory."""
    if os.path.isfile(path):
        return [path]
    return sorted(os.path.join(where, name) for where, _, names in os.walk(path)
                  for name in names if name.endswith(".rs"))


def words_of(text):
    """What stands in quotes, and the names of fields."""
    for literal in LITERAL.findall(text):
        if re.search(r"\\[^nrt\\\"]", literal) is None:
            plain = re.sub(r'\\(.)', lambda m: {"n": "\n", "r": "\r", "t": "\t"}.get(m[1], m[1]),
                           literal)
            yield plain
    for name in FIELD.findall(text):
        yield f'"{name}":'


def write(root, target, path):
    """Writes the dictionary of a target, which may be empty."""
    names = [os.path.join(root, "src", name) for name in SOURCES.get(target, [])]
    names += [os.path.join(root, name) for name in ALWAYS if target in WITH_SECRETS]
    found = {}
    for name in names:
        for file in files_below(name):
            with open(file, encoding="utf-8") as opened:
                for word in words_of(opened.read()):
                    found.setdefault(word.encode())
    fitting = [word for word in found if len(word) in WORD_BYTES][:WORDS_MAX]
    with open(path, "w", encoding="ascii") as file:
        for word in fitting:
            escaped = "".join(f"\\x{byte:02x}" for byte in word)
            file.write(f'"{escaped}"\n')
