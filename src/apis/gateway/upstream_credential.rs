//! The header with the client's provider credentials: `ApiKey id="…", secret="…"`.

use crate::text::secret::Secret;

/// Longest part of a credential, in bytes.
const PART_BYTES_MAX: usize = 512;

/// The id (empty if there is none or none is needed) and the secret.
///
/// Scheme and names are case-insensitive, in any order; values may be in double quotes, in single
/// quotes or unquoted.
///
/// # Errors
/// A message for the client, without any part of the credentials.
pub fn read(header: Option<&str>, needs_id: bool) -> Result<(String, String), String> {
    let missing = |what: &str| format!("Missing required credential: {what}");
    let Some(header) = header.map(str::trim_ascii).filter(|header| !header.is_empty()) else {
        return Err(missing("the header X-Upstream-Authorization"));
    };
    let (scheme, mut rest) = header.split_once([' ', '\t']).unwrap_or((header, ""));
    if !scheme.eq_ignore_ascii_case("ApiKey") {
        return Err(malformed("the scheme must be ApiKey"));
    }
    let (mut id, mut secret) = (None, None);
    loop {
        rest = rest.trim_start_matches([' ', '\t', ',']);
        if rest.is_empty() {
            break;
        }
        let Some((name, behind)) = rest.split_once('=') else {
            return Err(malformed("expected NAME=\"VALUE\""));
        };
        let (value, behind) = value(behind.trim_ascii_start())?;
        rest = behind;
        let slot = match name.trim_ascii().to_ascii_lowercase().as_str() {
            "id" => &mut id,
            "secret" => &mut secret,
            _ => return Err(malformed("only id and secret can be given")),
        };
        if slot.replace(value).is_some() {
            return Err(malformed("a name is given twice"));
        }
    }
    let given = |part: Option<&str>| part.map(String::from).filter(|part| !part.is_empty());
    let secret = given(secret).ok_or_else(|| missing("secret"))?;
    if !needs_id {
        if !Secret::new(secret.clone()).is_bearer_token() {
            return Err(malformed("the secret is not an API token"));
        }
        return Ok((String::new(), secret));
    }
    let id = given(id).ok_or_else(|| missing("id"))?;
    // They are inserted into other headers.
    if [&id, &secret].iter().any(|part| !part.bytes().all(|byte| byte.is_ascii_graphic())) {
        return Err(malformed("invalid character in id or secret"));
    }
    Ok((id, secret))
}

/// The value at the beginning, and the rest.
fn value(text: &str) -> Result<(&str, &str), String> {
    let quote = text.chars().next().filter(|first| ['"', '\''].contains(first));
    let (value, rest) = match quote {
        Some(quote) => {
            let inner = text.get(1..).unwrap_or_default();
            inner.split_once(quote).ok_or_else(|| malformed("a quote is not closed"))?
        }
        None => {
            let end = text.find([',', ' ', '\t']).unwrap_or(text.len());
            text.split_at_checked(end).unwrap_or((text, ""))
        }
    };
    if !rest.is_empty() && !rest.starts_with([',', ' ', '\t']) {
        return Err(malformed("expected a comma after a value"));
    }
    if value.len() > PART_BYTES_MAX {
        return Err(malformed("a value is too long"));
    }
    Ok((value, rest))
}

fn malformed(why: &str) -> String {
    format!("Invalid X-Upstream-Authorization header: {why}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms() {
        for (header, id, secret) in [
            (r#"ApiKey id="a", secret="b""#, "a", "b"),
            (r#"apikey SECRET='b',ID='a'"#, "a", "b"),
            ("APIKEY secret=b id=a", "a", "b"),
            ("ApiKey id=a,secret=b==", "a", "b=="),
            (r#"ApiKey  id = "a" , secret = "b" ,"#, "a", "b"),
            (r#"ApiKey id="a,=", secret="b'""#, "a,=", "b'"),
        ] {
            assert_eq!(read(Some(header), true), Ok((id.into(), secret.into())), "{header}");
        }
        for header in [r#"ApiKey secret="cf-token-xxx""#, r#"ApiKey id="x", secret=cf-token-xxx"#] {
            let expected = (String::new(), "cf-token-xxx".to_string());
            assert_eq!(read(Some(header), false), Ok(expected), "{header}");
        }
    }

    #[test]
    fn what_is_missing() {
        for (header, what) in [
            (None, "the header X-Upstream-Authorization"),
            (Some(" "), "the header X-Upstream-Authorization"),
            (Some("ApiKey"), "secret"),
            (Some("ApiKey id=a"), "secret"),
            (Some("ApiKey secret=\"\", id=a"), "secret"),
            (Some("ApiKey secret=a"), "id"),
        ] {
            let message = read(header, true).unwrap_err();
            assert_eq!(message, format!("Missing required credential: {what}"));
        }
    }

    #[test]
    fn nonsense() {
        let long = format!("ApiKey id=a secret={}", "x".repeat(513));
        for header in [
            "Bearer x",
            "ApiKeyid=a",
            "ApiKey a",
            "ApiKey id=\"a",
            "ApiKey id=\"a\"secret=b",
            "ApiKey id=a, id=b, secret=c",
            "ApiKey id=a, secret=b, x=y",
            "ApiKey id=a, secret=\"b c\"",
            "ApiKey id=ä, secret=b",
            &long,
        ] {
            let message = read(Some(header), true).unwrap_err();
            assert!(message.starts_with("Invalid X-Upstream-Authorization header: "), "{header}");
        }
        assert!(read(Some("ApiKey secret=\"a b\""), false).is_err());
    }
}
