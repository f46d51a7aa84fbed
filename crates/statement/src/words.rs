//! The words that a page adds to a statement, in the statement's language.

/// What headings of a language say.
#[derive(Debug)]
pub(crate) struct Words {
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

/// English first: it stands in for the languages that are not here.
const ALL: [Words; 3] = [
    Words {
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
    Words {
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
    Words {
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

impl Words {
    /// Of `pt` and of `pt-BR` alike.
    pub fn of(language: &str) -> &'static Words {
        let plain = language.split(['-', '_']).next().unwrap_or_default();
        let spoken = ALL
            .iter()
            .find(|words| words.language.eq_ignore_ascii_case(plain));
        spoken.unwrap_or(&ALL[0])
    }
}
