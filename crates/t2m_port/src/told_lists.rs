//! Whether a program tells a list from an `nn.ModuleList`, which is a list in the port: `isinstance(blocks, nn.ModuleList)`. Then it is a class of its own there.

use rustc_hash::FxHashSet;
use t2m_semantic::{ClassId, Entity, Facts, FileFacts, FileId, FunctionId, Kind, Role};
use t2m_syntax::ast::{self, Ranged};
use t2m_syntax::{Node, TextRange};

use crate::cx::Cx;
use crate::{counted_modules, receiver, zero_names};

/// What stands for one of both and would be taken for the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Sort {
    List,
    Modules,
}

/// Where a value of unknown kind comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Place<'a> {
    At(Callee<'a>, usize),
    Keyword(Callee<'a>, &'a str),
    /// `self.blocks` of a class.
    Own(ClassId, &'a str),
    /// An attribute of this name, of whatever object.
    Attribute(&'a str),
}

/// A function, a class that is made, or all methods of a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Callee<'a> {
    Function(FunctionId),
    Class(ClassId),
    Method(&'a str),
}

/// Whether an attribute holds an `nn.ModuleList` of a class of its own, although not all are.
pub(crate) fn is_told<'a>(cx: &Cx<'a>, attribute: &'a ast::ExprAttribute) -> bool {
    let (told, name) = (&cx.shared.survey.told_lists().attributes, attribute.attr.as_str());
    told.contains(&(None, name)) || receiver::self_class(cx, &attribute.value).is_some_and(|class| told.contains(&(Some(class), name)))
}

/// A check of a value of unknown kind.
#[derive(Debug)]
struct Check<'a> {
    places: Vec<Place<'a>>,
    /// Which of both the port would take for the other.
    sort: Sort,
    /// Whether it asks for modules of any kind, so that a list may stand for one where no other lists come.
    is_of_any: bool,
    object: (FileId, TextRange),
}

#[derive(Debug, Default)]
pub(crate) struct Found<'a> {
    /// Whether a value that is known to be one of both is told from the other, or a `ModuleList` is trained by itself or gets a child by another name than a number.
    is_told: bool,
    checks: Vec<Check<'a>>,
    /// What is asked whether it is an `nn.ModuleList`: behind that, a list is none.
    settled: FxHashSet<Place<'a>>,
    given: FxHashSet<(Place<'a>, Sort)>,
    /// What gets an `nn.ModuleList` that is made elsewhere.
    passed: FxHashSet<Place<'a>>,
    counts_modules: bool,
    zero: zero_names::Found<'a>,
}

/// What all files together tell.
#[derive(Debug, Default)]
pub(crate) struct Told<'a> {
    /// Whether every `nn.ModuleList` is a class of its own.
    pub(crate) everywhere: bool,
    /// Otherwise, the attributes that hold such ones: of a class, or of all that have the name.
    pub(crate) attributes: FxHashSet<(Option<ClassId>, &'a str)>,
    /// What is asked whether it is a module, and may be a list that stands for one.
    pub(crate) listed: FxHashSet<(FileId, TextRange)>,
    /// Where all modules of a model are listed or printed, so that a `ModuleList` which may be empty is a class of its own: the names that are somewhere 0 or empty.
    pub(crate) counted: Option<FxHashSet<&'a str>>,
}

impl<'a> Told<'a> {
    pub(crate) fn by<'f>(files: &[&'f Found<'a>]) -> Self
    where
        'a: 'f,
    {
        let counts = files.iter().any(|file| file.counts_modules);
        let counted = counts.then(|| zero_names::of_all(files.iter().map(|file| &file.zero)));
        let mut told = Self { everywhere: files.iter().any(|file| file.is_told), counted, ..Self::default() };
        let given: FxHashSet<_> = files.iter().flat_map(|file| file.given.iter().copied()).collect();
        for check in files.iter().flat_map(|file| &file.checks) {
            let is_given = |place: Place<'a>, sort| given.contains(&(place, sort));
            let mut places = check.places.clone();
            if let [Place::Own(_, name)] = places[..]
                && ![Sort::List, Sort::Modules].iter().any(|sort| is_given(places[0], *sort))
            {
                places = vec![Place::Attribute(name)]; // another class gives it
            }
            let has = |sort: Sort| places.iter().any(|place| is_given(*place, sort));
            let is_settled = || check.places.iter().any(|place| files.iter().any(|file| file.settled.contains(place)));
            let is_passed = || places.iter().any(|place| files.iter().any(|file| file.passed.contains(place)));
            match check.sort {
                _ if !has(check.sort) => {}
                Sort::Modules if check.is_of_any && !has(Sort::List) => {
                    told.listed.insert(check.object);
                }
                Sort::Modules if !check.is_of_any && is_settled() => {}
                _ => match places[..] {
                    _ if is_passed() => told.everywhere = true,
                    [Place::Attribute(name)] => {
                        told.attributes.insert((None, name));
                    }
                    [Place::Own(class, name)] => {
                        told.attributes.insert((Some(class), name));
                    }
                    _ => told.everywhere = true,
                },
            }
        }
        told
    }
}

pub(crate) struct Reader<'a> {
    file: FileId,
    facts: &'a Facts,
    of_file: &'a FileFacts,
    /// The functions around the node.
    functions: Vec<FunctionId>,
    counted: counted_modules::Reader<'a>,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(file: FileId, facts: &'a Facts, text: &str) -> Self {
        let of_file = facts.file(file);
        Self { file, facts, of_file, functions: Vec::new(), counted: counted_modules::Reader::new(facts, of_file, text) }
    }

    pub(crate) fn depth(&self) -> usize {
        self.functions.len()
    }

    pub(crate) fn leave(&mut self, depth: usize) {
        self.functions.truncate(depth);
    }

    /// Parents come before their children.
    pub(crate) fn read(&mut self, node: Node<'a>, found: &mut Found<'a>) {
        found.counts_modules |= self.counted.counts(node);
        found.zero.read(node, self.facts, self.of_file);
        match node {
            Node::Stmt(stmt @ ast::Stmt::FunctionDef(_)) => self.functions.extend(self.facts.function_of_stmt(self.file, stmt)),
            Node::Stmt(stmt @ (ast::Stmt::Assign(_) | ast::Stmt::AnnAssign(_))) => {
                if let Some((ast::Expr::Attribute(attribute), value)) = receiver::assignment(stmt) {
                    self.give(value, Place::Attribute(attribute.attr.as_str()), found);
                    if let Some(own) = self.own(attribute) {
                        self.give(value, own, found);
                    }
                }
            }
            Node::Expr(ast::Expr::Call(call)) => self.call(call, found),
            Node::Expr(ast::Expr::Compare(compare)) => self.compare(compare, found),
            _ => {}
        }
    }

    fn call(&self, call: &'a ast::ExprCall, found: &mut Found<'a>) {
        // What is trained by itself has to be a module.
        if self.of_file.qualified(&call.func).is_some_and(|name| name.starts_with("torch.optim.")) {
            found.is_told |= call.args.first().is_some_and(|params| self.trains_modules(params));
        }
        let callee = match (self.of_file.entity(&call.func), &*call.func) {
            (Some(Entity::Function(id)), _) => Callee::Function(*id),
            (Some(Entity::Class(id)), _) => Callee::Class(*id),
            (Some(Entity::Builtin(name)), _) if name.as_str() == "isinstance" => {
                if let [object, classes] = &call.args[..] {
                    let names = match classes {
                        ast::Expr::Tuple(tuple) => &tuple.elts[..],
                        one => std::slice::from_ref(one),
                    };
                    self.check(object, names, found);
                }
                return;
            }
            (None, ast::Expr::Attribute(method)) => {
                found.is_told |= method.attr.as_str() == "add_module" && self.is_named_child(&method.value, call);
                Callee::Method(method.attr.as_str())
            }
            _ => return,
        };
        for (at, value) in call.args.iter().enumerate() {
            self.give(value, Place::At(callee, at), found);
        }
        for keyword in &call.keywords {
            if let Some(arg) = &keyword.arg {
                self.give(&keyword.value, Place::Keyword(callee, arg.as_str()), found);
            }
        }
    }

    /// `blocks.parameters()` of an `nn.ModuleList`, alone or joined with others; groups belong to the model around them.
    fn trains_modules(&self, params: &ast::Expr) -> bool {
        match params {
            ast::Expr::Call(call) => {
                let is_it = matches!(&*call.func, ast::Expr::Attribute(e) if e.attr.as_str() == "parameters"
                    && matches!(self.of_file.fact(&e.value).kind, Kind::ModuleList(_)));
                is_it || call.args.iter().any(|arg| self.trains_modules(arg))
            }
            ast::Expr::BinOp(e) => self.trains_modules(&e.left) || self.trains_modules(&e.right),
            ast::Expr::List(ast::ExprList { elts, .. }) | ast::Expr::Tuple(ast::ExprTuple { elts, .. }) => {
                elts.iter().any(|item| self.trains_modules(item))
            }
            ast::Expr::Starred(e) => self.trains_modules(&e.value),
            _ => false,
        }
    }

    /// `blocks.add_module("norm", norm)` of an `nn.ModuleList`
    fn is_named_child(&self, object: &ast::Expr, call: &ast::ExprCall) -> bool {
        matches!(self.of_file.fact(object).kind, Kind::ModuleList(_))
            && receiver::argument(call, 0, "name")
                .and_then(receiver::string)
                .is_some_and(|name| !name.bytes().all(|byte| byte.is_ascii_digit()))
    }

    /// `type(blocks) is nn.ModuleList`
    fn compare(&self, compare: &'a ast::ExprCompare, found: &mut Found<'a>) {
        let ast::Expr::Call(call) = &*compare.left else { return };
        let is_type = matches!(self.of_file.entity(&call.func), Some(Entity::Builtin(name)) if name.as_str() == "type");
        if let (true, [object], [class]) = (is_type, &call.args[..], &compare.comparators[..]) {
            self.check(object, std::slice::from_ref(class), found);
        }
    }

    fn check(&self, object: &'a ast::Expr, classes: &[ast::Expr], found: &mut Found<'a>) {
        let is_library = |name: &str| classes.iter().any(|class| self.of_file.qualified(class) == Some(name));
        let (asks_modules, asks_any) = (is_library("torch.nn.ModuleList"), is_library("torch.nn.Module"));
        let asks_list = classes.iter().any(|class| matches!(self.of_file.entity(class), Some(Entity::Builtin(name)) if name == "list"));
        let sort = match (asks_modules, asks_list, asks_any) {
            (true, false, _) => Sort::List,
            (false, true, false) | (false, false, true) => Sort::Modules,
            _ => return,
        };
        let places = self.places(object);
        if asks_modules {
            found.settled.extend(&places);
        }
        match (sorts(self.of_file, object), sort) {
            // What is known to be an `nn.ModuleList` is asked for a list there.
            ([_, true], Sort::Modules) if asks_any => {}
            ([true, _], Sort::List) | ([_, true], Sort::Modules) => found.is_told = true,
            _ if matches!(self.of_file.fact(object).kind, Kind::Unknown | Kind::Module | Kind::Optional(_)) => {
                found.checks.push(Check { places, sort, is_of_any: asks_any, object: (self.file, object.range()) });
            }
            _ => {}
        }
    }

    /// Where the value of a name or attribute comes from.
    fn places(&self, object: &'a ast::Expr) -> Vec<Place<'a>> {
        match object {
            ast::Expr::Attribute(attribute) => vec![self.own(attribute).unwrap_or(Place::Attribute(attribute.attr.as_str()))],
            ast::Expr::Name(name) => self.functions.iter().rev().find_map(|id| self.argument(*id, name.id.as_str())).unwrap_or_default(),
            _ => Vec::new(),
        }
    }

    /// An attribute of `self`.
    fn own(&self, attribute: &'a ast::ExprAttribute) -> Option<Place<'a>> {
        let is_self = matches!(&*attribute.value, ast::Expr::Name(name) if name.id.as_str() == "self");
        let class = self.functions.iter().rev().find_map(|id| self.facts.function(*id).class).filter(|_| is_self)?;
        Some(Place::Own(class, attribute.attr.as_str()))
    }

    /// As what callers give the parameter of a function.
    fn argument(&self, id: FunctionId, name: &'a str) -> Option<Vec<Place<'a>>> {
        let function = self.facts.function(id);
        let at = function.params.iter().position(|param| param.name == name)?;
        let callee = match function.class {
            None => Callee::Function(id),
            Some(class) if function.name == "__init__" => Callee::Class(class),
            Some(_) => Callee::Method(function.name.as_str()),
        };
        let is_bound = matches!(function.role, Role::Method | Role::ClassMethod | Role::Property);
        let at = at.checked_sub(usize::from(is_bound)).map(|at| Place::At(callee, at));
        Some(at.into_iter().chain([Place::Keyword(callee, name)]).collect())
    }

    fn give(&self, value: &ast::Expr, place: Place<'a>, found: &mut Found<'a>) {
        let [list, modules] = sorts(self.of_file, value);
        found.given.extend([(list, Sort::List), (modules, Sort::Modules)].into_iter().filter(|(is, _)| *is).map(|(_, sort)| (place, sort)));
        if modules && !self.is_made(value) {
            found.passed.insert(place);
        }
    }

    /// `nn.ModuleList(...)`, also as one of two choices.
    fn is_made(&self, value: &ast::Expr) -> bool {
        match value {
            ast::Expr::IfExp(choice) => {
                [&choice.body, &choice.orelse].into_iter().all(|one| !sorts(self.of_file, one)[1] || self.is_made(one))
            }
            ast::Expr::Call(call) => self.of_file.qualified(&call.func) == Some("torch.nn.ModuleList"),
            _ => false,
        }
    }
}

/// Whether a value may be a list, and whether it may be an `nn.ModuleList`, as far as it is known.
fn sorts(of_file: &FileFacts, value: &ast::Expr) -> [bool; 2] {
    match value {
        ast::Expr::Constant(_) => [false, false],
        ast::Expr::IfExp(choice) => {
            let (one, other) = (sorts(of_file, &choice.body), sorts(of_file, &choice.orelse));
            [one[0] || other[0], one[1] || other[1]]
        }
        _ => {
            let kind = match of_file.fact(value).kind {
                Kind::Optional(inner) => *inner,
                kind => kind,
            };
            [matches!(kind, Kind::List(_)), matches!(kind, Kind::ModuleList(_))]
        }
    }
}
