//! `self.head.weight = self.emb.weight`: one parameter under two names.

use t2m_semantic::{Entity, FileFacts, Kind, Role};
use t2m_syntax::ast::{self, Ranged};
use t2m_syntax::{Node, Piece, Prec};

use super::handed_parameter::{self, Handed};
use super::made_parameter::{self, is_given_in_turns, is_made_by_function};
use super::set_by_name::is_option;
use super::{Hook, Rule, kept_parameter, taken_weight, tied_parts};
use crate::claim::StmtClaim;
use crate::codes;
use crate::cx::Cx;
use crate::finding::Finding;
use crate::names::Module;
use crate::{receiver, storage, views};

pub(super) const RULE: Rule = Rule { name: "tied-weight", doc: include_str!("tied_weight.md"), hook: Hook::Stmt(tie) };

fn tie<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt) -> Option<StmtClaim<'a>> {
    if let Some(finding) = shares_memory(cx, stmt).or_else(|| made_parameter::found(cx, stmt)) {
        return Some(StmtClaim::todo(finding));
    }
    if let Some(claim) = several_names(cx, stmt) {
        return Some(claim);
    }
    if let Some(claim) = tied_parts::pairs(cx, stmt).or_else(|| tied_parts::chosen(cx, stmt)) {
        return Some(claim);
    }
    let stored = match stmt {
        ast::Stmt::Expr(s) => {
            let ast::Expr::Call(call) = &*s.value else { return None };
            if let Some(finding) = kept_parameter::registered_from(cx, stmt, call) {
                return Some(StmtClaim::todo(finding));
            }
            match Stored::by_call(cx, call) {
                Some(stored) => stored,
                None => return by_name(cx, call),
            }
        }
        _ => Stored::by_assignment(stmt)?,
    };
    match handed_parameter::handed(cx, stmt, &stored) {
        Some(Handed::Read(finding)) => return Some(StmtClaim::todo(finding)),
        Some(Handed::Given) => return None,
        None => {}
    }
    tie_stored(cx, stmt, &stored)
}

/// A parameter that a module holds elsewhere already, under a second name.
pub(super) fn tie_stored<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt, stored: &Stored<'a>) -> Option<StmtClaim<'a>> {
    let target = path(stored.object).map(|(root, below)| (root, joined(&below, stored.name)));
    match source(cx, stmt, stored)? {
        Source::At(place) if is_elsewhere(&target, &place) && is_below_self(cx, stored.object) && is_below_self(cx, stored.value) => {
            Some(set_by(cx, "tie_attribute", stored.object, Piece::text(format!("\"{}\"", stored.name)), stored.value, "self"))
        }
        Source::At(place) => taken_weight::taken(cx, stmt, stored).or_else(|| tie_paths(cx, stmt, target, place)),
        // An object that is no module keeps it.
        Source::Gotten if is_own_of_no_module(cx, stored.object) => None,
        Source::Gotten => {
            let own = stored.object.is_name_expr() && is_below_self(cx, stored.object);
            let root = if own { Some("self") } else { target.as_ref().map(|(root, _)| name_of(root)) };
            let root = root.filter(|root| *root == "self" || !views::is_same_name(stored.object, root));
            let Some(root) = root else { return Some(StmtClaim::todo(between_modules(stmt))) };
            let is_open = stored.value.is_attribute_expr() && !is_parameter(&cx.kind(stored.value));
            let helper = if is_open { "set_or_tie" } else { "set_attribute" };
            Some(set_by(cx, helper, stored.object, Piece::text(format!("\"{}\"", stored.name)), stored.value, root))
        }
        Source::Argument(argument) => {
            let reason = format!("`{argument}` is a parameter of another module: stored here, too, MLX would train it as a second one");
            let finding = Finding::todo(codes::TIED_WEIGHT, stmt.range(), reason);
            Some(StmtClaim::todo(finding.help("use `compat.tie_weights(module, target, source)` on a module that holds both")))
        }
    }
}

/// `self` in a class that makes no module.
fn is_own_of_no_module<'a>(cx: &Cx<'a>, object: &'a ast::Expr) -> bool {
    receiver::self_class(cx, object).is_some_and(|class| !receiver::makes_modules(cx, class))
}

/// `self.a = self.b = nn.Parameter(w)`: the first name is the parameter's, the others are tied to it.
fn several_names<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt) -> Option<StmtClaim<'a>> {
    let ast::Stmt::Assign(assign) = stmt else { return None };
    let [first, others @ ..] = &assign.targets[..] else { return None };
    let is_made = is_made_by_function(cx, &assign.value);
    if others.is_empty() || receiver::parameter(cx.facts, &assign.value).is_none() && !is_made {
        return None;
    }
    let own_name = |target: &'a ast::Expr| match target {
        ast::Expr::Attribute(attribute) => receiver::is_module(cx, &attribute.value).then_some((name_of(&attribute.value), attribute)),
        _ => None,
    };
    let names: Vec<_> = assign.targets.iter().filter_map(own_name).collect();
    let [(root, source), tied @ ..] = &names[..] else { return None };
    let is_plain = |(of, attribute): &(&str, &ast::ExprAttribute)| {
        of == root && !of.is_empty() && !attribute.attr.starts_with('_') && !attribute.attr.ends_with('_')
    };
    let is_trained = is_made
        || receiver::parameter(cx.facts, &assign.value).is_some_and(|(call, flag)| flag.is_none() && call.range == assign.value.range());
    if names.len() < assign.targets.len() && tied.is_empty() {
        return None;
    }
    if names.len() < assign.targets.len() || !is_trained || !names.iter().all(is_plain) || !cx.owns_its_lines(stmt) {
        let reason =
            "one parameter gets several names at once: give it one, and the others by `compat.tie_weights(module, target, source)`";
        return Some(StmtClaim::todo(Finding::todo(codes::TIED_WEIGHT, stmt.range(), reason)));
    }
    let (helper, uses) = cx.member(Module::Compat, "tie_weights");
    let mut pieces = vec![Piece::Expr(first, Prec::Named), Piece::text(" = "), Piece::Expr(&assign.value, Prec::Named)];
    for (_, target) in tied {
        pieces.extend([Piece::NewLine(0), Piece::text(format!("{helper}({root}, \"{}\", \"{}\")", target.attr, source.attr))]);
    }
    Some(StmtClaim::replace(pieces).uses(uses))
}

/// `compat.tie_weights(root, target, source)`, where both stand at known places below one root.
fn tie_paths<'a>(
    cx: &Cx<'a>,
    stmt: &'a ast::Stmt,
    target: Option<(&'a ast::Expr, String)>,
    source: Option<(&'a ast::Expr, String)>,
) -> Option<StmtClaim<'a>> {
    let (Some((root, target)), Some((source_root, source))) = (target, source) else {
        let reason = "weights are tied under computed names: use `compat.tie_weights(module, target, source)`";
        return Some(StmtClaim::todo(Finding::todo(codes::TIED_WEIGHT, stmt.range(), reason)));
    };
    let root = name_of(root);
    if root != name_of(source_root) {
        if is_dropped(cx, source_root) {
            return None;
        }
        return Some(StmtClaim::todo(between_modules(stmt)));
    }
    if target == source {
        return None;
    }
    let (helper, uses) = cx.member(Module::Compat, "tie_weights");
    let text = format!("{helper}({root}, \"{target}\", \"{source}\")");
    Some(StmtClaim::replace(vec![Piece::text(text)]).uses(uses))
}

/// Whether a local layer is made for its weights alone: `conv = nn.Conv2d(3, 8, 3)`, `self.kernel = conv.weight`.
pub(super) fn is_dropped<'a>(cx: &Cx<'a>, layer: &'a ast::Expr) -> bool {
    let ast::Expr::Name(name) = layer else { return false };
    let body = views::enclosing_body(cx, layer);
    let is_made = matches!(&views::bindings(body, &name.id)[..], [(_, made @ ast::Expr::Call(_))] if cx.kind(made).is_layer());
    let (mut seen, mut read) = (0, 0);
    for stmt in body {
        Node::Stmt(stmt).walk(&mut |node| match node {
            Node::Expr(ast::Expr::Name(other)) if other.id == name.id => seen += 1,
            Node::Expr(ast::Expr::Attribute(part)) if views::is_same_name(&part.value, &name.id) => {
                read += usize::from(matches!(part.attr.as_str(), "weight" | "bias") && part.ctx.is_load());
            }
            _ => {}
        });
    }
    // The binding, and reads.
    is_made && seen == read + 1
}

pub(super) fn between_modules(stmt: &ast::Stmt) -> Finding {
    let reason = "weights of two modules are tied: use `compat.tie_weights` on a module that holds both";
    Finding::todo(codes::TIED_WEIGHT, stmt.range(), reason)
}

/// What a statement puts into a module under a known name.
#[derive(Clone, Copy)]
pub(super) struct Stored<'a> {
    pub(super) object: &'a ast::Expr,
    pub(super) name: &'a str,
    pub(super) value: &'a ast::Expr,
}

impl<'a> Stored<'a> {
    /// `setattr(head, "weight", w)`, `head.register_parameter("weight", w)`
    fn by_call(cx: &Cx<'a>, call: &'a ast::ExprCall) -> Option<Self> {
        let (object, name, value) = match (&*call.func, &call.args[..]) {
            (func @ ast::Expr::Name(_), [object, name, value]) if matches!(cx.entity(func), Some(Entity::Builtin(builtin)) if builtin.as_str() == "setattr") => {
                (object, name, value)
            }
            (ast::Expr::Attribute(method), [name, value]) if matches!(method.attr.as_str(), "register_parameter" | "__setattr__") => {
                (&*method.value, name, value)
            }
            _ => return None,
        };
        let name = receiver::string(name).filter(|_| call.keywords.is_empty() && !receiver::is_super(cx, object))?;
        Some(Self { object, name, value })
    }

    pub(super) fn by_assignment(stmt: &'a ast::Stmt) -> Option<Self> {
        let (ast::Expr::Attribute(target), value) = receiver::assignment(stmt)? else { return None };
        Some(Self { object: &target.value, name: target.attr.as_str(), value })
    }
}

/// Where a parameter is held before it gets a second name.
pub(super) enum Source<'a> {
    At(Option<(&'a ast::Expr, String)>),
    /// What a call or a look-up gave: the run sees where it is.
    Gotten,
    /// What a caller gave.
    Argument(&'a str),
}

pub(super) fn source<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt, stored: &Stored<'a>) -> Option<Source<'a>> {
    let kind = cx.kind(stored.value);
    // What is stored as a weight and comes from where weights are, too.
    let is_parameter = is_parameter(&kind) || matches!(stored.name, "weight" | "bias") && (kind.is_unknown() || kind.is_tensor());
    match stored.value {
        ast::Expr::Attribute(from) if may_tie(cx.facts, stored.name, stored.value, &from.attr) => Some(Source::At(path(stored.value))),
        // `self.kernel = self.enc.weight` of a layer of which nothing tells
        ast::Expr::Attribute(from) => {
            let is_open = cx.kind(&from.value).is_unknown() || receiver::is_module(cx, &from.value);
            let is_weight = matches!(from.attr.as_str(), "weight" | "bias") && (kind.is_unknown() || kind.is_tensor()) && is_open;
            (is_weight
                && matches!(&*from.value, ast::Expr::Attribute(_) | ast::Expr::Subscript(_))
                && !stored.name.starts_with('_')
                && is_below_self(cx, stored.object)
                && is_below_self(cx, &from.value))
            .then_some(Source::Gotten)
        }
        // `getattr(self.fc, "bias")`
        ast::Expr::Call(call) if let Some((object, name)) = gets(cx, call) => {
            let is_weight = matches!(name, "weight" | "bias") && receiver::is_module(cx, object);
            (is_parameter || is_weight).then(|| Source::At(path(object).map(|(root, below)| (root, joined(&below, name)))))
        }
        // `model.get_parameter("emb.weight")`
        ast::Expr::Call(call)
            if let ast::Expr::Attribute(method) = &*call.func
                && method.attr.as_str() == "get_parameter" =>
        {
            match &call.args[..] {
                [name] => {
                    let name = receiver::string(name);
                    Some(
                        name.map_or(Source::Gotten, |name| {
                            Source::At(path(&method.value).map(|(root, below)| (root, joined(&below, name))))
                        }),
                    )
                }
                _ => None,
            }
        }
        ast::Expr::Call(call) => (is_parameter && is_look_up(cx, call)).then_some(Source::Gotten),
        ast::Expr::Subscript(item) => {
            let is_one = kind == Kind::Parameter || is_named_parameters(cx, &item.value) || storage::is_parameter_item(cx, stored.value);
            is_one.then_some(Source::Gotten)
        }
        ast::Expr::Name(name) if is_parameter => {
            let body = views::enclosing_body(cx, stored.value);
            match views::bindings(body, &name.id)[..] {
                [] if kind == Kind::Parameter => {
                    // Directly below `self` it is a stored argument.
                    let is_given =
                        receiver::is_parameter_around(cx, stored.value, &name.id) && !matches!(stored.object, ast::Expr::Name(_));
                    is_given.then(|| Source::Argument(name.id.as_str()))
                }
                [(Node::Stmt(ast::Stmt::For(_)), _)] => (kind == Kind::Parameter).then_some(Source::Gotten),
                [(_, from @ ast::Expr::Attribute(read))] => {
                    may_tie(cx.facts, stored.name, from, &read.attr).then(|| Source::At(path(from)))
                }
                [(_, ast::Expr::Subscript(item))] => {
                    (kind == Kind::Parameter || is_named_parameters(cx, &item.value)).then_some(Source::Gotten)
                }
                [(_, made)] if receiver::parameter(cx.facts, made).is_some() || is_made_by_function(cx, made) => {
                    match first_place(body, stmt, &name.id) {
                        Some(place) => Some(Source::At(Some(place))),
                        // Each turn gives it to another module.
                        None => is_given_in_turns(cx, stmt, stored.object, &name.id).then_some(Source::Gotten),
                    }
                }
                // The run sees whether the module holds it already.
                ref all @ [_, _, ..] if kind == Kind::Parameter => {
                    let (first, _) = first_place(body, stmt, &name.id)?;
                    let is_another =
                        |bound: &&ast::Expr| bound.range().start() > first.range().end() && bound.range().end() < stmt.range().start();
                    (!all.iter().any(|(_, bound)| is_another(bound))).then_some(Source::Gotten)
                }
                // The run sees whether the module holds it.
                [(_, ast::Expr::IfExp(choice))] => {
                    let is_held = |value: &ast::Expr| matches!(value, ast::Expr::Attribute(from) if may_tie(cx.facts, stored.name, value, &from.attr));
                    (is_held(&choice.body) || is_held(&choice.orelse)).then_some(Source::Gotten)
                }
                [(_, ast::Expr::Call(call))] => is_look_up(cx, call).then_some(Source::Gotten),
                _ => None,
            }
        }
        _ => None,
    }
}

/// `getattr(self.fc, "bias")`: the object and the name.
fn gets<'a>(cx: &Cx<'a>, call: &'a ast::ExprCall) -> Option<(&'a ast::Expr, &'a str)> {
    let ([object, name], []) = (&call.args[..], &call.keywords[..]) else { return None };
    let gets = matches!(cx.entity(&call.func), Some(Entity::Builtin(name)) if name.as_str() == "getattr");
    receiver::string(name).filter(|_| gets).map(|name| (object, name))
}

/// `next(encoder.parameters())`: what a call finds, and does not make.
fn is_look_up(cx: &Cx<'_>, call: &ast::ExprCall) -> bool {
    match cx.entity(&call.func) {
        Some(Entity::Builtin(name)) if name.as_str() == "next" => {
            matches!(call.args.first(), Some(ast::Expr::Call(all)) if super::last_name(&all.func) == Some("parameters"))
        }
        Some(_) => false,
        None => matches!(&*call.func, ast::Expr::Attribute(method) if method.attr.as_str() == "get_parameter"),
    }
}

/// `dict(model.named_parameters())`
fn is_named_parameters(cx: &Cx<'_>, table: &ast::Expr) -> bool {
    let ast::Expr::Call(call) = table else { return false };
    let is_dict = matches!(cx.entity(&call.func), Some(Entity::Builtin(name)) if name.as_str() == "dict");
    is_dict && matches!(&call.args[..], [ast::Expr::Call(all)] if super::last_name(&all.func) == Some("named_parameters"))
}

/// The first attribute of the function that gets a parameter which is made there, where another statement gives it to a second one.
fn first_place<'a>(body: &'a [ast::Stmt], stmt: &'a ast::Stmt, name: &str) -> Option<(&'a ast::Expr, String)> {
    let mut first = None;
    t2m_syntax::node::statements(body, &mut |one| {
        if first.is_none()
            && let Some((target @ ast::Expr::Attribute(_), value)) = receiver::assignment(one)
            && views::is_same_name(value, name)
        {
            first = Some((one, target));
        }
    });
    first.filter(|(one, _)| !std::ptr::eq(*one, stmt)).and_then(|(_, target)| path(target))
}

/// Whether what is read of an object may be a parameter that it holds.
pub(super) fn may_tie(facts: &FileFacts, target: &str, value: &ast::Expr, from: &str) -> bool {
    let is_weight = |name: &str| matches!(name, "weight" | "bias");
    let kind = facts.fact(value).kind;
    let may_tie = is_parameter(&kind) || is_weight(target) && is_weight(from);
    may_tie && (kind.is_unknown() || kind.is_tensor())
}

/// A parameter, or one that a layer may be made without: `self.fc.bias`.
pub(super) fn is_parameter(kind: &Kind) -> bool {
    match kind {
        Kind::Parameter => true,
        Kind::Optional(inner) => is_parameter(inner),
        _ => false,
    }
}

/// `self.dec.weight = nn.Parameter(self.enc.weight.t())`: a parameter of its own on the memory of another that the module keeps.
pub(super) fn shares_memory<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt) -> Option<Finding> {
    let ast::Stmt::Assign(assign) = stmt else { return None };
    let [target @ ast::Expr::Attribute(written)] = &assign.targets[..] else { return None };
    let (target, made_of) = match &*assign.value {
        ast::Expr::Call(call) if cx.is_qualified(&call.func, "torch.nn.Parameter") => (target, call.args.first()?),
        // `self.dec.weight.data = self.enc.weight.data`
        value if written.attr.as_str() == "data" => (&*written.value, value),
        _ => return None,
    };
    let source = storage::owner(cx, views::base(cx, made_of).unwrap_or(made_of));
    let is_parameter = matches!(source, ast::Expr::Attribute(from) if matches!(from.attr.as_str(), "weight" | "bias"))
        || cx.kind(source) == Kind::Parameter;
    let ((root, to), (source_root, from)) = (path(target)?, path(source)?);
    // What the module gets in the place of the old one is held once.
    let is_kept = name_of(root) == name_of(source_root) && !to.is_empty() && !from.is_empty() && to != from;
    (is_parameter && is_kept).then(|| {
        let reason = format!(
            "in PyTorch `{}` lies in the memory of `{}`: an update of one changes the other",
            cx.snippet(target),
            cx.snippet(source)
        );
        let help = "compute it from the other in `__call__`, or tie it with `compat.tie_weights`";
        Finding::todo(codes::TIED_WEIGHT, stmt.range(), reason).help(help)
    })
}

/// `setattr(parent, name, parameter)` in a method: the module that the method belongs to tells whether it holds the array elsewhere.
fn by_name<'a>(cx: &Cx<'a>, call: &'a ast::ExprCall) -> Option<StmtClaim<'a>> {
    let [object, name, value] = &call.args[..] else { return None };
    if !matches!(cx.entity(&call.func), Some(Entity::Builtin(builtin)) if *builtin == "setattr")
        || matches!(name, ast::Expr::Constant(_))
        || !receiver::is_module(cx, object)
    {
        return None;
    }
    let kind = cx.kind(value);
    let is_gotten = matches!(value, ast::Expr::Call(call)
        if matches!(&*call.func, ast::Expr::Attribute(method) if method.attr.as_str() == "get_parameter"));
    // What is made here is held nowhere else.
    let is_made = matches!(value, ast::Expr::Call(call) if cx.qualified(&call.func).is_some());
    if is_made || is_option(cx, value) || !(kind.is_unknown() || kind == Kind::Parameter || is_gotten) {
        return None;
    }
    // A plain tensor by whatever function is no parameter.
    if super::function_values::gives_tensor(cx, value) {
        return None;
    }
    let root = method_of_module(cx, call)?;
    let helper = if kind == Kind::Parameter { "set_attribute" } else { "set_or_tie" };
    Some(set_by(cx, helper, object, Piece::Expr(name, Prec::Test), value, root))
}

/// `compat.set_attribute(object, name, value, root)`
pub(super) fn set_attribute<'a>(cx: &Cx<'a>, object: &'a ast::Expr, name: Piece<'a>, value: &'a ast::Expr, root: &str) -> StmtClaim<'a> {
    set_by(cx, "set_attribute", object, name, value, root)
}

/// Whether the two are at no known places below one root.
fn is_elsewhere(target: &Option<(&ast::Expr, String)>, source: &Option<(&ast::Expr, String)>) -> bool {
    match (target, source) {
        (Some((target, _)), Some((source, _))) => name_of(target) != name_of(source),
        _ => true,
    }
}

/// What a method gets from its own module: `self.layers[i]`, `self.get_output_embeddings()`, and names that are bound to it or walk over it.
fn is_below_self<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> bool {
    match expr {
        ast::Expr::Attribute(attribute) => is_below_self(cx, &attribute.value),
        ast::Expr::Subscript(item) => is_below_self(cx, &item.value),
        ast::Expr::Call(call) => match &*call.func {
            ast::Expr::Attribute(method) => is_below_self(cx, &method.value),
            ast::Expr::Name(name) if matches!(name.id.as_str(), "zip" | "enumerate" | "reversed" | "list") => {
                call.args.iter().all(|arg| is_below_self(cx, arg))
            }
            _ => false,
        },
        ast::Expr::Name(name) if name.id.as_str() == "self" => {
            receiver::self_class(cx, expr).is_some_and(|class| receiver::makes_modules(cx, class))
        }
        ast::Expr::Name(name) => {
            let bound = views::bindings(views::enclosing_body(cx, expr), &name.id);
            matches!(bound[..], [(_, value)] if !value.is_name_expr() && is_below_self(cx, value))
        }
        _ => false,
    }
}

fn set_by<'a>(
    cx: &Cx<'a>,
    helper: &'static str,
    object: &'a ast::Expr,
    name: Piece<'a>,
    value: &'a ast::Expr,
    root: &str,
) -> StmtClaim<'a> {
    let (helper, uses) = cx.member(Module::Compat, helper);
    let pieces = vec![
        Piece::text(format!("{helper}(")),
        Piece::Expr(object, Prec::Test),
        Piece::text(", "),
        name,
        Piece::text(", "),
        Piece::Expr(value, Prec::Test),
        Piece::text(format!(", {root})")),
    ];
    StmtClaim::replace(pieces).uses(uses)
}

/// The name of `self` in the method of a module around a call.
fn method_of_module<'a>(cx: &Cx<'a>, call: &'a ast::ExprCall) -> Option<&'a str> {
    let method = cx.ancestors(Node::Expr(&call.func)).find_map(|up| match up {
        Node::Stmt(stmt @ ast::Stmt::FunctionDef(_)) => Some(stmt),
        _ => None,
    })?;
    let function = cx.project_facts.function(cx.project_facts.function_of_stmt(cx.id, method)?);
    let class = function.class.filter(|class| function.role == Role::Method && receiver::makes_modules(cx, *class));
    class.and(function.params.first()).map(|param| param.name.as_str())
}

pub(super) fn name_of(root: &ast::Expr) -> &str {
    if let ast::Expr::Name(name) = root { name.id.as_str() } else { "" }
}

fn joined(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}

/// `self.layers[0].weight`: the name at the root and the path below it, `layers.0.weight`.
pub(super) fn path(expr: &ast::Expr) -> Option<(&ast::Expr, String)> {
    let join = |(root, path): (_, String), name: &str| (root, joined(&path, name));
    match expr {
        ast::Expr::Name(_) => Some((expr, String::new())),
        ast::Expr::Attribute(attribute) => Some(join(path(&attribute.value)?, &attribute.attr)),
        ast::Expr::Subscript(subscript) => match &*subscript.slice {
            ast::Expr::Constant(constant) => match &constant.value {
                ast::Constant::Int(index) => Some(join(path(&subscript.value)?, &index.to_string())),
                ast::Constant::Str(key) => Some(join(path(&subscript.value)?, key)),
                _ => None,
            },
            _ => None,
        },
        _ => None,
    }
}
