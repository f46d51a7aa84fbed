//! What an expression is worth, as far as that is known without running it: names are followed through
//! scopes, imports, aliases, members and constant texts. Bounded in depth, and altogether in steps, so
//! that no text can make it long.

use std::cell::Cell;
use std::rc::Rc;

use tree_sitter::Node;

use crate::scope::{Bound, ROOT, ScopeId, ScopeKind, Scopes};
use crate::shape::{Shape, Text};
use crate::tables::Special;
use crate::walk::Dialect;

const MAX_DEPTH: u32 = 24;
/// Followed ways at once.
const MAX_VALUES: usize = 8;
const MAX_TEXT: usize = 200;
/// For one text: some ten milliseconds.
const FUEL: u32 = 400_000;
/// For one use of a name: what a plain program needs is below fifty.
const FUEL_OF_ONE: u32 = 4_000;

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value {
    Path(Rc<str>),
    Text(Rc<str>),
    Number(f64),
    Inside(ScopeId),
    Own,
    Unknown,
}

pub(crate) struct Resolver<'a, 't, 's> {
    pub scopes: &'a Scopes<'t, 's>,
    pub text: Text<'s>,
    pub dialect: &'a dyn Dialect,
    fuel: Cell<u32>,
    fuel_of_one: Cell<u32>,
}

type Values = Vec<Value>;

impl<'a, 't, 's> Resolver<'a, 't, 's> {
    pub fn new(scopes: &'a Scopes<'t, 's>, text: Text<'s>, dialect: &'a dyn Dialect) -> Self {
        Resolver {
            scopes,
            text,
            dialect,
            fuel: Cell::new(FUEL),
            fuel_of_one: Cell::new(FUEL_OF_ONE),
        }
    }

    /// All that an expression may be worth.
    pub fn values(&self, node: Node<'t>, scope: ScopeId) -> Values {
        self.fuel_of_one.set(FUEL_OF_ONE);
        self.value(node, scope, 0)
    }

    /// The same for names one behind the other.
    pub fn chain(&self, names: &[&str], scope: ScopeId) -> Values {
        self.fuel_of_one.set(FUEL_OF_ONE);
        match names.split_first() {
            Some((first, rest)) => self.behind(self.name(first, scope, 0), rest, 0),
            None => Values::new(),
        }
    }

    fn behind(&self, mut values: Values, names: &[&str], depth: u32) -> Values {
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
            [Value::Number(number)] => Some(number),
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

    fn value(&self, node: Node<'t>, scope: ScopeId, depth: u32) -> Values {
        if depth > MAX_DEPTH || !self.step() {
            return vec![Value::Unknown];
        }
        let deeper = depth + 1;
        match self.dialect.shape(node, self.text) {
            Shape::Name(name) => self.name(name, scope, deeper),
            Shape::Member(object, name) => {
                let objects = self.value(object, scope, deeper);
                self.members(objects, name, deeper)
            }
            Shape::Chain(None, names) => match names.split_first() {
                Some((first, rest)) => {
                    let first = vec![Value::Path(self.dialect.free(first).into())];
                    self.behind(first, rest, deeper)
                }
                None => vec![Value::Unknown],
            },
            Shape::Chain(Some(object), names) => {
                let objects = self.value(object, scope, deeper);
                self.behind(objects, &names, deeper)
            }
            Shape::Index(object, key) => {
                let objects = self.value(object, scope, deeper);
                if objects
                    .iter()
                    .all(|one| matches!(one, Value::Unknown | Value::Own))
                {
                    return vec![Value::Unknown];
                }
                self.members_by(objects, self.value(key, scope, deeper), deeper)
            }
            Shape::Call(callee, arguments) => {
                let callees = self.value(callee, scope, deeper);
                self.results(&callees, arguments, scope, deeper)
            }
            Shape::Text(text) => vec![match text.len() <= MAX_TEXT {
                true => Value::Text(text.into()),
                false => Value::Unknown,
            }],
            Shape::Number(number) => vec![Value::Number(number)],
            Shape::Binary(left, operator, right) => {
                let left = self.value(left, scope, deeper);
                let right = self.value(right, scope, deeper);
                match (&left[..], &right[..]) {
                    ([left], [right]) => vec![compute(left, operator, right)],
                    _ => vec![Value::Unknown],
                }
            }
            Shape::Either(one, other) => {
                let mut values = self.value(one, scope, deeper);
                add(&mut values, self.value(other, scope, deeper));
                values
            }
            Shape::Same(inner) => self.value(inner, scope, deeper),
            Shape::Outermost => vec![Value::Inside(ROOT)],
            Shape::Opaque => vec![Value::Unknown],
        }
    }

    fn name(&self, name: &str, start: ScopeId, depth: u32) -> Values {
        let mut at = Some(start);
        let mut skip_members = false;
        while let Some(id) = at {
            if !self.step() {
                return vec![Value::Unknown];
            }
            let scope = self.scopes.get(id);
            let is_hidden = scope.kind == ScopeKind::Members && skip_members;
            skip_members |= scope.kind == ScopeKind::Function;
            if let Some(given) = scope.names.get(name).filter(|_| !is_hidden) {
                return self.bound(given, depth);
            }
            for wildcard in &scope.wildcards {
                let found = self.members(self.one(wildcard, depth), name, depth);
                if found.iter().any(|value| self.is_known(value)) {
                    return found;
                }
            }
            at = scope.parent;
        }
        vec![Value::Path(self.dialect.free(name).into())]
    }

    /// A wildcard has any name that somebody asks for: only those in the table are believed.
    fn is_known(&self, value: &Value) -> bool {
        match value {
            Value::Path(path) => self.dialect.table().knows(path),
            Value::Unknown => false,
            _ => true,
        }
    }

    fn bound(&self, given: &[Bound<'t>], depth: u32) -> Values {
        let mut values = Values::new();
        for one in given {
            add(&mut values, self.one(one, depth));
        }
        values
    }

    fn one(&self, bound: &Bound<'t>, depth: u32) -> Values {
        if depth > MAX_DEPTH || !self.step() {
            return vec![Value::Unknown];
        }
        match bound {
            Bound::Path(path) => vec![Value::Path(path.clone())],
            Bound::Value(node, scope) => self.value(*node, *scope, depth + 1),
            Bound::Part(whole, name) => {
                let whole = self.one(whole, depth + 1);
                self.members(whole, name, depth + 1)
            }
            Bound::Inside(scope) => vec![Value::Inside(*scope)],
            Bound::Own => vec![Value::Own],
        }
    }

    fn members(&self, objects: Values, name: &str, depth: u32) -> Values {
        let member = |object: Value| match object {
            Value::Path(path) => vec![Value::Path(self.dialect.table().join(&path, name))],
            Value::Inside(scope) => {
                let scope = self.scopes.get(scope);
                match scope.names.get(name) {
                    Some(given) => self.bound(given, depth),
                    None => {
                        let wild = scope.wildcards.iter();
                        wild.flat_map(|one| self.members(self.one(one, depth + 1), name, depth + 1))
                            .collect()
                    }
                }
            }
            // `'ev'.concat('al')` is left alone; what a text has no table names.
            _ => vec![Value::Unknown],
        };
        if depth > MAX_DEPTH || !self.step() {
            return vec![Value::Unknown];
        }
        let mut values = Values::new();
        for object in objects {
            add(&mut values, member(object));
        }
        values
    }

    /// Of something outside of the program, by a key that is not written out: it may be any of its parts.
    fn members_by(&self, objects: Values, keys: Values, depth: u32) -> Values {
        let mut values = Values::new();
        for key in keys {
            match key {
                Value::Text(name) => add(&mut values, self.members(objects.clone(), &name, depth)),
                _ => add(&mut values, self.members(objects.clone(), "?", depth)),
            }
        }
        values
    }

    fn results(
        &self,
        callees: &[Value],
        arguments: Option<Node<'t>>,
        scope: ScopeId,
        depth: u32,
    ) -> Values {
        let argument = |index: usize| match arguments.and_then(|all| argument(all, index)) {
            Some(node) => self.value(node, scope, depth),
            None => vec![Value::Unknown],
        };
        let mut values = Values::new();
        for callee in callees {
            let Value::Path(path) = callee else { continue };
            let result = match self.dialect.table().special(path) {
                Some(Special::Import(prefix)) => {
                    let import = |value: Value| match value {
                        Value::Text(name) => {
                            Value::Path(self.dialect.table().import(prefix, &name))
                        }
                        _ => Value::Unknown,
                    };
                    argument(0).into_iter().map(import).collect()
                }
                Some(Special::Member) => self.members_by(argument(0), argument(1), depth),
                Some(Special::First) => argument(0),
                Some(Special::Everything(path)) => vec![Value::Path((*path).into())],
                // What a method of it answers is not it.
                None => vec![Value::Path(format!("{path}()").into())],
            };
            add(&mut values, result);
        }
        if values.is_empty() {
            values.push(Value::Unknown);
        }
        values
    }
}

fn add(values: &mut Values, more: Values) {
    for value in more {
        if values.len() < MAX_VALUES && !values.contains(&value) {
            values.push(value);
        }
    }
}

fn compute(left: &Value, operator: &str, right: &Value) -> Value {
    match (left, operator, right) {
        (Value::Text(left), "+", Value::Text(right)) if left.len() + right.len() <= MAX_TEXT => {
            Value::Text(format!("{left}{right}").into())
        }
        (Value::Number(left), _, Value::Number(right)) => match operator {
            "+" => Value::Number(left + right),
            "-" => Value::Number(left - right),
            "*" => Value::Number(left * right),
            "/" | "//" => Value::Number(left / right),
            "**" => Value::Number(left.powf(*right)),
            "<<" => Value::Number(left * right.exp2()),
            _ => Value::Unknown,
        },
        _ => Value::Unknown,
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
