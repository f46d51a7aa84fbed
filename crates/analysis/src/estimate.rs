//! A rough estimate of a program's work. Loops with a constant number of iterations don't count. Loops
//! in called functions are nested in those around the call. Recursion counts as one loop, and as
//! exponential if a function calls itself twice with a smaller argument.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use tree_sitter::Node;

use crate::call_graph::{CallSite, LoopInfo};
use crate::resolve::{NameResolver, argument};
use crate::scope::ScopeId;
use crate::shape::ExprShape;
use crate::walk::{LanguageAdapter, SyntaxWalk};

/// A loop with at least this constant number of iterations counts.
const MANY_ITERATIONS: f64 = 1e6;
/// Bytes per array element; languages have from one to thirty.
const ELEMENT_BYTES: f64 = 8.0;
const MAX_DEGREE: u32 = 8;

/// Complexity class of the running time, by the size of the input.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Complexity {
    #[default]
    Constant,
    Logarithmic,
    Linear,
    /// Sorting, or halving inside a loop.
    Linearithmic,
    Quadratic,
    Cubic,
    /// Four or more nested loops.
    Polynomial,
    Exponential,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Recursion {
    #[default]
    None,
    Direct,
    /// Through other functions.
    Mutual,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Estimate {
    /// Maximum nesting of loops in one function, whatever their bounds.
    pub loop_depth: u32,
    pub recursion: Recursion,
    /// Total size of arrays of constant length.
    pub allocated_bytes: u64,
    /// The length of a loop or array is not constant.
    pub grows_with_input: bool,
    pub complexity: Complexity,
}

pub(crate) fn estimate(walk: &SyntaxWalk, adapter: &dyn LanguageAdapter) -> Estimate {
    let resolver = NameResolver::new(&walk.scopes, walk.text, adapter);
    let loops = &walk.call_graph.loops;
    let growth: Vec<GrowthRate> = loops.iter().map(|info| growth(&resolver, info)).collect();
    // Depth and growth of each loop with the loops around it; outer loops come first.
    let mut nested: Vec<(u32, GrowthRate)> = Vec::with_capacity(loops.len());
    for (info, own) in loops.iter().zip(&growth) {
        let (depth, outer) = info
            .outer
            .map_or((0, GrowthRate::default()), |outer| nested[outer]);
        nested.push((depth + 1, outer.and(*own)));
    }
    let recursion = recursion(walk);
    let costs = costs(walk, &nested, &recursion);
    let (allocated, grows) = allocations(walk, &resolver);
    let is_exponential = calls_itself_twice(walk, &resolver);
    let most = costs.into_iter().max().unwrap_or_default();
    Estimate {
        loop_depth: nested.iter().map(|(depth, _)| *depth).max().unwrap_or(0),
        recursion: recursion
            .into_values()
            .fold(Recursion::None, |worst, next| match (worst, next) {
                (Recursion::Mutual, _) | (_, Recursion::Mutual) => Recursion::Mutual,
                (Recursion::Direct, _) | (_, Recursion::Direct) => Recursion::Direct,
                _ => Recursion::None,
            }),
        allocated_bytes: allocated,
        grows_with_input: grows || most > GrowthRate::default(),
        complexity: if is_exponential {
            Complexity::Exponential
        } else {
            most.class()
        },
    }
}

/// n to the power of `degree`, times log n to the power of `logarithms`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
struct GrowthRate {
    degree: u32,
    logarithms: u32,
}

impl GrowthRate {
    const LINEAR: GrowthRate = GrowthRate {
        degree: 1,
        logarithms: 0,
    };
    const LOGARITHMIC: GrowthRate = GrowthRate {
        degree: 0,
        logarithms: 1,
    };

    fn and(self, inner: GrowthRate) -> GrowthRate {
        GrowthRate {
            degree: (self.degree + inner.degree).min(MAX_DEGREE),
            logarithms: (self.logarithms + inner.logarithms).min(MAX_DEGREE),
        }
    }

    fn class(self) -> Complexity {
        match (self.degree, self.logarithms) {
            (0, 0) => Complexity::Constant,
            (0, _) => Complexity::Logarithmic,
            (1, 0) => Complexity::Linear,
            (1, _) => Complexity::Linearithmic,
            (2, _) => Complexity::Quadratic,
            (3, _) => Complexity::Cubic,
            _ => Complexity::Polynomial,
        }
    }
}

fn growth<'t>(resolver: &NameResolver<'_, 't, '_>, info: &LoopInfo<'t>) -> GrowthRate {
    if halves(resolver, info.node) {
        return GrowthRate::LOGARITHMIC;
    }
    match iterations(resolver, info) {
        Some(iterations) if iterations < MANY_ITERATIONS => GrowthRate::default(),
        _ => GrowthRate::LINEAR,
    }
}

/// Returns the constant number of iterations of `range(10)`, `i < 10`, `0..10` or a list.
fn iterations<'t>(resolver: &NameResolver<'_, 't, '_>, info: &LoopInfo<'t>) -> Option<f64> {
    let node = info.node;
    let over = node
        .child_by_field_name("right")
        .or_else(|| node.child_by_field_name("value"));
    if let Some(over) = over {
        if matches!(
            over.kind(),
            "list" | "tuple" | "string" | "array" | "array_expression" | "initializer_list" | "set"
        ) {
            return Some(over.named_child_count() as f64);
        }
        if over.kind() == "range_expression" {
            let end = over.named_child(1)?;
            return resolver.number(end, info.scope);
        }
        let ExprShape::Call(_, Some(arguments)) = resolver.adapter.shape(over, resolver.text)
        else {
            return None;
        };
        let mut most = 0.0_f64;
        for index in 0..arguments.named_child_count().min(3) {
            most = most.max(
                resolver
                    .number(argument(arguments, index)?, info.scope)?
                    .abs(),
            );
        }
        return (arguments.named_child_count() > 0).then_some(most);
    }
    let condition = node
        .child_by_field_name("condition")
        .filter(|_| node.kind() == "for_statement")?;
    let condition = match condition.kind() {
        "expression_statement" => condition.named_child(0)?,
        _ => condition,
    };
    let ExprShape::Binary(_, _, binding) = resolver.adapter.shape(condition, resolver.text) else {
        return None;
    };
    resolver.number(binding, info.scope)
}

/// True if each iteration does `n //= 2`, `x >>= 1`, `i *= 2` or the like.
fn halves(resolver: &NameResolver, node: Node) -> bool {
    let is_step = |statement: Node| {
        let inner = match statement.kind() {
            "expression_statement" => statement.named_child(0).unwrap_or(statement),
            _ => statement,
        };
        let operator = resolver.text.field(inner, "operator").unwrap_or_default();
        inner.kind() != "binary_expression"
            && matches!(operator, "//=" | "/=" | ">>=" | "<<=" | "*=" | ">>>=")
    };
    if let Some(step) = node
        .child_by_field_name("update")
        .or_else(|| node.child_by_field_name("increment"))
    {
        return is_step(step);
    }
    let is_while = matches!(
        node.kind(),
        "while_statement" | "while_expression" | "do_statement"
    );
    let Some(body) = node.child_by_field_name("body").filter(|_| is_while) else {
        return false;
    };
    let mut cursor = body.walk();
    body.named_children(&mut cursor).take(64).any(is_step)
}

/// Recursion of each function that calls itself, by index.
fn recursion(walk: &SyntaxWalk) -> HashMap<usize, Recursion> {
    let by_name = by_name(walk);
    let mut calls: Vec<Vec<usize>> = vec![Vec::new(); walk.call_graph.all.len()];
    let mut callers: Vec<Vec<usize>> = calls.clone();
    let mut recursive = HashMap::new();
    for call in &walk.call_graph.calls {
        let Some(&callee) = by_name.get(call.callee) else {
            continue;
        };
        if callee == call.function {
            recursive.insert(callee, Recursion::Direct);
        } else {
            calls[call.function].push(callee);
            callers[callee].push(call.function);
        }
    }
    // Remove functions without callees, then those without callers; cycles remain.
    let mut in_cycle = vec![true; calls.len()];
    for (onward, back) in [(&calls, &callers), (&callers, &calls)] {
        let mut open: Vec<usize> = onward
            .iter()
            .map(|to| to.iter().filter(|to| in_cycle[**to]).count())
            .collect();
        let mut ends: Vec<usize> = (0..open.len())
            .filter(|at| in_cycle[*at] && open[*at] == 0)
            .collect();
        while let Some(end) = ends.pop() {
            in_cycle[end] = false;
            for &before in back[end].iter().filter(|before| in_cycle[**before]) {
                open[before] = open[before].saturating_sub(1);
                if open[before] == 0 {
                    ends.push(before);
                }
            }
        }
    }
    let cycles = in_cycle.iter().enumerate().filter(|(_, is_in)| **is_in);
    recursive.extend(cycles.map(|(at, _)| (at, Recursion::Mutual)));
    recursive
}

fn by_name<'s>(walk: &SyntaxWalk<'_, 's>) -> HashMap<&'s str, usize> {
    let named = walk.call_graph.all.iter().enumerate();
    named
        .filter_map(|(at, function)| Some((function.name?, at)))
        .collect()
}

/// Growth of each function, including the functions that it calls.
fn costs(
    walk: &SyntaxWalk,
    nested: &[(u32, GrowthRate)],
    recursion: &HashMap<usize, Recursion>,
) -> Vec<GrowthRate> {
    let by_name = by_name(walk);
    let mut costs: Vec<GrowthRate> = (0..walk.call_graph.all.len())
        .map(|at| {
            if recursion.contains_key(&at) {
                GrowthRate::LINEAR
            } else {
                GrowthRate::default()
            }
        })
        .collect();
    for (info, (_, growth)) in walk.call_graph.loops.iter().zip(nested) {
        costs[info.function] = costs[info.function].max(*growth);
    }
    // Longer chains of calls are not followed.
    for _ in 0..8 {
        let mut changed = false;
        for call in &walk.call_graph.calls {
            let outer = call
                .inside
                .map_or(GrowthRate::default(), |inside| nested[inside].1);
            let inner = match by_name.get(call.callee) {
                Some(callee) if *callee != call.function => costs[*callee],
                Some(_) => continue,
                None if is_sort(call.callee) => GrowthRate {
                    degree: 1,
                    logarithms: 1,
                },
                None => continue,
            };
            let cost = outer.and(inner).max(costs[call.function]);
            let is_recursive = recursion.contains_key(&call.function);
            changed |= cost != costs[call.function] && !is_recursive;
            if !is_recursive {
                costs[call.function] = cost;
            }
        }
        if !changed {
            break;
        }
    }
    costs
}

fn is_sort(name: &str) -> bool {
    matches!(
        name,
        "sort"
            | "sorted"
            | "stable_sort"
            | "sort_by"
            | "sort_by_key"
            | "sort_unstable"
            | "sort_unstable_by"
            | "qsort"
            | "toSorted"
    )
}

/// True if a function calls itself twice with a smaller argument, and has no decorator such as a cache.
fn calls_itself_twice(walk: &SyntaxWalk, resolver: &NameResolver) -> bool {
    let by_name = by_name(walk);
    let mut steps: HashMap<usize, u32> = HashMap::new();
    for call in &walk.call_graph.calls {
        let is_own = by_name.get(call.callee) == Some(&call.function);
        if is_own && !walk.call_graph.all[call.function].decorated && steps_down(call, resolver) {
            *steps.entry(call.function).or_default() += 1;
        }
    }
    steps.into_values().any(|calls| calls > 1)
}

fn steps_down(call: &CallSite, resolver: &NameResolver) -> bool {
    let first = call.arguments.and_then(|all| argument(all, 0));
    first.is_some_and(|node| match resolver.adapter.shape(node, resolver.text) {
        ExprShape::Binary(_, "-", by) => {
            matches!(
                resolver.adapter.shape(by, resolver.text),
                ExprShape::Number(_)
            )
        }
        _ => false,
    })
}

/// Total bytes of arrays of constant size; the flag is true if there are others.
fn allocations(walk: &SyntaxWalk, resolver: &NameResolver) -> (u64, bool) {
    let mut bytes = 0.0_f64;
    let mut grows = false;
    for (node, scope) in &walk.allocations {
        match size(*node).map(|size| constant_size(resolver, size, *scope)) {
            Some(Some(elements)) => bytes += elements * ELEMENT_BYTES,
            Some(None) => grows = true,
            None => {}
        }
    }
    (bytes as u64, grows)
}

fn constant_size<'t>(
    resolver: &NameResolver<'_, 't, '_>,
    size: Node<'t>,
    scope: ScopeId,
) -> Option<f64> {
    resolver
        .number(size, scope)
        .filter(|size| size.is_finite() && *size >= 0.0)
}

/// Node of an array's length, in elements.
fn size(node: Node) -> Option<Node> {
    match node.kind() {
        "binary_operator" => node.child_by_field_name("right"),
        "call_expression" | "new_expression" => {
            let arguments = node.child_by_field_name("arguments")?;
            argument(arguments, 0).filter(|_| arguments.named_child_count() == 1)
        }
        "array_declarator" => node.child_by_field_name("size"),
        "array_expression" => node.child_by_field_name("length"),
        "init_declarator" => argument(node.child_by_field_name("value")?, 0),
        // vec![0; n]
        "macro_invocation" => {
            let tokens = node.named_child(1)?;
            let mut cursor = tokens.walk();
            let after = tokens
                .children(&mut cursor)
                .skip_while(|token| token.kind() != ";")
                .nth(1);
            after.filter(Node::is_named)
        }
        _ => None,
    }
}
