//! The versions of the database's tables, and which of them are applied.

use sqlx::migrate::Migrator;

/// One change of the database's tables.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Migration {
    pub version: i64,
    pub description: String,
    pub state: MigrationState,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MigrationState {
    Applied,
    /// The next start applies it.
    Pending,
    /// Applied by a newer `letscode`: this one refuses to open the database.
    Unknown,
}

/// Compares the migrations of this version with those that were applied to a database.
pub(crate) fn compare(supported: &Migrator, applied: &[(i64, String)]) -> Vec<Migration> {
    let is_applied = |version| applied.iter().any(|(candidate, _)| *candidate == version);
    let supported_states = supported.iter().map(|migration| Migration {
        version: migration.version,
        description: migration.description.to_string(),
        state: if is_applied(migration.version) {
            MigrationState::Applied
        } else {
            MigrationState::Pending
        },
    });
    let unknown = applied
        .iter()
        .filter(|(version, _)| !supported.version_exists(*version));
    let unknown_states = unknown.map(|(version, description)| Migration {
        version: *version,
        description: description.clone(),
        state: MigrationState::Unknown,
    });
    let mut all: Vec<Migration> = supported_states.chain(unknown_states).collect();
    all.sort_unstable_by_key(|migration| migration.version);
    all
}
