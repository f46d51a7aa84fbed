//! Tables.

use super::scan::{Scanner, split};
use super::writer::Writer;

const MAX_COLUMNS: usize = 100;

impl Writer<'_, '_> {
    pub fn tabular(&mut self, columns: &str, body: &str) {
        let is_ruled = columns.contains('|') || body.contains("\\hline");
        let columns = alignments(columns);
        let mut html = match is_ruled {
            true => "<table class=\"ruled\"><tbody>\n".to_owned(),
            false => "<table><tbody>\n".to_owned(),
        };
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

    /// Answers how many columns the cell takes.
    fn cell(&mut self, text: &str, alignment: Option<&char>, html: &mut String) -> usize {
        let mut alignment = alignment.copied();
        let mut attributes = String::new();
        let mut taken = 1;
        let mut scanner = Scanner::new(text.trim());
        if scanner.skip("\\multicolumn") {
            taken = span(scanner.argument());
            alignment = alignments(scanner.argument()).first().copied();
            attributes.push_str(&format!(" colspan=\"{taken}\""));
            // Rows may be spanned inside of columns.
            scanner = Scanner::new(scanner.argument());
        }
        if scanner.skip("\\multirow") {
            scanner.optional();
            let rows = span(scanner.argument());
            scanner.optional();
            scanner.argument();
            attributes.push_str(&format!(" rowspan=\"{rows}\""));
            scanner = Scanner::new(scanner.argument());
        }
        match alignment {
            Some('c') => attributes.push_str(" class=\"center\""),
            Some('r') => attributes.push_str(" class=\"right\""),
            _ => {}
        }
        let inside = self.piece_of(scanner.rest());
        html.push_str(&format!("<td{attributes}>{inside}</td>"));
        taken
    }
}

/// The row without what is above it: lines, and the distance behind the last row's `\\`.
fn without_rules(row: &str, has_row_above: bool) -> &str {
    let mut scanner = Scanner::new(row);
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
            return before.rest();
        }
    }
}

/// One of `l`, `c`, `r` for each column.
fn alignments(columns: &str) -> Vec<char> {
    let mut found = Vec::new();
    let mut scanner = Scanner::new(columns);
    while let Some(c) = scanner.next() {
        match c {
            'l' | 'c' | 'r' => found.push(c),
            'X' | 'S' | 'L' => found.push('l'),
            'C' => found.push('c'),
            'R' => found.push('r'),
            'p' | 'm' | 'b' => {
                scanner.argument();
                found.push('l');
            }
            '@' | '!' | '>' | '<' => drop(scanner.argument()),
            '*' => {
                let times = span(scanner.argument());
                let repeated = scanner.argument();
                if !repeated.contains('*') {
                    let repeated = alignments(repeated);
                    (0..times).for_each(|_| found.extend(&repeated));
                }
            }
            _ => {}
        }
        if found.len() > MAX_COLUMNS {
            found.truncate(MAX_COLUMNS);
            break;
        }
    }
    found
}

fn span(number: &str) -> usize {
    let number = number.trim().parse::<usize>().unwrap_or(1);
    number.clamp(1, MAX_COLUMNS)
}
