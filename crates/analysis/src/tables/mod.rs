//! What is looked for, as data: one room per language. Paths are written with dots in all of them.

pub(crate) mod cpp;
pub(crate) mod javascript;
pub(crate) mod python;
pub(crate) mod rust;

use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use crate::facts::FactKind;

/// When a use of a path is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CallGuard {
    Never,
    /// A call whose first argument is a standard stream.
    Stream,
    /// A call with another number of arguments: a namesake.
    Count(usize),
    /// A call whose first argument is no text, such as `setTimeout(f)`.
    TextOnly,
}

/// What the paths of one row are. `None`: harmless, though what they are a part of is not.
pub(crate) struct TableRow {
    pub kind: Option<FactKind>,
    pub guard: CallGuard,
    /// Separated by white space. `a.b` stands for all of its parts too, `a.*` for its parts alone.
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
    parts_only: bool,
}

/// A function whose answer is known.
pub(crate) enum KnownFunction {
    /// The module that its argument names, with this in front.
    Import(&'static str),
    /// The part of its first argument that the second names.
    Member,
    /// Its first argument.
    First,
    /// All names of this.
    Everything(&'static str),
}

/// A language's data.
pub(crate) struct TableSource {
    pub rows: &'static [TableRow],
    pub specials: &'static [(&'static str, KnownFunction)],
    /// Objects whose parts are the names that need no declaration.
    pub globals: &'static [&'static str],
    /// Parts that are worth what they are a part of.
    pub transparent: &'static [&'static str],
    /// Other names of things.
    pub renamed: &'static [(&'static str, &'static str)],
    /// What is not known as a part of this is looked for without: `std::system`.
    pub also_without: &'static str,
    /// Words whose meaning is in what stands around them: what has one is read, or not believed.
    pub read_around: &'static [&'static str],
    /// Signs by which a name can be written so that it isn't seen as a word.
    pub hiding: &'static [&'static str],
    /// What can be imported everywhere; empty where that is not asked.
    pub modules: &'static str,
}

/// No row is as long.
const LONGEST_PATH: usize = 200;

pub(crate) struct ApiTable {
    dangers: HashMap<&'static str, RestrictedApi>,
    specials: HashMap<&'static str, &'static KnownFunction>,
    modules: Vec<&'static str>,
    /// What has parts that are looked for.
    wholes: HashSet<&'static str>,
    source: &'static TableSource,
}

impl ApiTable {
    pub fn new(source: &'static TableSource) -> Self {
        let mut dangers = HashMap::new();
        for row in source.rows {
            for path in row.paths.split_whitespace() {
                let (path, parts_only) = match path.strip_suffix(".*") {
                    Some(whole) => (whole, true),
                    None => (path, false),
                };
                dangers.insert(
                    path,
                    RestrictedApi {
                        kind: row.kind,
                        guard: row.guard,
                        parts_only,
                    },
                );
            }
        }
        let parts = dangers
            .keys()
            .flat_map(|path| path.match_indices('.').map(|(at, _)| &path[..at]));
        let wholes = parts.collect();
        ApiTable {
            wholes,
            dangers,
            specials: source
                .specials
                .iter()
                .map(|(path, special)| (*path, special))
                .collect(),
            modules: source.modules.split_whitespace().collect(),
            source,
        }
    }

    /// What the longest row says that the path is a part of.
    pub fn danger(&self, path: &str) -> Option<&RestrictedApi> {
        // What a call answered is not what was called.
        if path.contains("()") {
            return None;
        }
        let mut whole = path;
        if path.len() > LONGEST_PATH {
            whole = &path[..path.floor_char_boundary(LONGEST_PATH)];
            whole = &whole[..whole.rfind('.')?];
        }
        loop {
            if let Some(danger) = self.dangers.get(whole)
                && !(danger.parts_only && whole.len() == path.len())
            {
                return Some(danger).filter(|danger| danger.kind.is_some());
            }
            whole = &whole[..whole.rfind('.')?];
        }
    }

    /// The kind of what is dangerous however it is called.
    pub fn unguarded(&self, path: &str) -> Option<FactKind> {
        self.danger(path)
            .filter(|danger| danger.guard == CallGuard::Never)?
            .kind
    }

    pub fn special(&self, path: &str) -> Option<&'static KnownFunction> {
        self.specials.get(path).copied()
    }

    pub fn knows(&self, path: &str) -> bool {
        self.danger(path).is_some()
            || self.specials.contains_key(path)
            || self.wholes.contains(path)
    }

    /// It is looked for, or something is that can be reached from it.
    pub fn leads_on(&self, path: &str) -> bool {
        self.knows(path) || self.source.globals.contains(&path)
    }

    pub fn needs_reading(&self, word: &str) -> bool {
        self.source.read_around.contains(&word)
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
        // A chain of a thousand members stays what it is.
        if path.len() > LONGEST_PATH {
            return path.into();
        }
        self.rename(&format!("{path}.{name}")).into()
    }

    pub fn rename<'p>(&self, path: &'p str) -> &'p str {
        if let Some((_, to)) = self.source.renamed.iter().find(|(from, _)| *from == path) {
            return to;
        }
        match path.split_once('.') {
            Some((first, rest)) if first == self.source.also_without && !self.knows(path) => rest,
            _ => path,
        }
    }

    pub fn import(&self, prefix: &str, name: &str) -> Rc<str> {
        let bare = name.strip_prefix("node:").unwrap_or(name);
        let path = format!("{prefix}{}", bare.replace('/', "."));
        self.rename(&path).into()
    }

    /// A module that is not everywhere; by its first part.
    pub fn lacks(&self, module: &str) -> bool {
        let top = module.split('.').next().unwrap_or(module);
        !self.modules.is_empty() && !self.modules.contains(&top)
    }
}
