//! The globs of submissions.yaml: `*` inside a name and `{a,b}`, nothing else.

/// Alternatives of one glob: a hostile one could stand for billions.
const MAX_ALTERNATIVES: usize = 256;

/// Whether `path`, or a folder that it lies in, matches.
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

/// Resolves `{a,b}`; `None` for too many alternatives, nesting and signs that mean more elsewhere.
pub(crate) fn expand(glob: &str) -> Option<Vec<String>> {
    if glob.contains("**") || glob.contains(['[', '?', '\\']) || glob.len() > 1024 {
        return None;
    }
    let mut alternatives = vec![String::new()];
    let mut rest = glob;
    while let Some((before, behind)) = rest.split_once('{') {
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
        rest = after;
    }
    Some(alternatives.into_iter().map(|start| start + rest).collect())
}

/// `*` stands for any run of characters.
fn matches_name(pattern: &str, name: &str) -> bool {
    let mut pieces = pattern.split('*');
    let first = pieces.next().unwrap_or_default();
    let Some(mut rest) = name.strip_prefix(first) else {
        return false;
    };
    let mut pieces: Vec<&str> = pieces.collect();
    let Some(last) = pieces.pop() else {
        return rest.is_empty();
    };
    // The leftmost location for every piece leaves the most for those behind it.
    for piece in pieces {
        match rest.find(piece) {
            Some(at) => rest = &rest[at + piece.len()..],
            None => return false,
        }
    }
    rest.ends_with(last)
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
    fn globs(#[case] glob: &str, #[case] path: &str, #[case] expected: bool) {
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
