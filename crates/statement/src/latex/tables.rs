//! Writes tables.

use super::scan::{LatexScanner, split};
use super::writer::LatexWriter;

const MAX_COLUMNS: usize = 100;

impl LatexWriter<'_, '_> {
    pub fn tabular(&mut self, columns: &str, body: &str) {
        let is_ruled = columns.contains('|') || body.contains("\\hline");
        let columns = alignments(columns);
        let start = if is_ruled {
            "<table class=\"ruled\"><tbody>\n"
        } else {
            "<table><tbody>\n"
        };
        let mut html = start.to_owned();
        for (at, row) in split(body, "\\\\").into_iter().enumerate() {
            let row = without_rules(row, at > 0);
            if row.trim().is_empty() {
                continue;
            }
            html.push_str("<tr>");
            let mut column = 0;
            for cell in split(row, "&") {
                column += self.cell(cell, columns.get(column), &mut html);
            }
            html.push_str("</tr>\n");
        }
        html.push_str("</tbody></table>");
        self.block(&html);
    }

    /// Writes a cell; returns its number of columns.
    fn cell(&mut self, text: &str, alignment: Option<&char>, html: &mut String) -> usize {
        let mut alignment = alignment.copied();
        let mut attributes = String::new();
        let mut width = 1;
        let mut scanner = LatexScanner::new(text.trim());
        if scanner.skip("\\multicolumn") {
            width = span(scanner.argument());
            alignment = alignments(scanner.argument()).first().copied();
            attributes.push_str(&format!(" colspan=\"{width}\""));
            // Rows may be spanned inside of columns.
            scanner = LatexScanner::new(scanner.argument());
        }
        if scanner.skip("\\multirow") {
            scanner.optional();
            let rows = span(scanner.argument());
            scanner.optional();
            scanner.argument();
            attributes.push_str(&format!(" rowspan=\"{rows}\""));
            scanner = LatexScanner::new(scanner.argument());
        }
        match alignment {
            Some('c') => attributes.push_str(" class=\"center\""),
            Some('r') => attributes.push_str(" class=\"right\""),
            _ => {}
        }
        let inside = self.piece_of(scanner.remaining());
        html.push_str(&format!("<td{attributes}>{inside}</td>"));
        width
    }
}

/// Removes what belongs above the row: lines, and the distance after the previous row's `\\`.
fn without_rules(row: &str, has_row_above: bool) -> &str {
    let mut scanner = LatexScanner::new(row);
    scanner.skip("*");
    if has_row_above {
        scanner.optional();
    }
    loop {
        scanner.take_while(char::is_whitespace);
        let before = scanner;
        let is_rule = scanner.skip("\\")
            && match scanner.name() {
                "hline" | "toprule" | "midrule" | "bottomrule" | "endhead" | "endfirsthead" => true,
                "cline" | "cmidrule" | "rowcolor" => {
                    scanner.argument();
                    true
                }
                _ => false,
            };
        if !is_rule {
            return before.remaining();
        }
    }
}

/// Returns one of `l`, `c`, `r` for each column.
fn alignments(columns: &str) -> Vec<char> {
    let mut result = Vec::new();
    let mut scanner = LatexScanner::new(columns);
    while let Some(c) = scanner.next() {
        match c {
            'l' | 'c' | 'r' => result.push(c),
            'X' | 'S' | 'L' => result.push('l'),
            'C' => result.push('c'),
            'R' => result.push('r'),
            'p' | 'm' | 'b' => {
                scanner.argument();
                result.push('l');
            }
            '@' | '!' | '>' | '<' => drop(scanner.argument()),
            '*' => {
                let times = span(scanner.argument());
                let repeated = scanner.argument();
                if !repeated.contains('*') {
                    let repeated = alignments(repeated);
                    (0..times).for_each(|_| result.extend(&repeated));
                }
            }
            _ => {}
        }
        if result.len() > MAX_COLUMNS {
            result.truncate(MAX_COLUMNS);
            break;
        }
    }
    result
}

fn span(number: &str) -> usize {
    let number = number.trim().parse::<usize>().unwrap_or(1);
    number.clamp(1, MAX_COLUMNS)
}
