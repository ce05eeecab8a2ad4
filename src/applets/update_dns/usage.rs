//! What `update-dns` says about itself.

pub const VERSION: &str = concat!("update-dns (ddnsbox) ", env!("CARGO_PKG_VERSION"), "\n");

pub const SHORT: &str = "\
Usage: update-dns [-h] [-V] [--key-file FILE] [BACKEND_URL FQDN [IP]]
update-dns --help tells more.";

pub const HELP: &str = "\
Usage: update-dns [-h] [-V] [--key-file FILE] [BACKEND_URL FQDN [IP]]

Has a backend (hetzner-dyndns) keep a name's address right: calls it every
INTERVAL seconds, and says in a line what came of it (unchanged: once an hour).
SIGHUP makes it call at once; SIGTERM or SIGINT ends it. A link named
update_dns.py works, too.

  BACKEND_URL           where the backend is: https://host[:port][/path]; http
                        works, but sends the key unencrypted; the host may be
                        an IPv6 address in brackets
  FQDN                  the name to update
  IP                    its address; without one the backend takes that which
                        the call comes from, of whichever family it is
  --key-file FILE       file whose one line is the pre-shared key
  -h, --help            this text
  -V, --version         the version

Environment, which the command line goes before:

  BACKEND_URL, FQDN, IP
  PRE_SHARED_KEY        the key of this name, as the backend has it
  INTERVAL              seconds between calls; 0: call once (default 60)
  CA_BUNDLE             file with the certificates of those who may vouch for
                        the backend (default: those of the system); with it
                        the server is always verified
  VERIFY_SSL            0, and nothing else: take any server for the backend

After a failure the next try comes after INTERVAL, then twice that and so on,
but after 10 minutes at most; or when the backend has asked for it.

Started by root it becomes the user ddnsbox, or nobody, or the one that the
variable DDNSBOX_USER names.

Exit status: 0 told to end, or the one call has done what it should; 1 it has
not, or the kernel refuses what is needed; 2 wrong usage or settings.
";
