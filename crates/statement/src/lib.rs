//! Renders problem statements, LaTeX and Markdown, as HTML that can be shown to anybody.
//!
//! A pure function: no I/O, no async. Whatever the author wrote, the result is a fixed point of one
//! sanitiser ([`sanitise`]): no script, no style, no foreign image, and nothing that means something
//! else when it is parsed again.

mod images;
mod latex;
mod markdown;
mod math;
mod page;
mod render;
mod samples;
mod sanitise;
mod text;
mod translations;

pub use images::{ImageType, is_file_name};
pub use render::{RenderedStatement, StatementSource, pick, render};
pub use sanitise::sanitise;
pub use text::MAX_TEXT_BYTES;
