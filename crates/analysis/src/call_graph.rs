//! CallGraph, their loops and who calls whom: what estimates are made of.

use std::collections::{HashMap, HashSet};

use tree_sitter::Node;

use crate::scope::ScopeId;

/// Of each of these; what is beyond is not estimated.
const MAX: usize = 20_000;
/// What is longer is no function's name. In `f()()()…` everything before is what is called, each time.
const LONGEST_NAME: usize = 200;

pub(crate) struct FunctionInfo<'s> {
    pub name: Option<&'s str>,
    /// Something wraps it, a cache most likely.
    pub decorated: bool,
}

pub(crate) struct LoopInfo<'t> {
    pub node: Node<'t>,
    pub scope: ScopeId,
    pub function: usize,
    /// The loop around it in the same function.
    pub outer: Option<usize>,
}

pub(crate) struct CallSite<'t, 's> {
    pub function: usize,
    pub inside: Option<usize>,
    /// The last part of what is called.
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
    given: HashMap<usize, &'s str>,
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
            given: HashMap::new(),
            decorated: HashSet::new(),
        }
    }
}

impl<'t, 's> CallGraph<'t, 's> {
    /// A function without a name of its own is given one.
    pub fn will_be(&mut self, node: Node<'t>, name: &'s str) {
        self.given.insert(node.id(), name);
    }

    pub fn decorated(&mut self, node: Node<'t>) {
        self.decorated.insert(node.id());
    }

    pub fn enter(&mut self, node: Node<'t>, name: Option<&'s str>) {
        if self.all.len() < MAX {
            let name = name.or_else(|| self.given.get(&node.id()).copied());
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
        if self.loops.len() < MAX {
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
        if self.calls.len() < MAX {
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
    let end = callee.floor_char_boundary(callee.len().saturating_sub(LONGEST_NAME));
    let name = &callee[end..];
    match name.rfind(['.', ':', '>']) {
        Some(at) => &name[at + 1..],
        None if end == 0 => callee,
        None => "",
    }
}
