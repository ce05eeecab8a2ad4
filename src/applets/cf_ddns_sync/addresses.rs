//! Step 1: the public IPv4 addresses of the sources, and the messages about each.

use super::settings::{Settings, Whoami};
use crate::applets::status_line;
use crate::env::Env;
use crate::error::{Error, Kind};
use crate::log::Log;
use crate::os::process;
use crate::sources::{Answer, Origin, dig, local_address, public, whoami};
use std::fmt;
use std::net::Ipv4Addr;
use std::path::PathBuf;

/// How many sources are explained if none has an address.
const REASONS_MAX: usize = 8;

/// One source on its way from an interface to a public address.
struct Source<'a> {
    /// None: the default route's.
    interface: Option<&'a str>,
    /// Whether it can be queried from: it has a local address, or needs none.
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
/// A source without an answer is skipped; if another one answered, its record will be removed, as
/// by the original.
///
/// # Errors
/// Unreachable: no source has an address to publish. Local: a child or socket could not be created,
/// which says nothing about the addresses.
pub fn look(settings: &Settings, env: &mut dyn Env, log: &Log) -> Result<Vec<Ipv4Addr>, Error> {
    let (sources, origins) = local(settings, log.is_verbose())?;
    // Leaked on purpose, see `sync`.
    let (sources, origins) = (sources.leak(), &*origins.leak());
    let used_dig = ask(settings, env, origins, sources, log.is_verbose())?;
    let sources = &*sources;
    let mut found = Vec::new();
    // If no source got an answer, routing is not the cause.
    let by_routing = used_dig && sources.iter().any(|source| source.public.is_some());
    for source in sources {
        report(source, log);
        if by_routing && source.public.is_none() && source.reachable {
            log.detail(
                "Without policy routing dig gets an answer through one interface only; \
                 --whoami builtin does not depend on it.",
            );
        }
        if let Some(address) = source.public
            && may_publish(address, source.interface, settings.allow_private, log)
        {
            let at = found.iter().position(|&other| other >= address).unwrap_or(found.len());
            if found.get(at) != Some(&address) {
                found.insert(at, address);
            }
        }
    }
    if found.is_empty() {
        let mut message = String::from("Cannot get public IPv4 address.");
        if !log.is_verbose() {
            let mut count = 0;
            for source in sources {
                let Some(reason) = source.reason() else { continue };
                count += 1;
                if count > REASONS_MAX {
                    message.push_str("\n--verbose shows the others.");
                    break;
                }
                message.push('\n');
                message.push_str(&reason);
            }
        }
        return Err(Error::new(Kind::Unreachable, message));
    }
    let mut list = String::new();
    for address in &found {
        add_to_list(&mut list, address);
    }
    status_line::write(status_line::ADDRESSES, &list);
    Ok(found)
}

/// The sources with their local addresses, and the origins of those that can be queried.
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

/// Queries from all `origins` and assigns the answers, in order, to the reachable sources. Returns
/// whether `dig` was used.
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
    let answer: Vec<Answer> = match &program {
        Some(program) => dig::look(program, origins, settings.resolver, verbose)?,
        None => whoami::look(env, origins, settings.resolver)?,
    };
    for (source, answer) in sources.iter_mut().filter(|source| source.reachable).zip(answer) {
        source.public = answer.address;
        source.notes.extend(answer.notes);
    }
    Ok(program.is_some())
}

fn report(source: &Source, log: &Log) {
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
    let Some(reason) = public::unusable_reason(address) else { return true };
    if reason.site && allow_private {
        return true;
    }
    let whose = interface.map(|name| format!(" for interface '{name}'")).unwrap_or_default();
    let hint = if reason.site { "; --allowPrivate would publish it" } else { "" };
    let message = reason.message;
    log.warning(&format!("Not using '{address}'{whose}: it is {message}{hint}."));
    false
}

fn find(name: &str, settings: &Settings) -> Result<PathBuf, Error> {
    process::find(name, &settings.search_path)
        .ok_or_else(|| Error::local(format_args!("cannot run '{name}'"), "it is not installed"))
}

/// Adds an element to a list in words.
pub fn add_to_list(list: &mut String, element: &dyn fmt::Display) {
    if !list.is_empty() {
        list.push_str(", ");
    }
    list.push_str(&element.to_string());
}
