//! What `\ref` says: the numbers that figures, tables and equations have.

use std::collections::HashMap;

use super::scan::Scanner;

const MAX_LABELS: usize = 1_000;

/// Label to number, for a whole statement: a reference may come before what it refers to.
pub(super) fn numbers(text: &str) -> HashMap<String, u32> {
    let mut numbers = HashMap::new();
    let (mut figures, mut tables, mut equations, mut current) = (0, 0, 0, 0);
    let mut scanner = Scanner::new(text);
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
    // In front of the first figure there is nothing to have a number.
    numbers.retain(|_, number| *number > 0);
    numbers
}
