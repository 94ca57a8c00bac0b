//! Who asks `torch.is_grad_enabled()` where callers may have switched gradients off gets the answer from a flag of the helper module. The contexts under
//! which the question may be asked are kept, to set that flag; what gradients flow through is decided elsewhere (see `rules/no_grad`).

use std::cell::OnceCell;

use t2m_semantic::FileId;
use t2m_syntax::ast::{self, Ranged};
use t2m_syntax::{Node, TextRange};

use crate::asking_functions::{Asking, CALLED, Callers, Edges, Place};
use crate::cx::Cx;
use crate::rules::{GradMode, NO_GRAD, grad_mode, is_no_grad, last_name, own_manager};

/// What asks for the mode.
const QUESTIONS: &[&str] = &["torch.is_grad_enabled", INFERENCE];
const INFERENCE: &str = "torch.is_inference_mode_enabled";

/// The questions of the project that the helper module answers, by file.
#[derive(Debug, Default)]
pub(crate) struct Asked<'a> {
    files: Vec<(FileId, Questions<'a>)>,
}

#[derive(Debug, Default)]
struct Questions<'a> {
    places: Vec<Place>,
    asking: Asking<'a>,
}

impl<'a> Asked<'a> {
    pub(crate) fn new(cx: &Cx<'a>) -> Self {
        let mut files = Vec::new();
        for id in cx.project.ids() {
            let source = &cx.project.file(id).source;
            if !QUESTIONS.iter().any(|name| source.text.contains(name.trim_start_matches("torch."))) {
                continue;
            }
            let own = Cx::new(cx.project, cx.project_facts, cx.tables, id, cx.shared);
            let mut found = Questions::default();
            for stmt in &source.suite {
                Node::Stmt(stmt).walk(&mut |node| {
                    if let Node::Expr(expr @ ast::Expr::Call(call)) = node
                        && own.qualified(&call.func).is_some_and(|name| QUESTIONS.contains(&name))
                        && is_open(&own, expr)
                    {
                        found.places.push((expr.range(), asks_as_value(&own, expr)));
                    }
                });
            }
            if !found.places.is_empty() {
                files.push((id, found));
            }
        }
        if !files.is_empty() {
            let callers = Callers::new(cx.project_facts, cx.shared);
            let values = cx.shared.function_values(cx.project_facts);
            for (id, questions) in &mut files {
                questions.asking = callers.asking(cx.project_facts, values, *id, &questions.places);
            }
        }
        Self { files }
    }

    /// The questions of files that imports connect with this one: scripts of one folder do not call each other.
    fn near<'s>(&'s self, cx: &'s Cx<'a>) -> impl Iterator<Item = &'s (FileId, Questions<'a>)> {
        self.files.iter().filter(|(file, _)| cx.shared.are_connected(cx.project_facts, *file, cx.id))
    }
}

/// Whether a lambda, or a function within another one, asks: whoever has it calls it.
fn asks_as_value<'a>(cx: &Cx<'a>, question: &'a ast::Expr) -> bool {
    let mut functions = 0;
    for up in cx.ancestors(Node::Expr(question)) {
        match up {
            Node::Expr(ast::Expr::Lambda(_)) => return true,
            Node::Stmt(ast::Stmt::FunctionDef(_) | ast::Stmt::AsyncFunctionDef(_)) => functions += 1,
            Node::Stmt(ast::Stmt::ClassDef(_)) => break,
            _ => {}
        }
    }
    functions > 1
}

/// Whether the helper module answers a question.
pub(crate) fn is_answered<'a>(cx: &Cx<'a>, question: &'a ast::Expr) -> bool {
    // Where contexts are kept, what they restore is the flag.
    let restores = || {
        told_around(cx, question).is_none()
            && cx.shared.asked(cx).near(cx).next().is_some()
            && decides(cx, question, Use::Switches, DEPTH)
            && !decides(cx, question, Use::Values, DEPTH)
    };
    is_open(cx, question) || restores()
}

/// What the innermost block or decorator around an expression says.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Told {
    On,
    Off,
    /// What is known at run time.
    Perhaps,
}

/// What is told of a question by what stands around it in its function.
pub(crate) fn told_around<'a>(cx: &Cx<'a>, question: &'a ast::Expr) -> Option<Told> {
    for up in cx.ancestors(Node::Expr(question)) {
        let (items, decorators): (&'a [ast::WithItem], &'a [ast::Expr]) = match up {
            // What a `with` line asks is asked before the block.
            Node::Stmt(ast::Stmt::With(with))
                if !with.items.iter().any(|item| item.context_expr.range().contains_range(question.range())) =>
            {
                (&with.items, &[])
            }
            Node::Stmt(ast::Stmt::FunctionDef(def)) => (&[], &def.decorator_list),
            Node::Stmt(ast::Stmt::AsyncFunctionDef(_) | ast::Stmt::ClassDef(_)) => return None,
            // It asks where it is called.
            Node::Expr(ast::Expr::Lambda(_)) => return Some(Told::Perhaps),
            _ => continue,
        };
        let contexts = items.iter().map(|item| &item.context_expr).chain(decorators);
        let found = contexts.rev().find_map(|context| told_by(cx, context));
        if found.is_some() && is_switched_by_statements(cx, question) {
            return Some(Told::Perhaps);
        }
        if found.is_some() || matches!(up, Node::Stmt(ast::Stmt::FunctionDef(_))) {
            return found;
        }
    }
    None
}

fn told_by<'a>(cx: &Cx<'a>, context: &'a ast::Expr) -> Option<Told> {
    match grad_mode(cx, context) {
        Some(GradMode::On) => Some(Told::On),
        Some(GradMode::Off) => Some(Told::Off),
        Some(GradMode::OffIf(_)) => Some(Told::Perhaps),
        None if own_manager(cx, context).is_some() => Some(Told::Perhaps),
        None => is_no_grad(cx, context).then_some(Told::Off),
    }
}

/// `torch.set_grad_enabled(True)` as a statement of the function.
fn is_switched_by_statements<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> bool {
    let mut is_switched = false;
    if cx.mentions("torch.set_grad_enabled") {
        t2m_syntax::node::statements(crate::views::enclosing_body(cx, expr), &mut |stmt| {
            is_switched |= matches!(stmt, ast::Stmt::Expr(stmt) if cx.call_of(&stmt.value, "torch.set_grad_enabled").is_some());
        });
    }
    is_switched
}

/// Whether values depend on the answer, which nothing around the question tells.
fn is_open<'a>(cx: &Cx<'a>, question: &'a ast::Expr) -> bool {
    let ast::Expr::Call(call) = question else { return false };
    let told = told_around(cx, question);
    let is_told = match cx.is_qualified(&call.func, INFERENCE) {
        true => !enters_inference(cx),
        false => matches!(told, Some(Told::On | Told::Off)),
    };
    !is_told && decides(cx, question, Use::Values, DEPTH) && (told.is_some() || may_be_off(cx, question))
}

/// Whether a file near this one names PyTorch's inference mode.
fn enters_inference(cx: &Cx<'_>) -> bool {
    let names_it = |file: FileId| cx.project_facts.file(file).library_names().any(|name| name == "torch.inference_mode");
    cx.project.ids().any(|file| cx.shared.are_connected(cx.project_facts, file, cx.id) && names_it(file))
}

/// The names of the functions around an expression.
fn functions_around<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> Vec<&'a str> {
    let around = cx.ancestors(Node::Expr(expr)).filter_map(|up| match up {
        Node::Stmt(ast::Stmt::FunctionDef(def)) => Some(def.name.as_str()),
        Node::Stmt(ast::Stmt::AsyncFunctionDef(def)) => Some(def.name.as_str()),
        _ => None,
    });
    around.collect()
}

/// Whether a function around an expression may run where gradients are off.
fn may_be_off<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> bool {
    let functions = functions_around(cx, expr);
    if functions.is_empty() {
        return false;
    }
    // No call names what an operator or the reading of a property runs.
    if runs_uncalled(cx, expr) && cx.shared.switched_off(cx.project_facts).is_near(cx) {
        return true;
    }
    // A value is called where any module is.
    let called = if asks_as_value(cx, expr) { CALLED } else { &[] };
    cx.shared.switched_off(cx.project_facts).may_run(cx, &[functions, called.to_vec()].concat())
}

/// Whether a property, or a method that operators, indices and loops run, is around an expression.
fn runs_uncalled<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> bool {
    cx.ancestors(Node::Expr(expr)).any(|up| match up {
        Node::Stmt(ast::Stmt::FunctionDef(def)) => {
            let is_property =
                |decorator: &ast::Expr| last_name(decorator).is_some_and(|name| matches!(name, "property" | "cached_property" | "setter"));
            let name = def.name.as_str();
            let is_operator = name.starts_with("__") && name.ends_with("__") && !matches!(name, "__init__" | "__new__" | "__call__");
            is_operator || def.decorator_list.iter().any(is_property)
        }
        _ => false,
    })
}

/// Whether a context of torch, or the function that makes one, is kept: a question may be asked under it.
pub(crate) fn keeps<'a>(cx: &Cx<'a>, context: &'a ast::Expr) -> bool {
    let asked = cx.shared.asked(cx);
    if asked.near(cx).next().is_none() {
        return false;
    }
    let Some(body) = entered_around(cx, context) else { return true };
    let (Some(first), Some(last)) = (body.first(), body.last()) else { return false };
    let range = TextRange::new(first.range().start(), last.range().end());
    let edges = OnceCell::new();
    let edges = || edges.get_or_init(|| Edges::of(cx.callers(), body));
    let asks = |(file, questions): &(FileId, Questions<'a>)| {
        *file == cx.id && questions.places.iter().any(|(place, _)| range.contains_range(*place))
            || questions.asking.is_reached(cx.project_facts, edges())
    };
    yields(body) || asked.near(cx).any(asks)
}

/// Whether an expression is, or chooses, a context that is kept.
pub(crate) fn holds_kept<'a>(cx: &Cx<'a>, context: &'a ast::Expr) -> bool {
    let mut switches = false;
    Node::Expr(context).walk(&mut |node| {
        switches |= matches!(node, Node::Expr(expr) if cx.qualified(expr).is_some_and(is_switch));
    });
    switches && keeps(cx, context)
}

/// Whether a name of torch switches gradients.
pub(crate) fn is_switch(name: &str) -> bool {
    NO_GRAD.contains(&name) || name == "torch.enable_grad"
}

/// Where a context is entered at once: the body of the `with` that holds it, or of the function that it decorates. Classes stay undecorated.
fn entered_around<'a>(cx: &Cx<'a>, context: &'a ast::Expr) -> Option<&'a [ast::Stmt]> {
    let is_at = |own: &ast::Expr| own.range().contains_range(context.range());
    for up in cx.ancestors(Node::Expr(context)) {
        match up {
            Node::Expr(ast::Expr::IfExp(_)) => {}
            Node::Expr(ast::Expr::Call(call)) if call.func.range().contains_range(context.range()) => {}
            Node::Stmt(ast::Stmt::With(with)) if with.items.iter().any(|item| is_at(&item.context_expr)) => return Some(&with.body),
            Node::Stmt(ast::Stmt::AsyncWith(with)) if with.items.iter().any(|item| is_at(&item.context_expr)) => return Some(&with.body),
            Node::Stmt(ast::Stmt::FunctionDef(def)) if def.decorator_list.iter().any(is_at) => return Some(&def.body),
            Node::Stmt(ast::Stmt::AsyncFunctionDef(def)) if def.decorator_list.iter().any(is_at) => return Some(&def.body),
            Node::Stmt(ast::Stmt::ClassDef(def)) if def.decorator_list.iter().any(is_at) => return Some(&[]),
            _ => return None,
        }
    }
    None
}

/// Whether a context is entered where it is written, by what [`entered_around`] sees.
pub(crate) fn is_entered<'a>(cx: &Cx<'a>, context: &'a ast::Expr) -> bool {
    entered_around(cx, context).is_some()
}

/// Whoever gets control back may ask.
fn yields(body: &[ast::Stmt]) -> bool {
    let mut found = false;
    for stmt in body {
        Node::Stmt(stmt).walk(&mut |node| found |= matches!(node, Node::Expr(ast::Expr::Yield(_) | ast::Expr::YieldFrom(_))));
    }
    found
}

/// A name that holds the answer to another name's question: longer chains are taken to decide.
const DEPTH: usize = 3;

/// What an answer may be used for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Use {
    /// What is computed.
    Values,
    /// That, or which gradients are on: `torch.set_grad_enabled(before)`.
    Switches,
}

/// What stands beside the question where it chooses between two ways to the same values, or is no question in MLX.
const SAME_VALUES: &[&str] = &["checkpoint", ".requires_grad", ".is_cuda"];

/// Whether something depends on the answer.
fn decides<'a>(cx: &Cx<'a>, expr: &'a ast::Expr, what: Use, depth: usize) -> bool {
    if depth == 0 {
        return true;
    }
    match cx.parent(expr) {
        Some(Node::Expr(up)) => match up {
            ast::Expr::BoolOp(both) => {
                let is_same = |other: &&ast::Expr| SAME_VALUES.iter().any(|name| cx.source(*other).contains(name));
                !(both.op == ast::BoolOp::And && both.values.iter().any(|value| is_same(&value))) && decides(cx, up, what, depth)
            }
            ast::Expr::UnaryOp(_) | ast::Expr::Compare(_) => decides(cx, up, what, depth),
            ast::Expr::Call(call) if !std::ptr::eq(&*call.func, expr) => {
                (what == Use::Switches || !switches(cx, call)) && !records(call) && !is_recorded(call, expr)
            }
            _ => true,
        },
        Some(Node::Stmt(stmt)) => match stmt {
            ast::Stmt::If(choice) => !(computes_the_same(cx, &choice.body) && computes_the_same(cx, &choice.orelse)),
            ast::Stmt::Assert(_) | ast::Stmt::Expr(_) => false,
            ast::Stmt::Assign(assign) => match &assign.targets[..] {
                [target @ (ast::Expr::Name(_) | ast::Expr::Attribute(_))] => {
                    reads(cx, target).into_iter().any(|read| decides(cx, read, what, depth - 1))
                }
                _ => true,
            },
            _ => true,
        },
        _ => true,
    }
}

/// `torch.set_grad_enabled(torch.is_grad_enabled() and flag)`
fn switches(cx: &Cx<'_>, call: &ast::ExprCall) -> bool {
    cx.qualified(&call.func).is_some_and(|name| NO_GRAD.contains(&name))
}

/// `x.requires_grad_(torch.is_grad_enabled())`
fn records(call: &ast::ExprCall) -> bool {
    last_name(&call.func) == Some("requires_grad_")
}

/// `torch.zeros(3, requires_grad=torch.is_grad_enabled())`
fn is_recorded(call: &ast::ExprCall, argument: &ast::Expr) -> bool {
    let name = call.keywords.iter().find(|keyword| std::ptr::eq(&keyword.value, argument)).and_then(|keyword| keyword.arg.as_deref());
    matches!(name, Some("requires_grad" | "create_graph" | "retain_graph"))
}

/// Where the file reads a name or attribute that holds the answer.
fn reads<'a>(cx: &Cx<'a>, target: &'a ast::Expr) -> Vec<&'a ast::Expr> {
    let mut found = Vec::new();
    for stmt in &cx.file.suite {
        Node::Stmt(stmt).walk(&mut |node| match (node, target) {
            (Node::Expr(expr @ ast::Expr::Name(read)), ast::Expr::Name(own)) if read.id == own.id && read.ctx.is_load() => found.push(expr),
            (Node::Expr(expr @ ast::Expr::Attribute(read)), ast::Expr::Attribute(own)) if read.attr == own.attr && read.ctx.is_load() => {
                found.push(expr);
            }
            _ => {}
        });
    }
    found
}

/// Methods that say what is to be recorded, and no more.
const RECORDS: &[&str] = &["retain_grad", "requires_grad_", "register_hook"];

/// Whether statements only recompute, record, or complain.
fn computes_the_same(cx: &Cx<'_>, suite: &[ast::Stmt]) -> bool {
    suite.iter().all(|stmt| match stmt {
        ast::Stmt::Pass(_) | ast::Stmt::Raise(_) | ast::Stmt::Assert(_) => true,
        ast::Stmt::Expr(statement) => match &*statement.value {
            ast::Expr::Call(call) => {
                last_name(&call.func).is_some_and(|name| RECORDS.contains(&name))
                    || matches!(cx.qualified(&call.func), Some("warnings.warn"))
            }
            _ => false,
        },
        _ => false,
    })
}
