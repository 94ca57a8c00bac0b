//! What callers give: the arguments that get tensors, `nn.Parameter`s or lists of modules somewhere, and the names by which settings hold tensors. To MLX a tensor
//! and a parameter are one kind of value, so what a module keeps of either has to be told by where it comes from.

use rustc_hash::FxHashSet;
use t2m_semantic::{ClassId, Entity, Facts, FileFacts, FileId, FunctionId, Kind, ParamForm, Role};
use t2m_syntax::{Node, ast};

use crate::receiver;
use crate::rules::{holds_tensors, last_name};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Sort {
    /// A tensor, or a collection of tensors.
    Tensor,
    Parameter,
    /// A list or tuple of modules, in which PyTorch looks for none.
    ModulesAlone,
    ModuleList,
}

#[derive(Debug, Default)]
pub(crate) struct Found<'a> {
    /// What the parameter of a function gets, by default too.
    arguments: FxHashSet<(FunctionId, &'a str, Sort)>,
    /// `prior` of `Config(prior=torch.zeros(3))`, `args.prior = torch.zeros(3)`
    settings: FxHashSet<&'a str>,
}

impl<'a> Found<'a> {
    pub(crate) fn gets(&self, function: FunctionId, argument: &str, sort: Sort) -> bool {
        self.arguments.contains(&(function, argument, sort))
    }

    pub(crate) fn is_setting(&self, name: &str) -> bool {
        self.settings.contains(name)
    }

    pub(crate) fn extend(&mut self, other: Self) {
        self.arguments.extend(other.arguments);
        self.settings.extend(other.settings);
    }

    pub(crate) fn read(&mut self, node: Node<'a>, file: FileId, facts: &'a Facts, of_file: &FileFacts) {
        let reader = Reader { file, facts, of_file };
        match node {
            Node::Stmt(stmt @ ast::Stmt::FunctionDef(def)) => reader.defaults(stmt, def, self),
            Node::Stmt(stmt @ (ast::Stmt::Assign(_) | ast::Stmt::AnnAssign(_))) => {
                if let Some((ast::Expr::Attribute(target), value)) = receiver::assignment(stmt)
                    && reader.sort(value) == Some(Sort::Tensor)
                    && !facts.is_module(&of_file.fact(&target.value).kind)
                {
                    self.settings.insert(target.attr.as_str());
                }
            }
            Node::Expr(ast::Expr::Call(call)) if !(call.args.is_empty() && call.keywords.is_empty()) => reader.call(call, self),
            _ => {}
        }
    }
}

struct Reader<'a, 'f> {
    file: FileId,
    facts: &'a Facts,
    of_file: &'f FileFacts,
}

impl<'a> Reader<'a, '_> {
    /// `def __init__(self, mean=torch.zeros(3))`
    fn defaults(&self, stmt: &'a ast::Stmt, def: &'a ast::StmtFunctionDef, found: &mut Found<'a>) {
        let all = def.args.posonlyargs.iter().chain(&def.args.args).chain(&def.args.kwonlyargs);
        for arg in all {
            if let Some(Sort::Tensor) = arg.default.as_deref().and_then(|default| self.sort(default))
                && let Some(function) = self.facts.function_of_stmt(self.file, stmt)
            {
                found.arguments.insert((function, arg.def.arg.as_str(), Sort::Tensor));
            }
        }
    }

    fn call(&self, call: &'a ast::ExprCall, found: &mut Found<'a>) {
        let (function, bound) = match self.of_file.entity(&call.func) {
            Some(Entity::Class(class)) => match self.facts.lookup_method(*class, "__init__") {
                Some(function) => (function, 1),
                None => return self.settings(call, Some(*class), found),
            },
            Some(Entity::Function(function)) => {
                let role = self.facts.function(*function).role;
                (*function, usize::from(matches!(role, Role::Method | Role::ClassMethod | Role::Property)))
            }
            Some(Entity::Library(name)) if name.starts_with("torch.") => return,
            _ => return self.settings(call, None, found),
        };
        let params = &self.facts.function(function).params;
        let variadic = || params.iter().find(|param| param.form == ParamForm::Variadic);
        let is_placed = |form| matches!(form, ParamForm::PositionalOnly | ParamForm::Normal);
        for (at, value) in call.args.iter().enumerate() {
            if value.is_starred_expr() {
                break;
            }
            let param = params.get(at + bound).filter(|param| is_placed(param.form)).or_else(variadic);
            if let (Some(param), Some(sort)) = (param, self.sort(value)) {
                found.arguments.insert((function, param.name.as_str(), sort));
            }
        }
        for keyword in &call.keywords {
            match &keyword.arg {
                Some(name) => {
                    if let Some(sort) = self.sort(&keyword.value) {
                        found.arguments.insert((function, name.as_str(), sort));
                    }
                }
                // `DefaultNone(3, **{"temp": x})`
                None => self.items(&keyword.value, &mut |name, sort| {
                    found.arguments.insert((function, name, sort));
                }),
            }
        }
    }

    /// `Config(prior=torch.zeros(3))`, `SimpleNamespace(prior=torch.zeros(3))`: what is called as classes are and makes no module.
    fn settings(&self, call: &'a ast::ExprCall, class: Option<ClassId>, found: &mut Found<'a>) {
        let is_class = || last_name(&call.func).is_some_and(|name| name.starts_with(char::is_uppercase));
        let is_module = || class.is_some_and(|class| self.facts.is_module_class(class));
        if call.keywords.is_empty() || !is_class() || is_module() {
            return;
        }
        for keyword in &call.keywords {
            match &keyword.arg {
                Some(name) if self.sort(&keyword.value) == Some(Sort::Tensor) => {
                    found.settings.insert(name.as_str());
                }
                Some(_) => {}
                None => self.items(&keyword.value, &mut |name, sort| {
                    if sort == Sort::Tensor {
                        found.settings.insert(name);
                    }
                }),
            }
        }
    }

    fn items(&self, table: &'a ast::Expr, put: &mut dyn FnMut(&'a str, Sort)) {
        let ast::Expr::Dict(table) = table else { return };
        for (key, value) in table.keys.iter().zip(&table.values) {
            if let (Some(name), Some(sort)) = (key.as_ref().and_then(receiver::string), self.sort(value)) {
                put(name, sort);
            }
        }
    }

    fn sort(&self, value: &ast::Expr) -> Option<Sort> {
        if value.is_constant_expr() {
            return None;
        }
        match self.of_file.fact(value).kind {
            Kind::Parameter => Some(Sort::Parameter),
            Kind::ModuleList(_) => Some(Sort::ModuleList),
            Kind::List(item) | Kind::Seq(item) if self.facts.is_module(&item) => Some(Sort::ModulesAlone),
            kind => holds_tensors(&kind).then_some(Sort::Tensor),
        }
    }
}
