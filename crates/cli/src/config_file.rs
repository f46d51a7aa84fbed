//! Settings from a TOML file: each key is the name of an option and takes the same values. Options
//! on the command line take precedence, then environment variables, then the file.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use clap::parser::ValueSource;
use clap::{ArgMatches, Command};
use toml::Value;

use crate::error::CliError;

/// Commands that read such a file. One file may serve all of them.
const ROLES: [&str; 3] = ["serve", "api", "worker"];

pub struct ConfigFile {
    pub settings: Vec<FileSetting>,
}

pub struct FileSetting {
    pub key: String,
    /// `None`: a flag that is on.
    values: Vec<Option<String>>,
    /// Commands that have this option.
    pub roles: Vec<&'static str>,
}

impl ConfigFile {
    /// Parses each setting on its own with each command that has it, so that an error names its key.
    pub fn read(path: &Path, commands: &Command) -> Result<Self, CliError> {
        let at =
            |error: &dyn std::fmt::Display| CliError::new(format!("{}: {error}", path.display()));
        let text = std::fs::read_to_string(path).map_err(|error| at(&error))?;
        let table: toml::Table = toml::from_str(&text).map_err(|error| at(&error))?;
        let mut settings = Vec::new();
        for (key, value) in table {
            let values = plain(&value).ok_or_else(|| {
                at(&format!(
                    "`{key}` is a text, a number, true or false, or a list of them"
                ))
            })?;
            let setting = FileSetting {
                roles: roles_with(&key, commands),
                key,
                values,
            };
            if setting.roles.is_empty() {
                let help = format!("the settings are: {}", all_keys(commands).join(", "));
                let message = format!("`{}` is not a setting", setting.key);
                return Err(at(&message).with_help(help));
            }
            for role in &setting.roles {
                let command = ["letscode".to_owned(), (*role).to_owned()];
                let arguments = command.into_iter().chain(setting.arguments());
                let parsed = commands.clone().try_get_matches_from(arguments);
                if let Err(error) = parsed {
                    let message = error.to_string();
                    let first = message.lines().next().unwrap_or_default();
                    let first = first.trim_start_matches("error: ");
                    return Err(at(&format!("`{}`: {first}", setting.key)));
                }
            }
            settings.push(setting);
        }
        Ok(ConfigFile { settings })
    }
}

impl FileSetting {
    fn arguments(&self) -> impl Iterator<Item = String> {
        let values = self.values.iter();
        values.map(|value| match value {
            Some(value) => format!("--{}={value}", self.key),
            None => format!("--{}", self.key),
        })
    }

    /// Formats the value without tokens and passwords.
    pub fn shown(&self) -> String {
        let is_secret = ["-token", "-key"].iter().any(|end| self.key.ends_with(end));
        let shown: Vec<String> = (self.values.iter())
            .map(|value| match value {
                Some(_) if is_secret => "***".to_owned(),
                Some(value) => without_password(value),
                None => "true".to_owned(),
            })
            .collect();
        shown.join(", ")
    }
}

/// Returns the command line, completed with the settings of the file that `--config` names.
pub fn complete(arguments: Vec<OsString>, commands: &Command) -> Result<Vec<OsString>, CliError> {
    // Errors are reported by the real parser, which runs next.
    let lenient = commands.clone().ignore_errors(true);
    let Ok(matches) = lenient.try_get_matches_from(&arguments) else {
        return Ok(arguments);
    };
    let Some((role, role_matches)) = matches
        .subcommand()
        .filter(|(name, _)| ROLES.contains(name))
    else {
        return Ok(arguments);
    };
    let Some(path) = role_matches.get_one::<PathBuf>("config") else {
        return Ok(arguments);
    };
    let file = ConfigFile::read(path, commands)?;
    let mut added = Vec::new();
    for setting in &file.settings {
        if setting.roles.contains(&role) && !is_set(&setting.key, role_matches) {
            added.extend(setting.arguments().map(OsString::from));
        }
    }
    let mut completed = arguments;
    let behind_role = completed.iter().position(|argument| argument == role);
    let behind_role = behind_role.map_or(completed.len(), |at| at + 1);
    completed.splice(behind_role..behind_role, added);
    Ok(completed)
}

fn is_set(key: &str, matches: &ArgMatches) -> bool {
    let source = matches.value_source(&key.replace('-', "_"));
    matches!(
        source,
        Some(ValueSource::CommandLine | ValueSource::EnvVariable)
    )
}

fn roles_with(key: &str, commands: &Command) -> Vec<&'static str> {
    let has = |role: &&str| keys_of(role, commands).any(|name| name == key);
    ROLES.into_iter().filter(has).collect()
}

fn all_keys(commands: &Command) -> Vec<String> {
    let mut keys: Vec<String> = ROLES
        .iter()
        .flat_map(|role| keys_of(role, commands))
        .collect();
    keys.sort_unstable();
    keys.dedup();
    keys
}

fn keys_of(role: &str, commands: &Command) -> impl Iterator<Item = String> {
    let options = commands.find_subcommand(role).into_iter();
    let options = options.flat_map(Command::get_arguments);
    let names = options.filter_map(clap::Arg::get_long);
    // A file can't name another file.
    names.filter(|name| *name != "config").map(str::to_owned)
}

fn plain(value: &Value) -> Option<Vec<Option<String>>> {
    match value {
        Value::String(text) => Some(vec![Some(text.clone())]),
        Value::Integer(number) => Some(vec![Some(number.to_string())]),
        Value::Float(number) => Some(vec![Some(number.to_string())]),
        Value::Boolean(true) => Some(vec![None]),
        Value::Boolean(false) => Some(Vec::new()),
        Value::Array(values) => {
            let values: Option<Vec<Vec<Option<String>>>> = values.iter().map(plain).collect();
            Some(values?.concat())
        }
        _ => None,
    }
}

fn without_password(value: &str) -> String {
    let parts = value.split_once("://").and_then(|(scheme, remainder)| {
        let (login, place) = remainder.rsplit_once('@')?;
        let (user, _) = login.split_once(':')?;
        Some(format!("{scheme}://{user}:***@{place}"))
    });
    parts.unwrap_or_else(|| value.to_owned())
}
