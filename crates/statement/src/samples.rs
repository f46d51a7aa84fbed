//! Writes samples: input beside output, or the dialogue of two programs.

use std::fmt::Write;

use letscode_model::ProblemSample;

use crate::text::{escaped, truncated};
use crate::translations::PageTexts;

/// Maximum size of all samples of a page, in bytes. The API returns the complete samples as well.
const MAX_SHOWN_BYTES: usize = 256 << 10;

/// Samples that are not placed in the statement yet.
#[derive(Debug)]
pub(crate) struct SamplePlacement<'a> {
    unplaced: std::iter::Enumerate<std::slice::Iter<'a, ProblemSample>>,
    bytes_left: usize,
}

impl<'a> SamplePlacement<'a> {
    pub fn new(samples: &'a [ProblemSample]) -> Self {
        SamplePlacement {
            unplaced: samples.iter().enumerate(),
            bytes_left: MAX_SHOWN_BYTES,
        }
    }

    /// Returns the next sample; `None` if all are placed.
    pub fn next(&mut self, texts: &PageTexts) -> Option<String> {
        let (at, sample) = self.unplaced.next()?;
        let number = at + 1;
        Some(if sample.interaction {
            self.interaction(number, sample, texts)
        } else {
            self.input_and_output(number, sample, texts)
        })
    }

    /// Returns all samples that are not placed yet.
    pub fn remaining(&mut self, texts: &PageTexts) -> String {
        std::iter::from_fn(|| self.next(texts)).collect()
    }

    fn input_and_output(
        &mut self,
        number: usize,
        sample: &ProblemSample,
        texts: &PageTexts,
    ) -> String {
        let mut side = |class: &str, title: &str, text: &str| {
            let text = escaped(self.take(text));
            format!(
                "<div class=\"{class}\"><h3>{title} {number}</h3><pre><code>{text}</code></pre></div>"
            )
        };
        let input = side("sample-input", texts.sample_input, &sample.input);
        let output = side("sample-output", texts.sample_output, &sample.output);
        format!("<div class=\"sample\">{input}{output}</div>\n")
    }

    /// Lines that start with `<` are read by the submission, lines with `>` are written by it; `---`
    /// starts another pass.
    fn interaction(&mut self, number: usize, sample: &ProblemSample, texts: &PageTexts) -> String {
        let title = texts.sample_interaction;
        let mut html = format!("<div class=\"sample interaction\"><h3>{title} {number}</h3>");
        let mut lines = self.take(&sample.output).lines().peekable();
        while let Some(line) = lines.next() {
            let (speaker, text) = transcript_line(line);
            let mut message = text.to_owned();
            while let Some(more) = lines.next_if(|next| transcript_line(next).0 == speaker) {
                message.push('\n');
                message.push_str(transcript_line(more).1);
            }
            // Writing to a string can't fail.
            let _ = match speaker {
                TranscriptSpeaker::NextPass => write!(html, "<hr>"),
                _ => write!(
                    html,
                    "<div class=\"{}\"><pre><code>{}</code></pre></div>",
                    speaker.class(),
                    escaped(&message)
                ),
            };
        }
        html.push_str("</div>\n");
        html
    }

    fn take<'t>(&mut self, text: &'t str) -> &'t str {
        let shown = truncated(text, self.bytes_left);
        self.bytes_left -= shown.len();
        shown
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum TranscriptSpeaker {
    Judge,
    Program,
    /// Not a speaker: the start of another pass.
    NextPass,
    /// Not a speaker: a remark of the author.
    Remark,
}

impl TranscriptSpeaker {
    fn class(self) -> &'static str {
        match self {
            TranscriptSpeaker::Judge => "sample-read",
            TranscriptSpeaker::Program => "sample-written",
            TranscriptSpeaker::NextPass | TranscriptSpeaker::Remark => "sample-remark",
        }
    }
}

fn transcript_line(line: &str) -> (TranscriptSpeaker, &str) {
    if let Some(text) = line.strip_prefix('<') {
        (TranscriptSpeaker::Judge, text)
    } else if let Some(text) = line.strip_prefix('>') {
        (TranscriptSpeaker::Program, text)
    } else if line.trim_end() == "---" {
        (TranscriptSpeaker::NextPass, "")
    } else {
        (TranscriptSpeaker::Remark, line)
    }
}
