//! A folder with a violation's evidence. Nothing that a stranger wrote becomes a name in it.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use letscode_model::{Violation, ViolationEvidence, WatchMode};
use rustix::fs::OFlags;

use crate::error::CliError;

const VIOLATION: &str = "violation.json";
const EVIDENCE: &str = "evidence.json";
const PROGRAM: &str = "program";
const INPUT: &str = "input";
const STDOUT: &str = "stdout";
const STDERR: &str = "stderr";
const COMMAND: &str = "repeat";
const NAMES: [&str; 7] = [VIOLATION, EVIDENCE, PROGRAM, INPUT, STDOUT, STDERR, COMMAND];

/// Open files of a new folder, for their owner only.
pub struct EvidenceFolder {
    path: PathBuf,
    files: Vec<(&'static str, File)>,
}

impl EvidenceFolder {
    /// Makes the files, all of them empty. Fails if anything else is in the folder.
    pub fn create(path: &Path) -> Result<Self, CliError> {
        let at = |error: io::Error| CliError::new(error).about(path.display());
        match DirBuilder::new().mode(0o700).create(path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                if !is_unused(path).map_err(at)? {
                    let error = CliError::new("the folder is not empty").about(path.display());
                    return Err(error.with_help("choose another --export"));
                }
            }
            result => result.map_err(at)?,
        }
        let mut files = Vec::new();
        for name in NAMES {
            let mut options = OpenOptions::new();
            let options = options.write(true).create(true).mode(0o600);
            let options = options.custom_flags(OFlags::NOFOLLOW.bits() as i32);
            files.push((name, options.open(path.join(name)).map_err(at)?));
        }
        Ok(EvidenceFolder {
            path: path.to_owned(),
            files,
        })
    }

    /// Removes the files, which are still empty.
    pub fn remove(&self) {
        for (name, _) in &self.files {
            let _ = fs::remove_file(self.path.join(name));
        }
        let _ = fs::remove_dir(&self.path);
    }

    pub fn write(
        mut self,
        violation: &Violation,
        evidence: Option<&ViolationEvidence>,
    ) -> Result<(), CliError> {
        self.put(VIOLATION, &json(violation)?)?;
        let Some(evidence) = evidence else {
            return Ok(());
        };
        self.put(EVIDENCE, &json(evidence)?)?;
        let run = &evidence.run;
        let entry = run.entry_file().and_then(|entry| run.files.get(entry));
        let program = entry.map(|file| file.content.as_bytes());
        self.put(PROGRAM, program.unwrap_or_default())?;
        self.put(INPUT, run.stdin.as_bytes())?;
        for (name, output) in [(STDOUT, &evidence.stdout), (STDERR, &evidence.stderr)] {
            self.put(name, output.first.as_bytes())?;
            self.put(name, output.last.as_bytes())?;
        }
        let command = self.command(run.language.as_str(), run.files.len(), evidence.watch);
        self.put(COMMAND, command.as_bytes())
    }

    /// Returns a script that runs the program again.
    fn command(&self, language: &str, files: usize, watch: WatchMode) -> String {
        let mut script = "#!/bin/sh\n# Runs the program once more.\n".to_owned();
        if files > 1 {
            script.push_str("# It has more files, which are in evidence.json.\n");
        }
        let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "-_+#.".contains(letter);
        let language: String = language
            .chars()
            .filter(|letter| is_plain(*letter))
            .collect();
        script.push_str("cd \"$(dirname \"$0\")\" && exec letscode run ");
        script.push_str(&format!(
            "--watch {watch} --language '{language}' --input {INPUT} {PROGRAM} \"$@\"\n"
        ));
        script
    }

    fn put(&mut self, name: &str, content: &[u8]) -> Result<(), CliError> {
        let file = self
            .files
            .iter_mut()
            .find(|(candidate, _)| *candidate == name);
        let written = file.map_or(Ok(()), |(_, file)| file.write_all(content));
        written.map_err(|error| CliError::new(error).about(self.path.join(name).display()))
    }
}

/// True if a folder has nothing but the empty files of an export that failed. After that they can't be
/// removed: the process has become the user whom the store belongs to.
fn is_unused(path: &Path) -> io::Result<bool> {
    for entry in fs::read_dir(path)? {
        let entry = entry?;
        let is_ours = NAMES.iter().any(|name| *name == entry.file_name());
        // Of a link itself, and not of where it leads.
        let metadata = entry.metadata()?;
        if !is_ours || !metadata.is_file() || metadata.len() > 0 {
            return Ok(false);
        }
    }
    Ok(true)
}

fn json(value: &impl serde::Serialize) -> Result<Vec<u8>, CliError> {
    let mut json = serde_json::to_vec_pretty(value).map_err(CliError::new)?;
    json.push(b'\n');
    Ok(json)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_with_anything_in_them_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let inner = folder.path().join("inner");
        fs::create_dir(&inner).unwrap();
        EvidenceFolder::create(&inner).unwrap();
        EvidenceFolder::create(&inner).unwrap();
        for (name, content) in [(PROGRAM, "x"), ("own", "")] {
            fs::write(inner.join(name), content).unwrap();
            let again = EvidenceFolder::create(&inner).err().unwrap();
            assert!(again.to_string().contains("not empty"), "{again}");
            fs::remove_file(inner.join(name)).unwrap();
        }
        std::os::unix::fs::symlink("/etc/passwd", inner.join(PROGRAM)).unwrap();
        assert!(EvidenceFolder::create(&inner).is_err());
        assert!(EvidenceFolder::create(&inner.join("absent/inner")).is_err());
    }

    #[test]
    fn files_are_for_their_owner() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new");
        let created = EvidenceFolder::create(&path).unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&path), 0o700);
        assert_eq!(mode(&path.join(PROGRAM)), 0o600);
        created.remove();
        assert!(!path.exists());
    }
}
