use tree_sitter::Node;

use crate::facts::FactKind;
use crate::scope::{Bound, ScopeKind};
use crate::shape::{Shape, Text, number};
use crate::tables::{Table, rust};
use crate::walk::{Descent, Dialect, Walk};

pub(crate) struct Rust;

impl Dialect for Rust {
    fn table(&self) -> &'static Table {
        &rust::TABLE
    }

    fn free(&self, name: &str) -> String {
        rust::TABLE.rename(name).to_owned()
    }

    fn shape<'t, 's>(&self, node: Node<'t>, text: Text<'s>) -> Shape<'t, 's> {
        let field = |name| node.child_by_field_name(name);
        let shape = match node.kind() {
            "identifier" | "type_identifier" => Some(Shape::Name(text.of(node))),
            "crate" | "self" | "super" => Some(Shape::Outermost),
            "scoped_identifier" | "scoped_type_identifier" => {
                text.field(node, "name").map(|name| match field("path") {
                    Some(path) => Shape::Member(path, name),
                    None => Shape::Name(name),
                })
            }
            "field_expression" => text
                .field(node, "field")
                .and_then(|name| Some(Shape::Member(field("value")?, name))),
            "call_expression" => {
                field("function").map(|callee| Shape::Call(callee, field("arguments")))
            }
            "macro_invocation" => field("macro").map(|callee| Shape::Call(callee, last(node))),
            "generic_function" => field("function").map(Shape::Same),
            "generic_type" | "generic_type_with_turbofish" => field("type").map(Shape::Same),
            "string_literal" | "raw_string_literal" => Some(Shape::Text(text.inside_quotes(node))),
            "integer_literal" | "float_literal" => number(text.of(node)).map(Shape::Number),
            "binary_expression" => field("left").zip(field("right")).and_then(|(left, right)| {
                Some(Shape::Binary(left, text.field(node, "operator")?, right))
            }),
            "parenthesized_expression" => node.named_child(0).map(Shape::Same),
            "reference_expression" | "type_cast_expression" => field("value").map(Shape::Same),
            _ => None,
        };
        shape.unwrap_or(Shape::Opaque)
    }

    fn enter<'t, 's>(&self, node: Node<'t>, walk: &mut Walk<'t, 's>) -> Descent {
        match node.kind() {
            "line_comment"
            | "block_comment"
            | "string_literal"
            | "raw_string_literal"
            | "char_literal"
            | "attribute_item"
            | "inner_attribute_item" => return Descent::Past,
            "use_declaration" => {
                uses(node, walk);
                return Descent::Past;
            }
            "extern_crate_declaration" => {
                if let (Some(name), Some(alias)) = (
                    walk.text.field(node, "name"),
                    walk.text.field(node, "alias"),
                ) {
                    let path = self.free(name).into();
                    walk.declare(alias, Bound::Path(path));
                }
                return Descent::Past;
            }
            "mod_item" | "trait_item" => scope_of(node, ScopeKind::Namespace, walk),
            "impl_item" => {
                walk.open(ScopeKind::Members);
            }
            "struct_item" | "enum_item" | "union_item" | "macro_definition" => {
                if let Some(name) = walk.text.field(node, "name") {
                    walk.cover_field(node, "name");
                    walk.declare(name, Bound::Own);
                }
            }
            "type_item" => {
                if let (Some(name), Some(value)) = (
                    walk.text.field(node, "name"),
                    node.child_by_field_name("type"),
                ) {
                    walk.cover_field(node, "name");
                    let bound = walk.alias(value);
                    walk.declare(name, bound);
                }
            }
            "const_item" | "static_item" => {
                if let (Some(name), Some(value)) = (
                    walk.text.field(node, "name"),
                    node.child_by_field_name("value"),
                ) {
                    walk.cover_field(node, "name");
                    let bound = walk.alias(value);
                    walk.declare(name, bound);
                }
            }
            "function_item" | "function_signature_item" => {
                let name = walk.text.field(node, "name");
                if let Some(name) = name {
                    walk.cover_field(node, "name");
                    walk.declare(name, Bound::Own);
                }
                walk.open(ScopeKind::Function);
                walk.functions.enter(node, name);
            }
            "closure_expression" => {
                walk.open(ScopeKind::Function);
                walk.functions.enter(node, None);
            }
            "parameters" | "closure_parameters" => {
                let mut cursor = node.walk();
                for one in node.named_children(&mut cursor) {
                    pattern(one.child_by_field_name("pattern").unwrap_or(one), walk);
                }
            }
            "block" | "match_arm" => {
                walk.open(ScopeKind::Block);
            }
            "let_declaration" => declaration(node, walk),
            "for_expression" => {
                if let Some(names) = node.child_by_field_name("pattern") {
                    pattern(names, walk);
                }
                walk.functions.enter_loop(node, walk.scope);
            }
            "while_expression" | "loop_expression" => walk.functions.enter_loop(node, walk.scope),
            "unsafe_block" => walk.fact(node, FactKind::Native, "unsafe"),
            "function_modifiers"
                if walk
                    .text
                    .of(node)
                    .split_whitespace()
                    .any(|word| word == "unsafe") =>
            {
                walk.fact(node, FactKind::Native, "unsafe");
            }
            "foreign_mod_item" => walk.fact(node, FactKind::Native, "extern"),
            "array_expression" => walk.allocations.push((node, walk.scope)),
            "macro_invocation" if walk.text.field(node, "macro") == Some("vec") => {
                walk.allocations.push((node, walk.scope));
            }
            "token_tree" => tokens(node, walk),
            _ => {}
        }
        Descent::Into
    }
}

fn last(node: Node) -> Option<Node> {
    let count = u32::try_from(node.named_child_count()).ok()?;
    node.named_child(count.checked_sub(1)?)
}

fn scope_of<'t>(node: Node<'t>, kind: ScopeKind, walk: &mut Walk<'t, '_>) {
    let inside = walk.open(kind);
    if let Some(name) = walk.text.field(node, "name") {
        walk.cover_field(node, "name");
        walk.declare(name, Bound::Inside(inside));
    }
}

fn declaration<'t>(node: Node<'t>, walk: &mut Walk<'t, '_>) {
    let Some(names) = node.child_by_field_name("pattern") else {
        return;
    };
    match (names.kind(), node.child_by_field_name("value")) {
        ("identifier", Some(value)) => {
            walk.cover(names);
            walk.functions.will_be(value, walk.text.of(names));
            let bound = walk.alias(value);
            walk.declare(walk.text.of(names), bound);
        }
        _ => pattern(names, walk),
    }
}

/// The names in a pattern are the program's own.
fn pattern<'t>(start: Node<'t>, walk: &mut Walk<'t, '_>) {
    let mut open = vec![start];
    for _ in 0..64 {
        let Some(node) = open.pop() else { return };
        match node.kind() {
            "identifier" => {
                walk.cover(node);
                let scope = walk.inner;
                walk.scopes.declare(scope, walk.text.of(node), Bound::Own);
            }
            "tuple_pattern"
            | "mut_pattern"
            | "ref_pattern"
            | "reference_pattern"
            | "tuple_struct_pattern"
            | "slice_pattern" => {
                let mut cursor = node.walk();
                open.extend(node.named_children(&mut cursor));
            }
            _ => {}
        }
    }
}

/// `use a::{b, c::{self, d as e}, f::*};`
fn uses<'t>(node: Node<'t>, walk: &mut Walk<'t, '_>) {
    let Some(tree) = node.child_by_field_name("argument") else {
        return;
    };
    let mut open = vec![(tree, Vec::new())];
    for _ in 0..1000 {
        let Some((one, before)) = open.pop() else {
            return;
        };
        let with = |node: Option<Node<'t>>| {
            let mut path: Vec<String> = before.clone();
            let text = node.map(|node| walk.text.of(node)).unwrap_or_default();
            path.extend(
                text.split("::")
                    .map(str::trim)
                    .filter(|part| !part.is_empty())
                    .map(str::to_owned),
            );
            path
        };
        match one.kind() {
            "use_as_clause" => {
                let path = with(one.child_by_field_name("path"));
                if let Some(alias) = walk.text.field(one, "alias") {
                    bind(alias, &path, walk);
                }
            }
            "scoped_use_list" => {
                let path = with(one.child_by_field_name("path"));
                open.extend(one.child_by_field_name("list").map(|list| (list, path)));
            }
            "use_list" => {
                let mut cursor = one.walk();
                open.extend(
                    one.named_children(&mut cursor)
                        .map(|child| (child, before.clone())),
                );
            }
            "use_wildcard" => {
                let path = with(one.named_child(0));
                let bound = bound(&path);
                walk.scopes.wildcard(walk.scope, bound);
            }
            "self" => {
                if let Some(name) = one.prev_sibling().and(before.last()) {
                    let name = find(walk, one, name);
                    bind(name, &before, walk);
                }
            }
            _ => {
                let path = with(Some(one));
                let name = walk
                    .text
                    .of(one)
                    .rsplit("::")
                    .next()
                    .unwrap_or_default()
                    .trim();
                bind(name, &path, walk);
            }
        }
    }
}

/// The name of the module whose list has `self` in it, as the source has it.
fn find<'s>(walk: &Walk<'_, 's>, one: Node, name: &str) -> &'s str {
    let before = walk.text.0.get(..one.start_byte()).unwrap_or_default();
    match before.rfind(name) {
        Some(at) => &before[at..at + name.len()],
        None => "",
    }
}

fn bound<'t>(path: &[String]) -> Bound<'t> {
    let path = path.join(".");
    let (first, rest) = path.split_once('.').unwrap_or((&path, ""));
    match (first, rest) {
        // A name of the program's own is declared where it stands.
        ("crate" | "self" | "super", _) => Bound::Own,
        (first, "") => Bound::Path(rust::TABLE.rename(first).into()),
        (first, rest) => {
            let path = format!("{}.{rest}", rust::TABLE.rename(first));
            Bound::Path(rust::TABLE.rename(&path).into())
        }
    }
}

fn bind<'s>(name: &'s str, path: &[String], walk: &mut Walk<'_, 's>) {
    let bound = bound(path);
    // `use std::…` once more: the same.
    if !name.is_empty()
        && path
            .first()
            .is_none_or(|first| !matches!(first.as_str(), "crate" | "self" | "super"))
    {
        walk.declare(name, bound);
    }
}

/// What a macro is given has no tree, only tokens.
fn tokens<'t>(node: Node<'t>, walk: &mut Walk<'t, '_>) {
    let mut cursor = node.walk();
    let mut words: Vec<&str> = Vec::new();
    let mut start = None;
    let mut is_member = false;
    for token in node.children(&mut cursor) {
        match token.kind() {
            "identifier" | "crate" | "self" | "super" => {
                walk.cover(token);
                if start.is_none() {
                    start = Some(token);
                }
                if words.len() < 12 {
                    words.push(walk.text.of(token));
                }
                if walk.text.of(token) == "unsafe" {
                    walk.fact(token, FactKind::Native, "unsafe");
                }
                continue;
            }
            "::" | "!" if start.is_some() => continue,
            "unsafe" => walk.fact(token, FactKind::Native, "unsafe"),
            _ => {}
        }
        if let Some(first) = start.take() {
            let arguments = (token.kind() == "token_tree").then_some(token);
            let words = std::mem::take(&mut words);
            if !is_member && (words.len() > 1 || arguments.is_some()) {
                walk.words(first, words, arguments);
            }
        }
        is_member = token.kind() == ".";
    }
}
