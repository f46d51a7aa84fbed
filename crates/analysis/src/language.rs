use std::ops::ControlFlow;
use std::time::Instant;

use letscode_model::LanguageId;
use tree_sitter::{ParseOptions, ParseState, Parser, Tree};

use crate::cpp::CppAdapter;
use crate::javascript::JavaScriptAdapter;
use crate::python::PythonAdapter;
use crate::rust::RustAdapter;
use crate::walk::LanguageAdapter;

/// A language that can be analysed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Language {
    JavaScript,
    Python,
    Cpp,
    Rust,
}

impl Language {
    pub const ALL: [Language; 4] = [
        Language::JavaScript,
        Language::Python,
        Language::Cpp,
        Language::Rust,
    ];

    /// Returns `None` for a language without a grammar here, such as one added to an installation.
    pub fn of(id: &LanguageId) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|language| language.id() == id.as_str())
    }

    pub fn id(self) -> &'static str {
        match self {
            Language::JavaScript => "javascript",
            Language::Python => "python",
            Language::Cpp => "cpp",
            Language::Rust => "rust",
        }
    }

    pub(crate) fn adapter(self) -> &'static dyn LanguageAdapter {
        match self {
            Language::JavaScript => &JavaScriptAdapter,
            Language::Python => &PythonAdapter,
            Language::Cpp => &CppAdapter,
            Language::Rust => &RustAdapter,
        }
    }

    fn grammar(self) -> tree_sitter::Language {
        match self {
            Language::JavaScript => tree_sitter_javascript::LANGUAGE.into(),
            Language::Python => tree_sitter_python::LANGUAGE.into(),
            Language::Cpp => tree_sitter_cpp::LANGUAGE.into(),
            Language::Rust => tree_sitter_rust::LANGUAGE.into(),
        }
    }
}

/// Parses a text. Returns `None` if it takes until the deadline.
pub(crate) fn parse(source: &str, language: Language, deadline: Instant) -> Option<Tree> {
    let mut parser = Parser::new();
    // Fails only for a grammar of an incompatible version, which a test would detect.
    parser.set_language(&language.grammar()).ok()?;
    let mut check_time = |_: &ParseState| {
        if Instant::now() < deadline {
            ControlFlow::Continue(())
        } else {
            ControlFlow::Break(())
        }
    };
    let options = ParseOptions::new().progress_callback(&mut check_time);
    let bytes = source.as_bytes();
    parser.parse_with_options(
        &mut |at, _| bytes.get(at..).unwrap_or_default(),
        None,
        Some(options),
    )
}
