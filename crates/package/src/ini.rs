//! `domjudge-problem.ini`: DOMjudge's own settings. Only the time limit and the name are read.

use crate::error::{PackageError, SourceLocation, WarningList, shown};
use crate::file_names::DOMJUDGE_INI;
use crate::tree::PackageFolder;

#[derive(Debug, Default)]
pub(crate) struct DomjudgeIni {
    /// Line number and value.
    pub timelimit: Option<(u64, String)>,
    pub name: Option<String>,
}

impl DomjudgeIni {
    pub(crate) fn read(
        package: &PackageFolder,
        warnings: &mut WarningList,
    ) -> Result<Self, PackageError> {
        match package.file(DOMJUDGE_INI) {
            Some(file) => Ok(Self::parse(&file.read_text(1 << 16)?.0, warnings)),
            None => Ok(Self::default()),
        }
    }

    fn parse(text: &str, warnings: &mut WarningList) -> Self {
        let mut ini = Self::default();
        for (number, line) in (1..).zip(text.lines()) {
            let line = line.trim();
            let is_remark = line.is_empty() || line.starts_with([';', '#', '[']);
            let Some((key, value)) = line.split_once('=').filter(|_| !is_remark) else {
                continue;
            };
            match key.trim().to_ascii_lowercase().as_str() {
                "timelimit" => ini.timelimit = Some((number, unquoted(value).to_owned())),
                "name" => ini.name = Some(unquoted(value).to_owned()).filter(|n| !n.is_empty()),
                // Names of programs that are installed in a DOMjudge, not part of the package.
                key @ ("special_run" | "special_compare") => {
                    let location = SourceLocation {
                        file: DOMJUDGE_INI.into(),
                        line: number,
                        column: 1,
                    };
                    let message = format!(
                        "`{key}` = `{}` is ignored: the program is not part of the package",
                        shown(unquoted(value))
                    );
                    warnings.add(location, message);
                }
                // Colour, points and so on are settings of a contest.
                _ => {}
            }
        }
        ini
    }
}

/// Removes the quotes around a value, or the comment behind an unquoted one.
fn unquoted(value: &str) -> &str {
    let value = value.trim();
    for quote in ['\'', '"'] {
        if let Some((inside, _)) = value
            .strip_prefix(quote)
            .and_then(|value| value.split_once(quote))
        {
            return inside.trim();
        }
    }
    value.split(';').next().unwrap_or_default().trim()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[rstest::rstest]
    #[case("timelimit='2'", "2")]
    #[case("timelimit=2", "2")]
    #[case("timelimit = \"2.5\" ; seconds", "2.5")]
    #[case("; remark\n[problem]\n TimeLimit = 3 ; s", "3")]
    fn time_limit_is_read(#[case] text: &str, #[case] value: &str) {
        let ini = DomjudgeIni::parse(text, &mut WarningList::default());
        assert_eq!(ini.timelimit.unwrap().1, value);
    }
}
