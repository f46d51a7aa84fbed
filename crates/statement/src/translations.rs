//! The texts that a page adds to a statement, in the statement's language.

/// Headings and captions in one language.
#[derive(Debug)]
pub(crate) struct PageTexts {
    language: &'static str,
    pub sample_input: &'static str,
    pub sample_output: &'static str,
    pub sample_interaction: &'static str,
    pub input: &'static str,
    pub output: &'static str,
    pub interaction: &'static str,
    pub figure: &'static str,
    pub table: &'static str,
}

/// English first: it is used for all other languages.
const TRANSLATIONS: [PageTexts; 3] = [
    PageTexts {
        language: "en",
        sample_input: "Sample Input",
        sample_output: "Sample Output",
        sample_interaction: "Sample Interaction",
        input: "Input",
        output: "Output",
        interaction: "Interaction",
        figure: "Figure",
        table: "Table",
    },
    PageTexts {
        language: "sv",
        sample_input: "Exempelindata",
        sample_output: "Exempelutdata",
        sample_interaction: "Exempelinteraktion",
        input: "Indata",
        output: "Utdata",
        interaction: "Interaktion",
        figure: "Figur",
        table: "Tabell",
    },
    PageTexts {
        language: "fr",
        sample_input: "Exemple d’entrée",
        sample_output: "Exemple de sortie",
        sample_interaction: "Exemple d’interaction",
        input: "Entrée",
        output: "Sortie",
        interaction: "Interaction",
        figure: "Figure",
        table: "Tableau",
    },
];

impl PageTexts {
    /// Returns the texts of a language; of `pt` for `pt-BR`, too.
    pub fn for_language(language: &str) -> &'static PageTexts {
        let plain = language.split(['-', '_']).next().unwrap_or_default();
        let texts = TRANSLATIONS
            .iter()
            .find(|texts| texts.language.eq_ignore_ascii_case(plain));
        texts.unwrap_or(&TRANSLATIONS[0])
    }
}
