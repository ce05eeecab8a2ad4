//! What `cf-ddns-sync` says about itself.

pub const VERSION: &str = concat!("cf-ddns-sync (ddnsbox) ", env!("CARGO_PKG_VERSION"));

pub const SHORT: &str = "\
Usage: cf-ddns-sync --apiToken TOKEN | --apiTokenFile FILE --zoneId ID --target NAME
                    [--source INTERFACE]... [OPTION]...
cf-ddns-sync --help tells more.";

pub const HELP: &str = "\
Usage: cf-ddns-sync --apiToken TOKEN | --apiTokenFile FILE --zoneId ID --target NAME
                    [--source INTERFACE]... [OPTION]...

Makes the A records of NAME at Cloudflare the public IPv4 addresses of this
router's interfaces: missing ones are added, wrong ones updated, others removed.

  --apiToken TOKEN      Cloudflare API token (visible to others in ps; prefer:)
  --apiTokenFile FILE   file whose one line is the token; without either, the
                        environment variable CF_API_TOKEN is used
  --zoneId ID           the zone the records are in
  --target NAME         the host name whose A records are kept
  --source INTERFACE    a network interface to find the address of; may be given
                        several times; without it, the default route's is found
  --ttl SECONDS         time to live of new and changed records: 30..86400, or
                        1 for automatic (default 60)
  --whoami HOW          who asks for the public address: dig, builtin, or auto,
                        which is dig where it is installed (default auto)
  --resolver IP[:PORT]  the server that is asked (default 1.1.1.1)
  --allowPrivate        publish private, CGNAT and like addresses too
  --force               read the records from the API even if the cache would do,
                        and set the ttl of those that have another one (except
                        proxied records, whose ttl is always automatic)
  --dryRun              say what would change, and change nothing
  --apiUrl URL          base URL of the API
                        (default https://api.cloudflare.com/client/v4)
  --cacheDir DIR        where the cache is kept (default /var/cache/cf-ddns)
  --timeout SECONDS     for each request to the API: 1..300 (default 10)
  -v, --verbose, --debug  say what is found and done
  -h, --help            this text
  --version             the version

The word sync may precede the options, as in later versions of the original.
All output goes to standard error. Exit status: 0 the records are right,
1 something failed, 2 wrong usage.";
