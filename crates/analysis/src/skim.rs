//! What stands behind the part of a text that is parsed, looked through word by word: is there any word
//! from which something that is looked for could begin?
//!
//! It errs to one side only. Words in comments and strings count, and so do namesakes, so that nothing
//! which is read as code by a compiler is passed over because we took it for something else.

use std::collections::{HashMap, HashSet};

use crate::resolve::{AbstractValue, NameResolver};
use crate::scope::{ROOT, ScopeId};
use crate::tables::ApiTable;
use crate::walk::{LanguageAdapter, SyntaxWalk};

/// Different names, with their members. Nobody's program of a megabyte has as many.
const MAX_CHAINS: usize = 30_000;
/// Members are followed this far; no row is as deep.
const MAX_NAMES: usize = 8;

/// Whether the text from `begin` on uses nothing that is looked for, by all that the walk over what is
/// before it has declared.
pub(crate) fn is_plain(
    source: &str,
    begin: usize,
    walk: &SyntaxWalk,
    adapter: &dyn LanguageAdapter,
) -> bool {
    let table = adapter.table();
    if table.hiding().iter().any(|sign| source.contains(sign)) {
        return false;
    }
    let Some(declared) = declared(walk) else {
        return false;
    };
    let skim = SkimCheck {
        resolver: NameResolver::new(&walk.scopes, walk.text, adapter),
        declared,
        table,
    };
    let mut seen = HashSet::new();
    for chain in NameChains::new(source, begin) {
        if seen.len() > MAX_CHAINS {
            return false;
        }
        if seen.insert(chain) && skim.is_suspect(chain) {
            return false;
        }
    }
    true
}

/// In which scopes a name is declared, as where the text is cut may be inside of any. `None` when there are
/// names that are not seen as words.
fn declared<'s>(walk: &SyntaxWalk<'_, 's>) -> Option<HashMap<&'s str, Vec<ScopeId>>> {
    let is_strange = |c: char| !c.is_ascii() && !is_word(c);
    let mut declared: HashMap<&str, Vec<ScopeId>> = HashMap::new();
    for (id, scope) in walk.scopes.all() {
        for name in scope.names.keys() {
            if name.contains(is_strange) {
                return None;
            }
            declared.entry(name).or_default().push(id);
        }
    }
    Some(declared)
}

struct SkimCheck<'a, 't, 's> {
    resolver: NameResolver<'a, 't, 's>,
    declared: HashMap<&'s str, Vec<ScopeId>>,
    table: &'static ApiTable,
}

impl SkimCheck<'_, '_, '_> {
    fn is_suspect(&self, chain: NameChain) -> bool {
        let mut names: Vec<&str> = chain
            .names
            .split(['.', ':'])
            .filter(|name| !name.is_empty())
            .collect();
        if names.iter().any(|name| self.table.needs_reading(name)) {
            return true;
        }
        if chain.is_member {
            return false;
        }
        names.truncate(MAX_NAMES);
        let scopes = names.first().and_then(|first| self.declared.get(first));
        let is_suspect_in = |scope: ScopeId| {
            let values = self.resolver.chain(&names, scope);
            values.iter().any(|value| match value {
                AbstractValue::Path(path) => self.table.leads_on(path),
                _ => false,
            })
        };
        is_suspect_in(ROOT)
            || scopes.is_some_and(|scopes| scopes.iter().copied().any(is_suspect_in))
            || self.resolver.ran_dry()
    }
}

/// Names with the members that are written right behind them: `os.path.join`, `std::fs`.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct NameChain<'s> {
    names: &'s str,
    /// Of something that is no name: nothing to do with the names that programs begin from.
    is_member: bool,
}

struct NameChains<'s> {
    text: &'s str,
    at: usize,
}

impl<'s> NameChains<'s> {
    /// From the beginning of the chain that `begin` is in.
    fn new(text: &'s str, begin: usize) -> Self {
        let before = text.get(..begin).unwrap_or_default();
        let inside = |c: char| is_word(c) || matches!(c, '.' | ':');
        NameChains {
            text,
            at: before.trim_end_matches(inside).len(),
        }
    }

    fn rest(&self, from: usize) -> &'s str {
        self.text.get(from..).unwrap_or_default()
    }

    fn word_end(&self, from: usize) -> usize {
        let rest = self.rest(from);
        from + rest.find(|c| !is_word(c)).unwrap_or(rest.len())
    }

    /// Where the next name in this chain begins, when the one before ends here.
    fn next_name(&self, end: usize) -> Option<usize> {
        let rest = self.rest(end);
        let link = ["::", "."]
            .into_iter()
            .find(|link| rest.starts_with(link))?;
        let name = &rest[link.len()..];
        let begins_name = |c: char| is_word(c) && !c.is_ascii_digit();
        name.starts_with(begins_name).then_some(end + link.len())
    }
}

impl<'s> Iterator for NameChains<'s> {
    type Item = NameChain<'s>;

    fn next(&mut self) -> Option<NameChain<'s>> {
        loop {
            let begin = self.at + self.rest(self.at).find(is_word)?;
            self.at = self.word_end(begin);
            if self.rest(begin).starts_with(|c: char| c.is_ascii_digit()) {
                continue;
            }
            while let Some(name) = self.next_name(self.at) {
                self.at = self.word_end(name);
            }
            return Some(NameChain {
                names: self.text.get(begin..self.at)?,
                is_member: is_member(&self.text.as_bytes()[..begin]),
            });
        }
    }
}

/// `x.name`, `x->name`; but `...name` and `0..name` are none.
fn is_member(before: &[u8]) -> bool {
    match before {
        [.., b'.', b'.'] => false,
        [.., b'.'] | [.., b'-', b'>'] => true,
        _ => false,
    }
}

fn is_word(c: char) -> bool {
    match c.is_ascii() {
        true => c.is_ascii_alphanumeric() || matches!(c, '_' | '$'),
        false => c.is_alphanumeric(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chains(text: &str, begin: usize) -> Vec<&str> {
        let all = NameChains::new(text, begin);
        all.filter(|chain| !chain.is_member)
            .map(|chain| chain.names)
            .collect()
    }

    #[test]
    fn names_come_with_their_members() {
        assert_eq!(
            chains("a.b(c::d, 0x1f, e .f)->g.h + ...i; 3.j k?.l", 0),
            ["a.b", "c::d", "e", "i", "k"]
        );
        assert_eq!(chains("päth.x\u{2028}y", 0), ["päth.x", "y"]);
        assert_eq!(chains("a. b:: c", 0), ["a", "b", "c"]);
    }

    #[test]
    fn a_name_that_is_cut_through_is_seen() {
        assert_eq!(chains("x = os.system", 10), ["os.system"]);
        assert_eq!(chains("os", 2), ["os"]);
    }
}
