//! Which case of a row holds for the bound arguments, and whether their kinds fit at all.

use t2m_semantic::kind::DType;
use t2m_semantic::tables::binding::{Argument, Bound};
use t2m_semantic::tables::predicate::{Predicate, Test};
use t2m_semantic::tables::signature::{Signature, Word};
use t2m_semantic::tables::{Answer, Case, Row, Section, Use, predicate, written};
use t2m_semantic::{Evidence, Fact, Kind};
use t2m_syntax::Node;
use t2m_syntax::ast;

use super::truths;
use crate::caught::awaits_runtime_errors;
use crate::cx::Cx;
use crate::growing_integers;
use crate::inplace_layers;
use crate::integers;
use crate::last_bits;
use crate::lessened;
use crate::open_functions;
use crate::reached;
use crate::rules::is_off_at;
use crate::views;

/// The items of a dictionary that is bound once in its function, as a display of string keys and simple values that are not bound again:
/// `dd = {"device": device, "dtype": dtype}`.
pub(super) fn known_dict<'a>(cx: &Cx<'a>, value: &'a ast::Expr) -> Option<Vec<(&'a str, &'a ast::Expr)>> {
    let ast::Expr::Name(name) = value else { return None };
    let body = views::enclosing_body(cx, value);
    let mut bindings: Vec<(&str, Option<&'a ast::Expr>)> = Vec::new();
    let mut is_changed = false;
    for stmt in body {
        Node::Stmt(stmt).walk(&mut |node| match node {
            Node::Stmt(ast::Stmt::Assign(assign)) => {
                if let [ast::Expr::Name(target)] = &assign.targets[..] {
                    bindings.push((target.id.as_str(), Some(&assign.value)));
                }
            }
            Node::Expr(ast::Expr::Subscript(e)) if !matches!(e.ctx, ast::ExprContext::Load) => {
                is_changed |= views::is_same_name(&e.value, &name.id)
            }
            Node::Expr(ast::Expr::Attribute(e)) => is_changed |= views::is_same_name(&e.value, &name.id),
            Node::Expr(ast::Expr::Name(e)) if !matches!(e.ctx, ast::ExprContext::Load) => bindings.push((e.id.as_str(), None)),
            _ => {}
        });
    }
    // Each assignment to a name was pushed twice: with its value, and by its target.
    let count = |id: &str| bindings.iter().filter(|(bound, value)| *bound == id && value.is_none()).count();
    let mut values = bindings.iter().filter(|(bound, _)| *bound == name.id.as_str()).filter_map(|(_, value)| *value);
    let (Some(ast::Expr::Dict(dict)), None) = (values.next(), values.next()) else { return None };
    if is_changed || count(&name.id) != 1 {
        return None;
    }
    let item = |(key, value): (&'a Option<ast::Expr>, &'a ast::Expr)| {
        let Some(ast::Expr::Constant(ast::ExprConstant { value: ast::Constant::Str(key), .. })) = key else { return None };
        let stays = match value {
            ast::Expr::Name(name) => count(&name.id) == 0,
            ast::Expr::Constant(_) => true,
            _ => false,
        };
        stays.then_some((key.as_str(), value))
    };
    dict.keys.iter().zip(&dict.values).map(item).collect()
}

pub(super) fn check_kind(cx: &Cx<'_>, param: &t2m_semantic::tables::Param, argument: &Argument<'_>) -> Result<(), String> {
    let Argument::One(expr) = argument else { return Ok(()) };
    if param.accepts(Word::Unsupported) && param.words.len() == 1 {
        let default = param.default.as_deref().unwrap_or("None");
        return if cx.source(*expr) == default { Ok(()) } else { Err(format!("`{}` has no MLX counterpart", param.name)) };
    }
    let words: Vec<Word> = param.words.iter().copied().filter(|word| *word != Word::Unsupported).collect();
    if words.is_empty() || words.contains(&Word::Ignored) {
        return Ok(());
    }
    let Fact { kind, evidence } = cx.fact(expr);
    // What is only assumed to be a tensor is none where PyTorch would not take one.
    if evidence == Evidence::Assumed && kind.is_tensor() {
        return Ok(());
    }
    // PyTorch takes None for most defaults, 0-d tensors for numbers, and numbers of either sort.
    let lenient =
        kind == Kind::None || kind.is_tensor() && words.iter().any(|w| matches!(w, Word::Scalar | Word::Int | Word::Float | Word::Any));
    if lenient || words.iter().any(|&word| predicate::kind_is(&kind, word) != Answer::No) {
        return Ok(());
    }
    let expected: Vec<&str> = words.iter().map(|word| word.name()).collect();
    Err(format!("`{}` is not {}, as far as the project tells", param.name, expected.join(" or ")))
}

/// The first case that holds. `Err(Some(param))`: the kind of `param` decides and is not known. `Err(None)`: no case is for this use.
pub(super) fn choose<'a, 'r>(
    cx: &Cx<'a>,
    row: &'r Row,
    signature: &Signature,
    bound: &Bound<'a>,
    call: &'a ast::ExprCall,
    used: Use,
) -> Result<&'r Case, Option<String>> {
    let fact = |expr: &ast::Expr| cx.fact(expr);
    let source = |expr: &ast::Expr| cx.source(expr).to_owned();
    let mut undecided: Option<String> = None;
    for case in &row.cases {
        let use_fits = match used {
            Use::Other => case.used.is_empty() || case.used.contains(&Use::Other),
            Use::Discarded | Use::Unpacked => case.used.is_empty() || case.used.contains(&used),
            _ => case.used.contains(&used),
        };
        let is_differentiated = || reached::is_differentiated_at(cx, &call.func) && !is_off_at(cx, &call.func);
        let is_open = || open_functions::is_within(cx, Node::Expr(&call.func)) && !is_off_at(cx, &call.func);
        // Of a pair that is unpacked, the template that names this use speaks of values beside their index: those matter where the index is used.
        let matters = || used != Use::Unpacked || !case.used.contains(&used) || integers::is_pair_for_index(cx, call);
        let is_differentiable = || is_differentiated() || matters() && is_open();
        if !use_fits
            || case.differentiated && !is_differentiated()
            || case.differentiable && !is_differentiable()
            || case.caught && !awaits_runtime_errors(cx, &call.func)
            || case.stepped && !last_bits::decide(cx, call)
            || case.half && !may_be_half(cx, row, bound)
        {
            continue;
        }
        if case.assigned.as_ref().is_some_and(|name| !cx.shared.survey.assigns(name)) {
            continue;
        }
        if !case.asked.is_empty() && !case.asked.iter().any(|name| cx.shared.survey.asks(name)) {
            continue;
        }
        if case.escapes.as_deref().is_some_and(|name| !escapes(cx, signature, bound, call, name)) {
            continue;
        }
        let mut all = Answer::Yes;
        let mut unsure = None;
        let mut asks_unknown = false;
        for (name, predicates) in &case.when {
            let Some((at, param)) = signature.param(name) else {
                all = Answer::No;
                break;
            };
            let argument = &bound.arguments[at];
            let holds = |p: &Predicate| match p.test {
                Test::PerhapsIntegers if is_set_to_floats(cx, argument) => Answer::No,
                Test::Mask if is_untyped(cx, argument) && truths::are_made_by(cx, call) => Answer::Yes,
                Test::Column if is_zipped(cx, argument) => Answer::Yes,
                _ => p.holds(param, argument, &fact, &source),
            };
            let answers: Vec<Answer> = predicates.iter().map(holds).collect();
            asks_unknown |= predicates.iter().any(|p| p.test == Test::Unknown && !p.negated);
            if answers.contains(&Answer::Yes) {
                continue;
            }
            if answers.contains(&Answer::Undecided) {
                unsure = Some(name.clone());
                continue;
            }
            all = Answer::No;
            break;
        }
        if all == Answer::Yes && case.growing && !growing_integers::grow_around(cx, &call.func) {
            continue;
        }
        // Nothing says that a value of unknown kind has the dtypes of PyTorch.
        let is_tensor = || matches!(bound.arguments.first(), Some(Argument::One(first)) if cx.kind(first).is_tensor());
        if all == Answer::Yes && case.lessened && !(is_tensor() && lessened::is_lessened(cx, &call.func)) {
            continue;
        }
        match (all, unsure) {
            (Answer::Yes, None) => {
                // A case after an undecided one holds only if it asks for the unknown itself.
                return match undecided {
                    Some(param) if !asks_unknown && !case_excludes(case, &param) => Err(Some(param)),
                    _ => Ok(case),
                };
            }
            (Answer::Yes, Some(param)) => {
                undecided.get_or_insert(param);
            }
            _ => {}
        }
    }
    Err(undecided)
}

/// Whether a layer is told to change its input, where what calls it is not seen.
fn escapes<'a>(cx: &Cx<'a>, signature: &Signature, bound: &Bound<'a>, call: &'a ast::ExprCall, flag: &str) -> bool {
    let flag = signature.param(flag).and_then(|(at, _)| bound.get(at));
    flag.is_some_and(|flag| inplace_layers::escapes(cx, call, flag))
}

/// Whether the first argument is float16, as far as anything tells: a project that names that dtype nowhere has none. Of a layer, what it is called with.
fn may_be_half(cx: &Cx<'_>, row: &Row, bound: &Bound<'_>) -> bool {
    if row.section == Section::Class {
        return cx.shared.names_float16();
    }
    let Some(Argument::One(first)) = bound.arguments.first() else { return false };
    let kind = cx.kind(first);
    match predicate::known_dtype(&kind) {
        Some(dtype) => dtype == DType::Float16,
        // Whose method it is that nothing tells keeps its text.
        None => cx.shared.names_float16() && (row.section == Section::Function || kind.is_tensor()),
    }
}

fn is_untyped<'a>(cx: &Cx<'a>, argument: &Argument<'a>) -> bool {
    matches!(argument, Argument::One(expr) if predicate::is_untyped(&cx.kind(expr)))
}

/// Whether an argument is a local name that nothing but floats is assigned to.
fn is_set_to_floats<'a>(cx: &Cx<'a>, argument: &Argument<'a>) -> bool {
    let Argument::One(expr @ ast::Expr::Name(name)) = argument else { return false };
    let bindings = views::bindings(views::enclosing_body(cx, expr), &name.id);
    let sets = |(node, value): &(Node<'a>, &'a ast::Expr)| {
        let is_plain = matches!(node, Node::Stmt(ast::Stmt::Assign(assign)) if assign.targets.iter().all(ast::Expr::is_name_expr));
        is_plain && written::has_floats(value)
    };
    !bindings.is_empty() && bindings.iter().all(sets)
}

/// Whether an argument is a local name that holds nothing but columns: `texts, labels = zip(*batch)`.
fn is_zipped<'a>(cx: &Cx<'a>, argument: &Argument<'a>) -> bool {
    let Argument::Many(items) = argument else { return false };
    let [expr @ ast::Expr::Name(name)] = items[..] else { return false };
    let bindings = views::bindings(views::enclosing_body(cx, expr), &name.id);
    let unpacks = |(node, value): &(Node<'a>, &'a ast::Expr)| {
        let is_unpacked = matches!(node, Node::Stmt(ast::Stmt::Assign(assign)) if assign.targets.iter().all(|to| matches!(to, ast::Expr::Tuple(_) | ast::Expr::List(_))));
        is_unpacked && is_zip_of_rows(value)
    };
    !bindings.is_empty() && bindings.iter().all(unpacks)
}

/// `zip(*rows)`, `list(zip(*rows))`
fn is_zip_of_rows(value: &ast::Expr) -> bool {
    let ast::Expr::Call(call) = value else { return false };
    let ast::Expr::Name(function) = &*call.func else { return false };
    match (function.id.as_str(), &call.args[..]) {
        ("zip", args) => args.iter().any(ast::Expr::is_starred_expr),
        ("list" | "tuple", [rows]) => is_zip_of_rows(rows),
        _ => false,
    }
}

/// Whether a case tests the parameter itself: then its answer, which is yes, settles what was open.
fn case_excludes(case: &Case, param: &str) -> bool {
    case.when.iter().any(|(name, _)| name == param)
}
