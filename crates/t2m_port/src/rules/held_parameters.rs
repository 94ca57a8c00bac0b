//! `self.pairs = [(v, now[k]) for k, v in ...]` of `now = model.state_dict()`: whatever holds a model's parameters over a training step, however it was put together.
//! The rules of assignments (`kept_arrays`, `kept_parameter`) speak first.

use t2m_syntax::ast::{self, Ranged};
use t2m_syntax::{Node, node};

use t2m_semantic::Kind;

use super::held_values::{Held, given_to, held};
use super::kept_arrays::{self, Arrays};
use super::last_name;
use super::read_after_training::{is_change, is_read_after_training_in};
use super::{Hook, Rule, kept_parameter, open_members};
use crate::claim::StmtClaim;
use crate::codes;
use crate::cx::Cx;
use crate::finding::Finding;
use crate::survey::Sort;
use crate::{receiver, views};

pub(super) const RULE: Rule = Rule { name: "held-parameters", doc: include_str!("held_parameters.md"), hook: Hook::Stmt(stmt) };

fn stmt<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt) -> Option<StmtClaim<'a>> {
    finding(cx, stmt).map(StmtClaim::todo)
}

/// What no rule of assignments says of a statement: rules that write it anew say so too.
pub(super) fn finding<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt) -> Option<Finding> {
    if !["parameters(", "state_dict(", ".weight", ".bias"].into_iter().any(|word| cx.text_has(word)) {
        return None;
    }
    let (place, arrays) = found(cx, stmt).filter(|(_, arrays)| !is_buffer(cx, arrays.at))?;
    if kept_arrays::kept(cx, stmt).is_some() || kept_parameter::found(cx, stmt).is_some() {
        return None;
    }
    let (text, model) = (cx.snippet(arrays.at), cx.snippet(arrays.model));
    let reason = format!("`{place}` keeps `{text}`: in PyTorch it changes as the model is trained, in MLX it stays what it is here");
    let help = format!("copy it in the original if this state is meant, or ask `{model}` again where it is read");
    Some(Finding::todo(codes::KEPT_ARRAYS, stmt.range(), reason).help(help))
}

/// `self.table`, which no optimizer replaces.
fn is_buffer<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> bool {
    let ast::Expr::Attribute(own) = expr else { return false };
    let class = receiver::self_class(cx, &own.value).or_else(|| receiver::class_of(cx, &own.value));
    class.is_some_and(|class| cx.shared.survey.declared(class, &own.attr) == Some(Sort::Buffer))
}

/// `self.backup[name] = p.data` in front of `p.data = self.shadow[name]`: what is kept is the parameter's old memory, which nothing trains.
fn is_replaced_behind<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt) -> bool {
    let ast::Stmt::Assign(kept) = stmt else { return false };
    let ast::Expr::Attribute(data) = &*kept.value else { return false };
    let ast::Expr::Name(parameter) = &*data.value else { return false };
    let Some(Node::Stmt(up)) = cx.ancestors(Node::Stmt(stmt)).next() else { return false };
    let replaces = |behind: &ast::Stmt| {
        matches!(receiver::assignment(behind), Some((ast::Expr::Attribute(place), _))
            if place.attr.as_str() == "data" && views::is_same_name(&place.value, &parameter.id))
    };
    data.attr.as_str() == "data"
        && node::suites(up)
            .into_iter()
            .any(|suite| suite.iter().any(|behind| behind.range().start() > kept.range.end() && replaces(behind)))
}

/// What a statement keeps, and where.
fn found<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt) -> Option<(String, Arrays<'a>)> {
    if is_replaced_behind(cx, stmt) {
        return None;
    }
    match stmt {
        ast::Stmt::Assign(assign) => {
            let all = assign.targets.iter().flat_map(|target| views::pairs_of(target, &assign.value));
            all.into_iter().find_map(|(target, value)| assigned(cx, stmt, target, value))
        }
        ast::Stmt::AnnAssign(assign) => assigned(cx, stmt, &assign.target, assign.value.as_deref()?),
        ast::Stmt::FunctionDef(def) => default(cx, stmt, def),
        _ => None,
    }
    .or_else(|| put(cx, stmt))
    .or_else(|| hooked(cx, stmt))
    .or_else(|| named(cx, stmt))
}

fn assigned<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt, target: &'a ast::Expr, value: &'a ast::Expr) -> Option<(String, Arrays<'a>)> {
    match target {
        ast::Expr::Attribute(place) if !is_lazy(value) => {
            in_attribute(cx, place, value, &held(cx, value)?).map(|found| (cx.snippet(target), found))
        }
        ast::Expr::Name(_) | ast::Expr::Tuple(_) | ast::Expr::List(_) if cx.may_change_models() => {
            // Taking them apart asks for them.
            if target.is_name_expr() && is_lazy(value) {
                return None;
            }
            let held = held(cx, value)?;
            let mut places = Vec::new();
            Node::Expr(target).walk(&mut |node| {
                places.extend(match node {
                    Node::Expr(place @ (ast::Expr::Name(_) | ast::Expr::Attribute(_))) => Some(place),
                    _ => None,
                })
            });
            places.into_iter().find_map(|place| {
                let name = place.as_name_expr()?;
                let arrays = read_later(cx, stmt, value, &name.id, &given_to(target, &held, &name.id)?)?;
                Some((name.id.to_string(), arrays))
            })
        }
        _ => None,
    }
}

/// What a name keeps that is read behind a step, by itself or by a function that reads it when it is called.
fn read_later<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt, value: &'a ast::Expr, name: &str, held: &Held<'a>) -> Option<Arrays<'a>> {
    let body = views::enclosing_body(cx, value);
    held.all().into_iter().find(|arrays| {
        let Some(model) = kept_arrays::root(arrays.model) else { return false };
        let is_read = |name: &str| is_read_after_training_in(cx, stmt, body, name, model, arrays.are_others);
        is_read(name) || readers(body, name).into_iter().any(is_read)
    })
}

/// The functions within a body that read one of its names.
fn readers<'a>(body: &'a [ast::Stmt], name: &str) -> Vec<&'a str> {
    let mut found = Vec::new();
    for stmt in body {
        let (own, function) = match stmt {
            ast::Stmt::FunctionDef(def) => (def.name.as_str(), Node::Stmt(stmt)),
            _ => match receiver::assignment(stmt) {
                Some((ast::Expr::Name(own), function @ ast::Expr::Lambda(_))) => (own.id.as_str(), Node::Expr(function)),
                _ => continue,
            },
        };
        let mut reads = false;
        function.walk(&mut |node| {
            reads |= matches!(node, Node::Expr(expr @ ast::Expr::Name(read)) if read.ctx.is_load() && views::is_same_name(expr, name))
        });
        if reads {
            found.push(own);
        }
    }
    found
}

/// What an attribute keeps: it is there to be read later.
fn in_attribute<'a>(cx: &Cx<'a>, place: &'a ast::ExprAttribute, value: &'a ast::Expr, held: &Held<'a>) -> Option<Arrays<'a>> {
    if place.attr.as_str() == "data" {
        return None;
    }
    let own_module = receiver::self_class(cx, &place.value).is_some_and(|class| receiver::makes_modules(cx, class));
    let is_class = receiver::is_module_class(cx, &place.value);
    if !own_module && !is_class && kept_arrays::is_layer(cx, &place.value) {
        return None;
    }
    // Of one array the rules of tied weights and of memory speak.
    if own_module && matches!(held, Held::Array(_)) {
        return None;
    }
    held.all().into_iter().find(|arrays| {
        let is_around = root(arrays.model).is_some_and(|root| !kept_arrays::is_made_here(cx, value, root));
        is_around && !is_frozen_copy(cx, arrays.model)
    })
}

/// The name at the head of a model, also of one that a function takes out of another: `model` of `unwrap(model).fc`.
fn root(model: &ast::Expr) -> Option<&str> {
    match model {
        ast::Expr::Call(call) => call.args.first().and_then(root).or_else(|| root(&call.func)),
        ast::Expr::Attribute(attribute) => root(&attribute.value),
        ast::Expr::Subscript(item) => root(&item.value),
        model => kept_arrays::root(model),
    }
}

/// `self.ema` beside `self.ema = copy.deepcopy(model).eval()` and `requires_grad_(False)`: no optimizer trains it.
pub(super) fn is_frozen_copy<'a>(cx: &Cx<'a>, model: &'a ast::Expr) -> bool {
    let ast::Expr::Attribute(own) = model else { return false };
    let class = cx.ancestors(Node::Expr(model)).find_map(|up| match up {
        Node::Stmt(ast::Stmt::ClassDef(class)) => Some(class),
        _ => None,
    });
    let Some(class) = class else { return false };
    let (mut copied, mut others, mut frozen) = (false, false, false);
    node::statements(&class.body, &mut |stmt| {
        if let Some((ast::Expr::Attribute(target), made)) = receiver::assignment(stmt)
            && target.attr == own.attr
        {
            let is_copy = cx.source(made).contains("deepcopy(");
            copied |= is_copy;
            others |= !is_copy;
        }
        if let ast::Stmt::For(walk) = stmt {
            let source = cx.source(stmt);
            frozen |= cx.source(&*walk.iter).starts_with(cx.source(model)) && source.contains("requires_grad") && source.contains("False");
        }
    });
    let is_frozen = |stmt: &'a ast::Stmt| {
        let mut found = false;
        Node::Stmt(stmt).walk(&mut |node| {
            if let Node::Expr(expr @ ast::Expr::Call(call)) = node {
                found |= last_name(&call.func) == Some("requires_grad_")
                    && cx.source(expr).ends_with("(False)")
                    && (cx.source(expr).contains("deepcopy(") || cx.source(expr).starts_with(cx.source(model)));
            }
        });
        found
    };
    copied && !others && (frozen || class.body.iter().any(is_frozen))
}

/// `ps.append((n, p))`, `self.kept[k] = state[k]`, `best.update(state=model.state_dict())`
fn put<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt) -> Option<(String, Arrays<'a>)> {
    puts(stmt).into_iter().find_map(|(place, item, way)| {
        if way != Way::All && is_lazy(item) {
            return None;
        }
        let container = match place {
            ast::Expr::Subscript(item) => &*item.value,
            place => place,
        };
        let kind = cx.kind(container);
        let is_told = matches!(kind, Kind::List(_) | Kind::Dict(_) | Kind::Seq(_) | Kind::Tuple(_) | Kind::Other);
        let is_display = |name: &ast::ExprName| {
            let body = views::enclosing_body(cx, item);
            views::bindings(body, &name.id).into_iter().any(|(_, made)| {
                matches!(made, ast::Expr::List(_) | ast::Expr::Dict(_) | ast::Expr::Set(_) | ast::Expr::Tuple(_))
                    || matches!(made, ast::Expr::Call(call) if matches!(last_name(&call.func), Some("list" | "dict" | "set" | "OrderedDict" | "defaultdict" | "deque")))
            })
        };
        let text = || cx.snippet(place);
        match container {
            container if open_members::is_member_dict(container) => None,
            ast::Expr::Name(name) if cx.may_change_models() && (is_told || kind.is_unknown() && is_display(name)) => {
                read_later(cx, stmt, item, &name.id, &held(cx, item)?).map(|arrays| (text(), arrays))
            }
            ast::Expr::Attribute(place) if is_told || kind.is_unknown() && way != Way::All => {
                in_attribute(cx, place, item, &held(cx, item)?).map(|arrays| (text(), arrays))
            }
            _ => None,
        }
    })
}

/// `model.register_forward_hook(lambda m, i, o: o + w.sum())`: the hook lives as long as the module.
fn hooked<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt) -> Option<(String, Arrays<'a>)> {
    let call = match stmt {
        ast::Stmt::Expr(statement) => statement.value.as_call_expr(),
        _ => receiver::assignment(stmt).and_then(|(_, value)| value.as_call_expr()),
    }?;
    let ast::Expr::Attribute(method) = &*call.func else { return None };
    if !method.attr.starts_with("register_") || !method.attr.ends_with("hook") {
        return None;
    }
    let hook = call.args.first()?;
    let held = held(cx, hook).filter(|held| matches!(held, Held::Object(_)))?;
    let is_own = receiver::self_class(cx, kept_parameter::root(&method.value)).is_some();
    let arrays = match is_own {
        true => held.all().into_iter().next()?,
        false => read_later(cx, stmt, hook, kept_arrays::root(&method.value)?, &held)?,
    };
    Some((cx.snippet(hook), arrays))
}

/// `def penalty(w=model.weight)`
fn default<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt, def: &'a ast::StmtFunctionDef) -> Option<(String, Arrays<'a>)> {
    if !cx.may_change_models() {
        return None;
    }
    let body = cx.ancestors(Node::Stmt(stmt)).find_map(|up| match up {
        Node::Stmt(ast::Stmt::FunctionDef(around)) => Some(&around.body[..]),
        _ => None,
    });
    let body = body.unwrap_or(&cx.file.suite);
    let all = def.args.posonlyargs.iter().chain(&def.args.args).chain(&def.args.kwonlyargs);
    all.filter_map(|arg| arg.default.as_deref()).filter(|value| !is_lazy(value)).find_map(|value| {
        let arrays = held(cx, value)?.all().into_iter().find(|arrays| {
            kept_arrays::root(arrays.model)
                .is_some_and(|model| is_read_after_training_in(cx, stmt, body, &def.name, model, arrays.are_others))
        })?;
        Some((def.name.to_string(), arrays))
    })
}

/// `(kept := model.state_dict())`
fn named<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt) -> Option<(String, Arrays<'a>)> {
    if !cx.may_change_models() || !cx.text_has(":=") {
        return None;
    }
    let mut all = Vec::new();
    let mut collect = |node: Node<'a>| {
        node.walk(&mut |node| {
            all.extend(match node {
                Node::Expr(ast::Expr::NamedExpr(named)) => Some(named),
                _ => None,
            })
        });
    };
    match stmt {
        ast::Stmt::If(branch) => collect(Node::Expr(&branch.test)),
        ast::Stmt::While(turn) => collect(Node::Expr(&turn.test)),
        stmt if node::suites(stmt).is_empty() => collect(Node::Stmt(stmt)),
        _ => {}
    }
    all.into_iter().filter(|named| !is_lazy(&named.value)).find_map(|named| {
        let name = named.target.as_name_expr()?;
        let held = held(cx, &named.value)?;
        // What is below the statement's own test comes behind it.
        let body = views::enclosing_body(cx, &named.value);
        let arrays = held.all().into_iter().find(|arrays| {
            kept_arrays::root(arrays.model).is_some_and(|model| {
                let mut reads = false;
                for other in body.iter().filter(|other| !other.range().contains_range(named.range)) {
                    reads |= !views::reads(std::slice::from_ref(other), &name.id).is_empty();
                }
                let mut changes = false;
                node::statements(body, &mut |inner| changes |= stmt.range().contains_range(inner.range()) && trains(cx, inner, model));
                is_read_after_training_in(cx, stmt, body, &name.id, model, arrays.are_others) || reads && changes
            })
        })?;
        Some((name.id.to_string(), arrays))
    })
}

fn trains<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt, model: &str) -> bool {
    let mut found = false;
    Node::Stmt(stmt).walk(&mut |node| {
        if let Node::Expr(ast::Expr::Call(call)) = node {
            found |= is_change(cx, call, model, false);
        }
    });
    found
}

/// How a container takes something in.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    /// `kept.extend(items)`
    All,
    /// `kept.append(item)`
    Item,
    /// `kept[key] = value`
    Value,
}

/// What a statement puts into containers, by its calls, `+=` and item assignments.
pub(super) fn puts(stmt: &ast::Stmt) -> Vec<(&ast::Expr, &ast::Expr, Way)> {
    match stmt {
        ast::Stmt::Expr(statement) => {
            let ast::Expr::Call(call) = &*statement.value else { return Vec::new() };
            let ast::Expr::Attribute(method) = &*call.func else { return Vec::new() };
            let way = match method.attr.as_str() {
                "append" | "appendleft" | "insert" | "add" => Way::Item,
                "setdefault" => Way::Value,
                "extend" | "extendleft" | "update" => Way::All,
                _ => return Vec::new(),
            };
            let last = call.args.last().map(|arg| (&*method.value, arg, way));
            last.into_iter().chain(call.keywords.iter().map(|keyword| (&*method.value, &keyword.value, Way::Value))).collect()
        }
        ast::Stmt::AugAssign(assign) if matches!(assign.op, ast::Operator::Add | ast::Operator::BitOr) => {
            vec![(&*assign.target, &*assign.value, Way::All)]
        }
        _ => match receiver::assignment(stmt) {
            Some((place @ ast::Expr::Subscript(_), value)) => vec![(place, value, Way::Value)],
            _ => Vec::new(),
        },
    }
}

/// `model.parameters()` and what sifts it: asked again for each item, whenever that is.
pub(super) fn is_lazy(value: &ast::Expr) -> bool {
    match value {
        ast::Expr::GeneratorExp(_) => true,
        ast::Expr::Call(call) => matches!(
            last_name(&call.func),
            Some("parameters" | "named_parameters" | "zip" | "map" | "filter" | "enumerate" | "chain" | "from_iterable" | "iter")
        ),
        _ => false,
    }
}
