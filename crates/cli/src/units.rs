//! Values of options with units.

/// Reads a time such as 5000, 5000ms or 5s as milliseconds.
pub fn milliseconds(text: &str) -> Result<u64, String> {
    let (number, factor) = match text.strip_suffix('s') {
        Some(number) => (
            number.strip_suffix('m').unwrap_or(number),
            if text.ends_with("ms") { 1 } else { 1000 },
        ),
        None => (text, 1),
    };
    positive(number, factor).ok_or_else(|| "it is not a time such as 5000, 5000ms or 5s".to_owned())
}

/// Reads a size such as 268435456 or 256M as bytes.
pub fn size(text: &str) -> Result<u64, String> {
    let factor = match text.chars().last() {
        Some('K') => 1 << 10,
        Some('M') => 1 << 20,
        Some('G') => 1 << 30,
        _ => 1,
    };
    let number = text.trim_end_matches(['K', 'M', 'G']);
    positive(number, factor).ok_or_else(|| "it is not a size such as 268435456 or 256M".to_owned())
}

/// Reads a number of at least 1.
pub fn count(text: &str) -> Result<u64, String> {
    positive(text, 1).ok_or_else(|| "it is not a number of at least 1".to_owned())
}

fn positive(number: &str, factor: u64) -> Option<u64> {
    let number: u64 = number.parse().ok()?;
    number.checked_mul(factor).filter(|value| *value > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_understood() {
        assert_eq!(milliseconds("1500"), Ok(1500));
        assert_eq!(milliseconds("1500ms"), Ok(1500));
        assert_eq!(milliseconds("5s"), Ok(5000));
        assert_eq!(size("3"), Ok(3));
        assert_eq!(size("2M"), Ok(2 << 20));
        for wrong in ["", "0", "-1", "1x", "99999999999999G"] {
            assert!(size(wrong).is_err(), "{wrong}");
            assert!(milliseconds(wrong).is_err(), "{wrong}");
        }
    }
}
