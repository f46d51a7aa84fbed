//! Comparisons that are no format's: line by line, and byte by byte.

use letscode_model::LineRule;

use super::number;

/// Compares line by line. White space at the end of a line, and empty lines at the end, don't count.
/// The error says where the output differs.
pub(crate) fn compare_lines(rule: &LineRule, expected: &[u8], output: &[u8]) -> Result<(), String> {
    let (expected, output) = (lines(rule, expected), lines(rule, output));
    for (index, pair) in expected.iter().zip(&output).enumerate() {
        if !is_same_line(rule, pair.0, pair.1) {
            return Err(format!("line {} differs", index + 1));
        }
    }
    if output.len() < expected.len() {
        return Err(match output.len() {
            0 => "the output is empty".to_owned(),
            1 => "the output ends after 1 line".to_owned(),
            count => format!("the output ends after {count} lines"),
        });
    }
    if output.len() > expected.len() {
        let line = expected.len() + 1;
        return Err(format!("the output has more, from line {line} on"));
    }
    Ok(())
}

/// Compares byte by byte.
pub(crate) fn compare_bytes(expected: &[u8], output: &[u8]) -> Result<(), String> {
    if expected == output {
        return Ok(());
    }
    let same = expected
        .iter()
        .zip(output)
        .take_while(|(a, b)| a == b)
        .count();
    if same == output.len() {
        return Err(format!("the output ends after {same} bytes"));
    }
    let line = output[..same].iter().filter(|byte| **byte == b'\n').count() + 1;
    Err(format!("byte {} differs, on line {line}", same + 1))
}

fn lines<'t>(rule: &LineRule, text: &'t [u8]) -> Vec<&'t [u8]> {
    let text = if rule.ignores_indent {
        text.trim_ascii()
    } else {
        text
    };
    let lines = text.split(|byte| *byte == b'\n');
    let mut lines: Vec<&[u8]> = lines
        .map(|line| {
            if rule.ignores_indent {
                line.trim_ascii()
            } else {
                line.trim_ascii_end()
            }
        })
        .collect();
    while lines.last().is_some_and(|line| line.is_empty()) {
        lines.pop();
    }
    lines
}

fn is_same_line(rule: &LineRule, expected: &[u8], output: &[u8]) -> bool {
    let is_same_text = if rule.ignores_case {
        expected.eq_ignore_ascii_case(output)
    } else {
        expected == output
    };
    let is_near = |tolerance: f64| {
        let numbers = number::parse(expected).zip(number::parse(output));
        numbers.is_some_and(|(expected, output)| {
            (expected - output).abs() <= tolerance * expected.abs()
        })
    };
    is_same_text || rule.relative_tolerance.is_some_and(is_near)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines_of(rule: LineRule, expected: &str, output: &str) -> Result<(), String> {
        compare_lines(&rule, expected.as_bytes(), output.as_bytes())
    }

    #[test]
    fn only_the_ends_of_lines_may_differ() {
        let rule = LineRule::default();
        for (expected, output, reason) in [
            ("a\nb\n", "a  \nb", ""),
            ("a\nb", "a\r\nb\n\n\n", ""),
            ("", "\n \n", ""),
            ("a b", "a  b", "line 1 differs"),
            ("a", " a", "line 1 differs"),
            ("a\nb", "a", "the output ends after 1 line"),
            ("a", "", "the output is empty"),
            ("a", "a\n\nb", "the output has more, from line 2 on"),
            ("a", "A", "line 1 differs"),
            ("1.0", "1.00", "line 1 differs"),
        ] {
            let compared = lines_of(rule, expected, output);
            assert_eq!(
                compared.err().unwrap_or_default(),
                reason,
                "{expected:?} {output:?}"
            );
        }
    }

    #[test]
    fn lenient_rules_take_case_indent_and_numbers() {
        let rule = LineRule {
            ignores_case: true,
            ignores_indent: true,
            relative_tolerance: Some(1e-5),
        };
        assert_eq!(lines_of(rule, "Yes\n1.0", "\n  yes\n 1.000001 \n"), Ok(()));
        assert!(lines_of(rule, "1.0", "1.1").is_err());
        assert!(
            lines_of(rule, "1.0 2", "1.000001 2").is_err(),
            "not one number"
        );
    }

    #[test]
    fn bytes_differ_at_a_place() {
        assert_eq!(compare_bytes(b"a\nb", b"a\nb"), Ok(()));
        assert_eq!(
            compare_bytes(b"a\nb", b"a\nc"),
            Err("byte 3 differs, on line 2".to_owned())
        );
        assert_eq!(
            compare_bytes(b"ab", b"a"),
            Err("the output ends after 1 bytes".to_owned())
        );
        assert_eq!(
            compare_bytes(b"a", b"a\n"),
            Err("byte 2 differs, on line 1".to_owned())
        );
    }
}
