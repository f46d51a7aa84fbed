//! Restricted APIs as data, one file per language. Paths are written with dots in all languages.

pub(crate) mod cpp;
pub(crate) mod javascript;
pub(crate) mod python;
pub(crate) mod rust;

use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use crate::facts::FactKind;

/// Condition under which a use of a path is harmless.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CallGuard {
    Never,
    /// A call whose first argument is a standard stream.
    Stream,
    /// A call with another number of arguments, so of another function with the same name.
    Count(usize),
    /// A call whose first argument is not text, such as `setTimeout(f)`.
    TextOnly,
}

/// Kind and guard of several paths.
pub(crate) struct TableRow {
    /// `None`: harmless, although the parent path is restricted.
    pub kind: Option<FactKind>,
    pub guard: CallGuard,
    /// Separated by white space. `a.b` includes its members, `a.*` means only its members.
    pub paths: &'static str,
}

pub(crate) const fn row(kind: FactKind, paths: &'static str) -> TableRow {
    TableRow {
        kind: Some(kind),
        guard: CallGuard::Never,
        paths,
    }
}

pub(crate) const fn guarded(kind: FactKind, guard: CallGuard, paths: &'static str) -> TableRow {
    TableRow {
        kind: Some(kind),
        guard,
        paths,
    }
}

pub(crate) const fn harmless(paths: &'static str) -> TableRow {
    TableRow {
        kind: None,
        guard: CallGuard::Never,
        paths,
    }
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct RestrictedApi {
    pub kind: Option<FactKind>,
    pub guard: CallGuard,
    members_only: bool,
}

/// A function whose result is known.
pub(crate) enum KnownFunction {
    /// Returns the module named by its argument, with this prefix.
    Import(&'static str),
    /// Returns the member of its first argument that the second names.
    Member,
    /// Returns its first argument.
    First,
    /// Returns an object with all names of this path.
    Everything(&'static str),
}

/// Data of a language.
pub(crate) struct TableSource {
    pub rows: &'static [TableRow],
    pub specials: &'static [(&'static str, KnownFunction)],
    /// Objects whose members are the global names.
    pub globals: &'static [&'static str],
    /// Members that are equal to their object.
    pub transparent: &'static [&'static str],
    /// Aliases of paths.
    pub renamed: &'static [(&'static str, &'static str)],
    /// Prefix that is removed if the path with it is not in the table: `std::system`.
    pub optional_prefix: &'static str,
    /// Words whose meaning depends on the code around them, so a scan for words is not enough.
    pub needs_parsing: &'static [&'static str],
    /// Character sequences that can hide a name from a scan for words.
    pub hiding: &'static [&'static str],
    /// Modules that browsers have too; empty if that is not checked.
    pub modules: &'static str,
}

/// Longer than any path in a table.
const MAX_PATH_BYTES: usize = 200;

pub(crate) struct ApiTable {
    apis: HashMap<&'static str, RestrictedApi>,
    specials: HashMap<&'static str, &'static KnownFunction>,
    modules: Vec<&'static str>,
    /// Parents of the paths in the table.
    parents: HashSet<&'static str>,
    source: &'static TableSource,
}

impl ApiTable {
    pub fn new(source: &'static TableSource) -> Self {
        let mut apis = HashMap::new();
        for row in source.rows {
            for path in row.paths.split_whitespace() {
                let (path, members_only) = match path.strip_suffix(".*") {
                    Some(whole) => (whole, true),
                    None => (path, false),
                };
                apis.insert(
                    path,
                    RestrictedApi {
                        kind: row.kind,
                        guard: row.guard,
                        members_only,
                    },
                );
            }
        }
        let parts = apis
            .keys()
            .flat_map(|path| path.match_indices('.').map(|(at, _)| &path[..at]));
        let parents = parts.collect();
        ApiTable {
            parents,
            apis,
            specials: source
                .specials
                .iter()
                .map(|(path, special)| (*path, special))
                .collect(),
            modules: source.modules.split_whitespace().collect(),
            source,
        }
    }

    /// Returns the entry of the longest path that is equal to `path` or a parent of it.
    pub fn restricted(&self, path: &str) -> Option<&RestrictedApi> {
        // The result of a call is not the called function.
        if path.contains("()") {
            return None;
        }
        let mut whole = path;
        if path.len() > MAX_PATH_BYTES {
            whole = &path[..path.floor_char_boundary(MAX_PATH_BYTES)];
            whole = &whole[..whole.rfind('.')?];
        }
        loop {
            if let Some(api) = self.apis.get(whole)
                && !(api.members_only && whole.len() == path.len())
            {
                return Some(api).filter(|api| api.kind.is_some());
            }
            whole = &whole[..whole.rfind('.')?];
        }
    }

    /// Kind of a path that is restricted however it is used.
    pub fn unguarded(&self, path: &str) -> Option<FactKind> {
        self.restricted(path)
            .filter(|api| api.guard == CallGuard::Never)?
            .kind
    }

    pub fn special(&self, path: &str) -> Option<&'static KnownFunction> {
        self.specials.get(path).copied()
    }

    pub fn contains(&self, path: &str) -> bool {
        self.restricted(path).is_some()
            || self.specials.contains_key(path)
            || self.parents.contains(path)
    }

    /// True if the path, or a path that can be reached from it, is in the table.
    pub fn leads_on(&self, path: &str) -> bool {
        self.contains(path) || self.source.globals.contains(&path)
    }

    pub fn needs_parsing(&self, word: &str) -> bool {
        self.source.needs_parsing.contains(&word)
    }

    pub fn hiding(&self) -> &'static [&'static str] {
        self.source.hiding
    }

    pub fn join(&self, path: &str, name: &str) -> Rc<str> {
        if self.source.globals.contains(&path) {
            return self.rename(name).into();
        }
        if self.source.transparent.contains(&name) {
            return path.into();
        }
        // Don't let a chain of a thousand members grow.
        if path.len() > MAX_PATH_BYTES {
            return path.into();
        }
        self.rename(&format!("{path}.{name}")).into()
    }

    pub fn rename<'p>(&self, path: &'p str) -> &'p str {
        if let Some((_, to)) = self.source.renamed.iter().find(|(from, _)| *from == path) {
            return to;
        }
        match path.split_once('.') {
            Some((first, suffix))
                if first == self.source.optional_prefix && !self.contains(path) =>
            {
                suffix
            }
            _ => path,
        }
    }

    pub fn import(&self, prefix: &str, name: &str) -> Rc<str> {
        let bare = name.strip_prefix("node:").unwrap_or(name);
        let path = format!("{prefix}{}", bare.replace('/', "."));
        self.rename(&path).into()
    }

    /// True if browsers lack the module, by the first part of its path.
    pub fn lacks(&self, module: &str) -> bool {
        let top = module.split('.').next().unwrap_or(module);
        !self.modules.is_empty() && !self.modules.contains(&top)
    }
}
