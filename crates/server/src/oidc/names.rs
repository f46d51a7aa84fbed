//! User names for people who come from a provider, where others have other rules for names.

use letscode_model::UserName;

/// Name of somebody whose provider tells none that can be used.
const FALLBACK: &str = "user";

/// Returns a name made of the first text that has one. Of an address, the part before `@`.
pub(crate) fn suggested_name(texts: &[String]) -> UserName {
    let names = texts
        .iter()
        .map(|text| text.split('@').next().unwrap_or_default());
    let mut names = names.chain([FALLBACK]).filter_map(|text| {
        // What is longer is cut: the end of a name matters least.
        let allowed = |character: &char| character.is_alphanumeric() || "._-".contains(*character);
        let spaced = text.trim().replace(' ', ".");
        let name: String = spaced.chars().filter(allowed).collect();
        let name = name.trim_start_matches(['.', '_', '-']);
        UserName::parse(&shortened(name, UserName::MAX_CHARS)).ok()
    });
    names.next().expect("the fallback is a name")
}

/// Returns the name with a number after it.
pub(crate) fn numbered_name(name: &UserName, number: u32) -> Option<UserName> {
    let digits = number.to_string();
    let short = shortened(name.as_str(), UserName::MAX_CHARS - digits.len());
    UserName::parse(&format!("{short}{digits}")).ok()
}

fn shortened(text: &str, max_chars: usize) -> String {
    text.chars().take(max_chars).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_made_of_what_a_provider_tells() {
        let long = "x".repeat(300);
        for (texts, name) in [
            (&["Ada"][..], "ada"),
            (&["ada@school.example"], "ada"),
            (&["Ada Lovelace"], "ada.lovelace"),
            (&["../../etc/passwd"], "etcpasswd"),
            (&["ada\0\u{202e}"], "ada"),
            (&["", "@", "ada"], "ada"),
            (&["аdmin", "eve"], "eve"),
            (&["operator"], "user"),
            (&["管理员"], "管理员"),
            (&["<script>"], "script"),
            (&[long.as_str()], &long[..32]),
            (&[], "user"),
        ] {
            let texts: Vec<String> = texts.iter().map(|text| (*text).to_owned()).collect();
            assert_eq!(suggested_name(&texts).as_str(), name, "{texts:?}");
        }
    }

    #[test]
    fn numbers_fit_behind_long_names() {
        let name = UserName::parse(&"x".repeat(32)).unwrap();
        let numbered = numbered_name(&name, 12).unwrap();
        assert_eq!(numbered.as_str(), format!("{}12", "x".repeat(30)));
    }
}
