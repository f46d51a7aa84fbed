//! What the database is made of, and how much of that is there.

use sqlx::migrate::Migrator;

/// One step in the life of a database's tables.
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

pub(crate) fn compare(known: &Migrator, applied: &[(i64, String)]) -> Vec<Migration> {
    let is_applied = |version| applied.iter().any(|(one, _)| *one == version);
    let ours = known.iter().map(|one| Migration {
        version: one.version,
        description: one.description.to_string(),
        state: match is_applied(one.version) {
            true => MigrationState::Applied,
            false => MigrationState::Pending,
        },
    });
    let unknown = applied
        .iter()
        .filter(|(version, _)| !known.version_exists(*version));
    let theirs = unknown.map(|(version, description)| Migration {
        version: *version,
        description: description.clone(),
        state: MigrationState::Unknown,
    });
    let mut all: Vec<Migration> = ours.chain(theirs).collect();
    all.sort_unstable_by_key(|one| one.version);
    all
}
