use std::rc::Rc;

use tree_sitter::Node;

use crate::facts::FactKind;
use crate::scope::{Binding, ScopeKind};
use crate::shape::{ExprShape, SourceText, number};
use crate::tables::{ApiTable, javascript};
use crate::walk::{LanguageAdapter, SyntaxWalk, WalkStep};

pub(crate) struct JavaScriptAdapter;

impl LanguageAdapter for JavaScriptAdapter {
    fn table(&self) -> &'static ApiTable {
        &javascript::TABLE
    }

    fn shape<'t, 's>(&self, node: Node<'t>, text: SourceText<'s>) -> ExprShape<'t, 's> {
        let field = |name| node.child_by_field_name(name);
        let shape = match node.kind() {
            "identifier" | "shorthand_property_identifier" | "import" => {
                Some(ExprShape::Name(text.of(node)))
            }
            "this" => None,
            "member_expression" => text
                .field(node, "property")
                .and_then(|name| Some(ExprShape::Member(field("object")?, name))),
            "subscript_expression" => field("object")
                .zip(field("index"))
                .map(|(object, key)| ExprShape::Index(object, key)),
            "call_expression" => {
                field("function").map(|callee| ExprShape::Call(callee, field("arguments")))
            }
            "new_expression" => {
                field("constructor").map(|callee| ExprShape::Call(callee, field("arguments")))
            }
            "string" => Some(ExprShape::Text(text.inside_quotes(node))),
            "template_string" if node.named_child_count() <= 1 && !has_substitution(node) => {
                Some(ExprShape::Text(text.inside_quotes(node)))
            }
            "number" => number(text.of(node)).map(ExprShape::Number),
            "binary_expression" => binary(node, text),
            "ternary_expression" => field("consequence")
                .zip(field("alternative"))
                .map(|(first, second)| ExprShape::Either(first, second)),
            "sequence_expression" => last(node).map(ExprShape::Transparent),
            "parenthesized_expression" | "await_expression" => {
                node.named_child(0).map(ExprShape::Transparent)
            }
            "assignment_expression" => field("right").map(ExprShape::Transparent),
            _ => None,
        };
        shape.unwrap_or(ExprShape::Opaque)
    }

    fn enter<'t, 's>(&self, node: Node<'t>, walk: &mut SyntaxWalk<'t, 's>) -> WalkStep {
        match node.kind() {
            "comment" | "string_fragment" | "regex" => return WalkStep::Skip,
            "import_statement" => {
                import(node, walk);
                return WalkStep::Skip;
            }
            "export_statement" => walk.fact(node, FactKind::NotInBrowsers, "ES modules"),
            "function_declaration" | "generator_function_declaration" => {
                let name = walk.text.field(node, "name");
                if let Some(name) = name {
                    walk.declare(name, Binding::Local);
                }
                enter_function(node, name, walk);
            }
            "function_expression"
            | "generator_function"
            | "arrow_function"
            | "method_definition" => {
                let name = walk.text.field(node, "name");
                enter_function(node, name, walk);
            }
            "class_declaration" => {
                if let Some(name) = walk.text.field(node, "name") {
                    walk.declare(name, Binding::Local);
                }
            }
            "statement_block" | "for_statement" | "for_in_statement" | "catch_clause"
            | "switch_body" => {
                walk.open(ScopeKind::Block);
                if let Some(parameter) = node.child_by_field_name("parameter") {
                    pattern(parameter, Binding::Local, DeclarationScope::Inside, walk);
                }
                if let Some(left) = node.child_by_field_name("left") {
                    pattern(left, Binding::Local, DeclarationScope::Inside, walk);
                }
                if node.kind().starts_with("for") {
                    walk.call_graph.enter_loop(node, walk.scope);
                }
            }
            "while_statement" | "do_statement" => walk.call_graph.enter_loop(node, walk.scope),
            "variable_declaration" => declarations(node, DeclarationScope::Function, walk),
            "lexical_declaration" => declarations(node, DeclarationScope::Here, walk),
            "assignment_expression" => assignment(node, walk),
            "unary_expression" if walk.text.field(node, "operator") == Some("typeof") => {
                walk.cover_field(node, "argument");
            }
            "call_expression" | "new_expression" => {
                check_function_constructor(node, walk);
                let callee = walk
                    .text
                    .field(node, "constructor")
                    .or(walk.text.field(node, "function"));
                if callee.is_some_and(|name| name.ends_with("Array")) {
                    walk.allocations.push((node, walk.scope));
                }
            }
            _ => {}
        }
        WalkStep::Descend
    }
}

fn has_substitution(node: Node) -> bool {
    node.named_child(0)
        .is_some_and(|part| part.kind() == "template_substitution")
}

fn last(node: Node) -> Option<Node> {
    let count = u32::try_from(node.named_child_count()).ok()?;
    node.named_child(count.checked_sub(1)?)
}

fn binary<'t, 's>(node: Node<'t>, text: SourceText<'s>) -> Option<ExprShape<'t, 's>> {
    let (left, right) = (
        node.child_by_field_name("left")?,
        node.child_by_field_name("right")?,
    );
    let operator = text.field(node, "operator")?;
    Some(match operator {
        "||" | "&&" | "??" => ExprShape::Either(left, right),
        _ => ExprShape::Binary(left, operator, right),
    })
}

#[derive(Clone, Copy, PartialEq)]
enum DeclarationScope {
    /// The scope that a node opens.
    Inside,
    Here,
    Function,
}

fn enter_function<'t, 's>(node: Node<'t>, name: Option<&'s str>, walk: &mut SyntaxWalk<'t, 's>) {
    walk.open(ScopeKind::Function);
    walk.call_graph.enter(node, name);
    if let Some(parameter) = node.child_by_field_name("parameter") {
        pattern(parameter, Binding::Local, DeclarationScope::Inside, walk);
    }
    if let Some(parameters) = node.child_by_field_name("parameters") {
        let mut cursor = parameters.walk();
        for parameter in parameters.named_children(&mut cursor) {
            pattern(parameter, Binding::Local, DeclarationScope::Inside, walk);
        }
    }
}

fn declarations<'t>(node: Node<'t>, reach: DeclarationScope, walk: &mut SyntaxWalk<'t, '_>) {
    let mut cursor = node.walk();
    for declarator in node.named_children(&mut cursor) {
        let Some(name) = declarator.child_by_field_name("name") else {
            continue;
        };
        let binding = match declarator.child_by_field_name("value") {
            Some(value) => {
                // `const f = () => …` names the function.
                walk.call_graph.assign_name(value, walk.text.of(name));
                walk.alias(value)
            }
            None => Binding::Local,
        };
        pattern(name, binding, reach, walk);
    }
}

fn assignment<'t>(node: Node<'t>, walk: &mut SyntaxWalk<'t, '_>) {
    let (Some(left), Some(right)) = (
        node.child_by_field_name("left"),
        node.child_by_field_name("right"),
    ) else {
        return;
    };
    if left.kind() == "identifier" {
        walk.cover(left);
        let binding = walk.alias(right);
        walk.assign(walk.text.of(left), binding);
    }
}

/// Declares all names of a pattern, each bound to its part of the value.
fn pattern<'t>(
    start: Node<'t>,
    whole: Binding<'t>,
    reach: DeclarationScope,
    walk: &mut SyntaxWalk<'t, '_>,
) {
    let mut open = vec![(start, whole)];
    let mut steps = 0;
    while let Some((node, binding)) = open.pop() {
        steps += 1;
        if steps > 2000 {
            walk.is_truncated = true;
            return;
        }
        let part = |name: &str| match &binding {
            Binding::Local => Binding::Local,
            whole => Binding::Part(Rc::new(whole.clone()), name.into()),
        };
        match node.kind() {
            "identifier" | "shorthand_property_identifier_pattern" => {
                let name = walk.text.of(node);
                let binding = match node.kind() {
                    "identifier" => binding,
                    _ => part(name),
                };
                walk.cover(node);
                match reach {
                    DeclarationScope::Function => walk.declare_in_function(name, binding),
                    DeclarationScope::Here => walk.declare(name, binding),
                    DeclarationScope::Inside => walk.scopes.declare(walk.inner, name, binding),
                }
            }
            "pair_pattern" => {
                let key = node.child_by_field_name("key");
                let key = key.map(|key| match key.kind() {
                    "string" => walk.text.inside_quotes(key),
                    _ => walk.text.of(key).to_owned(),
                });
                if let (Some(key), Some(value)) = (key, node.child_by_field_name("value")) {
                    open.push((value, part(&key)));
                }
            }
            "object_pattern" => {
                let mut cursor = node.walk();
                open.extend(
                    node.named_children(&mut cursor)
                        .map(|child| (child, binding.clone())),
                );
            }
            "array_pattern" | "rest_pattern" => {
                let mut cursor = node.walk();
                open.extend(
                    node.named_children(&mut cursor)
                        .map(|child| (child, Binding::Local)),
                );
            }
            "assignment_pattern" | "object_assignment_pattern" => {
                open.extend(node.child_by_field_name("left").map(|left| (left, binding)));
            }
            _ => {}
        }
    }
}

/// Declares the names of `import a, {b as c} from 'd'` or `import * as e from 'f'`.
fn import<'t>(node: Node<'t>, walk: &mut SyntaxWalk<'t, '_>) {
    walk.fact(node, FactKind::NotInBrowsers, "ES modules");
    let Some(source) = node.child_by_field_name("source") else {
        return;
    };
    let module = javascript::TABLE.import("node:", &walk.text.inside_quotes(source));
    check_import(node, &module, walk);
    let mut open = vec![node];
    while let Some(part) = open.pop() {
        match part.kind() {
            "import_specifier" => {
                let Some(name) = walk.text.field(part, "name") else {
                    continue;
                };
                let path = javascript::TABLE.join(&module, name);
                let local = walk.text.field(part, "alias").unwrap_or(name);
                walk.declare(local, Binding::Path(path));
            }
            "import_statement" | "import_clause" | "named_imports" | "namespace_import" => {
                let mut cursor = part.walk();
                open.extend(part.named_children(&mut cursor));
            }
            "identifier" => walk.declare(walk.text.of(part), Binding::Path(module.clone())),
            _ => {}
        }
    }
}

fn check_import<'t>(node: Node<'t>, path: &Rc<str>, walk: &mut SyntaxWalk<'t, '_>) {
    match javascript::TABLE.unguarded(path) {
        Some(kind) => walk.fact(node, kind, path.trim_start_matches("node:")),
        None if javascript::TABLE.lacks(path) => walk.fact(node, FactKind::NotInBrowsers, path),
        None => {}
    }
}

/// Records `(function () {}).constructor('…')` or `[].map.constructor('…')`: the constructor of
/// functions creates code from text.
fn check_function_constructor<'t>(node: Node<'t>, walk: &mut SyntaxWalk<'t, '_>) {
    let callee = node
        .child_by_field_name("function")
        .or(node.child_by_field_name("constructor"));
    let Some(callee) = callee.filter(|node| node.kind() == "member_expression") else {
        return;
    };
    let Some(arguments) = node.child_by_field_name("arguments") else {
        return;
    };
    let is_constructor = walk.text.field(callee, "property") == Some("constructor");
    let takes_text = arguments.named_child(0).is_some_and(|argument| {
        matches!(
            argument.kind(),
            "string" | "template_string" | "binary_expression"
        )
    });
    if is_constructor && takes_text {
        walk.fact(node, FactKind::DynamicCode, "Function");
    }
}
