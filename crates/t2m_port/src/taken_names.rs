//! Which conventional names of modules a file binds to something else: `mx`, `nn`, `optim`.

use rustc_hash::FxHashSet;
use t2m_syntax::{Node, ast};

use crate::imports::is_torch_family;
use crate::names::{Module, ModuleNames};

/// What the nodes of a file bind, of such names.
#[derive(Debug, Default)]
pub(crate) struct TakenNames<'a> {
    /// Conventional names that are bound other than by import.
    bound: FxHashSet<&'a str>,
    /// Imports of such names, each with its full path.
    imported: Vec<(&'a str, String)>,
}

impl<'a> TakenNames<'a> {
    /// The names by which the port has its modules: a conventional name that the file binds to something else is not used.
    pub(crate) fn module_names(&self) -> ModuleNames {
        ModuleNames::new(|name, module| {
            let other_import = self.imported.iter().any(|(local, path)| {
                // What a source imports as `mlx_compat` is its own, and never the module that the port brings.
                *local == name
                    && (path != module.path() || module == Module::Compat)
                    && Some(path.as_str()) != module.replaces()
                    && !(module == Module::Optimizers && is_torch_family(path))
            });
            self.bound.contains(name) || other_import
        })
    }

    /// Takes note of what a node binds, those below it left out.
    pub(crate) fn note(&mut self, node: Node<'a>) {
        match node {
            Node::Expr(ast::Expr::Name(name)) if !matches!(name.ctx, ast::ExprContext::Load) => self.bind(&name.id),
            Node::Expr(ast::Expr::Lambda(lambda)) => self.parameters(&lambda.args),
            Node::Stmt(ast::Stmt::FunctionDef(def)) => {
                self.bind(&def.name);
                self.parameters(&def.args);
            }
            Node::Stmt(ast::Stmt::AsyncFunctionDef(def)) => {
                self.bind(&def.name);
                self.parameters(&def.args);
            }
            Node::Stmt(ast::Stmt::ClassDef(def)) => self.bind(&def.name),
            Node::Stmt(ast::Stmt::Try(stmt)) => {
                let names = stmt.handlers.iter().filter_map(|ast::ExceptHandler::ExceptHandler(handler)| handler.name.as_deref());
                names.for_each(|name| self.bind(name));
            }
            Node::Stmt(ast::Stmt::Import(import)) => {
                for alias in &import.names {
                    let (local, path) = match &alias.asname {
                        Some(local) => (local.as_str(), alias.name.as_str()),
                        None => {
                            let top = alias.name.split('.').next().unwrap_or_default();
                            (top, top)
                        }
                    };
                    if is_conventional(local) {
                        self.imported.push((local, path.to_owned()));
                    }
                }
            }
            Node::Stmt(ast::Stmt::ImportFrom(import)) => {
                let module = import.module.as_ref().map_or("", |module| module.as_str());
                for alias in &import.names {
                    let local = alias.asname.as_ref().unwrap_or(&alias.name).as_str();
                    if is_conventional(local) {
                        self.imported.push((local, format!("{module}.{}", alias.name)));
                    }
                }
            }
            _ => {}
        }
    }

    fn bind(&mut self, name: &'a str) {
        if is_conventional(name) {
            self.bound.insert(name);
        }
    }

    fn parameters(&mut self, args: &'a ast::Arguments) {
        let named = args.posonlyargs.iter().chain(&args.args).chain(&args.kwonlyargs).map(|arg| &arg.def);
        named.chain(args.vararg.as_deref()).chain(args.kwarg.as_deref()).for_each(|arg| self.bind(arg.arg.as_str()));
    }
}

fn is_conventional(name: &str) -> bool {
    Module::ALL.iter().any(|module| module.conventional_name() == name)
}
