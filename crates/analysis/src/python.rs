use std::rc::Rc;

use tree_sitter::Node;

use crate::facts::FactKind;
use crate::scope::{Binding, ROOT, ScopeKind};
use crate::shape::{ExprShape, SourceText, number};
use crate::tables::{ApiTable, python};
use crate::walk::{LanguageAdapter, SyntaxWalk, WalkStep};

pub(crate) struct PythonAdapter;

impl LanguageAdapter for PythonAdapter {
    fn table(&self) -> &'static ApiTable {
        &python::TABLE
    }

    fn undeclared_path(&self, name: &str) -> String {
        python::TABLE.rename(&format!("builtins.{name}")).to_owned()
    }

    fn shape<'t, 's>(&self, node: Node<'t>, text: SourceText<'s>) -> ExprShape<'t, 's> {
        let field = |name| node.child_by_field_name(name);
        let shape = match node.kind() {
            "identifier" => Some(ExprShape::Name(text.of(node))),
            "attribute" => text
                .field(node, "attribute")
                .and_then(|name| Some(ExprShape::Member(field("object")?, name))),
            "subscript" => field("value")
                .zip(field("subscript"))
                .map(|(object, key)| ExprShape::Index(object, key)),
            "call" => field("function").map(|callee| ExprShape::Call(callee, field("arguments"))),
            "string" if !has_part(node, "interpolation") => {
                Some(ExprShape::Text(text.inside_quotes(node)))
            }
            "concatenated_string" => {
                let mut cursor = node.walk();
                let parts = node.named_children(&mut cursor).take(32);
                Some(ExprShape::Text(
                    parts.map(|part| text.inside_quotes(part)).collect(),
                ))
            }
            "integer" | "float" => number(text.of(node)).map(ExprShape::Number),
            "binary_operator" => field("left").zip(field("right")).and_then(|(left, right)| {
                Some(ExprShape::Binary(
                    left,
                    text.field(node, "operator")?,
                    right,
                ))
            }),
            "conditional_expression" => node
                .named_child(0)
                .zip(node.named_child(2))
                .map(|(first, second)| ExprShape::Either(first, second)),
            "boolean_operator" => field("left")
                .zip(field("right"))
                .map(|(first, second)| ExprShape::Either(first, second)),
            "parenthesized_expression" | "await" => node.named_child(0).map(ExprShape::Transparent),
            "named_expression" => field("value").map(ExprShape::Transparent),
            _ => None,
        };
        shape.unwrap_or(ExprShape::Opaque)
    }

    fn enter<'t, 's>(&self, node: Node<'t>, walk: &mut SyntaxWalk<'t, 's>) -> WalkStep {
        match node.kind() {
            "comment" | "string_content" => return WalkStep::Skip,
            "import_statement" => {
                import(node, walk);
                return WalkStep::Skip;
            }
            "import_from_statement" | "future_import_statement" => {
                import_from(node, walk);
                return WalkStep::Skip;
            }
            "global_statement" | "nonlocal_statement" => return WalkStep::Skip,
            "function_definition" | "lambda" => {
                let name = walk.text.field(node, "name");
                if let Some(name) = name {
                    walk.cover_field(node, "name");
                    walk.declare(name, Binding::Local);
                }
                walk.open(ScopeKind::Function);
                walk.call_graph.enter(node, name);
            }
            "class_definition" => {
                walk.cover_field(node, "name");
                let inside = walk.open(ScopeKind::Members);
                if let Some(name) = walk.text.field(node, "name") {
                    walk.declare(name, Binding::Namespace(inside));
                }
            }
            "list_comprehension"
            | "set_comprehension"
            | "dictionary_comprehension"
            | "generator_expression" => {
                walk.open(ScopeKind::Block);
                walk.call_graph.enter_loop(node, walk.scope);
            }
            "decorated_definition" => {
                if let Some(function) = node.child_by_field_name("definition") {
                    walk.call_graph.decorated(function);
                }
            }
            "parameters" | "lambda_parameters" => parameters(node, walk),
            "assignment" => assignment(node, walk),
            "named_expression" => {
                if let (Some(name), Some(value)) = (
                    walk.text.field(node, "name"),
                    node.child_by_field_name("value"),
                ) {
                    walk.cover_field(node, "name");
                    let binding = walk.alias(value);
                    walk.declare_in_function(name, binding);
                }
            }
            "for_statement" | "for_in_clause" => {
                if let Some(left) = node.child_by_field_name("left") {
                    targets(left, walk);
                }
                if node.kind() == "for_statement" {
                    walk.call_graph.enter_loop(node, walk.scope);
                }
            }
            "while_statement" => walk.call_graph.enter_loop(node, walk.scope),
            "binary_operator" if has_list(node) => walk.allocations.push((node, walk.scope)),
            "as_pattern_target" => targets(node, walk),
            "attribute" => walk.cover_field(node, "attribute"),
            "keyword_argument" => walk.cover_field(node, "name"),
            _ => {}
        }
        WalkStep::Descend
    }
}

/// True for `[0] * n`.
fn has_list(node: Node) -> bool {
    let left = node.child_by_field_name("left");
    left.is_some_and(|left| left.kind() == "list")
}

fn has_part(node: Node, kind: &str) -> bool {
    let mut cursor = node.walk();
    node.named_children(&mut cursor)
        .any(|part| part.kind() == kind)
}

fn assignment<'t, 's>(node: Node<'t>, walk: &mut SyntaxWalk<'t, 's>) {
    let Some(left) = node.child_by_field_name("left") else {
        return;
    };
    let value = node.child_by_field_name("right");
    match (left.kind(), value) {
        ("identifier", Some(value)) => {
            walk.cover(left);
            let binding = walk.alias(value);
            walk.declare_in_function(walk.text.of(left), binding);
        }
        ("pattern_list" | "tuple_pattern", Some(value)) if is_list(value) => {
            let (mut names, mut values) = (left.walk(), value.walk());
            let pairs = left
                .named_children(&mut names)
                .zip(value.named_children(&mut values));
            for (name, value) in pairs.filter(|(name, _)| name.kind() == "identifier") {
                walk.cover(name);
                let binding = walk.alias(value);
                walk.declare_in_function(walk.text.of(name), binding);
            }
        }
        _ => targets(left, walk),
    }
}

fn is_list(node: Node) -> bool {
    matches!(node.kind(), "expression_list" | "tuple")
}

/// Declares names whose values are not followed.
fn targets<'t>(left: Node<'t>, walk: &mut SyntaxWalk<'t, '_>) {
    if left.kind() == "identifier" {
        walk.declare_in_function(walk.text.of(left), Binding::Local);
    } else if matches!(
        left.kind(),
        "pattern_list" | "tuple_pattern" | "list_pattern" | "as_pattern_target"
    ) {
        let mut cursor = left.walk();
        let names: Vec<Node> = left
            .named_children(&mut cursor)
            .filter(|part| part.kind() == "identifier")
            .collect();
        for name in names {
            walk.declare_in_function(walk.text.of(name), Binding::Local);
        }
    }
}

fn parameters<'t>(node: Node<'t>, walk: &mut SyntaxWalk<'t, '_>) {
    let mut cursor = node.walk();
    for parameter in node.named_children(&mut cursor) {
        let name = match parameter.kind() {
            "identifier" => Some(parameter),
            _ => parameter.child_by_field_name("name").or_else(|| {
                parameter
                    .named_child(0)
                    .filter(|part| part.kind() == "identifier")
            }),
        };
        if let Some(name) = name {
            walk.declare(walk.text.of(name), Binding::Local);
            walk.cover(name);
            if let Some(value) = parameter.child_by_field_name("value") {
                let binding = walk.alias(value);
                walk.declare(walk.text.of(name), binding);
            }
        }
    }
}

/// Declares the names of `import a.b, c as d`.
fn import<'t>(node: Node<'t>, walk: &mut SyntaxWalk<'t, '_>) {
    let mut cursor = node.walk();
    for import in node.children_by_field_name("name", &mut cursor) {
        let (path, alias) = name_and_alias(import, walk);
        let module = python::TABLE.import("", path);
        check_import(import, &module, walk);
        match alias {
            Some(alias) => walk.declare_in_function(alias, Binding::Path(module)),
            None => {
                let top = path.split('.').next().unwrap_or(path);
                walk.declare_in_function(top, Binding::Path(python::TABLE.import("", top)));
            }
        }
    }
}

/// Declares the names of `from a.b import c as d, e` or `from a import *`.
fn import_from<'t>(node: Node<'t>, walk: &mut SyntaxWalk<'t, '_>) {
    let module = walk.text.field(node, "module_name").unwrap_or_default();
    if module.starts_with('.') {
        return;
    }
    let module = python::TABLE.import("", module);
    check_import(node, &module, walk);
    let mut cursor = node.walk();
    for import in node.children_by_field_name("name", &mut cursor) {
        let (name, alias) = name_and_alias(import, walk);
        let path = python::TABLE.join(&module, name);
        check_import(import, &path, walk);
        walk.declare_in_function(alias.unwrap_or(name), Binding::Path(path));
    }
    if has_part(node, "wildcard_import") {
        walk.scopes.wildcard(ROOT, Binding::Path(module));
    }
}

fn name_and_alias<'s>(import: Node, walk: &SyntaxWalk<'_, 's>) -> (&'s str, Option<&'s str>) {
    match import.kind() {
        "aliased_import" => (
            walk.text.field(import, "name").unwrap_or_default(),
            walk.text.field(import, "alias"),
        ),
        _ => (walk.text.of(import), None),
    }
}

/// Records the import of a module that is restricted as a whole.
fn check_import<'t>(node: Node<'t>, path: &Rc<str>, walk: &mut SyntaxWalk<'t, '_>) {
    match python::TABLE.unguarded(path) {
        Some(kind) => walk.fact(node, kind, path),
        None if python::TABLE.lacks(path) => walk.fact(node, FactKind::NotInBrowsers, path),
        None => {}
    }
}
