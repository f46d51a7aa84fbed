use tree_sitter::Node;

use crate::facts::FactKind;
use crate::scope::{Binding, ScopeKind};
use crate::shape::{ExprShape, SourceText, number};
use crate::tables::{ApiTable, rust};
use crate::walk::{LanguageAdapter, SyntaxWalk, WalkStep};

pub(crate) struct RustAdapter;

impl LanguageAdapter for RustAdapter {
    fn table(&self) -> &'static ApiTable {
        &rust::TABLE
    }

    fn undeclared_path(&self, name: &str) -> String {
        rust::TABLE.rename(name).to_owned()
    }

    fn shape<'t, 's>(&self, node: Node<'t>, text: SourceText<'s>) -> ExprShape<'t, 's> {
        let field = |name| node.child_by_field_name(name);
        let shape = match node.kind() {
            "identifier" | "type_identifier" => Some(ExprShape::Name(text.of(node))),
            "crate" | "self" | "super" => Some(ExprShape::Root),
            "scoped_identifier" | "scoped_type_identifier" => {
                text.field(node, "name").map(|name| match field("path") {
                    Some(path) => ExprShape::Member(path, name),
                    None => ExprShape::Name(name),
                })
            }
            "field_expression" => text
                .field(node, "field")
                .and_then(|name| Some(ExprShape::Member(field("value")?, name))),
            "call_expression" => {
                field("function").map(|callee| ExprShape::Call(callee, field("arguments")))
            }
            "macro_invocation" => field("macro").map(|callee| ExprShape::Call(callee, last(node))),
            "generic_function" => field("function").map(ExprShape::Transparent),
            "generic_type" | "generic_type_with_turbofish" => {
                field("type").map(ExprShape::Transparent)
            }
            "string_literal" | "raw_string_literal" => {
                Some(ExprShape::Text(text.inside_quotes(node)))
            }
            "integer_literal" | "float_literal" => number(text.of(node)).map(ExprShape::Number),
            "binary_expression" => field("left").zip(field("right")).and_then(|(left, right)| {
                Some(ExprShape::Binary(
                    left,
                    text.field(node, "operator")?,
                    right,
                ))
            }),
            "parenthesized_expression" => node.named_child(0).map(ExprShape::Transparent),
            "reference_expression" | "type_cast_expression" => {
                field("value").map(ExprShape::Transparent)
            }
            _ => None,
        };
        shape.unwrap_or(ExprShape::Opaque)
    }

    fn enter<'t, 's>(&self, node: Node<'t>, walk: &mut SyntaxWalk<'t, 's>) -> WalkStep {
        match node.kind() {
            "line_comment"
            | "block_comment"
            | "string_literal"
            | "raw_string_literal"
            | "char_literal"
            | "attribute_item"
            | "inner_attribute_item" => return WalkStep::Skip,
            "use_declaration" => {
                uses(node, walk);
                return WalkStep::Skip;
            }
            "extern_crate_declaration" => {
                if let (Some(name), Some(alias)) = (
                    walk.text.field(node, "name"),
                    walk.text.field(node, "alias"),
                ) {
                    let path = self.undeclared_path(name).into();
                    walk.declare(alias, Binding::Path(path));
                }
                return WalkStep::Skip;
            }
            "mod_item" | "trait_item" => scope_of(node, ScopeKind::Namespace, walk),
            "impl_item" => {
                walk.open(ScopeKind::Members);
            }
            "struct_item" | "enum_item" | "union_item" | "macro_definition" => {
                if let Some(name) = walk.text.field(node, "name") {
                    walk.cover_field(node, "name");
                    walk.declare(name, Binding::Local);
                }
            }
            "type_item" => {
                if let (Some(name), Some(value)) = (
                    walk.text.field(node, "name"),
                    node.child_by_field_name("type"),
                ) {
                    walk.cover_field(node, "name");
                    let binding = walk.alias(value);
                    walk.declare(name, binding);
                }
            }
            "const_item" | "static_item" => {
                if let (Some(name), Some(value)) = (
                    walk.text.field(node, "name"),
                    node.child_by_field_name("value"),
                ) {
                    walk.cover_field(node, "name");
                    let binding = walk.alias(value);
                    walk.declare(name, binding);
                }
            }
            "function_item" | "function_signature_item" => {
                let name = walk.text.field(node, "name");
                if let Some(name) = name {
                    walk.cover_field(node, "name");
                    walk.declare(name, Binding::Local);
                }
                walk.open(ScopeKind::Function);
                walk.call_graph.enter(node, name);
            }
            "closure_expression" => {
                walk.open(ScopeKind::Function);
                walk.call_graph.enter(node, None);
            }
            "parameters" | "closure_parameters" => {
                let mut cursor = node.walk();
                for parameter in node.named_children(&mut cursor) {
                    let names = parameter.child_by_field_name("pattern");
                    pattern(names.unwrap_or(parameter), walk);
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
                walk.call_graph.enter_loop(node, walk.scope);
            }
            "while_expression" | "loop_expression" => walk.call_graph.enter_loop(node, walk.scope),
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
        WalkStep::Descend
    }
}

fn last(node: Node) -> Option<Node> {
    let count = u32::try_from(node.named_child_count()).ok()?;
    node.named_child(count.checked_sub(1)?)
}

fn scope_of<'t>(node: Node<'t>, kind: ScopeKind, walk: &mut SyntaxWalk<'t, '_>) {
    let inside = walk.open(kind);
    if let Some(name) = walk.text.field(node, "name") {
        walk.cover_field(node, "name");
        walk.declare(name, Binding::Namespace(inside));
    }
}

fn declaration<'t>(node: Node<'t>, walk: &mut SyntaxWalk<'t, '_>) {
    let Some(names) = node.child_by_field_name("pattern") else {
        return;
    };
    match (names.kind(), node.child_by_field_name("value")) {
        ("identifier", Some(value)) => {
            walk.cover(names);
            walk.call_graph.assign_name(value, walk.text.of(names));
            let binding = walk.alias(value);
            walk.declare(walk.text.of(names), binding);
        }
        _ => pattern(names, walk),
    }
}

/// Declares the names of a pattern as the program's own.
fn pattern<'t>(start: Node<'t>, walk: &mut SyntaxWalk<'t, '_>) {
    let mut open = vec![start];
    for _ in 0..64 {
        let Some(node) = open.pop() else { return };
        match node.kind() {
            "identifier" => {
                walk.cover(node);
                let scope = walk.inner;
                walk.scopes
                    .declare(scope, walk.text.of(node), Binding::Local);
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

/// Declares the names of `use a::{b, c::{self, d as e}, f::*};`.
fn uses<'t>(node: Node<'t>, walk: &mut SyntaxWalk<'t, '_>) {
    let Some(tree) = node.child_by_field_name("argument") else {
        return;
    };
    let mut open = vec![(tree, Vec::new())];
    for _ in 0..1000 {
        let Some((item, before)) = open.pop() else {
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
        match item.kind() {
            "use_as_clause" => {
                let path = with(item.child_by_field_name("path"));
                if let Some(alias) = walk.text.field(item, "alias") {
                    bind(alias, &path, walk);
                }
            }
            "scoped_use_list" => {
                let path = with(item.child_by_field_name("path"));
                open.extend(item.child_by_field_name("list").map(|list| (list, path)));
            }
            "use_list" => {
                let mut cursor = item.walk();
                open.extend(
                    item.named_children(&mut cursor)
                        .map(|child| (child, before.clone())),
                );
            }
            "use_wildcard" => {
                let path = with(item.named_child(0));
                let binding = binding(&path);
                walk.scopes.wildcard(walk.scope, binding);
            }
            "self" => {
                if let Some(name) = item.prev_sibling().and(before.last()) {
                    let name = module_name_before(walk, item, name);
                    bind(name, &before, walk);
                }
            }
            _ => {
                let path = with(Some(item));
                let name = walk
                    .text
                    .of(item)
                    .rsplit("::")
                    .next()
                    .unwrap_or_default()
                    .trim();
                bind(name, &path, walk);
            }
        }
    }
}

/// Name in the source of the module whose list contains the `self` at `node`.
fn module_name_before<'s>(walk: &SyntaxWalk<'_, 's>, node: Node, name: &str) -> &'s str {
    let before = walk.text.0.get(..node.start_byte()).unwrap_or_default();
    match before.rfind(name) {
        Some(at) => &before[at..at + name.len()],
        None => "",
    }
}

fn binding<'t>(path: &[String]) -> Binding<'t> {
    let path = path.join(".");
    let (first, members) = path.split_once('.').unwrap_or((&path, ""));
    match (first, members) {
        // The program's own names are declared elsewhere.
        ("crate" | "self" | "super", _) => Binding::Local,
        (first, "") => Binding::Path(rust::TABLE.rename(first).into()),
        (first, members) => {
            let path = format!("{}.{members}", rust::TABLE.rename(first));
            Binding::Path(rust::TABLE.rename(&path).into())
        }
    }
}

fn bind<'s>(name: &'s str, path: &[String], walk: &mut SyntaxWalk<'_, 's>) {
    let binding = binding(path);
    if !name.is_empty()
        && path
            .first()
            .is_none_or(|first| !matches!(first.as_str(), "crate" | "self" | "super"))
    {
        walk.declare(name, binding);
    }
}

/// Records uses of names in the arguments of a macro, which are only tokens.
fn tokens<'t>(node: Node<'t>, walk: &mut SyntaxWalk<'t, '_>) {
    let mut cursor = node.walk();
    let mut names: Vec<&str> = Vec::new();
    let mut start = None;
    let mut is_member = false;
    for token in node.children(&mut cursor) {
        match token.kind() {
            "identifier" | "crate" | "self" | "super" => {
                walk.cover(token);
                if start.is_none() {
                    start = Some(token);
                }
                if names.len() < 12 {
                    names.push(walk.text.of(token));
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
            let names = std::mem::take(&mut names);
            if !is_member && (names.len() > 1 || arguments.is_some()) {
                walk.use_of_names(first, names, arguments);
            }
        }
        is_member = token.kind() == ".";
    }
}
