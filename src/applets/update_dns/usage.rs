//! The usage, help and version texts of `update-dns`.

use crate::applets::startup::Usage;

pub const USAGE: Usage = Usage { help: HELP, version: VERSION, short: SHORT };

const VERSION: &str = concat!("update-dns (ddnsbox) ", env!("CARGO_PKG_VERSION"), "\n");

const SHORT: &str = "\
Usage: update-dns [-h] [-V] [--key-file FILE] [BACKEND_URL FQDN [IP]]
See 'update-dns --help'.";

pub const HELP: &str = "\
Usage: update-dns [-h] [-V] [--key-file FILE] [BACKEND_URL FQDN [IP]]

Client of hetzner-dyndns: every INTERVAL seconds, asks the backend to set the
name's address. SIGHUP: update at once. Also callable as update_dns.py.

  BACKEND_URL           https://host[:port][/path]; with http the key is sent
                        unencrypted
  FQDN                  host name to update
  IP                    its address (default: the one the backend sees)
  --key-file FILE       read the pre-shared key from a file of one line
  -h, --help            print this help
  -V, --version         print the version

Environment (the command line takes precedence):

  BACKEND_URL, FQDN, IP
  PRE_SHARED_KEY        key of this host
  INTERVAL              seconds between updates; 0: update once (default 60)
  CA_BUNDLE             file of trusted certificates, instead of the system's
  VERIFY_SSL            0: do not verify the server (ignored with CA_BUNDLE)

After failures the interval doubles up to 10 minutes; Retry-After is obeyed.

If started by root, it switches to the user ddnsbox or nobody, or to the one
named by DDNSBOX_USER.

Exit status: 0 terminated by a signal, or the single update succeeded;
1 failure; 2 usage or configuration error.
";
