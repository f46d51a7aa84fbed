//! The feedback folder: a validator's messages, points, and state for its next pass.

use std::fs::File;
use std::io::Read;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::OnceLock;

use letscode_model::visible_text;

use crate::execute::files::{Artifact, InputFile};
use crate::execute::jail::sealed_copy;
use crate::verdict::score::AwardedPoints;

/// Most bytes of a message that are kept.
const MAX_MESSAGE_BYTES: u64 = 8 << 10;

/// Files that the formats define.
const STANDARD_FILES: [&str; 6] = [
    JUDGE_MESSAGE,
    TEAM_MESSAGE,
    JUDGE_ERROR,
    SCORE,
    SCORE_MULTIPLIER,
    NEXT_PASS,
];
const JUDGE_MESSAGE: &str = "judgemessage.txt";
const TEAM_MESSAGE: &str = "teammessage.txt";
const JUDGE_ERROR: &str = "judgeerror.txt";
const SCORE: &str = "score.txt";
const SCORE_MULTIPLIER: &str = "score_multiplier.txt";
const NEXT_PASS: &str = "nextpass.in";

/// Files of a feedback folder, without names on the host.
#[derive(Debug, Default)]
pub(crate) struct FeedbackFolder {
    files: Vec<(String, Artifact)>,
}

impl FeedbackFolder {
    /// Path in the workspace. It ends with a slash, so that a validator can append a name.
    pub const PATH: &str = "feedback/";

    /// Returns the paths to collect from the workspace.
    pub fn names(state_files: &[String]) -> Vec<String> {
        let standard = STANDARD_FILES.iter().map(|name| (*name).to_owned());
        let all = standard.chain(state_files.iter().cloned());
        all.map(|name| format!("{}{name}", Self::PATH)).collect()
    }

    pub fn collected(names: Vec<String>, files: Vec<Option<Artifact>>) -> FeedbackFolder {
        let pairs = names.into_iter().zip(files);
        let files = pairs.filter_map(|(name, file)| Some((name, file?)));
        FeedbackFolder {
            files: files.collect(),
        }
    }

    /// Returns the files for the next pass's cell. An empty folder gets an empty file: a folder is
    /// made by the files in it.
    pub fn as_inputs(&self) -> impl Iterator<Item = InputFile<'_>> {
        let files = self
            .files
            .iter()
            .map(|(name, file)| input(name, file.as_fd()));
        let placeholder = self.files.is_empty().then(empty_message).flatten();
        files.chain(placeholder)
    }

    fn file(&self, name: &str) -> Option<&Artifact> {
        let has_name = |path: &str| path.strip_prefix(Self::PATH) == Some(name);
        let mut files = self.files.iter();
        let entry = files.find(|(path, _)| has_name(path));
        entry.map(|(_, file)| file)
    }

    /// Returns the first bytes of a file as text; empty if it is absent.
    fn text(&self, name: &str) -> String {
        let file = self.file(name).and_then(|file| file.open().ok());
        read_message(file)
    }

    /// Returns all messages. They may quote the test data: for the jury only.
    pub fn jury_message(&self) -> String {
        let texts = [JUDGE_MESSAGE, TEAM_MESSAGE, JUDGE_ERROR].map(|name| self.text(name));
        let messages = texts
            .iter()
            .map(|text| text.trim())
            .filter(|text| !text.is_empty());
        messages.collect::<Vec<_>>().join("; ")
    }

    /// Returns the points that the validator wrote; an error if it wrote something else instead.
    pub fn points(&self) -> Result<AwardedPoints, String> {
        let read = |name: &str| -> Result<Option<f64>, String> {
            if self.file(name).is_none() {
                return Ok(None);
            }
            let text = self.text(name);
            let number = text.trim().parse::<f64>().ok();
            match number.filter(|number| number.is_finite()) {
                Some(number) => Ok(Some(number)),
                None => Err(format!(
                    "{name} holds no number but `{}`",
                    text.trim().escape_debug()
                )),
            }
        };
        match (read(SCORE)?, read(SCORE_MULTIPLIER)?) {
            (Some(_), Some(_)) => Err(format!("it wrote both {SCORE} and {SCORE_MULTIPLIER}")),
            (Some(score), None) => Ok(AwardedPoints::Score(score)),
            (None, Some(share)) if (0.0..=1.0).contains(&share) => {
                Ok(AwardedPoints::Multiplier(share))
            }
            (None, Some(share)) => Err(format!("{SCORE_MULTIPLIER} is {share}, not from 0 to 1")),
            (None, None) => Ok(AwardedPoints::AsPackaged),
        }
    }

    /// Removes the next pass's input from the folder and returns it.
    pub fn take_next_pass(&mut self) -> Option<File> {
        let opened = self.file(NEXT_PASS)?.open().ok();
        let path = format!("{}{NEXT_PASS}", Self::PATH);
        self.files.retain(|(name, _)| *name != path);
        opened
    }
}

fn input<'a>(name: &'a str, contents: BorrowedFd<'a>) -> InputFile<'a> {
    InputFile { name, contents }
}

/// Returns an empty message, which the validator may replace or extend.
fn empty_message() -> Option<InputFile<'static>> {
    static EMPTY: OnceLock<Option<OwnedFd>> = OnceLock::new();
    let fd = EMPTY.get_or_init(|| sealed_copy("empty", std::io::empty()).ok());
    fd.as_ref()
        .map(|fd| input("feedback/judgemessage.txt", fd.as_fd()))
}

/// Returns the first bytes of a stream as text, with control characters made visible.
pub(super) fn read_message(stream: Option<File>) -> String {
    let mut bytes = Vec::new();
    if let Some(stream) = stream {
        // An anonymous file: reading fails only without memory, and the message is then short.
        let _ = stream.take(MAX_MESSAGE_BYTES).read_to_end(&mut bytes);
    }
    visible_text(&String::from_utf8_lossy(&bytes))
}
