//! Names of variables, parameters and attributes that are somewhere 0 or an empty list, as far as a project writes it out: `Net(depth=0)`, `extra: int = 0`.
//! By name alone, so that what calls pass on is followed through any object.

use rustc_hash::FxHashSet;
use t2m_semantic::{Entity, Facts, FileFacts};
use t2m_syntax::Node;
use t2m_syntax::ast;

use crate::receiver;
use crate::rules::last_name;

#[derive(Debug, Default)]
pub(crate) struct Found<'a> {
    zero: FxHashSet<&'a str>,
    /// Names whose values get other names: `Encoder(depth=layers)`.
    passed: FxHashSet<(&'a str, &'a str)>,
}

/// All names of a project that are somewhere 0 or empty.
pub(crate) fn of_all<'a, 'f>(files: impl Iterator<Item = &'f Found<'a>> + Clone) -> FxHashSet<&'a str>
where
    'a: 'f,
{
    let mut zero: FxHashSet<&str> = files.clone().flat_map(|file| &file.zero).copied().collect();
    let passed: Vec<(&str, &str)> = files.flat_map(|file| &file.passed).copied().collect();
    loop {
        let known = zero.len();
        let new: Vec<&str> = passed.iter().filter(|(from, _)| zero.contains(from)).map(|(_, to)| *to).collect();
        zero.extend(new);
        if zero.len() == known {
            return zero;
        }
    }
}

impl<'a> Found<'a> {
    pub(crate) fn read(&mut self, node: Node<'a>, facts: &'a Facts, of_file: &'a FileFacts) {
        match node {
            Node::Stmt(ast::Stmt::FunctionDef(def)) => {
                for arg in def.args.posonlyargs.iter().chain(&def.args.args).chain(&def.args.kwonlyargs) {
                    arg.default.iter().for_each(|default| self.give(default, arg.def.arg.as_str()));
                }
            }
            Node::Stmt(ast::Stmt::For(turns)) => {
                if writes_zero(&turns.iter) {
                    self.all(&turns.target);
                }
            }
            Node::Stmt(stmt) => {
                if let Some((target, value)) = receiver::assignment(stmt)
                    && let Some(name) = last_name(target)
                    && !(target.is_name_expr() && value.is_list_expr())
                {
                    // A list that a function begins with gets items.
                    self.give(value, name);
                }
            }
            Node::Expr(ast::Expr::Call(call)) => self.call(call, facts, of_file),
            // `{"depth": 0}`, for `Net(**config)`
            Node::Expr(ast::Expr::Dict(dict)) => {
                for (key, value) in dict.keys.iter().zip(&dict.values) {
                    key.iter().filter_map(receiver::string).for_each(|name| self.give(value, name));
                }
            }
            Node::Expr(_) => {}
        }
    }

    fn call(&mut self, call: &'a ast::ExprCall, facts: &'a Facts, of_file: &'a FileFacts) {
        for keyword in &call.keywords {
            keyword.arg.iter().for_each(|name| self.give(&keyword.value, name.as_str()));
        }
        let (function, skipped) = match of_file.entity(&call.func) {
            Some(Entity::Function(id)) => (Some(*id), 0),
            Some(Entity::Class(class)) => (facts.lookup_method(*class, "__init__"), 1),
            _ => return,
        };
        let Some(function) = function else { return };
        for (value, param) in call.args.iter().zip(facts.function(function).params.iter().skip(skipped)) {
            self.give(value, param.name.as_str());
        }
    }

    fn give(&mut self, value: &'a ast::Expr, name: &'a str) {
        if is_zero(value) {
            self.zero.insert(name);
        } else if let Some(from) = last_name(value).filter(|from| *from != name) {
            self.passed.insert((from, name));
        }
    }

    fn all(&mut self, target: &'a ast::Expr) {
        match target {
            ast::Expr::Name(name) => {
                self.zero.insert(name.id.as_str());
            }
            ast::Expr::Tuple(parts) => parts.elts.iter().for_each(|part| self.all(part)),
            _ => {}
        }
    }
}

fn is_zero(value: &ast::Expr) -> bool {
    match value {
        ast::Expr::Constant(constant) => constant.value.as_int().is_some_and(|n| *n == 0.into()),
        ast::Expr::List(ast::ExprList { elts, .. }) | ast::Expr::Tuple(ast::ExprTuple { elts, .. }) => elts.is_empty(),
        _ => false,
    }
}

/// `(0, 2)`, `[(3, []), (1, [2])]`
fn writes_zero(items: &ast::Expr) -> bool {
    is_zero(items)
        || matches!(items, ast::Expr::List(ast::ExprList { elts, .. }) | ast::Expr::Tuple(ast::ExprTuple { elts, .. }) if elts.iter().any(writes_zero))
}
