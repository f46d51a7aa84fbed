//! Walks a syntax tree once, in the order of the text, with a cursor: no recursion, however deep the
//! tree is.

use std::collections::HashSet;
use std::rc::Rc;

use tree_sitter::{Node, Tree};

use crate::call_graph::CallGraph;
use crate::facts::FactKind;
use crate::scope::{Binding, ROOT, ScopeId, ScopeKind, ScopeTree};
use crate::shape::{ExprShape, SourceText};
use crate::tables::ApiTable;

/// Maximum number of nodes. A text of 64 KiB has a sixth of it.
const MAX_NODES: usize = 200_000;

/// Meaning of a language's syntax nodes.
pub(crate) trait LanguageAdapter: Sync {
    fn table(&self) -> &'static ApiTable;

    fn shape<'t, 's>(&self, node: Node<'t>, text: SourceText<'s>) -> ExprShape<'t, 's>;

    /// Records the scopes and names that a node declares. Called before its children are visited.
    fn enter<'t, 's>(&self, node: Node<'t>, walk: &mut SyntaxWalk<'t, 's>) -> WalkStep;

    /// Path of a name that the program does not declare, such as `builtins.open`.
    fn undeclared_path(&self, name: &str) -> String {
        name.to_owned()
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum WalkStep {
    Descend,
    Skip,
}

/// A possible use of a name from outside the program.
pub(crate) struct NameUse<'t, 's> {
    pub node: Node<'t>,
    pub scope: ScopeId,
    /// Chain of names that is not a node of the tree, as in the arguments of a Rust macro; empty
    /// otherwise.
    pub names: Vec<&'s str>,
    /// Arguments that those names are called with.
    pub arguments: Option<Node<'t>>,
}

/// State of the walk: position, and everything recorded so far.
pub(crate) struct SyntaxWalk<'t, 's> {
    pub text: SourceText<'s>,
    pub scopes: ScopeTree<'t, 's>,
    pub call_graph: CallGraph<'t, 's>,
    pub uses: Vec<NameUse<'t, 's>>,
    /// Arrays with a size, and their scopes.
    pub allocations: Vec<(Node<'t>, ScopeId)>,
    /// AnalysisReport that need no name to be followed, by line.
    pub direct_facts: Vec<(u32, FactKind, Rc<str>)>,
    /// Assignments; their scopes are resolved when all declarations are known.
    assignments: Vec<(ScopeId, &'s str, Binding<'t>)>,
    /// Nodes that are not uses by themselves: callees, declared names.
    covered: HashSet<usize>,
    /// Scope of the current node.
    pub scope: ScopeId,
    /// Scope of its children: the same, unless the node opens one.
    pub inner: ScopeId,
    pub is_truncated: bool,
}

impl<'t, 's> SyntaxWalk<'t, 's> {
    pub fn declare(&mut self, name: &'s str, binding: Binding<'t>) {
        self.scopes.declare(self.scope, name, binding);
    }

    /// Declares a name in the whole function.
    pub fn declare_in_function(&mut self, name: &'s str, binding: Binding<'t>) {
        let function = self.scopes.get(self.scope).function;
        self.scopes.declare(function, name, binding);
    }

    /// Records an assignment to a name that is declared elsewhere or not at all.
    pub fn assign(&mut self, name: &'s str, binding: Binding<'t>) {
        self.assignments.push((self.scope, name, binding));
    }

    pub fn open(&mut self, kind: ScopeKind) -> ScopeId {
        self.inner = self.scopes.open(self.scope, kind);
        self.inner
    }

    /// Binding to an expression's value. The names in the expression are then not uses.
    pub fn alias(&mut self, value: Node<'t>) -> Binding<'t> {
        self.cover(value);
        Binding::Value(value, self.scope)
    }

    pub fn cover(&mut self, node: Node<'t>) {
        self.covered.insert(node.id());
    }

    pub fn cover_field(&mut self, node: Node<'t>, field: &str) {
        if let Some(child) = node.child_by_field_name(field) {
            self.cover(child);
        }
    }

    pub fn fact(&mut self, node: Node<'t>, kind: FactKind, name: &str) {
        self.direct_facts.push((line(node), kind, name.into()));
    }

    pub fn use_of(&mut self, node: Node<'t>) {
        self.use_of_names(node, Vec::new(), None);
    }

    pub fn use_of_names(
        &mut self,
        node: Node<'t>,
        names: Vec<&'s str>,
        arguments: Option<Node<'t>>,
    ) {
        let scope = self.scope;
        self.uses.push(NameUse {
            node,
            scope,
            names,
            arguments,
        });
    }
}

/// Line number of a node, from 1.
pub(crate) fn line(node: Node) -> u32 {
    u32::try_from(node.start_position().row).map_or(u32::MAX, |row| row.saturating_add(1))
}

pub(crate) fn walk<'t, 's>(
    tree: &'t Tree,
    source: &'s str,
    adapter: &dyn LanguageAdapter,
) -> SyntaxWalk<'t, 's> {
    let mut walk = SyntaxWalk {
        text: SourceText(source),
        scopes: ScopeTree::new(),
        call_graph: CallGraph::default(),
        uses: Vec::new(),
        allocations: Vec::new(),
        direct_facts: Vec::new(),
        assignments: Vec::new(),
        covered: HashSet::new(),
        scope: ROOT,
        inner: ROOT,
        is_truncated: false,
    };
    let mut cursor = tree.walk();
    let mut above: Vec<ScopeId> = Vec::new();
    for _ in 0..MAX_NODES {
        let node = cursor.node();
        walk.inner = walk.scope;
        let descent = visit(node, adapter, &mut walk);
        if descent == WalkStep::Descend && cursor.goto_first_child() {
            above.push(walk.scope);
            walk.scope = walk.inner;
            continue;
        }
        walk.call_graph.leave(node);
        while !cursor.goto_next_sibling() {
            if !cursor.goto_parent() {
                settle(&mut walk);
                return walk;
            }
            walk.call_graph.leave(cursor.node());
            walk.scope = above.pop().unwrap_or(ROOT);
        }
    }
    walk.is_truncated = true;
    settle(&mut walk);
    walk
}

fn visit<'t, 's>(
    node: Node<'t>,
    adapter: &dyn LanguageAdapter,
    walk: &mut SyntaxWalk<'t, 's>,
) -> WalkStep {
    if !node.is_named() && node.child_count() == 0 {
        return WalkStep::Skip;
    }
    let descent = adapter.enter(node, walk);
    if descent == WalkStep::Skip {
        return descent;
    }
    match adapter.shape(node, walk.text) {
        ExprShape::Call(callee, arguments) => {
            walk.cover(callee);
            walk.use_of(node);
            walk.call_graph.call(walk.text.of(callee), arguments);
        }
        ExprShape::Member(object, _) | ExprShape::Index(object, _) => {
            walk.cover(object);
            if !walk.covered.contains(&node.id()) {
                walk.use_of(node);
            }
        }
        ExprShape::Chain(object, _) => {
            if let Some(object) = object {
                walk.cover(object);
            }
            if !walk.covered.contains(&node.id()) {
                walk.use_of(node);
            }
        }
        ExprShape::Name(_) if !walk.covered.contains(&node.id()) => walk.use_of(node),
        _ => {}
    }
    descent
}

/// Assigns each name in the nearest scope that declares it, or else in the program's outermost scope.
fn settle(walk: &mut SyntaxWalk) {
    let mut steps = MAX_NODES * 4;
    for (scope, name, binding) in std::mem::take(&mut walk.assignments) {
        let mut at = scope;
        while !walk.scopes.get(at).names.contains_key(name) && steps > 0 {
            steps -= 1;
            match walk.scopes.get(at).parent {
                Some(parent) => at = parent,
                None => break,
            }
        }
        walk.is_truncated |= steps == 0;
        walk.scopes.declare(at, name, binding);
    }
}
