//! The default checker: compares an output with the answer.
//!
//! [`DefaultChecker`] is the formats' default output validator, here in the judge's own process:
//! it only reads bytes, and starting a program for every test would cost more than most tests. It
//! decides as the default validator of Kattis' problemtools does, on every pair of texts.
//!
//! `tokens` cuts a stream into tokens with bounded memory, `number` parses those that are numbers,
//! `default` compares. `lines` has the comparisons of ad-hoc runs.

mod default;
mod lines;
mod number;
mod tokens;

#[cfg(test)]
mod tests;

pub(crate) use lines::{compare_bytes, compare_lines};

pub use default::{CheckerArgsError, DefaultChecker, Difference, DifferenceKind};
