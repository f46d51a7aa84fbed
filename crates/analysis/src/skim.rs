//! Scans the part of a text that is not parsed for words that may lead to a restricted API.
//!
//! It errs only on the safe side: words in comments and strings count, and so do other names that are
//! spelled alike, so that no code is missed.

use std::collections::{HashMap, HashSet};

use crate::resolve::{AbstractValue, NameResolver};
use crate::scope::{ROOT, ScopeId};
use crate::tables::ApiTable;
use crate::walk::{LanguageAdapter, SyntaxWalk};

/// Maximum number of different names with their members. No ordinary program of a megabyte has as many.
const MAX_CHAINS: usize = 30_000;
/// Maximum number of names in a chain that are followed; no path in a table is longer.
const MAX_NAMES: usize = 8;

/// True if the text from `begin` uses no restricted API, given the declarations in the parsed part.
pub(crate) fn is_harmless(
    source: &str,
    begin: usize,
    walk: &SyntaxWalk,
    adapter: &dyn LanguageAdapter,
) -> bool {
    let table = adapter.table();
    if table.hiding().iter().any(|hidden| source.contains(hidden)) {
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
    let mut checked = HashSet::new();
    for chain in NameChains::new(source, begin) {
        if checked.len() > MAX_CHAINS {
            return false;
        }
        if checked.insert(chain) && skim.is_suspect(chain) {
            return false;
        }
    }
    true
}

/// Scopes that declare each name; all of them count, as the text may be cut inside any scope. Returns
/// `None` if there are names that a scan for words would not recognize.
fn declared<'s>(walk: &SyntaxWalk<'_, 's>) -> Option<HashMap<&'s str, Vec<ScopeId>>> {
    let is_unusual = |c: char| !c.is_ascii() && !is_word(c);
    let mut declared: HashMap<&str, Vec<ScopeId>> = HashMap::new();
    for (id, scope) in walk.scopes.all() {
        for name in scope.names.keys() {
            if name.contains(is_unusual) {
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
        if names.iter().any(|name| self.table.needs_parsing(name)) {
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
            || self.resolver.is_out_of_fuel()
    }
}

/// A name with its members, without white space: `os.path.join`, `std::fs`.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct NameChain<'s> {
    names: &'s str,
    /// Starts with a member of an expression that is not a name, so it is not a global name.
    is_member: bool,
}

struct NameChains<'s> {
    text: &'s str,
    at: usize,
}

impl<'s> NameChains<'s> {
    /// Starts at the beginning of the chain that contains `begin`.
    fn new(text: &'s str, begin: usize) -> Self {
        let before = text.get(..begin).unwrap_or_default();
        let inside = |c: char| is_word(c) || matches!(c, '.' | ':');
        NameChains {
            text,
            at: before.trim_end_matches(inside).len(),
        }
    }

    fn text_from(&self, from: usize) -> &'s str {
        self.text.get(from..).unwrap_or_default()
    }

    fn word_end(&self, from: usize) -> usize {
        let text = self.text_from(from);
        from + text.find(|c| !is_word(c)).unwrap_or(text.len())
    }

    /// Start of the next name in the chain, if there is one behind a name that ends at `end`.
    fn next_name(&self, end: usize) -> Option<usize> {
        let text = self.text_from(end);
        let link = ["::", "."]
            .into_iter()
            .find(|link| text.starts_with(link))?;
        let name = &text[link.len()..];
        let begins_name = |c: char| is_word(c) && !c.is_ascii_digit();
        name.starts_with(begins_name).then_some(end + link.len())
    }
}

impl<'s> Iterator for NameChains<'s> {
    type Item = NameChain<'s>;

    fn next(&mut self) -> Option<NameChain<'s>> {
        loop {
            let begin = self.at + self.text_from(self.at).find(is_word)?;
            self.at = self.word_end(begin);
            if self
                .text_from(begin)
                .starts_with(|c: char| c.is_ascii_digit())
            {
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

/// True for `x.name` and `x->name`, but not for `...name` and `0..name`.
fn is_member(before: &[u8]) -> bool {
    match before {
        [.., b'.', b'.'] => false,
        [.., b'.'] | [.., b'-', b'>'] => true,
        _ => false,
    }
}

fn is_word(c: char) -> bool {
    if c.is_ascii() {
        c.is_ascii_alphanumeric() || matches!(c, '_' | '$')
    } else {
        c.is_alphanumeric()
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
    fn chains_include_members() {
        assert_eq!(
            chains("a.b(c::d, 0x1f, e .f)->g.h + ...i; 3.j k?.l", 0),
            ["a.b", "c::d", "e", "i", "k"]
        );
        assert_eq!(chains("päth.x\u{2028}y", 0), ["päth.x", "y"]);
        assert_eq!(chains("a. b:: c", 0), ["a", "b", "c"]);
    }

    #[test]
    fn names_across_the_cut_are_found() {
        assert_eq!(chains("x = os.system", 10), ["os.system"]);
        assert_eq!(chains("os", 2), ["os"]);
    }
}
