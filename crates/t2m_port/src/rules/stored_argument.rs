//! `self.alpha = alpha` of an argument that may be an array: PyTorch trains a parameter alone, MLX every array that a module holds.

use t2m_semantic::{ClassId, Entity, Kind};
use t2m_syntax::ast::{self, Ranged};
use t2m_syntax::{Node, Piece, Prec};

use super::computed_argument::is_open;
use super::function_values::{self, Made};
use super::module_array::is_declared;
use super::{Hook, Rule, computed_argument, given_value, only_tensors_have, parameter_in_branch, parameter_or_tensor};
use crate::claim::StmtClaim;
use crate::codes;
use crate::cx::Cx;
use crate::finding::Finding;
use crate::names::Uses;
use crate::receiver;

pub(super) const RULE: Rule = Rule { name: "stored-argument", doc: include_str!("stored_argument.md"), hook: Hook::Stmt(stored) };

fn stored<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt) -> Option<StmtClaim<'a>> {
    if let ast::Stmt::Assign(assign) = stmt
        && let Some(claim) = several(cx, stmt, assign)
    {
        return Some(claim);
    }
    let (ast::Expr::Attribute(target), value) = receiver::assignment(stmt)? else { return None };
    if let Some(class) = takes_result(cx, target, value) {
        return meets_tensors(cx, class, target.attr.as_str()).then(|| super::module_array::plain_attribute(cx, target, value));
    }
    if let Some(claim) = wrapped_again(cx, stmt, target, value) {
        return Some(claim);
    }
    // A choice makes one of its own, unless the caller's is held elsewhere.
    if (value.is_if_exp_expr() || value.is_bool_op_expr())
        && receiver::self_class(cx, &target.value).is_some_and(|class| receiver::makes_modules(cx, class))
        && let Some(claim) = parameter_or_tensor::held(cx, stmt, value)
    {
        return Some(claim);
    }
    let Some((class, argument)) = takes_argument(cx, stmt, target, value) else { return computed(cx, stmt, target, value) };
    if cx.kind(value) == Kind::Parameter {
        let reason = format!("`{argument}` is a parameter of another module: stored here, too, MLX would train it as a second one");
        let help = "use `compat.tie_weights(module, target, source)` on a module that holds both";
        return Some(StmtClaim::todo(Finding::todo(codes::TIED_WEIGHT, stmt.range(), reason).help(help)));
    }
    if !meets_tensors(cx, class, target.attr.as_str()) {
        return None;
    }
    Some(parameter_or_tensor::found(cx, stmt, value).unwrap_or_else(|| super::module_array::plain_attribute(cx, target, value)))
}

/// `self.weight = 1.0 / counts`, `self.base = table[0]`, `self.mask = ids == pad`: arrays if the arguments are some. `self.betas = SCHEDULES[kind](n)`: what
/// functions give of which only the run knows which one it is.
fn computed<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt, target: &'a ast::ExprAttribute, value: &'a ast::Expr) -> Option<StmtClaim<'a>> {
    let made = if is_computed(cx, target, value) { None } else { Some(given_by_function(cx, target, value)?) };
    let either = parameter_or_tensor::found(cx, stmt, value);
    Some(either.unwrap_or_else(|| match made {
        Some(made) if !made.is_plain() => super::module_array::set_tensor(cx, target, value),
        _ => super::module_array::plain_attribute(cx, target, value),
    }))
}

/// What an attribute gets of unknown kind that a function may have made a tensor, or of which the class makes the use of one.
pub(super) fn given_by_function<'a>(cx: &Cx<'a>, target: &'a ast::ExprAttribute, value: &'a ast::Expr) -> Option<Made> {
    let name = target.attr.as_str();
    if name.starts_with('_') || counts(name) || !is_open(&cx.kind(value)) {
        return None;
    }
    let class =
        receiver::self_class(cx, &target.value).filter(|class| receiver::makes_modules(cx, *class) && !is_declared(cx, *class, name))?;
    let made = function_values::made(cx, value);
    (made.tensor || made.open && !made.parameter && meets_tensors(cx, class, name)).then_some(made)
}

/// Whether an attribute that is used as an array gets what is computed of arguments.
fn is_computed<'a>(cx: &Cx<'a>, target: &'a ast::ExprAttribute, value: &'a ast::Expr) -> bool {
    let name = target.attr.as_str();
    let class =
        || receiver::self_class(cx, &target.value).filter(|class| receiver::makes_modules(cx, *class) && !is_declared(cx, *class, name));
    !name.starts_with('_')
        && !counts(name)
        && class().is_some_and(|class| meets_tensors(cx, class, name))
        && computed_argument::may_be_array(cx, value)
}

/// `self.mu = nn.Parameter(mu)` of another module's parameter: PyTorch's two share their memory.
fn wrapped_again<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt, target: &'a ast::ExprAttribute, value: &'a ast::Expr) -> Option<StmtClaim<'a>> {
    let (call, _) = receiver::parameter(cx.facts, value)?;
    let data @ ast::Expr::Name(argument) = call.args.first()? else { return None };
    let is_shared = cx.kind(data) == Kind::Parameter && receiver::is_parameter_around(cx, data, &argument.id);
    receiver::self_class(cx, &target.value).filter(|class| is_shared && receiver::makes_modules(cx, *class))?;
    let name = &argument.id;
    let reason = format!("`{name}` is a parameter of another module, whose memory PyTorch's new one shares: MLX would train two");
    let help = "use `compat.tie_weights(module, target, source)` on a module that holds both";
    Some(StmtClaim::todo(Finding::todo(codes::TIED_WEIGHT, stmt.range(), reason).help(help)))
}

/// `self.mean, self.std = mean, std`, of which one may be an array: a line for each.
fn several<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt, assign: &'a ast::StmtAssign) -> Option<StmtClaim<'a>> {
    let ([ast::Expr::Tuple(targets)], ast::Expr::Tuple(values)) = (&assign.targets[..], &*assign.value) else { return None };
    if targets.elts.len() != values.elts.len() || !values.elts.iter().all(is_of_names) || !cx.owns_its_lines(stmt) {
        return None;
    }
    let is_plain = |target: &'a ast::Expr, value: &'a ast::Expr| {
        let ast::Expr::Attribute(target) = target else { return false };
        super::module_array::stores_plain_tensor(cx, target, &cx.kind(value))
            || super::module_array::is_open_tensor(cx, target) && given_value::is_given_tensor(cx, value)
            || parameter_in_branch::is_plain_here(cx, target, value)
            || cx.kind(value) != Kind::Parameter
                && (takes_argument(cx, stmt, target, value).is_some_and(|(class, _)| meets_tensors(cx, class, target.attr.as_str()))
                    || is_computed(cx, target, value))
    };
    let pairs = || targets.elts.iter().zip(&values.elts);
    if !pairs().any(|(target, value)| is_plain(target, value)) {
        return None;
    }
    let mut either = pairs().filter(|(target, value)| is_plain(target, value));
    if let Some(claim) = either.find_map(|(_, value)| parameter_or_tensor::found(cx, stmt, value)) {
        return Some(claim);
    }
    // Names are bound behind them, and together: other values may read what they were.
    let (stored, named): (Vec<_>, Vec<_>) = pairs().partition(|(target, value)| is_plain(target, value));
    let (mut pieces, mut uses) = (Vec::new(), Uses::default());
    for (target, value) in stored {
        let ast::Expr::Attribute(attribute) = target else { continue };
        if !pieces.is_empty() {
            pieces.push(Piece::NewLine(0));
        }
        pieces.extend(super::module_array::plain_pieces(cx, attribute, value, &mut uses));
    }
    let is_read_later = |at: usize, name: &str| named[at + 1..].iter().any(|(_, value)| reads(value, name));
    let are_apart = named.iter().enumerate().all(|(at, (target, _))| match target {
        ast::Expr::Attribute(_) => true,
        ast::Expr::Name(name) => !is_read_later(at, &name.id),
        _ => false,
    });
    let list = |exprs: Vec<&'a ast::Expr>| {
        let separate = |(at, expr)| [Piece::text(if at == 0 { "" } else { ", " }), Piece::Expr(expr, Prec::Named)];
        exprs.into_iter().enumerate().flat_map(separate).collect::<Vec<_>>()
    };
    let runs: Vec<&[(&'a ast::Expr, &'a ast::Expr)]> = if are_apart { named.chunks(1).collect() } else { vec![&named] };
    for run in runs {
        pieces.push(Piece::NewLine(0));
        pieces.extend(list(run.iter().map(|(target, _)| *target).collect()));
        pieces.push(Piece::text(" = "));
        pieces.extend(list(run.iter().map(|(_, value)| *value).collect()));
    }
    Some(StmtClaim::replace(pieces).uses(uses))
}

fn reads(value: &ast::Expr, name: &str) -> bool {
    let mut reads = false;
    Node::Expr(value).walk(&mut |node| reads |= matches!(node, Node::Expr(ast::Expr::Name(read)) if read.id.as_str() == name));
    reads
}

/// Arithmetic with names alone, which the assignments of attributes beside it don't change.
fn is_of_names(value: &ast::Expr) -> bool {
    match value {
        ast::Expr::Name(_) | ast::Expr::Constant(_) => true,
        ast::Expr::UnaryOp(e) => is_of_names(&e.operand),
        ast::Expr::BinOp(e) => is_of_names(&e.left) && is_of_names(&e.right),
        ast::Expr::Compare(e) => is_of_names(&e.left) && e.comparators.iter().all(is_of_names),
        ast::Expr::Subscript(e) => is_of_names(&e.value) && is_of_names(&e.slice),
        _ => false,
    }
}

/// The class of the module, where a method stores what a function of the project gave, a method of an argument, or what is computed of one, and nothing
/// says what that is: `self.kernel = to_tensor(kernel)`, `self.history = dataset.history()`, `self.mask = (groups > 0) + 0.0`.
fn takes_result<'a>(cx: &Cx<'a>, target: &'a ast::ExprAttribute, value: &'a ast::Expr) -> Option<ClassId> {
    let is_own = match value {
        ast::Expr::Call(call) => matches!(cx.entity(&call.func), Some(Entity::Function(_))) || is_given_by_argument(cx, value),
        value => is_computed_of_array(cx, value),
    };
    let name = target.attr.as_str();
    if !is_own || !cx.kind(value).is_unknown() || name.starts_with('_') || counts(name) {
        return None;
    }
    let class = receiver::self_class(cx, &target.value).filter(|class| receiver::makes_modules(cx, *class))?;
    (!is_declared(cx, class, name)).then_some(class)
}

/// Arithmetic with what hardly anything but an array gives: `(groups > 0) + 0.0`, `1.0 * (a == b)`, `w / w.sum()` of an argument.
fn is_computed_of_array<'a>(cx: &Cx<'a>, value: &'a ast::Expr) -> bool {
    let (ast::Expr::BinOp(_) | ast::Expr::UnaryOp(_)) = value else { return false };
    let is_argument = |expr: &'a ast::Expr| matches!(expr, ast::Expr::Name(name) if !matches!(name.id.as_str(), "self" | "cls") && receiver::is_parameter_around(cx, expr, &name.id));
    operands(value).into_iter().any(|operand| match operand {
        ast::Expr::Compare(e) => cx.kind(operand).is_unknown() && (is_argument(&e.left) || e.comparators.iter().any(is_argument)),
        ast::Expr::Call(call) => {
            matches!(&*call.func, ast::Expr::Attribute(method) if only_tensors_have(&method.attr) && is_argument(&method.value))
        }
        _ => false,
    })
}

/// `a`, `b` and `c` of `-a + b * c`
fn operands(expr: &ast::Expr) -> Vec<&ast::Expr> {
    match expr {
        ast::Expr::BinOp(e) => operands(&e.left).into_iter().chain(operands(&e.right)).collect(),
        ast::Expr::UnaryOp(e) => operands(&e.operand),
        expr => vec![expr],
    }
}

/// `dataset.history().to(device)`: what a method of an argument gives, which is no module as far as its name tells.
pub(super) fn is_given_by_argument<'a>(cx: &Cx<'a>, value: &'a ast::Expr) -> bool {
    fn root(expr: &ast::Expr) -> Option<&ast::ExprName> {
        match expr {
            ast::Expr::Name(name) => Some(name),
            ast::Expr::Attribute(attribute) => root(&attribute.value),
            ast::Expr::Call(call) => root(&call.func),
            _ => None,
        }
    }
    let is_method = matches!(value, ast::Expr::Call(call) if call.func.is_attribute_expr());
    root(value).filter(|_| is_method && cx.kind(value).is_unknown()).is_some_and(|name| {
        let sounds_like_module = name.id.split('_').any(|word| MODULES.contains(&word));
        !matches!(name.id.as_str(), "self" | "cls") && !sounds_like_module && receiver::is_parameter_around(cx, value, &name.id)
    })
}

/// Words of what everyone calls a module, whose methods may give its parameters.
const MODULES: &[&str] = &[
    "model",
    "module",
    "net",
    "network",
    "encoder",
    "decoder",
    "backbone",
    "layer",
    "layers",
    "head",
    "emb",
    "embed",
    "embedding",
    "base",
];

/// The class of the module and the name of the argument, where a method stores what it was given and nothing says what that is.
fn takes_argument<'a>(
    cx: &Cx<'a>,
    stmt: &'a ast::Stmt,
    target: &'a ast::ExprAttribute,
    value: &'a ast::Expr,
) -> Option<(ClassId, &'a str)> {
    let argument = given(value)?;
    let may_hold_arrays = match cx.kind(value) {
        Kind::Parameter => matches!(value, ast::Expr::Name(_)),
        Kind::List(item) | Kind::Seq(item) | Kind::Dict(item) => item.is_unknown(),
        Kind::Tuple(items) => items.contains(&Kind::Unknown),
        kind => kind.is_unknown(),
    };
    if !may_hold_arrays {
        return None;
    }
    let class = receiver::self_class(cx, &target.value).filter(|class| receiver::makes_modules(cx, *class))?;
    let name = target.attr.as_str();
    let is_open = !name.starts_with('_') && !counts(argument) && !is_declared(cx, class, name);
    (is_open && takes(cx, Node::Stmt(stmt), argument)).then_some((class, argument))
}

/// Whether a target in a tuple takes an argument, or its items, and is used as an array: `self.first, *self.rest = kernels`.
pub(super) fn is_taken<'a>(cx: &Cx<'a>, target: &'a ast::ExprAttribute, value: &'a ast::Expr) -> bool {
    let taken = || cx.statement(value).and_then(|stmt| takes_argument(cx, stmt, target, value));
    value.is_name_expr() && taken().is_some_and(|(class, _)| meets_tensors(cx, class, &target.attr))
        || is_computed(cx, target, value)
        || given_by_function(cx, target, value).is_some_and(|made| !made.module && may_be_tensor(cx, target, value))
}

/// Whether one of several targets may get a tensor: a function that gives a number in its place is taken for the rule.
fn may_be_tensor<'a>(cx: &Cx<'a>, target: &'a ast::ExprAttribute, value: &'a ast::Expr) -> bool {
    let place = |targets: &'a ast::Expr| {
        let ast::Expr::Tuple(ast::ExprTuple { elts, .. }) = targets else { return None };
        elts.iter().position(|own| matches!(own, ast::Expr::Attribute(own) if std::ptr::eq(own, target)))
    };
    let place = match cx.statement(value) {
        Some(ast::Stmt::Assign(assign)) if std::ptr::eq(&*assign.value, value) => assign.targets.iter().find_map(place),
        _ => None,
    };
    place.is_none_or(|place| {
        let made = function_values::item_made(cx, value, place);
        made.tensor || !made.other
    })
}

/// What is called so is a number: `n`, `num_heads`, `pad_id`.
pub(super) fn counts(name: &str) -> bool {
    let ends = ["_id", "_idx", "_dim", "_size", "_channels", "_features", "_heads", "_layers"];
    matches!(name, "n" | "dim" | "size") || name.starts_with("num_") || name.starts_with("n_") || ends.iter().any(|end| name.ends_with(end))
}

/// The argument that a value is, or may be, or is computed from: `mean`, `mean or 0.0`, `mean if mean is not None else 0.0`, `mean * 2`, `kwargs["mean"]`.
/// An attribute, `config.scale`, is a number: classes that hold settings don't hold arrays.
pub(super) fn given(value: &ast::Expr) -> Option<&str> {
    match value {
        ast::Expr::Name(name) => Some(name.id.as_str()),
        ast::Expr::Subscript(item) => argument_name(&item.value),
        ast::Expr::Call(call) => match &*call.func {
            ast::Expr::Attribute(method) if matches!(method.attr.as_str(), "get" | "pop" | "values") => argument_name(&method.value),
            // `list(kernels)`, `dict(zip(names, kernels))`
            ast::Expr::Name(made) if matches!(made.id.as_str(), "list" | "tuple" | "dict" | "zip" | "map" | "iter") => {
                call.args.iter().rev().find_map(given)
            }
            // `next(iter(table.values()))`
            ast::Expr::Name(made) if made.id.as_str() == "next" => given(call.args.first()?),
            _ => None,
        },
        ast::Expr::BoolOp(either) if either.op == ast::BoolOp::Or => given(either.values.first()?),
        ast::Expr::IfExp(choice) => given(&choice.body).or_else(|| given(&choice.orelse)),
        ast::Expr::UnaryOp(unary) if unary.op == ast::UnaryOp::USub => given(&unary.operand),
        // `dim // heads`, `dim ** -0.5` and `1 / tau` are what programs do with numbers.
        ast::Expr::BinOp(e) => match e.op {
            ast::Operator::Add | ast::Operator::Sub | ast::Operator::Mult => given(&e.left).or_else(|| given(&e.right)),
            ast::Operator::Div => given(&e.left),
            _ => None,
        },
        _ => None,
    }
}

fn argument_name(expr: &ast::Expr) -> Option<&str> {
    if let ast::Expr::Name(name) = expr { Some(name.id.as_str()) } else { None }
}

/// Whether the function around a node takes an argument of this name that may be a tensor.
pub(super) fn takes<'a>(cx: &Cx<'a>, at: Node<'a>, name: &str) -> bool {
    let args = cx.ancestors(at).find_map(|up| match up {
        Node::Stmt(ast::Stmt::FunctionDef(def)) => Some(&def.args),
        _ => None,
    });
    let Some(args) = args else { return false };
    if [&args.vararg, &args.kwarg].into_iter().flatten().any(|arg| arg.arg.as_str() == name && arg.annotation.is_none()) {
        return true;
    }
    let mut all = args.posonlyargs.iter().chain(&args.args).chain(&args.kwonlyargs);
    let may_be_tensor = |annotation: &str| match annotation {
        "dict" | "Dict" => true,
        _ => ["Tensor", "Any", "Parameter"].iter().any(|word| annotation.contains(word)),
    };
    all.find(|arg| arg.def.arg.as_str() == name)
        .is_some_and(|arg| arg.def.annotation.as_ref().is_none_or(|annotation| may_be_tensor(cx.source(&**annotation))))
}

/// Whether a method uses the attribute where an array may stand: beside a tensor, indexed by one or along several axes.
pub(super) fn meets_tensors(cx: &Cx<'_>, class: ClassId, name: &str) -> bool {
    receiver::family(cx, class).any(|class| {
        let uses = cx.shared.survey.array_use(class, name);
        uses.indexed || uses.beside_tensor
    })
}
