//! Which names a program gives to what.

use std::collections::HashMap;
use std::rc::Rc;

use tree_sitter::Node;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct ScopeId(pub u32);

pub(crate) const ROOT: ScopeId = ScopeId(0);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ScopeKind {
    /// A function, or the whole program: where assignments without a declaration go.
    Function,
    Block,
    /// Seen by what is inside it directly, and not by the functions in it.
    Members,
    /// A class or namespace that what is inside it sees.
    Namespace,
}

/// What a name was given.
#[derive(Debug, Clone)]
pub(crate) enum Binding<'t> {
    /// Something outside of the program: `os.system`.
    Path(Rc<str>),
    /// The value of an expression.
    Value(Node<'t>, ScopeId),
    /// A part of what an expression is worth: `const {exec} = require('child_process')`.
    Part(Rc<Binding<'t>>, Rc<str>),
    /// A module, class or namespace of the program's own.
    Namespace(ScopeId),
    /// The program's own, whatever it is.
    Local,
}

pub(crate) struct Scope<'t, 's> {
    pub parent: Option<ScopeId>,
    /// The function that it is in, or is.
    pub function: ScopeId,
    pub kind: ScopeKind,
    pub names: HashMap<&'s str, Vec<Binding<'t>>>,
    /// All of these are names here: `from os import *`, `using namespace std`.
    pub wildcards: Vec<Binding<'t>>,
}

/// One name is followed to this many of the things that it was given.
const MAX_BINDINGS: usize = 8;

pub(crate) struct ScopeTree<'t, 's>(Vec<Scope<'t, 's>>);

impl<'t, 's> ScopeTree<'t, 's> {
    pub fn new() -> Self {
        let mut scopes = ScopeTree(Vec::new());
        scopes.push(None, ScopeKind::Function);
        scopes
    }

    fn push(&mut self, parent: Option<ScopeId>, kind: ScopeKind) -> ScopeId {
        let id = ScopeId(self.0.len() as u32);
        let function = match (kind, parent) {
            (ScopeKind::Function | ScopeKind::Members, _) | (_, None) => id,
            (_, Some(parent)) => self.get(parent).function,
        };
        self.0.push(Scope {
            parent,
            function,
            kind,
            names: HashMap::new(),
            wildcards: Vec::new(),
        });
        id
    }

    pub fn open(&mut self, parent: ScopeId, kind: ScopeKind) -> ScopeId {
        self.push(Some(parent), kind)
    }

    pub fn get(&self, id: ScopeId) -> &Scope<'t, 's> {
        &self.0[id.0 as usize]
    }

    pub fn all(&self) -> impl Iterator<Item = (ScopeId, &Scope<'t, 's>)> {
        let ids = (0..).map(ScopeId);
        ids.zip(&self.0)
    }

    pub fn declare(&mut self, scope: ScopeId, name: &'s str, binding: Binding<'t>) {
        let given = self.0[scope.0 as usize].names.entry(name).or_default();
        if given.len() < MAX_BINDINGS {
            given.push(binding);
        }
    }

    pub fn wildcard(&mut self, scope: ScopeId, binding: Binding<'t>) {
        let wildcards = &mut self.0[scope.0 as usize].wildcards;
        if wildcards.len() < MAX_BINDINGS {
            wildcards.push(binding);
        }
    }
}
