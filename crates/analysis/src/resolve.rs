//! Possible values of an expression, as far as they are known without running it. Names are resolved
//! through scopes, imports, aliases, members and constant texts. Depth and total steps are bounded, so
//! that no text takes long.

use std::cell::Cell;
use std::rc::Rc;

use tree_sitter::Node;

use crate::scope::{Binding, ROOT, ScopeId, ScopeKind, ScopeTree};
use crate::shape::{ExprShape, SourceText};
use crate::tables::KnownFunction;
use crate::walk::LanguageAdapter;

const MAX_DEPTH: u32 = 24;
/// Maximum number of possible values of an expression.
const MAX_VALUES: usize = 8;
const MAX_TEXT_BYTES: usize = 200;
/// Maximum number of steps for one text: about ten milliseconds.
const TOTAL_FUEL: u32 = 400_000;
/// Maximum number of steps for one use of a name. An ordinary program needs less than fifty.
const FUEL_PER_USE: u32 = 4_000;

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum AbstractValue {
    Path(Rc<str>),
    Text(Rc<str>),
    Number(f64),
    Namespace(ScopeId),
    Local,
    Unknown,
}

pub(crate) struct NameResolver<'a, 't, 's> {
    pub scopes: &'a ScopeTree<'t, 's>,
    pub text: SourceText<'s>,
    pub adapter: &'a dyn LanguageAdapter,
    fuel: Cell<u32>,
    fuel_of_use: Cell<u32>,
}

type ValueSet = Vec<AbstractValue>;

impl<'a, 't, 's> NameResolver<'a, 't, 's> {
    pub fn new(
        scopes: &'a ScopeTree<'t, 's>,
        text: SourceText<'s>,
        adapter: &'a dyn LanguageAdapter,
    ) -> Self {
        NameResolver {
            scopes,
            text,
            adapter,
            fuel: Cell::new(TOTAL_FUEL),
            fuel_of_use: Cell::new(FUEL_PER_USE),
        }
    }

    /// Possible values of an expression.
    pub fn values(&self, node: Node<'t>, scope: ScopeId) -> ValueSet {
        self.fuel_of_use.set(FUEL_PER_USE);
        self.value(node, scope, 0)
    }

    /// Possible values of a chain of names.
    pub fn chain(&self, names: &[&str], scope: ScopeId) -> ValueSet {
        self.fuel_of_use.set(FUEL_PER_USE);
        match names.split_first() {
            Some((first, members)) => self.members_of_chain(self.name(first, scope, 0), members, 0),
            None => ValueSet::new(),
        }
    }

    fn members_of_chain(&self, mut values: ValueSet, names: &[&str], depth: u32) -> ValueSet {
        for name in names {
            values = self.members(values, name, depth);
        }
        values
    }

    pub fn is_out_of_fuel(&self) -> bool {
        self.fuel.get() == 0
    }

    pub fn number(&self, node: Node<'t>, scope: ScopeId) -> Option<f64> {
        match self.values(node, scope)[..] {
            [AbstractValue::Number(number)] => Some(number),
            _ => None,
        }
    }

    fn step(&self) -> bool {
        for fuel in [&self.fuel, &self.fuel_of_use] {
            match fuel.get() {
                0 => return false,
                remaining => fuel.set(remaining - 1),
            }
        }
        true
    }

    fn value(&self, node: Node<'t>, scope: ScopeId, depth: u32) -> ValueSet {
        if depth > MAX_DEPTH || !self.step() {
            return vec![AbstractValue::Unknown];
        }
        let deeper = depth + 1;
        match self.adapter.shape(node, self.text) {
            ExprShape::Name(name) => self.name(name, scope, deeper),
            ExprShape::Member(object, name) => {
                let objects = self.value(object, scope, deeper);
                self.members(objects, name, deeper)
            }
            ExprShape::Chain(None, names) => match names.split_first() {
                Some((first, members)) => {
                    let first = vec![AbstractValue::Path(
                        self.adapter.undeclared_path(first).into(),
                    )];
                    self.members_of_chain(first, members, deeper)
                }
                None => vec![AbstractValue::Unknown],
            },
            ExprShape::Chain(Some(object), names) => {
                let objects = self.value(object, scope, deeper);
                self.members_of_chain(objects, &names, deeper)
            }
            ExprShape::Index(object, key) => {
                let objects = self.value(object, scope, deeper);
                if objects
                    .iter()
                    .all(|object| matches!(object, AbstractValue::Unknown | AbstractValue::Local))
                {
                    return vec![AbstractValue::Unknown];
                }
                self.members_by(objects, self.value(key, scope, deeper), deeper)
            }
            ExprShape::Call(callee, arguments) => {
                let callees = self.value(callee, scope, deeper);
                self.results(&callees, arguments, scope, deeper)
            }
            ExprShape::Text(text) if text.len() > MAX_TEXT_BYTES => vec![AbstractValue::Unknown],
            ExprShape::Text(text) => vec![AbstractValue::Text(text.into())],
            ExprShape::Number(number) => vec![AbstractValue::Number(number)],
            ExprShape::Binary(left, operator, right) => {
                let left = self.value(left, scope, deeper);
                let right = self.value(right, scope, deeper);
                match (&left[..], &right[..]) {
                    ([left], [right]) => vec![compute(left, operator, right)],
                    _ => vec![AbstractValue::Unknown],
                }
            }
            ExprShape::Either(first, second) => {
                let mut values = self.value(first, scope, deeper);
                add(&mut values, self.value(second, scope, deeper));
                values
            }
            ExprShape::Transparent(inner) => self.value(inner, scope, deeper),
            ExprShape::Root => vec![AbstractValue::Namespace(ROOT)],
            ExprShape::Opaque => vec![AbstractValue::Unknown],
        }
    }

    fn name(&self, name: &str, start: ScopeId, depth: u32) -> ValueSet {
        let mut at = Some(start);
        let mut skip_members = false;
        while let Some(id) = at {
            if !self.step() {
                return vec![AbstractValue::Unknown];
            }
            let scope = self.scopes.get(id);
            let is_hidden = scope.kind == ScopeKind::Members && skip_members;
            skip_members |= scope.kind == ScopeKind::Function;
            if let Some(bindings) = scope.names.get(name).filter(|_| !is_hidden) {
                return self.bindings(bindings, depth);
            }
            for wildcard in &scope.wildcards {
                let members = self.members(self.binding(wildcard, depth), name, depth);
                if members.iter().any(|value| self.is_known(value)) {
                    return members;
                }
            }
            at = scope.parent;
        }
        vec![AbstractValue::Path(
            self.adapter.undeclared_path(name).into(),
        )]
    }

    /// A wildcard import may have any name, so only names in the table count.
    fn is_known(&self, value: &AbstractValue) -> bool {
        match value {
            AbstractValue::Path(path) => self.adapter.table().contains(path),
            AbstractValue::Unknown => false,
            _ => true,
        }
    }

    fn bindings(&self, bindings: &[Binding<'t>], depth: u32) -> ValueSet {
        let mut values = ValueSet::new();
        for binding in bindings {
            add(&mut values, self.binding(binding, depth));
        }
        values
    }

    fn binding(&self, binding: &Binding<'t>, depth: u32) -> ValueSet {
        if depth > MAX_DEPTH || !self.step() {
            return vec![AbstractValue::Unknown];
        }
        match binding {
            Binding::Path(path) => vec![AbstractValue::Path(path.clone())],
            Binding::Value(node, scope) => self.value(*node, *scope, depth + 1),
            Binding::Part(whole, name) => {
                let whole = self.binding(whole, depth + 1);
                self.members(whole, name, depth + 1)
            }
            Binding::Namespace(scope) => vec![AbstractValue::Namespace(*scope)],
            Binding::Local => vec![AbstractValue::Local],
        }
    }

    fn members(&self, objects: ValueSet, name: &str, depth: u32) -> ValueSet {
        let member = |object: AbstractValue| match object {
            AbstractValue::Path(path) => {
                vec![AbstractValue::Path(self.adapter.table().join(&path, name))]
            }
            AbstractValue::Namespace(scope) => {
                let scope = self.scopes.get(scope);
                match scope.names.get(name) {
                    Some(bindings) => self.bindings(bindings, depth),
                    None => {
                        let wild = scope.wildcards.iter();
                        wild.flat_map(|wildcard| {
                            self.members(self.binding(wildcard, depth + 1), name, depth + 1)
                        })
                        .collect()
                    }
                }
            }
            // `'ev'.concat('al')` is not followed: no table has members of texts.
            _ => vec![AbstractValue::Unknown],
        };
        if depth > MAX_DEPTH || !self.step() {
            return vec![AbstractValue::Unknown];
        }
        let mut values = ValueSet::new();
        for object in objects {
            add(&mut values, member(object));
        }
        values
    }

    /// Members by computed keys. If a key is not constant, it may be any member: `?`.
    fn members_by(&self, objects: ValueSet, keys: ValueSet, depth: u32) -> ValueSet {
        let mut values = ValueSet::new();
        for key in keys {
            match key {
                AbstractValue::Text(name) => {
                    add(&mut values, self.members(objects.clone(), &name, depth))
                }
                _ => add(&mut values, self.members(objects.clone(), "?", depth)),
            }
        }
        values
    }

    fn results(
        &self,
        callees: &[AbstractValue],
        arguments: Option<Node<'t>>,
        scope: ScopeId,
        depth: u32,
    ) -> ValueSet {
        let argument = |index: usize| match arguments.and_then(|all| argument(all, index)) {
            Some(node) => self.value(node, scope, depth),
            None => vec![AbstractValue::Unknown],
        };
        let mut values = ValueSet::new();
        for callee in callees {
            let AbstractValue::Path(path) = callee else {
                continue;
            };
            let result = match self.adapter.table().special(path) {
                Some(KnownFunction::Import(prefix)) => {
                    let import = |value: AbstractValue| match value {
                        AbstractValue::Text(name) => {
                            AbstractValue::Path(self.adapter.table().import(prefix, &name))
                        }
                        _ => AbstractValue::Unknown,
                    };
                    argument(0).into_iter().map(import).collect()
                }
                Some(KnownFunction::Member) => self.members_by(argument(0), argument(1), depth),
                Some(KnownFunction::First) => argument(0),
                Some(KnownFunction::Everything(path)) => vec![AbstractValue::Path((*path).into())],
                // The result of a method is not the object itself.
                None => vec![AbstractValue::Path(format!("{path}()").into())],
            };
            add(&mut values, result);
        }
        if values.is_empty() {
            values.push(AbstractValue::Unknown);
        }
        values
    }
}

fn add(values: &mut ValueSet, more: ValueSet) {
    for value in more {
        if values.len() < MAX_VALUES && !values.contains(&value) {
            values.push(value);
        }
    }
}

fn compute(left: &AbstractValue, operator: &str, right: &AbstractValue) -> AbstractValue {
    match (left, operator, right) {
        (AbstractValue::Text(left), "+", AbstractValue::Text(right))
            if left.len() + right.len() <= MAX_TEXT_BYTES =>
        {
            AbstractValue::Text(format!("{left}{right}").into())
        }
        (AbstractValue::Number(left), _, AbstractValue::Number(right)) => match operator {
            "+" => AbstractValue::Number(left + right),
            "-" => AbstractValue::Number(left - right),
            "*" => AbstractValue::Number(left * right),
            "/" | "//" => AbstractValue::Number(left / right),
            "**" => AbstractValue::Number(left.powf(*right)),
            "<<" => AbstractValue::Number(left * right.exp2()),
            _ => AbstractValue::Unknown,
        },
        _ => AbstractValue::Unknown,
    }
}

/// Returns one of the expressions in a list of arguments.
pub(crate) fn argument<'t>(arguments: Node<'t>, index: usize) -> Option<Node<'t>> {
    let mut cursor = arguments.walk();
    arguments
        .named_children(&mut cursor)
        .filter(|node| !node.is_extra())
        .nth(index)
}
