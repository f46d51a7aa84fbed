//! Cache keys: hashes of everything that a compiler's result depends on.

use std::time::Duration;

use blake3::{Hash, Hasher};
use letscode_languages::Language;

use crate::compile::sources::Sources;
use crate::execute::limits::RunLimits;

/// Changes whenever the meaning of a key or of an entry does.
const FORMAT: &str = "letscode compiled 2";

/// Cache key: hash of sources, commands, limits and toolchain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct CacheKey(Hash);

/// Everything that a compiler receives, and its identity.
pub(crate) struct KeyMaterial<'a> {
    pub language: &'a Language,
    /// Commands of all dialects, with the names of the files.
    pub commands: &'a [Vec<String>],
    pub environment: &'a [(String, String)],
    pub sources: &'a Sources,
    pub limits: &'a RunLimits,
    /// Identity of the toolchain; `None` where no entry outlives the process.
    pub toolchain: Option<Hash>,
}

impl KeyMaterial<'_> {
    pub fn key(&self) -> CacheKey {
        let mut hasher = KeyHasher(Hasher::new());
        hasher.add(FORMAT.as_bytes());
        hasher.add(self.language.id.as_str().as_bytes());
        hasher.add_list(self.language.compile.output.as_slice());
        hasher.number(self.commands.len() as u64);
        for command in self.commands {
            hasher.add_list(command);
        }
        hasher.number(self.environment.len() as u64);
        for (name, value) in self.environment {
            hasher.add(name.as_bytes());
            hasher.add(value.as_bytes());
        }
        hasher.add(self.sources.entry().unwrap_or_default().as_bytes());
        hasher.add(&[u8::from(self.sources.keeps_names())]);
        for (name, contents) in self.sources.parts() {
            hasher.add(name.as_bytes());
            hasher.add(contents);
        }
        // With other limits, another program may compile.
        hasher.time(self.limits.cpu_time);
        hasher.time(self.limits.wall_time);
        hasher.number(self.limits.memory_bytes);
        hasher.number(self.limits.stack_bytes);
        hasher.number(self.limits.processes.into());
        hasher.number(self.limits.output_bytes);
        hasher.number(self.limits.file_bytes);
        hasher.add(self.toolchain.as_ref().map_or(&[], |hash| hash.as_bytes()));
        CacheKey(hasher.0.finalize())
    }
}

impl CacheKey {
    pub fn to_hex(self) -> String {
        self.0.to_hex().to_string()
    }

    pub fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }

    #[cfg(test)]
    pub fn of(name: &str) -> CacheKey {
        CacheKey(blake3::hash(name.as_bytes()))
    }
}

/// Hasher that adds the length of each part, so that no two lists of parts are equal.
struct KeyHasher(Hasher);

impl KeyHasher {
    fn add(&mut self, bytes: &[u8]) {
        self.number(bytes.len() as u64);
        self.0.update(bytes);
    }

    fn add_list(&mut self, parts: &[String]) {
        self.number(parts.len() as u64);
        parts.iter().for_each(|part| self.add(part.as_bytes()));
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
    use letscode_languages::builtin_languages;

    use super::*;

    #[test]
    fn every_dependency_changes_the_key() {
        let languages = builtin_languages().unwrap();
        let cpp = languages
            .iter()
            .find(|language| language.id.as_str() == "cpp");
        let rust = languages
            .iter()
            .find(|language| language.id.as_str() == "rust");
        let command = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
        let plain = [command("g++ -O2 a.cpp")];
        let variable = [("LANG".to_owned(), "C".to_owned())];
        let source = Sources::single("int main() {}");
        let limits = RunLimits::default();
        let base = || KeyMaterial {
            language: cpp.unwrap(),
            commands: &plain,
            environment: &[],
            sources: &source,
            limits: &limits,
            toolchain: Some(blake3::hash(b"12.2")),
        };
        let less_memory = RunLimits {
            memory_bytes: 1,
            ..RunLimits::default()
        };
        let changed = [
            KeyMaterial {
                language: rust.unwrap(),
                ..base()
            },
            KeyMaterial {
                commands: &[command("g++ -O3 a.cpp")],
                ..base()
            },
            KeyMaterial {
                commands: &[command("g++ -O2a.cpp")],
                ..base()
            },
            KeyMaterial {
                commands: &[command("g++ -O2 a.cpp"), command("g++ -O2 a.cpp")],
                ..base()
            },
            KeyMaterial {
                environment: &variable,
                ..base()
            },
            KeyMaterial {
                sources: &Sources::single("int main() { }"),
                ..base()
            },
            KeyMaterial {
                limits: &less_memory,
                ..base()
            },
            KeyMaterial {
                toolchain: Some(blake3::hash(b"12.3")),
                ..base()
            },
            KeyMaterial {
                toolchain: None,
                ..base()
            },
        ];
        assert_eq!(base().key(), base().key());
        let mut keys: Vec<String> = changed
            .iter()
            .map(|material| material.key().to_hex())
            .collect();
        keys.push(base().key().to_hex());
        keys.sort_unstable();
        keys.dedup();
        assert_eq!(keys.len(), changed.len() + 1);
    }
}
