//! What callers give: the arguments that get tensors, `nn.Parameter`s or lists of modules somewhere, and the names by which settings hold tensors. To MLX a tensor
//! and a parameter are one kind of value, so what a module keeps of either has to be told by where it comes from.

use rustc_hash::{FxHashMap, FxHashSet};
use t2m_semantic::{ClassId, Entity, Facts, FileFacts, FileId, FunctionId, Kind, ParamForm, Role};
use t2m_syntax::{Node, TextSize, ast};

use crate::rules::{holds_tensors, last_name};
use crate::{axisless, receiver};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Sort {
    /// A tensor, or a collection of tensors.
    Tensor,
    Parameter,
    /// A parameter that is read off a module: `encoder.weight`.
    HeldParameter,
    /// A function that gives a tensor, or a table with one.
    MakesTensor,
    MakesParameter,
    /// A tensor that shows to have no axes.
    OneNumber,
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
    /// Tensors that methods of objects that aren't known are called with, by place or keyword.
    methods: FxHashSet<(&'a str, Place<'a>)>,
    /// Of these, the tensors without axes.
    numbers: FxHashSet<(&'a str, Place<'a>)>,
    /// Arguments that get a parameter by a name, and where.
    named: Vec<(FunctionId, &'a str, Local<'a>, TextSize)>,
    /// Where a name is bound.
    bound: FxHashMap<Local<'a>, Vec<TextSize>>,
    /// Arguments that get what an object of a class has by the very name: `Head(self.first.w)`.
    read_off: Vec<(FunctionId, &'a str, ClassId)>,
    /// Classes of modules whose calls are given a parameter.
    given_parameters: FxHashSet<ClassId>,
    /// Names of parameters that a module holds: `w = encoder.weight`, `for w in encoder.parameters()`, or that each turn of a loop gives away.
    held: FxHashSet<Local<'a>>,
    /// The tensors and parameters in dictionaries of the file that have a name: `options = {"scale": torch.ones(3)}`.
    tables: FxHashMap<&'a str, Vec<(&'a str, Sort)>>,
}

/// A name of a function, or of a file.
type Local<'a> = (FileId, Option<FunctionId>, &'a str);

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Place<'a> {
    At(usize),
    Keyword(&'a str),
}

impl<'a> Found<'a> {
    pub(crate) fn gets(&self, function: FunctionId, argument: &str, sort: Sort) -> bool {
        self.arguments.contains(&(function, argument, sort))
    }

    /// Whether an argument gets a parameter that a module holds, or that another module is given, too: `Head(w), Head(w)`.
    pub(crate) fn gets_held(&self, function: FunctionId, argument: &str, facts: &Facts) -> bool {
        let makes_module = |function: FunctionId| {
            let function = facts.function(function);
            function.name == "__init__" && function.class.is_some_and(|class| facts.is_module_class(class))
        };
        // Between two bindings of a name it is one value.
        let is_bound_between = |name: &Local<'_>, a: TextSize, b: TextSize| {
            self.bound.get(name).into_iter().flatten().any(|at| (a.min(b)..a.max(b)).contains(at))
        };
        let is_given_twice = |name: &Local<'_>, at: TextSize| {
            let is_other = |(to, _, other, place): &(FunctionId, &str, Local<'_>, TextSize)| {
                other == name && *place != at && makes_module(*to) && !is_bound_between(name, at, *place)
            };
            makes_module(function) && self.named.iter().any(is_other)
        };
        let is_held = |(to, place, name, at): &(FunctionId, &str, Local<'_>, TextSize)| {
            *to == function && *place == argument && (self.held.contains(name) || is_given_twice(name, *at))
        };
        self.gets(function, argument, Sort::HeldParameter) || self.named.iter().any(is_held)
    }

    /// The classes of which an argument gets what an object has by its name.
    pub(crate) fn read_off(&self, function: FunctionId, argument: &str) -> impl Iterator<Item = ClassId> {
        self.read_off.iter().filter(move |(to, place, _)| *to == function && *place == argument).map(|(.., class)| *class)
    }

    /// Whether a call of the class is given an `nn.Parameter`.
    pub(crate) fn is_given_parameter(&self, class: ClassId) -> bool {
        self.given_parameters.contains(&class)
    }

    /// Whether an argument gets a tensor without axes, or one that a method of this name gets of an object that isn't known.
    pub(crate) fn gets_number(&self, function: FunctionId, method: Option<&str>, place: Option<usize>, argument: &str) -> bool {
        let is_given = |method, place: Place<'_>| self.numbers.contains(&(method, place));
        let by_method = |method| place.is_some_and(|at| is_given(method, Place::At(at))) || is_given(method, Place::Keyword(argument));
        self.gets(function, argument, Sort::OneNumber) || !self.numbers.is_empty() && method.is_some_and(by_method)
    }

    pub(crate) fn is_setting(&self, name: &str) -> bool {
        self.settings.contains(name)
    }

    pub(crate) fn is_given_to_method(&self, method: &str, place: Option<usize>, argument: &str) -> bool {
        let is_given = |place: Place<'_>| self.methods.contains(&(method, place));
        !self.methods.is_empty() && (place.is_some_and(|at| is_given(Place::At(at))) || is_given(Place::Keyword(argument)))
    }

    pub(crate) fn extend(&mut self, other: Self) {
        self.arguments.extend(other.arguments);
        self.settings.extend(other.settings);
        self.methods.extend(other.methods);
        self.numbers.extend(other.numbers);
        self.named.extend(other.named);
        self.bound.extend(other.bound);
        self.read_off.extend(other.read_off);
        self.given_parameters.extend(other.given_parameters);
        self.held.extend(other.held);
    }

    pub(crate) fn read(&mut self, node: Node<'a>, file: FileId, facts: &'a Facts, of_file: &FileFacts) {
        let reader = Reader { file, facts, of_file };
        if let Node::Expr(ast::Expr::Name(name)) = node
            && name.ctx.is_store()
        {
            self.bound.entry(reader.local(name)).or_default().push(name.range.start());
        }
        match node {
            Node::Stmt(stmt @ ast::Stmt::FunctionDef(def)) => reader.defaults(stmt, def, self),
            Node::Stmt(stmt @ (ast::Stmt::Assign(_) | ast::Stmt::AnnAssign(_))) => match receiver::assignment(stmt) {
                Some((ast::Expr::Attribute(target), value))
                    if reader.sort(value) == Some(Sort::Tensor) && !facts.is_module(&of_file.fact(&target.value).kind) =>
                {
                    self.settings.insert(target.attr.as_str());
                }
                Some((ast::Expr::Name(name), table @ (ast::Expr::Dict(_) | ast::Expr::Call(_)))) => {
                    reader.table(name.id.as_str(), table, self);
                }
                Some((ast::Expr::Name(name), value @ ast::Expr::Attribute(_))) if of_file.fact(value).kind == Kind::Parameter => {
                    self.held.insert(reader.local(name));
                }
                _ => {}
            },
            Node::Stmt(ast::Stmt::For(walk)) => {
                let names = match &*walk.target {
                    ast::Expr::Tuple(names) => names.elts.as_slice(),
                    name => std::slice::from_ref(name),
                };
                reader.given_in_turns(node, self);
                let is_parameter = |name: &&ast::Expr| of_file.fact(name).kind == Kind::Parameter;
                self.held.extend(names.iter().filter(is_parameter).filter_map(|name| Some(reader.local(name.as_name_expr()?))));
            }
            Node::Expr(ast::Expr::ListComp(_) | ast::Expr::GeneratorExp(_) | ast::Expr::DictComp(_)) => reader.given_in_turns(node, self),
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

    /// `w` of `[Head(w) for _ in range(2)]`, which no turn makes anew.
    fn given_in_turns(&self, around: Node<'a>, found: &mut Found<'a>) {
        let (mut given, mut bound) = (Vec::new(), FxHashSet::default());
        around.walk(&mut |node| match node {
            Node::Expr(ast::Expr::Name(name)) if name.ctx.is_store() => {
                bound.insert(name.id.as_str());
            }
            Node::Expr(ast::Expr::Call(call)) => {
                let all = call.args.iter().chain(call.keywords.iter().map(|keyword| &keyword.value));
                given.extend(all.filter(|arg| self.of_file.fact(arg).kind == Kind::Parameter).filter_map(ast::Expr::as_name_expr));
            }
            _ => {}
        });
        found.held.extend(given.into_iter().filter(|name| !bound.contains(name.id.as_str())).map(|name| self.local(name)));
    }

    fn call(&self, call: &'a ast::ExprCall, found: &mut Found<'a>) {
        if let Some(Entity::Class(class)) = self.of_file.entity(&call.func)
            && self.facts.is_module_class(*class)
        {
            let mut all = call.args.iter().chain(call.keywords.iter().map(|keyword| &keyword.value));
            if all.any(|value| self.of_file.fact(value).kind == Kind::Parameter) {
                found.given_parameters.insert(*class);
            }
        }
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
            None if let ast::Expr::Attribute(method) = &*call.func => {
                // `super().__init__(x)` is of the class above.
                if !method.attr.starts_with("__") {
                    self.method(method.attr.as_str(), call, found);
                }
                return self.settings(call, None, found);
            }
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
            if let Some(param) = param {
                self.note(function, param.name.as_str(), value, found);
            }
        }
        for keyword in &call.keywords {
            match &keyword.arg {
                Some(name) => {
                    self.note(function, name.as_str(), &keyword.value, found);
                }
                // `DefaultNone(3, **{"temp": x})`
                None => {
                    let items = self.items(&keyword.value, found);
                    found.arguments.extend(items.into_iter().map(|(name, sort)| (function, name, sort)));
                }
            }
        }
    }

    fn note(&self, function: FunctionId, argument: &'a str, value: &'a ast::Expr, found: &mut Found<'a>) {
        if self.may_lack_axes(value) {
            found.arguments.insert((function, argument, Sort::OneNumber));
        }
        // `Head(self.first.w)`: what a module holds by the name that the constructor takes it by.
        if let ast::Expr::Attribute(read) = value
            && read.attr.as_str() == argument
            && matches!(self.of_file.fact(value).kind, Kind::Unknown | Kind::Optional(_) | Kind::Tensor(_))
            && let Some(class) = receiver::instance(self.of_file.fact(&read.value).kind)
        {
            found.read_off.push((function, argument, class));
        }
        let Some(sort) = self.sort(value) else {
            found.arguments.extend(self.makes(value).into_iter().map(|sort| (function, argument, sort)));
            return;
        };
        found.arguments.insert((function, argument, sort));
        match value {
            ast::Expr::Attribute(_) | ast::Expr::Subscript(_) if sort == Sort::Parameter => {
                found.arguments.insert((function, argument, Sort::HeldParameter));
            }
            ast::Expr::Name(name) if sort == Sort::Parameter => {
                found.named.push((function, argument, self.local(name), name.range.start()));
            }
            _ => {}
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
                None => {
                    let items = self.items(&keyword.value, found);
                    found.settings.extend(items.into_iter().filter(|(_, sort)| *sort == Sort::Tensor).map(|(name, _)| name));
                }
            }
        }
    }

    /// `m.set_scale(torch.ones(3))`, of whatever `m`.
    fn method(&self, method: &'a str, call: &'a ast::ExprCall, found: &mut Found<'a>) {
        let placed = call.args.iter().enumerate().map(|(at, value)| (Place::At(at), value));
        let named = call.keywords.iter().filter_map(|keyword| Some((Place::Keyword(keyword.arg.as_ref()?.as_str()), &keyword.value)));
        for (place, value) in placed.chain(named) {
            if self.sort(value) == Some(Sort::Tensor) {
                found.methods.insert((method, place));
            }
            if self.may_lack_axes(value) {
                found.numbers.insert((method, place));
            }
        }
    }

    fn table(&self, name: &'a str, table: &'a ast::Expr, found: &mut Found<'a>) {
        let items = self.items(table, found);
        if !items.is_empty() {
            found.tables.insert(name, items);
        }
    }

    /// What a dictionary holds under which names: one that is written out, `dict(scale=x)`, or one that got a name above.
    fn items(&self, table: &'a ast::Expr, found: &Found<'a>) -> Vec<(&'a str, Sort)> {
        let item = |(name, value): (Option<&'a str>, &ast::Expr)| Some((name?, self.sort(value)?));
        match table {
            ast::Expr::Dict(table) => {
                let names = table.keys.iter().map(|key| key.as_ref().and_then(receiver::string));
                names.zip(&table.values).filter_map(item).collect()
            }
            ast::Expr::Call(made) if matches!(self.of_file.entity(&made.func), Some(Entity::Builtin(name)) if name == "dict") => {
                made.keywords.iter().map(|keyword| (keyword.arg.as_deref(), &keyword.value)).filter_map(item).collect()
            }
            ast::Expr::Name(name) => found.tables.get(name.id.as_str()).cloned().unwrap_or_default(),
            _ => Vec::new(),
        }
    }

    /// A tensor of one number, or the `p` of `for p in group["params"]`, which stands for tensors of all kinds.
    fn may_lack_axes(&self, value: &ast::Expr) -> bool {
        let is_walked = value.is_name_expr() && self.of_file.fact(value).kind == Kind::Parameter;
        is_walked || axisless::is_one_number(self.of_file, value)
    }

    fn local(&self, name: &'a ast::ExprName) -> Local<'a> {
        (self.file, self.facts.enclosing_function(self.file, name.range), name.id.as_str())
    }

    /// What a function gives, or those in a list or table.
    fn makes(&self, value: &'a ast::Expr) -> Vec<Sort> {
        let of_kind = |kind: &Kind| match kind {
            Kind::Parameter => Some(Sort::MakesParameter),
            kind => holds_tensors(kind).then_some(Sort::MakesTensor),
        };
        match value {
            ast::Expr::List(ast::ExprList { elts, .. }) | ast::Expr::Tuple(ast::ExprTuple { elts, .. }) => {
                elts.iter().flat_map(|item| self.makes(item)).collect()
            }
            ast::Expr::Dict(table) => table.values.iter().flat_map(|item| self.makes(item)).collect(),
            ast::Expr::Lambda(lambda) => of_kind(&self.of_file.fact(&lambda.body).kind).into_iter().collect(),
            ast::Expr::Name(_) | ast::Expr::Attribute(_) => match self.of_file.entity(value) {
                Some(Entity::Function(id)) => of_kind(&self.facts.function(*id).returns.kind).into_iter().collect(),
                Some(Entity::Library(name)) => match name.as_static() {
                    "torch.nn.Parameter" => vec![Sort::MakesParameter],
                    name => {
                        let is_function = |name: &str| name.starts_with(|first: char| first.is_ascii_lowercase()) && !name.contains('.');
                        name.strip_prefix("torch.").is_some_and(is_function).then_some(Sort::MakesTensor).into_iter().collect()
                    }
                },
                _ => Vec::new(),
            },
            _ => Vec::new(),
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
