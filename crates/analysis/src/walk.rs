//! One walk over a tree, in the order of the text, with a cursor: however deep a tree is, nothing here
//! calls itself.

use std::collections::HashSet;
use std::rc::Rc;

use tree_sitter::{Node, Tree};

use crate::facts::FactKind;
use crate::functions::Functions;
use crate::scope::{Bound, ROOT, ScopeId, ScopeKind, Scopes};
use crate::shape::{Shape, Text};
use crate::tables::Table;

/// A text of 64 KiB has a sixth of it.
const MAX_NODES: usize = 200_000;

/// What a language's own room says of its nodes.
pub(crate) trait Dialect: Sync {
    fn table(&self) -> &'static Table;

    fn shape<'t, 's>(&self, node: Node<'t>, text: Text<'s>) -> Shape<'t, 's>;

    /// What a node declares, opens and hides. Called before its children are looked at.
    fn enter<'t, 's>(&self, node: Node<'t>, walk: &mut Walk<'t, 's>) -> Descent;

    /// What a name that nothing declares stands for, such as `builtins.open`.
    fn free(&self, name: &str) -> String {
        name.to_owned()
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Descent {
    Into,
    Past,
}

/// A place where a name from outside may be used.
pub(crate) struct Use<'t, 's> {
    pub node: Node<'t>,
    pub scope: ScopeId,
    /// Names that no tree holds together, as in what is given to a macro of Rust, and what they are
    /// called with.
    pub words: Vec<&'s str>,
    pub arguments: Option<Node<'t>>,
}

/// What a dialect tells of the node it is asked about, and what is known of it.
pub(crate) struct Walk<'t, 's> {
    pub text: Text<'s>,
    pub scopes: Scopes<'t, 's>,
    pub functions: Functions<'t, 's>,
    pub uses: Vec<Use<'t, 's>>,
    /// Arrays of a size, wherever one is made.
    pub allocations: Vec<(Node<'t>, ScopeId)>,
    /// Facts that need no name to be followed, by line.
    pub plain: Vec<(u32, FactKind, Rc<str>)>,
    /// Assignments, whose names are looked for when all declarations are known.
    assigned: Vec<(ScopeId, &'s str, Bound<'t>)>,
    /// Nodes that something else has spoken for: callees, declared names.
    covered: HashSet<usize>,
    /// Where the node is.
    pub scope: ScopeId,
    /// Where its children are: the same, unless it opens one.
    pub inner: ScopeId,
    pub cut: bool,
}

impl<'t, 's> Walk<'t, 's> {
    pub fn declare(&mut self, name: &'s str, bound: Bound<'t>) {
        self.scopes.declare(self.scope, name, bound);
    }

    /// For the whole function.
    pub fn declare_in_function(&mut self, name: &'s str, bound: Bound<'t>) {
        let function = self.scopes.get(self.scope).function;
        self.scopes.declare(function, name, bound);
    }

    /// The name is declared somewhere else, or nowhere.
    pub fn assign(&mut self, name: &'s str, bound: Bound<'t>) {
        self.assigned.push((self.scope, name, bound));
    }

    pub fn open(&mut self, kind: ScopeKind) -> ScopeId {
        self.inner = self.scopes.open(self.scope, kind);
        self.inner
    }

    /// What is declared from an expression, which is then no use of the names in it.
    pub fn alias(&mut self, value: Node<'t>) -> Bound<'t> {
        self.cover(value);
        Bound::Value(value, self.scope)
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
        self.uses.push(Use {
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

pub(crate) fn walk<'t, 's>(tree: &'t Tree, source: &'s str, dialect: &dyn Dialect) -> Walk<'t, 's> {
    let mut walk = Walk {
        text: Text(source),
        scopes: Scopes::new(),
        functions: Functions::default(),
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
        let descent = visit(node, dialect, &mut walk);
        if descent == Descent::Into && cursor.goto_first_child() {
            above.push(walk.scope);
            walk.scope = walk.inner;
            continue;
        }
        walk.functions.leave(node);
        while !cursor.goto_next_sibling() {
            if !cursor.goto_parent() {
                settle(&mut walk);
                return walk;
            }
            walk.functions.leave(cursor.node());
            walk.scope = above.pop().unwrap_or(ROOT);
        }
    }
    walk.cut = true;
    settle(&mut walk);
    walk
}

fn visit<'t, 's>(node: Node<'t>, dialect: &dyn Dialect, walk: &mut Walk<'t, 's>) -> Descent {
    if !node.is_named() && node.child_count() == 0 {
        return Descent::Past;
    }
    let descent = dialect.enter(node, walk);
    if descent == Descent::Past {
        return descent;
    }
    match dialect.shape(node, walk.text) {
        Shape::Call(callee, arguments) => {
            walk.cover(callee);
            walk.use_of(node);
            walk.functions.call(walk.text.of(callee), arguments);
        }
        Shape::Member(object, _) | Shape::Index(object, _) => {
            walk.cover(object);
            if !walk.covered.contains(&node.id()) {
                walk.use_of(node);
            }
        }
        Shape::Chain(object, _) => {
            if let Some(object) = object {
                walk.cover(object);
            }
            if !walk.covered.contains(&node.id()) {
                walk.use_of(node);
            }
        }
        Shape::Name(_) if !walk.covered.contains(&node.id()) => walk.use_of(node),
        _ => {}
    }
    descent
}

/// An assignment is to the nearest scope that has the name, and to the program's own if none has.
fn settle(walk: &mut Walk) {
    let mut steps = MAX_NODES * 4;
    for (scope, name, bound) in std::mem::take(&mut walk.assigned) {
        let mut at = scope;
        while !walk.scopes.get(at).names.contains_key(name) && steps > 0 {
            steps -= 1;
            match walk.scopes.get(at).parent {
                Some(parent) => at = parent,
                None => break,
            }
        }
        walk.cut |= steps == 0;
        walk.scopes.declare(at, name, bound);
    }
}
