//! Gradients of parameters that the optimizer does not train: PyTorch's norm counts them, and nothing clears them. Clipping all is the same as clipping the
//! optimizer's where the others are frozen.

use t2m_semantic::Kind;
use t2m_syntax::ast::{self, Ranged};
use t2m_syntax::{Node, TextRange, node};

use super::events::{self, Clip, argument, method, parameters_of};
use super::mentions::Mentions;
use super::model::{self, Scopes, holds_no_parameters};
use super::phase::Update;
use super::trained;
use crate::cx::Cx;
use crate::receiver;
use crate::rules::freeze_loop::switch;

/// Whether what is clipped is the model of whose part all gradients are: `model.parameters()`, where `model.head` is trained and the rest is frozen.
/// Value by value, others don't count.
pub(super) fn is_rest_frozen<'a>(cx: &Cx<'a>, mentions: &Mentions<'_, 'a>, clip: &Clip<'a>) -> bool {
    let Some(whole) = argument(clip.call, 0, "parameters").and_then(|params| parameters_of(cx, params)) else { return false };
    let text = cx.source(whole);
    let models = mentions.models();
    let parts: Option<Vec<&str>> = models.iter().map(|part| part.strip_prefix(text)?.strip_prefix('.')).collect();
    let Some(parts) = parts else { return false };
    if clip.by_value {
        return true;
    }
    let names = names_of(cx, mentions, text);
    let is_trained =
        |place: &str| parts.iter().any(|part| place == *part || place.strip_prefix(part).is_some_and(|rest| rest.starts_with('.')));
    let constructor = constructor(cx, whole);
    let (mut all, mut frozen, mut thaws_others) = (false, Vec::new(), false);
    for (place, flag, at) in switches(cx) {
        // `self.target` of the constructor of the model's class.
        let own = constructor.filter(|range| range.contains_range(at)).map(|_| "self");
        let below = names.iter().copied().chain(own).find_map(|name| match place.strip_prefix(name)? {
            "" => Some(""),
            rest => rest.strip_prefix('.'),
        });
        match (below, flag) {
            (Some(""), Some(false)) => all = true,
            (Some(place), Some(false)) => frozen.push(place),
            (Some(place), _) => thaws_others |= !is_trained(place),
            // A loop over a list: what is in it is not known.
            (None, flag) => thaws_others |= flag != Some(false),
        }
    }
    let covers = || match cx.kind(whole) {
        Kind::Instance(class) => {
            let attrs = &cx.project_facts.class(class).attrs;
            !frozen.is_empty()
                && attrs.iter().all(|(name, fact)| {
                    frozen.contains(&&**name) || is_trained(name) || holds_no_parameters(cx, &fact.kind, &mut Default::default())
                })
        }
        _ => false,
    };
    !thaws_others && (all || covers())
}

/// Clipping of what an optimizer of one group holds, asked from the optimizer: `for group in opt.param_groups: clip_grad_norm_(group["params"], 1.0)`.
pub(super) fn of_groups<'a>(cx: &Cx<'a>, scopes: &Scopes<'a>, updates: &[Update<'a>], stmt: &'a ast::Stmt) -> Option<Clip<'a>> {
    let [update] = updates else { return None };
    let optimizer = update.stepped()?;
    let is_list = |list: &ast::Expr| matches!(list, ast::Expr::Attribute(e) if e.attr.as_str() == "param_groups" && cx.source(&*e.value) == cx.source(optimizer));
    let is_params = |item: &ast::Expr, is_group: &dyn Fn(&ast::Expr) -> bool| matches!(item, ast::Expr::Subscript(e) if receiver::string(&e.slice) == Some("params") && is_group(&e.value));
    let of_params = |clip: &Clip<'a>, is_group: &dyn Fn(&ast::Expr) -> bool| {
        argument(clip.call, 0, "parameters").is_some_and(|params| is_params(params, is_group))
    };
    let clip = match stmt {
        ast::Stmt::For(walk) => {
            let ([own], ast::Expr::Name(group)) = (&walk.body[..], &*walk.target) else { return None };
            let clip = events::clip(cx, own).filter(|clip| clip.norm.is_none() && !clip.is_embedded)?;
            let is_it = is_list(&walk.iter) && walk.orelse.is_empty() && of_params(&clip, &|of| events::is_name(of, &group.id));
            is_it.then_some(Clip { stmt, ..clip })?
        }
        _ => {
            let is_first = |group: &ast::Expr| matches!(group, ast::Expr::Subscript(e) if cx.source(&*e.slice) == "0" && is_list(&e.value));
            events::clip(cx, stmt).filter(|clip| of_params(clip, &is_first))?
        }
    };
    let holds_all = |call: &&'a ast::ExprCall| {
        argument(call, 0, "params").and_then(|params| trained::with_added(cx, params)).is_some_and(|all| all.is_whole)
    };
    let constructors = model::constructors(cx, scopes, optimizer);
    (!constructors.is_empty() && constructors.iter().all(holds_all)).then_some(clip)
}

/// The constructor of a model's class, if it stands in this file.
fn constructor(cx: &Cx<'_>, model: &ast::Expr) -> Option<TextRange> {
    let Kind::Instance(class) = cx.kind(model) else { return None };
    let init = cx.project_facts.function(cx.project_facts.lookup_method(class, "__init__")?);
    (init.file == cx.id).then_some(init.range)
}

/// What an optimizer is made of that chose some parameters of its model, where others have gradients too.
pub(super) fn chosen<'a>(cx: &Cx<'a>, mentions: &Mentions<'_, 'a>, updates: &[Update<'a>]) -> Option<&'a ast::Expr> {
    let params = updates.iter().filter_map(Update::stepped).find_map(|optimizer| {
        let calls = model::constructors(cx, mentions.scopes, optimizer);
        calls.into_iter().filter_map(|call| argument(call, 0, "params")).find(|params| chooses(cx, mentions.scopes, params, 2))
    })?;
    switches(cx).is_empty().then_some(params)
}

/// `[p for n, p in model.named_parameters() if "head" in n]`, `[model.fc.weight, model.fc.bias]`: others than the frozen ones are left out.
pub(super) fn chooses<'a>(cx: &Cx<'a>, scopes: &Scopes<'a>, params: &'a ast::Expr, depth: usize) -> bool {
    let asks = |expr: &'a ast::Expr| {
        let mut asks = false;
        Node::Expr(expr)
            .walk(&mut |node| asks |= matches!(node, Node::Expr(ast::Expr::Attribute(e)) if e.attr.as_str() == "requires_grad"));
        asks
    };
    let of_generators = |generators: &'a [ast::Comprehension]| match generators {
        [one] => !one.ifs.is_empty() && !one.ifs.iter().any(asks),
        _ => false,
    };
    match params {
        ast::Expr::ListComp(e) => of_generators(&e.generators),
        ast::Expr::GeneratorExp(e) => of_generators(&e.generators),
        ast::Expr::List(list) => {
            let is_part = |item: &ast::Expr| matches!(item, ast::Expr::Attribute(e) if matches!(e.attr.as_str(), "weight" | "bias"));
            !list.elts.is_empty() && list.elts.iter().all(is_part)
        }
        ast::Expr::Call(call) if call.keywords.is_empty() => match (cx.source(&*call.func), &call.args[..]) {
            ("list" | "tuple" | "iter", [inner]) => chooses(cx, scopes, inner, depth),
            ("filter", [choice @ ast::Expr::Lambda(_), _]) => !asks(choice),
            _ => false,
        },
        ast::Expr::Name(_) if depth > 0 => match scopes.values(cx, params)[..] {
            [value] => chooses(cx, scopes, value, depth - 1),
            _ => false,
        },
        _ => false,
    }
}

/// The places whose parameters the file freezes or trains again, and which of both; `None` where a flag says it.
pub(super) fn switches<'a>(cx: &Cx<'a>) -> Vec<(&'a str, Option<bool>, TextRange)> {
    let mut found = Vec::new();
    let constant = |flag: Option<&ast::Expr>| match flag {
        None => Some(true),
        Some(ast::Expr::Constant(c)) => c.value.as_bool().copied(),
        Some(_) => None,
    };
    let file: &'a [ast::Stmt] = &cx.file.suite;
    let mut loops: Vec<&'a ast::StmtFor> = Vec::new();
    node::statements(file, &mut |stmt| {
        if let ast::Stmt::For(walk) = stmt {
            loops.push(walk);
        }
        let Some((target, flag)) = switch(stmt) else { return };
        let over = loops.iter().rev().find(|walk| {
            let names = match &*walk.target {
                ast::Expr::Tuple(pair) => &pair.elts[..],
                one => std::slice::from_ref(one),
            };
            walk.range.contains_range(stmt.range()) && names.iter().any(|name| cx.source(name) == cx.source(target))
        });
        let place = match over {
            Some(walk) => ["parameters", "named_parameters"].iter().find_map(|name| method(cx, &walk.iter, name)).map(|list| list.receiver),
            None => Some(target),
        };
        found.push((place.map_or("", |place| cx.source(place)), constant(flag), stmt.range()));
    });
    found
}

/// What a model is called here, and where the function around is called.
fn names_of<'a>(cx: &Cx<'a>, mentions: &Mentions<'_, 'a>, name: &'a str) -> Vec<&'a str> {
    let mut names = vec![name];
    let Some(ast::Stmt::FunctionDef(def)) = mentions.scopes.function() else { return names };
    let parameters: Vec<&str> = def.args.posonlyargs.iter().chain(&def.args.args).map(|arg| arg.def.arg.as_str()).collect();
    let Some(at) = parameters.iter().position(|parameter| *parameter == name) else { return names };
    events::walk(&cx.file.suite, &mut |node| {
        if let Node::Expr(ast::Expr::Call(call)) = node
            && events::is_name(&call.func, &def.name)
            && let Some(passed) = argument(call, at, name)
        {
            names.push(cx.source(passed));
        }
    });
    names
}
