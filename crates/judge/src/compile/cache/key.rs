//! What the outcome of compiling depends on.

use std::time::Duration;

use blake3::{Hash, Hasher};
use letscode_sandbox::Limits;

use crate::compile::sources::Sources;
use crate::language::Language;

/// Changes whenever the meaning of a key or of an entry does.
const FORMAT: &str = "letscode compiled 1";

/// Of one program, compiled in one way by one toolchain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Key(Hash);

/// Everything that a compiler is given, and who it is.
pub(crate) struct Dependencies<'a> {
    pub language: &'a Language,
    /// Of every dialect, with the names of the files.
    pub commands: &'a [Vec<String>],
    pub environment: &'a [(String, String)],
    pub sources: &'a Sources,
    pub limits: &'a Limits,
    /// `None` where nothing outlives the process.
    pub toolchain: Option<Hash>,
}

impl Dependencies<'_> {
    pub fn key(&self) -> Key {
        let mut digest = Digest(Hasher::new());
        digest.add(FORMAT.as_bytes());
        digest.add(self.language.id.as_str().as_bytes());
        digest.add_list(self.language.compile.output.as_slice());
        digest.number(self.commands.len() as u64);
        for command in self.commands {
            digest.add_list(command);
        }
        digest.number(self.environment.len() as u64);
        for (name, value) in self.environment {
            digest.add(name.as_bytes());
            digest.add(value.as_bytes());
        }
        digest.add(self.sources.entry().unwrap_or_default().as_bytes());
        for (name, contents) in self.sources.parts() {
            digest.add(name.as_bytes());
            digest.add(contents);
        }
        // With more time or memory, a program may compile that else doesn't.
        digest.time(self.limits.cpu_time);
        digest.time(self.limits.wall_time);
        digest.number(self.limits.memory_bytes);
        digest.add(self.toolchain.as_ref().map_or(&[], |hash| hash.as_bytes()));
        Key(digest.0.finalize())
    }
}

impl Key {
    pub fn to_hex(self) -> String {
        self.0.to_hex().to_string()
    }

    pub fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }

    #[cfg(test)]
    pub fn of(name: &str) -> Key {
        Key(blake3::hash(name.as_bytes()))
    }
}

/// Every part with its length, so that no two lists of parts read the same.
struct Digest(Hasher);

impl Digest {
    fn add(&mut self, bytes: &[u8]) {
        self.number(bytes.len() as u64);
        self.0.update(bytes);
    }

    fn add_list(&mut self, words: &[String]) {
        self.number(words.len() as u64);
        words.iter().for_each(|word| self.add(word.as_bytes()));
    }

    fn number(&mut self, number: u64) {
        self.0.update(&number.to_le_bytes());
    }

    fn time(&mut self, time: Duration) {
        self.0.update(&time.as_nanos().to_le_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use letscode_languages::builtin_languages;

    #[test]
    fn whatever_may_change_the_outcome_changes_the_key() {
        let languages = builtin_languages().unwrap();
        let cpp = languages.iter().find(|one| one.id.as_str() == "cpp");
        let rust = languages.iter().find(|one| one.id.as_str() == "rust");
        let command = |words: &str| words.split(' ').map(str::to_owned).collect::<Vec<_>>();
        let plain = [command("g++ -O2 a.cpp")];
        let variable = [("LANG".to_owned(), "C".to_owned())];
        let source = Sources::single("int main() {}");
        let limits = Limits::default();
        let base = || Dependencies {
            language: cpp.unwrap(),
            commands: &plain,
            environment: &[],
            sources: &source,
            limits: &limits,
            toolchain: Some(blake3::hash(b"12.2")),
        };
        let less_memory = Limits {
            memory_bytes: 1,
            ..Limits::default()
        };
        let others = [
            Dependencies {
                language: rust.unwrap(),
                ..base()
            },
            Dependencies {
                commands: &[command("g++ -O3 a.cpp")],
                ..base()
            },
            Dependencies {
                commands: &[command("g++ -O2a.cpp")],
                ..base()
            },
            Dependencies {
                commands: &[command("g++ -O2 a.cpp"), command("g++ -O2 a.cpp")],
                ..base()
            },
            Dependencies {
                environment: &variable,
                ..base()
            },
            Dependencies {
                sources: &Sources::single("int main() { }"),
                ..base()
            },
            Dependencies {
                limits: &less_memory,
                ..base()
            },
            Dependencies {
                toolchain: Some(blake3::hash(b"12.3")),
                ..base()
            },
            Dependencies {
                toolchain: None,
                ..base()
            },
        ];
        assert_eq!(base().key(), base().key());
        let mut keys: Vec<String> = others.iter().map(|one| one.key().to_hex()).collect();
        keys.push(base().key().to_hex());
        keys.sort_unstable();
        keys.dedup();
        assert_eq!(keys.len(), others.len() + 1);
    }
}
