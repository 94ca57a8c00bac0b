//! Table rows: lookup, binding, cases. Asked after every rule.

use std::sync::{LazyLock, RwLock};

use rustc_hash::FxHashMap;
use t2m_semantic::kind::TensorKind;
use t2m_semantic::tables::binding::{Argument, BindError, Bound, bind};
use t2m_semantic::tables::signature::{Param, Returns, Signature, Word};
use t2m_semantic::tables::{Row, Section, Then, Use};
use t2m_semantic::{Evidence, Fact, Kind};
use t2m_syntax::ast::{self, Ranged};
use t2m_syntax::{Decision, Edit, Piece, Prec, TextRange, TextSize};

use crate::claim::{Claim, Origin};
use crate::codes;
use crate::cpu_only;
use crate::cx::Cx;
use crate::detached_values;
use crate::evaluates;
use crate::finding::Finding;
use crate::handlers;
use crate::in_place;
use crate::names::{Module, Uses};
use crate::out_argument;
use crate::own_methods;
use crate::template::{FillError, Template};

mod cases;
mod spread;
mod target;
mod truths;
mod values;

pub(crate) use target::only_modules_have;
pub(crate) use values::{class_member, has_value, literal_text, serve, value_member, value_text};

use cases::{check_kind, choose, known_dict};
use spread::{options, spread_by_value, spread_last};
use target::{Receiver, changes_nothing, doubtful, is_of_modules_too, is_tensors_alone, names_axes_only, receiver, statement_use, target};
use values::{attribute_read, name_value};

/// What the tables say of an expression.
pub(crate) fn expr<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> Option<(Claim<'a>, Origin)> {
    match expr {
        ast::Expr::Call(call) => result_of_call(cx, expr, call, Use::Other),
        // `x.max(1)[0]`, `x.max(1).values`: the use belongs to the match.
        ast::Expr::Subscript(subscript) => {
            let ast::Expr::Call(call) = &*subscript.value else { return None };
            let used = match cx.source(&*subscript.slice) {
                "0" => Use::First,
                "1" => Use::Second,
                _ => return None,
            };
            result_of_call(cx, &subscript.value, call, used)
        }
        ast::Expr::Attribute(attribute) => {
            if let ast::Expr::Call(call) = &*attribute.value {
                let used = match attribute.attr.as_str() {
                    "values" => Some(Use::Values),
                    "indices" => Some(Use::Indices),
                    _ => None,
                };
                if let Some(claim) = used.and_then(|used| result_of_call(cx, &attribute.value, call, used)) {
                    return Some(claim);
                }
            }
            name_value(cx, expr).or_else(|| attribute_read(cx, expr, attribute))
        }
        ast::Expr::Name(_) => name_value(cx, expr),
        _ => None,
    }
}

fn gives_tensor(signature: &Signature) -> bool {
    matches!(signature.returns, Returns::Tensor(_) | Returns::Same | Returns::Tuple(_))
}

/// Whether the first argument is a tensor with axes, where a number or an axis would stand: `vit.norm(tokens)` is no norm of a tensor.
fn is_tensor_for_number(cx: &Cx<'_>, signature: &Signature, call: &ast::ExprCall) -> bool {
    let takes_none =
        |param: &Param| !param.words.is_empty() && ![Word::Tensor, Word::Tensors, Word::Any].iter().any(|word| param.accepts(*word));
    let is_one = |arg: &ast::Expr| matches!(cx.fact(arg), Fact { kind: Kind::Tensor(TensorKind { rank, .. }), evidence } if rank != Some(0) && evidence > Evidence::Assumed);
    signature.params.get(1).is_some_and(takes_none) && call.args.first().is_some_and(is_one)
}

/// A call, with the way its result is used. For uses that the call's parent expresses, only cases that ask for that use count.
fn result_of_call<'a>(cx: &Cx<'a>, expr: &'a ast::Expr, call: &'a ast::ExprCall, used: Use) -> Option<(Claim<'a>, Origin)> {
    let target = target(cx, call)?;
    let rows: Vec<(&Row, &Signature)> = cx.tables.lookup(&target.name).filter(|(_, signature)| !signature.is_bare).collect();
    let asks = |used| rows.iter().any(|(row, _)| row.cases.iter().any(|case| case.used.contains(&used)));
    if rows.is_empty() || (used != Use::Other && !asks(used)) {
        return None;
    }
    let used = match out_argument::given(call) {
        Some(out) if used == Use::Other && out_argument::is_several(out) => Use::Unpacked,
        Some(_) => used,
        None if used == Use::Other => statement_use(cx, expr),
        None => used,
    };
    let mut failure: Option<Claim<'a>> = None;
    let mut origin = None;
    let may_be_own = target.name.starts_with("Tensor.") && target.receiver.is_some() && own_methods::may_be_called(cx, call);
    for (row, signature) in rows {
        let doubt = match receiver(cx, row, &target, call) {
            Receiver::Other => return None,
            Receiver::Tensor => may_be_own,
            Receiver::Doubtful if is_tensor_for_number(cx, signature, call) => return None,
            // Nothing else gives `.indices`: `policy(state).max(1).indices`.
            Receiver::Doubtful => used != Use::Indices,
        };
        origin.get_or_insert_with(|| Origin::Row(signature.name.clone()));
        // What is written through `.data` is the tensor itself, if anybody else holds it.
        let owner = target.receiver.map(|receiver| if row.in_place { detached_values::written(cx, receiver) } else { receiver });
        match apply(cx, row, signature, owner, call, used)
            .and_then(|claim| stored(cx, (row, signature), expr, target.receiver, call, claim))
        {
            Ok(claim) if doubt && changes_nothing(cx, &claim) => return None,
            // `names.add(name)`: what a tensor would give is lost, so this is none.
            Ok(_) if doubt && !row.in_place && used == Use::Discarded && gives_tensor(signature) && !is_of_modules_too(cx, &target) => {
                return None;
            }
            Ok(claim) if doubt && !may_be_own && names_axes_only(cx, &claim) => return Some((claim, Origin::Row(signature.name.clone()))),
            // `x.add_(1)` of what may be an object of the project, which has a method of that name.
            Ok(_) if doubt && may_be_own && row.in_place && used == Use::Discarded => {
                return Some((own_methods::by_name(cx, call)?, Origin::Row(signature.name.clone())));
            }
            // The helper stands for the method, and the use stays as it is: `compat.max_method(x, 1)[0]`. Nobody reads what `names.sort()` gives;
            // `model.half()` casts the model.
            Ok(_)
                if doubt
                    && (row.doubtful.is_some() || may_be_own)
                    && (!used_by_call(used) || used == Use::Discarded && !is_of_modules_too(cx, &target)) =>
            {
                return None;
            }
            Ok(claim) if may_be_own && is_receiver_alone(&claim) => {
                return Some((own_methods::moved(cx, call)?, Origin::Row(signature.name.clone())));
            }
            Ok(_) if doubt => {
                let own = || if may_be_own { own_methods::by_name(cx, call) } else { None };
                let claim = decided_by_the_run(cx, row, signature, owner, call).or_else(own).or_else(|| doubtful(cx, &target, call))?;
                return Some((claim, Origin::Row(signature.name.clone())));
            }
            Ok(claim) => return Some((claim, Origin::Row(signature.name.clone()))),
            // Starred arguments hide what would tell.
            Err(_) if doubt && has_stars(call) => return Some((doubtful(cx, &target, call)?, Origin::Row(signature.name.clone()))),
            // It fits, and MLX can't do it.
            Err(Refusal::Finding(finding)) if doubt && codes::is_unsupported(finding.code) && is_tensors_alone(&target) => {
                return Some((doubtful(cx, &target, call)?, Origin::Row(signature.name.clone())));
            }
            // It fits, and what an argument is decides how: `x.var(d)`.
            Err(Refusal::Finding(finding)) if doubt && finding.code == codes::UNDECIDED => {
                return Some((doubtful(cx, &target, call)?, Origin::Row(signature.name.clone())));
            }
            // A call that does not fit the signature speaks against a tensor.
            Err(_) if doubt => {}
            Err(Refusal::NotThisUse) => {}
            Err(Refusal::ByCall) => return None,
            Err(Refusal::NeedsHelper) => {
                let claim = in_place::by_helper(cx, &signature.name, expr, call);
                return Some((claim, Origin::Row(signature.name.clone())));
            }
            // The call speaks for itself: `compat.sort(x, *how)[0]`.
            Err(Refusal::Finding(finding)) if !used_by_call(used) && adapter(cx, row, target.receiver, call, &finding).is_some() => {
                return None;
            }
            Err(Refusal::Finding(finding)) => {
                failure
                    .get_or_insert_with(|| adapter(cx, row, target.receiver, call, &finding).unwrap_or_else(|| refused(cx, call, finding)));
            }
        }
    }
    failure.zip(origin)
}

/// What writes the first of the two results of a call, where the tables have it, and the call is of torch or of a tensor for sure.
pub(crate) fn first_of_pair<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> Option<(Vec<Piece<'a>>, Uses)> {
    let ast::Expr::Call(call) = expr else { return None };
    let target = target(cx, call)?;
    let is_sure = cx.tables.lookup(&target.name).all(|(row, _)| matches!(receiver(cx, row, &target, call), Receiver::Tensor));
    let (claim, _) = result_of_call(cx, expr, call, Use::First).filter(|_| is_sure)?;
    match claim {
        Claim { decision: Some(Decision::Build(pieces, _)), uses, findings } if findings.is_empty() => Some((pieces, uses)),
        _ => None,
    }
}

/// A call that stays torch's: its name is served by the stand-in.
pub(crate) fn refused<'a>(cx: &Cx<'a>, call: &'a ast::ExprCall, finding: Finding) -> Claim<'a> {
    stand_in_call(cx, call).finding(finding)
}

fn stand_in_call<'a>(cx: &Cx<'a>, call: &'a ast::ExprCall) -> Claim<'a> {
    let Some(name) = cx.qualified(&call.func).filter(|name| crate::imports::is_torch_family(name)) else { return Claim::keep() };
    let (text, name) = (cx.source(&*call.func), crate::imports::served_name(name));
    let edits = if text == name { Vec::new() } else { vec![Edit::text(call.func.range(), name)] };
    Claim::edit(edits).uses(Uses::default().stand_in())
}

/// A dtype that MLX lacks is said at its name. Its stand-in would stop an MLX function, and with it the import where the call stands at the top level.
fn has_unported_dtype(cx: &Cx<'_>, signature: &Signature, bound: &Bound<'_>) -> bool {
    signature.params.iter().zip(&bound.arguments).any(|(param, argument)| {
        let Argument::One(expr) = argument else { return false };
        param.accepts(Word::DType) && cx.claim(expr).is_some_and(|claim| claim.uses.stand_in)
    })
}

/// Ex) `torch.__version__.split`: a method of a string, which stays what it is.
pub(crate) fn is_member_of_text(cx: &Cx<'_>, name: &str) -> bool {
    let of_text = |name: &str| cx.tables.lookup(name).any(|(_, signature)| signature.returns == Returns::Word(Word::Str));
    name.rsplit_once('.').is_some_and(|(value, _)| of_text(value))
}

/// Whether a row ports calls of a name: a case of it is no TODO.
pub(crate) fn is_ported(cx: &Cx<'_>, name: &str) -> bool {
    cx.tables.lookup(name).any(|(row, _)| row.cases.iter().any(|case| !matches!(case.then, Then::Todo { .. })))
}

/// A call of a torch name that no rule and no row speaks for.
pub(crate) fn unported_call<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> Option<Claim<'a>> {
    let ast::Expr::Call(call) = expr else { return None };
    if cx.claim(&call.func).is_some() {
        return None;
    }
    let name = cx.qualified(&call.func).filter(|name| crate::imports::is_torch_family(name))?;
    if is_member_of_text(cx, name) {
        return None;
    }
    let finding = crate::rules::unmapped(name, call.func.range());
    Some(refused(cx, call, finding))
}

/// The value of an in-place row still has to be stored, and so has what goes to `out=`, and what `inplace=True` changes.
fn stored<'a>(
    cx: &Cx<'a>,
    (row, signature): (&Row, &Signature),
    expr: &'a ast::Expr,
    receiver: Option<&'a ast::Expr>,
    call: &'a ast::ExprCall,
    claim: Claim<'a>,
) -> Result<Claim<'a>, Refusal> {
    if let Some(target) = in_place::seen_write(cx, signature, call).filter(|_| row.section != Section::Class) {
        return in_place::store(cx, false, expr, target, claim).map_err(Refusal::Finding);
    }
    match receiver.or_else(|| crate::views::first_argument(call)) {
        Some(target) if row.in_place => in_place::store(cx, row.rebind, expr, target, claim).map_err(Refusal::Finding),
        _ => match out_argument::given(call) {
            Some(out) if row.section == Section::Function => out_argument::store(cx, expr, out, claim).map_err(Refusal::Finding),
            _ => Ok(claim),
        },
    }
}

enum Refusal {
    /// The cases ask for another use of the result, or the call is of something else.
    NotThisUse,
    /// The call is written by itself, and its use stays: `compat.torch_max(x, *how)[0]`.
    ByCall,
    /// The value of an in-place row would evaluate its receiver twice: a helper of the method's name takes it as it is.
    NeedsHelper,
    Finding(Finding),
}

fn apply<'a>(
    cx: &Cx<'a>,
    row: &Row,
    signature: &Signature,
    receiver: Option<&'a ast::Expr>,
    call: &'a ast::ExprCall,
    used: Use,
) -> Result<Claim<'a>, Refusal> {
    let refuse = |code, reason: String| Refusal::Finding(Finding::todo(code, call.range(), format!("`{}`: {reason}", signature.name)));
    // A class takes keywords of its own: its adapter gets the dictionary as it is.
    let splat = |value| if row.section == Section::Class { None } else { known_dict(cx, value) };
    let bound = match bind(cx.tables, signature, receiver, call, &splat) {
        Ok(bound) => bound,
        Err(error) => {
            let starred = || {
                spread_last(cx, row, signature, receiver, call)
                    .or_else(|| spread_by_value(cx, row, signature, receiver, call))
                    .or_else(|| options(cx, row, signature, call))
                    .or_else(|| spread_in_place(cx, row, signature, receiver?, call))
            };
            let starred = (error == BindError::Starred).then(starred).flatten();
            if starred.is_some() && !used_by_call(used) {
                return Err(Refusal::ByCall);
            }
            // `pd.Timestamp(time).floor(freq)`: no tensor takes such a call, and nothing but the name speaks for one.
            let is_of_another = (error == BindError::TooMany || matches!(&error, BindError::UnknownKeyword(name) if name == "out"))
                && receiver.is_some_and(|receiver| cx.entity(receiver).is_none() && cx.kind(receiver).is_unknown());
            if is_of_another {
                return Err(Refusal::NotThisUse);
            }
            return starred.ok_or_else(|| refuse(codes::ARGUMENTS, error.to_string()));
        }
    };
    let has_out = out_argument::given(call).is_some();
    if has_out && row.section != Section::Function {
        return Err(refuse(codes::ARGUMENTS, "keyword `out` is not among the known parameters".to_owned()));
    }
    if receiver.is_none() && has_unported_dtype(cx, signature, &bound) {
        return Ok(stand_in_call(cx, call));
    }
    for (param, argument) in signature.params.iter().zip(&bound.arguments) {
        // A layer asks a flag for its truth: `nn.Linear(3, 4, 1)`.
        let is_flag = row.section == Section::Class && matches!(argument, Argument::One(expr) if cx.kind(expr) == Kind::Int);
        if is_flag && param.accepts(Word::Bool) {
            continue;
        }
        check_kind(cx, param, argument).map_err(|reason| refuse(codes::ARGUMENTS, reason))?;
    }
    let handle = |name: &str| match handlers::run(name, cx, signature, &bound, receiver, call) {
        Some(result) => result.map_err(Refusal::Finding),
        None => Err(refuse(codes::UNMAPPED, format!("handler `{name}` is not there"))),
    };
    if let Some(check) = &row.check
        && let Some(claim) = handle(check)?
    {
        return Ok(claim);
    }
    let case = choose(cx, row, signature, &bound, call, used).map_err(|undecided| match undecided {
        Some(param) => refuse(codes::UNDECIDED, format!("the form depends on what `{param}` is, which is not known")),
        None => Refusal::NotThisUse,
    })?;
    let claim = match &case.then {
        Then::Template(text) => {
            let template = compiled(text).ok_or_else(|| refuse(codes::INTERNAL, format!("template `{text}` does not compile")))?;
            let is_stored = row.in_place || has_out || in_place::seen_write(cx, signature, call).is_some();
            let filled = template.fill(cx, signature, &bound, receiver, Some(call).filter(|_| used_by_call(used) && !is_stored));
            filled.or_else(|error| match error {
                FillError::Evaluation(_) if row.in_place => Err(Refusal::NeedsHelper),
                // What stands for the name where it is passed on takes each argument once.
                FillError::Evaluation(param) => by_value(cx, row, signature, receiver, call).ok_or_else(|| {
                    refuse(codes::EVALUATION, format!("`{param}` would be evaluated twice or in another order; bind it to a name first"))
                }),
                FillError::Starred(param) => Err(refuse(codes::ARGUMENTS, format!("a starred argument can't be matched to `{param}`"))),
            })
        }
        Then::Handler(name) => handle(name)?.ok_or_else(|| refuse(codes::UNMAPPED, format!("handler `{name}` has nothing to say here"))),
        Then::Todo { code, reason } => Err(refuse(codes::intern(code), reason.clone())),
    };
    claim.map(|mut claim| {
        claim.findings.extend(evaluates::of_case(case, &signature.name, call.range()));
        claim.findings.extend(cpu_only::of_case(cx, case, &call.func));
        claim
    })
}

/// Whether nothing is left of a call but what it is called on: `x.cpu()`.
fn is_receiver_alone(claim: &Claim<'_>) -> bool {
    matches!(&claim.decision, Some(Decision::Build(pieces, _)) if matches!(&pieces[..], [Piece::Expr(..)]))
}

/// `timesteps[:1].repeat(n)`: a helper asks at run time whether the value is an array.
fn decided_by_the_run<'a>(
    cx: &Cx<'a>,
    row: &Row,
    signature: &Signature,
    receiver: Option<&'a ast::Expr>,
    call: &'a ast::ExprCall,
) -> Option<Claim<'a>> {
    let doubtful = row.doubtful.as_deref()?;
    if let Some(helper) = doubtful.strip_prefix("compat.").filter(|helper| !helper.contains('(')) {
        return Some(as_written(cx, helper, receiver?, call, &str::to_owned));
    }
    let template = compiled(doubtful)?;
    let bound = bind(cx.tables, signature, receiver, call, &|value| known_dict(cx, value)).ok()?;
    template.fill(cx, signature, &bound, receiver, Some(call)).ok()
}

/// `compat.torch_lerp(f(x), y, 0.5)`: the helper with the calling convention of the name.
fn by_value<'a>(
    cx: &Cx<'a>,
    row: &Row,
    signature: &Signature,
    receiver: Option<&'a ast::Expr>,
    call: &'a ast::ExprCall,
) -> Option<Claim<'a>> {
    let helper = row.value.as_deref()?.strip_prefix("compat.")?;
    // A helper knows PyTorch's own names alone: `axis=` is its `dim=`.
    let spelled = |name: &str| if signature.param(name).is_some() { name } else { cx.tables.keyword(name) }.to_owned();
    match receiver {
        Some(receiver) => Some(as_written(cx, helper, receiver, call, &spelled)),
        None => {
            let (text, uses) = cx.member(Module::Compat, helper);
            let mut edits = vec![Edit::text(call.func.range(), text)];
            let names = call.keywords.iter().filter_map(|keyword| keyword.arg.as_ref().map(|name| (keyword.start(), name.as_str())));
            for (start, name) in names.filter(|(_, name)| spelled(name) != *name) {
                edits.push(Edit::text(TextRange::at(start, TextSize::new(name.len() as u32)), spelled(name)));
            }
            Some(Claim::edit(edits).uses(uses))
        }
    }
}

/// `compat.argmax_any(x, 1)`: a helper that takes what the method takes.
fn as_written<'a>(
    cx: &Cx<'a>,
    helper: &str,
    receiver: &'a ast::Expr,
    call: &'a ast::ExprCall,
    spelled: &dyn Fn(&str) -> String,
) -> Claim<'a> {
    let (text, uses) = cx.member(Module::Compat, helper);
    call_of(&text, std::iter::once(receiver).chain(&call.args), call.keywords.iter(), spelled).uses(uses)
}

/// `callee(args, keywords)`
fn call_of<'a>(
    callee: &str,
    args: impl Iterator<Item = &'a ast::Expr>,
    keywords: impl Iterator<Item = &'a ast::Keyword>,
    spelled: &dyn Fn(&str) -> String,
) -> Claim<'a> {
    let mut pieces = vec![Piece::text(format!("{callee}("))];
    for (i, arg) in args.enumerate() {
        pieces.extend([Piece::text(if i > 0 { ", " } else { "" }), Piece::Expr(arg, Prec::Named)]);
    }
    for keyword in keywords {
        let name = keyword.arg.as_ref().map_or_else(|| "**".to_owned(), |name| format!("{}=", spelled(name)));
        let before = if pieces.len() > 1 { ", " } else { "" };
        pieces.extend([Piece::text(format!("{before}{name}")), Piece::Expr(&keyword.value, Prec::Test)]);
    }
    pieces.push(Piece::text(")"));
    Claim::build(pieces, Prec::Atom)
}

/// Whether the claim replaces the call itself, not a larger expression around it.
fn used_by_call(used: Use) -> bool {
    matches!(used, Use::Other | Use::Discarded | Use::Unpacked)
}

/// `f(*args)` or `f(**kwargs)`.
fn has_stars(call: &ast::ExprCall) -> bool {
    call.keywords.iter().any(|kw| kw.arg.is_none()) || call.args.iter().any(|arg| matches!(arg, ast::Expr::Starred(_)))
}

/// A torch-compatible adapter takes whatever the call passes.
fn adapter<'a>(cx: &Cx<'a>, row: &Row, receiver: Option<&'a ast::Expr>, call: &'a ast::ExprCall, finding: &Finding) -> Option<Claim<'a>> {
    if !matches!(row.section, Section::Class | Section::Function) || finding.code != codes::ARGUMENTS {
        return None;
    }
    let name = row.value.as_deref()?.strip_prefix("compat.")?;
    if !has_stars(call) {
        return None;
    }
    // `x.transpose(*dims)`
    if let Some(receiver) = receiver {
        return Some(as_written(cx, name, receiver, call, &str::to_owned));
    }
    let (text, uses) = cx.member(Module::Compat, name);
    Some(Claim::edit(vec![Edit::text(call.func.range(), text)]).uses(uses))
}

/// `x.clamp_(*limits)`: what stands for `clamp` gives what is stored.
fn spread_in_place<'a>(
    cx: &Cx<'a>,
    row: &Row,
    signature: &Signature,
    receiver: &'a ast::Expr,
    call: &'a ast::ExprCall,
) -> Option<Claim<'a>> {
    let name = signature.name.strip_suffix('_').filter(|_| row.in_place && !row.rebind)?;
    let values = cx.tables.lookup(name).filter(|(row, _)| row.section == Section::Function);
    let helper = values.filter_map(|(row, _)| row.value.as_deref()?.strip_prefix("compat.")).next()?;
    Some(as_written(cx, helper, receiver, call, &str::to_owned))
}

/// Compiled templates, once per text.
fn compiled(text: &str) -> Option<&'static Template> {
    static TEMPLATES: LazyLock<RwLock<FxHashMap<String, Option<&'static Template>>>> = LazyLock::new(RwLock::default);
    if let Some(template) = TEMPLATES.read().ok()?.get(text) {
        return *template;
    }
    let compile = || Template::compile(text).ok().map(|template| &*Box::leak(Box::new(template)));
    *TEMPLATES.write().ok()?.entry(text.to_owned()).or_insert_with(compile)
}
