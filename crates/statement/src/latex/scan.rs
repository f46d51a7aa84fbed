//! Scans LaTeX source: commands, arguments, bodies of environments.

use crate::text::truncated;

/// Environments whose body is plain text.
pub(super) const VERBATIM: [&str; 6] = [
    "verbatim",
    "verbatim*",
    "Verbatim",
    "lstlisting",
    "minted",
    "alltt",
];

/// Longest optional argument, `\verb` and the like, in bytes. The search for a missing end is repeated
/// at every start, so without this bound many of them would take quadratic time.
const MAX_SHORT: usize = 500;

/// A position in a piece of source. Scanning never fails: unclosed groups end with the text.
#[derive(Debug, Clone, Copy)]
pub(super) struct LatexScanner<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> LatexScanner<'t> {
    pub fn new(text: &'t str) -> Self {
        LatexScanner { text, at: 0 }
    }

    pub fn remaining(&self) -> &'t str {
        &self.text[self.at..]
    }

    pub fn peek(&self) -> Option<char> {
        self.remaining().chars().next()
    }

    pub fn next(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.at += c.len_utf8();
        Some(c)
    }

    /// Skips `prefix` if the remaining text starts with it.
    pub fn skip(&mut self, prefix: &str) -> bool {
        let is_next = self.remaining().starts_with(prefix);
        if is_next {
            self.at += prefix.len();
        }
        is_next
    }

    pub fn take_while(&mut self, predicate: impl Fn(char) -> bool) -> &'t str {
        let text = self.remaining();
        let end = text.find(|c| !predicate(c)).unwrap_or(text.len());
        self.take(end)
    }

    fn take(&mut self, bytes: usize) -> &'t str {
        let taken = &self.remaining()[..bytes];
        self.at += bytes;
        taken
    }

    /// Reads a command's name, after its backslash: letters and perhaps a star, or one other character.
    pub fn name(&mut self) -> &'t str {
        let text = self.remaining();
        let letters = text
            .find(|c: char| !c.is_ascii_alphabetic())
            .unwrap_or(text.len());
        if letters == 0 {
            let sign = self.peek().map_or(0, char::len_utf8);
            return self.take(sign);
        }
        let star = usize::from(text[letters..].starts_with('*'));
        self.take(letters + star)
    }

    /// Skips white space, but not an empty line, which ends a paragraph.
    pub fn skip_space(&mut self) {
        let before = self.at;
        let space = self.take_while(char::is_whitespace);
        if space.matches('\n').count() > 1 {
            self.at = before;
        }
    }

    /// Reads the text between braces, if they come next.
    pub fn group(&mut self) -> Option<&'t str> {
        let before = self.at;
        self.skip_space();
        if !self.skip("{") {
            self.at = before;
            return None;
        }
        let (inside, behind) = balanced(self.remaining());
        self.at += behind;
        Some(inside)
    }

    /// Reads an argument: a group, a command, or one character.
    pub fn argument(&mut self) -> &'t str {
        if let Some(group) = self.group() {
            return group;
        }
        self.skip_space();
        let text = self.remaining();
        let length = match text.strip_prefix('\\') {
            Some(behind) => 1 + LatexScanner::new(behind).name().len(),
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

    /// Reads the text between brackets, if they come next.
    pub fn optional(&mut self) -> Option<&'t str> {
        let before = self.at;
        self.skip_space();
        let text = self.remaining();
        let end = text.starts_with('[').then(|| closing_bracket(text))?;
        let Some(end) = end else {
            self.at = before;
            return None;
        };
        self.at += end + 1;
        Some(&text[1..end])
    }

    /// Reads an environment's body, after `\begin{name}`, up to the matching `\end`.
    pub fn body(&mut self, name: &str) -> &'t str {
        let (begin, end) = (format!("\\begin{{{name}}}"), format!("\\end{{{name}}}"));
        if VERBATIM.contains(&name) {
            return self.until(&end);
        }
        let text = self.remaining();
        let mut depth = 1;
        let mut at = 0;
        while let Some(offset) = text[at..].find('\\') {
            at += offset;
            let tail = &text[at..];
            if tail.starts_with(&end) {
                depth -= 1;
                if depth == 0 {
                    self.at += at + end.len();
                    return &text[..at];
                }
                at += end.len();
            } else if tail.starts_with(&begin) {
                depth += 1;
                at += begin.len();
            } else {
                at += escaped_pair(tail);
            }
        }
        self.take(text.len())
    }

    /// Reads up to `end`, which is skipped.
    pub fn until(&mut self, end: &str) -> &'t str {
        let text = self.remaining();
        let at = text.find(end).unwrap_or(text.len());
        self.at += (at + end.len()).min(text.len());
        &text[..at]
    }

    /// Reads the argument of `\verb`: the text between two equal characters, on one line.
    pub fn verb(&mut self) -> Option<&'t str> {
        let mut ahead = *self;
        let sign = ahead
            .next()
            .filter(|c| !c.is_alphanumeric() && !c.is_whitespace())?;
        let text = ahead.remaining();
        let line = truncated(text, MAX_SHORT);
        let line = &line[..line.find('\n').unwrap_or(line.len())];
        let end = line.find(sign)?;
        ahead.at += end + sign.len_utf8();
        *self = ahead;
        Some(&text[..end])
    }

    /// Reads a formula, after its opening sign. It ends outside of braces if possible, and always
    /// before an empty line.
    pub fn formula(&mut self, end: &str) -> Option<&'t str> {
        let text = self.remaining();
        let length = closing(text, end)?;
        self.at += length + end.len();
        Some(&text[..length])
    }
}

/// Finds the `end` of a formula.
fn closing(text: &str, end: &str) -> Option<usize> {
    let mut inside_braces = None;
    let mut depth = 0_i32;
    let mut at = 0;
    while let Some(c) = text[at..].chars().next() {
        let tail = &text[at..];
        let is_too_far = inside_braces.is_some_and(|start| at > start + MAX_SHORT);
        if is_too_far || tail.starts_with("\n\n") {
            break;
        }
        if tail.starts_with(end) {
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
            '\\' => escaped_pair(tail),
            c => c.len_utf8(),
        };
    }
    inside_braces
}

/// Returns the text up to the matching closing brace, and its length with that brace.
fn balanced(text: &str) -> (&str, usize) {
    let mut depth = 1;
    let mut at = 0;
    while let Some(offset) = text[at..].find(['{', '}', '\\']) {
        at += offset;
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

/// Finds the bracket that closes the one at the start, outside of braces and in the same paragraph.
fn closing_bracket(text: &str) -> Option<usize> {
    let text = truncated(text, MAX_SHORT);
    let mut depth = 0_i32;
    let mut at = 1;
    while let Some(offset) = text[at..].find(['{', '}', '\\', ']', '\n']) {
        at += offset;
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

/// Returns the length of a backslash and the next character.
fn escaped_pair(text: &str) -> usize {
    1 + text[1..].chars().next().map_or(0, char::len_utf8)
}

/// Reads a formula after `\(` or `\[`; an unclosed one ends with its paragraph.
pub(super) fn formula_or_paragraph<'t>(scanner: &mut LatexScanner<'t>, end: &str) -> &'t str {
    let formula = scanner.formula(end);
    formula.unwrap_or_else(|| {
        let text = scanner.remaining();
        scanner.take(text.find("\n\n").unwrap_or(text.len()))
    })
}

/// Splits at `separator` where it stands outside of braces, environments and formulas. A separator
/// that starts with a backslash is a command: `\item` is not the start of `\itemsep`.
pub(super) fn split<'t>(text: &'t str, separator: &str) -> Vec<&'t str> {
    let mut parts = Vec::new();
    let (mut start, mut at, mut depth) = (0, 0, 0_i32);
    while let Some(c) = text[at..].chars().next() {
        let tail = &text[at..];
        if depth == 0 && starts_with_command(tail, separator) {
            parts.push(&text[start..at]);
            at += separator.len();
            start = at;
            continue;
        }
        let mut length = c.len_utf8();
        match c {
            '{' => depth += 1,
            '}' => depth = (depth - 1).max(0),
            '\\' if tail.starts_with("\\begin{") => depth += 1,
            '\\' if tail.starts_with("\\end{") => depth = (depth - 1).max(0),
            '\\' if tail.starts_with("\\verb") => {
                let mut behind = LatexScanner::new(&tail[5..]);
                behind.verb();
                length = tail.len() - behind.remaining().len();
            }
            '\\' => length = escaped_pair(tail),
            '$' => {
                let mut formula = LatexScanner::new(&tail[1..]);
                if formula.formula("$").is_some() {
                    length = tail.len() - formula.remaining().len();
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
