//! What an expression is worth, as far as that is known without running it: names are followed through
//! scopes, imports, aliases, members and constant texts. Bounded in depth, and altogether in steps, so
//! that no text can make it long.

use std::cell::Cell;
use std::rc::Rc;

use tree_sitter::Node;

use crate::scope::{Binding, ROOT, ScopeId, ScopeKind, ScopeTree};
use crate::shape::{ExprShape, SourceText};
use crate::tables::KnownFunction;
use crate::walk::LanguageAdapter;

const MAX_DEPTH: u32 = 24;
/// Followed ways at once.
const MAX_VALUES: usize = 8;
const MAX_TEXT: usize = 200;
/// For one text: some ten milliseconds.
const FUEL: u32 = 400_000;
/// For one use of a name: what a plain program needs is below fifty.
const FUEL_OF_ONE: u32 = 4_000;

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
    fuel_of_one: Cell<u32>,
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
            fuel: Cell::new(FUEL),
            fuel_of_one: Cell::new(FUEL_OF_ONE),
        }
    }

    /// All that an expression may be worth.
    pub fn values(&self, node: Node<'t>, scope: ScopeId) -> ValueSet {
        self.fuel_of_one.set(FUEL_OF_ONE);
        self.value(node, scope, 0)
    }

    /// The same for names one behind the other.
    pub fn chain(&self, names: &[&str], scope: ScopeId) -> ValueSet {
        self.fuel_of_one.set(FUEL_OF_ONE);
        match names.split_first() {
            Some((first, rest)) => self.behind(self.name(first, scope, 0), rest, 0),
            None => ValueSet::new(),
        }
    }

    fn behind(&self, mut values: ValueSet, names: &[&str], depth: u32) -> ValueSet {
        for name in names {
            values = self.members(values, name, depth);
        }
        values
    }

    pub fn ran_dry(&self) -> bool {
        self.fuel.get() == 0
    }

    pub fn number(&self, node: Node<'t>, scope: ScopeId) -> Option<f64> {
        match self.values(node, scope)[..] {
            [AbstractValue::Number(number)] => Some(number),
            _ => None,
        }
    }

    fn step(&self) -> bool {
        for tank in [&self.fuel, &self.fuel_of_one] {
            match tank.get() {
                0 => return false,
                left => tank.set(left - 1),
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
                Some((first, rest)) => {
                    let first = vec![AbstractValue::Path(self.adapter.free(first).into())];
                    self.behind(first, rest, deeper)
                }
                None => vec![AbstractValue::Unknown],
            },
            ExprShape::Chain(Some(object), names) => {
                let objects = self.value(object, scope, deeper);
                self.behind(objects, &names, deeper)
            }
            ExprShape::Index(object, key) => {
                let objects = self.value(object, scope, deeper);
                if objects
                    .iter()
                    .all(|one| matches!(one, AbstractValue::Unknown | AbstractValue::Local))
                {
                    return vec![AbstractValue::Unknown];
                }
                self.members_by(objects, self.value(key, scope, deeper), deeper)
            }
            ExprShape::Call(callee, arguments) => {
                let callees = self.value(callee, scope, deeper);
                self.results(&callees, arguments, scope, deeper)
            }
            ExprShape::Text(text) => vec![match text.len() <= MAX_TEXT {
                true => AbstractValue::Text(text.into()),
                false => AbstractValue::Unknown,
            }],
            ExprShape::Number(number) => vec![AbstractValue::Number(number)],
            ExprShape::Binary(left, operator, right) => {
                let left = self.value(left, scope, deeper);
                let right = self.value(right, scope, deeper);
                match (&left[..], &right[..]) {
                    ([left], [right]) => vec![compute(left, operator, right)],
                    _ => vec![AbstractValue::Unknown],
                }
            }
            ExprShape::Either(one, other) => {
                let mut values = self.value(one, scope, deeper);
                add(&mut values, self.value(other, scope, deeper));
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
            if let Some(given) = scope.names.get(name).filter(|_| !is_hidden) {
                return self.binding(given, depth);
            }
            for wildcard in &scope.wildcards {
                let found = self.members(self.one(wildcard, depth), name, depth);
                if found.iter().any(|value| self.is_known(value)) {
                    return found;
                }
            }
            at = scope.parent;
        }
        vec![AbstractValue::Path(self.adapter.free(name).into())]
    }

    /// A wildcard has any name that somebody asks for: only those in the table are believed.
    fn is_known(&self, value: &AbstractValue) -> bool {
        match value {
            AbstractValue::Path(path) => self.adapter.table().knows(path),
            AbstractValue::Unknown => false,
            _ => true,
        }
    }

    fn binding(&self, given: &[Binding<'t>], depth: u32) -> ValueSet {
        let mut values = ValueSet::new();
        for one in given {
            add(&mut values, self.one(one, depth));
        }
        values
    }

    fn one(&self, binding: &Binding<'t>, depth: u32) -> ValueSet {
        if depth > MAX_DEPTH || !self.step() {
            return vec![AbstractValue::Unknown];
        }
        match binding {
            Binding::Path(path) => vec![AbstractValue::Path(path.clone())],
            Binding::Value(node, scope) => self.value(*node, *scope, depth + 1),
            Binding::Part(whole, name) => {
                let whole = self.one(whole, depth + 1);
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
                    Some(given) => self.binding(given, depth),
                    None => {
                        let wild = scope.wildcards.iter();
                        wild.flat_map(|one| self.members(self.one(one, depth + 1), name, depth + 1))
                            .collect()
                    }
                }
            }
            // `'ev'.concat('al')` is left alone; what a text has no table names.
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

    /// Of something outside of the program, by a key that is not written out: it may be any of its parts.
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
                // What a method of it answers is not it.
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
            if left.len() + right.len() <= MAX_TEXT =>
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

/// The expressions in a list of arguments, one of them.
pub(crate) fn argument<'t>(arguments: Node<'t>, index: usize) -> Option<Node<'t>> {
    let mut cursor = arguments.walk();
    arguments
        .named_children(&mut cursor)
        .filter(|node| !node.is_extra())
        .nth(index)
}
