//! A stream of bytes as tokens with white space between them.

use std::io::{self, BufRead, ErrorKind};

pub(super) struct Tokens<R> {
    input: R,
    /// Line of the next byte, from 1.
    line: u64,
}

/// C's `isspace` in the C locale.
fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t'..=b'\r')
}

impl<R: BufRead> Tokens<R> {
    pub(super) fn new(input: R) -> Self {
        Tokens { input, line: 1 }
    }

    pub(super) fn line(&self) -> u64 {
        self.line
    }

    pub(super) fn skip_space(&mut self) -> io::Result<()> {
        loop {
            let buffer = fill(&mut self.input)?;
            let space = buffer.iter().take_while(|b| is_space(**b)).count();
            let lines = buffer[..space].iter().filter(|b| **b == b'\n').count();
            let is_over = space < buffer.len() || buffer.is_empty();
            self.line += lines as u64;
            self.input.consume(space);
            if is_over {
                return Ok(());
            }
        }
    }

    /// Takes the next byte if it is white space.
    pub(super) fn take_space(&mut self) -> io::Result<Option<u8>> {
        let next = fill(&mut self.input)?
            .first()
            .copied()
            .filter(|b| is_space(*b));
        if let Some(byte) = next {
            self.line += u64::from(byte == b'\n');
            self.input.consume(1);
        }
        Ok(next)
    }

    /// Reads the rest of the next token into `token`, at most `limit` bytes of it. Returns true if
    /// there is more. The token is empty at white space and at the end.
    pub(super) fn read(&mut self, token: &mut Vec<u8>, limit: usize) -> io::Result<bool> {
        token.clear();
        loop {
            let buffer = fill(&mut self.input)?;
            let window = &buffer[..buffer.len().min(limit - token.len())];
            let length = window
                .iter()
                .position(|b| is_space(*b))
                .unwrap_or(window.len());
            let ends_here = length < window.len() || buffer.is_empty();
            token.extend_from_slice(&window[..length]);
            self.input.consume(length);
            if ends_here {
                return Ok(false);
            }
            if token.len() == limit {
                return Ok(fill(&mut self.input)?
                    .first()
                    .is_some_and(|b| !is_space(*b)));
            }
        }
    }
}

fn fill<R: BufRead>(input: &mut R) -> io::Result<&[u8]> {
    // Called twice, because a borrow that is returned can't be retried; a buffer that is not
    // empty is not filled again.
    loop {
        match input.fill_buf() {
            Ok([]) => return Ok(&[]),
            Ok(_) => return input.fill_buf(),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}
