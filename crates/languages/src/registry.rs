use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use include_dir::{Dir, include_dir};
use letscode_model::LanguageId;

use crate::catalog::{CatalogEntry, read_catalog};
use crate::language::{Language, LanguageError, has_extension};

static LANGUAGES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../../languages");

/// All languages, by id, and those of the ICPC's list that can only be recognized.
#[derive(Debug, Clone)]
pub struct LanguageRegistry {
    languages: BTreeMap<LanguageId, Language>,
    catalog: BTreeMap<String, CatalogEntry>,
}

/// The language of a file or a program.
#[derive(Debug, Clone, Copy)]
pub enum DetectedLanguage<'r> {
    Judged(&'r Language),
    /// The ICPC's code of a language that has no file in `languages/`.
    NotJudged(&'r str),
}

impl<'r> DetectedLanguage<'r> {
    /// Returns the language if programs in it can be judged.
    pub fn judged(self) -> Option<&'r Language> {
        match self {
            DetectedLanguage::Judged(language) => Some(language),
            DetectedLanguage::NotJudged(_) => None,
        }
    }
}

impl LanguageRegistry {
    /// Returns the languages that are built into the binary.
    pub fn builtin() -> Result<LanguageRegistry, LanguageError> {
        let mut languages = Vec::new();
        for file in LANGUAGES.files() {
            let name = file.path().to_string_lossy();
            if let (true, Some(text)) = (name.ends_with(".toml"), file.contents_utf8()) {
                languages.push(Language::parse(&format!("languages/{name}"), text)?);
            }
        }
        LanguageRegistry::new(languages)
    }

    /// Fails if two languages share a name.
    pub fn new(languages: Vec<Language>) -> Result<LanguageRegistry, LanguageError> {
        let catalog = read_catalog().map_err(|error| LanguageError {
            file: "catalog.toml".to_owned(),
            reason: error.to_string(),
        })?;
        let mut registry = LanguageRegistry {
            languages: BTreeMap::new(),
            catalog,
        };
        for language in languages {
            let file = format!("languages/{}.toml", language.id);
            registry.insert(language, &file)?;
        }
        Ok(registry)
    }

    /// Adds the languages of a folder's `*.toml` files. One with the id of a language that is there
    /// replaces it.
    pub fn with_folder(mut self, folder: &Path) -> Result<LanguageRegistry, LanguageError> {
        let error = |path: &Path, error: std::io::Error| LanguageError {
            file: path.display().to_string(),
            reason: error.to_string(),
        };
        let entries = fs::read_dir(folder).map_err(|e| error(folder, e))?;
        let entries: Result<Vec<_>, _> = entries.map(|entry| entry.map(|e| e.path())).collect();
        let mut paths = entries.map_err(|e| error(folder, e))?;
        paths.retain(|path| {
            path.extension()
                .is_some_and(|extension| extension == "toml")
        });
        paths.sort();
        for path in paths {
            let text = fs::read_to_string(&path).map_err(|e| error(&path, e))?;
            let file = path.display().to_string();
            self.insert(Language::parse(&file, &text)?, &file)?;
        }
        Ok(self)
    }

    fn insert(&mut self, mut language: Language, file: &str) -> Result<(), LanguageError> {
        if let Some(name) = language.names().find(|n| n.len() > LanguageId::MAX_BYTES) {
            return Err(LanguageError {
                file: file.to_owned(),
                reason: format!("`{name}` has more than {} bytes", LanguageId::MAX_BYTES),
            });
        }
        for neighbour in self.iter().filter(|l| l.id != language.id) {
            let shared = language.names().find(|name| neighbour.is_named(name));
            if let Some(name) = shared {
                return Err(LanguageError {
                    file: file.to_owned(),
                    reason: format!("`{name}` is a name of {} already", neighbour.name),
                });
            }
            language.adapters.remove_names_of(&neighbour.adapters);
        }
        self.catalog.retain(|code, _| !language.is_named(code));
        self.languages.insert(language.id.clone(), language);
        Ok(())
    }

    /// Returns all languages, by id.
    pub fn iter(&self) -> impl Iterator<Item = &Language> {
        self.languages.values()
    }

    /// Keeps only the languages for which `keep` is true. The others are still recognized.
    pub fn retain(&mut self, keep: impl Fn(&Language) -> bool) {
        self.languages.retain(|_, language| keep(language));
    }

    pub fn into_languages(self) -> Vec<Language> {
        self.languages.into_values().collect()
    }

    pub fn get(&self, id: &LanguageId) -> Option<&Language> {
        self.languages.get(id)
    }

    /// Finds a language by its id, an alias or a code, in whatever case.
    pub fn by_name(&self, name: &str) -> Option<&Language> {
        self.iter().find(|language| language.is_named(name))
    }

    /// Returns the ids for a message: `cpp, javascript, python`.
    pub fn list_ids(&self) -> String {
        let ids: Vec<&str> = self.languages.keys().map(LanguageId::as_str).collect();
        ids.join(", ")
    }

    /// Returns the language of a source file; `None` if its extension belongs to none.
    pub fn of_file(&self, file_name: &str) -> Option<DetectedLanguage<'_>> {
        let mut matching: Vec<_> = self
            .candidates()
            .filter(|(_, _, extensions)| has_extension(file_name, extensions))
            .collect();
        matching.sort_by_key(|(_, priority, _)| std::cmp::Reverse(*priority));
        matching.first().map(|(language, _, _)| *language)
    }

    fn candidates(&self) -> impl Iterator<Item = (DetectedLanguage<'_>, u32, &[String])> {
        let judged = self.iter().map(|language| {
            let priority = language.package.priority;
            let extensions = language.extensions.as_slice();
            (DetectedLanguage::Judged(language), priority, extensions)
        });
        let not_judged = self.catalog.iter().map(|(code, entry)| {
            let extensions = entry.extensions.as_slice();
            (
                DetectedLanguage::NotJudged(code),
                entry.priority,
                extensions,
            )
        });
        judged.chain(not_judged)
    }

    /// Returns the language of a program: as in Kattis' tools the one with the most files, in a tie the
    /// one with the highest priority. `first_line` reads the first line of the file with that index.
    pub fn detect<'r>(
        &'r self,
        file_names: &[&str],
        first_line: impl Fn(usize) -> Option<String>,
    ) -> Option<DetectedLanguage<'r>> {
        let counted = self.candidates().map(|(language, priority, extensions)| {
            let files = file_names.iter();
            let files = files.filter(|name| has_extension(name, extensions)).count();
            ((files, priority), language)
        });
        let ((files, _), language) = counted.max_by_key(|(rank, _)| *rank)?;
        if files == 0 {
            return None;
        }
        let older = file_names.iter().enumerate().find_map(|(index, name)| {
            let mut entries = self.catalog.iter();
            let is_meant = |entry: &CatalogEntry| has_extension(name, &entry.shebang_extensions);
            let possible =
                entries.any(|(_, entry)| is_meant(entry)) && has_language(language, name);
            let line = possible.then(|| first_line(index)).flatten()?;
            let meant = self.by_shebang(&line)?;
            matches!(meant, DetectedLanguage::NotJudged(_)).then_some(meant)
        });
        Some(older.unwrap_or(language))
    }

    /// Returns the language of a script by its first line, `#!/usr/bin/env python3`: the one whose
    /// shebang is the longest part of it.
    pub fn by_shebang(&self, first_line: &str) -> Option<DetectedLanguage<'_>> {
        let judged = self.iter().filter_map(|language| {
            let shebang = language.package.shebang.as_deref()?;
            Some((shebang, DetectedLanguage::Judged(language)))
        });
        let not_judged = self.catalog.iter().filter_map(|(code, entry)| {
            let shebang = entry.shebang.as_deref()?;
            Some((shebang, DetectedLanguage::NotJudged(code)))
        });
        let all = judged.chain(not_judged);
        let matching = all.filter(|(shebang, _)| first_line.contains(shebang));
        let best = matching.max_by_key(|(shebang, _)| shebang.len());
        best.filter(|_| first_line.starts_with("#!"))
            .map(|(_, language)| language)
    }
}

fn has_language(language: DetectedLanguage<'_>, file_name: &str) -> bool {
    language
        .judged()
        .is_some_and(|language| language.has_extension(file_name))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn builtin() -> LanguageRegistry {
        LanguageRegistry::builtin().unwrap()
    }

    fn describe(language: Option<DetectedLanguage<'_>>) -> &str {
        match language {
            Some(DetectedLanguage::Judged(language)) => language.id.as_str(),
            Some(DetectedLanguage::NotJudged(code)) => code,
            None => "",
        }
    }

    #[test]
    fn built_in_languages_are_the_contract() {
        assert_eq!(builtin().list_ids(), "c, cpp, javascript, python, rust");
    }

    #[test]
    fn every_language_is_complete() {
        for language in builtin().iter() {
            assert!(!language.editor.template.is_empty(), "{}", language.id);
            assert!(language.package.priority > 0, "{}", language.id);
        }
    }

    #[rstest]
    #[case("a.py", "python")]
    #[case("A.PY", "python")]
    #[case("x/y.z.js", "javascript")]
    #[case("a.mjs", "javascript")]
    #[case("a.cpp", "cpp")]
    #[case("a.CPP", "cpp")]
    #[case("a.c++", "cpp")]
    #[case("a.cxx", "cpp")]
    #[case("a.C", "cpp")]
    #[case("a.c", "c")]
    #[case("a.rs", "rust")]
    #[case("a.java", "java")]
    #[case("a.py2", "python2")]
    #[case("a.txt", "")]
    #[case("py", "")]
    #[case("", "")]
    fn extension_tells_the_language(#[case] name: &str, #[case] expected: &str) {
        assert_eq!(describe(builtin().of_file(name)), expected);
    }

    #[rstest]
    #[case("py", "python")]
    #[case("Python3", "python")]
    #[case("c++", "cpp")]
    #[case("JS", "javascript")]
    #[case("node", "javascript")]
    #[case("rs", "rust")]
    #[case("gcc", "c")]
    fn aliases_name_the_language(#[case] alias: &str, #[case] expected: &str) {
        let registry = builtin();
        let language = registry.by_name(alias).unwrap();
        assert_eq!(language.id.as_str(), expected);
    }

    #[rstest]
    #[case(&["a.py", "b.cpp"], "cpp")]
    #[case(&["a.py", "b.cpp", "c.py"], "python")]
    #[case(&["a.py", "Main.java"], "python")]
    #[case(&["a.js", "Main.java"], "java")]
    #[case(&["a.c", "b.cpp"], "cpp")]
    #[case(&["a.h", "notes.txt"], "")]
    fn most_files_decide_then_the_priority(#[case] names: &[&str], #[case] expected: &str) {
        assert_eq!(describe(builtin().detect(names, |_| None)), expected);
    }

    #[test]
    fn first_line_tells_the_pythons_apart() {
        let registry = builtin();
        let of = |line: &str| registry.detect(&["a.py"], |_| Some(line.to_owned()));
        assert_eq!(describe(of("#!/usr/bin/env python2")), "python2");
        assert_eq!(describe(of("#!/usr/bin/env python3")), "python");
        assert_eq!(describe(of("# python2 is dead")), "python");
        let unread = |_: usize| -> Option<String> { panic!("a C++ file is not read") };
        assert_eq!(describe(registry.detect(&["a.cpp"], unread)), "cpp");
    }

    #[test]
    fn folders_add_and_replace_languages() {
        let folder = tempfile::tempdir().unwrap();
        let python = LANGUAGES.get_file("python.toml").unwrap();
        let python = python.contents_utf8().unwrap();
        let shorter = python.replace("aliases", "# aliases");
        let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
        write("python.toml", &shorter);
        write("notes.txt", "not a language");
        let registry = builtin().with_folder(folder.path()).unwrap();
        assert!(registry.by_name("py").is_none());
        assert!(registry.by_name("python3").is_some());

        write("go.toml", &python.replace("id = \"python\"", "id = \"go\""));
        let error = builtin()
            .with_folder(folder.path())
            .unwrap_err()
            .to_string();
        assert!(
            error.contains("go.toml") && error.contains("a name of"),
            "{error}"
        );

        let missing = folder.path().join("missing");
        let error = builtin().with_folder(&missing).unwrap_err().to_string();
        assert!(error.contains("missing"), "{error}");
    }

    #[test]
    fn own_file_replaces_the_catalogs_entry() {
        let python = LANGUAGES.get_file("python.toml").unwrap();
        let text = python.contents_utf8().unwrap();
        let mut ruby = Language::parse("ruby.toml", text).unwrap();
        ruby.id = LanguageId("ruby".to_owned());
        ruby.extensions = vec!["rb".to_owned()];
        assert_eq!(describe(builtin().of_file("a.rb")), "ruby");
        assert!(builtin().of_file("a.rb").unwrap().judged().is_none());
        let registry = LanguageRegistry::new(vec![ruby]).unwrap();
        assert!(registry.of_file("a.rb").unwrap().judged().is_some());
    }

    #[test]
    fn copied_files_leave_peer_names_to_the_original() {
        let mut registry = builtin();
        let python = LANGUAGES.get_file("python.toml").unwrap();
        let mut snake = Language::parse("snake.toml", python.contents_utf8().unwrap()).unwrap();
        snake.id = LanguageId("snake".to_owned());
        snake.aliases.clear();
        snake.package.codes.clear();
        snake.adapters.judge0.push(9999);
        registry.insert(snake, "snake.toml").unwrap();
        let peers = |id: &str| &registry.by_name(id).unwrap().adapters;
        assert_eq!(peers("snake").judge0, [9999]);
        assert!(peers("snake").piston.is_none() && peers("snake").jobe.is_none());
        assert!(peers("snake").sandbox_fusion.is_none());
        assert!(peers("python").judge0.contains(&71) && peers("python").piston.is_some());
    }
}
