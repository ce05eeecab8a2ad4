//! The usage, help and version texts of `cf-ddns-sync`.

pub const VERSION: &str = concat!("cf-ddns-sync (ddnsbox) ", env!("CARGO_PKG_VERSION"));

pub const SHORT: &str = "\
Usage: cf-ddns-sync --apiToken TOKEN | --apiTokenFile FILE --zoneId ID --target NAME
                    [--source INTERFACE]... [OPTION]...
See 'cf-ddns-sync --help'.";

pub const HELP: &str = "\
Usage: cf-ddns-sync --apiToken TOKEN | --apiTokenFile FILE --zoneId ID --target NAME
                    [--source INTERFACE]... [OPTION]...

Keeps the A records of NAME at Cloudflare equal to the public IPv4 addresses of
this router's interfaces: adds missing records, updates and removes stale ones.

  --apiToken TOKEN      Cloudflare API token (visible in ps; --apiTokenFile is not)
  --apiTokenFile FILE   read the token from a file of one line; with neither, the
                        environment variable CF_API_TOKEN is used
  --zoneId ID           id of the zone
  --target NAME         host name whose A records are managed
  --source INTERFACE    network interface whose public address is published; may
                        be repeated (default: the interface of the default route)
  --ttl SECONDS         TTL of new and changed records: 30..86400, or 1 for
                        automatic (default 60)
  --whoami HOW          how the public address is looked up: dig, builtin, or auto
                        (dig if installed, else builtin) (default auto)
  --resolver IP[:PORT]  whoami server to query (default 1.1.1.1)
  --allowPrivate        publish private, CGNAT and similar addresses, too
  --force               ignore the cache, and correct the TTL of existing records
                        (not of proxied ones: their TTL is always automatic)
  --dryRun              print the changes without making them
  --apiUrl URL          base URL of the API
                        (default https://api.cloudflare.com/client/v4)
  --cacheDir DIR        cache directory (default /var/cache/cf-ddns)
  --timeout SECONDS     time limit of each API request: 1..300 (default 10)
  -v, --verbose, --debug  log each step
  -h, --help            print this help
  --version             print the version

The command name sync is accepted before the options, as in the original.
All output goes to standard error. Exit status: 0 records are up to date,
1 failure, 2 usage error.";
