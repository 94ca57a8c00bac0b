//! What a use says about a value of which nothing else is known: only tensors are taken by PyTorch's functions, and have some methods.

use t2m_syntax::{NodeId, ast};

use super::calls::Args;
use super::stmts::Interp;
use crate::kind::{DType, Evidence, Fact, Kind, TensorKind};
use crate::tables::signature::{ParamStyle, Word};
use crate::tables::{Section, Tables};

/// The arguments of a call that are tensors or an error: PyTorch's functions take nothing else in their place.
pub(super) fn tensor_arguments<'a>(tables: &Tables, function: &str, call: &'a ast::ExprCall) -> Vec<&'a ast::Expr> {
    arguments_of(tables, function, call, &|words| words == [Word::Tensor])
}

/// The arguments of a call that are tensors, or `None` where the function can do without.
pub(super) fn optional_tensor_arguments<'a>(tables: &Tables, function: &str, call: &'a ast::ExprCall) -> Vec<&'a ast::Expr> {
    arguments_of(tables, function, call, &|words| words == [Word::Tensor, Word::None])
}

fn arguments_of<'a>(tables: &Tables, function: &str, call: &'a ast::ExprCall, takes: &dyn Fn(&[Word]) -> bool) -> Vec<&'a ast::Expr> {
    let section = if function.starts_with("torch.") {
        Section::Function
    } else if function.starts_with("Tensor.") {
        Section::Method
    } else {
        return Vec::new();
    };
    let signatures: Vec<_> = tables.lookup(function).filter(|(row, signature)| row.section == section && !signature.is_bare).collect();
    if signatures.is_empty() {
        return Vec::new();
    }
    // The first parameter of a method is its receiver.
    let receivers = usize::from(section == Section::Method);
    let takes_tensors = |words: &[Word], style| takes(words) && matches!(style, ParamStyle::Positional | ParamStyle::PositionalOnly);
    let by_place =
        |at: usize| signatures.iter().all(|(_, s)| s.params.get(at).is_some_and(|param| takes_tensors(&param.words, param.style)));
    let by_name =
        |name: &str| signatures.iter().all(|(_, s)| s.param(name).is_some_and(|(_, param)| takes_tensors(&param.words, param.style)));
    let placed = call.args.iter().take_while(|arg| !matches!(arg, ast::Expr::Starred(_))).enumerate();
    let named = call.keywords.iter().filter(|kw| kw.arg.as_ref().is_some_and(|name| by_name(tables.keyword(name.as_str()))));
    placed.filter(|(at, _)| by_place(*at + receivers)).map(|(_, arg)| arg).chain(named.map(|kw| &kw.value)).collect()
}

/// What `x.float()` casts. Modules have the method too, so only the use of the result tells.
pub(super) fn cast_of(expr: &ast::Expr) -> Option<&ast::Expr> {
    let ast::Expr::Call(call) = expr else { return None };
    let ast::Expr::Attribute(attribute) = &*call.func else { return None };
    let is_cast =
        matches!(attribute.attr.as_str(), "float" | "double" | "half" | "bfloat16") && call.args.is_empty() && call.keywords.is_empty();
    is_cast.then_some(&*attribute.value)
}

/// Methods that tensors share with modules.
pub(super) fn is_module_method(name: &str) -> bool {
    matches!(
        name,
        "to" | "cuda"
            | "cpu"
            | "train"
            | "eval"
            | "half"
            | "float"
            | "double"
            | "bfloat16"
            | "requires_grad_"
            | "apply"
            | "type"
            | "share_memory"
    )
}

impl<'p> Interp<'_, 'p> {
    /// The operand of an operator, an index or a method that modules lack: what is cast there is a tensor.
    pub(super) fn as_operand(&mut self, expr: &'p ast::Expr, fact: Fact) -> Fact {
        match cast_of(expr) {
            Some(cast) if fact.kind.is_unknown() && self.entity(cast).is_none() => self.learn_tensor(expr),
            _ => fact,
        }
    }

    /// Notes which name holds something unknown in float16, until it is bound again: sums of those overflow.
    pub(super) fn note_cast(&mut self, targets: &'p [ast::Expr], value: &'p ast::Expr, fact: &Fact) {
        for target in targets {
            let ast::Expr::Name(name) = target else { continue };
            if fact.kind.is_unknown() && self.is_cast_to_half(value) {
                self.frame.casts.insert(name.id.as_str(), value);
            } else {
                self.frame.casts.remove(name.id.as_str());
            }
        }
    }

    /// `x.half()`, `x.to(torch.float16)`
    fn is_cast_to_half(&self, value: &'p ast::Expr) -> bool {
        let ast::Expr::Call(call) = value else { return false };
        let ast::Expr::Attribute(method) = &*call.func else { return false };
        let is_half = match (&call.args[..], &call.keywords[..]) {
            ([], []) => method.attr.as_str() == "half",
            ([dtype], []) => method.attr.as_str() == "to" && self.dtype_of(dtype) == Some(DType::Float16),
            _ => false,
        };
        is_half && self.entity(&method.value).is_none()
    }

    /// A name on which a method is called that modules lack: the cast that it holds is a tensor, and so is what was cast.
    pub(super) fn as_cast(&mut self, place: &'p ast::Expr, fact: Fact) -> Fact {
        let ast::Expr::Name(name) = place else { return fact };
        if !fact.kind.is_unknown() {
            return fact;
        }
        let Some(value) = self.frame.casts.get(name.id.as_str()).copied() else { return fact };
        // Another branch may have cast nothing.
        let tensor = Fact::new(Kind::TENSOR, Evidence::Used);
        self.learn(place, &tensor);
        self.renote(value, &Fact::new(Kind::Tensor(TensorKind { rank: None, dtype: Some(DType::Float16) }), Evidence::Used));
        if let ast::Expr::Call(call) = value
            && let ast::Expr::Attribute(method) = &*call.func
        {
            self.renote(&method.value, &tensor);
        }
        tensor
    }

    /// Takes down that an expression is a tensor, from here on.
    pub(super) fn learn_tensor(&mut self, expr: &'p ast::Expr) -> Fact {
        let mut tensor = Fact::new(Kind::TENSOR, Evidence::Used);
        if let Some(cast) = cast_of(expr) {
            self.learn_tensor(cast);
            if let ast::Expr::Call(call) = expr
                && let ast::Expr::Attribute(attribute) = &*call.func
            {
                let dtype = DType::parse(attribute.attr.as_str());
                tensor.kind = Kind::Tensor(TensorKind { rank: None, dtype });
            }
        }
        // Ex) `out.data.max(1, keepdim=True)`, but not `train_set.data.unsqueeze(1)` of a data set
        if let ast::Expr::Attribute(data) = expr
            && data.attr.as_str() == "data"
            && self.record.get(&NodeId::from(&*data.value)).is_none_or(Fact::is_open)
        {
            self.learn(&data.value, &tensor);
        }
        self.learn(expr, &tensor);
        tensor
    }

    /// Takes down what an expression is, from here on.
    pub(super) fn learn(&mut self, expr: &'p ast::Expr, fact: &Fact) {
        if let ast::Expr::Name(local) = expr {
            self.frame.env.refine(local.id.as_str(), |here| here.kind.is_unknown().then_some(*fact));
        }
        self.renote(expr, fact);
    }

    /// What a call says about its arguments: `callee` is a function or a layer of the library.
    pub(super) fn demand(&mut self, callee: &str, args: &Args<'p>) {
        // Other arguments than the call has written: a callee that another function calls.
        if args.call.args.len() != args.positional.len() {
            return;
        }
        self.learn_arguments(callee, args.call);
        let count = self.world.library.takes_tensors(callee);
        for (arg, fact) in args.call.args.iter().zip(&args.positional).take(count) {
            if matches!(arg, ast::Expr::Starred(_)) {
                return;
            }
            if fact.kind.is_unknown() && matches!(arg, ast::Expr::Name(_)) {
                self.learn_tensor(arg);
            }
        }
    }

    /// What a call of a library function says about its arguments.
    pub(super) fn learn_arguments(&mut self, function: &str, call: &'p ast::ExprCall) {
        for argument in tensor_arguments(self.world.tables, function, call) {
            let is_open = self.record.get(&argument.into()).is_some_and(|fact| fact.kind.is_unknown());
            if is_open && !matches!(argument, ast::Expr::Constant(_)) {
                self.learn_tensor(argument);
            }
        }
    }
}
