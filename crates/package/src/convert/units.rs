//! Units in settings: times, sizes, and numbers in file names.

/// Parses `1s`, `500ms`, `1000us` or a number of seconds.
pub(super) fn seconds(text: &str) -> Option<f64> {
    let text = text.trim().to_ascii_lowercase();
    let (number, factor) = match text.strip_suffix('s').unwrap_or(&text) {
        rest if rest.ends_with('m') => (&rest[..rest.len() - 1], 1e-3),
        rest if rest.ends_with('u') => (&rest[..rest.len() - 1], 1e-6),
        rest => (rest, 1.0),
    };
    positive(number).map(|number| number * factor)
}

/// Parses `256m`, `64MB`, `1g`, `65536k` or a number of MiB.
pub(super) fn mebibytes(text: &str) -> Option<f64> {
    let text = text.trim().to_ascii_lowercase();
    let (number, factor) = match text.strip_suffix('b').unwrap_or(&text) {
        rest if rest.ends_with('k') => (&rest[..rest.len() - 1], 1.0 / 1024.0),
        rest if rest.ends_with('m') => (&rest[..rest.len() - 1], 1.0),
        rest if rest.ends_with('g') => (&rest[..rest.len() - 1], 1024.0),
        rest => (rest, 1.0),
    };
    positive(number).map(|number| number * factor)
}

fn positive(text: &str) -> Option<f64> {
    let number = text.trim().parse::<f64>().ok()?;
    (number.is_finite() && number > 0.0).then_some(number)
}

/// Fills the number into a pattern of C's `printf`, such as `tests/%02d.a`.
pub(super) fn numbered(pattern: &str, number: usize) -> Option<String> {
    let (before, rest) = pattern.split_once('%')?;
    let (width, after) = rest.split_once('d')?;
    let digits = width.strip_prefix('0').unwrap_or(width);
    let width: usize = match digits {
        "" => 0,
        digits => digits.parse().ok().filter(|width| *width <= 20)?,
    };
    (!after.contains('%')).then(|| format!("{before}{number:0width$}{after}"))
}

/// Splits `total` whole points into `count` shares that differ by one at most, the larger ones last.
pub(super) fn shares(total: f64, count: usize) -> impl Iterator<Item = f64> {
    let parts = count.max(1) as f64;
    let base = (total / parts).floor();
    let larger = (total - base * parts).round();
    (0..count).map(move |index| {
        let is_larger = (count - index) as f64 <= larger;
        if is_larger { base + 1.0 } else { base }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[rstest::rstest]
    #[case("1s", Some(1.0))]
    #[case("1500ms", Some(1.5))]
    #[case("0.5", Some(0.5))]
    #[case("2 S", Some(2.0))]
    #[case("-1s", None)]
    #[case("soon", None)]
    fn times(#[case] text: &str, #[case] expected: Option<f64>) {
        assert_eq!(seconds(text), expected);
    }

    #[rstest::rstest]
    #[case("256m", Some(256.0))]
    #[case("64MB", Some(64.0))]
    #[case("1g", Some(1024.0))]
    #[case("65536k", Some(64.0))]
    #[case("inf", None)]
    fn sizes(#[case] text: &str, #[case] expected: Option<f64>) {
        assert_eq!(mebibytes(text), expected);
    }

    #[rstest::rstest]
    #[case("tests/%02d", Some("tests/07"))]
    #[case("tests/%d.a", Some("tests/7.a"))]
    #[case("%03d.in", Some("007.in"))]
    #[case("tests/7", None)]
    #[case("%s", None)]
    #[case("%099999999d", None)]
    fn patterns(#[case] pattern: &str, #[case] expected: Option<&str>) {
        assert_eq!(numbered(pattern, 7).as_deref(), expected);
    }

    #[test]
    fn points_are_split_into_whole_shares() {
        assert_eq!(shares(100.0, 3).collect::<Vec<_>>(), [33.0, 33.0, 34.0]);
        assert_eq!(shares(2.0, 4).collect::<Vec<_>>(), [0.0, 0.0, 1.0, 1.0]);
        assert_eq!(shares(5.0, 0).count(), 0);
    }
}
