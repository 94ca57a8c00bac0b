//! Outputs of a model that its loss does not read: `logits, _ = net(x)`, `net(x)[0]` or `net(x).logits`, where `forward` ends with
//! `return self.policy(h), self.value(h)`, a dict of them or an object that holds them.

use t2m_semantic::{ClassId, Entity, FileFacts, Kind};
use t2m_syntax::Node;
use t2m_syntax::ast;

use super::called;
use super::flow::{self, Flow, Names};
use super::idle;
use super::mentions::Mentions;
use super::sure::Used;
use crate::cx::Cx;
use crate::rules::last_name;

/// Whether an output that is not read on some path is made by layers of its own; `used` is what is read on each.
pub(super) fn are_unread<'a>(
    cx: &Cx<'a>,
    mentions: &Mentions<'_, 'a>,
    model: &Kind,
    (run, loss): (&'a [ast::Stmt], &'a ast::Expr),
    used: &Used<'a>,
) -> bool {
    match model {
        Kind::Instance(class) => are_unread_of(cx, mentions, (*class, true), (run, loss), used),
        Kind::Unknown | Kind::Module => {
            // Any model of the project that has such outputs.
            let modules = cx.project_facts.classes().filter(|(_, class)| class.is_module && class.methods.contains_key("forward"));
            let mut connected = modules.filter(|(_, class)| cx.shared.are_connected(cx.project_facts, cx.id, class.file));
            connected.any(|(class, _)| are_unread_of(cx, mentions, (class, false), (run, loss), used))
        }
        _ => false,
    }
}

fn are_unread_of<'a>(
    cx: &Cx<'a>,
    mentions: &Mentions<'_, 'a>,
    (class, is_known): (ClassId, bool),
    (run, loss): (&'a [ast::Stmt], &'a ast::Expr),
    used: &Used<'a>,
) -> bool {
    let Some((forward, facts)) = called::method(cx, class, "forward") else { return false };
    let mut returns = Vec::new();
    t2m_syntax::node::statements(&forward.body, &mut |stmt| {
        if let ast::Stmt::Return(ast::StmtReturn { value: Some(value), .. }) = stmt {
            returns.push(&**value);
        }
    });
    returns.into_iter().any(|returned| {
        let given = given((cx, facts), &forward.body, returned);
        let is_by_key = matches!(returned, ast::Expr::DictComp(_));
        if given.len() < 2 && !(is_by_key && is_known) {
            return false;
        }
        let has_own_layers = |are_read: &[bool]| {
            let (mut read, mut unread) = (Names::new(), Names::new());
            for ((_, output), is_read) in given.iter().zip(are_read) {
                layers(&forward.body, output, if *is_read { &mut read } else { &mut unread });
            }
            unread.difference(&read).next().is_some()
        };
        if !is_by_key && is_chosen_elsewhere(cx, mentions, (run, loss), is_known) {
            let without = |at: usize| (0..given.len()).map(|other| other != at).collect::<Vec<_>>();
            return (0..given.len()).any(|at| has_own_layers(&without(at)));
        }
        let all = reads(cx, mentions, (run, loss), used, &given);
        all.into_iter().filter(|are_read| is_known || are_read.contains(&true)).any(|are_read| is_by_key || has_own_layers(&are_read))
    })
}

/// Whether a function that is not known gets the outputs as a whole, and may go on from some: `get_loss(out)`. Of a model that is not known either,
/// it gets nothing else; a criterion has targets, too.
fn is_chosen_elsewhere<'a>(
    cx: &Cx<'a>,
    mentions: &Mentions<'_, 'a>,
    (run, loss): (&'a [ast::Stmt], &'a ast::Expr),
    is_known: bool,
) -> bool {
    let is_run = |expr: &ast::Expr| matches!(expr, ast::Expr::Call(call) if mentions.is_name(&call.func));
    let mut holders = Names::new();
    t2m_syntax::node::statements(run, &mut |stmt| {
        if let ast::Stmt::Assign(assign) = stmt
            && let [ast::Expr::Name(name)] = &assign.targets[..]
            && is_run(&assign.value)
        {
            holders.insert(name.id.as_str());
        }
    });
    let is_it = |expr: &ast::Expr| is_run(expr) || matches!(expr, ast::Expr::Name(name) if holders.contains(name.id.as_str()));
    nodes(run, Some(loss)).into_iter().any(|expr| {
        let ast::Expr::Call(call) = expr else { return false };
        let is_alone = call.args.len() == 1 && call.keywords.is_empty();
        call.args.iter().any(is_it) && (is_known || is_alone) && is_unknown_function(cx, &call.func)
    })
}

/// A parameter, a name for a `lambda`, an attribute that holds either.
fn is_unknown_function(cx: &Cx<'_>, func: &ast::Expr) -> bool {
    let is_told = matches!(func, ast::Expr::Name(_))
        || matches!(func, ast::Expr::Attribute(e) if matches!(&*e.value, ast::Expr::Name(name) if name.id.as_str() == "self"));
    is_told && cx.entity(func).is_none() && cx.kind(func).is_unknown()
}

/// Which of the outputs each call of the model reads.
fn reads<'a>(
    cx: &Cx<'a>,
    mentions: &Mentions<'_, 'a>,
    (run, loss): (&'a [ast::Stmt], &'a ast::Expr),
    used: &Used<'a>,
    given: &[(Key<'a>, &'a ast::Expr)],
) -> Vec<Vec<bool>> {
    let mut reads = Vec::new();
    let is_used = |expr: &'a ast::Expr| match expr {
        ast::Expr::Attribute(e) => used.contains(&(true, e.attr.as_str())),
        expr => used.contains(&(false, cx.source(expr))),
    };
    t2m_syntax::node::statements(run, &mut |stmt| {
        let ast::Stmt::Assign(assign) = stmt else { return };
        let ([target], ast::Expr::Call(call)) = (&assign.targets[..], &*assign.value) else { return };
        if !mentions.is_name(&call.func) {
            return;
        }
        match target {
            ast::Expr::Tuple(targets) if targets.elts.len() == given.len() => {
                let is_read = |target: &ast::Expr| !matches!(target, ast::Expr::Name(name) if !used.contains(&(false, name.id.as_str())));
                reads.push(targets.elts.iter().map(is_read).collect::<Vec<_>>());
            }
            ast::Expr::Name(name) => {
                let is_it = |expr: &ast::Expr| matches!(expr, ast::Expr::Name(own) if own.id == name.id);
                reads.extend(chosen(cx, (run, Some(loss)), given, &is_it, &is_used));
            }
            _ => {}
        }
    });
    // `model(x)[task]`, `criterion(model(x), y)`
    let is_run = |expr: &ast::Expr| matches!(expr, ast::Expr::Call(call) if mentions.is_name(&call.func));
    let calls = nodes(run, Some(loss)).iter().filter(|expr| is_run(expr)).count();
    let taken = nodes(run, Some(loss))
        .iter()
        .filter(|expr| match expr {
            ast::Expr::Subscript(e) => is_run(&e.value),
            ast::Expr::Attribute(e) => is_run(&e.value),
            ast::Expr::Call(call) => call.args.iter().any(is_run),
            _ => false,
        })
        .count();
    if taken > 0 && taken == calls {
        reads.extend(chosen(cx, (run, Some(loss)), given, &is_run, &is_used));
    }
    reads
}

/// Which of the outputs are surely read of a value that is only asked for its items and attributes, here or by a function that gets it;
/// `None` where it is read as a whole.
fn chosen<'a>(
    cx: &Cx<'a>,
    (run, loss): (&'a [ast::Stmt], Option<&'a ast::Expr>),
    given: &[(Key<'a>, &'a ast::Expr)],
    is_it: &dyn Fn(&ast::Expr) -> bool,
    is_used: &dyn Fn(&'a ast::Expr) -> bool,
) -> Option<Vec<bool>> {
    let mut are_read = vec![false; given.len()];
    let mut turns = Names::new();
    t2m_syntax::node::statements(run, &mut |stmt| {
        if let ast::Stmt::For(walk) = stmt {
            flow::targets(&walk.target, &mut turns);
        }
    });
    let (mut reads, mut items) = (0, 0);
    for expr in nodes(run, loss) {
        match expr {
            ast::Expr::Subscript(item) if is_it(&item.value) => {
                items += 1;
                let mut names = Names::new();
                flow::loads(&item.slice, &mut names);
                // All of them, one after the other.
                if names.iter().any(|name| turns.contains(name)) {
                    return None;
                }
                let Some(key) = Key::of(&item.slice, given.len()) else { continue };
                if is_used(expr) {
                    mark(given, &key, &mut are_read);
                }
            }
            ast::Expr::Attribute(field) if is_it(&field.value) => {
                let key = Key::Named(&field.attr);
                if !given.iter().any(|(own, _)| *own == key) {
                    return None;
                }
                items += 1;
                if is_used(expr) {
                    mark(given, &key, &mut are_read);
                }
            }
            ast::Expr::Call(call) if has_fields(given) => {
                if let Some((def, name)) = taker(cx, call, is_it) {
                    let is_it = |expr: &ast::Expr| matches!(expr, ast::Expr::Name(own) if own.id.as_str() == name);
                    let own = chosen(cx, (&def.body, None), given, &is_it, &|_| true)?;
                    items += 1;
                    are_read.iter_mut().zip(own).for_each(|(read, own)| *read |= own);
                }
            }
            _ => {}
        }
        if is_it(expr) && !matches!(expr, ast::Expr::Name(name) if name.ctx.is_store()) {
            reads += 1;
        }
    }
    (items > 0 && reads == items).then_some(are_read)
}

/// The function of the project that a call gives a value to, and the parameter that gets it.
fn taker<'a>(cx: &Cx<'a>, call: &'a ast::ExprCall, is_it: &dyn Fn(&ast::Expr) -> bool) -> Option<(&'a ast::StmtFunctionDef, &'a str)> {
    let arg = call.args.iter().find(|arg| is_it(arg))?;
    let def = called::definition_of(cx, call)?;
    Some((def, called::parameter(def, call, arg)?))
}

fn mark<'a>(given: &[(Key<'a>, &'a ast::Expr)], key: &Key<'a>, are_read: &mut [bool]) {
    if let Some(at) = given.iter().position(|(own, _)| own == key) {
        are_read[at] = true;
    }
}

/// Whether outputs have names: who gets them as a whole asks for some of them.
fn has_fields(given: &[(Key<'_>, &ast::Expr)]) -> bool {
    given.iter().any(|(key, _)| matches!(key, Key::Named(_)))
}

/// All expressions of a step.
fn nodes<'a>(run: &'a [ast::Stmt], loss: Option<&'a ast::Expr>) -> Vec<&'a ast::Expr> {
    let mut found = Vec::new();
    for node in run.iter().map(Node::Stmt).chain(loss.map(Node::Expr)) {
        node.walk(&mut |node| {
            if let Node::Expr(expr) = node {
                found.push(expr);
            }
        });
    }
    found
}

#[derive(PartialEq)]
enum Key<'a> {
    At(usize),
    Named(&'a str),
}

impl<'a> Key<'a> {
    fn of(index: &'a ast::Expr, len: usize) -> Option<Self> {
        let number = |value: &ast::Expr| match value {
            ast::Expr::Constant(ast::ExprConstant { value: ast::Constant::Int(at), .. }) => at.to_string().parse::<usize>().ok(),
            _ => None,
        };
        match index {
            ast::Expr::Constant(ast::ExprConstant { value: ast::Constant::Str(name), .. }) => Some(Self::Named(name)),
            ast::Expr::UnaryOp(e) if e.op == ast::UnaryOp::USub => Some(Self::At(len.checked_sub(number(&e.operand)?)?)),
            _ => Some(Self::At(number(index)?)),
        }
    }
}

/// The single outputs of what a function returns: of a tuple, of a dict or an object that it writes out or fills by name.
fn given<'a>(at: (&Cx<'a>, &'a FileFacts), body: &'a [ast::Stmt], returned: &'a ast::Expr) -> Vec<(Key<'a>, &'a ast::Expr)> {
    let named = |e: &'a ast::ExprDict| {
        e.keys.iter().zip(&e.values).filter_map(|(key, output)| Some((Key::of(key.as_ref()?, 0)?, output))).collect::<Vec<_>>()
    };
    let mut found = match returned {
        ast::Expr::Tuple(e) => return e.elts.iter().enumerate().map(|(at, output)| (Key::At(at), output)).collect(),
        ast::Expr::Dict(e) => return named(e),
        ast::Expr::Call(call) => return fields(at, call),
        _ => Vec::new(),
    };
    let ast::Expr::Name(name) = returned else { return found };
    for stmt in body {
        let ast::Stmt::Assign(assign) = stmt else { continue };
        let is_own = |expr: &ast::Expr| matches!(expr, ast::Expr::Name(own) if own.id == name.id);
        match (&assign.targets[..], &*assign.value) {
            ([target], ast::Expr::Dict(e)) if is_own(target) => found = named(e),
            ([target], ast::Expr::Call(call)) if is_own(target) => found = fields(at, call),
            ([ast::Expr::Subscript(item)], _) if is_own(&item.value) => {
                found.extend(Key::of(&item.slice, 0).map(|key| (key, &*assign.value)));
            }
            ([ast::Expr::Attribute(field)], _) if is_own(&field.value) => found.push((Key::Named(&field.attr), &assign.value)),
            _ => {}
        }
    }
    found
}

/// `Output(logits=..., value=...)`: an object of a class that holds values, or a dict.
fn fields<'a>((cx, facts): (&Cx<'a>, &'a FileFacts), call: &'a ast::ExprCall) -> Vec<(Key<'a>, &'a ast::Expr)> {
    let holds_values = match facts.entity(&call.func) {
        Some(Entity::Class(class)) => !cx.project_facts.is_module_class(*class),
        Some(Entity::Function(_)) => false,
        _ if facts.qualified(&call.func).is_some_and(|name| name.starts_with("torch.")) => false,
        _ => last_name(&call.func).is_some_and(|name| name == "dict" || name.starts_with(char::is_uppercase)),
    };
    if !holds_values {
        return Vec::new();
    }
    let names = field_names((cx, facts), &call.func);
    let by_place = call.args.iter().enumerate().map(|(at, output)| (names.get(at).map_or(Key::At(at), |name| Key::Named(name)), output));
    let by_name = call.keywords.iter().filter_map(|keyword| Some((Key::Named(keyword.arg.as_deref()?), &keyword.value)));
    by_place.chain(by_name).collect()
}

/// The fields of a dataclass, of a `NamedTuple` or of what `namedtuple` makes, in their order.
fn field_names<'a>((cx, facts): (&Cx<'a>, &'a FileFacts), class: &ast::Expr) -> Vec<&'a str> {
    if let Some(Entity::Class(class)) = facts.entity(class) {
        let info = cx.project_facts.class(*class);
        let Some((_, def)) = cx.shared.survey.class_statements(info.file).iter().find(|(id, _)| id == class) else { return Vec::new() };
        let fields = def.body.iter().filter_map(|stmt| match stmt {
            ast::Stmt::AnnAssign(field) => field.target.as_name_expr().map(|name| name.id.as_str()),
            _ => None,
        });
        return fields.collect();
    }
    let ast::Expr::Name(class) = class else { return Vec::new() };
    let made = cx.project.files.iter().flat_map(|file| &file.source.suite).find_map(|stmt| match stmt {
        ast::Stmt::Assign(assign) => match (&assign.targets[..], &*assign.value) {
            ([ast::Expr::Name(target)], ast::Expr::Call(call)) if target.id == class.id && last_name(&call.func) == Some("namedtuple") => {
                call.args.get(1)
            }
            _ => None,
        },
        _ => None,
    });
    match made {
        Some(ast::Expr::List(ast::ExprList { elts, .. }) | ast::Expr::Tuple(ast::ExprTuple { elts, .. })) => {
            elts.iter().filter_map(text).collect()
        }
        Some(names) => text(names).map(|names| names.split([',', ' ']).filter(|name| !name.is_empty()).collect()).unwrap_or_default(),
        None => Vec::new(),
    }
}

fn text(expr: &ast::Expr) -> Option<&str> {
    match expr {
        ast::Expr::Constant(ast::ExprConstant { value: ast::Constant::Str(text), .. }) => Some(text),
        _ => None,
    }
}

/// The attributes of `self` that an output is made by.
fn layers<'a>(body: &'a [ast::Stmt], output: &'a ast::Expr, found: &mut Names<'a>) {
    let mut needed = Names::new();
    flow::loads(output, &mut needed);
    idle::attributes(Node::Expr(output), found);
    for stmt in body.iter().rev().filter(|stmt| !matches!(stmt, ast::Stmt::Return(_))) {
        if Flow::of(std::slice::from_ref(stmt)).bound.intersection(&needed).next().is_some() || calls_on(stmt, &needed) {
            flow::loads_of_stmt(stmt, &mut needed);
            idle::attributes(Node::Stmt(stmt), found);
        }
    }
}

/// `outputs.append(self.out(h))`
fn calls_on(stmt: &ast::Stmt, names: &Names<'_>) -> bool {
    let mut found = false;
    Node::Stmt(stmt).walk(&mut |node| {
        if let Node::Expr(ast::Expr::Call(call)) = node
            && let ast::Expr::Attribute(method) = &*call.func
        {
            found |= matches!(&*method.value, ast::Expr::Name(name) if names.contains(name.id.as_str()));
        }
    });
    found
}
