//! What the value of an attribute holds in any case, by the calls that make it, and what takes that away again.

use t2m_semantic::tables::Tables;
use t2m_semantic::{FileFacts, Kind};
use t2m_syntax::ast;

use super::arguments::Arguments;
use super::layers;
use crate::receiver;

/// Items of lists that are written out in a plan.
const MOST_ITEMS: usize = 64;

/// An array that is there in any case: its name, and its shape as far as the call says it in numbers, as `64, 3, ?, ?`.
#[derive(Debug, Clone)]
pub(super) struct Held {
    pub(super) name: String,
    pub(super) shape: Option<String>,
}

impl Held {
    pub(super) fn below(&self, front: &str) -> Self {
        Self { name: format!("{front}{}", self.name), shape: self.shape.clone() }
    }
}

/// Names below the attribute: `weight` of a layer, `0.weight` of a `Sequential`, `*.weight` of each item of a list that a loop makes.
pub(super) fn holds(tables: &Tables, facts: &FileFacts, value: &ast::Expr) -> Vec<Held> {
    let ast::Expr::Call(call) = value else { return Vec::new() };
    let Some(name) = facts.qualified(&call.func) else { return Vec::new() };
    let item = |name: &str, value: &ast::Expr| -> Vec<Held> {
        if receiver::parameter(facts, value).is_some() {
            return vec![Held { name: name.to_owned(), shape: None }];
        }
        // One `*` says all that is known of an item.
        holds(tables, facts, value)
            .into_iter()
            .filter(|held| !held.name.contains('*'))
            .map(|held| held.below(&format!("{name}.")))
            .collect()
    };
    let items = |values: &[ast::Expr]| -> Vec<Held> {
        if values.iter().any(|value| matches!(value, ast::Expr::Starred(_))) {
            return Vec::new();
        }
        values.iter().enumerate().take(MOST_ITEMS).flat_map(|(i, value)| item(&i.to_string(), value)).collect()
    };
    let looped = |element: &ast::Expr, generators: &[ast::Comprehension]| -> Vec<Held> {
        let [generator] = generators else { return Vec::new() };
        let count = count(&generator.iter).filter(|_| generator.ifs.is_empty());
        match count {
            Some(count) => (0..count).flat_map(|i| item(&i.to_string(), element)).collect(),
            None => item("*", element),
        }
    };
    let list = |value: &ast::Expr| match value {
        ast::Expr::List(list) => items(&list.elts),
        ast::Expr::Tuple(list) => items(&list.elts),
        ast::Expr::ListComp(made) => looped(&made.elt, &made.generators),
        ast::Expr::GeneratorExp(made) => looped(&made.elt, &made.generators),
        _ => Vec::new(),
    };
    match (name, &call.args[..]) {
        ("torch.nn.ModuleList" | "torch.nn.ParameterList", [value]) => list(value),
        ("torch.nn.Sequential", [ast::Expr::Starred(value)]) => list(&value.value),
        ("torch.nn.Sequential", [ast::Expr::Call(dict)])
            if facts.qualified(&dict.func).is_some_and(|name| name.ends_with("OrderedDict")) =>
        {
            match &dict.args[..] {
                [ast::Expr::List(pairs)] => pairs.elts.iter().flat_map(|pair| named(pair, &item)).collect(),
                _ => Vec::new(),
            }
        }
        ("torch.nn.Sequential", values) => items(values),
        ("torch.nn.ModuleDict" | "torch.nn.ParameterDict", [ast::Expr::Dict(dict)]) => {
            let pairs = dict.keys.iter().zip(&dict.values);
            pairs.flat_map(|(key, value)| key.as_ref().and_then(receiver::string).map(|key| item(key, value)).unwrap_or_default()).collect()
        }
        _ => layers::holds(name, &Arguments::of(tables, name, Some(call)), &|value| copied(tables, facts, value)),
    }
}

/// What a copy of a layer holds that is made there, or was made before.
fn copied(tables: &Tables, facts: &FileFacts, value: &ast::Expr) -> Vec<Held> {
    match facts.fact(value).kind {
        Kind::Layer(layer) if !value.is_call_expr() => {
            layers::holds(&layer, &Arguments::of(tables, &layer, None), &|value| copied(tables, facts, value))
        }
        _ => holds(tables, facts, value),
    }
}

/// `("conv", nn.Conv2d(...))`
fn named(pair: &ast::Expr, item: &dyn Fn(&str, &ast::Expr) -> Vec<Held>) -> Vec<Held> {
    let ast::Expr::Tuple(pair) = pair else { return Vec::new() };
    match &pair.elts[..] {
        [name, value] => receiver::string(name).map(|name| item(name, value)).unwrap_or_default(),
        _ => Vec::new(),
    }
}

/// `range(3)`
fn count(iter: &ast::Expr) -> Option<usize> {
    let ast::Expr::Call(call) = iter else { return None };
    match (&*call.func, &call.args[..]) {
        (ast::Expr::Name(name), [end]) if name.id.as_str() == "range" => {
            let end = receiver::number(end).filter(|end| end.fract() == 0. && (0. ..=MOST_ITEMS as f64).contains(end))?;
            Some(end as usize)
        }
        _ => None,
    }
}

/// Methods that put something in the place of what a container holds, or of a parameter.
const CHANGING: &[&str] = &[
    "append",
    "extend",
    "insert",
    "pop",
    "popitem",
    "clear",
    "update",
    "setdefault",
    "register_parameter",
    "register_module",
    "add_module",
    "__setitem__",
    "__delitem__",
];

/// What a statement changes inside of attributes of `self`: the attribute, and the name in it if the statement names one.
pub(super) fn changes<'a>(facts: &FileFacts, stmt: &'a ast::Stmt) -> Vec<(&'a str, Option<String>)> {
    let inside = |target: &'a ast::Expr| -> Option<(&'a str, Option<String>)> {
        let attribute = root(target)?;
        match target {
            ast::Expr::Attribute(part) if matches!(part.attr.as_str(), "data" | "grad" | "requires_grad") => None,
            ast::Expr::Attribute(part) => Some((attribute, Some(part.attr.to_string()))),
            // `self.fc.weight[0] = 0` writes into an array.
            ast::Expr::Subscript(item) if matches!(&*item.value, ast::Expr::Attribute(part) if !is_own(&item.value) && layers::is_held(part.attr.as_str())) => {
                None
            }
            _ => Some((attribute, None)),
        }
    };
    let all = |targets: &'a [ast::Expr]| targets.iter().flat_map(spread).filter_map(inside).collect();
    match stmt {
        ast::Stmt::Assign(assign) if receiver::parameter(facts, &assign.value).is_some() => Vec::new(),
        ast::Stmt::Assign(assign) => all(&assign.targets),
        ast::Stmt::Delete(delete) => all(&delete.targets),
        ast::Stmt::AugAssign(assign) => own_name(&assign.target).map(|name| (name, None)).into_iter().collect(),
        ast::Stmt::Expr(expr) => {
            let ast::Expr::Call(call) = &*expr.value else { return Vec::new() };
            let changed = match &*call.func {
                ast::Expr::Attribute(method) if CHANGING.contains(&method.attr.as_str()) => {
                    own_name(&method.value).or_else(|| root(&method.value))
                }
                ast::Expr::Name(name) if matches!(name.id.as_str(), "setattr" | "delattr") => {
                    call.args.first().and_then(|object| own_name(object).or_else(|| root(object)))
                }
                _ => None,
            };
            changed.map(|name| (name, None)).into_iter().collect()
        }
        _ => Vec::new(),
    }
}

/// The attribute of `self` that something lies in: `fc` of `self.fc.bias`, `layers` of `self.layers[0].bias`.
fn root(expr: &ast::Expr) -> Option<&str> {
    let below = match expr {
        ast::Expr::Attribute(attribute) => &*attribute.value,
        ast::Expr::Subscript(item) => &*item.value,
        _ => return None,
    };
    own_name(below).or_else(|| root(below))
}

fn is_own(expr: &ast::Expr) -> bool {
    own_name(expr).is_some()
}

/// `self.name`
fn own_name(expr: &ast::Expr) -> Option<&str> {
    match expr {
        ast::Expr::Attribute(attribute) if matches!(&*attribute.value, ast::Expr::Name(name) if name.id.as_str() == "self") => {
            Some(attribute.attr.as_str())
        }
        _ => None,
    }
}

fn spread(target: &ast::Expr) -> &[ast::Expr] {
    match target {
        ast::Expr::Tuple(tuple) => &tuple.elts,
        ast::Expr::List(list) => &list.elts,
        target => std::slice::from_ref(target),
    }
}

/// Whether something that is held is gone if this is changed.
pub(super) fn is_lost(held: &str, part: Option<&str>) -> bool {
    part.is_none_or(|part| held.split('.').any(|name| name == part))
}
