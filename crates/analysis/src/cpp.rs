use std::rc::Rc;

use tree_sitter::Node;

use crate::facts::FactKind;
use crate::scope::{Binding, ScopeId, ScopeKind};
use crate::shape::{ExprShape, SourceText, number};
use crate::tables::{ApiTable, cpp};
use crate::walk::{LanguageAdapter, SyntaxWalk, WalkStep};

pub(crate) struct CppAdapter;

/// Macros that are defined on the judge. The part behind `#ifdef` of another macro that the program does
/// not define is skipped.
const DEFINED: [&str; 12] = [
    "ONLINE_JUDGE",
    "__cplusplus",
    "__linux__",
    "__unix__",
    "linux",
    "unix",
    "__GNUC__",
    "__x86_64__",
    "__LP64__",
    "__linux",
    "__STDC__",
    "_GNU_SOURCE",
];

impl LanguageAdapter for CppAdapter {
    fn table(&self) -> &'static ApiTable {
        &cpp::TABLE
    }

    fn shape<'t, 's>(&self, node: Node<'t>, text: SourceText<'s>) -> ExprShape<'t, 's> {
        let field = |name| node.child_by_field_name(name);
        let shape = match node.kind() {
            "identifier" | "type_identifier" | "namespace_identifier" => {
                Some(ExprShape::Name(text.of(node)))
            }
            "qualified_identifier" => return qualified(node, text),
            "nested_namespace_specifier" => {
                let mut cursor = node.walk();
                let names = node.named_children(&mut cursor).map(|part| text.of(part));
                return ExprShape::Chain(None, names.take(12).collect());
            }
            "field_expression" => text
                .field(node, "field")
                .and_then(|name| Some(ExprShape::Member(field("argument")?, name))),
            "call_expression" => {
                field("function").map(|callee| ExprShape::Call(callee, field("arguments")))
            }
            "template_function" | "template_type" => field("name").map(ExprShape::Transparent),
            "string_literal" | "raw_string_literal" => {
                Some(ExprShape::Text(text.inside_quotes(node)))
            }
            "concatenated_string" => node.named_child(0).map(ExprShape::Transparent),
            "number_literal" => number(text.of(node)).map(ExprShape::Number),
            "binary_expression" => field("left").zip(field("right")).and_then(|(left, right)| {
                Some(ExprShape::Binary(
                    left,
                    text.field(node, "operator")?,
                    right,
                ))
            }),
            "conditional_expression" => field("consequence")
                .zip(field("alternative"))
                .map(|(first, second)| ExprShape::Either(first, second)),
            "parenthesized_expression" => node.named_child(0).map(ExprShape::Transparent),
            "pointer_expression" => field("argument").map(ExprShape::Transparent),
            "cast_expression" => field("value").map(ExprShape::Transparent),
            _ => None,
        };
        shape.unwrap_or(ExprShape::Opaque)
    }

    fn enter<'t, 's>(&self, node: Node<'t>, walk: &mut SyntaxWalk<'t, 's>) -> WalkStep {
        match node.kind() {
            "comment" | "string_literal" | "raw_string_literal" | "char_literal" => {
                return WalkStep::Skip;
            }
            "preproc_include" => {
                include(node, walk);
                return WalkStep::Skip;
            }
            "preproc_def" | "preproc_function_def" => {
                define(node, walk);
                return WalkStep::Skip;
            }
            "preproc_ifdef" | "preproc_if" if is_compiled_out(node, walk) => return WalkStep::Skip,
            "using_declaration" => {
                using(node, walk);
                return WalkStep::Skip;
            }
            "namespace_alias_definition" | "alias_declaration" => {
                let value = node.child_by_field_name("type").or_else(|| last(node));
                if let (Some(name), Some(value)) = (walk.text.field(node, "name"), value) {
                    walk.cover_field(node, "name");
                    let value = described_type(value);
                    let binding = walk.alias(value);
                    walk.declare(name, binding);
                }
            }
            "namespace_definition" => named_scope(node, walk),
            "class_specifier" | "struct_specifier" | "union_specifier" | "enum_specifier"
                if node.child_by_field_name("body").is_some() =>
            {
                walk.cover_field(node, "name");
                named_scope(node, walk);
            }
            "function_definition" => function(node, walk),
            "lambda_expression" => {
                walk.open(ScopeKind::Function);
                walk.call_graph.enter(node, None);
            }
            "compound_statement" | "catch_clause" | "if_statement" | "switch_statement" => {
                walk.open(ScopeKind::Block);
            }
            "for_statement" | "for_range_loop" => {
                walk.open(ScopeKind::Block);
                walk.call_graph.enter_loop(node, walk.scope);
                declarators(node, walk.inner, walk);
            }
            "while_statement" | "do_statement" => walk.call_graph.enter_loop(node, walk.scope),
            "declaration"
            | "parameter_declaration"
            | "optional_parameter_declaration"
            | "field_declaration"
            | "type_definition"
            | "variadic_parameter_declaration" => declarators(node, walk.scope, walk),
            "array_declarator" => walk.allocations.push((node, walk.scope)),
            "type_parameter_declaration" | "optional_type_parameter_declaration" => {
                if let Some(name) = node.named_child(0) {
                    walk.declare(walk.text.of(name), Binding::Local);
                }
            }
            "assignment_expression" => {
                let (left, right) = (
                    node.child_by_field_name("left"),
                    node.child_by_field_name("right"),
                );
                if let (Some(left), Some(right)) =
                    (left.filter(|node| node.kind() == "identifier"), right)
                {
                    walk.cover(left);
                    let binding = walk.alias(right);
                    walk.assign(walk.text.of(left), binding);
                }
            }
            "qualified_identifier" => walk.cover_field(node, "name"),
            "gnu_asm_expression" => walk.fact(node, FactKind::Native, "asm"),
            _ => {}
        }
        WalkStep::Descend
    }
}

/// Shape of `a::b::c`, whose tree has `b::c` as one node.
fn qualified<'t, 's>(node: Node<'t>, text: SourceText<'s>) -> ExprShape<'t, 's> {
    let scope = node.child_by_field_name("scope");
    let mut names = Vec::new();
    let mut next = node.child_by_field_name("name");
    while let Some(name) = next.filter(|_| names.len() < 12) {
        let is_qualified = name.kind() == "qualified_identifier";
        let part = if is_qualified {
            name.child_by_field_name("scope")
        } else {
            Some(name)
        };
        if let Some(part) = part {
            names.push(text.field(part, "name").unwrap_or_else(|| text.of(part)));
        }
        next = name.child_by_field_name("name").filter(|_| is_qualified);
    }
    ExprShape::Chain(scope, names)
}

/// Type of a type descriptor.
fn described_type(node: Node) -> Node {
    node.child_by_field_name("type").unwrap_or(node)
}

fn last(node: Node) -> Option<Node> {
    let count = u32::try_from(node.named_child_count()).ok()?;
    node.named_child(count.checked_sub(1)?)
}

/// Records an `#include` of a path on the compiling machine, other than a header.
fn include<'t>(node: Node<'t>, walk: &mut SyntaxWalk<'t, '_>) {
    let path = walk.text.field(node, "path").unwrap_or_default();
    if path.trim_start_matches(['"', '<']).starts_with(['/', '.']) {
        walk.fact(node, FactKind::File, "#include");
    }
}

/// Declares a macro. In `#define run system` it is an alias; with any other value it is the program's.
fn define<'t>(node: Node<'t>, walk: &mut SyntaxWalk<'t, '_>) {
    let Some(name) = walk.text.field(node, "name") else {
        return;
    };
    let value = walk.text.field(node, "value").unwrap_or_default().trim();
    let is_path = !value.is_empty()
        && value
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | ':'));
    let starts_with_digit = value.starts_with(|c: char| c.is_ascii_digit());
    if is_path && !starts_with_digit {
        let path = value.trim_start_matches("::").replace("::", ".");
        let path = cpp::TABLE.rename(&path).into();
        walk.scopes
            .declare(crate::scope::ROOT, name, Binding::Path(path));
        return;
    }
    walk.scopes
        .declare(crate::scope::ROOT, name, Binding::Local);
    // The value of a macro has no tree, so its words are looked up as calls here.
    for (at, word) in split_words(value) {
        let is_call = value[at + word.len()..].trim_start().starts_with('(');
        let is_member = value[..at].trim_end().ends_with(['.', '>']);
        if let Some(kind) = cpp::TABLE.unguarded(word).filter(|_| is_call && !is_member) {
            walk.fact(node, kind, word);
        }
    }
}

fn split_words(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    text.split(move |c| !is_part(c))
        .filter(|word| !word.is_empty())
        .map(move |word| (word.as_ptr() as usize - text.as_ptr() as usize, word))
}

/// True for `#ifdef LOCAL` and `#if 0` without an `#else`.
fn is_compiled_out<'t>(node: Node<'t>, walk: &SyntaxWalk<'t, '_>) -> bool {
    if node.child_by_field_name("alternative").is_some() {
        return false;
    }
    let Some(name) = walk.text.field(node, "name") else {
        return walk.text.field(node, "condition") == Some("0");
    };
    let defined =
        DEFINED.contains(&name) || walk.scopes.get(crate::scope::ROOT).names.contains_key(name);
    let wants_defined = node
        .child(0)
        .is_some_and(|word| walk.text.of(word) == "#ifdef");
    defined != wants_defined
}

/// Declares the names of `using std::ifstream;` or `using namespace std;`.
fn using<'t>(node: Node<'t>, walk: &mut SyntaxWalk<'t, '_>) {
    let Some(value) = last(node) else { return };
    let mut cursor = node.walk();
    let is_namespace = node
        .children(&mut cursor)
        .any(|child| child.kind() == "namespace");
    let path = walk.text.of(value).replace("::", ".");
    if is_namespace {
        let binding = Binding::Value(value, walk.scope);
        walk.scopes.wildcard(walk.scope, binding);
    } else {
        let name = walk.text.of(value).rsplit("::").next().unwrap_or_default();
        let path: Rc<str> = cpp::TABLE.rename(path.trim_start_matches('.')).into();
        walk.declare(name, Binding::Path(path));
    }
}

fn named_scope<'t>(node: Node<'t>, walk: &mut SyntaxWalk<'t, '_>) {
    let inside = walk.open(ScopeKind::Namespace);
    if let Some(name) = walk.text.field(node, "name") {
        walk.cover_field(node, "name");
        walk.declare(name, Binding::Namespace(inside));
    }
}

fn function<'t>(node: Node<'t>, walk: &mut SyntaxWalk<'t, '_>) {
    let name = node.child_by_field_name("declarator").and_then(innermost);
    let text = name.map(|name| walk.text.of(name));
    let mut around = walk.scope;
    if let (Some(name), Some(text)) = (name, text) {
        walk.cover(name);
        match name.kind() {
            // `void Class::method()`: the members of the class are visible inside.
            "qualified_identifier" => {
                let class = walk.text.field(name, "scope").unwrap_or_default();
                let bindings = walk.scopes.get(walk.scope).names.get(class);
                if let Some(Binding::Namespace(inside)) = bindings.and_then(|all| all.last()) {
                    around = *inside;
                }
            }
            _ => walk.declare(text, Binding::Local),
        }
    }
    walk.inner = walk.scopes.open(around, ScopeKind::Function);
    walk.call_graph.enter(
        node,
        text.map(|text| text.rsplit("::").next().unwrap_or(text)),
    );
}

/// Declares all names of a declaration, in the order of the text.
fn declarators<'t>(node: Node<'t>, scope: ScopeId, walk: &mut SyntaxWalk<'t, '_>) {
    let mut cursor = node.walk();
    for declarator in node.children_by_field_name("declarator", &mut cursor) {
        let Some(name) = innermost(declarator) else {
            continue;
        };
        if name.kind() == "structured_binding_declarator" {
            let mut cursor = name.walk();
            for part in name.named_children(&mut cursor) {
                walk.scopes
                    .declare(scope, walk.text.of(part), Binding::Local);
            }
            continue;
        }
        walk.cover(name);
        let value = declarator
            .child_by_field_name("value")
            .filter(|_| declarator.kind() == "init_declarator");
        let text = walk.text.of(name);
        let binding = match (node.kind(), value) {
            ("type_definition", _) => match node.child_by_field_name("type") {
                Some(named) => walk.alias(named),
                None => Binding::Local,
            },
            (_, Some(value)) if !matches!(value.kind(), "argument_list" | "initializer_list") => {
                walk.call_graph.assign_name(value, text);
                walk.alias(value)
            }
            _ => Binding::Local,
        };
        if value.is_some_and(|value| value.kind() == "argument_list") {
            walk.allocations.push((declarator, walk.scope));
        }
        walk.scopes.declare(scope, text, binding);
    }
}

/// The name in the middle of pointers, arrays, functions and initialisers.
fn innermost(mut node: Node) -> Option<Node> {
    for _ in 0..16 {
        match node.kind() {
            "identifier"
            | "field_identifier"
            | "type_identifier"
            | "qualified_identifier"
            | "structured_binding_declarator"
            | "destructor_name"
            | "operator_name" => return Some(node),
            "parenthesized_declarator" | "reference_declarator" | "attributed_declarator" => {
                node = node.named_child(0)?
            }
            _ => node = node.child_by_field_name("declarator")?,
        }
    }
    None
}
