//! Layers that are frozen when the optimizer is made and trained later on. PyTorch's optimizer counts their steps from then; MLX's has made no
//! state for them.

use t2m_semantic::{Entity, FunctionId, Kind};
use t2m_syntax::ast::{self, Ranged};
use t2m_syntax::{Node, TextRange, node};

use super::called;
use super::events::{self, argument, statement};
use super::handed;
use super::kept;
use super::model::{self, Scopes};
use super::phase::Update;
use super::region;
use super::switchers;
use super::used_up::is_iterator;
use crate::cx::Cx;
use crate::receiver;
use crate::rules::freeze_loop::switch;

/// Whether an optimizer meets parameters that were frozen when it was made. One that was made of the trainable ones alone never learns of them.
pub(super) fn meets<'a>(cx: &Cx<'a>, scopes: &Scopes<'a>, updates: &[Update<'a>]) -> Result<bool, String> {
    let mut meets = false;
    for update in updates {
        let calls = model::constructors(cx, scopes, update.optimizer);
        let Some(made) = calls.iter().max_by_key(|call| call.range.start()) else {
            meets = meets || thaws_between(cx, scopes, update);
            continue;
        };
        let seen = Seen::behind(cx, scopes, made.range, update);
        if !seen.frozen || !seen.thawed {
            continue;
        }
        // What is frozen for a while counts fewer steps than the rest.
        meets = true;
        if !seen.was_frozen {
            continue;
        }
        // `params = filter(lambda p: p.requires_grad, ...)` asks when it is read.
        let asks_late = |call: &&'a ast::ExprCall| {
            let params = argument(call, 0, "params").filter(|params| params.is_name_expr() || params.is_attribute_expr());
            params
                .is_some_and(|params| scopes.values(cx, params).into_iter().any(|value| is_iterator(cx, value) && asks(Node::Expr(value))))
        };
        if calls.iter().any(|call| selects(call)) || calls.iter().any(asks_late) {
            return Err(format!(
                "`{}` was made of the trainable parameters alone, and others are trained later",
                cx.snippet(update.optimizer)
            ));
        }
    }
    Ok(meets)
}

/// The same for an optimizer that is handed to the step's function or class: whether those who hand it over, or the class itself, freeze some
/// parameters and train some again once it is made.
fn thaws_between<'a>(cx: &Cx<'a>, scopes: &Scopes<'a>, update: &Update<'a>) -> bool {
    let mut seen = Seen::default();
    if scopes.class.is_some() {
        seen.add(cx, scopes, TextRange::empty(0.into()), Some(update));
    }
    for passed in handed::passed(cx, scopes, update.optimizer) {
        let Some(stmt) = cx.statement(passed) else { continue };
        let there = Scopes::around(cx, stmt);
        if let Some(made) = model::constructors(cx, &there, passed).iter().max_by_key(|call| call.range.start()) {
            seen.add(cx, &there, made.range, None);
        }
    }
    seen.frozen && seen.thawed
}

/// Which switches there are around an optimizer.
#[derive(Default)]
struct Seen {
    /// Some parameters are frozen when it is made.
    was_frozen: bool,
    /// Some are frozen then, or later on.
    frozen: bool,
    /// Some are trained again behind it.
    thawed: bool,
}

impl Seen {
    fn behind<'a>(cx: &Cx<'a>, scopes: &Scopes<'a>, made: TextRange, update: &Update<'a>) -> Self {
        let mut seen = Self::default();
        seen.add(cx, scopes, made, Some(update));
        seen
    }

    /// Adds the switches around a place in the text, without those that the step makes anew in each turn.
    fn add<'a>(&mut self, cx: &Cx<'a>, scopes: &Scopes<'a>, made: TextRange, update: Option<&Update<'a>>) {
        let own = update.map(|update| in_each_turn(cx, update)).unwrap_or_default();
        switches(cx, scopes, made, update, &own, &mut |is_behind, flag| {
            self.was_frozen |= !is_behind && flag != Some(true);
            self.frozen |= flag != Some(true);
            self.thawed |= is_behind && flag != Some(false);
        });
    }
}

/// The statements that surely run in front of a step in each of its turns: a switch in them says the same each time.
fn in_each_turn<'a>(cx: &Cx<'a>, update: &Update<'a>) -> Vec<TextRange> {
    let mut found = Vec::new();
    let mut steps = 0;
    let optimizer = cx.source(update.optimizer);
    region::turn(cx, update.stmt, &mut |suite| {
        // A file runs once, and so do those that step several times in a row.
        if std::ptr::eq(suite, &*cx.file.suite) {
            steps += 2;
        }
        for stmt in suite {
            steps += usize::from(statement(cx, stmt, "step").is_some_and(|call| cx.source(call.receiver) == optimizer));
            let is_plain = matches!(stmt, ast::Stmt::Expr(_) | ast::Stmt::Assign(_) | ast::Stmt::For(_));
            if is_plain && stmt.range().end() <= update.stmt.range().start() {
                found.push(stmt.range());
            }
        }
    });
    if steps > 1 { Vec::new() } else { found }
}

/// Whether some parameters are frozen behind the optimizer.
pub(super) fn freezes<'a>(cx: &Cx<'a>, scopes: &Scopes<'a>, updates: &[Update<'a>]) -> bool {
    let mut found = false;
    for update in updates {
        let calls = model::constructors(cx, scopes, update.optimizer);
        let Some(made) = calls.iter().max_by_key(|call| call.range.start()) else { continue };
        switches(cx, scopes, made.range, Some(update), &[], &mut |is_behind, flag| found |= is_behind && flag != Some(true));
    }
    found
}

/// The statements that say which parameters are trained, those of the functions that are called included: whether they run behind an optimizer, and what they say.
fn switches<'a>(
    cx: &Cx<'a>,
    scopes: &Scopes<'a>,
    made: TextRange,
    update: Option<&Update<'a>>,
    left_out: &[TextRange],
    visit: &mut dyn FnMut(bool, Option<bool>),
) {
    // What stands around a function runs before it makes an optimizer of its own, or when that is gone.
    let lives_in = update.and_then(|update| scopes.local(update.optimizer));
    let is_outside = |at: usize| lives_in.is_some_and(|own| at > own);
    let own = scopes.bodies().into_iter().enumerate().map(|(at, body)| (body, is_outside(at).then_some(false), None));
    let methods = scopes.class.into_iter().flat_map(|class| &class.body).filter_map(|method| {
        let def = method.as_function_def_stmt()?;
        // Methods run behind the constructor.
        let is_own = def.range.contains_range(made) || scopes.functions.iter().any(|own| std::ptr::eq(*own, method));
        Some((&def.body[..], (!is_own).then_some(def.name.as_str() != "__init__"), Some(method)))
    });
    for (body, is_behind, method) in own.chain(methods) {
        node::statements(body, &mut |stmt| {
            let is_left_out = left_out.iter().any(|range| range.contains_range(stmt.range()));
            let is_behind = is_behind.unwrap_or(stmt.range().start() > made.start());
            if let Some((target, flag)) = switch(stmt) {
                // What a method is told, its calls say.
                let is_told =
                    matches!((flag, method), (Some(ast::Expr::Name(name)), Some(method)) if model::has_parameter(method, &name.id));
                let is_elsewhere = is_left_out || is_told && is_called_within(cx, scopes, method);
                if !is_elsewhere && !switchers::is_array(&cx.kind(target)) {
                    visit(is_behind, constant(flag));
                }
                return;
            }
            let value = match stmt {
                ast::Stmt::Expr(s) => &*s.value,
                ast::Stmt::Assign(s) => &*s.value,
                _ => return,
            };
            Node::Expr(value).walk(&mut |node| {
                if let Node::Expr(ast::Expr::Call(call)) = node {
                    called_switches(cx, call, &mut |flag, is_steady| {
                        if !is_left_out || !is_steady {
                            visit(is_behind, flag);
                        }
                    });
                }
            });
        });
    }
}

/// What a call says, and whether it says so each time.
fn called_switches<'a>(cx: &Cx<'a>, call: &'a ast::ExprCall, visit: &mut dyn FnMut(Option<bool>, bool)) {
    let mut is_shown = false;
    if let Some((def, facts)) = called::definition(cx, call) {
        let mut conditions = Vec::new();
        node::statements(&def.body, &mut |stmt| {
            if stmt.is_if_stmt() {
                conditions.push(stmt.range());
            }
        });
        node::statements(&def.body, &mut |stmt| {
            let Some((target, flag)) = switch(stmt) else { return };
            is_shown = true;
            if switchers::is_array(&facts.fact(target).kind) {
                return;
            }
            // `set_trained(model, False)`
            let passed = match flag {
                Some(ast::Expr::Name(name)) => {
                    let args = call.args.iter().chain(call.keywords.iter().map(|keyword| &keyword.value));
                    args.into_iter().find(|arg| called::parameter(def, call, arg) == Some(&name.id))
                }
                flag => flag,
            };
            let says = if flag.is_some() && passed.is_none() { None } else { constant(passed) };
            visit(says, says.is_some() && !conditions.iter().any(|range| range.contains_range(stmt.range())));
        });
    }
    let is_class = matches!(cx.entity(&call.func), Some(entity) if !matches!(entity, Entity::Function(_)));
    if !is_shown && !is_class && may_be_own(cx, &call.func) {
        cx.shared.switchers(cx.project_facts).says(call, &called_functions(cx, call)).into_iter().for_each(|says| visit(says, false));
    }
}

/// What a call runs: a function, or a method of a known class or one that overrides it.
fn called_functions<'a>(cx: &Cx<'a>, call: &'a ast::ExprCall) -> Vec<FunctionId> {
    match (cx.entity(&call.func), &*call.func) {
        (Some(Entity::Function(id)), _) => vec![*id],
        (_, ast::Expr::Attribute(method)) => {
            let class = receiver::class_of(cx, &method.value);
            class.map(|class| kept::methods(cx, Some(class), &method.attr)).unwrap_or_default()
        }
        _ => Vec::new(),
    }
}

/// Methods of optimizers, losses and modules: of an object that is not known they are taken for those.
const OF_TORCH: &[&str] = &["step", "zero_grad", "backward", "train", "eval", "to", "item", "append", "update", "load_state_dict"];

/// Whether a call may run a function of the project.
fn may_be_own(cx: &Cx<'_>, func: &ast::Expr) -> bool {
    let ast::Expr::Attribute(method) = func else { return true };
    match cx.kind(&method.value) {
        Kind::Instance(_) => true,
        kind if kind.is_unknown() => !OF_TORCH.contains(&method.attr.as_str()),
        Kind::Module => !OF_TORCH.contains(&method.attr.as_str()),
        _ => events::is_name(&method.value, "self"),
    }
}

/// Whether all calls of a method stand in its own class.
fn is_called_within(cx: &Cx<'_>, scopes: &Scopes<'_>, method: Option<&ast::Stmt>) -> bool {
    let (Some(class), Some(ast::Stmt::FunctionDef(def))) = (scopes.class, method) else { return false };
    let name = def.name.as_str();
    let is_own = |caller: &str| class.body.iter().any(|own| matches!(own, ast::Stmt::FunctionDef(own) if own.name.as_str() == caller));
    let mut callers = cx.shared.survey.calls().filter(|(_, called)| called.contains(&name)).map(|(caller, _)| caller).peekable();
    callers.peek().is_some() && callers.all(is_own)
}

/// What a switch says, where it is known; without an argument it is `True`.
fn constant(flag: Option<&ast::Expr>) -> Option<bool> {
    match flag {
        None => Some(true),
        Some(ast::Expr::Constant(c)) => c.value.as_bool().copied(),
        Some(_) => None,
    }
}

/// `filter(lambda p: p.requires_grad, ...)`
fn selects(call: &ast::ExprCall) -> bool {
    call.args.iter().any(|arg| asks(Node::Expr(arg))) || call.keywords.iter().any(|keyword| asks(Node::Expr(&keyword.value)))
}

fn asks(node: Node<'_>) -> bool {
    let mut found = false;
    node.walk(&mut |node| found |= matches!(node, Node::Expr(ast::Expr::Attribute(e)) if e.attr.as_str() == "requires_grad"));
    found
}
