//! The first pass: removes comments and expands the author's own commands.

use std::collections::HashMap;

use super::scan::{LatexScanner, VERBATIM};

/// Maximum number of expansions, more than any statement uses; ends recursive commands.
const MAX_EXPANSIONS: usize = 10_000;
const MAX_EXPANDED_BYTES: usize = 1 << 20;
/// Maximum nesting of expansions.
const MAX_DEPTH: usize = 64;
const MAX_DEFINITIONS: usize = 1_000;

/// Commands that the structure depends on and that cannot be redefined.
const FIXED: [&str; 4] = ["begin", "end", "item", "verb"];

#[derive(Debug, Clone)]
struct MacroDefinition {
    arguments: usize,
    default: Option<String>,
    body: String,
}

/// Returns the text without comments and own commands; true if there were too many to expand.
pub(super) fn expand(text: &str) -> (String, bool) {
    let mut expander = MacroExpander::default();
    expander.run(text, 0);
    (expander.output, expander.overflowed)
}

#[derive(Default)]
struct MacroExpander {
    output: String,
    definitions: HashMap<String, MacroDefinition>,
    environments: HashMap<String, (MacroDefinition, String)>,
    expansions: usize,
    expanded_bytes: usize,
    overflowed: bool,
}

impl MacroExpander {
    fn run(&mut self, text: &str, depth: usize) {
        let mut scanner = LatexScanner::new(text);
        loop {
            let plain = scanner.take_while(|c| c != '\\' && c != '%');
            self.output.push_str(plain);
            match scanner.next() {
                None => return,
                Some('%') => {
                    // A comment includes its line's end and the next line's indentation, but not the
                    // end of a paragraph.
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

    fn command(&mut self, scanner: &mut LatexScanner, depth: usize) {
        let before = scanner.remaining();
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
                let options = scanner.remaining();
                if name == "lstinline" {
                    scanner.optional();
                }
                let _ = scanner.verb();
                let used = options.len() - scanner.remaining().len();
                self.copy(name, &options[..used]);
            }
            // A percent sign is part of an address.
            "url" | "nolinkurl" | "href" | "path" => {
                let address = scanner.remaining();
                scanner.group();
                let used = address.len() - scanner.remaining().len();
                self.copy(name, &address[..used]);
            }
            "begin" | "end" => self.environment(name, scanner, depth),
            _ => match self.definitions.get(name).cloned() {
                Some(definition) if self.may_expand(depth) => {
                    // The space that ends a command's name is not part of the text.
                    if before.starts_with(|c: char| c.is_ascii_alphabetic()) {
                        scanner.take_while(|c| c == ' ' || c == '\t');
                    }
                    let body = expansion(&definition, scanner);
                    self.expand(&body, depth, scanner.peek());
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

    fn expand(&mut self, body: &str, depth: usize, next: Option<char>) {
        self.expansions += 1;
        self.expanded_bytes += body.len();
        self.run(body, depth + 1);
        // `\bf` followed by `x` must not become `\bfx`.
        if next.is_some_and(|c| c.is_ascii_alphabetic()) && ends_in_command(body) {
            self.output.push(' ');
        }
    }

    fn newcommand(&mut self, scanner: &mut LatexScanner) {
        let name = command_name(scanner.argument());
        let arguments = count(scanner.optional());
        let default = scanner.optional().map(str::to_owned);
        let body = scanner.argument().to_owned();
        self.define(name, arguments, default, body);
    }

    /// Parses `\def\name#1#2{body}`; texts between the parameters are not matched.
    fn def(&mut self, scanner: &mut LatexScanner) {
        let name = command_name(scanner.argument());
        let parameters = scanner.take_while(|c| c != '{' && c != '\n');
        let arguments = parameters.matches('#').count().min(9);
        let body = scanner.argument().to_owned();
        self.define(name, arguments, None, body);
    }

    fn newenvironment(&mut self, scanner: &mut LatexScanner) {
        let name = scanner.argument().to_owned();
        let arguments = count(scanner.optional());
        let default = scanner.optional().map(str::to_owned);
        let body = scanner.argument().to_owned();
        let end = scanner.argument().to_owned();
        let begin = MacroDefinition {
            arguments,
            default,
            body,
        };
        if self.environments.len() < MAX_DEFINITIONS {
            self.environments.insert(name, (begin, end));
        }
    }

    fn define(&mut self, name: &str, arguments: usize, default: Option<String>, body: String) {
        let is_itself = body.strip_prefix('\\') == Some(name);
        let has_room = self.definitions.len() < MAX_DEFINITIONS;
        if has_room && !name.is_empty() && !FIXED.contains(&name) && !is_itself {
            let definition = MacroDefinition {
                arguments,
                default,
                body,
            };
            self.definitions.insert(name.to_owned(), definition);
        }
    }

    fn environment(&mut self, command: &str, scanner: &mut LatexScanner, depth: usize) {
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
                "begin" => expansion(&begin, scanner),
                _ => end,
            };
            self.expand(&body, depth, scanner.peek());
        } else {
            self.copy(command, &format!("{{{name}}}"));
        }
    }
}

/// Returns the definition's text with arguments from the source in place of `#1` to `#9`.
fn expansion(definition: &MacroDefinition, scanner: &mut LatexScanner) -> String {
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
            // Bounded as well: nine arguments could grow without end.
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
