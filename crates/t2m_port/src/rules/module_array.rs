//! Arrays that a module holds: frozen parameters, buffers, and plain tensors, none of which MLX may train.

use t2m_semantic::{ClassId, Entity, Evidence, FileFacts, FileId, Kind};
use t2m_syntax::ast::{self, Ranged};
use t2m_syntax::{Node, Piece, Prec};

use super::gathered::displays_tensors;
use super::given_value;
use super::plain_before::{is_deleted_above, may_be_plain};
use super::set_outside::is_set_outside;
use super::several_targets::{hidden_targets, plain_names};
use super::{
    Hook, Rule, asked_parameter, buffer_in_branch, function_values, held_parameters, hook_module, kept_parameter, parameter_in_branch,
    parameter_or_tensor, set_by_name, stored_argument, summed,
};
use crate::claim::StmtClaim;
use crate::codes;
use crate::cx::Cx;
use crate::finding::Finding;
use crate::names::{Module, Uses};
use crate::receiver;
use crate::survey::{Sort, Store};
use crate::weights;

pub(super) const RULE: Rule = Rule { name: "module-array", doc: include_str!("module_array.md"), hook: Hook::Stmt(assigned) };

fn assigned<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt) -> Option<StmtClaim<'a>> {
    if let ast::Stmt::Assign(assign) = stmt
        && let targets = hidden_targets(cx, assign)
        && !targets.is_empty()
    {
        return Some(parameter_or_tensor::in_targets(cx, stmt, assign, &targets).unwrap_or_else(|| plain_names(cx, &targets)));
    }
    if let ast::Stmt::For(over) = stmt
        && let ast::Expr::Attribute(target) = &*over.target
        && let Kind::Seq(item) | Kind::List(item) = cx.kind(&over.iter)
        && stores_plain_tensor(cx, target, &item)
    {
        let reason = "a plain tensor would become a parameter: assign it in the loop, so that the port can keep it out";
        return Some(StmtClaim::todo(Finding::todo(codes::PLAIN_TENSOR, over.target.range(), reason)));
    }
    if let Some(claim) = set_by_name::claim(cx, stmt) {
        return Some(claim);
    }
    let (target, value) = receiver::assignment(stmt)?;
    let ast::Expr::Attribute(attribute) = target else { return None };
    let object = &*attribute.value;
    if let Some((call, flag)) = receiver::parameter(cx.facts, value) {
        let flag = flag.filter(|flag| cx.source(*flag) != "True");
        let is_switched = call.range != value.range();
        if flag.is_some() && !is_switched && receiver::is_kept_by_plain_class(cx, value) {
            return None;
        }
        let data = receiver::argument(call, 0, "data")?;
        let flag = flag.map(|flag| ("requires_grad", flag));
        // A port says `scale_` for `_scale`: a name that was written so has to be told from it.
        // What stands in the place of a tied weight is another parameter.
        if cx.shared.survey.ties(&attribute.attr) && receiver::self_class(cx, object).is_none() {
            return Some(helper(cx, "untied_parameter", attribute, data, flag.as_slice()));
        }
        let is_needed =
            flag.is_some() || is_switched || is_underscored(&attribute.attr) || may_be_plain(cx, object, &attribute.attr, Node::Stmt(stmt));
        return is_needed.then(|| helper(cx, "register_parameter", attribute, data, flag.as_slice()));
    }
    if receiver::is_initialised_parameter(cx.facts, value) {
        return None;
    }
    if receiver::unmoved_parameter(cx.facts, value).is_some() && receiver::self_class(cx, object).is_some() {
        return Some(unmoved(cx, attribute, value));
    }
    if let Some(call) = cx.call_of(value, "torch.nn.Buffer") {
        let data = receiver::argument(call, 0, "data")?;
        let persistent = receiver::argument(call, 1, "persistent").map(|flag| ("persistent", flag));
        return Some(helper(cx, "register_buffer", attribute, data, persistent.as_slice()));
    }
    if let Some(claim) = chosen_buffer(cx, attribute, value).or_else(|| chosen_parameter(cx, attribute, value)) {
        return Some(claim);
    }
    let name = attribute.attr.as_str();
    if parameter_in_branch::is_plain_here(cx, attribute, value) {
        let claim = parameter_or_tensor::found(cx, stmt, value).unwrap_or_else(|| plain_attribute(cx, attribute, value));
        return Some(match kept_parameter::found(cx, stmt) {
            Some(finding) => claim.finding(finding),
            None => claim,
        });
    }
    let Some(class) = receiver::self_class(cx, object).filter(|class| receiver::makes_modules(cx, *class)) else {
        // MLX's own layers read what they compute with from their entries.
        let is_own = |class| receiver::makes_modules(cx, class) && is_surely_plain(cx, value);
        let is_deleted = || receiver::class_of(cx, object).is_some_and(is_own) && is_deleted_above(cx, object, name, Node::Stmt(stmt));
        return (is_set_outside(cx, object, name, value) || is_deleted()).then(|| helper(cx, "set_tensor", attribute, value, &[]));
    };
    if is_underscored(name) && cx.project_facts.is_trained(&cx.kind(value)) {
        return Some(helper(cx, "add_module", attribute, value, &[]));
    }
    // MLX leaves names that start with an underscore alone.
    if name.starts_with('_') {
        return None;
    }
    let kind = cx.kind(value);
    let is_container = is_empty_dict(cx, value) || matches!(kind, Kind::List(_) | Kind::Dict(_) | Kind::Seq(_) | Kind::Tuple(_));
    let is_concerned = holds_tensors(&kind)
        || displays_tensors(cx, value)
        || is_container
            && (holds_parameters(&kind)
                || collects_tensors(cx, class, name)
                || grows(cx, class, name, &kind)
                || is_remade(cx, class, name))
        || is_made_while_running(cx, cx.id, value, &kind)
        || kind.is_unknown() && gets_tensors(cx, class, name)
        || summed::becomes_tensor(cx, Some(class), name, &kind)
        || given_value::is_given_tensor(cx, value)
        || function_values::gives_tensor_below(cx, value);
    let is_kept = || {
        is_kept_by_forward(cx, value)
            || hook_module::is_kept(cx, value)
            || given_value::is_setting(cx, value)
            || given_value::may_be_given(cx, value)
    };
    // What keeps a parameter's memory is said whatever becomes of the statement.
    let with_memory = |claim: StmtClaim<'a>| match kept_parameter::found(cx, stmt).or_else(|| held_parameters::finding(cx, stmt)) {
        Some(finding) => claim.finding(finding),
        None => claim,
    };
    if !is_concerned && is_kept() && !is_declared(cx, class, name) {
        // The helper asks what the value is.
        return Some(with_memory(helper(cx, "set_tensor", attribute, value, &[])));
    }
    if is_concerned && buffer_in_branch::is_registered_instead(cx, stmt, class, name) {
        let (may_be_one, can_be_asked) = (asked_parameter::may_be_parameter(cx, value), asked_parameter::can_be_asked(cx, value));
        return match parameter_or_tensor::found(cx, stmt, value) {
            Some(claim) if may_be_one && !can_be_asked => Some(claim),
            // An array may be the memory of a parameter, and a tensor of its own.
            _ if !may_be_one && holds_tensors(&kind) && cx.shared.asks_for_parameters(cx) => {
                Some(with_memory(helper(cx, "set_plain", attribute, value, &[])))
            }
            _ => Some(with_memory(set_tensor(cx, attribute, value))),
        };
    }
    let is_deleted = is_declared(cx, class, name) && is_surely_plain(cx, value) && is_deleted_above(cx, object, name, Node::Stmt(stmt));
    // Of a buffer of another branch nothing tells what it is: the run does.
    if !is_concerned
        && kind.is_unknown()
        && cx.entity(value).is_none()
        && buffer_in_branch::is_registered_instead(cx, stmt, class, name)
        && !buffer_in_branch::is_told(cx, stmt, value)
    {
        return Some(with_memory(set_tensor(cx, attribute, value)));
    }
    if !is_concerned || !is_deleted && keeps(cx, class, name, value) || is_container && becomes_module(cx, class, name) {
        return None;
    }
    if parameter_or_tensor::is_parameter_item(cx, value) {
        return None;
    }
    if let Some(claim) = parameter_or_tensor::found(cx, stmt, value) {
        return Some(claim);
    }
    Some(with_memory(plain_attribute(cx, attribute, value)))
}

/// `self.w = nn.Parameter(w).to(device)`: a parameter on the CPU, and no other in the port.
fn unmoved<'a>(cx: &Cx<'a>, target: &'a ast::ExprAttribute, value: &'a ast::Expr) -> StmtClaim<'a> {
    let reason = "where this moves or casts, PyTorch gives a plain tensor that is neither trained nor saved; here it stays the parameter";
    let note =
        Finding::note(codes::PLAIN_TENSOR, value.range(), reason).help("make the parameter of what is moved: `nn.Parameter(w.to(device))`");
    let claim = if is_underscored(&target.attr) { helper(cx, "register_parameter", target, value, &[]) } else { StmtClaim::keep() };
    claim.finding(note)
}

/// Whether `forward` itself assigns a value of unknown kind: what a module keeps of a call is mostly a tensor.
fn is_kept_by_forward<'a>(cx: &Cx<'a>, value: &'a ast::Expr) -> bool {
    cx.kind(value).is_unknown() && cx.entity(value).is_none() && is_in_forward(cx, value)
}

pub(super) fn is_in_forward<'a>(cx: &Cx<'a>, value: &'a ast::Expr) -> bool {
    function_at(cx, cx.id, value) == Some("forward")
}

/// Whether code that is differentiated assigns a list, tuple or dictionary. MLX gives each a place among the parameters, whatever it holds: an
/// optimizer that has seen none there fails at the next step.
pub(super) fn is_made_while_running(cx: &Cx<'_>, file: FileId, value: &ast::Expr, kind: &Kind) -> bool {
    may_hold_a_place(cx, kind) && function_at(cx, file, value).is_some_and(|name| name != "__init__" && cx.shared.is_reached(name))
}

/// Whether code that is differentiated gives an attribute another collection than the constructor does: its places among the parameters would go.
fn is_remade(cx: &Cx<'_>, class: ClassId, name: &str) -> bool {
    let may_hold_tensors = !stored_argument::counts(name);
    may_hold_tensors
        && receiver::family(cx, class).any(|class| {
            let file = cx.project_facts.class(class).file;
            cx.shared.survey.stores(class, name).iter().any(|store| match store {
                Store::Whole(put) => is_made_while_running(cx, file, put, &cx.project_facts.file(file).fact(put).kind),
                _ => false,
            })
        })
}

/// Whether a list or dictionary gets more items after the constructor: `self.losses.append(loss.item())`. Its places among the parameters would grow.
fn grows(cx: &Cx<'_>, class: ClassId, name: &str, kind: &Kind) -> bool {
    let in_constructor = |file: FileId, put: &ast::Expr| function_at(cx, file, put) == Some("__init__");
    if !may_hold_a_place(cx, kind) {
        return false;
    }
    cx.shared.survey.grows_outside(name)
        || receiver::family(cx, class).any(|class| {
            let file = cx.project_facts.class(class).file;
            cx.shared.survey.stores(class, name).iter().any(|store| match store {
                Store::Item(put) | Store::Augmented(put) | Store::Method(_, put) | Store::Inner(put) => !in_constructor(file, put),
                Store::Whole(_) => false,
            })
        })
}

/// A collection that holds no modules.
pub(super) fn may_hold_a_place(cx: &Cx<'_>, kind: &Kind) -> bool {
    match kind {
        Kind::List(item) | Kind::Dict(item) | Kind::Seq(item) => !cx.project_facts.is_module(item),
        Kind::Tuple(items) => !items.iter().any(|item| cx.project_facts.is_module(item)),
        Kind::Size => true,
        _ => false,
    }
}

/// The name of the function around an expression.
pub(super) fn function_at<'a>(cx: &Cx<'a>, file: FileId, expr: &ast::Expr) -> Option<&'a str> {
    let function = cx.project_facts.enclosing_function(file, expr.range())?;
    Some(&cx.project_facts.function(function).name)
}

/// `self.scale = nn.Buffer(value) if wanted else None`: a buffer may be `None`.
fn chosen_buffer<'a>(cx: &Cx<'a>, target: &'a ast::ExprAttribute, value: &'a ast::Expr) -> Option<StmtClaim<'a>> {
    let ast::Expr::IfExp(choice) = value else { return None };
    let (buffer, is_first) = match (cx.call_of(&choice.body, "torch.nn.Buffer"), cx.call_of(&choice.orelse, "torch.nn.Buffer")) {
        (Some(call), None) if receiver::is_none(&choice.orelse) => (call, true),
        (None, Some(call)) if receiver::is_none(&choice.body) => (call, false),
        _ => return None,
    };
    let data = Piece::Expr(receiver::argument(buffer, 0, "data")?, Prec::Or);
    let (first, second) = if is_first { (data, Piece::text("None")) } else { (Piece::text("None"), data) };
    let chosen = vec![first, Piece::text(" if "), Piece::Expr(&choice.test, Prec::Or), Piece::text(" else "), second];
    let persistent = receiver::argument(buffer, 1, "persistent").map(|flag| ("persistent", flag));
    let (pieces, uses) = call_with(cx, "register_buffer", target, chosen, persistent.as_slice());
    Some(StmtClaim::replace(pieces).uses(uses))
}

/// `self.scale = nn.Parameter(s) if learned else s`: the one is trained, the other is not.
fn chosen_parameter<'a>(cx: &Cx<'a>, target: &'a ast::ExprAttribute, value: &'a ast::Expr) -> Option<StmtClaim<'a>> {
    let ast::Expr::IfExp(choice) = value else { return None };
    receiver::self_class(cx, &target.value).filter(|class| receiver::makes_modules(cx, *class))?;
    let is_plain = |branch: &'a ast::Expr| {
        receiver::parameter(cx.facts, branch).is_none()
            && (holds_tensors(&cx.kind(branch)) || parameter_in_branch::is_plain_here(cx, target, branch))
    };
    let (body, orelse) = (&*choice.body, &*choice.orelse);
    if !(receiver::parameter(cx.facts, body).is_some() && is_plain(orelse)
        || is_plain(body) && receiver::parameter(cx.facts, orelse).is_some())
    {
        return None;
    }
    if let Some(stmt) = cx.statement(value)
        && let Some(claim) = parameter_or_tensor::held(cx, stmt, value)
    {
        return Some(claim);
    }
    let mut uses = Uses::default();
    let mut branch = |value: &'a ast::Expr| {
        let (pieces, own) = match receiver::parameter(cx.facts, value) {
            Some((made, flag)) => {
                let flag = flag.filter(|flag| cx.source(*flag) != "True").map(|flag| ("requires_grad", flag));
                call(cx, "register_parameter", target, receiver::argument(made, 0, "data")?, flag.as_slice())
            }
            None => call(cx, "plain_attribute", target, value, &[]),
        };
        uses.extend(&own);
        Some(pieces)
    };
    let (mut pieces, other) = (branch(body)?, branch(orelse)?);
    pieces.extend([Piece::text(" if "), Piece::Expr(&choice.test, Prec::Or), Piece::text(" else ")]);
    pieces.extend(other);
    Some(StmtClaim::replace(pieces).uses(uses))
}

/// `{}`, `dict()`, `defaultdict(list)`
pub(super) fn is_empty_dict<'a>(cx: &Cx<'a>, value: &'a ast::Expr) -> bool {
    match value {
        ast::Expr::Dict(dict) => dict.values.is_empty(),
        ast::Expr::Call(call) => match (cx.entity(&call.func), cx.qualified(&call.func)) {
            (Some(Entity::Builtin(name)), _) => name == "dict" && call.args.is_empty() && call.keywords.is_empty(),
            (_, Some(name)) => matches!(name, "collections.defaultdict" | "collections.OrderedDict"),
            _ => false,
        },
        _ => false,
    }
}

fn is_underscored(name: &str) -> bool {
    name.ends_with('_') && !name.starts_with('_')
}

/// `self.name = value` as `compat.plain_attribute(self, "name", value)`: MLX neither trains nor saves what it holds.
pub(super) fn plain_attribute<'a>(cx: &Cx<'a>, target: &'a ast::ExprAttribute, value: &'a ast::Expr) -> StmtClaim<'a> {
    helper(cx, "plain_attribute", target, value, &[])
}

/// The same of a value that may be a layer, which the run knows.
pub(super) fn set_tensor<'a>(cx: &Cx<'a>, target: &'a ast::ExprAttribute, value: &'a ast::Expr) -> StmtClaim<'a> {
    helper(cx, "set_tensor", target, value, &[])
}

/// The same of an object that may be no module, which the run knows.
pub(super) fn plain_of_module<'a>(cx: &Cx<'a>, target: &'a ast::ExprAttribute, value: &'a ast::Expr) -> StmtClaim<'a> {
    helper(cx, "plain_of_module", target, value, &[])
}

/// The call of [`plain_attribute`] as a part of a larger claim.
pub(super) fn plain_pieces<'a>(cx: &Cx<'a>, target: &'a ast::ExprAttribute, value: &'a ast::Expr, uses: &mut Uses) -> Vec<Piece<'a>> {
    let (pieces, own) = call(cx, "plain_attribute", target, value, &[]);
    uses.extend(&own);
    pieces
}

/// `self.name = value` as `compat.helper(self, "name", value)`.
fn helper<'a>(
    cx: &Cx<'a>,
    helper: &str,
    target: &'a ast::ExprAttribute,
    value: &'a ast::Expr,
    flags: &[(&str, &'a ast::Expr)],
) -> StmtClaim<'a> {
    // What loses its gradient there is written by another rule: the name is noted in front of it.
    let is_edited = || cx.statement(value).is_some_and(|stmt| super::no_grad::leaving(cx, stmt).is_some());
    if helper == "plain_attribute" && is_edited() {
        return plain_names(cx, &[target]);
    }
    let (pieces, uses) = call(cx, helper, target, value, flags);
    StmtClaim::replace(pieces).uses(uses)
}

fn call<'a>(
    cx: &Cx<'a>,
    helper: &str,
    target: &'a ast::ExprAttribute,
    value: &'a ast::Expr,
    flags: &[(&str, &'a ast::Expr)],
) -> (Vec<Piece<'a>>, Uses) {
    // Where the value may be a parameter, the helper asks.
    let helper = match helper {
        "plain_attribute" if asked_parameter::may_be_parameter(cx, value) => "set_tensor",
        "plain_attribute" if parameter_in_branch::is_plain_here(cx, target, value) => "set_member",
        helper => helper,
    };
    call_with(cx, helper, target, vec![Piece::Expr(value, Prec::Test)], flags)
}

fn call_with<'a>(
    cx: &Cx<'a>,
    helper: &str,
    target: &'a ast::ExprAttribute,
    value: Vec<Piece<'a>>,
    flags: &[(&str, &'a ast::Expr)],
) -> (Vec<Piece<'a>>, Uses) {
    // What registers a name renames it as the port does, and remembers it.
    let name = match helper {
        "plain_attribute" | "plain_of_module" | "set_tensor" | "set_plain" => {
            super::attribute_name::ported(cx, target).unwrap_or_else(|| target.attr.to_string())
        }
        _ => target.attr.to_string(),
    };
    let (helper, uses) = cx.member(Module::Compat, helper);
    let mut pieces =
        vec![Piece::text(format!("{helper}(")), Piece::Expr(&target.value, Prec::Test), Piece::text(format!(", \"{name}\", "))];
    pieces.extend(value);
    for (name, flag) in flags {
        pieces.extend([Piece::text(format!(", {name}=")), Piece::Expr(flag, Prec::Test)]);
    }
    pieces.push(Piece::text(")"));
    (pieces, uses)
}

/// Whether an attribute of a module would hold a tensor that is no parameter and no buffer.
pub(super) fn stores_plain_tensor<'a>(cx: &Cx<'a>, target: &'a ast::ExprAttribute, kind: &Kind) -> bool {
    holds_tensors(kind) && is_open_tensor(cx, target)
}

/// Whether an attribute of a module is no parameter and no buffer, so that MLX would make a parameter of an array there.
pub(super) fn is_open_tensor<'a>(cx: &Cx<'a>, target: &'a ast::ExprAttribute) -> bool {
    let class = receiver::self_class(cx, &target.value).filter(|class| receiver::makes_modules(cx, *class));
    let name = target.attr.as_str();
    class.is_some_and(|class| !name.starts_with('_') && !is_declared(cx, class, name))
}

/// A tensor, or a list or dictionary of tensors, in which MLX looks for parameters too.
pub(crate) fn holds_tensors(kind: &Kind) -> bool {
    match kind {
        Kind::Tensor(_) => true,
        Kind::Optional(inner) | Kind::List(inner) | Kind::Dict(inner) | Kind::Seq(inner) => holds_tensors(inner),
        Kind::Tuple(kinds) => kinds.iter().any(holds_tensors),
        _ => false,
    }
}

/// Whether a value is a tensor that is no parameter, whoever gave it.
fn is_surely_plain<'a>(cx: &Cx<'a>, value: &'a ast::Expr) -> bool {
    let is_given =
        matches!(value, ast::Expr::Name(name) if receiver::is_parameter_around(cx, value, &name.id)) || value.is_attribute_expr();
    holds_tensors(&cx.kind(value)) && !is_given && !asked_parameter::may_be_parameter(cx, value)
}

/// PyTorch looks for parameters in no list and no dictionary that is none of its own.
fn holds_parameters(kind: &Kind) -> bool {
    match kind {
        Kind::Parameter => true,
        Kind::Optional(inner) | Kind::List(inner) | Kind::Dict(inner) | Kind::Seq(inner) => holds_parameters(inner),
        Kind::Tuple(kinds) => kinds.iter().any(holds_parameters),
        _ => false,
    }
}

/// Whether a method puts tensors into the list or dictionary: `self.seen.append(x)`, `self.cache[key] = x`, `self.seen[i] = self.cache[key]`.
fn collects_tensors(cx: &Cx<'_>, class: ClassId, name: &str) -> bool {
    collects(cx, class, name, &|other| other != name && collects(cx, class, other, &|_| false))
}

fn collects(cx: &Cx<'_>, class: ClassId, name: &str, of_another: &dyn Fn(&str) -> bool) -> bool {
    receiver::family(cx, class).any(|class| {
        let facts = cx.project_facts.file(cx.project_facts.class(class).file);
        let survey = &cx.shared.survey;
        survey.is_hooked(class, name)
            || survey.stores(class, name).iter().any(|store| match store {
                Store::Item(put) | Store::Augmented(put) | Store::Method(_, put) | Store::Inner(put) => {
                    let kind = &facts.fact(put).kind;
                    let is_item = || match put {
                        ast::Expr::Subscript(item) => match &*item.value {
                            ast::Expr::Attribute(other) => kind.is_unknown() && of_another(other.attr.as_str()),
                            _ => false,
                        },
                        _ => false,
                    };
                    holds_tensors(kind) || holds_parameters(kind) || is_item()
                }
                Store::Whole(_) => false,
            })
    })
}

/// Whether the list or dictionary is one of a module in the end, wherever that is said: `self.layers = nn.ModuleList(self.layers)`.
pub(super) fn becomes_module(cx: &Cx<'_>, class: ClassId, name: &str) -> bool {
    let is_made_of_it = |facts: &FileFacts, put: &ast::Expr| {
        let ast::Expr::Call(call) = put else { return false };
        let is_it = |part: &ast::Expr| matches!(part, ast::Expr::Attribute(part) if part.attr.as_str() == name);
        facts.fact(put).kind.is_layer()
            && call.args.iter().any(|arg| is_it(arg) || matches!(arg, ast::Expr::Starred(part) if is_it(&part.value)))
    };
    let is_own = receiver::family(cx, class).any(|class| {
        let facts = cx.project_facts.file(cx.project_facts.class(class).file);
        let stores = cx.shared.survey.stores(class, name);
        stores.iter().any(|store| matches!(store, Store::Whole(put) if is_made_of_it(facts, put)))
    });
    is_own
        || cx.project.ids().any(|file| {
            let facts = cx.project_facts.file(file);
            cx.shared.survey.stores_from_outside(file).iter().filter_map(|stmt| receiver::assignment(stmt)).any(|(target, put)| {
                matches!(target, ast::Expr::Attribute(target) if target.attr.as_str() == name) && is_made_of_it(facts, put)
            })
        })
}

/// Whether another assignment gives the attribute a tensor: `self.mask = torch.ones(3)` beside `self.mask = mask`.
fn gets_tensors(cx: &Cx<'_>, class: ClassId, name: &str) -> bool {
    receiver::family(cx, class).any(|class| {
        let facts = cx.project_facts.file(cx.project_facts.class(class).file);
        let stores = cx.shared.survey.stores(class, name);
        stores.iter().any(|store| matches!(store, Store::Whole(put) if holds_tensors(&facts.fact(put).kind)))
    })
}

/// Whether the class, a base or a subclass makes the attribute a parameter or a buffer: then assignments keep it one.
pub(super) fn is_declared(cx: &Cx<'_>, class: ClassId, name: &str) -> bool {
    declared_as(cx, class, name).is_some()
}

fn declared_as(cx: &Cx<'_>, class: ClassId, name: &str) -> Option<Sort> {
    let own = receiver::family(cx, class).filter_map(|class| cx.shared.survey.declared(class, name)).max();
    let is_inherited = || {
        let mut bases = receiver::family(cx, class).flat_map(|class| &cx.project_facts.class(class).library_bases);
        bases.any(|base| weights::holds_buffer(base, name))
    };
    own.or_else(|| is_inherited().then_some(Sort::Buffer))
}

/// Whether an assignment of this value keeps a parameter or a buffer. PyTorch refuses a tensor that is no parameter where a parameter stands, so there stands none yet:
/// `if learned: self.w = nn.Parameter(w)`, `else: self.w = torch.ones(3)`.
fn keeps(cx: &Cx<'_>, class: ClassId, name: &str, value: &ast::Expr) -> bool {
    let fact = cx.fact(value);
    let is_plain = matches!(fact.kind, Kind::Tensor(_)) && fact.evidence == Evidence::Constructed;
    declared_as(cx, class, name).is_some_and(|sort| sort == Sort::Buffer || !is_plain)
}
