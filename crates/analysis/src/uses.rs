//! Finds facts in the uses of names.

use std::collections::BTreeSet;

use crate::facts::{Fact, FactKind, MAX_FACTS};
use crate::resolve::{AbstractValue, NameResolver, argument};
use crate::scope::ScopeId;
use crate::shape::ExprShape;
use crate::tables::{CallGuard, KnownFunction, RestrictedApi};
use crate::walk::{LanguageAdapter, NameUse, SyntaxWalk, line};
use tree_sitter::Node;

/// Paths of the standard streams, for programs that open them as files.
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

/// Returns the facts; the flag is true if the search was stopped early.
pub(crate) fn facts(walk: &SyntaxWalk, adapter: &dyn LanguageAdapter) -> (Vec<Fact>, bool) {
    let resolver = NameResolver::new(&walk.scopes, walk.text, adapter);
    let mut facts = BTreeSet::new();
    for (line, kind, name) in walk.direct_facts.iter().take(MAX_FACTS) {
        facts.insert(Fact::new(*line, *kind, name));
    }
    for name_use in &walk.uses {
        if facts.len() >= MAX_FACTS || resolver.is_out_of_fuel() {
            break;
        }
        check_use(&resolver, name_use, &mut facts);
    }
    let out_of_fuel = resolver.is_out_of_fuel();
    (facts.into_iter().take(MAX_FACTS).collect(), out_of_fuel)
}

fn check_use<'t>(
    resolver: &NameResolver<'_, 't, '_>,
    name_use: &NameUse<'t, '_>,
    facts: &mut BTreeSet<Fact>,
) {
    let table = resolver.adapter.table();
    let (values, call) = match resolver.adapter.shape(name_use.node, resolver.text) {
        _ if !name_use.names.is_empty() => (
            resolver.chain(&name_use.names, name_use.scope),
            name_use.arguments.map(Some),
        ),
        ExprShape::Call(callee, arguments) => {
            (resolver.values(callee, name_use.scope), Some(arguments))
        }
        _ => (resolver.values(name_use.node, name_use.scope), None),
    };
    for value in values {
        let AbstractValue::Path(path) = value else {
            continue;
        };
        if let (Some(arguments), Some(KnownFunction::Import(_))) = (call, table.special(&path)) {
            if is_text(resolver, arguments, name_use.scope) {
                check_import(resolver, name_use, facts);
            } else {
                let name = format!("{path}(…)");
                facts.insert(Fact::new(line(name_use.node), FactKind::DynamicCode, &name));
            }
        }
        let Some(api) = table.restricted(&path) else {
            continue;
        };
        let is_used = match call {
            Some(arguments) => !is_harmless(resolver, api, arguments, name_use.scope),
            // Without a call, it may be another thing of the same name.
            None => !matches!(api.guard, CallGuard::TextOnly | CallGuard::Count(_)),
        };
        if let Some(kind) = api.kind.filter(|_| is_used) {
            facts.insert(Fact::new(line(name_use.node), kind, shown(&path)));
        }
    }
}

/// Adds a fact for a module that is imported by a call.
fn check_import<'t>(
    resolver: &NameResolver<'_, 't, '_>,
    name_use: &NameUse<'t, '_>,
    facts: &mut BTreeSet<Fact>,
) {
    let table = resolver.adapter.table();
    for value in resolver.values(name_use.node, name_use.scope) {
        let AbstractValue::Path(path) = value else {
            continue;
        };
        let kind = match table.unguarded(&path) {
            None if table.lacks(&path) => Some(FactKind::NotInBrowsers),
            kind => kind,
        };
        if let Some(kind) = kind {
            facts.insert(Fact::new(line(name_use.node), kind, shown(&path)));
        }
    }
}

fn shown(path: &str) -> &str {
    path.trim_start_matches("builtins.")
        .trim_start_matches("node:")
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

/// True if the guard of a restricted API makes this call harmless.
fn is_harmless<'t>(
    resolver: &NameResolver<'_, 't, '_>,
    api: &RestrictedApi,
    arguments: Option<Node<'t>>,
    scope: ScopeId,
) -> bool {
    let first = || arguments.and_then(|all| argument(all, 0));
    match api.guard {
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

/// Names of the standard streams' file descriptors.
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
