//! The feedback folder: what a validator leaves for us, for people, and for its own next pass.

use std::fs::File;
use std::io::Read;
use std::os::fd::{AsFd, BorrowedFd};

use letscode_sandbox::{Artifact, InputFile};

/// What is kept of a message, in bytes.
const MAX_MESSAGE_BYTES: u64 = 8 << 10;

/// Files that mean something to us.
const KNOWN: [&str; 6] = [
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

/// What a validator gave for an accepted test.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Points {
    /// What the package says that an accepted test is worth.
    AsPackaged,
    Score(f64),
    /// A share of what the test is worth.
    Multiplier(f64),
}

/// The files of a feedback folder, without names on the host.
#[derive(Debug, Default)]
pub(crate) struct Feedback {
    files: Vec<(String, Artifact)>,
}

impl Feedback {
    /// Inside the cell; with the slash, so that a validator can put a name behind it.
    pub const FOLDER: &str = "feedback/";

    /// What is to be collected, from the workspace on.
    pub fn names(kept: &[String]) -> Vec<String> {
        let known = KNOWN.iter().map(|name| (*name).to_owned());
        let all = known.chain(kept.iter().cloned());
        all.map(|name| format!("{}{name}", Self::FOLDER)).collect()
    }

    pub fn collected(names: Vec<String>, files: Vec<Option<Artifact>>) -> Feedback {
        let pairs = names.into_iter().zip(files);
        let files = pairs.filter_map(|(name, file)| Some((name, file?)));
        Feedback {
            files: files.collect(),
        }
    }

    /// For the cell of the next pass, or the first: a folder comes to be by the files in it.
    pub fn as_inputs(&self) -> impl Iterator<Item = InputFile<'_>> {
        let kept = self
            .files
            .iter()
            .map(|(name, file)| input(name, file.as_fd()));
        let folder_itself = self.files.is_empty().then(empty).flatten();
        kept.chain(folder_itself)
    }

    fn file(&self, name: &str) -> Option<&Artifact> {
        let is_it = |full: &str| full.strip_prefix(Self::FOLDER) == Some(name);
        let found = self.files.iter().find(|(full, _)| is_it(full));
        found.map(|(_, file)| file)
    }

    /// The first bytes of a file as text; empty when it is absent.
    fn text(&self, name: &str) -> String {
        let file = self.file(name).and_then(|file| file.open().ok());
        words(file)
    }

    /// What the jury may read: for whom the test data are no secret.
    pub fn for_jury(&self) -> String {
        let texts = [JUDGE_MESSAGE, TEAM_MESSAGE, JUDGE_ERROR].map(|name| self.text(name));
        let said = texts
            .iter()
            .map(|text| text.trim())
            .filter(|text| !text.is_empty());
        said.collect::<Vec<_>>().join("; ")
    }

    /// Points, if the validator wrote any; an error when it wrote something else instead.
    pub fn points(&self) -> Result<Points, String> {
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
            (Some(score), None) => Ok(Points::Score(score)),
            (None, Some(share)) if (0.0..=1.0).contains(&share) => Ok(Points::Multiplier(share)),
            (None, Some(share)) => Err(format!("{SCORE_MULTIPLIER} is {share}, not from 0 to 1")),
            (None, None) => Ok(Points::AsPackaged),
        }
    }

    /// Takes the next pass's input out of the folder.
    pub fn take_next_pass(&mut self) -> Option<File> {
        let opened = self.file(NEXT_PASS)?.open().ok();
        let full = format!("{}{NEXT_PASS}", Self::FOLDER);
        self.files.retain(|(name, _)| *name != full);
        opened
    }
}

fn input<'a>(name: &'a str, contents: BorrowedFd<'a>) -> InputFile<'a> {
    InputFile {
        name,
        contents,
        executable: false,
    }
}

/// An empty message, which every validator that has something to say replaces or adds to.
fn empty() -> Option<InputFile<'static>> {
    use std::sync::OnceLock;
    static EMPTY: OnceLock<Option<std::os::fd::OwnedFd>> = OnceLock::new();
    let fd = EMPTY.get_or_init(|| letscode_sandbox::sealed_copy("empty", std::io::empty()).ok());
    fd.as_ref()
        .map(|fd| input("feedback/judgemessage.txt", fd.as_fd()))
}

/// The first bytes of a stream as text.
pub(super) fn words(stream: Option<File>) -> String {
    let mut bytes = Vec::new();
    if let Some(stream) = stream {
        // An anonymous file of ours: it can't fail but for memory, and then the words are short.
        let _ = stream.take(MAX_MESSAGE_BYTES).read_to_end(&mut bytes);
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
