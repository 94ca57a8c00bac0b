//! What a function does depends on the flags that it is called with: `inplace=False`. Those that a call passes, or that are its defaults, decide conditions.

use t2m_semantic::FunctionInfo;
use t2m_syntax::ast;

use crate::callee::Callee;
use crate::cx::Cx;
use crate::{storage, views};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Flag {
    True,
    False,
    None,
}

/// The parameters, by number, of which it is known.
pub(crate) type Flags = Vec<(usize, Flag)>;

/// The flags of a call's function; `known` says what an argument is.
pub(crate) fn of_call(cx: &Cx<'_>, callee: Callee<'_>, call: &ast::ExprCall, known: &dyn Fn(&ast::Expr) -> Option<Flag>) -> Flags {
    let function = callee.function;
    let suite = cx.project.file(function.file).source.suite.as_slice();
    let Some(def) = storage::function_at(suite, function.range) else { return Flags::new() };
    // What `*args` holds may be for any of them.
    let is_open = call.args.iter().any(ast::Expr::is_starred_expr) || call.keywords.iter().any(|keyword| keyword.arg.is_none());
    let mut flags = Flags::new();
    let mut is_passed = vec![false; function.params.len()];
    for (at, arg) in callee.numbered(call) {
        is_passed[at] = true;
        flags.extend(known(arg).map(|flag| (at, flag)));
    }
    let args = &def.args;
    for arg in args.posonlyargs.iter().chain(&args.args).chain(&args.kwonlyargs).filter(|_| !is_open) {
        let at = function.params.iter().position(|param| param.name == arg.def.arg.as_str());
        // Those in front were given by `partial`.
        let Some(at) = at.filter(|at| *at >= callee.skipped && !is_passed[*at]) else { continue };
        flags.extend(arg.default.as_deref().and_then(constant).map(|flag| (at, flag)));
    }
    // What is bound anew says nothing.
    flags.retain(|(at, _)| views::bindings(&def.body, &function.params[*at].name).is_empty());
    flags.sort_by_key(|(at, _)| *at);
    flags
}

/// What an expression is in a function.
pub(crate) fn flag(flags: &Flags, function: &FunctionInfo, expr: &ast::Expr) -> Option<Flag> {
    let ast::Expr::Name(name) = expr else { return constant(expr) };
    flags.iter().find(|(at, _)| function.params[*at].name == name.id.as_str()).map(|(_, flag)| *flag)
}

pub(crate) fn constant(expr: &ast::Expr) -> Option<Flag> {
    let ast::Expr::Constant(constant) = expr else { return None };
    match constant.value {
        ast::Constant::Bool(true) => Some(Flag::True),
        ast::Constant::Bool(false) => Some(Flag::False),
        ast::Constant::None => Some(Flag::None),
        _ => None,
    }
}

/// Whether a condition of a function holds, where the flags tell.
pub(crate) fn truth(flags: &Flags, function: &FunctionInfo, test: &ast::Expr) -> Option<bool> {
    match test {
        ast::Expr::Name(_) | ast::Expr::Constant(_) => flag(flags, function, test).map(|flag| flag == Flag::True),
        ast::Expr::UnaryOp(e) if e.op == ast::UnaryOp::Not => truth(flags, function, &e.operand).map(|holds| !holds),
        ast::Expr::BoolOp(e) => {
            let decides = e.op == ast::BoolOp::Or;
            let values: Vec<Option<bool>> = e.values.iter().map(|value| truth(flags, function, value)).collect();
            match values.contains(&Some(decides)) {
                true => Some(decides),
                false => values.iter().all(Option::is_some).then_some(!decides),
            }
        }
        // `mask is not None`, `inplace is True`
        ast::Expr::Compare(e) => {
            let ([op], [right]) = (&e.ops[..], &e.comparators[..]) else { return None };
            let (left, right) = (flag(flags, function, &e.left)?, constant(right)?);
            match op {
                ast::CmpOp::Is | ast::CmpOp::Eq => Some(left == right),
                ast::CmpOp::IsNot | ast::CmpOp::NotEq => Some(left != right),
                _ => None,
            }
        }
        _ => None,
    }
}
