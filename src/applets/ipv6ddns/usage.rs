//! The usage, help and version texts of `ipv6ddns`.

use crate::applets::startup::Usage;

pub const USAGE: Usage = Usage { help: HELP, version: VERSION, short: SHORT };

const VERSION: &str = concat!("ipv6ddns (ddnsbox) ", env!("CARGO_PKG_VERSION"), "\n");

const SHORT: &str = "\
Usage: ipv6ddns [-h] [-V] [-c FILE] [-v]
See 'ipv6ddns --help'.";

pub const HELP: &str = "\
Usage: ipv6ddns [-h] [-V] [-c FILE] [-v]

Keeps the AAAA record of a name at Cloudflare equal to this machine's IPv6
address. Runs until SIGTERM or SIGINT; SIGHUP checks at once.

  -c, --config FILE     TOML configuration (default /etc/ipv6ddns/config.toml)
  -v, --verbose         log each step
  -h, --help            print this help
  -V, --version         print the version

Keys of FILE, and the environment variables that override them:

  api_token             CLOUDFLARE_API_TOKEN       permission Zone / DNS / Edit
  api_token_file        CLOUDFLARE_API_TOKEN_FILE  file of one line, the token
  zone_id               CLOUDFLARE_ZONE_ID         id of the zone
  record_name           CLOUDFLARE_RECORD_NAME     name of the record
  multi_record          CLOUDFLARE_MULTI_RECORD    policy if the name has several
                        AAAA records: error, first or all (default error)
  api_url               CLOUDFLARE_API_URL         base URL of the API
  allow_loopback        IPV6DDNS_ALLOW_LOOPBACK    accept ::1 (default false)
  health_port           IPV6DDNS_HEALTH_PORT       loopback port of GET /health:
                        1..65535, or 0 for none (default 0)
  provider_type         IPV6DDNS_PROVIDER_TYPE     cloudflare
  allow_ula             accept unique local addresses (default false)
  interface             interface, or list of interfaces, to take the address of
                        (default: all)
  ttl                   TTL of a new record in seconds: 30..86400, or 1 for
                        automatic (default 1)
  timeout               time limit of each request in seconds: 1..300 (default 30)
  poll_interval         seconds between checks if netlink is unavailable: 10..3600
                        (default 60)
  verbose               true or false (default false)

If started by root, it switches to the user ddnsbox or nobody, or to the one
named by DDNSBOX_USER.

Exit status: 0 terminated by a signal, 1 failure at start, 2 usage or
configuration error.
";
