//! The names and statements of a Polygon package.

use roxmltree::Node;

use super::polygon_xml::{child, elements};
use super::problem::{ConvertedProblem, ConvertedStatement};
use crate::error::{PackageError, WarningList};
use crate::file_names::PROBLEM_XML;
use crate::tree::{PackageFile, PackageFolder};

const MAX_SECTION_BYTES: u64 = 256 << 10;
const IMAGES: [&str; 5] = [".png", ".jpg", ".jpeg", ".gif", ".svg"];

/// Polygon's names of languages.
const LANGUAGES: [(&str, &str); 24] = [
    ("arabic", "ar"),
    ("armenian", "hy"),
    ("azerbaijani", "az"),
    ("belarusian", "be"),
    ("bulgarian", "bg"),
    ("chinese", "zh"),
    ("czech", "cs"),
    ("english", "en"),
    ("estonian", "et"),
    ("french", "fr"),
    ("georgian", "ka"),
    ("german", "de"),
    ("hebrew", "he"),
    ("italian", "it"),
    ("japanese", "ja"),
    ("kazakh", "kk"),
    ("korean", "ko"),
    ("polish", "pl"),
    ("portuguese", "pt"),
    ("romanian", "ro"),
    ("russian", "ru"),
    ("spanish", "es"),
    ("ukrainian", "uk"),
    ("vietnamese", "vi"),
];

/// Sections in the order in which they are read, with their headings in English and Russian.
const SECTIONS: [(&str, [&str; 2]); 6] = [
    ("legend", ["", ""]),
    ("input", ["Input", "Входные данные"]),
    ("output", ["Output", "Выходные данные"]),
    ("interaction", ["Interaction", "Протокол взаимодействия"]),
    ("scoring", ["Scoring", "Система оценки"]),
    ("notes", ["Notes", "Замечание"]),
];

/// Returns the titles by language code.
pub(super) fn names(root: Node<'_, '_>) -> Vec<(String, String)> {
    let names = child(root, "names").into_iter();
    let names = names.flat_map(|node| elements(node, "name"));
    names
        .filter_map(|name| {
            let language = code(name.attribute("language")?);
            Some((language, name.attribute("value")?.to_owned()))
        })
        .take(LANGUAGES.len())
        .collect()
}

fn code(language: &str) -> String {
    let entry = LANGUAGES.iter().find(|(name, _)| *name == language);
    entry.map_or(language, |(_, code)| code).to_owned()
}

/// Reads the statements: from their sections, or else from `problem-properties.json`.
pub(super) fn read<'f>(
    tree: &'f PackageFolder,
    problem: &mut ConvertedProblem<'f>,
    warnings: &mut WarningList,
) -> Result<(), PackageError> {
    for top in ["statement-sections", "statements"] {
        let languages = tree.folder(top).map(PackageFolder::folders);
        for (name, folder) in languages.into_iter().flatten() {
            let language = code(name);
            let has_one = |statement: &ConvertedStatement| statement.language == language;
            if problem.statements.iter().any(has_one) {
                continue;
            }
            let Some(sections) = sections(folder)? else {
                continue;
            };
            problem.images.extend(images(folder));
            problem.statements.push(ConvertedStatement {
                text: statement(&sections, &language),
                language,
                extension: "tex",
            });
        }
    }
    if problem.statements.is_empty() {
        let message = "no statement was found in `statement-sections/` or `statements/`";
        warnings.add_file(PROBLEM_XML, message);
    }
    Ok(())
}

fn images(folder: &PackageFolder) -> impl Iterator<Item = (&PackageFile, String)> {
    let is_image = |name: &str| {
        let name = name.to_ascii_lowercase();
        IMAGES.iter().any(|ending| name.ends_with(ending))
    };
    let images = folder.files().filter(move |(name, _)| is_image(name));
    images.map(|(name, file)| (file, name.to_owned()))
}

/// Title and texts of a statement, by the section's name.
struct StatementSections {
    name: String,
    texts: Vec<(&'static str, String)>,
}

fn sections(folder: &PackageFolder) -> Result<Option<StatementSections>, PackageError> {
    let properties = match folder.file("problem-properties.json") {
        Some(file) => {
            serde_json::from_str(&file.read_text(MAX_SECTION_BYTES)?.0).unwrap_or_default()
        }
        None => serde_json::Value::Null,
    };
    let text = |section: &str| -> Result<String, PackageError> {
        Ok(match folder.file(&format!("{section}.tex")) {
            Some(file) => file.read_text(MAX_SECTION_BYTES)?.0,
            None => properties[section].as_str().unwrap_or_default().to_owned(),
        })
    };
    let mut texts = Vec::new();
    for (section, _) in SECTIONS {
        let text = text(section)?;
        if !text.trim().is_empty() {
            texts.push((section, text));
        }
    }
    let name = text("name")?.trim().to_owned();
    Ok((!texts.is_empty()).then_some(StatementSections { name, texts }))
}

fn statement(sections: &StatementSections, language: &str) -> String {
    let mut text = format!("\\problemname{{{}}}\n", sections.name);
    let at = usize::from(language == "ru");
    for (section, contents) in &sections.texts {
        let headings = SECTIONS.iter().find(|(name, _)| name == section);
        match headings.map_or("", |(_, headings)| headings[at]) {
            "" => {}
            heading => text.push_str(&format!("\n\\section*{{{heading}}}\n")),
        }
        text.push_str(contents.trim());
        text.push('\n');
    }
    text
}
