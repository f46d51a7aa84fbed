//! Reads a password from the terminal, or from standard input.

use std::io::{IsTerminal, Write, stdin};

use letscode_model::UserName;
use letscode_server::Password;
use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};

use crate::error::CliError;

/// Asks twice on a terminal; reads one line elsewhere.
pub fn read_password(name: &UserName) -> Result<Password, CliError> {
    let text = if stdin().is_terminal() {
        let text = ask("Password: ")?;
        if ask("Again: ")? != text {
            return Err(CliError::new("the two passwords differ"));
        }
        text
    } else {
        read_line()?
    };
    Password::choose(&text, name).map_err(|error| {
        CliError::new(error).with_help(
            "type it, or send it as one line of standard input; with --invite whoever gets the \
             account chooses it",
        )
    })
}

fn ask(prompt: &str) -> Result<String, CliError> {
    eprint!("{prompt}");
    std::io::stderr().flush().map_err(CliError::new)?;
    let _echo = HiddenInput::start();
    let line = read_line();
    eprintln!();
    line
}

fn read_line() -> Result<String, CliError> {
    let mut line = String::new();
    stdin().read_line(&mut line).map_err(CliError::new)?;
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}

/// Hides what is typed until it is dropped.
struct HiddenInput(Option<Termios>);

impl HiddenInput {
    fn start() -> Self {
        let Ok(shown) = tcgetattr(stdin()) else {
            return HiddenInput(None);
        };
        let mut hidden = shown.clone();
        hidden.local_modes.remove(LocalModes::ECHO);
        let is_hidden = tcsetattr(stdin(), OptionalActions::Flush, &hidden).is_ok();
        HiddenInput(is_hidden.then_some(shown))
    }
}

impl Drop for HiddenInput {
    fn drop(&mut self) {
        if let Some(shown) = &self.0 {
            // The terminal is gone if this fails.
            let _ = tcsetattr(stdin(), OptionalActions::Now, shown);
        }
    }
}
