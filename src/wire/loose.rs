//! A JSON string or number, for fields whose type providers are not consistent about.

use miniserde::de::Visitor;
use miniserde::{Deserialize, make_place};

make_place!(Place);

/// What a field says, as text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Loose(pub String);

impl Loose {
    /// Nothing where it is not a whole number, or a larger one.
    pub fn number(&self) -> Option<u32> {
        self.0.parse().ok()
    }
}

impl Visitor for Place<Loose> {
    fn string(&mut self, text: &str) -> miniserde::Result<()> {
        self.out = Some(Loose(text.into()));
        Ok(())
    }

    fn negative(&mut self, number: i64) -> miniserde::Result<()> {
        self.out = Some(Loose(number.to_string()));
        Ok(())
    }

    fn nonnegative(&mut self, number: u64) -> miniserde::Result<()> {
        self.out = Some(Loose(number.to_string()));
        Ok(())
    }
}

impl Deserialize for Loose {
    fn begin(out: &mut Option<Self>) -> &mut dyn Visitor {
        Place::new(out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use miniserde::json;

    #[test]
    fn strings_and_whole_numbers() {
        for (text, read, number) in [
            ("600", "600", Some(600)),
            ("\"600\"", "600", Some(600)),
            ("-1", "-1", None),
            ("18446744073709551615", "18446744073709551615", None),
            ("\"\"", "", None),
        ] {
            let loose: Loose = json::from_str(text).unwrap();
            assert_eq!((loose.0.as_str(), loose.number()), (read, number));
        }
        for text in ["null", "true", "[]", "{}", "6.5"] {
            assert!(json::from_str::<Loose>(text).is_err(), "{text}");
        }
        assert!(json::from_str::<Option<Loose>>("null").unwrap().is_none());
    }
}
