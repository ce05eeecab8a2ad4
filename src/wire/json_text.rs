//! JSON documents whose members are not always the same, which none that is derived can be.

/// An object of members whose values are JSON already.
pub fn object(members: &[(&str, String)]) -> String {
    let members = members.iter().map(|(name, value)| format!("\"{name}\":{value}"));
    format!("{{{}}}", members.collect::<Vec<String>>().join(","))
}
