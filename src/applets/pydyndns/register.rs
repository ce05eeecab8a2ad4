//! One run: determine name and addresses, compare with the cache, send the update.

use super::addresses;
use super::config::Config;
use super::settings::{self, Server, Settings};
use crate::applets::run_lock::{self, LockResult};
use crate::applets::{status_line, unset_clock};
use crate::config::file;
use crate::env::Env;
use crate::error::{Error, Kind};
use crate::log::logger::{Level, Logger};
use crate::net::{self, OwnName};
use crate::os;
use crate::providers::rfc2136::zone::{self, Zone};
use crate::providers::rfc2136::{self, Event, Replacement};
use crate::store::lock_file::{Lock, LockFile};
use crate::store::whole_file::WholeFile;
use crate::text::resolv_conf::{self, ResolvConf};
use crate::text::{dns_name, printable};
use crate::wire::dns::name::Name;
use crate::wire::sent_cache::{self, Sent};
use std::fs::File;
use std::mem::ManuallyDrop;
use std::net::{IpAddr, SocketAddr};
use std::path::Path;

const RESOLV_CONF: &str = "/etc/resolv.conf";
const DNS_PORT: u16 = 53;
/// How long to wait for another run, in seconds.
const LOCK_SECONDS_MAX: u32 = 60;

/// Registers the addresses unless they are those last sent. `file` is the open configuration.
pub fn register(
    settings: &Settings,
    config: &Config,
    file: File,
    env: &mut dyn Env,
) -> Result<(), Error> {
    let log = &config.log;
    // Leaked on purpose: the process ends with the run, and drop code on every exit costs flash.
    let cache: Option<&WholeFile> =
        config.cache.as_deref().map(|path| &*Box::leak(Box::new(WholeFile::at(path))));
    match cache {
        Some(cache) => log.say(Level::Debug, format_args!("Using cache file {}.", path_of(cache))),
        None => log.debug("Using no cache file."),
    }
    if settings.force
        && let Some(cache) = cache
    {
        // If this run fails, even at the lock, the next one must send again.
        log.debug("Wiping cache due to --force.");
        remove(cache)?;
    }
    let is_exposed = file.metadata().is_ok_and(|about| file::is_exposed(&about));
    // Before the addresses are read, or a concurrent run could overwrite newer ones with older.
    let _lock = ManuallyDrop::new(lock(cache, file, &settings.config, env, log)?);
    if settings.force
        && let Some(cache) = cache
    {
        // The other run has written it again.
        remove(cache)?;
    }
    let name = ManuallyDrop::new(own_name(settings)?);
    in_zone(settings, &name)?;
    let (addresses, keep_v6) = addresses::look(settings, config, env)?;
    let shown = list(&addresses.all()).leak();
    status_line::write(status_line::ADDRESSES, shown);
    let wanted = ManuallyDrop::new(Sent { name: ManuallyDrop::into_inner(name), addresses });
    let remembered = remembered(cache, log);
    let stands_already = remembered.as_ref().is_some_and(|sent| match keep_v6 {
        true => wanted.is_within(sent),
        false => *sent == wanted,
    });
    if stands_already {
        log.say(Level::Info, format_args!(
            "Eliding DNS record update for {} to {shown} as cache says addresses have not changed.",
            wanted.name
        ));
        return Ok(());
    }
    log.say(Level::Info, format_args!("Updating DNS record for {} to {shown}.", wanted.name));
    if is_exposed && config.key.is_some() {
        // Only if something is sent, not on every run by cron.
        let path = file::shown(&settings.config);
        log.say(
            Level::Warning,
            format_args!("{path} is readable by other users and contains a key."),
        );
    }
    os::memory::limit_address_space();
    send(settings, config, env, &wanted, keep_v6, cache)
        .map_err(|error| with_clock(error, config, env))?;
    log.say(Level::Info, format_args!("Updated DNS record for {}.", wanted.name));
    // If AAAA records were only added, the result is known only if the previous set was.
    let stands = match keep_v6 {
        true => remembered.and_then(|sent| {
            ManuallyDrop::into_inner(wanted).added_to(ManuallyDrop::into_inner(sent))
        }),
        false => Some(ManuallyDrop::into_inner(wanted)),
    };
    let stands = stands.map(ManuallyDrop::new);
    if let (Some(cache), Some(stands)) = (cache, stands)
        && let Err(error) = cache.write(sent_cache::encode(&stands).as_bytes())
    {
        log.say(
            Level::Warning,
            format_args!("Cannot write the cache {}: {error}.", path_of(cache)),
        );
    }
    Ok(())
}

/// What was last sent, if the cache is usable.
fn remembered(cache: Option<&WholeFile>, log: &Logger) -> Option<ManuallyDrop<Sent>> {
    let cache = cache?;
    cache.stamp()?;
    let sent = cache.read().and_then(|(document, _)| sent_cache::decode(&document));
    if sent.is_none() {
        log.debug("The cache is unusable.");
    }
    sent.map(ManuallyDrop::new)
}

/// Finds the server and sends the update; the cache is removed before the first packet.
fn send(
    settings: &Settings,
    config: &Config,
    env: &mut dyn Env,
    wanted: &Sent,
    keep_v6: bool,
    cache: Option<&WholeFile>,
) -> Result<(), Error> {
    let log = &config.log;
    let wrong = |why| Error::local(&wanted.name, why);
    let name = Name::from_text(&wanted.name).map_err(wrong)?;
    let (zone, servers) = server(settings, env, &name, log)?;
    match &config.key {
        Some(key) => {
            let how = key.algorithm.name;
            log.say(Level::Debug, format_args!("Update will be authenticated with TSIG {how}."));
        }
        None => log.debug("Update will be unauthenticated."),
    }
    if let Some(cache) = cache {
        remove(cache)?;
    }
    let server = rfc2136::Server {
        addresses: servers,
        key: config.key.as_ref(),
        datagrams: settings.datagrams,
    };
    let replacement = Replacement {
        zone,
        name: &name,
        addresses: &wanted.addresses.all(),
        ttl: config.ttl,
        keep_others: config.keep_others,
        keep_v6,
    };
    rfc2136::replace(env, &server, &replacement, &mut |event| match event {
        Event::Sending(to) => {
            log.say(Level::Debug, format_args!("Sending update to DNS server at {}.", shown(to)))
        }
        Event::ClockOff(seconds) => log.say(
            Level::Warning,
            format_args!(
                "This machine's clock is {} s {} the server's; signing with the server's time.",
                seconds.unsigned_abs(),
                if seconds > 0 { "behind" } else { "ahead of" }
            ),
        ),
    })
    .map_err(|error| {
        Error::with(error.kind, format_args!("Cannot update {name}: {}.", error.message))
    })
}

/// The zone, and the addresses of its primary server.
fn server(
    settings: &Settings,
    env: &mut dyn Env,
    name: &Name,
    log: &Logger,
) -> Result<(&'static Name, &'static [SocketAddr]), Error> {
    let with_dot = |error: Error| Error::with(error.kind, format_args!("{}.", error.message));
    let no_zone = |error: Error| match error.kind {
        Kind::Unavailable => {
            Error::with(error.kind, format_args!("{}; set it with --zone.", error.message))
        }
        _ => with_dot(error),
    };
    let mut given = None;
    match &settings.server {
        Some(Server::Address(address)) => given = Some((vec![*address], address.to_string())),
        Some(Server::Host { name, port }) => {
            let found = env.addresses(name).map_err(with_dot)?;
            given = Some((at_port(found, *port), name.clone()));
        }
        None => {}
    }
    let given = given.map(|(servers, shown)| (&*servers.leak(), &*shown.leak()));
    let asked = settings.zone.as_ref().unwrap_or(name);
    let (zone, servers, shown) = match (given, &settings.zone) {
        (Some((servers, shown)), Some(zone)) => (zone.clone(), servers, shown),
        (Some((servers, shown)), None) => {
            (zone::find(env, servers, false, asked).map_err(no_zone)?.apex, servers, shown)
        }
        (None, _) => {
            let resolvers = at_port(resolver().servers, DNS_PORT).leak();
            let Zone { apex, primary } =
                zone::find(env, resolvers, true, asked).map_err(no_zone)?;
            if settings.zone.as_ref().is_some_and(|zone| *zone != apex) {
                let message = format!("{asked} is not a zone; it is in the zone {apex}.");
                return Err(Error::new(Kind::Local, message));
            }
            let shown: &str = primary.to_string().leak();
            let servers: &[_] = at_port(env.addresses(shown).map_err(with_dot)?, DNS_PORT).leak();
            (apex, servers, shown)
        }
    };
    log.say(Level::Debug, format_args!("Using nameserver {shown} for zone {zone}."));
    Ok((Box::leak(Box::new(zone)), servers))
}

fn at_port(addresses: Vec<IpAddr>, port: u16) -> Vec<SocketAddr> {
    addresses.into_iter().map(|address| SocketAddr::new(address, port)).collect()
}

/// Removes the cache, which would no longer match the server.
fn remove(cache: &WholeFile) -> Result<(), Error> {
    cache.remove().map_err(|error| {
        Error::with(
            Kind::Local,
            format_args!("Nothing sent, cannot remove the cache {}: {error}.", path_of(cache)),
        )
    })
}

fn path_of(cache: &WholeFile) -> String {
    file::shown(cache.path())
}

/// An address, with its port unless it is the default.
fn shown(address: SocketAddr) -> String {
    match address.port() {
        DNS_PORT => address.ip().to_string(),
        _ => address.to_string(),
    }
}

fn list(addresses: &[IpAddr]) -> String {
    let all: Vec<String> = addresses.iter().map(IpAddr::to_string).collect();
    all.join(", ")
}

/// Adds a hint if the clock is not set, as after a router's boot.
fn with_clock(error: Error, config: &Config, env: &mut dyn Env) -> Error {
    match unset_clock(env.now()).filter(|_| config.key.is_some()) {
        Some(why) => Error::with(error.kind, format_args!("{} The {why}.", error.message)),
        None => error,
    }
}

/// Locks the cache, or without one the configuration, waiting for other runs.
fn lock(
    cache: Option<&WholeFile>,
    file: File,
    path: &Path,
    env: &mut dyn Env,
    log: &Logger,
) -> Result<Option<Lock>, Error> {
    let (mut locked, mut file) = (path, LockFile::over(file));
    if let Some(cache) = cache {
        match LockFile::beside(cache.path()) {
            Ok(beside) => (locked, file) = (cache.path(), beside),
            Err(error) => log.say(
                Level::Warning,
                format_args!("Cannot lock the cache {}: {error}.", path_of(cache)),
            ),
        }
    }
    match run_lock::acquire(file, LOCK_SECONDS_MAX, env)? {
        LockResult::Acquired(lock) => Ok(Some(lock)),
        LockResult::Failed(error) => {
            log.say(Level::Warning, format_args!("Cannot lock {}: {error}.", file::shown(locked)));
            Ok(None)
        }
        LockResult::Busy => Err(Error::with(
            Kind::Unavailable,
            format_args!("Another run is still active after {LOCK_SECONDS_MAX} s."),
        )),
    }
}

fn resolver() -> ResolvConf {
    // Without the file the C library queries this machine, too.
    resolv_conf::read(&os::file::text_of(Path::new(RESOLV_CONF)).unwrap_or_default())
}

/// The full name of this machine.
fn own_name(settings: &Settings) -> Result<String, Error> {
    if let Some(name) = &settings.hostname {
        return Ok(name.clone());
    }
    let no_name =
        || Error::new(Kind::Local, "This machine has no ASCII host name; set one with --hostname.");
    let own = net::own_name().ok_or_else(no_name)?;
    choose(&own, || resolver().domain).map_err(|why| {
        let message = format!("This machine's name {why}; set another with --hostname.");
        Error::new(Kind::Local, message)
    })
}

fn in_zone(settings: &Settings, name: &str) -> Result<(), Error> {
    match &settings.zone {
        Some(zone) if !Name::from_text(name).is_ok_and(|name| name.is_within(zone)) => {
            Err(Error::with(Kind::Local, format_args!("{name} is not in the zone {zone}.")))
        }
        _ => Ok(()),
    }
}

/// The first qualified name in `/etc/hosts` or DNS, as Python's getfqdn, else the host name with
/// the resolver's domain.
fn choose(own: &OwnName, domain: impl FnOnce() -> Option<String>) -> Result<String, String> {
    let given = own.given.as_str();
    let is_full = |name: &str| name.trim_end_matches('.').as_bytes().contains(&b'.');
    let is_found = |name: &&str| is_full(name) && !begin_alike(name, "localhost");
    let canonical = own.canonical.as_deref().filter(is_found);
    if let Some(name) = canonical.filter(|name| !begin_alike(name, given)) {
        // Its records belong to another machine and would be deleted.
        let name = printable::line(name, dns_name::NAME_CHARACTERS_MAX);
        return Err(format!("'{given}' is an alias of '{name}'"));
    }
    if let Some(name) = own.listed.iter().map(String::as_str).find(is_found).or(canonical) {
        return settings::full_name(name);
    }
    let domain = if is_full(given) { None } else { domain() };
    match domain.filter(|domain| !domain.is_empty()) {
        Some(domain) => settings::full_name(&format!("{given}.{domain}")),
        None => settings::full_name(given),
    }
}

/// Whether the first labels are equal.
fn begin_alike(one: &str, other: &str) -> bool {
    let first = |name: &str| name.find('.').unwrap_or(name.len());
    let (one, other) = (one.get(..first(one)), other.get(..first(other)));
    one.unwrap_or_default().eq_ignore_ascii_case(other.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_this_machine() {
        let choose = |given: &str, listed: &str, canonical: Option<&str>, domain: Option<&str>| {
            let listed = listed.split_whitespace().map(String::from).collect();
            let own =
                OwnName { given: given.into(), listed, canonical: canonical.map(String::from) };
            choose(&own, || domain.map(str::to_string)).ok()
        };
        let name = |given, canonical, domain| choose(given, "", canonical, domain);
        let some = |name: &str| Some(name.to_string());
        assert_eq!(name("host", Some("Host.Example.com."), Some("lan")), some("host.example.com"));
        assert_eq!(name("host", Some("host"), Some("lan")), some("host.lan"));
        assert_eq!(name("host", Some("localhost.localdomain"), Some("lan")), some("host.lan"));
        assert_eq!(name("host", None, Some("lan")), some("host.lan"));
        assert_eq!(
            name("host.example.com", Some("localhost"), Some("lan")),
            some("host.example.com")
        );
        assert_eq!(name("host", None, None), None);
        assert_eq!(name("host", Some("host."), None), None);
        assert_eq!(name("a b", None, Some("lan")), None);
        assert_eq!(name("host.example.com", Some("ns.example.com"), None), None);
        assert_eq!(name("host", Some("ns.example.com"), Some("lan")), None);
        let listed = |given, names| choose(given, names, None, Some("lan"));
        assert_eq!(listed("host", "host host.example.com a.b"), some("host.example.com"));
        assert_eq!(listed("host", "Gate.Example.com host"), some("gate.example.com"));
        assert_eq!(listed("host", "localhost.localdomain localhost host"), some("host.lan"));
        assert_eq!(listed("host", "host h"), some("host.lan"));
        assert_eq!(listed("host.example.com", "ns.example.com x"), some("ns.example.com"));
        // A name in the table does not save a CNAME.
        assert_eq!(choose("host", "ns.example.com", Some("ns.example.com"), None), None);
    }
}
