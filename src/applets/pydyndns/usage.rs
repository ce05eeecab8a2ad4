//! What `pydyndns` says about itself.

pub const VERSION: &str = concat!("pydyndns (ddnsbox) ", env!("CARGO_PKG_VERSION"), "\n");

pub const SHORT: &str = "\
Usage: pydyndns [-h] [-c FILE] [-f] [OPTION]... [interface ...]
pydyndns --help tells more.";

pub const HELP: &str = "\
Usage: pydyndns [-h] [-c FILE] [-f] [OPTION]... [interface ...]

Registers this machine's own addresses at a DNS server (RFC 2136, signed with
TSIG): the name's records go, and an A or AAAA record comes for each address.
Nothing is sent while the addresses are those last sent.

  interface             an interface whose addresses are registered
                        (default: all that are up)
  -c, --config FILE     the configuration, in JSON (default /etc/pydyndns.conf)
  -f, --force           update even if the cache says unnecessary
  --hostname NAME       the name to register (default: this machine's own)
  --server HOST[:PORT]  the server to send to (default: the one that the SOA
                        record covering the name gives)
  --zone NAME           the zone the name is in (default: as the SOA record says)
  --transport HOW       tcp, or udp where the message is short (default tcp)
  -h, --help            this text
  -V, --version         the version

Exit status: 0 the server has the addresses, 1 something failed, 2 wrong usage.
";
