//! Names and attributes that are not called: dtypes, constants, functions and classes passed as values, `x.ndim`.

use t2m_semantic::tables::binding::{Argument, Bound};
use t2m_semantic::tables::signature::Signature;
use t2m_semantic::tables::{Section, Then};
use t2m_semantic::{ClassId, Kind};
use t2m_syntax::ast::{self, Ranged};
use t2m_syntax::{Node, Prec, TextRange};

use super::compiled;
use crate::claim::{Claim, Origin};
use crate::codes;
use crate::cpu_only;
use crate::cx::Cx;
use crate::evaluates;
use crate::finding::Finding;
use crate::names::{Module, Uses};

/// A torch name that is not called: a dtype, a constant, a class or function passed as a value.
pub(super) fn name_value<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> Option<(Claim<'a>, Origin)> {
    let name = cx.qualified(expr)?;
    if let Some(Node::Expr(ast::Expr::Call(call))) = cx.parent(expr)
        && std::ptr::eq(&*call.func, expr)
    {
        return None;
    }
    if let Some(claim) = partial(cx, expr, name) {
        return Some((claim, Origin::Row(name.to_owned())));
    }
    if has_name_of_its_own(cx, expr) {
        return Some((Claim::keep(), Origin::Row(name.to_owned())));
    }
    // `torch.Tensor.detach`, called with the tensor, is `torch.detach`.
    let of_method = name.strip_prefix("torch.").filter(|method| method.starts_with("Tensor.") && !cx.tables.contains(name));
    let by_method = of_method.into_iter().flat_map(|method| cx.tables.lookup(method)).filter(|(row, _)| row.value.is_some());
    for (row, _) in cx.tables.lookup(name).chain(by_method) {
        let text = match (&row.value, row.section) {
            (Some(value), _) => value,
            (None, Section::Constant) => match row.cases.first().map(|case| &case.then) {
                Some(Then::Template(text)) => text,
                Some(Then::Todo { code, reason }) => {
                    let finding = Finding::todo(codes::intern(code), expr.range(), format!("`{name}`: {reason}"));
                    return Some((serve(cx, expr, name).finding(finding), Origin::Row(name.to_owned())));
                }
                _ => continue,
            },
            _ => continue,
        };
        let template = compiled(text)?;
        let signature =
            Signature { name: name.to_owned(), params: Vec::new(), is_bare: true, returns: t2m_semantic::tables::Returns::Unknown };
        let bound = Bound { arguments: Vec::new(), keywords: Vec::new() };
        let mut claim = template.fill(cx, &signature, &bound, None, None).ok()?;
        claim.findings.extend(evaluates::of_name(row, name, expr.range()));
        claim.findings.extend(cpu_only::of_name(cx, row, expr));
        return Some((claim, Origin::Row(name.to_owned())));
    }
    None
}

/// `act` of `act = F.gelu`, above: the name holds the port of the value.
fn has_name_of_its_own<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> bool {
    let ast::Expr::Name(name) = expr else { return false };
    // Most are imported.
    if cx.facts.imports().iter().any(|import| import.local == name.id.as_str()) {
        return false;
    }
    let Some(assign) = cx.only_assignment(&name.id) else { return false };
    let is_value = || cx.claim(&assign.value).is_some_and(|claim| claim.findings.is_empty());
    assign.range.end() < expr.range().start() && is_value()
}

/// `functools.partial(F.gelu, approximate="tanh")`: the keywords are PyTorch's, which a helper takes and a function of MLX need not.
fn partial<'a>(cx: &Cx<'a>, expr: &'a ast::Expr, name: &str) -> Option<Claim<'a>> {
    let Some(Node::Expr(ast::Expr::Call(call))) = cx.parent(expr) else { return None };
    let is_partial = cx.is_qualified(&call.func, "functools.partial") && call.args.first().is_some_and(|first| std::ptr::eq(first, expr));
    if !is_partial || call.keywords.is_empty() {
        return None;
    }
    let (row, _) = cx.tables.lookup(name).find(|(row, _)| row.section == Section::Function)?;
    if row.value.as_deref().is_some_and(|value| value.starts_with("compat.")) {
        return None;
    }
    let helper = name.rsplit('.').next().unwrap_or(name);
    if crate::helpers::Helpers::embedded().contains(helper) {
        let (text, uses) = cx.member(Module::Compat, helper);
        return Some(Claim::text(text, Prec::Atom).uses(uses));
    }
    let reason = format!("`{name}` is passed on with keywords that are PyTorch's");
    let finding = Finding::todo(codes::ARGUMENTS, expr.range(), reason).help("write a lambda that makes the call");
    Some(serve(cx, expr, name).finding(finding))
}

/// Whether a row says what the bare name becomes.
pub(crate) fn has_value(cx: &Cx<'_>, name: &str) -> bool {
    value_template(cx, name).is_some()
}

fn value_template<'c>(cx: &'c Cx<'_>, name: &str) -> Option<&'c str> {
    cx.tables.lookup(name).find_map(|(row, _)| match (&row.value, row.section, row.cases.first().map(|case| &case.then)) {
        (Some(value), ..) => Some(value.as_str()),
        (None, Section::Constant, Some(Then::Template(text))) => Some(text.as_str()),
        _ => None,
    })
}

/// The text of the bare name under this file's module names, for places that are not expressions.
pub(crate) fn value_text(cx: &Cx<'_>, name: &str) -> Option<(String, Uses)> {
    match value_member(cx, name)? {
        (Some(module), member) => Some(cx.member(module, &member)),
        (None, _) => None,
    }
}

/// The class whose constructor takes the place of this one: `optim.AdamW(...)`.
pub(crate) fn class_member(cx: &Cx<'_>, name: &str) -> Option<(Option<Module>, String)> {
    let mut rows = cx.tables.lookup(name).filter(|(row, _)| row.section == Section::Class);
    rows.find_map(|(row, _)| {
        row.cases.iter().find_map(|case| {
            let Then::Template(text) = &case.then else { return None };
            let (module, member) = text.split_once('(')?.0.split_once('.')?;
            let is_class = member.starts_with(|c: char| c.is_uppercase()) && !member.contains('.');
            Some((Some(Module::by_template_name(module).filter(|_| is_class)?), member.to_owned()))
        })
    })
}

/// What the bare name becomes: a member of a module, or a text that needs none.
pub(crate) fn value_member(cx: &Cx<'_>, name: &str) -> Option<(Option<Module>, String)> {
    let text = value_template(cx, name)?;
    let Some((module, member)) = text.split_once('.') else { return Some((None, text.to_owned())) };
    let is_name = member.chars().all(|c| c.is_alphanumeric() || c == '_');
    Some((Some(Module::by_template_name(module).filter(|_| is_name)?), member.to_owned()))
}

/// The text of a constant that is no member of a module: a literal.
pub(crate) fn literal_text(cx: &Cx<'_>, name: &str) -> Option<(String, Uses)> {
    let text = value_template(cx, name)?;
    Some((text.to_owned(), compiled(text)?.uses()))
}

/// The name in full, served by the stand-in for `torch`.
pub(crate) fn serve<'a>(cx: &Cx<'a>, expr: &'a ast::Expr, name: &str) -> Claim<'a> {
    let name = crate::imports::served_name(name);
    let is_decided = |expr: &ast::Expr| cx.claim(expr).is_some_and(|claim| claim.decision.is_some());
    let mut stays = cx.source(expr) == name;
    let mut part = expr;
    while let ast::Expr::Attribute(attribute) = part {
        // Ex) `torch.nn.Module` in `torch.nn.Module.cuda`
        part = &attribute.value;
        stays &= !is_decided(part);
    }
    let claim = if stays { Claim::keep() } else { Claim::text(name, Prec::Atom) };
    claim.uses(Uses::default().stand_in())
}

/// `config.embedding_dim`, `args.in_features`, `get_config().in_features`: settings are called as layers' attributes are.
fn holds_settings(cx: &Cx<'_>, receiver: &ast::Expr) -> bool {
    let named = match receiver {
        ast::Expr::Call(call) => &*call.func,
        named => named,
    };
    let text = cx.source(named).to_lowercase();
    ["config", "cfg", "args", "params", "opt", "conf"].iter().any(|word| text.ends_with(word))
}

/// Whether a class, or one above or below it, sets an attribute or has a method or property of that name. A layer's subclass has what the layer has.
fn has_attribute(cx: &Cx<'_>, class: ClassId, name: &str) -> bool {
    let facts = cx.project_facts;
    let info = facts.class(class);
    let has = |class: &ClassId| facts.class(*class).attrs.contains_key(name) || facts.lookup_method(*class, name).is_some();
    facts.torch_base(class) != Some("torch.nn.Module") || info.mro.iter().chain(&info.subclasses).any(has)
}

/// `x.ndim`, `self.training`.
pub(super) fn attribute_read<'a>(cx: &Cx<'a>, expr: &'a ast::Expr, attribute: &'a ast::ExprAttribute) -> Option<(Claim<'a>, Origin)> {
    let is_read = attribute.ctx.is_load() && cx.tables.has_member(&attribute.attr);
    if !is_read || cx.entity(expr).is_some() {
        return None;
    }
    if let Some(Node::Expr(ast::Expr::Call(call))) = cx.parent(expr)
        && std::ptr::eq(&*call.func, expr)
    {
        return None;
    }
    let receiver = &*attribute.value;
    let fact = cx.fact(receiver);
    let is_module = match fact.kind {
        Kind::Instance(class) => cx.project_facts.is_module_class(class),
        ref kind => kind.is_layer(),
    };
    let owner = if is_module {
        "Module"
    } else if crate::receiver::may_be_dtype(cx, receiver) {
        "dtype"
    } else if fact.kind.is_tensor() || fact.kind.is_unknown() {
        "Tensor"
    } else if let Kind::Library(class) = fact.kind {
        class.as_static()
    } else {
        return None;
    };
    let name = format!("{owner}.{}", attribute.attr);
    // A row of the very layer comes before those of all modules, and what a function gives has rows of its own: `torch.finfo(dtype).tiny`.
    let of_layer = match (&fact.kind, receiver) {
        (Kind::Layer(layer), _) => format!("{layer}.{}", attribute.attr),
        (Kind::Module, _) => format!("Layer.{}", attribute.attr),
        // What the class doesn't have is asked of something else that stands there as well: `model.head = LoRA(model.head)`, where a base made `head` a layer.
        (Kind::Instance(class), _) if is_module && !has_attribute(cx, *class, &attribute.attr) => format!("Layer.{}", attribute.attr),
        (_, ast::Expr::Call(call)) if cx.qualified(&call.func).is_some() => {
            cx.qualified(&call.func).map(|name| format!("{name}.{}", attribute.attr)).unwrap_or_default()
        }
        (Kind::Unknown, _) if !holds_settings(cx, receiver) => format!("Layer.{}", attribute.attr),
        _ => String::new(),
    };
    for (row, signature) in cx.tables.lookup(&of_layer).chain(cx.tables.lookup(&name)) {
        if !signature.is_bare {
            continue;
        }
        if fact.kind.is_unknown() && fact.evidence < row.evidence {
            return None;
        }
        let case = row.cases.first()?;
        let origin = Origin::Row(name.clone());
        match &case.then {
            Then::Template(text) => {
                let template = compiled(text)?;
                let input = t2m_semantic::tables::Param {
                    name: "input".into(),
                    style: t2m_semantic::tables::signature::ParamStyle::Positional,
                    words: Vec::new(),
                    default: None,
                };
                let signature = Signature { params: vec![input], ..signature.clone() };
                let bound = Bound { arguments: vec![Argument::One(receiver)], keywords: Vec::new() };
                let claim = template.fill(cx, &signature, &bound, Some(receiver), None).unwrap_or_else(|_| {
                    let reason = format!("`{name}`: `{}` would not be evaluated; bind it to a name first", cx.snippet(receiver));
                    Claim::todo(Finding::todo(codes::EVALUATION, expr.range(), reason))
                });
                return Some((claim, origin));
            }
            Then::Todo { code, reason } => {
                let at = TextRange::new(expr.range().start(), expr.range().end());
                return Some((Claim::todo(Finding::todo(codes::intern(code), at, format!("`{name}`: {reason}"))), origin));
            }
            Then::Handler(_) => return None,
        }
    }
    None
}
