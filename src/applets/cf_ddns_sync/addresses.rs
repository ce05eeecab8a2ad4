//! Step 1: the public IPv4 addresses of the sources, and the words about each.

use super::settings::{Settings, Whoami};
use crate::applets::status_line;
use crate::env::Env;
use crate::error::{Error, Kind};
use crate::log::Log;
use crate::os::process;
use crate::sources::{Heard, Origin, dig, local_address, public, whoami};
use std::net::Ipv4Addr;
use std::path::PathBuf;

/// How many sources without an address are explained where no other has one.
const REASONS_MAX: usize = 8;

/// One source on its way from an interface to a public address.
struct Source<'a> {
    /// None: as routing decides.
    interface: Option<&'a str>,
    /// Whether it can be asked from: it has a local address, or needs none.
    reachable: bool,
    public: Option<Ipv4Addr>,
    notes: Vec<String>,
}

impl Source<'_> {
    /// Why it has no address, if that is known.
    fn reason(&self) -> Option<String> {
        let note = self.notes.last().filter(|_| self.public.is_none())?;
        Some(match self.interface.filter(|_| self.reachable) {
            Some(name) => format!("{name}: {note}"),
            None => note.clone(),
        })
    }
}

/// The addresses of all sources that have one, sorted, each once; at least one.
///
/// A source without an answer is passed over, and if another answered its record will go: so the
/// original has it.
///
/// # Errors
/// Unreachable where no source has an address to publish; Local where a child or socket could not
/// be had, which says nothing about the addresses.
pub fn look(settings: &Settings, env: &mut dyn Env, log: &Log) -> Result<Vec<Ipv4Addr>, Error> {
    let (mut sources, origins) = local(settings, log.is_verbose())?;
    let asked_dig = ask(settings, env, &origins, &mut sources, log.is_verbose())?;
    let mut found = Vec::new();
    // Where no source was answered at all, something else than routing is at fault.
    let by_routing = asked_dig && sources.iter().any(|source| source.public.is_some());
    for source in &sources {
        tell(source, log);
        if by_routing && source.public.is_none() && source.reachable {
            log.detail(
                "Without policy routing dig gets an answer through one interface only; \
                 --whoami builtin does not depend on it.",
            );
        }
        if let Some(address) = source.public
            && may_publish(address, source.interface, settings.allow_private, log)
        {
            found.push(address);
        }
    }
    if found.is_empty() {
        let mut message = String::from("Cannot get public IPv4 address.");
        if !log.is_verbose() {
            let reasons: Vec<String> = sources.iter().filter_map(Source::reason).collect();
            for reason in reasons.iter().take(REASONS_MAX) {
                message.push('\n');
                message.push_str(reason);
            }
            if reasons.len() > REASONS_MAX {
                message.push_str("\n--verbose shows the others.");
            }
        }
        return Err(Error::new(Kind::Unreachable, message));
    }
    found.sort_unstable();
    found.dedup();
    let list: Vec<String> = found.iter().map(Ipv4Addr::to_string).collect();
    status_line::write(status_line::ADDRESSES, &list.join(", "));
    Ok(found)
}

/// The sources with their local addresses, and where to ask from for those that can be asked.
fn local(
    settings: &Settings,
    verbose: bool,
) -> Result<(Vec<Source<'_>>, Vec<Option<Origin>>), Error> {
    if settings.sources.is_empty() {
        let source = Source { interface: None, reachable: true, public: None, notes: vec![] };
        return Ok((vec![source], vec![None]));
    }
    let ip = find("ip", settings)?;
    let mut sources = Vec::new();
    let mut origins = Vec::new();
    let locals = local_address::look(&ip, &settings.sources, verbose)?;
    for (interface, local) in settings.sources.iter().zip(locals) {
        if let Some(address) = local.address {
            origins.push(Some(Origin { interface: interface.clone(), address }));
        }
        sources.push(Source {
            interface: Some(interface),
            reachable: local.address.is_some(),
            public: None,
            notes: local.note.into_iter().collect(),
        });
    }
    Ok((sources, origins))
}

/// Asks from all `origins` and hands the answers to the sources that could be asked, in order.
/// Says whether it was `dig` that asked.
fn ask(
    settings: &Settings,
    env: &mut dyn Env,
    origins: &[Option<Origin>],
    sources: &mut [Source],
    verbose: bool,
) -> Result<bool, Error> {
    if origins.is_empty() {
        return Ok(false);
    }
    let program = match settings.whoami {
        Whoami::Builtin => None,
        Whoami::Dig => Some(find("dig", settings)?),
        Whoami::Auto => process::find("dig", &settings.search_path),
    };
    let heard: Vec<Heard> = match &program {
        Some(program) => dig::look(program, origins, settings.resolver, verbose)?,
        None => whoami::look(env, origins, settings.resolver)?,
    };
    for (source, heard) in sources.iter_mut().filter(|source| source.reachable).zip(heard) {
        source.public = heard.address;
        source.notes.extend(heard.notes);
    }
    Ok(program.is_some())
}

fn tell(source: &Source, log: &Log) {
    let address = source.public.map(|address| address.to_string()).unwrap_or_default();
    match source.interface {
        Some(name) => {
            log.detail_of(format_args!("Got IPv4 address '{address}' for interface '{name}'."));
        }
        None => log.detail_of(format_args!("Got IPv4 address '{address}'.")),
    }
    for note in &source.notes {
        log.detail(note);
    }
    if let Some(reason) = source.reason() {
        status_line::write(status_line::REASON, &reason);
    }
}

fn may_publish(address: Ipv4Addr, interface: Option<&str>, allow_private: bool, log: &Log) -> bool {
    let Some(reason) = public::objection(address) else { return true };
    if reason.site && allow_private {
        return true;
    }
    let whose = interface.map(|name| format!(" for interface '{name}'")).unwrap_or_default();
    let way_out = if reason.site { "; --allowPrivate would publish it" } else { "" };
    let message = reason.message;
    log.warning(&format!("Not using '{address}'{whose}: it is {message}{way_out}."));
    false
}

fn find(name: &str, settings: &Settings) -> Result<PathBuf, Error> {
    process::find(name, &settings.search_path)
        .ok_or_else(|| Error::local(format_args!("cannot run '{name}'"), "it is not installed"))
}
