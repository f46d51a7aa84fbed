//! The globs of submissions.yaml: `*` inside a name and `{a,b}`, nothing else.

/// Alternatives of one glob: a hostile one could have billions.
const MAX_ALTERNATIVES: usize = 256;

/// True if `path`, or a folder that contains it, matches.
pub(crate) fn matches(glob: &str, path: &str) -> bool {
    let alternatives = expand(glob).unwrap_or_default();
    alternatives.iter().any(|alternative| {
        let mut parts = path.split('/');
        let alternative = alternative.trim_end_matches('/');
        alternative
            .split('/')
            .all(|part| parts.next().is_some_and(|name| matches_name(part, name)))
    })
}

/// Expands `{a,b}`. Returns `None` for too many alternatives, nested braces, and characters that
/// have a meaning in other globs.
pub(crate) fn expand(glob: &str) -> Option<Vec<String>> {
    if glob.contains("**") || glob.contains(['[', '?', '\\']) || glob.len() > 1024 {
        return None;
    }
    let mut alternatives = vec![String::new()];
    let mut remaining = glob;
    while let Some((before, behind)) = remaining.split_once('{') {
        let (inside, after) = behind.split_once('}')?;
        if inside.contains('{') {
            return None;
        }
        alternatives = alternatives
            .iter()
            .flat_map(|start| {
                inside
                    .split(',')
                    .map(move |choice| format!("{start}{before}{choice}"))
            })
            .take(MAX_ALTERNATIVES + 1)
            .collect();
        if alternatives.len() > MAX_ALTERNATIVES {
            return None;
        }
        remaining = after;
    }
    let complete = |start: String| start + remaining;
    Some(alternatives.into_iter().map(complete).collect())
}

/// Matches one name; `*` is any number of characters.
fn matches_name(pattern: &str, name: &str) -> bool {
    let mut pieces = pattern.split('*');
    let first = pieces.next().unwrap_or_default();
    let Some(mut remaining) = name.strip_prefix(first) else {
        return false;
    };
    let mut pieces: Vec<&str> = pieces.collect();
    let Some(last) = pieces.pop() else {
        return remaining.is_empty();
    };
    // The leftmost match of every piece leaves the most text for the pieces after it.
    for piece in pieces {
        match remaining.find(piece) {
            Some(at) => remaining = &remaining[at + piece.len()..],
            None => return false,
        }
    }
    remaining.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[rstest::rstest]
    #[case("accepted", "accepted/a.py", true)]
    #[case("accepted/", "accepted/a.py", true)]
    #[case("accepted/*", "accepted/a.py", true)]
    #[case("*/a.py", "accepted/a.py", true)]
    #[case("*/a.{py,cpp}", "accepted/a.cpp", true)]
    #[case("*/{slow,naive}-*.py", "tle/naive-n2.py", true)]
    #[case("a*b*c", "axxbyyc", true)]
    #[case("a*a", "a", false)]
    #[case("accepted/*", "accepted", false)]
    #[case("accept", "accepted/a.py", false)]
    #[case("**/a.py", "accepted/a.py", false)]
    #[case("*/b.py", "accepted/a.py", false)]
    fn globs_match(#[case] glob: &str, #[case] path: &str, #[case] expected: bool) {
        assert_eq!(matches(glob, path), expected);
    }

    #[test]
    fn alternatives_are_bounded() {
        assert_eq!(expand(&"{a,b}".repeat(8)).map(|a| a.len()), Some(256));
        assert_eq!(expand(&"{a,b}".repeat(9)), None);
        assert_eq!(expand("{a,{b,c}}"), None);
        assert_eq!(expand("{a"), None);
    }
}
