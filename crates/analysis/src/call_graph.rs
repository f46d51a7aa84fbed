//! Functions, their loops and their calls: the input of the estimate.

use std::collections::{HashMap, HashSet};

use tree_sitter::Node;

use crate::scope::ScopeId;

/// Maximum number of functions, loops and calls each; others are not counted.
const MAX_ITEMS: usize = 20_000;
/// Maximum length of a function's name. In `f()()()…` the callee of each call is all text before it.
const MAX_NAME_BYTES: usize = 200;

pub(crate) struct FunctionInfo<'s> {
    pub name: Option<&'s str>,
    /// Has a decorator, most likely a cache.
    pub decorated: bool,
}

pub(crate) struct LoopInfo<'t> {
    pub node: Node<'t>,
    pub scope: ScopeId,
    pub function: usize,
    /// The enclosing loop in the same function.
    pub outer: Option<usize>,
}

pub(crate) struct CallSite<'t, 's> {
    pub function: usize,
    pub inside: Option<usize>,
    /// Last part of the callee's name.
    pub callee: &'s str,
    pub arguments: Option<Node<'t>>,
}

struct OpenNode {
    node: usize,
    function: usize,
    inside: Option<usize>,
}

/// The first function is the program itself.
pub(crate) struct CallGraph<'t, 's> {
    pub all: Vec<FunctionInfo<'s>>,
    pub loops: Vec<LoopInfo<'t>>,
    pub calls: Vec<CallSite<'t, 's>>,
    open: Vec<OpenNode>,
    /// Names for functions that are values, by node.
    assigned_names: HashMap<usize, &'s str>,
    decorated: HashSet<usize>,
}

impl Default for CallGraph<'_, '_> {
    fn default() -> Self {
        let program = FunctionInfo {
            name: None,
            decorated: false,
        };
        CallGraph {
            all: vec![program],
            loops: Vec::new(),
            calls: Vec::new(),
            open: Vec::new(),
            assigned_names: HashMap::new(),
            decorated: HashSet::new(),
        }
    }
}

impl<'t, 's> CallGraph<'t, 's> {
    /// Names the function that is the value `node`, such as that of `const f = () => …`.
    pub fn assign_name(&mut self, node: Node<'t>, name: &'s str) {
        self.assigned_names.insert(node.id(), name);
    }

    pub fn decorated(&mut self, node: Node<'t>) {
        self.decorated.insert(node.id());
    }

    pub fn enter(&mut self, node: Node<'t>, name: Option<&'s str>) {
        if self.all.len() < MAX_ITEMS {
            let name = name.or_else(|| self.assigned_names.get(&node.id()).copied());
            let decorated = self.decorated.contains(&node.id());
            self.open.push(OpenNode {
                node: node.id(),
                function: self.all.len(),
                inside: None,
            });
            self.all.push(FunctionInfo { name, decorated });
        }
    }

    pub fn enter_loop(&mut self, node: Node<'t>, scope: ScopeId) {
        if self.loops.len() < MAX_ITEMS {
            let (function, outer) = self.place();
            self.open.push(OpenNode {
                node: node.id(),
                function,
                inside: Some(self.loops.len()),
            });
            self.loops.push(LoopInfo {
                node,
                scope,
                function,
                outer,
            });
        }
    }

    pub fn leave(&mut self, node: Node<'t>) {
        if self.open.last().is_some_and(|open| open.node == node.id()) {
            self.open.pop();
        }
    }

    pub fn call(&mut self, callee: &'s str, arguments: Option<Node<'t>>) {
        if self.calls.len() < MAX_ITEMS {
            let (function, inside) = self.place();
            self.calls.push(CallSite {
                function,
                inside,
                callee: last_part(callee),
                arguments,
            });
        }
    }

    fn place(&self) -> (usize, Option<usize>) {
        self.open
            .last()
            .map_or((0, None), |open| (open.function, open.inside))
    }
}

fn last_part(callee: &str) -> &str {
    let end = callee.floor_char_boundary(callee.len().saturating_sub(MAX_NAME_BYTES));
    let name = &callee[end..];
    match name.rfind(['.', ':', '>']) {
        Some(at) => &name[at + 1..],
        None if end == 0 => callee,
        None => "",
    }
}
