//! Tables for what the specification says, and properties over made-up texts.

use std::io::{BufReader, Cursor, Read};

use super::number::parse as number;
use super::{CheckerArgsError, DefaultChecker, Difference, DifferenceKind};

fn checker(flags: &str) -> DefaultChecker {
    let args: Vec<String> = flags.split_whitespace().map(str::to_owned).collect();
    DefaultChecker::parse(&args).unwrap()
}

fn check(flags: &str, answer: &[u8], output: &[u8]) -> Result<(), Difference> {
    checker(flags).check(answer, output).unwrap()
}

const FLOATS: &str = "float_tolerance 1e-6";
const SPACE: &str = "space_change_sensitive";

#[test]
fn matching_outputs_are_accepted() {
    let table: &[(&str, &str, &str)] = &[
        ("", "", ""),
        ("", "", " \n\t\n"),
        ("", "1 2\n3\n", "1\n2 3"),
        ("", "1 2", "  1\t\r\n2\u{b}\u{c}"),
        ("", "Yes", "yEs"),
        ("case_sensitive", "Yes", "Yes"),
        ("", "\u{e5}", "\u{e5}"),
        (FLOATS, "0.0314", "3.14000000e-2"),
        (FLOATS, "1", "1.0000005"),
        (FLOATS, "1e6", "1000000.9"),
        (FLOATS, "0", "-0.0"),
        (FLOATS, "Yes 1", "yes 1.0"),
        (FLOATS, "255", "0xff"),
        (FLOATS, "1e999", "1E999"),
        (FLOATS, "nan", "NaN"),
        ("float_absolute_tolerance 0.5", "100", "100.5"),
        ("float_relative_tolerance 0.01", "100", "101"),
        ("float_relative_tolerance 0.01", "0", "0"),
        ("float_tolerance 0", "1.50", "1.5"),
        (
            "float_absolute_tolerance 1 float_absolute_tolerance 0",
            "1",
            "1",
        ),
        (SPACE, "1 2\n", "1 2\n"),
        (SPACE, "\n a\tb", "\n A\tb"),
    ];
    for (flags, answer, output) in table {
        let checked = check(flags, answer.as_bytes(), output.as_bytes());
        assert_eq!(checked, Ok(()), "{flags}: {answer:?} {output:?}");
    }
}

#[test]
fn differing_outputs_are_rejected() {
    use DifferenceKind::*;
    type Row = (
        &'static str,
        &'static str,
        &'static str,
        DifferenceKind,
        (u64, u64),
    );
    let table: &[Row] = &[
        ("", "1", "2", Token, (1, 1)),
        ("", "1 2\n3", "1 2\n\n4", Token, (3, 3)),
        ("case_sensitive", "Yes", "yes", Token, (1, 1)),
        // Only ASCII letters have two cases.
        ("", "\u{c5}", "\u{e5}", Token, (1, 1)),
        ("", "1.0", "1", Token, (1, 1)),
        ("", "1", "", OutputEnds, (1, 1)),
        ("", "1 2", "1\n", OutputEnds, (2, 2)),
        ("", "1", "1 2", OutputContinues, (2, 1)),
        ("", "", "x", OutputContinues, (1, 1)),
        ("", "ab", "a b", Token, (1, 1)),
        ("", "a\0b", "a\0c", Token, (1, 1)),
        (FLOATS, "1", "one", NotANumber, (1, 1)),
        (FLOATS, "1", "1.0x", NotANumber, (1, 1)),
        (FLOATS, "1", "inf", NotANumber, (1, 1)),
        (FLOATS, "1", "nan", NotANumber, (1, 1)),
        (FLOATS, "1", "1.0001", TooFarOff, (1, 1)),
        (FLOATS, "one", "1", Token, (1, 1)),
        (FLOATS, "inf", "infinity", Token, (1, 1)),
        (
            "float_absolute_tolerance 0.5",
            "100",
            "100.6",
            TooFarOff,
            (1, 1),
        ),
        (
            "float_relative_tolerance 0.01",
            "0",
            "1e-300",
            TooFarOff,
            (1, 1),
        ),
        (
            "float_absolute_tolerance 1 float_absolute_tolerance 0",
            "1",
            "2",
            TooFarOff,
            (1, 1),
        ),
        (SPACE, "1 2", "1  2", Space, (2, 1)),
        (SPACE, "1\n2", "1 2", Space, (2, 1)),
        (SPACE, "1\n", "1", Space, (2, 1)),
        (SPACE, "1", "1\n", Space, (2, 2)),
        (SPACE, "1", " 1", Space, (1, 1)),
        (SPACE, "1 2", "1 ", OutputEnds, (2, 1)),
    ];
    for (flags, answer, output, kind, (token, line)) in table {
        let expected = Difference {
            token: *token,
            line: *line,
            kind: *kind,
        };
        let checked = check(flags, answer.as_bytes(), output.as_bytes());
        assert_eq!(checked, Err(expected), "{flags}: {answer:?} {output:?}");
    }
}

#[test]
fn numbers_are_what_sscanf_reads() {
    let table: &[(&str, Option<f64>)] = &[
        ("1", Some(1.0)),
        ("-1.5", Some(-1.5)),
        ("+.5", Some(0.5)),
        ("5.", Some(5.0)),
        ("1e3", Some(1000.0)),
        ("1E-3", Some(0.001)),
        ("1.e1", Some(10.0)),
        // Without digits the exponent does not count.
        ("1e", Some(1.0)),
        ("1e+", Some(1.0)),
        ("1e-99999999999999999999", Some(0.0)),
        ("0x10", Some(16.0)),
        ("-0X1.8p1", Some(-3.0)),
        ("0x1p-1074", Some(5e-324)),
        ("0x123456789abcdef01", Some(2.0988295479420645e19)),
        ("0x.", Some(0.0)),
        ("0x", None),
        ("0xg", None),
        ("0xp1", None),
        ("", None),
        (".", None),
        ("-", None),
        ("+-1", None),
        ("e5", None),
        (".e5", None),
        ("1e5.5", None),
        ("1e++5", None),
        ("1_000", None),
        ("1,5", None),
        ("1f", None),
        ("inf", None),
        ("nan", None),
        ("1e309", None),
        ("0x1p1024", None),
    ];
    for (text, expected) in table {
        assert_eq!(number(text.as_bytes()), *expected, "{text}");
    }
}

#[test]
fn wrong_flags_are_refused() {
    let parse = |flags: &str| {
        let args: Vec<String> = flags.split_whitespace().map(str::to_owned).collect();
        DefaultChecker::parse(&args).unwrap_err()
    };
    let unknown = CheckerArgsError::UnknownFlag("ignore_case".to_owned());
    assert_eq!(parse("case_sensitive ignore_case"), unknown);
    let missing = CheckerArgsError::MissingValue("float_tolerance".to_owned());
    assert_eq!(parse("float_tolerance"), missing);
    for value in ["x", "inf", "1e-6;"] {
        let error = parse(&format!("float_tolerance {value}"));
        assert!(
            matches!(error, CheckerArgsError::NotANumber { .. }),
            "{value}"
        );
    }
}

#[test]
fn messages_hold_nothing_of_the_answer() {
    let answer = b"42 hunter2\n";
    for (flags, output) in [
        ("", &b"42 x"[..]),
        ("", b"42"),
        ("", b""),
        ("", b"42 hunter2 more"),
        (FLOATS, b"7 hunter2"),
        (FLOATS, b"x hunter2"),
        (SPACE, b"42  hunter2"),
    ] {
        let message = check(flags, answer, output).unwrap_err().to_string();
        assert!(
            !message.contains("42") && !message.contains("hunter2"),
            "{message}"
        );
    }
    let message = check("", b"1 2\n3", b"1 2\n4").unwrap_err().to_string();
    assert_eq!(message, "token 3 on line 2 differs");
}

#[test]
fn long_tokens_are_compared_to_their_ends() {
    let long = vec![b'a'; (2 << 20) + 5];
    let longer = [long.clone(), vec![b'a']].concat();
    let other = [&long[1..], b"b"].concat();
    let piece = vec![b'a'; 1 << 20];
    for flags in ["", "case_sensitive", FLOATS, SPACE] {
        assert_eq!(check(flags, &long, &long), Ok(()));
        assert_eq!(check(flags, &piece, &piece), Ok(()));
        for output in [&longer, &other, &piece] {
            let kind = check(flags, &long, output).unwrap_err().kind;
            assert_eq!(kind, DifferenceKind::Token);
            assert_eq!(
                check(flags, output, &long).unwrap_err().kind,
                DifferenceKind::Token
            );
        }
    }
    let mixed_case = long.to_ascii_uppercase();
    assert_eq!(check("", &long, &mixed_case), Ok(()));
    assert!(check("case_sensitive", &long, &mixed_case).is_err());
}

/// A small generator of texts with a fixed seed: tokens, numbers, white space, stray bytes.
struct Texts(u64);

impl Texts {
    fn below(&mut self, bound: usize) -> usize {
        // xorshift64*
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) as usize % bound
    }

    fn tokens(&mut self) -> Vec<Vec<u8>> {
        const ALPHABET: &[u8] = b"aAbZz0123456789.eE+-xpXP\xff\0";
        let count = self.below(6);
        let mut token = || {
            let length = 1 + self.below(8);
            (0..length)
                .map(|_| ALPHABET[self.below(ALPHABET.len())])
                .collect()
        };
        (0..count).map(|_| token()).collect()
    }

    fn space(&mut self, least: usize) -> Vec<u8> {
        let length = least + self.below(3);
        (0..length)
            .map(|_| b" \n\t\r\x0b\x0c"[self.below(6)])
            .collect()
    }

    fn spaced(&mut self, tokens: &[Vec<u8>]) -> Vec<u8> {
        let mut text = self.space(0);
        for token in tokens {
            text.extend_from_slice(token);
            text.extend(self.space(1));
        }
        text
    }
}

const ALL_FLAGS: [&str; 5] = [
    "",
    "case_sensitive",
    FLOATS,
    SPACE,
    "case_sensitive space_change_sensitive float_absolute_tolerance 0.1",
];

#[test]
fn every_text_equals_itself() {
    let mut texts = Texts(1);
    for _ in 0..5_000 {
        let tokens = texts.tokens();
        let text = texts.spaced(&tokens);
        for flags in ALL_FLAGS {
            assert_eq!(
                check(flags, &text, &text),
                Ok(()),
                "{flags}: {:?}",
                text.escape_ascii()
            );
        }
    }
}

#[test]
fn white_space_and_case_matter_only_with_flags() {
    let mut texts = Texts(2);
    for _ in 0..5_000 {
        let tokens = texts.tokens();
        let (one, other) = (texts.spaced(&tokens), texts.spaced(&tokens));
        assert_eq!(check("", &one, &other), Ok(()));
        assert_eq!(check("case_sensitive", &one, &other), Ok(()));
        assert_eq!(check("", &one, &other.to_ascii_uppercase()), Ok(()));
        let same = one == other;
        assert_eq!(check(SPACE, &one, &other).is_ok(), same);
    }
}

#[test]
fn other_token_counts_are_rejected() {
    let mut texts = Texts(3);
    for _ in 0..5_000 {
        let tokens = texts.tokens();
        let text = texts.spaced(&tokens);
        let more = [text.clone(), b" x".to_vec()].concat();
        for flags in ALL_FLAGS {
            assert!(check(flags, &text, &more).is_err());
            assert!(check(flags, &more, &text).is_err());
        }
    }
}

/// Hands out few bytes at a time, and is interrupted in between.
struct Trickle<'a>(Cursor<&'a [u8]>, bool);

impl Read for Trickle<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        self.1 = !self.1;
        if self.1 {
            return Err(std::io::ErrorKind::Interrupted.into());
        }
        let length = buffer.len().min(3);
        self.0.read(&mut buffer[..length])
    }
}

#[test]
fn buffer_boundaries_do_not_matter() {
    let mut texts = Texts(4);
    for _ in 0..2_000 {
        let (a, b) = (texts.tokens(), texts.tokens());
        let (answer, output) = (texts.spaced(&a), texts.spaced(&b));
        for flags in ALL_FLAGS {
            let trickle = |text| BufReader::with_capacity(2, Trickle(Cursor::new(text), false));
            let slow = checker(flags)
                .check(trickle(&answer), trickle(&output))
                .unwrap();
            assert_eq!(slow, check(flags, &answer, &output));
        }
    }
}
