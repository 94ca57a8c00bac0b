//! What an expression computes, in whichever way it is spelled: a function of torch, a method of a tensor, an operator.

use t2m_semantic::kind::DType;
use t2m_semantic::tables::Tables;
use t2m_semantic::{Entity, Kind};
use t2m_syntax::ast;

use super::flow::{Flow, Region, Term};
use crate::cx::Cx;
use crate::receiver;
pub(super) use crate::receiver::number;

/// A call of a torch function or of a tensor's method. The tensor is the first argument of either.
pub(super) struct Op<'a> {
    pub(super) name: &'a str,
    args: Vec<&'a ast::Expr>,
    keywords: &'a [ast::Keyword],
}

impl<'a> Op<'a> {
    /// An argument by its place, or by one of its names.
    pub(super) fn arg(&self, place: usize, names: &[&str]) -> Option<&'a ast::Expr> {
        self.args.get(place).copied().or_else(|| {
            let named = |kw: &&ast::Keyword| kw.arg.as_ref().is_some_and(|arg| names.contains(&arg.as_str()));
            self.keywords.iter().find(named).map(|kw| &kw.value)
        })
    }

    pub(super) fn keywords_are(&self, keywords: &[&str]) -> bool {
        self.keywords.iter().all(|kw| kw.arg.as_ref().is_some_and(|arg| keywords.contains(&arg.as_str())))
    }

    pub(super) fn has_at_most(&self, places: usize, keywords: &[&str]) -> bool {
        self.args.len() <= places && self.keywords.iter().all(|kw| kw.arg.as_ref().is_some_and(|arg| keywords.contains(&arg.as_str())))
    }
}

pub(super) fn op<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> Option<Op<'a>> {
    let ast::Expr::Call(call) = expr else { return None };
    if call.args.iter().any(|arg| matches!(arg, ast::Expr::Starred(_))) {
        return None;
    }
    let mut args: Vec<&ast::Expr> = call.args.iter().collect();
    if let Some(name) = cx.qualified(&call.func) {
        let name = ["torch.nn.functional.", "torch.special.", "torch."].iter().find_map(|prefix| name.strip_prefix(prefix))?;
        return (!name.contains('.')).then_some(Op { name, args, keywords: &call.keywords });
    }
    let ast::Expr::Attribute(method) = &*call.func else { return None };
    let kind = cx.kind(&method.value);
    if cx.entity(&call.func).is_some() || !(kind.is_tensor() || kind.is_unknown() && is_method(cx.tables, &method.attr)) {
        return None;
    }
    args.insert(0, &method.value);
    Some(Op { name: &method.attr, args, keywords: &call.keywords })
}

fn is_method(tables: &Tables, name: &str) -> bool {
    tables.contains(&format!("Tensor.{name}"))
}

/// An integer literal, negative or not.
pub(super) fn integer(expr: &ast::Expr) -> Option<i64> {
    match number(expr)? {
        value if value.fract() == 0.0 && !matches!(literal(expr), Some(ast::Constant::Float(_))) => Some(value as i64),
        _ => None,
    }
}

fn literal(expr: &ast::Expr) -> Option<&ast::Constant> {
    match expr {
        ast::Expr::Constant(constant) => Some(&constant.value),
        ast::Expr::UnaryOp(unary) if matches!(unary.op, ast::UnaryOp::USub) => literal(&unary.operand),
        _ => None,
    }
}

pub(super) fn is_true(expr: &ast::Expr) -> bool {
    matches!(literal(expr), Some(ast::Constant::Bool(true)))
}

pub(super) fn is_false(expr: &ast::Expr) -> bool {
    matches!(literal(expr), Some(ast::Constant::Bool(false)))
}

/// `-1`, `(-1,)`, `[-1]`
pub(super) fn is_last_axis(expr: &ast::Expr) -> bool {
    match expr {
        ast::Expr::Tuple(tuple) => matches!(&tuple.elts[..], [only] if integer(only) == Some(-1)),
        ast::Expr::List(list) => matches!(&list.elts[..], [only] if integer(only) == Some(-1)),
        _ => integer(expr) == Some(-1),
    }
}

pub(super) fn binary(expr: &ast::Expr, operator: ast::Operator) -> Option<(&ast::Expr, &ast::Expr)> {
    match expr {
        ast::Expr::BinOp(binop) if binop.op == operator => Some((&binop.left, &binop.right)),
        _ => None,
    }
}

/// Both orders of a sum or product, by operator.
pub(super) fn either_way(expr: &ast::Expr, operator: ast::Operator) -> impl Iterator<Item = (&ast::Expr, &ast::Expr)> {
    binary(expr, operator).into_iter().flat_map(|(a, b)| [(a, b), (b, a)])
}

/// `x.float()`, `x.to(torch.float32)`, `x.type(torch.float32)`: what is cast.
pub(super) fn to_float32<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> Option<&'a ast::Expr> {
    let op = op(cx, expr)?;
    let value = op.arg(0, &[])?;
    match op.name {
        "float" => op.has_at_most(1, &[]).then_some(value),
        "to" | "type" => (op.has_at_most(2, &["dtype"]) && is_float32(cx, op.arg(1, &["dtype"])?)).then_some(value),
        _ => None,
    }
}

pub(super) fn is_float32(cx: &Cx<'_>, expr: &ast::Expr) -> bool {
    matches!(cx.qualified(expr), Some("torch.float32" | "torch.float"))
}

/// What a cast takes its dtype from.
#[derive(Clone, Copy)]
pub(super) enum CastTo<'a> {
    /// `.type_as(y)`
    Like(Term<'a>),
    /// `.to(y.dtype)`, `.to(input_dtype)`: the dtype as it is written, and `y` if it is seen.
    DType(Term<'a>, Option<Term<'a>>),
}

impl<'a> CastTo<'a> {
    /// Whose dtype it is.
    pub(super) fn of(self) -> Option<Term<'a>> {
        match self {
            Self::Like(term) => Some(term),
            Self::DType(_, of) => of,
        }
    }
}

/// A cast to the dtype of another tensor: what is cast, and to what. The statement that names the dtype stays, unless the region takes it.
pub(super) fn cast<'a>(cx: &Cx<'a>, flow: &Flow<'a>, region: &mut Region<'a>, term: Term<'a>) -> Option<(Term<'a>, CastTo<'a>)> {
    let op = op(cx, term.expr)?;
    let value = term.with(op.arg(0, &[])?);
    match op.name {
        "type_as" if op.has_at_most(2, &["other"]) => Some((value, CastTo::Like(term.with(op.arg(1, &["other"])?)))),
        "to" | "type" if op.has_at_most(2, &["dtype"]) => {
            let dtype = term.with(op.arg(1, &["dtype"])?);
            let mut attempt = Region::default();
            let seen = flow.see(&mut attempt, dtype);
            region.spare(attempt);
            match seen.expr {
                ast::Expr::Attribute(attribute) if attribute.attr.as_str() == "dtype" && cx.entity(seen.expr).is_none() => {
                    Some((value, CastTo::DType(dtype, Some(seen.with(&attribute.value)))))
                }
                _ if cx.kind(dtype.expr) == Kind::DType && matches!(dtype.expr, ast::Expr::Name(_)) => {
                    Some((value, CastTo::DType(dtype, None)))
                }
                _ => None,
            }
        }
        _ => None,
    }
}

/// Whether the expression is a number of Python's for sure. An array would be taken too, but cut off from its gradient.
pub(super) fn is_number<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> bool {
    is_number_within(cx, expr, 8)
}

fn is_number_within<'a>(cx: &Cx<'a>, expr: &'a ast::Expr, depth: usize) -> bool {
    let kind = cx.kind(expr);
    if matches!(kind, Kind::Int | Kind::Float | Kind::Number) || number(expr).is_some() {
        return true;
    }
    if !kind.is_unknown() || depth == 0 {
        return false;
    }
    let below = |expr: &'a ast::Expr| is_number_within(cx, expr, depth - 1);
    match expr {
        ast::Expr::BinOp(binop) => below(&binop.left) && below(&binop.right),
        ast::Expr::UnaryOp(unary) => below(&unary.operand),
        ast::Expr::Call(call) => match cx.entity(&call.func) {
            Some(Entity::Library(name)) => name.starts_with("math."),
            Some(Entity::Builtin(name)) => matches!(name.as_str(), "int" | "float" | "len"),
            _ => false,
        },
        ast::Expr::Attribute(attribute) if matches!(&*attribute.value, ast::Expr::Name(of) if of.id.as_str() == "self") => {
            let stored = stored(cx, expr, &attribute.attr);
            is_size(cx, expr, &attribute.attr)
                || stored.as_ref().is_some_and(|values| !values.is_empty() && values.iter().all(|value| below(value)))
        }
        // `q.shape[-1]`
        ast::Expr::Subscript(e) => {
            matches!(&*e.value, ast::Expr::Attribute(shape) if shape.attr.as_str() == "shape") && number(&e.slice).is_some()
        }
        ast::Expr::Name(name) => {
            let Some(function) = function_around(cx, expr) else { return false };
            match set_once(function, &name.id) {
                Some(value) => below(value),
                None => is_length(cx, function, &name.id) || sizes_a_layer(cx, function, &name.id) || is_kept_size(cx, function, &name.id),
            }
        }
        _ => false,
    }
}

/// Whether the class lays out tensors by `self.name`: `x.view(b, n, self.heads, self.head_dim)`.
fn is_size(cx: &Cx<'_>, at: &ast::Expr, name: &str) -> bool {
    use ast::Ranged;
    let class = cx.project_facts.enclosing_class(cx.id, at.range());
    let statements = cx.shared.survey.class_statements(cx.id);
    let Some((_, def)) = statements.iter().find(|(id, _)| Some(*id) == class) else { return false };
    let mut found = false;
    def.body.iter().for_each(|stmt| {
        t2m_syntax::Node::Stmt(stmt).walk(&mut |node| {
            if let t2m_syntax::Node::Expr(call @ ast::Expr::Call(_)) = node
                && let Some(op) = op(cx, call)
                && matches!(op.name, "view" | "reshape")
            {
                let is_it = |size: &&ast::Expr| match size {
                    ast::Expr::Attribute(size) => {
                        size.attr.as_str() == name && matches!(&*size.value, ast::Expr::Name(of) if of.id.as_str() == "self")
                    }
                    _ => false,
                };
                found |= op.args.len() > 2 && op.args.iter().skip(1).any(is_it);
            }
        });
    });
    found
}

/// All that the class and its relatives put into `self.name`, if each is a plain assignment.
pub(super) fn stored<'a>(cx: &Cx<'a>, at: &ast::Expr, name: &str) -> Option<Vec<&'a ast::Expr>> {
    use ast::Ranged;
    let class = cx.project_facts.enclosing_class(cx.id, at.range())?;
    let info = cx.project_facts.class(class);
    let mut values = Vec::new();
    for relative in info.mro.iter().chain(&info.subclasses) {
        if cx.shared.survey.binds(*relative, name) {
            return None;
        }
        for store in cx.shared.survey.stores(*relative, name) {
            match store {
                crate::survey::Store::Whole(value) => values.push(*value),
                _ => return None,
            }
        }
    }
    Some(values)
}

fn function_around<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> Option<&'a ast::StmtFunctionDef> {
    cx.ancestors(t2m_syntax::Node::Expr(expr)).find_map(|node| match node {
        t2m_syntax::Node::Stmt(ast::Stmt::FunctionDef(def)) => Some(def),
        _ => None,
    })
}

/// The value of the only assignment to a name that is no parameter.
fn set_once<'a>(function: &'a ast::StmtFunctionDef, name: &str) -> Option<&'a ast::Expr> {
    let mut sets = 0;
    let mut found = None;
    function.body.iter().for_each(|stmt| {
        t2m_syntax::Node::Stmt(stmt).walk(&mut |node| match node {
            t2m_syntax::Node::Expr(ast::Expr::Name(target))
                if target.id.as_str() == name && !matches!(target.ctx, ast::ExprContext::Load) =>
            {
                sets += 1;
            }
            t2m_syntax::Node::Stmt(ast::Stmt::Assign(assign)) => {
                if matches!(&assign.targets[..], [ast::Expr::Name(target)] if target.id.as_str() == name) {
                    found = Some(&*assign.value);
                }
            }
            _ => {}
        });
    });
    found.filter(|_| sets == 1 && !is_parameter(function, name))
}

/// Whether the name is set once, as one of the lengths of a tensor: `b, n, c = x.shape`.
fn is_length<'a>(cx: &Cx<'a>, function: &'a ast::StmtFunctionDef, name: &str) -> bool {
    let (mut sets, mut found) = (0, false);
    let is_it = |target: &ast::Expr| matches!(target, ast::Expr::Name(target) if target.id.as_str() == name);
    let is_shape = |value: &'a ast::Expr| match value {
        ast::Expr::Attribute(attribute) => attribute.attr.as_str() == "shape" && cx.entity(value).is_none(),
        ast::Expr::Call(_) => op(cx, value).is_some_and(|op| op.name == "size" && op.arg(1, &["dim"]).is_none()),
        _ => false,
    };
    function.body.iter().for_each(|stmt| {
        t2m_syntax::Node::Stmt(stmt).walk(&mut |node| match node {
            t2m_syntax::Node::Expr(target @ ast::Expr::Name(of)) if is_it(target) => {
                sets += usize::from(!matches!(of.ctx, ast::ExprContext::Load));
            }
            t2m_syntax::Node::Stmt(ast::Stmt::Assign(assign)) => {
                let value = match &*assign.value {
                    ast::Expr::Subscript(part) if matches!(&*part.slice, ast::Expr::Slice(_)) => &*part.value,
                    value => value,
                };
                if let [ast::Expr::Tuple(targets)] = &assign.targets[..] {
                    found |= targets.elts.iter().any(is_it) && is_shape(value);
                }
            }
            _ => {}
        });
    });
    found && sets == 1 && !is_parameter(function, name)
}

/// A parameter that the class keeps, and lays out tensors by.
fn is_kept_size(cx: &Cx<'_>, function: &ast::StmtFunctionDef, name: &str) -> bool {
    let kept = |stmt: &ast::Stmt| {
        let Some((ast::Expr::Attribute(target), ast::Expr::Name(value))) = receiver::assignment(stmt) else { return false };
        value.id.as_str() == name && is_size(cx, &target.value, &target.attr)
    };
    is_parameter(function, name) && function.body.iter().any(kept)
}

fn is_parameter(function: &ast::StmtFunctionDef, name: &str) -> bool {
    let args = &function.args;
    args.posonlyargs.iter().chain(&args.args).chain(&args.kwonlyargs).any(|arg| arg.def.arg.as_str() == name)
}

/// A parameter that is a size of a layer, `nn.Linear(dim, 3 * dim)`, is a number.
fn sizes_a_layer(cx: &Cx<'_>, function: &ast::StmtFunctionDef, name: &str) -> bool {
    let mut found = false;
    if is_parameter(function, name) {
        function.body.iter().for_each(|stmt| {
            t2m_syntax::Node::Stmt(stmt).walk(&mut |node| {
                if let t2m_syntax::Node::Expr(ast::Expr::Call(call)) = node
                    && matches!(
                        cx.qualified(&call.func),
                        Some("torch.nn.Linear" | "torch.nn.Conv2d" | "torch.nn.Conv1d" | "torch.nn.Embedding")
                    )
                {
                    found |= call.args.iter().take(2).any(|arg| matches!(arg, ast::Expr::Name(arg) if arg.id.as_str() == name));
                }
            });
        });
    }
    found
}

/// How many dimensions a tensor has, if that is known: by its kind, or from the call that gave it its shape.
pub(super) fn rank<'a>(cx: &Cx<'a>, flow: &Flow<'a>, term: Term<'a>) -> Option<u8> {
    if let Kind::Tensor(tensor) = cx.kind(term.expr)
        && tensor.rank.is_some()
    {
        return tensor.rank;
    }
    let seen = flow.see(&mut Region::default(), term);
    let op = op(cx, seen.expr)?;
    let of = op.args.first().copied().map(|of| seen.with(of));
    match op.name {
        "view" | "reshape" | "permute" if op.args.len() > 2 && op.keywords.is_empty() => u8::try_from(op.args.len() - 1).ok(),
        "transpose" | "swapaxes" | "contiguous" | "clone" | "float" | "softmax" | "masked_fill" | "repeat_interleave" => {
            rank(cx, flow, of?)
        }
        _ => None,
    }
}

/// `float('-inf')`, `-math.inf`, `torch.finfo(x.dtype).min`, `-1e9`: after softmax nothing is left of it.
pub(super) fn is_minus_infinity(cx: &Cx<'_>, expr: &ast::Expr) -> bool {
    let is_least = match expr {
        ast::Expr::Attribute(attribute) if attribute.attr.as_str() == "min" => {
            matches!(&*attribute.value, ast::Expr::Call(call) if cx.is_qualified(&call.func, "torch.finfo"))
        }
        ast::Expr::UnaryOp(unary) if matches!(unary.op, ast::UnaryOp::USub) && number(expr).is_none() => is_most(cx, &unary.operand),
        _ => number(expr).is_some_and(|value| value <= -1e9),
    };
    is_least || is_infinite(cx, expr)
}

/// `torch.finfo(x.dtype).max`
fn is_most(cx: &Cx<'_>, expr: &ast::Expr) -> bool {
    matches!(expr, ast::Expr::Attribute(attribute) if attribute.attr.as_str() == "max"
        && matches!(&*attribute.value, ast::Expr::Call(call) if cx.is_qualified(&call.func, "torch.finfo")))
}

/// Minus infinity itself.
pub(super) fn is_infinite(cx: &Cx<'_>, expr: &ast::Expr) -> bool {
    match expr {
        ast::Expr::UnaryOp(unary) if matches!(unary.op, ast::UnaryOp::USub) => {
            matches!(cx.qualified(&unary.operand), Some("math.inf" | "torch.inf" | "numpy.inf"))
                || is_infinity(cx, &unary.operand, &["inf", "+inf", "infinity"])
        }
        _ => is_infinity(cx, expr, &["-inf", "-infinity"]),
    }
}

fn is_infinity(cx: &Cx<'_>, expr: &ast::Expr, spellings: &[&str]) -> bool {
    let ast::Expr::Call(call) = expr else { return false };
    let text = match &call.args[..] {
        [ast::Expr::Constant(constant)] => constant.value.as_str().map(|text| text.to_ascii_lowercase()),
        _ => None,
    };
    matches!(cx.entity(&call.func), Some(Entity::Builtin(name)) if name.as_str() == "float")
        && text.is_some_and(|text| spellings.contains(&text.as_str()))
}

/// Whether the tensor is known to hold no floats.
pub(super) fn holds_no_floats(cx: &Cx<'_>, expr: &ast::Expr) -> bool {
    match cx.kind(expr) {
        Kind::Tensor(tensor) => {
            tensor.dtype.is_some_and(|dtype| !matches!(dtype, DType::Float16 | DType::BFloat16 | DType::Float32 | DType::Float64))
        }
        _ => false,
    }
}

pub(super) fn is_boolean(cx: &Cx<'_>, expr: &ast::Expr) -> bool {
    matches!(cx.kind(expr), Kind::Tensor(tensor) if tensor.dtype == Some(DType::Bool))
}
