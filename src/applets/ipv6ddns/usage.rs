//! What `ipv6ddns` says about itself.

pub const VERSION: &str = concat!("ipv6ddns (ddnsbox) ", env!("CARGO_PKG_VERSION"), "\n");

pub const SHORT: &str = "\
Usage: ipv6ddns [-h] [-V] [-c FILE] [-v]
ipv6ddns --help tells more.";

pub const HELP: &str = "\
Usage: ipv6ddns [-h] [-V] [-c FILE] [-v]

Keeps a name's AAAA record at Cloudflare equal to this router's IPv6 address,
from the moment the kernel tells of a change; runs until SIGTERM or SIGINT.
SIGHUP makes it look again.

  -c, --config FILE     the settings, in TOML (default /etc/ipv6ddns/config.toml)
  -v, --verbose         say what is found and done
  -h, --help            this text
  -V, --version         the version

Keys of FILE, with the environment variables that go before them:

  api_token             CLOUDFLARE_API_TOKEN       permission Zone / DNS / Edit
  api_token_file        CLOUDFLARE_API_TOKEN_FILE  file whose one line is the token
  zone_id               CLOUDFLARE_ZONE_ID         the zone the record is in
  record_name           CLOUDFLARE_RECORD_NAME     the name whose record is kept
  multi_record          CLOUDFLARE_MULTI_RECORD    where the name has several AAAA
                        records: error, first or all (default error)
  api_url               CLOUDFLARE_API_URL         base URL of the API
  allow_loopback        IPV6DDNS_ALLOW_LOOPBACK    take ::1, too (default false)
  health_port           IPV6DDNS_HEALTH_PORT       answer GET /health on loopback
                        at this port (default 0: not at all)
  provider_type         IPV6DDNS_PROVIDER_TYPE     cloudflare
  allow_ula             take unique local addresses, too (default false)
  interface             whose addresses are taken: a name or a list of names
                        (default: all)
  ttl                   seconds, for a record that is new: 30..86400, or 1 for
                        automatic (default 1)
  timeout               for each request, in seconds: 1..300 (default 30)
  poll_interval         where the kernel tells nothing: how often to look, in
                        seconds: 10..3600 (default 60)
  verbose               true or false (default false)

Started by root it becomes the user ddnsbox, or nobody, or the one that the
variable DDNSBOX_USER names.

Exit status: 0 after SIGTERM or SIGINT, 1 the kernel refuses what it needs,
2 wrong usage or settings.
";
