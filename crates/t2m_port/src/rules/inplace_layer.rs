//! `out = self.relu(x)` with `nn.ReLU(inplace=True)` changes `x`, too, which the rest of the function may read. MLX's layers change nothing.

use t2m_semantic::{ClassId, FileFacts, Kind};
use t2m_syntax::ast::{self, Ranged};
use t2m_syntax::{Edit, Node, TextRange};

use super::{Hook, Rule, Shape};
use crate::claim::Claim;
use crate::codes;
use crate::cx::Cx;
use crate::finding::Finding;
use crate::survey::Store;
use crate::{in_place, receiver, views};

pub(super) const RULE: Rule = Rule { name: "inplace-layer", doc: include_str!("inplace_layer.md"), hook: Hook::Expr(&[Shape::Call], call) };

fn call<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> Option<Claim<'a>> {
    let ast::Expr::Call(call) = expr else { return None };
    let ast::Expr::Attribute(layer) = &*call.func else { return None };
    let [argument @ ast::Expr::Name(name)] = &call.args[..] else { return None };
    let class = receiver::self_class(cx, &layer.value)?;
    let made = receiver::family(cx, class).find_map(|class| in_place(cx, class, &layer.attr));
    let held = || receiver::family(cx, class).find_map(|class| cx.project_facts.class(class).attrs.get(layer.attr.as_str()));
    let how = made.or_else(|| forwards_in_place(cx, &held()?.kind))?;
    let stmt = cx.statement(expr)?;
    let stored = match stmt {
        ast::Stmt::Assign(assign) => match &assign.targets[..] {
            [target @ ast::Expr::Name(_)] if std::ptr::eq(&*assign.value, expr) => Some(target),
            _ => None,
        },
        _ => None,
    };
    if stored.is_some_and(|target| views::is_same_name(target, &name.id)) {
        return None;
    }
    let leaves = matches!(stmt, ast::Stmt::Return(_))
        || matches!(stmt, ast::Stmt::Assign(assign) if assign.targets.iter().any(|t| views::is_same_name(t, &name.id)));
    let alias = views::alias_read_after(cx, name, argument);
    if alias.is_none() && !in_place::is_read_beside(cx, stmt, argument, name) && (leaves || !views::read_after(cx, name, argument)) {
        return None;
    }
    if stored.is_some() && alias.is_none() && how == InPlace::Layer {
        let at = TextRange::empty(expr.range().start());
        return Some(Claim::edit(vec![Edit::text(at, format!("{} = ", name.id))]));
    }
    let read = alias.unwrap_or(name.id.as_str());
    let reason = format!(
        "`{}` changes `{}` in place, and `{read}` is read beside or afterwards; MLX gives a new array",
        cx.snippet(&*call.func),
        name.id
    );
    let help = format!("store the result in `{}` first, if the change is meant", name.id);
    Some(Claim::todo(Finding::todo(codes::IN_PLACE_VALUE, expr.range(), reason).help(help)))
}

/// What changes the input of a layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum InPlace {
    /// The layer itself: `nn.ReLU(inplace=True)`.
    Layer,
    /// What the layer calls first: in an `nn.Sequential`, or in a `forward` of the project.
    First,
}

/// How the layer changes its input that the class itself makes of an attribute.
fn in_place<'a>(cx: &Cx<'a>, class: ClassId, name: &str) -> Option<InPlace> {
    let info = cx.project_facts.class(class);
    let maker = Maker { facts: cx.project_facts.file(info.file), cx: (info.file == cx.id).then_some(cx) };
    cx.shared.survey.stores(cx.project_facts, class, name).iter().find_map(|store| match store {
        Store::Whole(ast::Expr::Call(call)) => maker.changes_input(call, LIMIT),
        _ => None,
    })
}

/// Whether `forward` of a module of the project gives its input as it is to a layer that changes it.
fn forwards_in_place(cx: &Cx<'_>, kind: &Kind) -> Option<InPlace> {
    let Kind::Instance(class) = kind else { return None };
    let facts = cx.project_facts;
    let (owner, forward) = facts.class(*class).mro.iter().find_map(|class| Some((*class, *facts.class(*class).methods.get("forward")?)))?;
    let info = facts.function(forward);
    let def = function_at(&cx.project.file(info.file).source.suite, info.range)?;
    let [object, input, ..] = &def.args.args[..] else { return None };
    let (object, input) = (object.def.arg.as_str(), input.def.arg.as_str());
    let mut changes = false;
    for stmt in &def.body {
        Node::Stmt(stmt).walk(&mut |node| {
            let Node::Expr(ast::Expr::Call(call)) = node else { return };
            let (ast::Expr::Attribute(layer), [argument]) = (&*call.func, &call.args[..]) else { return };
            if views::is_same_name(&layer.value, object) && views::is_same_name(argument, input) {
                let is_rebound = || views::bindings(&def.body, input).iter().any(|(_, value)| value.range().end() < call.range.start());
                changes |= in_place(cx, owner, &layer.attr).is_some() && !is_rebound();
            }
        });
    }
    changes.then_some(InPlace::First)
}

/// The function statement of a range, sought along the statements around it.
fn function_at(suite: &[ast::Stmt], range: TextRange) -> Option<&ast::StmtFunctionDef> {
    let around = suite.iter().find(|stmt| stmt.range().contains_range(range))?;
    match around {
        ast::Stmt::FunctionDef(def) if def.range == range => Some(def),
        _ => t2m_syntax::node::suites(around).into_iter().find_map(|inner| function_at(inner, range)),
    }
}

/// How many names, lists and calls are followed: `layers = nn.Sequential(*layers)` may stand for itself.
const LIMIT: usize = 12;

/// Reads what builds a layer.
struct Maker<'c, 'a> {
    facts: &'c FileFacts,
    /// Of the file that is ported: names in other files are not followed.
    cx: Option<&'c Cx<'a>>,
}

impl<'a> Maker<'_, 'a> {
    fn changes_input(&self, call: &'a ast::ExprCall, depth: usize) -> Option<InPlace> {
        let is_true =
            |value: Option<&ast::Expr>| matches!(value, Some(ast::Expr::Constant(constant)) if constant.value == ast::Constant::Bool(true));
        if call.keywords.iter().any(|kw| kw.arg.as_deref() == Some("inplace") && is_true(Some(&kw.value))) {
            return Some(InPlace::Layer);
        }
        match self.facts.qualified(&call.func)? {
            "torch.nn.ReLU" | "torch.nn.ReLU6" | "torch.nn.SELU" | "torch.nn.SiLU" | "torch.nn.Hardswish" => {
                is_true(call.args.first()).then_some(InPlace::Layer)
            }
            "torch.nn.LeakyReLU" | "torch.nn.ELU" | "torch.nn.Dropout" => is_true(call.args.get(1)).then_some(InPlace::Layer),
            "torch.nn.Sequential" => self.starts_in_place(call.args.first()?, depth).then_some(InPlace::First),
            _ => None,
        }
    }

    /// Whether the first of some layers may change its input: `down[0]` of `model = down + [inner] + up` and `nn.Sequential(*model)`.
    fn starts_in_place(&self, layers: &'a ast::Expr, depth: usize) -> bool {
        let Some(next) = depth.checked_sub(1) else { return false };
        match layers {
            ast::Expr::Call(call) => self.changes_input(call, next).is_some(),
            ast::Expr::Starred(starred) => self.starts_in_place(&starred.value, next),
            ast::Expr::BinOp(sum) => self.starts_in_place(&sum.left, next),
            ast::Expr::List(list) => list.elts.first().is_some_and(|first| self.starts_in_place(first, next)),
            ast::Expr::Tuple(tuple) => tuple.elts.first().is_some_and(|first| self.starts_in_place(first, next)),
            ast::Expr::Name(name) => self.cx.is_some_and(|cx| {
                let bindings = views::bindings(views::enclosing_body(cx, layers), &name.id);
                bindings.into_iter().any(|(_, value)| self.starts_in_place(value, next))
            }),
            _ => false,
        }
    }
}
