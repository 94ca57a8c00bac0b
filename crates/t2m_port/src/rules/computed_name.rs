//! `getattr(nn, name)`: a member of torch by a name that is computed. What it may be becomes a dictionary, or a helper looks it up.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use rustc_hash::FxHashSet;
use serde::Deserialize;
use t2m_semantic::Entity;
use t2m_semantic::tables::read_names;
use t2m_syntax::ast;
use t2m_syntax::{Node, Piece, Prec};

use super::{Hook, Rule, Shape};
use crate::claim::Claim;
use crate::cx::Cx;
use crate::names::{Module, Uses};
use crate::{receiver, rows};

pub(super) const RULE: Rule =
    Rule { name: "computed-name", doc: include_str!("computed_name.md"), hook: Hook::Expr(&[Shape::Call], computed_name) };

/// `mappings/names/by_name.toml`
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct ByName {
    helpers: BTreeMap<String, String>,
    helpers_of_parts: BTreeMap<String, String>,
    helpers_of_calls: BTreeMap<String, String>,
    helpers_of_words: Vec<OfWords>,
    methods: Methods,
}

/// What `compat.method_named` holds.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Methods {
    names: FxHashSet<String>,
    same: FxHashSet<String>,
    otherwise: FxHashSet<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OfWords {
    namespace: String,
    words: Vec<String>,
    helper: String,
}

static BY_NAME: LazyLock<ByName> = LazyLock::new(|| read_names("by_name"));

/// Whether a method of arrays is found by its name.
pub(super) fn is_method_held(name: &str) -> bool {
    BY_NAME.methods.names.contains(name)
}

/// Whether MLX's arrays have the method with PyTorch's meaning, but for keywords.
pub(super) fn is_method_of_mlx(name: &str) -> bool {
    BY_NAME.methods.same.contains(name)
}

/// Whether MLX's arrays have a method of this name that does something else.
pub(super) fn is_method_of_mlx_otherwise(name: &str) -> bool {
    BY_NAME.methods.otherwise.contains(name)
}

/// More than these are no choice that a reader takes in.
const MANY: usize = 6;

fn computed_name<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> Option<Claim<'a>> {
    let ast::Expr::Call(call) = expr else { return None };
    let is_getattr = matches!(cx.entity(&call.func), Some(Entity::Builtin(name)) if name.as_static() == "getattr");
    let ([object, name], []) = (&call.args[..], &call.keywords[..]) else { return None };
    if !is_getattr || receiver::string(name).is_some() {
        return None;
    }
    let module = cx.qualified(object)?;
    let choices = checked_before(cx, expr, name).or_else(|| fitting(cx, module, name));
    if let Some(choices) = choices {
        return dictionary(cx, module, name, &choices);
    }
    let is_asked = matches!(cx.parent(expr), Some(Node::Expr(ast::Expr::Attribute(_))));
    let is_called = receiver::is_callee(cx, expr) || is_called_later(cx, expr);
    let of_part = is_cut_out(name).then(|| BY_NAME.helpers_of_parts.get(module)).flatten();
    let of_call = is_called.then(|| BY_NAME.helpers_of_calls.get(module)).flatten();
    let of_word = || of_words(cx, expr, module, name);
    let helper = of_part.or(of_call).or_else(of_word).or_else(|| BY_NAME.helpers.get(module))?;
    // A dtype has no members worth asking for.
    if module == "torch" && is_asked {
        return None;
    }
    let (text, uses) = cx.member(Module::Compat, helper);
    Some(Claim::build(vec![Piece::text(format!("{text}(")), Piece::Expr(name, Prec::Test), Piece::text(")")], Prec::Atom).uses(uses))
}

/// The helper of the layers that a word speaks of: `rnn` of `self.rnn = getattr(nn, mode)(...)`, and of `getattr(nn, rnn_type)`.
fn of_words<'a>(cx: &Cx<'a>, expr: &'a ast::Expr, module: &str, name: &'a ast::Expr) -> Option<&'static String> {
    let mut text = cx.source(name).to_lowercase();
    if let Some(ast::Stmt::Assign(assign)) = cx.statement(expr)
        && let [target @ (ast::Expr::Name(_) | ast::Expr::Attribute(_))] = &assign.targets[..]
    {
        text.push(' ');
        text.push_str(&cx.source(target).to_lowercase());
    }
    // Ex) `getattr(nn, name)(reduction="none")`
    if let Some(Node::Expr(ast::Expr::Call(call))) = cx.parent(expr)
        && receiver::is_callee(cx, expr)
    {
        call.keywords.iter().filter_map(|keyword| keyword.arg.as_ref()).for_each(|name| text.extend([" ", name.as_str()]));
    }
    // Ex) `def loss_by_name(name): return getattr(F, name)`
    if let Some(Node::Stmt(ast::Stmt::FunctionDef(def))) = cx.scopes(expr).next() {
        text.push(' ');
        text.push_str(&def.name.to_lowercase());
    }
    let words: Vec<&str> =
        text.split(|c: char| !c.is_alphanumeric()).map(|word| word.trim_end_matches(|c: char| c.is_ascii_digit())).collect();
    let speaks = |of: &&OfWords| of.namespace == module && of.words.iter().any(|word| words.contains(&word.as_str()));
    BY_NAME.helpers_of_words.iter().find(speaks).map(|of| &of.helper)
}

/// `m[3:]`, `m.replace("nn.", "")`, `m.split(".")[-1]`
fn is_cut_out(name: &ast::Expr) -> bool {
    match name {
        ast::Expr::Subscript(part) => part.slice.is_slice_expr() || part.value.is_call_expr(),
        ast::Expr::Call(call) => {
            matches!(&*call.func, ast::Expr::Attribute(method) if matches!(method.attr.as_str(), "replace" | "removeprefix" | "lstrip"))
        }
        _ => false,
    }
}

/// Whether it is bound to what the file calls: `self.op = getattr(torch, name)`, `self.op(x)`.
fn is_called_later<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> bool {
    let Some(Node::Stmt(ast::Stmt::Assign(assign))) = cx.parent(expr) else { return false };
    let is_it = |func: &ast::Expr| assign.targets.iter().any(|target| cx.source(target) == cx.source(func));
    let mut is_called = false;
    for stmt in &cx.file.suite {
        Node::Stmt(stmt).walk(&mut |node| is_called |= matches!(node, Node::Expr(ast::Expr::Call(call)) if is_it(&call.func)));
    }
    is_called
}

/// `{"LSTM": compat.LSTM, "GRU": compat.GRU}[name]`
fn dictionary<'a>(cx: &Cx<'a>, module: &str, name: &'a ast::Expr, choices: &[String]) -> Option<Claim<'a>> {
    let mut uses = Uses::default();
    let mut items = Vec::new();
    for choice in choices {
        let (text, used) = rows::value_text(cx, &format!("{module}.{choice}"))?;
        uses.extend(&used);
        items.push(format!("\"{choice}\": {text}"));
    }
    let pieces = vec![Piece::text(format!("{{{}}}[", items.join(", "))), Piece::Expr(name, Prec::Tuple), Piece::text("]")];
    Some(Claim::build(pieces, Prec::Atom).uses(uses))
}

/// The names that an `if name in ("LSTM", "GRU"):` around the call lets through.
fn checked_before<'a>(cx: &Cx<'a>, expr: &'a ast::Expr, name: &'a ast::Expr) -> Option<Vec<String>> {
    let mut inner = Node::Expr(expr);
    cx.ancestors(inner).find_map(|node| {
        let below = std::mem::replace(&mut inner, node);
        let Node::Stmt(ast::Stmt::If(check)) = node else { return None };
        let ast::Expr::Compare(compare) = &*check.test else { return None };
        let ([ast::CmpOp::In], [among]) = (&compare.ops[..], &compare.comparators[..]) else { return None };
        let is_checked = check.body.iter().any(|stmt| Node::Stmt(stmt).id() == below.id()) && cx.source(&*compare.left) == cx.source(name);
        let items = match among {
            ast::Expr::Tuple(among) => &among.elts,
            ast::Expr::List(among) => &among.elts,
            ast::Expr::Set(among) => &among.elts,
            _ => return None,
        };
        if is_checked { items.iter().map(|item| receiver::string(item).map(str::to_owned)).collect() } else { None }
    })
}

/// The names of the tables that `f"Conv{n}d"` may give, if they are few.
fn fitting(cx: &Cx<'_>, module: &str, name: &ast::Expr) -> Option<Vec<String>> {
    let ast::Expr::JoinedStr(text) = name else { return None };
    let literal = |part: &ast::Expr| receiver::string(part).map(str::to_owned);
    let (start, end) = match &text.values[..] {
        [start, ast::Expr::FormattedValue(_), end] => (literal(start)?, literal(end)?),
        [start, ast::Expr::FormattedValue(_)] => (literal(start)?, String::new()),
        [ast::Expr::FormattedValue(_), end] => (String::new(), literal(end)?),
        _ => return None,
    };
    let mut names: Vec<String> = cx
        .tables
        .rows()
        .iter()
        .flat_map(|row| &row.signatures)
        .filter_map(|signature| signature.name.strip_prefix(module)?.strip_prefix('.'))
        .filter(|name| !name.contains('.') && name.len() > start.len() + end.len() && name.starts_with(&start) && name.ends_with(&end))
        .filter(|name| rows::has_value(cx, &format!("{module}.{name}")))
        .map(str::to_owned)
        .collect();
    names.sort_unstable();
    names.dedup();
    // Ex) `f"Conv{n}d"` is about dimensions, though `ConvTranspose2d` fits too; a name that is not there is an error.
    let is_count = |name: &String| name[start.len()..name.len() - end.len()].bytes().all(|byte| byte.is_ascii_digit());
    if names.iter().any(is_count) {
        names.retain(is_count);
    }
    (1..=MANY).contains(&names.len()).then_some(names)
}
