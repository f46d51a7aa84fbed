//! Numbers figures, tables and equations, for `\ref`.

use std::collections::HashMap;

use super::scan::LatexScanner;

const MAX_LABELS: usize = 1_000;

/// Maps labels to numbers, for a whole statement: a reference may come before its target.
pub(super) fn numbers(text: &str) -> HashMap<String, u32> {
    let mut numbers = HashMap::new();
    let (mut figures, mut tables, mut equations, mut current) = (0, 0, 0, 0);
    let mut scanner = LatexScanner::new(text);
    while numbers.len() < MAX_LABELS {
        scanner.take_while(|c| c != '\\');
        if scanner.next().is_none() {
            break;
        }
        let counter = match scanner.name() {
            "begin" => match scanner.group() {
                Some("figure" | "figure*" | "wrapfigure") => &mut figures,
                Some("table" | "table*" | "wraptable") => &mut tables,
                Some("equation" | "align") => &mut equations,
                _ => continue,
            },
            "label" => {
                if let Some(label) = scanner.group() {
                    numbers.insert(label.to_owned(), current);
                }
                continue;
            }
            _ => continue,
        };
        *counter += 1;
        current = *counter;
    }
    // Labels before the first figure, table or equation have no number.
    numbers.retain(|_, number| *number > 0);
    numbers
}
