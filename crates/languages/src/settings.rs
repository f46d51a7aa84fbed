//! The parts of a language file that say how people and packages use the language.

use letscode_model::{PeerNames, PistonNames};
use serde::Deserialize;

/// Names and marks of the language in problem packages.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PackageSettings {
    /// The ICPC's codes of this language beside its id: in `submissions.yaml` and as folders of
    /// `include/`.
    pub codes: Vec<String>,
    /// Among languages with equally many files in a program the one with the highest priority wins.
    pub priority: u32,
    /// Commands by which a validator's `build` or `run` script compiles or starts its sources.
    pub script_commands: Vec<String>,
    /// Part of the `#!` line of a script in this language.
    pub shebang: Option<String>,
}

/// Settings for the page.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct EditorSettings {
    /// Monaco's name for the syntax; the language's id unless stated.
    pub mode: Option<String>,
    /// Text of a new draft.
    pub template: String,
    /// Format of the compiler's messages, for marks in the code: `gcc`, `rustc`, `python` or `node`.
    pub diagnostics: Option<String>,
}

/// Advice for a likely mistake.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CompilerHint {
    /// Texts of the compiler's messages; one is enough.
    pub when: Vec<String>,
    pub advice: String,
}

impl CompilerHint {
    pub fn applies_to(&self, message: &str) -> bool {
        self.when.iter().any(|text| message.contains(text))
    }
}

/// Names of the language in other services' APIs. Adapters refuse a language that has none.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AdapterSettings {
    /// Judge0's numbers.
    pub judge0: Vec<u32>,
    pub piston: Option<PistonSettings>,
    pub sandbox_fusion: Option<String>,
    pub jobe: Option<String>,
}

/// Names of the language in Piston's API.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PistonSettings {
    pub name: String,
    #[serde(default)]
    pub aliases: Vec<String>,
    #[serde(default)]
    pub runtime: Option<String>,
}

impl AdapterSettings {
    /// Removes names that another language has already, as in a file that was made from a copy of that
    /// language's.
    pub(crate) fn remove_names_of(&mut self, owner: &AdapterSettings) {
        self.judge0.retain(|id| !owner.judge0.contains(id));
        let is_taken = |name: &String| {
            let mut owners = owner.piston.iter();
            owners.any(|owner| owner.name == *name || owner.aliases.contains(name))
        };
        self.piston.take_if(|piston| is_taken(&piston.name));
        if let Some(piston) = &mut self.piston {
            piston.aliases.retain(|alias| !is_taken(alias));
        }
        self.sandbox_fusion
            .take_if(|name| owner.sandbox_fusion.as_ref() == Some(name));
        self.jobe.take_if(|name| owner.jobe.as_ref() == Some(name));
    }
}

impl From<&AdapterSettings> for PeerNames {
    fn from(settings: &AdapterSettings) -> Self {
        let piston = settings.piston.as_ref().map(|piston| PistonNames {
            name: piston.name.clone(),
            aliases: piston.aliases.clone(),
            runtime: piston.runtime.clone(),
        });
        PeerNames {
            judge0: settings.judge0.clone(),
            piston,
            sandbox_fusion: settings.sandbox_fusion.clone(),
            jobe: settings.jobe.clone(),
        }
    }
}
