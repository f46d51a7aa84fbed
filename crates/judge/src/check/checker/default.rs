//! The default output validator.
//!
//! One thing differs from problemtools on purpose: here a NUL byte is a byte like any other, as the
//! specification has it, while problemtools compares only what stands before it.

use std::fmt;
use std::io::{self, BufRead};

use letscode_model::TokenRule;

use super::number;
use super::tokens::Tokens;

/// Most bytes that are compared at once. Longer tokens are compared in pieces, and are no numbers.
const MAX_PIECE_BYTES: usize = 1 << 20;

/// Compares an output with the answer, token by token.
#[derive(Debug, Clone, PartialEq)]
pub struct DefaultChecker {
    case_sensitive: bool,
    space_change_sensitive: bool,
    /// Below 0 when none is set.
    absolute_tolerance: f64,
    relative_tolerance: f64,
}

/// A mistake in a package's validator flags.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CheckerArgsError {
    UnknownFlag(String),
    MissingValue(String),
    NotANumber { flag: String, value: String },
}

/// First difference between an output and the answer. It holds nothing of the answer, which may be
/// hidden data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Difference {
    /// Token of the output, from 1.
    pub token: u64,
    /// Line of the output, from 1.
    pub line: u64,
    pub kind: DifferenceKind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DifferenceKind {
    Token,
    /// The answer has a number here, the output something else.
    NotANumber,
    /// A number that is further off than the tolerance.
    TooFarOff,
    /// White space, where that matters.
    Space,
    /// The answer has more.
    OutputEnds,
    /// The output has more.
    OutputContinues,
}

impl Default for DefaultChecker {
    /// Without flags.
    fn default() -> Self {
        DefaultChecker {
            case_sensitive: false,
            space_change_sensitive: false,
            absolute_tolerance: -1.0,
            relative_tolerance: -1.0,
        }
    }
}

impl DefaultChecker {
    /// Returns the checker for an ad-hoc run.
    pub fn of_rule(rule: &TokenRule) -> DefaultChecker {
        DefaultChecker {
            case_sensitive: !rule.ignores_case,
            space_change_sensitive: rule.compares_space,
            absolute_tolerance: rule.absolute_tolerance.unwrap_or(-1.0),
            relative_tolerance: rule.relative_tolerance.unwrap_or(-1.0),
        }
    }

    /// Parses the flags; the last occurrence of a flag counts.
    pub fn parse(args: &[String]) -> Result<DefaultChecker, CheckerArgsError> {
        let mut checker = DefaultChecker::default();
        let mut args = args.iter();
        while let Some(flag) = args.next() {
            let mut tolerance = || {
                let value = args
                    .next()
                    .ok_or_else(|| CheckerArgsError::MissingValue(flag.clone()))?;
                number::parse(value.as_bytes()).ok_or_else(|| CheckerArgsError::NotANumber {
                    flag: flag.clone(),
                    value: value.clone(),
                })
            };
            match flag.as_str() {
                "case_sensitive" => checker.case_sensitive = true,
                "space_change_sensitive" => checker.space_change_sensitive = true,
                "float_absolute_tolerance" => checker.absolute_tolerance = tolerance()?,
                "float_relative_tolerance" => checker.relative_tolerance = tolerance()?,
                "float_tolerance" => {
                    checker.absolute_tolerance = tolerance()?;
                    checker.relative_tolerance = checker.absolute_tolerance;
                }
                _ => return Err(CheckerArgsError::UnknownFlag(flag.clone())),
            }
        }
        Ok(checker)
    }

    /// Compares `output` with `answer`; both are read once, with bounded memory. An error means that
    /// one of them could not be read.
    pub fn check(
        &self,
        answer: impl BufRead,
        output: impl BufRead,
    ) -> io::Result<Result<(), Difference>> {
        let mut answer = Tokens::new(answer);
        let mut output = Tokens::new(output);
        let (mut expected, mut actual) = (Vec::new(), Vec::new());
        for token in 1.. {
            let same_space = self.space(&mut answer, &mut output)?;
            let line = output.line();
            let differs = |kind| Ok(Err(Difference { token, line, kind }));
            if !same_space {
                return differs(DifferenceKind::Space);
            }
            let expected_goes_on = answer.read(&mut expected, MAX_PIECE_BYTES)?;
            let actual_goes_on = output.read(&mut actual, MAX_PIECE_BYTES)?;
            match (expected.is_empty(), actual.is_empty()) {
                (true, true) => break,
                (true, false) => return differs(DifferenceKind::OutputContinues),
                (false, true) => return differs(DifferenceKind::OutputEnds),
                (false, false) => {}
            }
            let compared = if expected_goes_on || actual_goes_on {
                self.long_token(&mut answer, &mut output, &mut expected, &mut actual)?
            } else {
                self.token(&expected, &actual)
            };
            if let Err(kind) = compared {
                return differs(kind);
            }
        }
        Ok(Ok(()))
    }

    /// Skips the white space before a token. Returns false if it differs and that matters.
    fn space(
        &self,
        answer: &mut Tokens<impl BufRead>,
        output: &mut Tokens<impl BufRead>,
    ) -> io::Result<bool> {
        if !self.space_change_sensitive {
            answer.skip_space()?;
            output.skip_space()?;
            return Ok(true);
        }
        loop {
            match (answer.take_space()?, output.take_space()?) {
                (None, None) => return Ok(true),
                (expected, actual) if expected != actual => return Ok(false),
                _ => {}
            }
        }
    }

    fn token(&self, expected: &[u8], actual: &[u8]) -> Result<(), DifferenceKind> {
        let compares_numbers = self.absolute_tolerance >= 0.0 || self.relative_tolerance >= 0.0;
        let Some(expected_number) = number::parse(expected).filter(|_| compares_numbers) else {
            return self.text(expected, actual);
        };
        let actual_number = number::parse(actual).ok_or(DifferenceKind::NotANumber)?;
        let off = (expected_number - actual_number).abs();
        let is_near = off <= self.absolute_tolerance
            || off <= self.relative_tolerance * expected_number.abs();
        is_near.then_some(()).ok_or(DifferenceKind::TooFarOff)
    }

    fn text(&self, expected: &[u8], actual: &[u8]) -> Result<(), DifferenceKind> {
        let same = if self.case_sensitive {
            expected == actual
        } else {
            expected.eq_ignore_ascii_case(actual)
        };
        same.then_some(()).ok_or(DifferenceKind::Token)
    }

    /// Compares tokens piece by piece; at least one of them is longer than a piece.
    fn long_token(
        &self,
        answer: &mut Tokens<impl BufRead>,
        output: &mut Tokens<impl BufRead>,
        expected: &mut Vec<u8>,
        actual: &mut Vec<u8>,
    ) -> io::Result<Result<(), DifferenceKind>> {
        loop {
            // Pieces are equally long unless a token ends.
            if let Err(kind) = self.text(expected, actual) {
                return Ok(Err(kind));
            }
            answer.read(expected, MAX_PIECE_BYTES)?;
            output.read(actual, MAX_PIECE_BYTES)?;
            if expected.is_empty() && actual.is_empty() {
                return Ok(Ok(()));
            }
        }
    }
}

impl fmt::Display for CheckerArgsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            CheckerArgsError::UnknownFlag(flag) => write!(f, "unknown validator flag `{flag}`"),
            CheckerArgsError::MissingValue(flag) => {
                write!(f, "the validator flag `{flag}` needs a number behind it")
            }
            CheckerArgsError::NotANumber { flag, value } => {
                write!(
                    f,
                    "the validator flag `{flag}` needs a number, not `{value}`"
                )
            }
        }
    }
}

impl std::error::Error for CheckerArgsError {}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Difference { token, line, kind } = self;
        match (kind, token - 1) {
            (DifferenceKind::Token, _) => write!(f, "token {token} on line {line} differs"),
            (DifferenceKind::NotANumber, _) => {
                write!(f, "token {token} on line {line} should be a number")
            }
            (DifferenceKind::TooFarOff, _) => {
                write!(
                    f,
                    "the number at token {token} on line {line} is off by more than the tolerance"
                )
            }
            (DifferenceKind::Space, _) => {
                write!(
                    f,
                    "the white space before token {token} on line {line} differs"
                )
            }
            (DifferenceKind::OutputEnds, 0) => f.write_str("the output is empty"),
            (DifferenceKind::OutputEnds, 1) => f.write_str("the output ends after 1 token"),
            (DifferenceKind::OutputEnds, before) => {
                write!(f, "the output ends after {before} tokens")
            }
            (DifferenceKind::OutputContinues, _) => {
                write!(
                    f,
                    "the output has more after the answer's end, from token {token} on line {line} on"
                )
            }
        }
    }
}
