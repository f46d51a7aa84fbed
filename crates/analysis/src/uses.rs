//! From the places where names are used to facts.

use std::collections::BTreeSet;

use crate::facts::{Fact, FactKind, MAX_FACTS};
use crate::resolve::{AbstractValue, NameResolver, argument};
use crate::scope::ScopeId;
use crate::shape::ExprShape;
use crate::tables::{CallGuard, KnownFunction, RestrictedApi};
use crate::walk::{LanguageAdapter, NameUse, SyntaxWalk, line};
use tree_sitter::Node;

/// What a program calls standard streams when it opens them as files.
const STREAM_FILES: [&str; 8] = [
    "/dev/stdin",
    "/dev/stdout",
    "/dev/stderr",
    "/dev/fd/0",
    "/dev/fd/1",
    "/proc/self/fd/0",
    "/dev/tty",
    "-",
];
const LAST_STREAM: f64 = 2.0;

/// The facts, and whether looking for them was broken off.
pub(crate) fn facts(walk: &SyntaxWalk, adapter: &dyn LanguageAdapter) -> (Vec<Fact>, bool) {
    let resolver = NameResolver::new(&walk.scopes, walk.text, adapter);
    let mut found = BTreeSet::new();
    for (line, kind, name) in walk.plain.iter().take(MAX_FACTS) {
        found.insert(Fact::new(*line, *kind, name));
    }
    for one in &walk.uses {
        if found.len() >= MAX_FACTS || resolver.ran_dry() {
            break;
        }
        look(&resolver, one, &mut found);
    }
    let dry = resolver.ran_dry();
    (found.into_iter().take(MAX_FACTS).collect(), dry)
}

fn look<'t>(
    resolver: &NameResolver<'_, 't, '_>,
    one: &NameUse<'t, '_>,
    found: &mut BTreeSet<Fact>,
) {
    let table = resolver.adapter.table();
    let (values, call) = match resolver.adapter.shape(one.node, resolver.text) {
        _ if !one.words.is_empty() => (
            resolver.chain(&one.words, one.scope),
            one.arguments.map(Some),
        ),
        ExprShape::Call(callee, arguments) => (resolver.values(callee, one.scope), Some(arguments)),
        _ => (resolver.values(one.node, one.scope), None),
    };
    for value in values {
        let AbstractValue::Path(path) = value else {
            continue;
        };
        if let (Some(arguments), Some(KnownFunction::Import(_))) = (call, table.special(&path)) {
            match is_text(resolver, arguments, one.scope) {
                true => brought_in(resolver, one, found),
                false => {
                    let name = format!("{path}(…)");
                    found.insert(Fact::new(line(one.node), FactKind::DynamicCode, &name));
                }
            }
        }
        let Some(danger) = table.danger(&path) else {
            continue;
        };
        let is_used = match call {
            Some(arguments) => !is_harmless(resolver, danger, arguments, one.scope),
            // A namesake can't be told from the real one where it isn't called.
            None => !matches!(danger.guard, CallGuard::TextOnly | CallGuard::Count(_)),
        };
        if is_used {
            note(danger, &path, one.node, found);
        }
    }
}

/// A module, by a call.
fn brought_in<'t>(
    resolver: &NameResolver<'_, 't, '_>,
    one: &NameUse<'t, '_>,
    found: &mut BTreeSet<Fact>,
) {
    let table = resolver.adapter.table();
    for value in resolver.values(one.node, one.scope) {
        let AbstractValue::Path(path) = value else {
            continue;
        };
        let kind = match table.unguarded(&path) {
            None if table.lacks(&path) => Some(FactKind::NotInBrowsers),
            kind => kind,
        };
        if let Some(kind) = kind {
            found.insert(Fact::new(line(one.node), kind, shown(&path)));
        }
    }
}

fn shown(path: &str) -> &str {
    path.trim_start_matches("builtins.")
        .trim_start_matches("node:")
}

fn note(danger: &RestrictedApi, path: &str, node: Node, found: &mut BTreeSet<Fact>) {
    if let Some(kind) = danger.kind {
        found.insert(Fact::new(line(node), kind, shown(path)));
    }
}

fn is_text<'t>(
    resolver: &NameResolver<'_, 't, '_>,
    arguments: Option<Node<'t>>,
    scope: ScopeId,
) -> bool {
    let first = arguments.and_then(|all| argument(all, 0));
    let values = first
        .map(|node| resolver.values(node, scope))
        .unwrap_or_default();
    values
        .iter()
        .any(|value| matches!(value, AbstractValue::Text(_)))
}

/// The guard of a danger holds for this call.
fn is_harmless<'t>(
    resolver: &NameResolver<'_, 't, '_>,
    danger: &RestrictedApi,
    arguments: Option<Node<'t>>,
    scope: ScopeId,
) -> bool {
    let first = || arguments.and_then(|all| argument(all, 0));
    match danger.guard {
        CallGuard::Never => false,
        CallGuard::Stream => first().is_some_and(|node| {
            let values = resolver.values(node, scope);
            values.iter().any(is_stream)
        }),
        CallGuard::Count(count) => arguments.map_or(0, |all| all.named_child_count()) != count,
        CallGuard::TextOnly => !is_text(resolver, arguments, scope),
    }
}

fn is_stream(value: &AbstractValue) -> bool {
    match value {
        AbstractValue::Number(number) => (0.0..=LAST_STREAM).contains(number),
        AbstractValue::Text(text) => STREAM_FILES.contains(&&**text),
        AbstractValue::Path(path) => STREAMS.contains(&&**path),
        _ => false,
    }
}

/// Their numbers, as languages name them.
const STREAMS: [&str; 9] = [
    "process.stdin.fd",
    "process.stdout.fd",
    "process.stderr.fd",
    "sys.stdin.fileno()",
    "sys.stdout.fileno()",
    "sys.stdin.buffer.fileno()",
    "STDIN_FILENO",
    "STDOUT_FILENO",
    "STDERR_FILENO",
];
