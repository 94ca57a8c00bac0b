//! Whether a program prints, lists or counts all modules of a model: `print(model)`, `len(list(model.children()))`. There it would miss an
//! `nn.ModuleList` that is empty when the program runs: MLX takes an empty list for no module.

use t2m_semantic::{Entity, Facts, FileFacts, Kind};
use t2m_syntax::ast::{self, Ranged};
use t2m_syntax::{Node, TextRange};

use crate::rules::last_name;

pub(crate) struct Reader<'a> {
    facts: &'a Facts,
    of_file: &'a FileFacts,
    /// Whether the file prints anything, so that a list of modules may show.
    prints: bool,
    /// What a test for a module without children asks: `len(list(model.children())) == 0`.
    leaf_test: Option<TextRange>,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(facts: &'a Facts, of_file: &'a FileFacts, text: &str) -> Self {
        Self { facts, of_file, prints: text.contains("print("), leaf_test: None }
    }

    /// Whether a node looks at all modules. Parents come before their children.
    pub(crate) fn counts(&mut self, node: Node<'a>) -> bool {
        match node {
            Node::Stmt(ast::Stmt::For(turns)) => self.prints && self.walks(&turns.iter) && writes(&turns.body),
            Node::Expr(ast::Expr::Call(call)) => self.is_counted(call),
            Node::Expr(ast::Expr::Starred(e)) => self.walks(&e.value),
            Node::Expr(ast::Expr::JoinedStr(text)) => {
                text.values.iter().any(|part| matches!(part, ast::Expr::FormattedValue(part) if self.is_module(&part.value)))
            }
            Node::Expr(ast::Expr::ListComp(all)) => self.lists(&all.generators),
            Node::Expr(ast::Expr::Compare(compare)) => {
                if matches!(compare.comparators[..], [ast::Expr::Constant(_)]) {
                    self.leaf_test = Some(compare.left.range());
                }
                false
            }
            _ => false,
        }
    }

    fn is_counted(&self, call: &ast::ExprCall) -> bool {
        if matches!(&*call.func, ast::Expr::Attribute(method) if matches!(method.attr.as_str(), "info" | "debug" | "format")) {
            return call.args.iter().any(|arg| self.is_module(arg));
        }
        let Some(Entity::Builtin(name)) = self.of_file.entity(&call.func) else { return false };
        let is_leaf_test = || self.leaf_test.is_some_and(|test| test.contains_range(call.range()));
        match (name.as_str(), &call.args[..]) {
            ("len", [all]) => self.prints && self.walks(all) && !is_leaf_test(),
            ("print", args) => args.iter().any(|arg| self.is_module(arg) || self.walks(arg)),
            ("str" | "repr", args) => args.iter().any(|arg| self.is_module(arg)),
            ("list" | "tuple" | "len" | "sorted" | "sum" | "set" | "reversed", [ast::Expr::GeneratorExp(all), ..]) => {
                self.lists(&all.generators)
            }
            _ => false,
        }
    }

    fn lists(&self, generators: &[ast::Comprehension]) -> bool {
        self.prints && generators.iter().any(|part| part.ifs.is_empty() && self.walks(&part.iter))
    }

    /// `model.named_modules()`, `enumerate(model.children())`, `model._modules.items()`, and no `self.features.children()`: a class knows its own.
    fn walks(&self, expr: &ast::Expr) -> bool {
        match expr {
            ast::Expr::Call(call) => match &*call.func {
                ast::Expr::Attribute(method) => match method.attr.as_str() {
                    "named_modules" | "modules" | "named_children" | "children" => self.may_be_module(&method.value),
                    "items" | "keys" | "values" => self.walks(&method.value),
                    _ => false,
                },
                func => {
                    let is_enumerated = matches!(self.of_file.entity(func), Some(Entity::Builtin(name)) if matches!(name.as_str(), "enumerate" | "list" | "tuple" | "sorted"));
                    is_enumerated && call.args.first().is_some_and(|all| self.walks(all))
                }
            },
            ast::Expr::Attribute(e) => e.attr.as_str() == "_modules" && self.may_be_module(&e.value),
            _ => false,
        }
    }

    fn is_module(&self, expr: &ast::Expr) -> bool {
        self.facts.is_module(&self.of_file.fact(expr).kind) && !is_own(expr)
    }

    fn may_be_module(&self, expr: &ast::Expr) -> bool {
        (matches!(self.of_file.fact(expr).kind, Kind::Unknown) || self.is_module(expr)) && !is_own(expr)
    }
}

/// `self`, `self.features`
fn is_own(expr: &ast::Expr) -> bool {
    match expr {
        ast::Expr::Attribute(e) => is_own(&e.value),
        ast::Expr::Name(name) => name.id.as_str() == "self",
        _ => false,
    }
}

/// Whether a turn writes something about every module, whatever it is: `print(name)`, `count += 1`, `names.append(name)`.
fn writes(suite: &[ast::Stmt]) -> bool {
    for stmt in suite {
        match stmt {
            // `if not isinstance(m, nn.Linear): continue`
            ast::Stmt::If(choice) if matches!(choice.body.last(), Some(ast::Stmt::Continue(_))) => return false,
            ast::Stmt::AugAssign(_) => return true,
            ast::Stmt::Expr(e) => match &*e.value {
                ast::Expr::Call(call) if matches!(last_name(&call.func), Some("print" | "info" | "debug" | "append")) => return true,
                ast::Expr::Yield(_) => return true,
                _ => {}
            },
            ast::Stmt::Assign(assign) if assign.targets.iter().any(ast::Expr::is_subscript_expr) => return true,
            _ => {}
        }
    }
    false
}
