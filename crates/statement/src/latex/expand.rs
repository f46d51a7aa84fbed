//! The first pass: comments go, and the author's own commands are replaced by what they stand for.

use std::collections::HashMap;

use super::scan::{Scanner, VERBATIM};

/// More than any statement uses; commands that stand for themselves end here.
const MAX_EXPANSIONS: usize = 10_000;
const MAX_EXPANDED_BYTES: usize = 1 << 20;
/// Replacements inside of replacements.
const MAX_DEPTH: usize = 64;
const MAX_DEFINITIONS: usize = 1_000;

/// Commands that the structure hangs on: nobody gives them another meaning.
const FIXED: [&str; 4] = ["begin", "end", "item", "verb"];

#[derive(Debug, Clone)]
struct Definition {
    arguments: usize,
    default: Option<String>,
    body: String,
}

/// The text without comments and own commands; whether these were too many to replace.
pub(super) fn expand(text: &str) -> (String, bool) {
    let mut expander = Expander::default();
    expander.run(text, 0);
    (expander.output, expander.overflowed)
}

#[derive(Default)]
struct Expander {
    output: String,
    definitions: HashMap<String, Definition>,
    environments: HashMap<String, (Definition, String)>,
    expansions: usize,
    expanded_bytes: usize,
    overflowed: bool,
}

impl Expander {
    fn run(&mut self, text: &str, depth: usize) {
        let mut scanner = Scanner::new(text);
        loop {
            let plain = scanner.take_while(|c| c != '\\' && c != '%');
            self.output.push_str(plain);
            match scanner.next() {
                None => return,
                Some('%') => {
                    // A comment takes its line's end and the next line's indentation with it, but
                    // not the end of a paragraph.
                    scanner.take_while(|c| c != '\n');
                    scanner.next();
                    scanner.take_while(|c| c == ' ' || c == '\t');
                    if scanner.peek() == Some('\n') {
                        self.output.push('\n');
                    }
                }
                Some(_) => self.command(&mut scanner, depth),
            }
        }
    }

    fn command(&mut self, scanner: &mut Scanner, depth: usize) {
        let before = scanner.rest();
        let name = scanner.name();
        match name {
            "newcommand"
            | "renewcommand"
            | "providecommand"
            | "newcommand*"
            | "renewcommand*"
            | "providecommand*"
            | "DeclareRobustCommand" => self.newcommand(scanner),
            "def" | "gdef" | "edef" => self.def(scanner),
            "DeclareMathOperator" | "DeclareMathOperator*" => {
                let name = command_name(scanner.argument());
                let body = format!("\\operatorname{{{}}}", scanner.argument());
                self.define(name, 0, None, body);
            }
            "newenvironment" | "renewenvironment" => self.newenvironment(scanner),
            "let" => {
                let name = command_name(scanner.argument());
                scanner.skip_space();
                scanner.skip("=");
                let body = scanner.argument().to_owned();
                self.define(name, 0, None, body);
            }
            "verb" | "verb*" | "lstinline" => {
                let options = scanner.rest();
                if name == "lstinline" {
                    scanner.optional();
                }
                let _ = scanner.verb();
                let used = options.len() - scanner.rest().len();
                self.copy(name, &options[..used]);
            }
            // A per cent sign is part of an address.
            "url" | "nolinkurl" | "href" | "path" => {
                let address = scanner.rest();
                scanner.group();
                let used = address.len() - scanner.rest().len();
                self.copy(name, &address[..used]);
            }
            "begin" | "end" => self.environment(name, scanner, depth),
            _ => match self.definitions.get(name).cloned() {
                Some(definition) if self.may_expand(depth) => {
                    // The space that ends a command's name is not text.
                    if before.starts_with(|c: char| c.is_ascii_alphabetic()) {
                        scanner.take_while(|c| c == ' ' || c == '\t');
                    }
                    let body = replacement(&definition, scanner);
                    self.replace(&body, depth, scanner.peek());
                }
                _ => self.copy(name, ""),
            },
        }
    }

    fn copy(&mut self, name: &str, behind: &str) {
        self.output.push('\\');
        self.output.push_str(name);
        self.output.push_str(behind);
    }

    fn may_expand(&mut self, depth: usize) -> bool {
        let fits = depth < MAX_DEPTH
            && self.expansions < MAX_EXPANSIONS
            && self.expanded_bytes < MAX_EXPANDED_BYTES;
        self.overflowed |= !fits;
        fits
    }

    fn replace(&mut self, body: &str, depth: usize, next: Option<char>) {
        self.expansions += 1;
        self.expanded_bytes += body.len();
        self.run(body, depth + 1);
        // `\bf` and then `x` must not become `\bfx`.
        if next.is_some_and(|c| c.is_ascii_alphabetic()) && ends_in_command(body) {
            self.output.push(' ');
        }
    }

    fn newcommand(&mut self, scanner: &mut Scanner) {
        let name = command_name(scanner.argument());
        let arguments = count(scanner.optional());
        let default = scanner.optional().map(str::to_owned);
        let body = scanner.argument().to_owned();
        self.define(name, arguments, default, body);
    }

    /// `\def\name#1#2{body}`; texts between the parameters are not matched.
    fn def(&mut self, scanner: &mut Scanner) {
        let name = command_name(scanner.argument());
        let parameters = scanner.take_while(|c| c != '{' && c != '\n');
        let arguments = parameters.matches('#').count().min(9);
        let body = scanner.argument().to_owned();
        self.define(name, arguments, None, body);
    }

    fn newenvironment(&mut self, scanner: &mut Scanner) {
        let name = scanner.argument().to_owned();
        let arguments = count(scanner.optional());
        let default = scanner.optional().map(str::to_owned);
        let body = scanner.argument().to_owned();
        let end = scanner.argument().to_owned();
        let begin = Definition {
            arguments,
            default,
            body,
        };
        if self.environments.len() < MAX_DEFINITIONS {
            self.environments.insert(name, (begin, end));
        }
    }

    fn define(&mut self, name: &str, arguments: usize, default: Option<String>, body: String) {
        let stands_for_itself = body.strip_prefix('\\') == Some(name);
        let room = self.definitions.len() < MAX_DEFINITIONS;
        if room && !name.is_empty() && !FIXED.contains(&name) && !stands_for_itself {
            let definition = Definition {
                arguments,
                default,
                body,
            };
            self.definitions.insert(name.to_owned(), definition);
        }
    }

    fn environment(&mut self, command: &str, scanner: &mut Scanner, depth: usize) {
        let Some(name) = scanner.group() else {
            return self.copy(command, "");
        };
        if command == "begin" && name == "comment" {
            scanner.body(name);
        } else if command == "begin" && VERBATIM.contains(&name) {
            let body = scanner.body(name);
            self.copy(command, &format!("{{{name}}}"));
            self.output.push_str(body);
            self.copy("end", &format!("{{{name}}}"));
        } else if let Some((begin, end)) = self.environments.get(name).cloned()
            && self.may_expand(depth)
        {
            let body = match command {
                "begin" => replacement(&begin, scanner),
                _ => end,
            };
            self.replace(&body, depth, scanner.peek());
        } else {
            self.copy(command, &format!("{{{name}}}"));
        }
    }
}

/// The definition's text with arguments from the source in the place of `#1` to `#9`.
fn replacement(definition: &Definition, scanner: &mut Scanner) -> String {
    let mut arguments: Vec<String> = Vec::new();
    for at in 0..definition.arguments {
        let default = definition.default.as_deref().filter(|_| at == 0);
        arguments.push(match default {
            Some(default) => scanner.optional().unwrap_or(default).to_owned(),
            None => scanner.argument().to_owned(),
        });
    }
    let mut text = String::new();
    let mut parts = definition.body.split('#');
    text.push_str(parts.next().unwrap_or_default());
    for part in parts {
        let number = part.chars().next().and_then(|c| c.to_digit(10));
        let argument = number.and_then(|n| arguments.get((n as usize).checked_sub(1)?));
        match argument {
            // Bounded together with what is replaced: nine arguments could grow without end.
            Some(argument) if text.len() < MAX_EXPANDED_BYTES => {
                text.push_str(argument);
                text.push_str(&part[1..]);
            }
            _ => {
                text.push('#');
                text.push_str(part);
            }
        }
    }
    text
}

fn command_name(argument: &str) -> &str {
    argument.trim().strip_prefix('\\').unwrap_or_default()
}

fn count(argument: Option<&str>) -> usize {
    let number = argument.and_then(|text| text.trim().parse::<usize>().ok());
    number.unwrap_or(0).min(9)
}

fn ends_in_command(text: &str) -> bool {
    let name = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    name.len() < text.len() && name.ends_with('\\') && !name.ends_with("\\\\")
}
