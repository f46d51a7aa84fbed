//! The parts of a page that both formats use.

use crate::images::StatementImages;
use crate::samples::SamplePlacement;
use crate::text::escaped;
use crate::translations::PageTexts;

/// Maximum number of warnings about one statement.
const MAX_WARNINGS: usize = 50;

/// A page that a statement is being written to.
pub(crate) struct StatementPage<'a> {
    pub title: &'a str,
    pub texts: &'static PageTexts,
    pub images: StatementImages,
    pub samples: SamplePlacement<'a>,
    pub warnings: Vec<String>,
}

impl StatementPage<'_> {
    pub fn heading(&self) -> String {
        format!("<h1>{}</h1>\n", escaped(self.title))
    }

    pub fn warn(&mut self, warning: impl Into<String>) {
        let warning = warning.into();
        if self.warnings.len() < MAX_WARNINGS && !self.warnings.contains(&warning) {
            self.warnings.push(warning);
        }
    }
}
