//! The default checker against a naive model, on random outputs. `PROPTEST_CASES` sets their number.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::io::BufReader;

use letscode_judge::DefaultChecker;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};

/// Random bytes, many of them white space, digits and letters in both cases.
fn text() -> impl Strategy<Value = Vec<u8>> {
    let likely = select(&b"  \n\t\r\x0b\x0cabAB01.-+eE,\0"[..]);
    vec(prop_oneof![6 => likely, 1 => any::<u8>()], 0..40)
}

/// An output and an answer that often agree.
fn pair() -> impl Strategy<Value = (Vec<u8>, Vec<u8>)> {
    let changed = (text(), any::<Index>(), any::<u8>()).prop_map(|(text, at, byte)| {
        let mut changed = text.clone();
        if !changed.is_empty() {
            let at = at.index(changed.len());
            changed[at] = match byte % 3 {
                0 => byte,
                1 => changed[at].to_ascii_uppercase(),
                _ => b' ',
            };
        }
        (text, changed)
    });
    prop_oneof![changed, (text(), text())]
}

/// Compares everything at once, without a limit on memory.
fn naive(answer: &[u8], output: &[u8], case: bool, space: bool) -> bool {
    let same = |a: &[u8], b: &[u8]| {
        if case {
            a == b
        } else {
            a.eq_ignore_ascii_case(b)
        }
    };
    let is_space = |byte: &u8| b" \t\n\x0b\x0c\r".contains(byte);
    let tokens = |text: &[u8]| -> Vec<Vec<u8>> {
        let tokens = text.split(is_space).filter(|token| !token.is_empty());
        tokens.map(<[u8]>::to_vec).collect()
    };
    if space {
        return same(answer, output);
    }
    let (a, b) = (tokens(answer), tokens(output));
    a.len() == b.len() && a.iter().zip(&b).all(|(a, b)| same(a, b))
}

fn flags(case: bool, space: bool) -> Vec<String> {
    let all = [(case, "case_sensitive"), (space, "space_change_sensitive")];
    let chosen = all.into_iter().filter(|(is_set, _)| *is_set);
    chosen.map(|(_, flag)| flag.to_owned()).collect()
}

fn decides(args: &[String], answer: &[u8], output: &[u8], buffer: usize) -> bool {
    let checker = DefaultChecker::parse(args).unwrap();
    // Small buffers, so that every token lies across one.
    let answer = BufReader::with_capacity(buffer, answer);
    let output = BufReader::with_capacity(buffer, output);
    checker.check(answer, output).unwrap().is_ok()
}

proptest! {
    #[test]
    fn checker_agrees_with_the_naive_model(
        (answer, output) in pair(), case: bool, space: bool, buffer in 1..8_usize,
    ) {
        let expected = naive(&answer, &output, case, space);
        prop_assert_eq!(decides(&flags(case, space), &answer, &output, buffer), expected);
    }

    #[test]
    fn tolerance_is_exact(
        answer in -1000..1000_i32, off in -40..40_i32, tolerance in 0..20_i32,
    ) {
        // Halves, which floating point holds exactly.
        let half = |number: i32| format!("{}", f64::from(number) / 2.0);
        let args = ["float_absolute_tolerance".to_owned(), half(tolerance)];
        let (answer, output) = (half(answer), half(answer + off));
        let accepted = decides(&args, answer.as_bytes(), output.as_bytes(), 3);
        prop_assert_eq!(accepted, off.abs() <= tolerance, "{} {}", answer, output);
    }

    #[test]
    fn checker_never_panics((answer, output) in pair(), args in vec("[-+.0-9e]{0,6}|float_tolerance|float_absolute_tolerance|inf|nan|case_sensitive", 0..4)) {
        let Ok(checker) = DefaultChecker::parse(&args) else { return Ok(()) };
        checker.check(answer.as_slice(), output.as_slice()).unwrap().ok();
        // Whatever the flags are, no tolerance can make an answer differ from itself but nan.
        let has_nan = answer.windows(3).any(|three| three.eq_ignore_ascii_case(b"nan"));
        let has_infinity = answer.windows(3).any(|three| three.eq_ignore_ascii_case(b"inf"));
        if args.is_empty() && !has_nan && !has_infinity {
            prop_assert!(checker.check(answer.as_slice(), answer.as_slice()).unwrap().is_ok());
        }
    }
}
