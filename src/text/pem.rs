//! Certificates in PEM (RFC 7468), as lists of authorities are kept.

use super::base64;

const BEGIN: &str = "-----BEGIN CERTIFICATE-----";
const END: &str = "-----END CERTIFICATE-----";
/// What begins every line that is not part of a body.
const RULE: &str = "-----";
/// Longest body of a certificate taken, in characters.
const BODY_CHARACTERS_MAX: usize = 64 * 1024;

/// Hands each certificate to `take`, in DER. What is bent is left out, as is what stands between
/// and around them; one that is cut does not spoil the next.
pub fn each_certificate(text: &str, take: &mut dyn FnMut(Vec<u8>)) {
    let mut body = String::new();
    let mut is_inside = false;
    for line in text.lines() {
        let line = line.trim_ascii();
        if !line.starts_with(RULE) {
            if is_inside && body.len() + line.len() <= BODY_CHARACTERS_MAX {
                body.push_str(line);
            } else {
                is_inside = false;
            }
            continue;
        }
        if line == END
            && is_inside
            && let Some(der) = base64::decode(&body)
        {
            take(der);
        }
        is_inside = line == BEGIN;
        body.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<Vec<u8>> {
        let mut all = Vec::new();
        each_certificate(text, &mut |der| all.push(der));
        all
    }

    #[test]
    fn whole_ones_are_taken_wherever_they_stand() {
        let one = format!("{BEGIN}\nAAEC\nAwQ=\n{END}\n");
        let two = format!("{BEGIN}\r\n/w==\r\n{END}");
        let (first, second) = (vec![0, 1, 2, 3, 4], vec![255]);
        assert_eq!(read(&one), [first.clone()]);
        assert_eq!(read(&format!("# A root\n\n{one}Issuer: x\n \t{two} ")), [first, second]);
        for none in ["", "\n", "no PEM at all", BEGIN, END, "-----", "\u{fffd}\u{0}"] {
            assert_eq!(read(none), Vec::<Vec<u8>>::new(), "{none:?}");
        }
    }

    #[test]
    fn what_is_bent_is_left_out_and_spoils_nothing() {
        let good = format!("{BEGIN}\n/w==\n{END}\n");
        for bad in [
            format!("{BEGIN}\nAAE\n{END}\n"),
            format!("{BEGIN}\nA*EC\n{END}\n"),
            format!("{BEGIN}\nAA==\nAA==\n{END}\n"),
            format!("{BEGIN}\n\u{fffd}\n{END}\n"),
            format!("{BEGIN}\nAAEC\n"),
            format!("{BEGIN}\nAAEC\n-----END CERTIFICATE----\n"),
            format!("AAEC\n{END}\n"),
            "-----BEGIN RSA PRIVATE KEY-----\nAAEC\n-----END RSA PRIVATE KEY-----\n".into(),
            "-----BEGIN TRUSTED CERTIFICATE-----\nAAEC\n-----END TRUSTED CERTIFICATE-----\n".into(),
            format!("{BEGIN}\n{}\n{END}\n", "AAEC".repeat(BODY_CHARACTERS_MAX / 4 + 1)),
            format!("{BEGIN}\n{}AAEC\n{END}\n", "AAECAAEC\n".repeat(BODY_CHARACTERS_MAX / 8)),
        ] {
            assert_eq!(read(&format!("{bad}{good}")), [[255]], "{bad}");
        }
        let most = format!("{BEGIN}\n{}\n{END}\n", "AAEC".repeat(BODY_CHARACTERS_MAX / 4));
        assert_eq!(read(&most)[0].len(), BODY_CHARACTERS_MAX / 4 * 3);
    }
}
