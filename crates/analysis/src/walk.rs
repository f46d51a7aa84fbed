//! One walk over a tree, in the order of the text, with a cursor: however deep a tree is, nothing here
//! calls itself.

use std::collections::HashSet;
use std::rc::Rc;

use tree_sitter::{Node, Tree};

use crate::call_graph::CallGraph;
use crate::facts::FactKind;
use crate::scope::{Binding, ROOT, ScopeId, ScopeKind, ScopeTree};
use crate::shape::{ExprShape, SourceText};
use crate::tables::ApiTable;

/// A text of 64 KiB has a sixth of it.
const MAX_NODES: usize = 200_000;

/// What a language's own room says of its nodes.
pub(crate) trait LanguageAdapter: Sync {
    fn table(&self) -> &'static ApiTable;

    fn shape<'t, 's>(&self, node: Node<'t>, text: SourceText<'s>) -> ExprShape<'t, 's>;

    /// What a node declares, opens and hides. Called before its children are looked at.
    fn enter<'t, 's>(&self, node: Node<'t>, walk: &mut SyntaxWalk<'t, 's>) -> WalkStep;

    /// What a name that nothing declares stands for, such as `builtins.open`.
    fn free(&self, name: &str) -> String {
        name.to_owned()
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum WalkStep {
    Descend,
    Skip,
}

/// A place where a name from outside may be used.
pub(crate) struct NameUse<'t, 's> {
    pub node: Node<'t>,
    pub scope: ScopeId,
    /// Names that no tree holds together, as in what is given to a macro of Rust, and what they are
    /// called with.
    pub words: Vec<&'s str>,
    pub arguments: Option<Node<'t>>,
}

/// What a adapter tells of the node it is asked about, and what is known of it.
pub(crate) struct SyntaxWalk<'t, 's> {
    pub text: SourceText<'s>,
    pub scopes: ScopeTree<'t, 's>,
    pub call_graph: CallGraph<'t, 's>,
    pub uses: Vec<NameUse<'t, 's>>,
    /// Arrays of a size, wherever one is made.
    pub allocations: Vec<(Node<'t>, ScopeId)>,
    /// AnalysisReport that need no name to be followed, by line.
    pub plain: Vec<(u32, FactKind, Rc<str>)>,
    /// Assignments, whose names are looked for when all declarations are known.
    assigned: Vec<(ScopeId, &'s str, Binding<'t>)>,
    /// Nodes that something else has spoken for: callees, declared names.
    covered: HashSet<usize>,
    /// Where the node is.
    pub scope: ScopeId,
    /// Where its children are: the same, unless it opens one.
    pub inner: ScopeId,
    pub cut: bool,
}

impl<'t, 's> SyntaxWalk<'t, 's> {
    pub fn declare(&mut self, name: &'s str, binding: Binding<'t>) {
        self.scopes.declare(self.scope, name, binding);
    }

    /// For the whole function.
    pub fn declare_in_function(&mut self, name: &'s str, binding: Binding<'t>) {
        let function = self.scopes.get(self.scope).function;
        self.scopes.declare(function, name, binding);
    }

    /// The name is declared somewhere else, or nowhere.
    pub fn assign(&mut self, name: &'s str, binding: Binding<'t>) {
        self.assigned.push((self.scope, name, binding));
    }

    pub fn open(&mut self, kind: ScopeKind) -> ScopeId {
        self.inner = self.scopes.open(self.scope, kind);
        self.inner
    }

    /// What is declared from an expression, which is then no use of the names in it.
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
        self.plain.push((line(node), kind, name.into()));
    }

    pub fn use_of(&mut self, node: Node<'t>) {
        self.words(node, Vec::new(), None);
    }

    pub fn words(&mut self, node: Node<'t>, words: Vec<&'s str>, arguments: Option<Node<'t>>) {
        let scope = self.scope;
        self.uses.push(NameUse {
            node,
            scope,
            words,
            arguments,
        });
    }
}

/// Counted from 1.
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
        plain: Vec::new(),
        assigned: Vec::new(),
        covered: HashSet::new(),
        scope: ROOT,
        inner: ROOT,
        cut: false,
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
    walk.cut = true;
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

/// An assignment is to the nearest scope that has the name, and to the program's own if none has.
fn settle(walk: &mut SyntaxWalk) {
    let mut steps = MAX_NODES * 4;
    for (scope, name, binding) in std::mem::take(&mut walk.assigned) {
        let mut at = scope;
        while !walk.scopes.get(at).names.contains_key(name) && steps > 0 {
            steps -= 1;
            match walk.scopes.get(at).parent {
                Some(parent) => at = parent,
                None => break,
            }
        }
        walk.cut |= steps == 0;
        walk.scopes.declare(at, name, binding);
    }
}
