//! Functions of the project that give the same when they are called again with the same: they draw nothing, keep nothing but what they would compute
//! again, and write to nothing of others.

use t2m_semantic::{Entity, FileFacts, Kind};
use t2m_syntax::ast;
use t2m_syntax::{Node, node};

use super::carried::PASSES;
use super::events::is_name;
use super::flow::{self, Flow, Names};
use crate::cx::Cx;
use crate::effects::PURE_BUILTINS;
use crate::imports::is_torch_family;
use crate::storage;

/// Functions that call functions are followed so far.
const DEEPEST: usize = 6;

/// `mel_spectrogram(fake, 1024)`
pub(super) fn gives_same<'a>(cx: &Cx<'a>, call: &'a ast::ExprCall) -> bool {
    matches!(cx.entity(&call.func), Some(entity @ Entity::Function(_)) if is_repeatable(cx, entity, DEEPEST))
}

fn is_repeatable<'a>(cx: &Cx<'a>, entity: &Entity, depth: usize) -> bool {
    let (Entity::Function(id), Some(depth)) = (entity, depth.checked_sub(1)) else { return false };
    let function = cx.project_facts.function(*id);
    let suite = &cx.project.file(function.file).source.suite;
    let facts = cx.project_facts.file(function.file);
    let Some(def) = storage::function_at(suite, function.range).filter(|def| function.class.is_none() && def.decorator_list.is_empty())
    else {
        return false;
    };
    let body = Body { cx, facts, suite, def, depth, locals: Flow::of(&def.body).bound };
    let mut is_same = true;
    def.body.iter().for_each(|stmt| {
        Node::Stmt(stmt).walk(&mut |node| is_same &= body.allows(node));
    });
    is_same && body.reads_constants()
}

struct Body<'a, 'c> {
    cx: &'c Cx<'a>,
    facts: &'a FileFacts,
    suite: &'a [ast::Stmt],
    def: &'a ast::StmtFunctionDef,
    depth: usize,
    locals: Names<'a>,
}

impl<'a> Body<'a, '_> {
    fn allows(&self, node: Node<'a>) -> bool {
        match node {
            Node::Stmt(ast::Stmt::Assign(s)) => s.targets.iter().all(|target| self.may_assign(target)),
            Node::Stmt(ast::Stmt::AnnAssign(s)) => s.target.is_name_expr(),
            // An array would be changed in place, the caller's too.
            Node::Stmt(ast::Stmt::AugAssign(s)) => s.target.is_name_expr() && self.facts.fact(&s.target).kind.is_number(),
            Node::Stmt(ast::Stmt::Global(s)) => !s.names.iter().any(|name| self.locals.contains(name.as_str())),
            Node::Stmt(
                ast::Stmt::Nonlocal(_)
                | ast::Stmt::Delete(_)
                | ast::Stmt::AsyncFunctionDef(_)
                | ast::Stmt::ClassDef(_)
                | ast::Stmt::While(_),
            ) => false,
            Node::Stmt(ast::Stmt::For(s)) => !self.may_use_up(&s.iter),
            Node::Expr(ast::Expr::ListComp(e)) => !e.generators.iter().any(|walk| self.may_use_up(&walk.iter)),
            Node::Expr(ast::Expr::SetComp(e)) => !e.generators.iter().any(|walk| self.may_use_up(&walk.iter)),
            Node::Expr(ast::Expr::DictComp(e)) => !e.generators.iter().any(|walk| self.may_use_up(&walk.iter)),
            Node::Expr(ast::Expr::GeneratorExp(e)) => !e.generators.iter().any(|walk| self.may_use_up(&walk.iter)),
            Node::Expr(ast::Expr::Starred(e)) => !self.may_use_up(&e.value),
            Node::Expr(ast::Expr::Call(call)) => self.may_call(call),
            Node::Expr(ast::Expr::NamedExpr(_) | ast::Expr::Await(_) | ast::Expr::Yield(_) | ast::Expr::YieldFrom(_)) => false,
            _ => true,
        }
    }

    /// Whether walking over a value may take items from an iterator that others go on with: one that the function was given, of which nothing tells what it is.
    fn may_use_up(&self, walked: &'a ast::Expr) -> bool {
        match walked {
            ast::Expr::Name(name) => {
                let is_given = parameters(self.def).contains(name.id.as_str()) || !self.locals.contains(name.id.as_str());
                is_given && matches!(self.facts.fact(walked).kind, Kind::Unknown | Kind::Seq(_))
            }
            ast::Expr::Call(call) => match self.facts.entity(&call.func) {
                Some(Entity::Builtin(name)) if walks(name.as_str()) => call.args.iter().any(|arg| self.may_use_up(arg)),
                _ => false,
            },
            _ => false,
        }
    }

    fn may_assign(&self, target: &'a ast::Expr) -> bool {
        match target {
            ast::Expr::Name(_) => true,
            ast::Expr::Tuple(e) => e.elts.iter().all(ast::Expr::is_name_expr),
            ast::Expr::Subscript(e) => {
                matches!(&*e.value, ast::Expr::Name(kept) if self.makes(&kept.id) || self.keeps_by_key(&kept.id))
            }
            _ => false,
        }
    }

    /// `filters = np.zeros((n, m))`: an array or a list of its own.
    fn makes(&self, name: &str) -> bool {
        let is_new = |value: &ast::Expr| match value {
            ast::Expr::List(_) | ast::Expr::Dict(_) | ast::Expr::ListComp(_) | ast::Expr::DictComp(_) => true,
            ast::Expr::Call(call) => self.facts.qualified(&call.func).is_some_and(|name| {
                let last = name.rsplit('.').next().unwrap_or(name);
                ["zeros", "ones", "empty", "full", "eye"].iter().any(|stem| last.starts_with(stem))
            }),
            _ => false,
        };
        let bound = crate::views::bindings(&self.def.body, name);
        self.locals.contains(name)
            && !bound.is_empty()
            && bound.iter().all(|(node, value)| {
                matches!(node, Node::Stmt(ast::Stmt::Assign(s)) if s.targets.len() == 1 && is_name(&s.targets[0], name)) && is_new(value)
            })
    }

    /// `if key not in WINDOWS: WINDOWS[key] = torch.hann_window(size)`, wherever the file stores something in it: what is there stays, and where the key is not
    /// found again, the same is computed again.
    fn keeps_by_key(&self, name: &str) -> bool {
        if self.locals.contains(name) || parameters(self.def).contains(name) {
            return false;
        }
        let is_asked = |test: &ast::Expr| matches!(test, ast::Expr::Compare(e) if matches!(e.ops[..], [ast::CmpOp::NotIn]) && matches!(&e.comparators[..], [ast::Expr::Name(_)]));
        let stores = |suite: &[ast::Stmt]| {
            let mut all = 0;
            node::statements(suite, &mut |stmt| {
                if let ast::Stmt::Assign(s) = stmt {
                    all += s.targets.iter().filter(|target| matches!(target, ast::Expr::Subscript(e) if is_name(&e.value, name))).count();
                }
            });
            all
        };
        let mut asked = 0;
        node::statements(self.suite, &mut |stmt| {
            if let ast::Stmt::If(choice) = stmt
                && is_asked(&choice.test)
            {
                asked += stores(&choice.body);
            }
        });
        asked == stores(self.suite) && !self.reads_itself(name)
    }

    /// Whether what is stored in a dictionary is computed from what is there.
    fn reads_itself(&self, name: &str) -> bool {
        let mut found = false;
        node::statements(&self.def.body, &mut |stmt| {
            if let ast::Stmt::Assign(s) = stmt
                && s.targets.iter().any(|target| matches!(target, ast::Expr::Subscript(e) if is_name(&e.value, name)))
            {
                let stored = s.range;
                let mut open = Names::new();
                flow::loads(&s.value, &mut open);
                for _ in 0..DEEPEST {
                    let known = open.len();
                    node::statements(&self.def.body, &mut |stmt| {
                        if let ast::Stmt::Assign(s) = stmt
                            && s.range.end() <= stored.start()
                        {
                            let mut bound = Names::new();
                            s.targets.iter().for_each(|target| flow::targets(target, &mut bound));
                            if bound.intersection(&open).next().is_some() {
                                flow::loads(&s.value, &mut open);
                            }
                        }
                    });
                    if open.len() == known {
                        break;
                    }
                }
                found |= open.contains(name);
            }
        });
        found
    }

    fn may_call(&self, call: &'a ast::ExprCall) -> bool {
        match self.facts.entity(&call.func) {
            Some(Entity::Library(name)) => is_same_again(name),
            // `next` goes on; `print` says it twice.
            Some(Entity::Builtin(name)) => {
                let name = name.as_str();
                let uses_up = walks(name) && call.args.iter().any(|arg| self.may_use_up(arg));
                name == "print" || name.ends_with("Error") || name != "next" && !uses_up && PURE_BUILTINS.contains(&name)
            }
            Some(entity @ Entity::Function(_)) => is_repeatable(self.cx, entity, self.depth),
            Some(_) => false,
            None => match &*call.func {
                ast::Expr::Attribute(method) => {
                    let name = method.attr.as_str();
                    !name.ends_with('_')
                        && !draws(name)
                        && !matches!(
                            self.facts.fact(&method.value).kind,
                            Kind::Instance(_) | Kind::Module | Kind::Layer(_) | Kind::Sequential
                        )
                        && (self.cx.tables.contains(&format!("Tensor.{name}"))
                            || crate::views::is_cast(name)
                            || matches!(name, "get" | "items" | "keys" | "values" | "format" | "join" | "lower" | "upper" | "startswith"))
                }
                _ => false,
            },
        }
    }

    /// Whether nothing in the file writes to the variables of the module that the function reads, but for what is kept by key.
    fn reads_constants(&self) -> bool {
        let mut read = Names::new();
        self.def.body.iter().for_each(|stmt| flow::loads_of_stmt(stmt, &mut read));
        let own = parameters(self.def);
        read.retain(|name| !self.locals.contains(name) && !own.contains(*name));
        let mut is_written = self.is_bound_again(&read);
        self.suite.iter().for_each(|stmt| {
            Node::Stmt(stmt).walk(&mut |node| {
                let owner = match node {
                    // Another function binds it.
                    Node::Stmt(ast::Stmt::Global(s)) => {
                        is_written |= s.names.iter().any(|name| read.contains(name.as_str()) && binds_below(stmt, name));
                        return;
                    }
                    Node::Expr(ast::Expr::Attribute(e)) if !matches!(e.ctx, ast::ExprContext::Load) => &*e.value,
                    Node::Expr(ast::Expr::Subscript(e)) if !matches!(e.ctx, ast::ExprContext::Load) => &*e.value,
                    Node::Expr(ast::Expr::Call(call)) => match &*call.func {
                        ast::Expr::Attribute(method) if is_change(&method.attr) => &*method.value,
                        _ => return,
                    },
                    _ => return,
                };
                is_written |= matches!(owner, ast::Expr::Name(name) if read.contains(name.id.as_str()) && !self.is_kept(&name.id, node));
            });
        });
        !is_written
    }

    /// Whether the script binds a variable that the function reads more than once, or in a loop, or changes it: `alpha = alpha * 0.5` between the passes.
    fn is_bound_again(&self, read: &Names<'a>) -> bool {
        let mut bound: Vec<&str> = Vec::new();
        let mut is_again = false;
        let mut targets = |stmt: &'a ast::Stmt, place: Place| {
            let mut names = Names::new();
            match stmt {
                ast::Stmt::Assign(s) => s.targets.iter().for_each(|target| flow::targets(target, &mut names)),
                ast::Stmt::AnnAssign(s) if s.value.is_some() => flow::targets(&s.target, &mut names),
                ast::Stmt::AugAssign(s) => {
                    flow::targets(&s.target, &mut names);
                    is_again |= names.iter().any(|name| read.contains(name));
                }
                ast::Stmt::For(s) => {
                    flow::targets(&s.target, &mut names);
                    is_again |= names.iter().any(|name| read.contains(name));
                }
                _ => {}
            }
            for name in names.into_iter().filter(|name| read.contains(name)) {
                // `if cuda: device = 0`, `else: device = 1` is one choice.
                is_again |= place == Place::Loop || place == Place::Script && bound.contains(&name);
                bound.push(name);
            }
        };
        of_script(self.suite, Place::Script, &mut targets);
        is_again
    }

    fn is_kept(&self, name: &str, node: Node<'a>) -> bool {
        matches!(node, Node::Expr(ast::Expr::Subscript(_))) && self.keeps_by_key(name)
    }
}

/// Where a statement stands that the file itself runs.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Script,
    Branch,
    Loop,
}

/// The statements that the file itself runs.
fn of_script<'a>(suite: &'a [ast::Stmt], place: Place, visit: &mut dyn FnMut(&'a ast::Stmt, Place)) {
    for stmt in suite {
        let inner = match (stmt, place) {
            (ast::Stmt::FunctionDef(_) | ast::Stmt::AsyncFunctionDef(_) | ast::Stmt::ClassDef(_), _) => continue,
            (ast::Stmt::For(_) | ast::Stmt::While(_), _) | (_, Place::Loop) => Place::Loop,
            (ast::Stmt::If(_) | ast::Stmt::Try(_) | ast::Stmt::Match(_), _) => Place::Branch,
            _ => place,
        };
        visit(stmt, place);
        node::suites(stmt).into_iter().for_each(|suite| of_script(suite, inner, visit));
    }
}

/// Functions of Python that walk over what they get.
fn walks(builtin: &str) -> bool {
    matches!(
        builtin,
        "list"
            | "tuple"
            | "set"
            | "dict"
            | "sum"
            | "max"
            | "min"
            | "sorted"
            | "zip"
            | "enumerate"
            | "map"
            | "filter"
            | "any"
            | "all"
            | "iter"
            | "next"
    )
}

fn binds_below(stmt: &ast::Stmt, name: &str) -> bool {
    let mut found = false;
    Node::Stmt(stmt).walk(&mut |node| {
        found |= matches!(node, Node::Expr(ast::Expr::Name(own)) if own.id.as_str() == name && !matches!(own.ctx, ast::ExprContext::Load));
    });
    found
}

/// `CACHE.clear()`, `TABLE.zero_()`
fn is_change(method: &str) -> bool {
    method.ends_with('_')
        || matches!(
            method,
            "append" | "extend" | "insert" | "pop" | "popitem" | "update" | "clear" | "remove" | "setdefault" | "add" | "sort"
        )
}

fn draws(name: &str) -> bool {
    name.contains("rand") || PASSES.random.contains(name) || PASSES.stateful.iter().any(|part| name.contains(part.as_str()))
}

/// Functions of libraries that compute: no layer that is made anew, nothing that draws, reads a file or sets a state.
fn is_same_again(name: &str) -> bool {
    let last = name.rsplit('.').next().unwrap_or(name);
    let computes = is_torch_family(name) && !name.starts_with("torch.autograd") && !name.starts_with("torch.random")
        || name.starts_with("numpy.") && !name.starts_with("numpy.random.")
        || name.starts_with("math.")
        || PASSES.computing.iter().any(|stem| name.starts_with(stem.as_str()));
    let is_state = ["load", "save", "manual_seed", "seed", "set_", "get_rng"].iter().any(|stem| last.starts_with(stem));
    computes && !name.ends_with('_') && !draws(name) && !draws(last) && !is_state && !last.starts_with(|c: char| c.is_uppercase())
}

fn parameters(def: &ast::StmtFunctionDef) -> Names<'_> {
    let args = &def.args;
    let plain = args.posonlyargs.iter().chain(&args.args).chain(&args.kwonlyargs).map(|arg| arg.def.arg.as_str());
    let starred = args.vararg.iter().chain(&args.kwarg).map(|arg| arg.arg.as_str());
    plain.chain(starred).collect()
}
