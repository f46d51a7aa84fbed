//! `data/`: the tests in judging order, and their groups.
//!
//! Samples come before secret data. Inside a group, tests and subgroups are sorted by name; a test's
//! name is that of its `.in` file without the extension.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::error::{PackageError, WarningList};
use crate::group::{GroupDefaults, GroupSettings};
use crate::program::ProgramFile;
use crate::tree::{PackageFile, PackageFolder, TreeEntry, join};
use crate::yaml;

/// Maximum size of a hint or description.
const MAX_NOTE_BYTES: u64 = 64 << 10;

/// One run of a submission.
#[derive(Debug, Clone, PartialEq)]
pub struct TestCase {
    /// Counts from 1 in judging order.
    pub number: u32,
    /// Path from `data/`, without extension: `secret/group1/03-big`.
    pub name: String,
    pub input: PathBuf,
    pub answer: PathBuf,
    pub is_sample: bool,
    /// Index into [`TestData::groups`].
    pub group: usize,
    /// Flags of the problem, the group and the test, combined as the format says.
    pub output_validator_args: Vec<String>,
    /// Command line of the submission.
    pub args: Vec<String>,
    /// Files in the submission's working folder.
    pub files: Vec<ProgramFile>,
    pub full_feedback: bool,
    /// Shown to users whose submission fails this test.
    pub hint: Option<String>,
    /// Purpose of the test; not public.
    pub description: Option<String>,
}

/// A test data group: the folder `data` itself, `sample`, `secret`, or one below those.
#[derive(Debug, Clone, PartialEq)]
pub struct TestGroup {
    /// Path from `data/`: `secret/group1`; empty for the root.
    pub name: String,
    /// Index of the parent group; `None` for the root.
    pub parent: Option<usize>,
    /// In judging order.
    pub items: Vec<GroupItem>,
    pub settings: GroupSettings,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GroupItem {
    /// Index into [`TestData::tests`].
    Test(usize),
    /// Index into [`TestData::groups`].
    Group(usize),
}

#[derive(Debug, Clone, PartialEq, Default)]
pub struct TestData {
    /// In judging order; not empty.
    pub tests: Vec<TestCase>,
    /// The root first; every group before its subgroups.
    pub groups: Vec<TestGroup>,
}

impl TestData {
    pub fn samples(&self) -> impl Iterator<Item = &TestCase> {
        self.tests.iter().filter(|test| test.is_sample)
    }
}

pub(crate) fn read(
    data: Option<&PackageFolder>,
    context: &GroupDefaults,
    warnings: &mut WarningList,
) -> Result<TestData, PackageError> {
    let data = data.ok_or(PackageError::NoTests)?;
    let mut reader = TestDataReader {
        context,
        warnings,
        data: TestData::default(),
    };
    reader.root(data)?;
    let test_data = reader.data;
    if test_data.tests.is_empty() {
        return Err(PackageError::NoTests);
    }
    if test_data.tests.iter().all(|test| test.is_sample) {
        warnings.add_file("data/secret", "no secret tests: all tests are public");
    }
    Ok(test_data)
}

/// Folders of `data/` that test the package's validators rather than submissions.
const VALIDATOR_TESTS: [&str; 8] = [
    "bad",
    "invalid_input",
    "invalid_inputs",
    "invalid_output",
    "invalid_outputs",
    "invalid_answers",
    "valid_output",
    "valid_outputs",
];

struct TestDataReader<'a> {
    context: &'a GroupDefaults,
    warnings: &'a mut WarningList,
    data: TestData,
}

impl TestDataReader<'_> {
    fn root(&mut self, data: &PackageFolder) -> Result<(), PackageError> {
        let mut settings = GroupSettings::root(self.context);
        self.apply_file(data, &mut settings)?;
        let root = self.add_group(String::new(), None, &settings);
        for name in ["sample", "secret"] {
            if let Some(folder) = data.folder(name) {
                let group = self.group(folder, name.to_owned(), root, &settings)?;
                self.data.groups[root].items.push(GroupItem::Group(group));
            }
        }
        let is_other = |(name, _): &(&str, &PackageFolder)| {
            !["sample", "secret"].contains(name) && !VALIDATOR_TESTS.contains(name)
        };
        let others: Vec<_> = data.folders().filter(is_other).collect();
        if !self.context.draft && data.folder("secret").is_none() {
            self.loose_groups(&others, root, &settings)?;
        } else {
            for (_, folder) in others {
                let message = "ignored: only tests in sample/ and secret/ are judged";
                self.warnings.add_file(&folder.relative, message);
            }
        }
        for (_, file) in data.files().filter(|(name, _)| name.ends_with(".in")) {
            let message = "ignored: only tests in sample/ and secret/ are judged";
            self.warnings.add_file(&file.relative, message);
        }
        Ok(())
    }

    /// Reads the groups directly below `data/` of old packages without `data/secret/`, as if they were
    /// in it: Kattis' tools judge all folders of `data/`.
    fn loose_groups(
        &mut self,
        folders: &[(&str, &PackageFolder)],
        root: usize,
        above: &GroupSettings,
    ) -> Result<(), PackageError> {
        let has_tests = |(_, folder): &&(&str, &PackageFolder)| {
            let files = folder.files_below();
            files.iter().any(|file| file.name().ends_with(".in"))
        };
        let groups: Vec<_> = folders.iter().filter(has_tests).collect();
        if groups.is_empty() {
            return Ok(());
        }
        let settings = above.inherited("secret", self.context);
        let secret = self.add_group("secret".to_owned(), Some(root), &settings);
        self.data.groups[root].items.push(GroupItem::Group(secret));
        for (name, folder) in groups {
            let group = self.group(folder, join("secret", name), secret, &settings)?;
            self.data.groups[secret].items.push(GroupItem::Group(group));
            let message = "judged as a group of data/secret/, which does not exist";
            self.warnings.add_file(&folder.relative, message);
        }
        Ok(())
    }

    fn add_group(
        &mut self,
        name: String,
        parent: Option<usize>,
        settings: &GroupSettings,
    ) -> usize {
        let mut settings = settings.clone();
        settings.settle(self.context);
        self.data.groups.push(TestGroup {
            name,
            parent,
            items: vec![],
            settings,
        });
        self.data.groups.len() - 1
    }

    fn group(
        &mut self,
        folder: &PackageFolder,
        name: String,
        parent: usize,
        above: &GroupSettings,
    ) -> Result<usize, PackageError> {
        let mut settings = above.inherited(&name, self.context);
        self.apply_file(folder, &mut settings)?;
        let group = self.add_group(name.clone(), Some(parent), &settings);
        for (base, entry) in self.ordered(folder) {
            let item = match entry {
                TreeEntry::Folder(sub) => {
                    GroupItem::Group(self.group(sub, join(&name, base), group, &settings)?)
                }
                TreeEntry::File(input) => {
                    let test =
                        self.test(folder, base, input, join(&name, base), group, &settings)?;
                    self.data.tests.push(test);
                    GroupItem::Test(self.data.tests.len() - 1)
                }
            };
            self.data.groups[group].items.push(item);
        }
        Ok(group)
    }

    /// Applies `test_group.yaml` or `testdata.yaml`: the one of the format, or else the other.
    fn apply_file(
        &mut self,
        folder: &PackageFolder,
        settings: &mut GroupSettings,
    ) -> Result<(), PackageError> {
        let mut files = ["testdata.yaml", "test_group.yaml"];
        if self.context.draft {
            files.reverse();
        }
        let mut existing = files.iter().filter_map(|name| folder.file(name));
        if let Some(file) = existing.next() {
            let fields = yaml::read(file, self.warnings)?;
            settings.apply(fields, self.context, self.warnings)?;
        }
        if let Some(unused) = existing.next() {
            let message = format!("ignored: {} is used", files[0]);
            self.warnings.add_file(&unused.relative, message);
        }
        Ok(())
    }

    /// The `.in` files and subgroups of a folder by name, a test before a group of the same name.
    fn ordered<'f>(&mut self, folder: &'f PackageFolder) -> Vec<(&'f str, &'f TreeEntry)> {
        let mut items = BTreeMap::new();
        for (name, entry) in &folder.entries {
            match entry {
                TreeEntry::File(file) => match name.strip_suffix(".in") {
                    Some(base) => {
                        items.insert((base, 0), entry);
                    }
                    None => self.check_companion(folder, name, file),
                },
                TreeEntry::Folder(_) if name.ends_with(".files") || name.ends_with(".download") => {
                }
                TreeEntry::Folder(sub) => {
                    if folder.file(&format!("{name}.in")).is_some() {
                        self.warnings
                            .add_file(&sub.relative, "a test has the same name");
                    }
                    items.insert((name, 1), entry);
                }
            }
        }
        items
            .into_iter()
            .map(|((base, _), entry)| (base, entry))
            .collect()
    }

    /// Warns of a file in a group that has no meaning, as its author expects that it has.
    fn check_companion(&mut self, folder: &PackageFolder, name: &str, file: &PackageFile) {
        const EXTENSIONS: [&str; 16] = [
            ".ans",
            ".out",
            ".desc",
            ".hint",
            ".png",
            ".jpg",
            ".jpeg",
            ".svg",
            ".gif",
            ".yaml",
            ".interaction",
            ".statement",
            ".download",
            ".args",
            ".md",
            ".txt",
        ];
        let is_known = EXTENSIONS.iter().any(|extension| name.ends_with(extension));
        if !is_known {
            self.warnings
                .add_file(&file.relative, "ignored: unknown file extension");
        } else if let Some(base) = name.strip_suffix(".ans")
            && folder.file(&format!("{base}.in")).is_none()
            && folder.file(&format!("{base}.interaction")).is_none()
        {
            let message = format!("ignored: there is no {base}.in");
            self.warnings.add_file(&file.relative, message);
        }
    }

    fn test(
        &mut self,
        folder: &PackageFolder,
        base: &str,
        input: &PackageFile,
        name: String,
        group: usize,
        settings: &GroupSettings,
    ) -> Result<TestCase, PackageError> {
        let answer_name = format!("{base}.ans");
        let answer = folder
            .file(&answer_name)
            .ok_or_else(|| PackageError::NoAnswer {
                input: input.relative.clone(),
                answer: join(&folder.relative, &answer_name),
            })?;
        let mut settings = settings.clone();
        let (mut hint, mut description) =
            (note(folder, base, "hint")?, note(folder, base, "desc")?);
        // A test named `test_group` has no settings of its own: the file is the group's.
        let is_group_file = ["testdata", "test_group"].contains(&base);
        if let Some(file) = folder
            .file(&format!("{base}.yaml"))
            .filter(|_| !is_group_file)
        {
            let mut fields = yaml::read(file, self.warnings)?;
            hint = fields.text("hint")?.or(hint);
            description = fields.text("description")?.or(description);
            settings.apply_shared(&mut fields, self.context, self.warnings)?;
            fields.finish(self.warnings);
        }
        let files = folder
            .folder(&format!("{base}.files"))
            .map(ProgramFile::all_below);
        Ok(TestCase {
            number: u32::try_from(self.data.tests.len() + 1).unwrap_or(u32::MAX),
            is_sample: name.starts_with("sample/"),
            name,
            input: input.path.clone(),
            answer: answer.path.clone(),
            group,
            output_validator_args: settings.output_validator_args,
            args: settings.args,
            files: files.unwrap_or_default(),
            full_feedback: settings.full_feedback,
            hint,
            description,
        })
    }
}

fn note(
    folder: &PackageFolder,
    base: &str,
    extension: &str,
) -> Result<Option<String>, PackageError> {
    let Some(file) = folder.file(&format!("{base}.{extension}")) else {
        return Ok(None);
    };
    let (text, _) = file.read_text(MAX_NOTE_BYTES)?;
    Ok(Some(text.trim_end().to_owned()))
}
