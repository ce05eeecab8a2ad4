//! The usage, help and version texts of `pydyndns`.

use crate::applets::startup::Usage;

pub const USAGE: Usage = Usage { help: HELP, version: VERSION, short: SHORT };

const VERSION: &str = concat!("pydyndns (ddnsbox) ", env!("CARGO_PKG_VERSION"), "\n");

const SHORT: &str = "\
Usage: pydyndns [-h] [-c FILE] [-f] [OPTION]... [interface ...]
See 'pydyndns --help'.";

pub const HELP: &str = "\
Usage: pydyndns [-h] [-c FILE] [-f] [OPTION]... [interface ...]

Registers the addresses of this machine at a DNS server (RFC 2136 update, signed
with TSIG), replacing the name's records with one A or AAAA record per address.
Sends nothing if the addresses have not changed.

  interface             interface whose addresses are registered
                        (default: all that are up)
  -c, --config FILE     JSON configuration (default /etc/pydyndns.conf)
  -f, --force           update even if the cache is up to date
  --hostname NAME       name to register (default: this machine's host name)
  --server HOST[:PORT]  server to send the update to (default: the primary
                        server of the zone's SOA record)
  --zone NAME           zone of the name (default: found by SOA query)
  --transport HOW       tcp, or udp if the message fits (default tcp)
  -h, --help            print this help
  -V, --version         print the version

Exit status: 0 addresses are registered, 1 failure, 2 usage error.
";
