use letscode_languages::{Language, Stage};

/// Returns the whole environment of a cell's program. It holds nothing of the host's.
pub(crate) fn environment(language: &Language, stage: Stage) -> Vec<(String, String)> {
    let own = match stage {
        Stage::Compile => &language.compile.env,
        Stage::Run | Stage::Validate => &language.run.env,
    };
    let common = [
        ("PATH", "/usr/bin:/bin"),
        ("HOME", "/workspace"),
        ("TMPDIR", "/tmp"),
        ("LANG", "C.UTF-8"),
    ];
    let common = common
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value.to_owned()));
    common.chain(own.clone()).collect()
}
