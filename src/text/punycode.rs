//! A-labels of Unicode names in answers of APIs (RFC 5891 section 4.4, RFC 3492).

/// The prefix of an A-label (RFC 5890 section 2.3.2.1).
const PREFIX: &str = "xn--";
/// Longest label, in characters: an A-label is longer than its U-label.
const LABEL_CHARACTERS_MAX: usize = 63;

/// The parameters of Punycode (RFC 3492 section 5).
const BASE: u32 = 36;
const T_MIN: u32 = 1;
const T_MAX: u32 = 26;
const SKEW: u32 = 38;
const DAMP: u32 = 700;
const INITIAL_BIAS: u32 = 72;
const INITIAL_N: u32 = 0x80;

/// The name in lower case without a trailing dot, with non-ASCII labels as A-labels; None if a
/// label has none.
///
/// There is no other mapping (UTS 46): APIs answer with normalized names.
pub fn a_labels(name: &str) -> Option<String> {
    let name = name.strip_suffix('.').unwrap_or(name);
    if name.is_ascii() {
        return Some(name.to_ascii_lowercase());
    }
    let mut all = String::with_capacity(2 * name.len());
    for label in name.split('.') {
        if !all.is_empty() {
            all.push('.');
        }
        match label.is_ascii() {
            true => all.push_str(&label.to_ascii_lowercase()),
            false => encode(label, &mut all)?,
        }
    }
    Some(all)
}

/// Whether two spellings are the same name, ignoring case, a trailing dot and the form of labels.
pub fn is_same(one: &str, other: &str) -> bool {
    let label = a_labels(one);
    label.is_some() && label == a_labels(other)
}

/// Appends the A-label of a label (RFC 3492 section 6.3).
fn encode(label: &str, all: &mut String) -> Option<()> {
    let start = all.len();
    all.push_str(PREFIX);
    let mut points: Vec<u32> = Vec::new();
    for c in label.chars() {
        let c = lower(c);
        points.push(c.into());
        if c.is_ascii() {
            all.push(c);
        }
    }
    // A longer label has no A-label, and this bounds the sums below.
    if points.len() > LABEL_CHARACTERS_MAX {
        return None;
    }
    let basic = all.len() - start - PREFIX.len();
    if basic > 0 {
        all.push('-');
    }
    let (mut n, mut delta, mut bias) = (INITIAL_N, 0, INITIAL_BIAS);
    let mut handled = u32::try_from(basic).ok()?;
    let mut is_first = true;
    while let Some(next) = points.iter().copied().filter(|&point| point >= n).min() {
        delta += (next - n) * (handled + 1);
        n = next;
        for &point in &points {
            if point < n {
                delta += 1;
            }
            if point == n {
                variable_length(delta, bias, all);
                bias = adapt(delta, handled + 1, is_first);
                (delta, is_first) = (0, false);
                handled += 1;
            }
        }
        delta += 1;
        n += 1;
    }
    (all.len() - start <= LABEL_CHARACTERS_MAX).then_some(())
}

/// Appends a generalized variable-length integer (RFC 3492 section 3.3).
fn variable_length(mut number: u32, bias: u32, all: &mut String) {
    let mut k = BASE;
    loop {
        let t = k.saturating_sub(bias).clamp(T_MIN, T_MAX);
        if number < t {
            break;
        }
        all.push(digit(t + (number - t) % (BASE - t)));
        number = (number - t) / (BASE - t);
        k += BASE;
    }
    all.push(digit(number));
}

fn digit(number: u32) -> char {
    const DIGITS: &[u8; BASE as usize] = b"abcdefghijklmnopqrstuvwxyz0123456789";
    char::from(*DIGITS.get(number as usize).unwrap_or(&b'-'))
}

/// Bias adaptation (RFC 3492 section 6.1).
fn adapt(delta: u32, handled: u32, is_first: bool) -> u32 {
    let mut delta = if is_first { delta / DAMP } else { delta / 2 };
    delta += delta / handled;
    let mut k = 0;
    while delta > (BASE - T_MIN) * T_MAX / 2 {
        delta /= BASE - T_MIN;
        k += BASE;
    }
    k + (BASE - T_MIN + 1) * delta / (delta + SKEW)
}

/// Lower case of Latin, Greek and Cyrillic letters; std's tables for all of Unicode take 12 KB.
fn lower(c: char) -> char {
    let point = u32::from(c);
    let small = match c {
        '×' => point,
        'A'..='Z' | 'À'..='Þ' | 'Α'..='Ϋ' | 'А'..='Я' => point + 0x20,
        'Ѐ'..='Џ' => point + 0x50,
        // Pairs, upper case first.
        'Ā'..='ķ' | 'Ŋ'..='ŷ' => point | 1,
        'Ĺ'..='ň' | 'Ź'..='ž' => point + (point & 1),
        _ => point,
    };
    char::from_u32(small).unwrap_or(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_as_other_implementations_write_them() {
        for (unicode, ascii) in [
            ("bücher.example", "xn--bcher-kva.example"),
            ("BÜCHER.Example.", "xn--bcher-kva.example"),
            ("home.müller.example", "home.xn--mller-kva.example"),
            ("straße.example", "xn--strae-oqa.example"),
            ("例え.テスト", "xn--r8jz45g.xn--zckzah"),
            ("пример.испытание", "xn--e1afmkfd.xn--80akhbyknj4f"),
            ("ПРИМЕР.example", "xn--e1afmkfd.example"),
            ("παράδειγμα.example", "xn--hxajbheg2az3al.example"),
            ("ŁÓDŹ.example", "xn--d-uga0v4h.example"),
            ("*.ä.example", "*.xn--4ca.example"),
            ("x\u{1f4a9}.example", "xn--x-xb3s.example"),
            // RFC 3492 section 7.1 (A), (B) and (L), lower-case.
            ("ليهمابتكلموشعربي؟", "xn--egbpdaj6bu4bxfgehfvwxn"),
            ("他们为什么不说中文", "xn--ihqwcrb4cv8a8dqg056pqjye"),
            ("3年b組金八先生", "xn--3b-ww4c5e180e575a65lsy2b"),
        ] {
            assert_eq!(a_labels(unicode).as_deref(), Some(ascii), "{unicode}");
            assert!(is_same(unicode, ascii) && is_same(ascii, unicode));
        }
    }

    #[test]
    fn ascii_is_only_made_small() {
        for (name, ascii) in [("Home.Example.COM.", "home.example.com"), ("", ""), (".", "")] {
            assert_eq!(a_labels(name).as_deref(), Some(ascii));
        }
        assert!(is_same("A.example.", "a.EXAMPLE"));
        assert!(!is_same("a.example", "b.example"));
        assert!(!is_same("bücher.example", "xn--bcher-kvb.example"));
    }

    #[test]
    fn what_no_label_can_be() {
        assert_eq!(a_labels(&"ü".repeat(64)), None);
        assert_eq!(a_labels(&"ü".repeat(100_000)), None);
        assert_eq!(a_labels(&format!("{}ü", "a".repeat(60))), None);
        assert!(!is_same(&"ü".repeat(64), &"ü".repeat(64)));
        // The largest numbers there can be.
        let odd = format!("{}{}", "\u{10ffff}".repeat(30), "\u{80}".repeat(33));
        let _any = a_labels(&odd);
    }
}
