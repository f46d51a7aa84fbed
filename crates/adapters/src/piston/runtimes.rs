//! Languages as Piston's runtimes.

use letscode_model::{LanguageInfo, LanguageStatus};
use semver::{Version, VersionReq};
use serde::Serialize;

use super::request::PistonRefusal;
use crate::context::AdapterContext;
use crate::outcome::version_number;

#[derive(Debug, Clone, Serialize)]
pub(super) struct PistonRuntime {
    pub language: String,
    pub version: String,
    pub aliases: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    runtime: Option<String>,
    #[serde(skip)]
    pub info: LanguageInfo,
}

pub(super) async fn installed_runtimes(
    context: &AdapterContext,
) -> Result<Vec<PistonRuntime>, PistonRefusal> {
    let languages = context.runner.languages().await?;
    Ok(languages.into_iter().filter_map(runtime).collect())
}

/// Finds the runtime of a name or alias with a version that the selector accepts.
pub(super) async fn find(
    context: &AdapterContext,
    name: &str,
    selector: &str,
) -> Result<PistonRuntime, PistonRefusal> {
    let runtimes = installed_runtimes(context).await?;
    let is_named = |runtime: &PistonRuntime| {
        runtime.language == name || runtime.aliases.iter().any(|alias| alias == name)
    };
    let mut runtimes = runtimes.into_iter();
    runtimes
        .find(|runtime| is_named(runtime) && accepts(selector, &runtime.version))
        .ok_or_else(|| PistonRefusal::UnknownRuntime(format!("{name}-{selector}")))
}

fn runtime(info: LanguageInfo) -> Option<PistonRuntime> {
    if info.status != LanguageStatus::Available {
        return None;
    }
    let names = info.peers.piston.clone()?;
    Some(PistonRuntime {
        language: names.name,
        version: version_number(&info),
        aliases: names.aliases,
        runtime: names.runtime,
        info,
    })
}

/// True if a selector of npm's kind accepts a version: `3.11.2` is just that one, `3.x`, `3`, `^3.1`
/// and `>=3 <4` are ranges, `||` separates alternatives.
fn accepts(selector: &str, version: &str) -> bool {
    let Ok(version) = Version::parse(version) else {
        return false;
    };
    selector.split("||").any(|alternative| {
        requirement(alternative).is_some_and(|requirement| requirement.matches(&version))
    })
}

/// Reads one range: npm separates conditions by spaces, Cargo by commas; a plain number is exact in
/// npm, and `x` is a wildcard.
fn requirement(text: &str) -> Option<VersionReq> {
    let is_operator = |c: char| "<>=^~".contains(c);
    let mut conditions: Vec<String> = Vec::new();
    let mut operator = String::new();
    for word in text.split_whitespace() {
        if word.chars().all(is_operator) {
            operator.push_str(word);
            continue;
        }
        let word = format!("{operator}{word}").replace(['x', 'X'], "*");
        operator.clear();
        let word = word.replace("=v", "=");
        let number = word.strip_prefix('v').unwrap_or(&word);
        let is_plain = number.starts_with(|c: char| c.is_ascii_digit());
        conditions.push(match number {
            number if is_plain && !number.contains('*') => format!("={number}"),
            number => number.to_owned(),
        });
    }
    if conditions.is_empty() {
        return None;
    }
    VersionReq::parse(&conditions.join(", ")).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn selectors_are_read_as_npm_does() {
        for (selector, expected) in [
            ("3.11.2", true),
            ("3.11.1", false),
            ("*", true),
            ("3.x", true),
            ("3.11.x", true),
            ("x", true),
            ("3", true),
            ("3.11", true),
            ("3.10", false),
            (">=3", true),
            (">= 3 < 4", true),
            (">=3 <3.11", false),
            ("^3.1.0", true),
            ("~3.11.0", true),
            ("2.x || 3.x", true),
            ("v3.11.2", true),
            ("", false),
            ("latest", false),
        ] {
            assert_eq!(accepts(selector, "3.11.2"), expected, "{selector}");
        }
    }
}
