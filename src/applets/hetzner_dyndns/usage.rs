//! The usage, help and version texts of `hetzner-dyndns`.

use crate::applets::startup::Usage;

pub const USAGE: Usage = Usage { help: HELP, version: VERSION, short: SHORT };

const VERSION: &str = concat!("hetzner-dyndns (ddnsbox) ", env!("CARGO_PKG_VERSION"), "\n");

const SHORT: &str = "\
Usage: hetzner-dyndns [-h] [-V] [--env-file FILE] [--make-keys]
See 'hetzner-dyndns --help'.";

pub const HELP: &str = "\
Usage: hetzner-dyndns [-h] [-V] [--env-file FILE] [--make-keys]

HTTP server that sets A and AAAA records at Hetzner (Cloud API) to the addresses
its clients report: POST /update (JSON or form: fqdn, ip, type) and /nic/update
(dyndns2). Runs until SIGTERM or SIGINT.

      --env-file FILE   read variables from FILE, too (lines NAME=value)
      --make-keys       generate missing keys and exit
  -h, --help            print this help
  -V, --version         print the version

Variables (the environment takes precedence over FILE):

  HETZNER_TOKEN            Cloud API token; without it all updates are refused
  REGISTERED_FQDNS         comma-separated hosts; each gets a key
  ALLOWED_FQDNS            hosts that may be updated (default: none)
  PRE_SHARED_KEY_FILE      lines of host and key (default /pre-shared-key)
  BASIC_AUTH_USERNAME, BASIC_AUTH_PASSWORD
                           credentials that may update every host
  LISTEN_HOST              address to listen on (default 0.0.0.0)
  LISTEN_PORT              port to listen on: 1..65535 (default 80)
  TRUSTED_PROXIES          networks whose X-Forwarded-For is trusted (default:
                           everybody's, and X-Real-Ip)
  RECORD_TTL               TTL of records in seconds, at least 60 (default 21600);
                           use 60 for addresses that change
  ZONE_CACHE_TTL           seconds the list of zones is cached (default 86400)
  REQUEST_CACHE_TTL        seconds a repeated update is answered from the cache
                           (default 300)
  LOST_CONNECTION_TIMEOUT  seconds of silence after which a host is reported as
                           lost (default 10800; 0: never)
  CONNECTION_CHECK_INTERVAL  seconds between these checks (default 60; 0: never)
  NTFY_URL, NTFY_TOPIC     where failures are reported; NTFY_URL may include the
                           topic
  NTFY_USERNAME, NTFY_PASSWORD
  LOG_FILE                 log file, in addition to standard error
  LOG_MAX_BYTES            size at which it is rotated (default 1048576)
  LOG_BACKUP_COUNT         old log files to keep: 0..9999 (default 3)
  DEBUG_LOGGING            1: debug log, and notify about successes (default 0)
  HETZNER_API_URL          (default https://api.hetzner.cloud/v1)

If started by root, it switches to the user ddnsbox or nobody, or to the one
named by DDNSBOX_USER.

Exit status: 0 terminated by a signal, 1 cannot listen, log or use the key file,
2 usage or configuration error.
";
