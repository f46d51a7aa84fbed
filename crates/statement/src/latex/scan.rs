//! Reading LaTeX source piece by piece: commands, arguments, bodies of environments.

use crate::start_of;

/// Environments whose body is text, whatever is in it.
pub(super) const VERBATIM: [&str; 6] = [
    "verbatim",
    "verbatim*",
    "Verbatim",
    "lstlisting",
    "minted",
    "alltt",
];

/// How far the end of an optional argument, of `\verb` and the like is looked for. An end that is missing is searched
/// again behind every beginning, so without a bound many of them would take the square of the time.
const MAX_SHORT: usize = 500;

/// A place in a piece of source. Nothing here fails: what is not closed ends with the text.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scanner<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Scanner<'t> {
    pub fn new(text: &'t str) -> Self {
        Scanner { text, at: 0 }
    }

    pub fn rest(&self) -> &'t str {
        &self.text[self.at..]
    }

    pub fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    pub fn next(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.at += c.len_utf8();
        Some(c)
    }

    /// Goes on behind `wanted` if it comes next.
    pub fn skip(&mut self, wanted: &str) -> bool {
        let comes = self.rest().starts_with(wanted);
        if comes {
            self.at += wanted.len();
        }
        comes
    }

    pub fn take_while(&mut self, wanted: impl Fn(char) -> bool) -> &'t str {
        let rest = self.rest();
        let end = rest.find(|c| !wanted(c)).unwrap_or(rest.len());
        self.take(end)
    }

    fn take(&mut self, bytes: usize) -> &'t str {
        let taken = &self.rest()[..bytes];
        self.at += bytes;
        taken
    }

    /// The name of a command, behind its backslash: letters and perhaps a star, or one other sign.
    pub fn name(&mut self) -> &'t str {
        let rest = self.rest();
        let letters = rest
            .find(|c: char| !c.is_ascii_alphabetic())
            .unwrap_or(rest.len());
        if letters == 0 {
            let sign = self.peek().map_or(0, char::len_utf8);
            return self.take(sign);
        }
        let star = usize::from(rest[letters..].starts_with('*'));
        self.take(letters + star)
    }

    /// White space without an empty line, which is a paragraph's end.
    pub fn skip_space(&mut self) {
        let before = self.at;
        let space = self.take_while(char::is_whitespace);
        if space.matches('\n').count() > 1 {
            self.at = before;
        }
    }

    /// What is between the braces that come next.
    pub fn group(&mut self) -> Option<&'t str> {
        let before = self.at;
        self.skip_space();
        if !self.skip("{") {
            self.at = before;
            return None;
        }
        let (inside, behind) = balanced(self.rest());
        self.at += behind;
        Some(inside)
    }

    /// An argument: a group, a command, or one sign.
    pub fn argument(&mut self) -> &'t str {
        if let Some(group) = self.group() {
            return group;
        }
        self.skip_space();
        let rest = self.rest();
        let length = match rest.strip_prefix('\\') {
            Some(behind) => 1 + Scanner::new(behind).name().len(),
            None => match self.peek() {
                None | Some('}' | '\n') => 0,
                Some(c) => c.len_utf8(),
            },
        };
        self.take(length)
    }

    pub fn skip_arguments(&mut self, count: usize) {
        for _ in 0..count {
            self.argument();
        }
    }

    /// What is between the brackets that come next, if any do.
    pub fn optional(&mut self) -> Option<&'t str> {
        let before = self.at;
        self.skip_space();
        let rest = self.rest();
        let end = rest.starts_with('[').then(|| closing_bracket(rest))?;
        let Some(end) = end else {
            self.at = before;
            return None;
        };
        self.at += end + 1;
        Some(&rest[1..end])
    }

    /// Behind `\begin{name}`: all up to the `\end` that belongs to it.
    pub fn body(&mut self, name: &str) -> &'t str {
        let (begin, end) = (format!("\\begin{{{name}}}"), format!("\\end{{{name}}}"));
        if VERBATIM.contains(&name) {
            return self.until(&end);
        }
        let rest = self.rest();
        let mut depth = 1;
        let mut at = 0;
        while let Some(found) = rest[at..].find('\\') {
            at += found;
            let here = &rest[at..];
            if here.starts_with(&end) {
                depth -= 1;
                if depth == 0 {
                    self.at += at + end.len();
                    return &rest[..at];
                }
                at += end.len();
            } else if here.starts_with(&begin) {
                depth += 1;
                at += begin.len();
            } else {
                at += escaped_pair(here);
            }
        }
        self.take(rest.len())
    }

    /// All up to `end`, which is skipped.
    pub fn until(&mut self, end: &str) -> &'t str {
        let rest = self.rest();
        let at = rest.find(end).unwrap_or(rest.len());
        self.at += (at + end.len()).min(rest.len());
        &rest[..at]
    }

    /// Behind `\verb`: what is between two of the same sign, on one line.
    pub fn verb(&mut self) -> Option<&'t str> {
        let mut ahead = *self;
        let sign = ahead
            .next()
            .filter(|c| !c.is_alphanumeric() && !c.is_whitespace())?;
        let rest = ahead.rest();
        let line = start_of(rest, MAX_SHORT);
        let line = &line[..line.find('\n').unwrap_or(line.len())];
        let end = line.find(sign)?;
        ahead.at += end + sign.len_utf8();
        *self = ahead;
        Some(&rest[..end])
    }

    /// Behind the opening sign of a formula: the formula. It ends outside of braces if it can, and
    /// always before an empty line.
    pub fn formula(&mut self, end: &str) -> Option<&'t str> {
        let rest = self.rest();
        let length = closing(rest, end)?;
        self.at += length + end.len();
        Some(&rest[..length])
    }
}

/// Where `end` is in a formula.
fn closing(text: &str, end: &str) -> Option<usize> {
    let mut inside_braces = None;
    let mut depth = 0_i32;
    let mut at = 0;
    while let Some(c) = text[at..].chars().next() {
        let here = &text[at..];
        let is_too_far = inside_braces.is_some_and(|found| at > found + MAX_SHORT);
        if is_too_far || here.starts_with("\n\n") {
            break;
        }
        if here.starts_with(end) {
            if depth <= 0 {
                return Some(at);
            }
            inside_braces.get_or_insert(at);
        }
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        at += match c {
            '\\' => escaped_pair(here),
            c => c.len_utf8(),
        };
    }
    inside_braces
}

/// Behind an opening brace: what is inside, and how many bytes it takes with the closing one.
fn balanced(text: &str) -> (&str, usize) {
    let mut depth = 1;
    let mut at = 0;
    while let Some(found) = text[at..].find(['{', '}', '\\']) {
        at += found;
        match text.as_bytes()[at] {
            b'{' => depth += 1,
            b'}' => depth -= 1,
            _ => {
                at += escaped_pair(&text[at..]);
                continue;
            }
        }
        if depth == 0 {
            return (&text[..at], at + 1);
        }
        at += 1;
    }
    (text, text.len())
}

/// The bracket that closes the one at the start, outside of braces and in the same paragraph.
fn closing_bracket(text: &str) -> Option<usize> {
    let text = start_of(text, MAX_SHORT);
    let mut depth = 0_i32;
    let mut at = 1;
    while let Some(found) = text[at..].find(['{', '}', '\\', ']', '\n']) {
        at += found;
        match text.as_bytes()[at] {
            b'{' => depth += 1,
            b'}' => depth -= 1,
            b']' if depth == 0 => return Some(at),
            b'\\' => {
                at += escaped_pair(&text[at..]);
                continue;
            }
            b'\n' if text[at..].starts_with("\n\n") => return None,
            _ => {}
        }
        if depth < 0 {
            return None;
        }
        at += 1;
    }
    None
}

/// The length of a backslash and the sign behind it.
fn escaped_pair(text: &str) -> usize {
    1 + text[1..].chars().next().map_or(0, char::len_utf8)
}

/// What `\(` or `\[` opens and nothing closes goes on to the end of its paragraph.
pub(super) fn formula_or_paragraph<'t>(scanner: &mut Scanner<'t>, end: &str) -> &'t str {
    let found = scanner.formula(end);
    found.unwrap_or_else(|| {
        let rest = scanner.rest();
        scanner.take(rest.find("\n\n").unwrap_or(rest.len()))
    })
}

/// Splits at `separator` where it stands outside of braces, environments and formulas. A separator
/// that starts with a backslash is a command: `\item` is not the start of `\itemsep`.
pub(super) fn split<'t>(text: &'t str, separator: &str) -> Vec<&'t str> {
    let mut parts = Vec::new();
    let (mut start, mut at, mut depth) = (0, 0, 0_i32);
    while let Some(c) = text[at..].chars().next() {
        let here = &text[at..];
        if depth == 0 && starts_with_command(here, separator) {
            parts.push(&text[start..at]);
            at += separator.len();
            start = at;
            continue;
        }
        let mut length = c.len_utf8();
        match c {
            '{' => depth += 1,
            '}' => depth = (depth - 1).max(0),
            '\\' if here.starts_with("\\begin{") => depth += 1,
            '\\' if here.starts_with("\\end{") => depth = (depth - 1).max(0),
            '\\' if here.starts_with("\\verb") => {
                let mut behind = Scanner::new(&here[5..]);
                behind.verb();
                length = here.len() - behind.rest().len();
            }
            '\\' => length = escaped_pair(here),
            '$' => {
                let mut formula = Scanner::new(&here[1..]);
                if formula.formula("$").is_some() {
                    length = here.len() - formula.rest().len();
                }
            }
            _ => {}
        }
        at += length;
    }
    parts.push(&text[start..]);
    parts
}

fn starts_with_command(text: &str, command: &str) -> bool {
    let Some(behind) = text.strip_prefix(command) else {
        return false;
    };
    let is_word = command.ends_with(|c: char| c.is_ascii_alphabetic());
    !(is_word && behind.starts_with(|c: char| c.is_ascii_alphabetic()))
}
