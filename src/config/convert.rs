//! Conversions of texts that several applets take: interfaces, truth values, listening addresses.

use crate::os::socket;
use std::net::IpAddr;

/// How many interfaces can be named.
pub const INTERFACES_MAX: usize = 64;

/// The name of a network interface.
///
/// # Errors
/// No interface can have that name.
pub fn interface(text: String) -> Result<String, String> {
    if text.is_empty() || text.len() > socket::INTERFACE_BYTES_MAX {
        return Err(format!("must have 1 to {} bytes", socket::INTERFACE_BYTES_MAX));
    }
    let is_odd = |c: char| c == '/' || c == '\0' || c.is_whitespace();
    if text.starts_with('-') || text.chars().any(is_odd) {
        return Err(format!("{text:?} is not the name of an interface"));
    }
    Ok(text)
}

/// The names of interfaces, each once, in their order.
///
/// # Errors
/// One cannot be a name, or there are too many.
pub fn add_interface(names: &mut Vec<String>, text: String) -> Result<(), String> {
    let name = interface(text)?;
    if !names.contains(&name) {
        names.push(name);
    }
    match names.len() <= INTERFACES_MAX {
        true => Ok(()),
        false => Err(format!("names more than {INTERFACES_MAX} interfaces")),
    }
}

/// The truth values as people write them, in any case: false, then true.
pub const BOOLEANS: &[&str] = &["false|0|no|off", "true|1|yes|on"];

/// The position of a word. It can have other spellings, after it with `|` between.
#[inline(never)]
pub fn position(words: &[&str], text: &str, in_any_case: bool) -> Option<usize> {
    words.iter().position(|word| {
        word.split('|').any(|word| match in_any_case {
            true => word.eq_ignore_ascii_case(text),
            false => word == text,
        })
    })
}

/// A truth value as people write it.
pub fn boolean(text: &str) -> Option<bool> {
    position(BOOLEANS, text, true).map(|at| at == 1)
}

/// An IPv4 or IPv6 address; the latter may be in brackets.
pub fn address(text: &str) -> Option<IpAddr> {
    let bare = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(text);
    bare.parse().ok()
}

/// The items of a list with commas, without blanks around them.
pub fn items(list: &str) -> impl Iterator<Item = &str> {
    list.split(',').map(str::trim).filter(|item| !item.is_empty())
}
