//! The usage, help and version texts of `ddns-gateway`.

use crate::applets::startup::Usage;

pub const USAGE: Usage = Usage { help: HELP, version: VERSION, short: SHORT };

const VERSION: &str = concat!("ddns-gateway (ddnsbox) ", env!("CARGO_PKG_VERSION"), "\n");

const SHORT: &str = "\
Usage: ddns-gateway [OPTION]...
See 'ddns-gateway --help'.";

pub const HELP: &str = "\
Usage: ddns-gateway [OPTION]...

HTTP server: GET or POST /update sets one DNS record at Cloudflare, Aliyun or
Tencent DNSPod with the credentials that the request carries. Runs until
SIGTERM or SIGINT; SIGHUP reopens the log file.

  --config FILE             TOML configuration (default config.toml in the
                            working directory, if it exists)
  --host ADDRESS            address to listen on (default 0.0.0.0)
  --port PORT               port to listen on: 1..65535 (default 38080)
  --log-level LEVEL         DEBUG, INFO, WARNING, ERROR or CRITICAL (default INFO)
  --auth-enabled, --auth-disabled
                            require a token, or do not (default)
  --auth-tokens TOKEN...    accepted tokens (visible in ps: prefer FILE, mode 0600)
  --methods METHODS         get, post or get,post (default get,post)
  --log-file-enabled, --log-file-disabled
                            also log to a file, or do not (default)
  --log-file-path FILE      that file (default /var/log/ddns-gateway.log); rotated
                            at 1 MiB, three old files are kept
  --health-enabled, --health-disabled
                            serve GET /health, or do not (default)
  -h, --help                print this help
  -V, --version             print the version

Keys of FILE, with their defaults:

  [server]    host = \"0.0.0.0\"  port = 38080
  [auth]      enabled = false  tokens = []
  [methods]   get_enabled = true  post_enabled = true
  [logging]   level = \"INFO\"  file_enabled = false
              file_path = \"/var/log/ddns-gateway.log\"
  [health]    enabled = false
  [upstream]  timeout = 30 (seconds)  cloudflare_url  aliyun_url  tencent_url
  [limits]    connections = 256  body_bytes = 16384  workers = 4

Parameters of /update, in the query or as JSON: provider, zone, record, type (A,
AAAA, CNAME, TXT), value; optional: ttl, comment. The provider's credentials go
into the header X-Upstream-Authorization: ApiKey id=\"ID\", secret=\"SECRET\"
(the comma may be left out).

If started by root, it switches to the user ddnsbox or nobody, or to the one
named by DDNSBOX_USER.

Exit status: 0 terminated by a signal, 1 cannot listen or other failure,
2 usage or configuration error.
";
