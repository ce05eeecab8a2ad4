//! What `hetzner-dyndns` says about itself.

pub const VERSION: &str = concat!("hetzner-dyndns (ddnsbox) ", env!("CARGO_PKG_VERSION"), "\n");

pub const SHORT: &str = "\
Usage: hetzner-dyndns [-h] [-V] [--env-file FILE] [--make-keys]
hetzner-dyndns --help tells more.";

pub const HELP: &str = "\
Usage: hetzner-dyndns [-h] [-V] [--env-file FILE] [--make-keys]

Takes hosts' addresses over HTTP and writes them into their A and AAAA records
at Hetzner (Cloud API). POST /update takes JSON or a form (fqdn, ip, type),
/nic/update is dyndns2. Runs until SIGTERM or SIGINT.

      --env-file FILE   more variables, as lines NAME=value
      --make-keys       only make the keys that are missing, and end
  -h, --help            this text
  -V, --version         the version

Variables; those of the environment go before those of FILE:

  HETZNER_TOKEN            token of the Cloud API; without it nothing is done
  REGISTERED_FQDNS         hosts, separated by commas; each gets a key
  ALLOWED_FQDNS            those that may be updated (default: none)
  PRE_SHARED_KEY_FILE      lines of host and key (default /pre-shared-key)
  BASIC_AUTH_USERNAME, BASIC_AUTH_PASSWORD
                           update every host
  LISTEN_HOST              address to listen at (default 0.0.0.0)
  LISTEN_PORT              (default 80)
  TRUSTED_PROXIES          networks whose X-Forwarded-For is believed
                           (default: everybody's, and X-Real-Ip)
  RECORD_TTL               of records, in seconds, at least 60 (default 21600);
                           60 where addresses change and shall be seen soon
  ZONE_CACHE_TTL           how long the list of zones is good (default 86400)
  REQUEST_CACHE_TTL        how long the same address is answered without asking
                           Hetzner (default 300)
  LOST_CONNECTION_TIMEOUT  silence after which a host is told to be lost
                           (default 10800; 0: never)
  CONNECTION_CHECK_INTERVAL  how often that is looked for (default 60; 0: never)
  NTFY_URL, NTFY_TOPIC     where failures are told; NTFY_URL alone may be the
                           URL of a topic
  NTFY_USERNAME, NTFY_PASSWORD
  LOG_FILE                 a file to log to besides standard error
  LOG_MAX_BYTES            when it gives way to a new one (default 1048576)
  LOG_BACKUP_COUNT         how many old ones are kept (default 3)
  DEBUG_LOGGING            1: say more, and tell successes, too (default 0)
  HETZNER_API_URL          (default https://api.hetzner.cloud/v1)

Started by root it becomes the user ddnsbox, or nobody, or the one that the
variable DDNSBOX_USER names.

Exit status: 0 it was told to end, 1 it cannot listen, log or read its keys,
2 wrong usage or settings.
";
