//! Samples: input beside output, or what two programs say to each other.

use std::fmt::Write;

use letscode_model::ProblemSample;

use crate::words::Words;
use crate::{escaped, start_of};

/// What is shown of all samples together, in bytes. The samples themselves are in the same answer.
const MAX_SHOWN_BYTES: usize = 256 << 10;

/// The samples that a statement has not shown yet.
#[derive(Debug)]
pub(crate) struct Placement<'a> {
    waiting: std::iter::Enumerate<std::slice::Iter<'a, ProblemSample>>,
    bytes_left: usize,
}

impl<'a> Placement<'a> {
    pub fn new(samples: &'a [ProblemSample]) -> Self {
        Placement {
            waiting: samples.iter().enumerate(),
            bytes_left: MAX_SHOWN_BYTES,
        }
    }

    /// The next sample; `None` when all are shown.
    pub fn next(&mut self, words: &Words) -> Option<String> {
        let (at, sample) = self.waiting.next()?;
        let number = at + 1;
        Some(if sample.interaction {
            self.interaction(number, sample, words)
        } else {
            self.input_and_output(number, sample, words)
        })
    }

    /// All that are left.
    pub fn remaining(&mut self, words: &Words) -> String {
        std::iter::from_fn(|| self.next(words)).collect()
    }

    fn input_and_output(&mut self, number: usize, sample: &ProblemSample, words: &Words) -> String {
        let mut side = |class: &str, title: &str, text: &str| {
            let text = escaped(self.take(text));
            format!(
                "<div class=\"{class}\"><h3>{title} {number}</h3><pre><code>{text}</code></pre></div>"
            )
        };
        let input = side("sample-input", words.sample_input, &sample.input);
        let output = side("sample-output", words.sample_output, &sample.output);
        format!("<div class=\"sample\">{input}{output}</div>\n")
    }

    /// Lines that start with `<` are read by the submission, with `>` written by it; `---` starts
    /// another pass.
    fn interaction(&mut self, number: usize, sample: &ProblemSample, words: &Words) -> String {
        let title = words.sample_interaction;
        let mut html = format!("<div class=\"sample interaction\"><h3>{title} {number}</h3>");
        let mut lines = self.take(&sample.output).lines().peekable();
        while let Some(line) = lines.next() {
            let (speaker, words) = spoken(line);
            let mut said = words.to_owned();
            while let Some(more) = lines.next_if(|next| spoken(next).0 == speaker) {
                said.push('\n');
                said.push_str(spoken(more).1);
            }
            // Writing to a string can't fail.
            let _ = match speaker {
                Speaker::Pass => write!(html, "<hr>"),
                _ => write!(
                    html,
                    "<div class=\"{}\"><pre><code>{}</code></pre></div>",
                    speaker.class(),
                    escaped(&said)
                ),
            };
        }
        html.push_str("</div>\n");
        html
    }

    fn take<'t>(&mut self, text: &'t str) -> &'t str {
        let shown = start_of(text, self.bytes_left);
        self.bytes_left -= shown.len();
        shown
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Speaker {
    Judge,
    Program,
    Pass,
    Nobody,
}

impl Speaker {
    fn class(self) -> &'static str {
        match self {
            Speaker::Judge => "sample-read",
            Speaker::Program => "sample-written",
            Speaker::Pass | Speaker::Nobody => "sample-remark",
        }
    }
}

fn spoken(line: &str) -> (Speaker, &str) {
    if let Some(words) = line.strip_prefix('<') {
        (Speaker::Judge, words)
    } else if let Some(words) = line.strip_prefix('>') {
        (Speaker::Program, words)
    } else if line.trim_end() == "---" {
        (Speaker::Pass, "")
    } else {
        (Speaker::Nobody, line)
    }
}
