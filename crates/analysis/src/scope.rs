//! Scopes of a program, and the names that they bind.

use std::collections::HashMap;
use std::rc::Rc;

use tree_sitter::Node;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct ScopeId(pub u32);

pub(crate) const ROOT: ScopeId = ScopeId(0);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ScopeKind {
    /// A function, or the whole program: the scope of assignments without a declaration.
    Function,
    Block,
    /// A class whose names are not visible in its functions.
    Members,
    /// A class or namespace whose names are visible inside.
    Namespace,
}

/// Meaning of a name.
#[derive(Debug, Clone)]
pub(crate) enum Binding<'t> {
    /// Something outside the program: `os.system`.
    Path(Rc<str>),
    /// The value of an expression.
    Value(Node<'t>, ScopeId),
    /// A member of an expression's value: `const {exec} = require('child_process')`.
    Part(Rc<Binding<'t>>, Rc<str>),
    /// A module, class or namespace of the program.
    Namespace(ScopeId),
    /// Something else of the program.
    Local,
}

pub(crate) struct Scope<'t, 's> {
    pub parent: Option<ScopeId>,
    /// The enclosing function's scope, or this one if it is a function's.
    pub function: ScopeId,
    pub kind: ScopeKind,
    pub names: HashMap<&'s str, Vec<Binding<'t>>>,
    /// All members of these are names in this scope: `from os import *`, `using namespace std`.
    pub wildcards: Vec<Binding<'t>>,
}

/// Maximum number of meanings of a name that are followed.
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
        let bindings = self.0[scope.0 as usize].names.entry(name).or_default();
        if bindings.len() < MAX_BINDINGS {
            bindings.push(binding);
        }
    }

    pub fn wildcard(&mut self, scope: ScopeId, binding: Binding<'t>) {
        let wildcards = &mut self.0[scope.0 as usize].wildcards;
        if wildcards.len() < MAX_BINDINGS {
            wildcards.push(binding);
        }
    }
}
