//! What `ddns-gateway` says about itself.

pub const VERSION: &str = concat!("ddns-gateway (ddnsbox) ", env!("CARGO_PKG_VERSION"), "\n");

pub const SHORT: &str = "\
Usage: ddns-gateway [OPTION]...
ddns-gateway --help tells more.";

pub const HELP: &str = "\
Usage: ddns-gateway [OPTION]...

Serves GET and POST /update: makes one DNS record at Cloudflare, Aliyun or
Tencent DNSPod right, with the credentials the caller sends along. Runs until
SIGTERM or SIGINT; SIGHUP opens the log file anew.

  --config FILE             the settings, in TOML (default: config.toml in the
                            working directory, which may be missing)
  --host ADDRESS            listen there (default 0.0.0.0)
  --port PORT               and at this port (default 38080)
  --log-level LEVEL         DEBUG, INFO, WARNING, ERROR or CRITICAL (default INFO)
  --auth-enabled            callers need a token; --auth-disabled: they do not
                            (default)
  --auth-tokens TOKEN...    the tokens; others on this machine can see them
                            here, not in a file of mode 0600
  --methods METHODS         get, post or get,post (default)
  --log-file-enabled        log to a file as well; --log-file-disabled: do not
                            (default)
  --log-file-path FILE      that file (default /var/log/ddns-gateway.log); it is
                            rotated at 1 MiB, with three old ones
  --health-enabled          serve GET /health; --health-disabled: do not (default)
  -h, --help                this text
  -V, --version             the version

Keys of FILE, with their defaults:

  [server]    host = \"0.0.0.0\"  port = 38080
  [auth]      enabled = false  tokens = []
  [methods]   get_enabled = true  post_enabled = true
  [logging]   level = \"INFO\"  file_enabled = false
              file_path = \"/var/log/ddns-gateway.log\"
  [health]    enabled = false
  [upstream]  timeout = 30 (seconds)  cloudflare_url  aliyun_url  tencent_url
  [limits]    connections = 256  body_bytes = 16384  workers = 4

Parameters of /update: provider, zone, record, type (A, AAAA, CNAME, TXT), value,
and ttl and comment where they are to be managed; in the query, or as JSON. The
header X-Upstream-Authorization: ApiKey id=\"ID\", secret=\"SECRET\" has the
provider's credentials; RouterOS, which splits headers at commas, leaves out
that comma.

Started by root it becomes the user ddnsbox, or nobody, or the one that the
variable DDNSBOX_USER names.

Exit status: 0 it was told to end, 1 it cannot listen or the kernel refuses what
it needs, 2 wrong usage or settings.
";
