//! The protocol between a judge and an output validator.

use crate::error::{PackageError, shown};
use crate::tree::PackageFile;
use crate::yaml::Fields;

/// Maximum number of bytes to search in a file. A `testlib.h` has 200 KiB.
const MAX_READ_BYTES: u64 = 1 << 20;

/// Command line and exit codes of a validator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ValidatorProtocol {
    /// The package format's own: 42 accepts, 43 rejects.
    Kattis,
    /// That of the original `testlib.h`: input, output and answer as files; 0 accepts, 1 and 2
    /// reject, 7 gives points.
    Testlib,
    /// Testlib's, with points that are shares of the test's: from 0 to 1, or else of 100.
    TestlibShares,
}

impl ValidatorProtocol {
    /// True if the output is a file among its arguments, and not its standard input.
    pub fn is_testlib(self) -> bool {
        self != ValidatorProtocol::Kattis
    }
}

/// Reads `x-letscode: {protocol: …}`, our own key, which replaces what is detected.
pub(crate) fn read(extension: &mut Fields) -> Result<Option<ValidatorProtocol>, PackageError> {
    let Some(node) = extension.take("protocol") else {
        return Ok(None);
    };
    match node.clone().text("x-letscode.protocol")?.trim() {
        "kattis" => Ok(Some(ValidatorProtocol::Kattis)),
        "testlib" => Ok(Some(ValidatorProtocol::Testlib)),
        "testlib-shares" => Ok(Some(ValidatorProtocol::TestlibShares)),
        other => Err(node.invalid(
            "x-letscode.protocol",
            format!("has the unknown value `{}`", shown(other)),
            "use `kattis`, `testlib` or `testlib-shares`",
        )),
    }
}

/// Detects the protocol of a validator from its files.
///
/// It is testlib's if a source includes `testlib.h` and no file declares the package format's
/// protocol. Most packages bring a `testlib.h` that was changed to exit with 42 and 43 and to write
/// `judgemessage.txt`; these words in any file are the declaration.
pub(crate) fn detect(files: &[&PackageFile]) -> ValidatorProtocol {
    ValidatorProtocol::of_texts(files.iter().filter_map(|file| {
        let (text, _) = file.read_text(MAX_READ_BYTES).ok()?;
        Some((file.relative.clone(), text))
    }))
}

impl ValidatorProtocol {
    /// Detects the protocol from the names and texts of a validator's files.
    pub fn of_texts(files: impl IntoIterator<Item = (String, String)>) -> ValidatorProtocol {
        let mut includes_testlib = false;
        for (name, text) in files {
            if text.lines().any(declares_kattis) {
                return ValidatorProtocol::Kattis;
            }
            let is_library = name.ends_with("testlib.h");
            includes_testlib |= !is_library && text.lines().any(is_testlib_include);
        }
        if includes_testlib {
            ValidatorProtocol::Testlib
        } else {
            ValidatorProtocol::Kattis
        }
    }
}

fn is_testlib_include(line: &str) -> bool {
    let line = line.trim_start();
    line.starts_with('#') && line.contains("include") && line.contains("testlib.h")
}

/// True for `#define OK_EXIT_CODE 42` and the like, or the name of a file that only this format has.
fn declares_kattis(line: &str) -> bool {
    let code = line.split("//").next().unwrap_or_default();
    let value = code.split_once("OK_EXIT_CODE").map(|(_, value)| value);
    let number = value.map(|value| value.trim_matches([' ', '\t', '=', '(', ')', ';']));
    number == Some("42") || code.contains("judgemessage")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[rstest::rstest]
    #[case("#   define OK_EXIT_CODE 42", true)]
    #[case("const int OK_EXIT_CODE = 42;", true)]
    #[case("#       define OK_EXIT_CODE 0", false)]
    #[case("// OK_EXIT_CODE 42", false)]
    #[case("    out.open(dir + \"judgemessage.txt\");", true)]
    fn protocol_declarations(#[case] line: &str, #[case] kattis: bool) {
        assert_eq!(declares_kattis(line), kattis);
    }
}
