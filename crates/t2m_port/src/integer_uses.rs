//! What becomes of integers that are made of floats. Where all uses are known to need no gradient, an index, a size, a comparison, a number of Python's, nothing
//! has to stop one; where a use is not followed, something has to.

use std::cell::RefCell;
use std::sync::LazyLock;

use rustc_hash::{FxHashMap, FxHashSet};
use serde::Deserialize;
use t2m_semantic::Kind;
use t2m_semantic::tables::read_names;
use t2m_syntax::ast::{self, Ranged};
use t2m_syntax::{Node, TextSize};

use crate::called_operator::CalledOperator;
use crate::cx::Cx;
use crate::integers::{self, is_float, is_integer};
use crate::rules::last_name;
use crate::{gradient_names, receiver, storage, views};

/// From `mappings/names/integer_uses.toml`.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct Names {
    methods: FxHashMap<String, Vec<usize>>,
    functions: FxHashMap<String, Vec<usize>>,
    layers: FxHashMap<String, Vec<usize>>,
    keywords: Keywords,
    words: Words,
    raising: Raising,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct Words {
    names: FxHashSet<String>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct Keywords {
    names: FxHashSet<String>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct Raising {
    ends: FxHashSet<String>,
    names: FxHashSet<String>,
}

static NAMES: LazyLock<Names> = LazyLock::new(|| read_names("integer_uses"));

/// So many steps are followed from the cast.
const DEEPEST: usize = 12;

/// Whether a gradient may come back to integers: floats are computed from them, or a use is not followed.
pub(crate) fn may_meet_floats<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> bool {
    Uses { cx, only_raising: false, is_open: true, seen: RefCell::default() }.is_met(expr, DEEPEST)
}

/// Whether floats are computed from integers in a way that is followed.
pub(crate) fn meet_floats<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> bool {
    Uses { cx, only_raising: false, is_open: false, seen: RefCell::default() }.is_met(expr, DEEPEST)
}

/// Whether integers without a gradient are reduced in a way that MLX differentiates and can't: `(x > 0).int().max()`.
pub(crate) fn is_reduced_in_vain<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> bool {
    Uses { cx, only_raising: true, is_open: false, seen: RefCell::default() }.is_met(expr, DEEPEST)
}

/// `i.max()`, `torch.prod(i, 1)`: a reduction of integers that MLX does not differentiate. `torch.max(i, j)` reduces nothing.
pub(crate) fn raises<'a>(cx: &Cx<'a>, call: &'a ast::ExprCall) -> bool {
    let Some(name) = last_name(&call.func) else { return false };
    let beside = usize::from(cx.qualified(&call.func).is_some());
    let is_of_two = || receiver::argument(call, beside, "other").is_some_and(|other| cx.kind(other).is_tensor());
    NAMES.raising.names.contains(name) && !is_of_two()
}

/// `attention_mask`, `position_ids`: whether a name says that it holds integers.
pub(crate) fn is_name_of_integers(name: &str) -> bool {
    name.split('_').any(|word| NAMES.words.names.contains(word))
}

struct Uses<'c, 'a> {
    cx: &'c Cx<'a>,
    /// Reductions that raise are looked for, not gradients that pass.
    only_raising: bool,
    /// A use that is not followed counts.
    is_open: bool,
    /// Bindings whose readings are looked at already.
    seen: RefCell<FxHashSet<TextSize>>,
}

impl<'a> Uses<'_, 'a> {
    fn is_met(&self, expr: &'a ast::Expr, depth: usize) -> bool {
        let not_followed = self.is_open;
        let Some(next) = depth.checked_sub(1) else { return not_followed };
        match self.cx.parent(expr) {
            Some(Node::Expr(up)) => self.is_met_in(expr, up, next),
            Some(Node::Stmt(stmt)) => self.is_met_in_statement(expr, stmt, next),
            None => not_followed,
        }
    }

    fn is_met_in(&self, expr: &'a ast::Expr, up: &'a ast::Expr, next: usize) -> bool {
        let (met, not_followed) = (!self.only_raising, self.is_open);
        match up {
            ast::Expr::BinOp(operation) => {
                let other = if std::ptr::eq(&*operation.left, expr) { &operation.right } else { &operation.left };
                match self.cx.kind(other) {
                    _ if is_bitwise(operation.op) => self.is_met(up, next),
                    Kind::Tensor(tensor) if tensor.dtype.is_none_or(is_float) => met,
                    Kind::Parameter | Kind::Float => met,
                    _ if matches!(operation.op, ast::Operator::Div) => met,
                    _ => self.is_met(up, next),
                }
            }
            ast::Expr::UnaryOp(operation) => !matches!(operation.op, ast::UnaryOp::Not) && self.is_met(up, next),
            ast::Expr::BoolOp(_) | ast::Expr::Tuple(_) | ast::Expr::List(_) => match self.unpacked(up, expr) {
                Some((name, end)) => self.is_read(name, expr, end, next),
                None => self.is_met(up, next),
            },
            ast::Expr::IfExp(choice) => !std::ptr::eq(&*choice.test, expr) && self.is_met(up, next),
            ast::Expr::Subscript(item) => std::ptr::eq(&*item.value, expr) && self.is_met(up, next),
            ast::Expr::Attribute(attribute) => match self.cx.parent(up) {
                Some(Node::Expr(call @ ast::Expr::Call(of))) if std::ptr::eq(&*of.func, up) => {
                    self.is_met_by_method(call, of, &attribute.attr, next)
                }
                _ => !gradient_names::stops(&attribute.attr) && self.is_met(up, next),
            },
            ast::Expr::Call(call) => self.is_met_as_argument(expr, up, call, next),
            ast::Expr::NamedExpr(named) => {
                let read = |name| self.is_read(name, expr, named.range.end(), next);
                self.is_met(up, next) || named.target.as_name_expr().is_none_or(read)
            }
            ast::Expr::Compare(_) | ast::Expr::Slice(_) | ast::Expr::FormattedValue(_) | ast::Expr::JoinedStr(_) => false,
            _ => not_followed,
        }
    }

    /// `i.float()`, `i.clamp(0, 3)`
    fn is_met_by_method(&self, up: &'a ast::Expr, call: &'a ast::ExprCall, name: &str, next: usize) -> bool {
        if raises(self.cx, call) {
            return self.leaves_host(up, next);
        }
        // `i.long()` still is what it is of, `i.numpy()` is on the host.
        if gradient_names::stops(name) && (!views::is_cast(name) || gradient_names::GRADIENT_NAMES.cuts.contains(name)) {
            return false;
        }
        match self.cx.kind(up) {
            kind if is_integer(&kind) => self.is_met(up, next),
            Kind::Tensor(tensor) if tensor.dtype.is_some_and(is_float) => !self.only_raising,
            _ if integers::casts_as_another(self.cx, call) => !self.only_raising,
            // `i.to(device)`, `i.chunk(2)`
            _ => self.is_met(up, next),
        }
    }

    fn is_met_as_argument(&self, expr: &'a ast::Expr, up: &'a ast::Expr, call: &'a ast::ExprCall, next: usize) -> bool {
        let (met, not_followed) = (!self.only_raising, self.is_open);
        if self.is_known_place(expr, call) {
            return false;
        }
        let Some(name) = last_name(&call.func) else { return not_followed };
        let is_function = self.cx.qualified(&call.func).is_some();
        let is_builtin = || call.func.is_name_expr() && gradient_names::is_plain_builtin(name);
        if is_function && gradient_names::stops(name) && !views::is_cast(name) && !matches!(name, "tensor" | "asarray") || is_builtin() {
            return false;
        }
        if is_function && raises(self.cx, call) {
            return self.leaves_host(up, next);
        }
        if let Some(called) = CalledOperator::of(self.cx, call) {
            return match self.cx.kind(called.beside(expr)) {
                Kind::Tensor(tensor) if tensor.dtype.is_none_or(is_float) => met,
                Kind::Parameter | Kind::Float => met,
                _ => self.is_met(up, next),
            };
        }
        // `x.eq(i)`
        let is_method = call.func.is_attribute_expr() && !is_function;
        if is_method && gradient_names::chooses(name) {
            return false;
        }
        // `torch.clamp(i, 0, 3)`, `i.scatter(1, places, j)`
        let gives_all = match &*call.func {
            _ if is_function => self.cx.qualified(&call.func).is_some_and(|name| name.starts_with("torch.")),
            ast::Expr::Attribute(method) => self.cx.kind(&method.value).is_tensor(),
            _ => false,
        };
        match self.cx.kind(up) {
            Kind::Tensor(tensor) if tensor.dtype.is_some_and(is_float) => met,
            _ if gives_all => self.is_met(up, next),
            _ => not_followed,
        }
    }

    /// Whether an argument is a place, a mask or the like.
    fn is_known_place(&self, expr: &ast::Expr, call: &'a ast::ExprCall) -> bool {
        let Some(name) = last_name(&call.func) else { return false };
        let (places, before) = if let Some(layer) = receiver::layer(self.cx, &call.func) {
            let layer = layer.as_static();
            (NAMES.layers.get(layer.rsplit('.').next().unwrap_or(layer)), 0)
        } else if self.cx.qualified(&call.func).is_some() {
            let own = NAMES.functions.get(name);
            (own.or_else(|| NAMES.methods.get(name)), usize::from(own.is_none()))
        } else if call.func.is_attribute_expr() {
            (NAMES.methods.get(name.strip_suffix('_').unwrap_or(name)), 0)
        } else {
            (None, 0)
        };
        let Some(places) = places else { return false };
        match call.args.iter().position(|arg| std::ptr::eq(arg, expr)) {
            Some(at) => at >= before && (places.is_empty() || places.contains(&(at - before))),
            None => call.keywords.iter().any(|keyword| {
                std::ptr::eq(&keyword.value, expr) && keyword.arg.as_deref().is_some_and(|name| NAMES.keywords.names.contains(name))
            }),
        }
    }

    /// Whether what a reduction that raises gives may have a gradient: of numbers of Python's none is taken.
    fn leaves_host(&self, up: &'a ast::Expr, next: usize) -> bool {
        let Some(next) = next.checked_sub(1) else { return true };
        match self.cx.parent(up) {
            Some(Node::Expr(method @ ast::Expr::Attribute(attribute))) => {
                !NAMES.raising.ends.contains(attribute.attr.as_str())
                    && match self.cx.parent(method) {
                        Some(Node::Expr(call @ ast::Expr::Call(of))) if std::ptr::eq(&*of.func, method) => self.leaves_host(call, next),
                        _ => self.leaves_host(method, next),
                    }
            }
            Some(Node::Expr(up @ ast::Expr::Call(call))) => {
                let is_size = last_name(&call.func).is_some_and(|name| call.func.is_name_expr() && gradient_names::is_plain_builtin(name));
                !is_size && self.leaves_host(up, next)
            }
            Some(Node::Expr(up @ (ast::Expr::BinOp(_) | ast::Expr::Compare(_) | ast::Expr::BoolOp(_) | ast::Expr::UnaryOp(_)))) => {
                self.leaves_host(up, next)
            }
            Some(Node::Expr(ast::Expr::FormattedValue(_) | ast::Expr::JoinedStr(_))) => false,
            Some(Node::Expr(ast::Expr::IfExp(choice))) => !std::ptr::eq(&*choice.test, up),
            Some(Node::Stmt(ast::Stmt::If(_) | ast::Stmt::While(_) | ast::Stmt::Assert(_) | ast::Stmt::Expr(_))) => false,
            Some(Node::Stmt(ast::Stmt::Assign(assign))) => match &assign.targets[..] {
                [ast::Expr::Name(name)] if self.seen.borrow_mut().insert(assign.range.start()) => {
                    integers::is_read_after(self.cx, name, up, assign.range.end(), &mut |read| self.leaves_host(read, next))
                }
                [ast::Expr::Name(_)] => false,
                _ => true,
            },
            _ => true,
        }
    }

    fn is_met_in_statement(&self, expr: &'a ast::Expr, stmt: &'a ast::Stmt, next: usize) -> bool {
        let not_followed = self.is_open;
        match stmt {
            ast::Stmt::Assign(assign) => assign.targets.iter().any(|target| self.is_met_through(target, expr, assign.range.end(), next)),
            ast::Stmt::AnnAssign(assign) => self.is_met_through(&assign.target, expr, assign.range.end(), next),
            ast::Stmt::AugAssign(assign) => match self.cx.kind(&assign.target) {
                kind if is_integer(&kind) || kind == Kind::Int => self.is_met_through(&assign.target, expr, assign.range.end(), next),
                _ => not_followed,
            },
            ast::Stmt::Return(_) => self.is_met_by_callers(stmt, next),
            ast::Stmt::Expr(_) | ast::Stmt::If(_) | ast::Stmt::While(_) | ast::Stmt::Assert(_) | ast::Stmt::Raise(_) => false,
            _ => not_followed,
        }
    }

    /// Whether a caller meets what a function returns: the callers of `_buckets` are all in its file, those of another function perhaps.
    fn is_met_by_callers(&self, at: &'a ast::Stmt, next: usize) -> bool {
        let not_followed = self.is_open;
        let function = self.cx.ancestors(Node::Stmt(at)).find_map(|up| match up {
            Node::Stmt(ast::Stmt::FunctionDef(def)) => Some(def),
            _ => None,
        });
        let is_own = |def: &&ast::StmtFunctionDef| def.name.starts_with('_') && !def.name.starts_with("__");
        let Some(def) = function.filter(|def| is_own(def) || !not_followed) else { return not_followed };
        if !self.seen.borrow_mut().insert(def.range.start()) {
            return false;
        }
        let (mut is_called, mut is_met) = (false, false);
        for stmt in &self.cx.file.suite {
            Node::Stmt(stmt).walk(&mut |node| {
                let Node::Expr(named) = node else { return };
                if is_met || last_name(named) != Some(def.name.as_str()) {
                    return;
                }
                is_met = match self.cx.parent(named) {
                    Some(Node::Expr(up @ ast::Expr::Call(call))) if std::ptr::eq(&*call.func, named) => self.is_met(up, next),
                    _ => not_followed,
                };
                is_called = true;
            });
        }
        is_met || !is_called && not_followed
    }

    /// Whether what a target is bound to is met.
    fn is_met_through(&self, target: &'a ast::Expr, expr: &'a ast::Expr, end: TextSize, next: usize) -> bool {
        match target {
            ast::Expr::Name(name) => self.is_read(name, expr, end, next),
            // `a, b = i.chunk(2)`
            ast::Expr::Tuple(ast::ExprTuple { elts, .. }) | ast::Expr::List(ast::ExprList { elts, .. }) => {
                elts.iter().any(|part| self.is_met_through(part, expr, end, next))
            }
            ast::Expr::Starred(rest) => self.is_met_through(&rest.value, expr, end, next),
            // `mask[:, 1:] = i`
            ast::Expr::Subscript(item) if is_integer(&self.cx.kind(&item.value)) => match storage::owner(self.cx, &item.value) {
                ast::Expr::Name(name) => self.is_read(name, expr, end, next),
                _ => self.is_open,
            },
            _ if integers::is_place_of_names(target) => {
                self.seen.borrow_mut().insert(target.range().start())
                    && integers::is_place_read(self.cx, target, &mut |read| self.is_met(read, next))
            }
            _ => self.is_open,
        }
    }

    fn is_read(&self, name: &'a ast::ExprName, value: &'a ast::Expr, end: TextSize, next: usize) -> bool {
        // Where the same is bound twice, its readings are looked at once.
        self.seen.borrow_mut().insert(name.range.start())
            && integers::is_read_after(self.cx, name, value, end, &mut |read| self.is_met(read, next))
    }

    /// The name that one of several values is bound to, and the end of the statement that does.
    fn unpacked(&self, tuple: &'a ast::Expr, value: &ast::Expr) -> Option<(&'a ast::ExprName, TextSize)> {
        integers::unpacked_name(self.cx, tuple, value).map(|(name, stmt)| (name, stmt.range.end()))
    }
}

fn is_bitwise(op: ast::Operator) -> bool {
    matches!(op, ast::Operator::BitAnd | ast::Operator::BitOr | ast::Operator::BitXor | ast::Operator::LShift | ast::Operator::RShift)
}
