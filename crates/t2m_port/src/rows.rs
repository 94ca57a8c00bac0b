//! Table rows: lookup, binding, cases. Asked after every rule.

use std::collections::HashMap;
use std::sync::{LazyLock, Mutex};

use t2m_semantic::tables::binding::{Argument, BindError, Bound, bind};
use t2m_semantic::tables::signature::{Signature, Word};
use t2m_semantic::tables::{Answer, Case, Row, Section, Then, Use, predicate};
use t2m_semantic::{Evidence, Fact, Kind};
use t2m_syntax::ast::{self, Ranged};
use t2m_syntax::{Decision, Edit, Node, Piece, Prec, TextRange};

use crate::claim::{Claim, Origin};
use crate::codes;
use crate::cx::Cx;
use crate::finding::Finding;
use crate::handlers;
use crate::in_place;
use crate::names::{Module, Uses};
use crate::receiver;
use crate::storage;
use crate::template::{FillError, Template};
use crate::views;

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

/// A call, with the way its result is used. For uses that the call's parent expresses, only cases that ask for that use count.
fn result_of_call<'a>(cx: &Cx<'a>, expr: &'a ast::Expr, call: &'a ast::ExprCall, used: Use) -> Option<(Claim<'a>, Origin)> {
    let target = target(cx, call)?;
    let rows: Vec<(&Row, &Signature)> = cx.tables.lookup(&target.name).filter(|(_, signature)| !signature.is_bare).collect();
    let asks = |used| rows.iter().any(|(row, _)| row.cases.iter().any(|case| case.used.contains(&used)));
    if rows.is_empty() || (used != Use::Other && !asks(used)) {
        return None;
    }
    let used = if used == Use::Other { statement_use(cx, expr) } else { used };
    let mut failure: Option<Claim<'a>> = None;
    let mut origin = None;
    for (row, signature) in rows {
        let doubt = match receiver(cx, row, &target, call) {
            Receiver::Tensor => false,
            Receiver::Other => return None,
            Receiver::Doubtful => true,
        };
        origin.get_or_insert_with(|| Origin::Row(signature.name.clone()));
        // What is written through `.data` is the tensor itself.
        let owner = target.receiver.map(|receiver| if row.in_place { storage::owner(cx, receiver) } else { receiver });
        match apply(cx, row, signature, owner, call, used).and_then(|claim| stored(cx, row, expr, target.receiver, call, claim)) {
            Ok(claim) if doubt && changes_nothing(cx, &claim) => return None,
            Ok(claim) if doubt && names_axes_only(cx, &claim) => return Some((claim, Origin::Row(signature.name.clone()))),
            Ok(_) if doubt => return Some((doubtful(cx, &target, call)?, Origin::Row(signature.name.clone()))),
            Ok(claim) => return Some((claim, Origin::Row(signature.name.clone()))),
            // Starred arguments hide what would tell.
            Err(_) if doubt && has_stars(call) => return Some((doubtful(cx, &target, call)?, Origin::Row(signature.name.clone()))),
            // It fits, and MLX can't do it.
            Err(Refusal::Finding(finding)) if doubt && finding.code == codes::UNSUPPORTED && is_tensors_alone(&target) => {
                return Some((doubtful(cx, &target, call)?, Origin::Row(signature.name.clone())));
            }
            // A call that does not fit the signature speaks against a tensor.
            Err(_) if doubt => {}
            Err(Refusal::NotThisUse) => {}
            Err(Refusal::NeedsHelper) => {
                let claim = in_place::by_helper(cx, &signature.name, expr, call);
                return Some((claim, Origin::Row(signature.name.clone())));
            }
            Err(Refusal::Finding(finding)) => {
                failure.get_or_insert_with(|| adapter(cx, row, call, &finding).unwrap_or_else(|| refused(cx, call, finding)));
            }
        }
    }
    failure.zip(origin)
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

/// A call of a torch name that no rule and no row speaks for.
pub(crate) fn unported_call<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> Option<Claim<'a>> {
    let ast::Expr::Call(call) = expr else { return None };
    if cx.claim(&call.func).is_some() {
        return None;
    }
    let name = cx.qualified(&call.func).filter(|name| crate::imports::is_torch_family(name))?;
    let finding = crate::rules::unmapped(name, call.func.range());
    Some(refused(cx, call, finding))
}

/// The value of an in-place row still has to be stored.
fn stored<'a>(
    cx: &Cx<'a>,
    row: &Row,
    expr: &'a ast::Expr,
    receiver: Option<&'a ast::Expr>,
    call: &'a ast::ExprCall,
    claim: Claim<'a>,
) -> Result<Claim<'a>, Refusal> {
    match receiver.or_else(|| call.args.first()) {
        Some(target) if row.in_place => in_place::store(cx, row, expr, target, claim).map_err(Refusal::Finding),
        _ => Ok(claim),
    }
}

/// What is called.
struct Target<'a> {
    name: String,
    receiver: Option<&'a ast::Expr>,
}

fn target<'a>(cx: &Cx<'a>, call: &'a ast::ExprCall) -> Option<Target<'a>> {
    if let Some(name) = cx.qualified(&call.func) {
        // `torch.Tensor.view(x, 2)`: an unbound method takes its receiver as an argument.
        return Some(Target { name: name.to_owned(), receiver: None });
    }
    let ast::Expr::Attribute(attribute) = &*call.func else { return None };
    if cx.entity(&call.func).is_some() {
        return None;
    }
    let method = attribute.attr.as_str();
    let object = &*attribute.value;
    let is_module = receiver::is_module(cx, object)
        || only_modules_have(cx, object, method, call)
        || receiver::is_super(cx, object) && crate::rules::is_of_torch(cx, object, method);
    if !is_module && matches!(cx.kind(object), Kind::Instance(_)) {
        return None;
    }
    if is_module {
        return Some(Target { name: format!("Module.{method}"), receiver: Some(&attribute.value) });
    }
    Some(Target { name: format!("Tensor.{method}"), receiver: Some(&attribute.value) })
}

/// `super().resize(...)` in a class of the project: a method of its bases, none of which is a tensor. Methods of `nn.Module` have rows of their own.
fn is_super_of_no_tensor<'a>(cx: &Cx<'a>, object: &'a ast::Expr, method: &str) -> bool {
    if !receiver::is_super(cx, object) {
        return false;
    }
    let Some(class) = receiver::enclosing_class(cx, Node::Expr(object)) else { return false };
    let of_module = || cx.tables.contains(&method.replace("Tensor.", "Module.")) && receiver::makes_modules(cx, class);
    !cx.project_facts.class(class).library_bases.iter().any(|base| base.ends_with("Tensor")) && !of_module()
}

/// Whether a value of unknown kind is a module by the method that is called: `named_parameters`, or `apply` of a function that initialises.
fn only_modules_have<'a>(cx: &Cx<'a>, object: &'a ast::Expr, method: &str, call: &'a ast::ExprCall) -> bool {
    if !cx.kind(object).is_unknown() || cx.entity(object).is_some() || receiver::is_super(cx, object) {
        return false;
    }
    match method {
        "apply" => match &call.args[..] {
            [ast::Expr::Name(name)] => name.id.contains("init") || matches!(cx.kind(&call.args[0]), Kind::Function(_)),
            [ast::Expr::Attribute(attribute)] => attribute.attr.contains("init"),
            _ => false,
        },
        _ => is_module_only(cx, method),
    }
}

fn is_module_only(cx: &Cx<'_>, method: &str) -> bool {
    !cx.tables.contains(&format!("Tensor.{method}"))
        && cx.tables.lookup(&format!("Module.{method}")).any(|(row, _)| row.evidence == Evidence::Nothing)
}

fn is_tensors_alone(target: &Target<'_>) -> bool {
    target.name.strip_prefix("Tensor.").is_some_and(crate::rules::only_tensors_have)
}

/// Whether a method's receiver is a tensor.
enum Receiver {
    Tensor,
    Other,
    /// The name exists elsewhere too, and nothing says what the value is.
    Doubtful,
}

fn receiver<'a>(cx: &Cx<'a>, row: &Row, target: &Target<'a>, call: &'a ast::ExprCall) -> Receiver {
    let Some(receiver) = target.receiver else { return Receiver::Tensor };
    if is_super_of_no_tensor(cx, receiver, &target.name) {
        return Receiver::Other;
    }
    let fact = cx.fact(receiver);
    if target.name.starts_with("Module.") || fact.kind.is_tensor() {
        return Receiver::Tensor;
    }
    if !fact.kind.is_unknown() && !matches!(&fact.kind, Kind::Optional(inner) if inner.is_unknown()) {
        return Receiver::Other;
    }
    // PyTorch's own keywords are proof of a tensor, and so is a dtype.
    let telling = call.args.iter().any(|arg| cx.kind(arg) == Kind::DType)
        || call.keywords.iter().any(|kw| matches!(kw.arg.as_deref(), Some("dim" | "keepdim" | "non_blocking" | "memory_format")));
    if telling || row.evidence == Evidence::Nothing || fact.evidence >= row.evidence { Receiver::Tensor } else { Receiver::Doubtful }
}

/// Whether the MLX text is the original one: then it is right for a tensor, and for anything else too.
fn changes_nothing(cx: &Cx<'_>, claim: &Claim<'_>) -> bool {
    match &claim.decision {
        None => true,
        Some(Decision::Edit(edits)) => {
            edits.iter().all(|edit| matches!(&edit.pieces[..], [Piece::Text(text)] if cx.file.slice(edit.range) == text))
        }
        Some(Decision::Build(..)) => false,
    }
}

/// Whether the claim writes `axis=` before an argument, or for `dim=`, and nothing else: then it is right for a NumPy array too.
fn names_axes_only(cx: &Cx<'_>, claim: &Claim<'_>) -> bool {
    let Some(Decision::Edit(edits)) = &claim.decision else { return false };
    edits.iter().all(|edit| match (&edit.pieces[..], cx.file.slice(edit.range)) {
        ([Piece::Text(text)], slice) if slice == text => true,
        ([Piece::Text(text)], "") => text == "axis=" || text == "keepdims=",
        _ => false,
    })
}

/// The TODO for a call that would have to change if the value is a tensor. Names that every Python program uses say nothing.
fn doubtful<'a>(cx: &Cx<'a>, target: &Target<'a>, call: &'a ast::ExprCall) -> Option<Claim<'a>> {
    let receiver = target.receiver?;
    let method = target.name.strip_prefix("Tensor.")?;
    let reason = format!("`{}` is not known to be a tensor; if it is, `.{method}` means something else in MLX", cx.snippet(receiver));
    let help = "annotate the value as a tensor and port again, or check the line by hand";
    Some(Claim::todo(Finding::todo(codes::UNKNOWN_RECEIVER, call.range(), reason).help(help)))
}

/// How the statement uses a call that stands alone in it.
fn statement_use<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> Use {
    match cx.parent(expr) {
        Some(Node::Stmt(ast::Stmt::Expr(_))) => Use::Discarded,
        Some(Node::Stmt(ast::Stmt::Assign(assign))) => match &assign.targets[..] {
            [ast::Expr::Tuple(tuple)] if tuple.elts.len() == 2 && !tuple.elts.iter().any(|e| matches!(e, ast::Expr::Starred(_))) => {
                Use::Unpacked
            }
            _ => Use::Other,
        },
        _ => Use::Other,
    }
}

enum Refusal {
    /// The cases ask for another use of the result.
    NotThisUse,
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
            let starred = (error == BindError::Starred).then(|| spread_last(cx, row, signature, receiver, call)).flatten();
            return starred.ok_or_else(|| refuse(codes::ARGUMENTS, error.to_string()));
        }
    };
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
    if let Some(finding) = in_place::ignored_write(cx, signature, &bound, call) {
        return Err(Refusal::Finding(finding));
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
    let case = choose(cx, row, signature, &bound, used).map_err(|undecided| match undecided {
        Some(param) => refuse(codes::UNDECIDED, format!("the form depends on what `{param}` is, which is not known")),
        None => Refusal::NotThisUse,
    })?;
    match &case.then {
        Then::Template(text) => {
            let template = compiled(text).ok_or_else(|| refuse(codes::INTERNAL, format!("template `{text}` does not compile")))?;
            template.fill(cx, signature, &bound, receiver, Some(call).filter(|_| used_by_call(used) && !row.in_place)).map_err(|error| {
                match error {
                    FillError::Evaluation(_) if row.in_place => Refusal::NeedsHelper,
                    FillError::Evaluation(param) => refuse(
                        codes::EVALUATION,
                        format!("`{param}` would be evaluated twice or in another order; bind it to a name first"),
                    ),
                    FillError::Starred(param) => refuse(codes::ARGUMENTS, format!("a starred argument can't be matched to `{param}`")),
                }
            })
        }
        Then::Handler(name) => handle(name)?.ok_or_else(|| refuse(codes::UNMAPPED, format!("handler `{name}` has nothing to say here"))),
        Then::Todo { code, reason } => Err(refuse(codes::intern(code), reason.clone())),
    }
}

/// `self.add_module(*stage)`: what is spread goes to a function that takes the same parameters in the same order.
fn spread_last<'a>(
    cx: &Cx<'a>,
    row: &Row,
    signature: &Signature,
    receiver: Option<&'a ast::Expr>,
    call: &'a ast::ExprCall,
) -> Option<Claim<'a>> {
    let is_starred = |arg: &ast::Expr| matches!(arg, ast::Expr::Starred(_));
    let (last, others) = call.args.split_last()?;
    if !is_starred(last) || others.iter().any(is_starred) || !call.keywords.is_empty() || row.in_place || row.check.is_some() {
        return None;
    }
    let [Case { when, used, then: Then::Template(text) }] = &row.cases[..] else { return None };
    if !when.is_empty() || !used.is_empty() {
        return None;
    }
    let template = compiled(text)?;
    let callee = template.same_parameters(signature)?;
    let mut pieces = vec![Piece::text(format!("{}.{callee}(", cx.names.of(Module::Compat)))];
    for (i, arg) in receiver.into_iter().chain(&call.args).enumerate() {
        if i > 0 {
            pieces.push(Piece::text(", "));
        }
        pieces.push(Piece::Expr(arg, Prec::Named));
    }
    pieces.push(Piece::text(")"));
    Some(Claim::build(pieces, Prec::Atom).uses(template.uses()))
}

/// The items of a dictionary that is bound once in its function, as a display of string keys and simple values that are not bound again:
/// `dd = {"device": device, "dtype": dtype}`.
fn known_dict<'a>(cx: &Cx<'a>, value: &'a ast::Expr) -> Option<Vec<(&'a str, &'a ast::Expr)>> {
    let ast::Expr::Name(name) = value else { return None };
    let body = views::enclosing_body(cx, value);
    let mut bindings: Vec<(&str, Option<&'a ast::Expr>)> = Vec::new();
    let mut is_changed = false;
    for stmt in body {
        Node::Stmt(stmt).walk(&mut |node| match node {
            Node::Stmt(ast::Stmt::Assign(assign)) => {
                if let [ast::Expr::Name(target)] = &assign.targets[..] {
                    bindings.push((target.id.as_str(), Some(&assign.value)));
                }
            }
            Node::Expr(ast::Expr::Subscript(e)) if !matches!(e.ctx, ast::ExprContext::Load) => {
                is_changed |= views::is_same_name(&e.value, &name.id)
            }
            Node::Expr(ast::Expr::Attribute(e)) => is_changed |= views::is_same_name(&e.value, &name.id),
            Node::Expr(ast::Expr::Name(e)) if !matches!(e.ctx, ast::ExprContext::Load) => bindings.push((e.id.as_str(), None)),
            _ => {}
        });
    }
    // Each assignment to a name was pushed twice: with its value, and by its target.
    let count = |id: &str| bindings.iter().filter(|(bound, value)| *bound == id && value.is_none()).count();
    let mut values = bindings.iter().filter(|(bound, _)| *bound == name.id.as_str()).filter_map(|(_, value)| *value);
    let (Some(ast::Expr::Dict(dict)), None) = (values.next(), values.next()) else { return None };
    if is_changed || count(&name.id) != 1 {
        return None;
    }
    let item = |(key, value): (&'a Option<ast::Expr>, &'a ast::Expr)| {
        let Some(ast::Expr::Constant(ast::ExprConstant { value: ast::Constant::Str(key), .. })) = key else { return None };
        let stays = match value {
            ast::Expr::Name(name) => count(&name.id) == 0,
            ast::Expr::Constant(_) => true,
            _ => false,
        };
        stays.then_some((key.as_str(), value))
    };
    dict.keys.iter().zip(&dict.values).map(item).collect()
}

/// Whether the claim replaces the call itself, not a larger expression around it.
fn used_by_call(used: Use) -> bool {
    matches!(used, Use::Other | Use::Discarded | Use::Unpacked)
}

fn check_kind(cx: &Cx<'_>, param: &t2m_semantic::tables::Param, argument: &Argument<'_>) -> Result<(), String> {
    let Argument::One(expr) = argument else { return Ok(()) };
    if param.accepts(Word::Unsupported) && param.words.len() == 1 {
        let default = param.default.as_deref().unwrap_or("None");
        return if cx.source(*expr) == default { Ok(()) } else { Err(format!("`{}` has no MLX counterpart", param.name)) };
    }
    let words: Vec<Word> = param.words.iter().copied().filter(|word| *word != Word::Unsupported).collect();
    if words.is_empty() || words.contains(&Word::Ignored) {
        return Ok(());
    }
    let Fact { kind, evidence } = cx.fact(expr);
    // What is only assumed to be a tensor is none where PyTorch would not take one.
    if evidence == Evidence::Assumed && kind.is_tensor() {
        return Ok(());
    }
    // PyTorch takes None for most defaults, 0-d tensors for numbers, and numbers of either sort.
    let lenient =
        kind == Kind::None || kind.is_tensor() && words.iter().any(|w| matches!(w, Word::Scalar | Word::Int | Word::Float | Word::Any));
    if lenient || words.iter().any(|&word| predicate::kind_is(&kind, word) != Answer::No) {
        return Ok(());
    }
    let expected: Vec<&str> = words.iter().map(|word| word.name()).collect();
    Err(format!("`{}` is not {}, as far as the project tells", param.name, expected.join(" or ")))
}

/// The first case that holds. `Err(Some(param))`: the kind of `param` decides and is not known. `Err(None)`: no case is for this use.
fn choose<'r>(cx: &Cx<'_>, row: &'r Row, signature: &Signature, bound: &Bound<'_>, used: Use) -> Result<&'r Case, Option<String>> {
    let fact = |expr: &ast::Expr| cx.fact(expr);
    let source = |expr: &ast::Expr| cx.source(expr).to_owned();
    let mut undecided: Option<String> = None;
    for case in &row.cases {
        let use_fits = match used {
            Use::Other => case.used.is_empty() || case.used.contains(&Use::Other),
            Use::Discarded | Use::Unpacked => case.used.is_empty() || case.used.contains(&used),
            _ => case.used.contains(&used),
        };
        if !use_fits {
            continue;
        }
        let mut all = Answer::Yes;
        let mut unsure = None;
        let mut asks_unknown = false;
        for (name, predicates) in &case.when {
            let Some((at, param)) = signature.param(name) else {
                all = Answer::No;
                break;
            };
            let answers: Vec<Answer> = predicates.iter().map(|p| p.holds(param, &bound.arguments[at], &fact, &source)).collect();
            asks_unknown |= predicates.iter().any(|p| p.test == predicate::Test::Unknown && !p.negated);
            if answers.contains(&Answer::Yes) {
                continue;
            }
            if answers.contains(&Answer::Undecided) {
                unsure = Some(name.clone());
                continue;
            }
            all = Answer::No;
            break;
        }
        match (all, unsure) {
            (Answer::Yes, None) => {
                // A case after an undecided one holds only if it asks for the unknown itself.
                return match undecided {
                    Some(param) if !asks_unknown && !case_excludes(case, &param) => Err(Some(param)),
                    _ => Ok(case),
                };
            }
            (Answer::Yes, Some(param)) => {
                undecided.get_or_insert(param);
            }
            _ => {}
        }
    }
    Err(undecided)
}

/// Whether a case tests the parameter itself: then its answer, which is yes, settles what was open.
fn case_excludes(case: &Case, param: &str) -> bool {
    case.when.iter().any(|(name, _)| name == param)
}

/// `f(*args)` or `f(**kwargs)`.
fn has_stars(call: &ast::ExprCall) -> bool {
    call.keywords.iter().any(|kw| kw.arg.is_none()) || call.args.iter().any(|arg| matches!(arg, ast::Expr::Starred(_)))
}

/// A torch-compatible adapter takes whatever the call passes: the callee alone changes.
fn adapter<'a>(cx: &Cx<'a>, row: &Row, call: &'a ast::ExprCall, finding: &Finding) -> Option<Claim<'a>> {
    if !matches!(row.section, Section::Class | Section::Function) || finding.code != codes::ARGUMENTS {
        return None;
    }
    let name = row.value.as_deref()?.strip_prefix("compat.")?;
    if !has_stars(call) {
        return None;
    }
    let (text, uses) = cx.member(Module::Compat, name);
    Some(Claim::edit(vec![Edit::text(call.func.range(), text)]).uses(uses))
}

/// A torch name that is not called: a dtype, a constant, a class or function passed as a value.
fn name_value<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> Option<(Claim<'a>, Origin)> {
    let name = cx.qualified(expr)?;
    if let Some(Node::Expr(ast::Expr::Call(call))) = cx.parent(expr)
        && std::ptr::eq(&*call.func, expr)
    {
        return None;
    }
    if let Some(claim) = partial(cx, expr, name) {
        return Some((claim, Origin::Row(name.to_owned())));
    }
    for (row, _) in cx.tables.lookup(name) {
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
        let claim = template.fill(cx, &signature, &bound, None, None).ok()?;
        return Some((claim, Origin::Row(name.to_owned())));
    }
    None
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

/// `x.ndim`, `self.training`.
fn attribute_read<'a>(cx: &Cx<'a>, expr: &'a ast::Expr, attribute: &'a ast::ExprAttribute) -> Option<(Claim<'a>, Origin)> {
    if cx.entity(expr).is_some() || !matches!(attribute.ctx, ast::ExprContext::Load) {
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
    } else if fact.kind == Kind::DType || matches!(receiver, ast::Expr::Attribute(inner) if inner.attr.as_str() == "dtype") {
        "dtype"
    } else if fact.kind.is_tensor() || fact.kind.is_unknown() {
        "Tensor"
    } else {
        return None;
    };
    let name = format!("{owner}.{}", attribute.attr);
    // A row of the very layer comes before those of all modules.
    let of_layer = match &fact.kind {
        Kind::Layer(layer) => format!("{layer}.{}", attribute.attr),
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

/// Compiled templates, once per text.
fn compiled(text: &str) -> Option<&'static Template> {
    static TEMPLATES: LazyLock<Mutex<HashMap<String, Option<&'static Template>>>> = LazyLock::new(Mutex::default);
    let mut templates = TEMPLATES.lock().ok()?;
    *templates.entry(text.to_owned()).or_insert_with(|| Template::compile(text).ok().map(|template| &*Box::leak(Box::new(template))))
}
