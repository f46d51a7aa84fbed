use std::rc::Rc;

use tree_sitter::Node;

use crate::facts::FactKind;
use crate::scope::{Bound, ScopeKind};
use crate::shape::{Shape, Text, number};
use crate::tables::{Table, javascript};
use crate::walk::{Descent, Dialect, Walk};

pub(crate) struct JavaScript;

impl Dialect for JavaScript {
    fn table(&self) -> &'static Table {
        &javascript::TABLE
    }

    fn shape<'t, 's>(&self, node: Node<'t>, text: Text<'s>) -> Shape<'t, 's> {
        let field = |name| node.child_by_field_name(name);
        let shape = match node.kind() {
            "identifier" | "shorthand_property_identifier" | "import" => {
                Some(Shape::Name(text.of(node)))
            }
            "this" => None,
            "member_expression" => text
                .field(node, "property")
                .and_then(|name| Some(Shape::Member(field("object")?, name))),
            "subscript_expression" => field("object")
                .zip(field("index"))
                .map(|(object, key)| Shape::Index(object, key)),
            "call_expression" => {
                field("function").map(|callee| Shape::Call(callee, field("arguments")))
            }
            "new_expression" => {
                field("constructor").map(|callee| Shape::Call(callee, field("arguments")))
            }
            "string" => Some(Shape::Text(text.inside_quotes(node))),
            "template_string" if node.named_child_count() <= 1 && !has_substitution(node) => {
                Some(Shape::Text(text.inside_quotes(node)))
            }
            "number" => number(text.of(node)).map(Shape::Number),
            "binary_expression" => binary(node, text),
            "ternary_expression" => field("consequence")
                .zip(field("alternative"))
                .map(|(one, other)| Shape::Either(one, other)),
            "sequence_expression" => last(node).map(Shape::Same),
            "parenthesized_expression" | "await_expression" => node.named_child(0).map(Shape::Same),
            "assignment_expression" => field("right").map(Shape::Same),
            _ => None,
        };
        shape.unwrap_or(Shape::Opaque)
    }

    fn enter<'t, 's>(&self, node: Node<'t>, walk: &mut Walk<'t, 's>) -> Descent {
        match node.kind() {
            "comment" | "string_fragment" | "regex" => return Descent::Past,
            "import_statement" => {
                import(node, walk);
                return Descent::Past;
            }
            "export_statement" => walk.fact(node, FactKind::NotInBrowsers, "ES modules"),
            "function_declaration" | "generator_function_declaration" => {
                let name = walk.text.field(node, "name");
                if let Some(name) = name {
                    walk.declare(name, Bound::Own);
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
                    walk.declare(name, Bound::Own);
                }
            }
            "statement_block" | "for_statement" | "for_in_statement" | "catch_clause"
            | "switch_body" => {
                walk.open(ScopeKind::Block);
                if let Some(parameter) = node.child_by_field_name("parameter") {
                    pattern(parameter, Bound::Own, Reach::Inside, walk);
                }
                if let Some(left) = node.child_by_field_name("left") {
                    pattern(left, Bound::Own, Reach::Inside, walk);
                }
                if node.kind().starts_with("for") {
                    walk.functions.enter_loop(node, walk.scope);
                }
            }
            "while_statement" | "do_statement" => walk.functions.enter_loop(node, walk.scope),
            "variable_declaration" => declarations(node, Reach::Function, walk),
            "lexical_declaration" => declarations(node, Reach::Here, walk),
            "assignment_expression" => assignment(node, walk),
            "unary_expression" if walk.text.field(node, "operator") == Some("typeof") => {
                walk.cover_field(node, "argument");
            }
            "call_expression" | "new_expression" => {
                makes_functions(node, walk);
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
        Descent::Into
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

fn binary<'t, 's>(node: Node<'t>, text: Text<'s>) -> Option<Shape<'t, 's>> {
    let (left, right) = (
        node.child_by_field_name("left")?,
        node.child_by_field_name("right")?,
    );
    let operator = text.field(node, "operator")?;
    Some(match operator {
        "||" | "&&" | "??" => Shape::Either(left, right),
        _ => Shape::Binary(left, operator, right),
    })
}

#[derive(Clone, Copy, PartialEq)]
enum Reach {
    /// The scope that a node opens.
    Inside,
    Here,
    Function,
}

fn enter_function<'t, 's>(node: Node<'t>, name: Option<&'s str>, walk: &mut Walk<'t, 's>) {
    walk.open(ScopeKind::Function);
    walk.functions.enter(node, name);
    if let Some(parameter) = node.child_by_field_name("parameter") {
        pattern(parameter, Bound::Own, Reach::Inside, walk);
    }
    if let Some(parameters) = node.child_by_field_name("parameters") {
        let mut cursor = parameters.walk();
        for parameter in parameters.named_children(&mut cursor) {
            pattern(parameter, Bound::Own, Reach::Inside, walk);
        }
    }
}

fn declarations<'t>(node: Node<'t>, reach: Reach, walk: &mut Walk<'t, '_>) {
    let mut cursor = node.walk();
    for one in node.named_children(&mut cursor) {
        let Some(name) = one.child_by_field_name("name") else {
            continue;
        };
        let bound = match one.child_by_field_name("value") {
            Some(value) => {
                // `const f = () => …` is called by the name it is given.
                walk.functions.will_be(value, walk.text.of(name));
                walk.alias(value)
            }
            None => Bound::Own,
        };
        pattern(name, bound, reach, walk);
    }
}

fn assignment<'t>(node: Node<'t>, walk: &mut Walk<'t, '_>) {
    let (Some(left), Some(right)) = (
        node.child_by_field_name("left"),
        node.child_by_field_name("right"),
    ) else {
        return;
    };
    if left.kind() == "identifier" {
        walk.cover(left);
        let bound = walk.alias(right);
        walk.assign(walk.text.of(left), bound);
    }
}

/// Declares all names of a pattern, each with its part of the value.
fn pattern<'t>(start: Node<'t>, whole: Bound<'t>, reach: Reach, walk: &mut Walk<'t, '_>) {
    let mut open = vec![(start, whole)];
    let mut steps = 0;
    while let Some((node, bound)) = open.pop() {
        steps += 1;
        if steps > 2000 {
            walk.cut = true;
            return;
        }
        let part = |name: &str| match &bound {
            Bound::Own => Bound::Own,
            whole => Bound::Part(Rc::new(whole.clone()), name.into()),
        };
        match node.kind() {
            "identifier" | "shorthand_property_identifier_pattern" => {
                let name = walk.text.of(node);
                let bound = match node.kind() {
                    "identifier" => bound,
                    _ => part(name),
                };
                walk.cover(node);
                match reach {
                    Reach::Function => walk.declare_in_function(name, bound),
                    Reach::Here => walk.declare(name, bound),
                    Reach::Inside => walk.scopes.declare(walk.inner, name, bound),
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
                        .map(|child| (child, bound.clone())),
                );
            }
            "array_pattern" | "rest_pattern" => {
                let mut cursor = node.walk();
                open.extend(
                    node.named_children(&mut cursor)
                        .map(|child| (child, Bound::Own)),
                );
            }
            "assignment_pattern" | "object_assignment_pattern" => {
                open.extend(node.child_by_field_name("left").map(|left| (left, bound)));
            }
            _ => {}
        }
    }
}

/// `import a, {b as c} from 'd'; import * as e from 'f'`
fn import<'t>(node: Node<'t>, walk: &mut Walk<'t, '_>) {
    walk.fact(node, FactKind::NotInBrowsers, "ES modules");
    let Some(source) = node.child_by_field_name("source") else {
        return;
    };
    let module = javascript::TABLE.import("node:", &walk.text.inside_quotes(source));
    bring_in(node, &module, walk);
    let mut open = vec![node];
    while let Some(one) = open.pop() {
        match one.kind() {
            "import_specifier" => {
                let Some(name) = walk.text.field(one, "name") else {
                    continue;
                };
                let path = javascript::TABLE.join(&module, name);
                let local = walk.text.field(one, "alias").unwrap_or(name);
                walk.declare(local, Bound::Path(path));
            }
            "import_statement" | "import_clause" | "named_imports" | "namespace_import" => {
                let mut cursor = one.walk();
                open.extend(one.named_children(&mut cursor));
            }
            "identifier" => walk.declare(walk.text.of(one), Bound::Path(module.clone())),
            _ => {}
        }
    }
}

fn bring_in<'t>(node: Node<'t>, path: &Rc<str>, walk: &mut Walk<'t, '_>) {
    match javascript::TABLE.unguarded(path) {
        Some(kind) => walk.fact(node, kind, path.trim_start_matches("node:")),
        None if javascript::TABLE.lacks(path) => walk.fact(node, FactKind::NotInBrowsers, path),
        None => {}
    }
}

/// `(function () {}).constructor('…')`, `[].map.constructor('…')`: the constructor of functions makes
/// code of a text.
fn makes_functions<'t>(node: Node<'t>, walk: &mut Walk<'t, '_>) {
    let callee = node
        .child_by_field_name("function")
        .or(node.child_by_field_name("constructor"));
    let Some(callee) = callee.filter(|one| one.kind() == "member_expression") else {
        return;
    };
    let Some(arguments) = node.child_by_field_name("arguments") else {
        return;
    };
    let is_constructor = walk.text.field(callee, "property") == Some("constructor");
    let takes_text = arguments.named_child(0).is_some_and(|one| {
        matches!(
            one.kind(),
            "string" | "template_string" | "binary_expression"
        )
    });
    if is_constructor && takes_text {
        walk.fact(node, FactKind::DynamicCode, "Function");
    }
}
