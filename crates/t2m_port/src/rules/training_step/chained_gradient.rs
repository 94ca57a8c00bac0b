//! Gradients of gradients, and of values that are used beside them: `u_xx` of `u_x`, of a `u` that the residual has too.
//!
//! Each value that is differentiated becomes a function of the inputs, `u_of(x, t)`, and so does each gradient of which another one is taken.
//! Values are computed once more in every gradient, so that they have to be the same each time.

use t2m_syntax::ast::{self, Ranged};
use t2m_syntax::{Edit, Nest, Node, Piece, Prec, TextRange};

use super::events::walk;
use super::flow::{self, Flow, Names};
use super::input_gradient::{self as single, Weight};
use super::leaves_nothing::leaves_nothing;
use super::model::Scopes;
use super::{depends, in_order};
use crate::claim::StmtClaim;
use crate::cx::{Cx, contains_word};
use crate::names::{Module, Uses};
use crate::rules::SuiteClaims;
use crate::{reached, receiver};

/// The claims on all gradients of a suite, and what they are with respect to, if each of them can be written.
pub(super) fn claims<'a>(cx: &Cx<'a>, suite: &'a [ast::Stmt]) -> Option<(SuiteClaims<'a>, Vec<&'a str>)> {
    let asked = asked(cx, suite)?;
    let (first, last) = (asked.first()?.at, asked.last()?.at);
    let mut inputs: Vec<&'a str> = Vec::new();
    for name in asked.iter().flat_map(|gradient| &gradient.inputs) {
        if !inputs.contains(name) {
            inputs.push(name);
        }
    }
    let binds_input = |stmt: &'a ast::Stmt| Flow::of(std::slice::from_ref(stmt)).bound.iter().any(|name| inputs.contains(name));
    let from = suite[..first].iter().rposition(binds_input).map_or(0, |at| at + 1);
    let from = (from..=first).find(|at| single::reads(cx, &suite[*at], &inputs)).unwrap_or(first);
    // In the order in which they are read.
    let mut places: Vec<(&'a str, TextRange)> = Vec::new();
    walk(&suite[from..=first], &mut |node| {
        if let Node::Expr(ast::Expr::Name(name)) = node
            && inputs.contains(&name.id.as_str())
            && !places.iter().any(|(own, _)| *own == name.id.as_str())
        {
            places.push((name.id.as_str(), name.range));
        }
    });
    let place = |name: &&str| {
        places.iter().find(|(own, _)| own == name).map_or(TextRange::empty(suite[last].range().end()), |(_, range)| *range).start()
    };
    inputs.sort_by_key(place);
    let scopes = Scopes::around(cx, &suite[last]);
    let region = TextRange::new(suite[from].range().start(), suite[last].range().end());
    if !depends::are_independent(scopes.body(), region.end(), &inputs) {
        return None;
    }
    let tainted = depends::tainted(scopes.body(), region, &inputs);
    let mut chain = Chain {
        cx,
        suite,
        body: scopes.body(),
        region,
        needed: Needed::of(&suite[from..=last], from, &asked, &inputs),
        tainted,
        inputs,
        functions: Vec::new(),
        taken: Vec::new(),
        uses: Uses::default(),
    };
    let mut claims = Vec::new();
    let mut free = from;
    for gradient in &asked {
        claims.push((&suite[gradient.at], chain.claim(gradient, free)?));
        free = gradient.at + 1;
    }
    Some((claims, chain.inputs))
}

/// A gradient that a statement asks for.
struct Asked<'a> {
    at: usize,
    call: &'a ast::ExprCall,
    inputs: Vec<&'a str>,
    outputs: &'a ast::Expr,
    weight: Weight<'a>,
    /// What the gradient stands for, and `g` of `g, = torch.autograd.grad(...)`.
    range: TextRange,
    single: Option<&'a ast::Expr>,
    is_constant: bool,
    /// What the statement assigns to.
    target: Option<&'a ast::Expr>,
}

fn asked<'a>(cx: &Cx<'a>, suite: &'a [ast::Stmt]) -> Option<Vec<Asked<'a>>> {
    let mut found = Vec::new();
    for (at, stmt) in suite.iter().enumerate() {
        let Some(call) = single::call_in(cx, stmt) else { continue };
        let inputs = single::names(receiver::argument(call, 1, "inputs")?)?;
        let outputs = single::only(receiver::argument(call, 0, "outputs")?)?;
        let (weight, is_constant) = single::options(cx, call)?;
        let (range, single) = single::taken(cx, stmt, call, inputs.len())?;
        let target = match stmt {
            ast::Stmt::Assign(assign) if assign.targets.len() == 1 => single.or(assign.targets.first()),
            _ => None,
        };
        if !cx.owns_its_lines(stmt) {
            return None;
        }
        found.push(Asked { at, call, inputs, outputs, weight, range, single, is_constant, target });
    }
    Some(found)
}

/// What has to be known as a function of the inputs.
struct Needed<'a> {
    /// By statement of the region: the names that it binds and gradients behind it are made of.
    names: Vec<Names<'a>>,
    from: usize,
}

impl<'a> Needed<'a> {
    fn of(region: &'a [ast::Stmt], from: usize, asked: &[Asked<'a>], inputs: &[&'a str]) -> Self {
        let mut open = Names::new();
        let mut names = vec![Names::new(); region.len()];
        for (at, stmt) in region.iter().enumerate().rev() {
            open.retain(|name| !inputs.contains(name));
            let flow = Flow::of(std::slice::from_ref(stmt));
            let bound: Names<'a> = flow.bound.intersection(&open).copied().collect();
            if !bound.is_empty() {
                // A path that doesn't bind it leaves the value of before.
                open.retain(|name| !flow.definite.contains(name));
                open.extend(&flow.exposed);
            }
            names[at] = bound;
            if let Some(gradient) = asked.iter().find(|gradient| gradient.at == from + at) {
                flow::loads(gradient.outputs, &mut open);
            }
        }
        Self { names, from }
    }

    fn at(&self, at: usize) -> &Names<'a> {
        &self.names[at - self.from]
    }
}

/// A name whose value a function gives.
struct Known<'a> {
    name: &'a str,
    function: String,
    /// Its place where the function gives several.
    at: Option<usize>,
    inputs: Vec<&'a str>,
}

/// What is written so far.
struct Chain<'c, 'a> {
    cx: &'c Cx<'a>,
    suite: &'a [ast::Stmt],
    /// Where the names live.
    body: &'a [ast::Stmt],
    region: TextRange,
    needed: Needed<'a>,
    /// All that is computed from the inputs.
    tainted: Names<'a>,
    inputs: Vec<&'a str>,
    functions: Vec<Known<'a>>,
    /// Names of ours.
    taken: Vec<String>,
    uses: Uses,
}

impl<'a> Chain<'_, 'a> {
    /// What a gradient and the statements in front of it become; those before `free` belong to others.
    fn claim(&mut self, gradient: &Asked<'a>, free: usize) -> Option<StmtClaim<'a>> {
        let stmt = &self.suite[gradient.at];
        let nest = self.values(free, gradient.at)?;
        let mut above: Vec<Vec<Piece<'a>>> = Vec::new();
        let params = self.inputs_of(gradient)?;
        let function = self.differentiated(gradient, &params, &mut above)?;
        let is_chained = !self.needed.at(gradient.at).is_empty();
        if is_chained && (gradient.is_constant || !matches!(stmt, ast::Stmt::Assign(_))) {
            return None;
        }
        let (grad, uses) = self.cx.member(Module::Core, "grad");
        self.uses.extend(&uses);
        let at: Vec<String> =
            gradient.inputs.iter().filter_map(|name| params.iter().position(|own| own == name)).map(|at| at.to_string()).collect();
        let argnums = match &at[..] {
            [only] if only == "0" => String::new(),
            [only] => format!(", argnums={only}"),
            several => format!(", argnums=({})", several.join(", ")),
        };
        let inputs = params.join(", ");
        let mut made = vec![Piece::text(format!("{grad}("))];
        made.extend(function);
        made.push(Piece::text(format!("{argnums})")));
        let called = Piece::text(format!("({inputs})"));
        let is_stopped = gradient.is_constant && reached::is_differentiated_at(self.cx, gradient.outputs);
        if is_stopped && gradient.inputs.len() > 1 {
            return None;
        }
        let whole = match stmt {
            ast::Stmt::Assign(assign) => gradient.single.is_some() || assign.value.range() == gradient.range,
            _ => false,
        };
        let (mut edits, mut gradients) = (Vec::new(), Vec::new());
        let start = TextRange::empty(stmt.range().start());
        let mut lines: Vec<Piece<'a>> = above.into_iter().flatten().collect();
        match gradient.target {
            Some(target) if is_chained && whole => {
                let names = target_names(target)?;
                let own = self.free_name(&names);
                lines.push(Piece::text(format!("{own} = ")));
                lines.extend(made);
                lines.extend([Piece::NewLine(0), Piece::text(format!("{} = {own}", self.cx.source(target))), called]);
                self.known(&names, &own, &params);
                edits.push(Edit::new(stmt.range(), lines));
            }
            Some(target) if is_chained => {
                let (ast::Stmt::Assign(assign), [name]) = (stmt, &target_names(target)?[..]) else { return None };
                let own = self.free_name(&[*name]);
                let beside = single::read_beside(stmt, gradient.call);
                let mut all: Names<'a> = params.iter().copied().collect();
                beside.intersection(&self.tainted).try_for_each(|name| self.add_inputs(name, &mut all))?;
                let all = self.ordered(&all);
                lines.push(Piece::text(format!("def {own}({}):", all.join(", "))));
                for name in beside.intersection(&self.tainted).filter(|name| !self.inputs.contains(name)) {
                    lines.extend([Piece::NewLine(1), Piece::text(format!("{name} = {}", self.call_of(name)?))]);
                }
                lines.extend([Piece::NewLine(1), Piece::text("return ")]);
                made.push(called);
                edits.push(Edit::new(TextRange::new(stmt.range().start(), assign.value.range().start()), lines));
                gradients.push((gradient.range, made));
                let after =
                    vec![Piece::text(self.cx.file.newline), Piece::NewLine(0), Piece::text(format!("{name} = {own}({})", all.join(", ")))];
                edits.push(Edit::new(TextRange::empty(stmt.range().end()), after));
                self.known(&[*name], &own, &all);
            }
            _ => {
                made.push(called);
                if is_stopped {
                    let (stop, uses) = self.cx.member(Module::Core, "stop_gradient");
                    self.uses.extend(&uses);
                    made.insert(0, Piece::text(format!("{stop}(")));
                    made.push(Piece::text(")"));
                }
                if !lines.is_empty() {
                    edits.push(Edit::new(start, lines));
                }
                match gradient.single {
                    Some(target) => {
                        made.insert(0, Piece::text(format!("{} = ", self.cx.source(target))));
                        edits.push(Edit::new(gradient.range, made));
                    }
                    None => gradients.push((gradient.range, made)),
                }
            }
        }
        if is_chained && let Some(target) = gradient.target {
            flow::targets(target, &mut self.tainted);
        } else {
            let flow = Flow::of(std::slice::from_ref(stmt));
            self.forget(&flow.bound);
            self.tainted.extend(flow.bound);
        }
        let mut claim = if edits.is_empty() { StmtClaim::keep() } else { StmtClaim::edit(edits) };
        (claim.nest, claim.gradients) = (nest, gradients);
        Some(claim.uses(std::mem::take(&mut self.uses)))
    }

    /// What `mx.grad` takes: a function of all inputs that gives one number.
    fn differentiated(&mut self, gradient: &Asked<'a>, params: &[&'a str], above: &mut Vec<Vec<Piece<'a>>>) -> Option<Vec<Piece<'a>>> {
        let inputs = params.join(", ");
        let mut read = Names::new();
        flow::loads(gradient.outputs, &mut read);
        let read: Vec<&'a str> = read.intersection(&self.tainted).copied().collect();
        if read.is_empty() {
            return None;
        }
        let has_weight = match gradient.weight {
            Weight::Given(weight) => {
                let mut names = Names::new();
                flow::loads(weight, &mut names);
                if names.intersection(&self.tainted).next().is_some() {
                    return None;
                }
                true
            }
            _ => false,
        };
        let is_number = matches!(gradient.weight, Weight::None) && single::is_number(self.cx, gradient.outputs, &self.suite[..gradient.at]);
        // `u`, `u.sum()`
        if let (Some(name), false) = (value_or_sum(gradient.outputs), has_weight) {
            if self.inputs.contains(&name) {
                return None;
            }
            let value = self.call_of(name)?;
            if let Some(Known { function, at: None, .. }) = self.function(name)
                && is_number
                && gradient.outputs.is_name_expr()
            {
                return Some(vec![Piece::text(function.clone())]);
            }
            let sum = if is_number && gradient.outputs.is_name_expr() { "" } else { ".sum()" };
            return Some(vec![Piece::text(format!("lambda {inputs}: {value}{sum}"))]);
        }
        let own = self.free_name(&["value"]);
        let mut lines = vec![Piece::text(format!("def {own}({inputs}):"))];
        for name in read.iter().filter(|name| !self.inputs.contains(name)) {
            lines.extend([Piece::NewLine(1), Piece::text(format!("{name} = {}", self.call_of(name)?))]);
        }
        lines.extend([Piece::NewLine(1), Piece::text("return ")]);
        lines.extend(match gradient.weight {
            Weight::Given(weight) => vec![
                Piece::text("("),
                Piece::Expr(gradient.outputs, Prec::Unary),
                Piece::text(" * "),
                Piece::Expr(weight, Prec::Unary),
                Piece::text(").sum()"),
            ],
            _ if is_number => vec![Piece::Expr(gradient.outputs, Prec::Test)],
            _ => vec![Piece::Expr(gradient.outputs, Prec::Atom), Piece::text(".sum()")],
        });
        lines.extend([Piece::text(self.cx.file.newline), Piece::NewLine(0)]);
        above.push(lines);
        Some(vec![Piece::text(own)])
    }

    /// The statements between two gradients: those that the second one needs become a function. `None` if they can't.
    #[expect(clippy::option_option, reason = "there may be nothing to write, or no way to")]
    fn values(&mut self, free: usize, at: usize) -> Option<Option<Nest<'a>>> {
        let wanted: Vec<usize> = (free..at).filter(|at| !self.needed.at(*at).is_empty()).collect();
        let (Some(first), Some(last)) = (wanted.first(), wanted.last()) else {
            self.pass(free, at);
            return Some(None);
        };
        let (first, last) = (*first, *last);
        self.pass(free, first);
        let run = &self.suite[first..=last];
        let mut flow = Flow::of(run);
        let range = TextRange::new(run.first()?.range().start(), run.last()?.range().end());
        if flow.exposed.intersection(&self.tainted).next().is_none() {
            self.pass(first, at);
            return Some(None);
        }
        if !single::is_plain(self.cx, run) || !self.is_apart(run, at) || !leaves_nothing(self.cx, run) {
            return None;
        }
        let declared = flow::declared(self.body);
        let given = flow::read_afterwards(self.body, range, &flow.bound);
        let is_loose = |name: &&str| flow.exposed.contains(*name) || !flow.definite.contains(*name);
        if flow.bound.iter().any(|name| self.inputs.contains(name) || declared.contains(name) || flow.exposed.contains(name))
            || given.iter().any(is_loose)
            || given.is_empty()
        {
            return None;
        }
        // A closure reads a name when it runs.
        let outside: Names<'a> = flow.exposed.difference(&self.tainted).copied().collect();
        let rest = &self.suite[at..];
        if rest
            .iter()
            .filter(|stmt| self.region.contains_range(stmt.range()))
            .any(|stmt| Flow::of(std::slice::from_ref(stmt)).bound.intersection(&outside).next().is_some())
        {
            return None;
        }
        let given = in_order(run, given);
        let own = self.free_name(&given);
        let mut lines = Vec::new();
        for name in flow.exposed.intersection(&self.tainted).filter(|name| !self.inputs.contains(name)) {
            if !lines.is_empty() {
                lines.push(Piece::NewLine(0));
            }
            lines.push(Piece::text(format!("{name} = {}", self.call_of(name)?)));
        }
        let mut all = Names::new();
        flow.exposed.intersection(&self.tainted).try_for_each(|name| self.add_inputs(name, &mut all))?;
        let all = self.ordered(&all);
        let inputs = all.join(", ");
        let values = given.join(", ");
        self.tainted.append(&mut flow.bound);
        self.known(&given, &own, &all);
        self.pass(last + 1, at);
        Some(Some(Nest {
            header: format!("def {own}({inputs}):"),
            first: lines,
            stmts: run,
            footer: vec![Piece::text(format!("return {values}"))],
            below: Some(vec![Piece::text(format!("{values} = {own}({inputs})"))]),
        }))
    }

    /// Statements that stay as they are.
    fn pass(&mut self, from: usize, upto: usize) {
        for stmt in &self.suite[from..upto] {
            let flow = Flow::of(std::slice::from_ref(stmt));
            self.forget(&flow.bound);
            if flow.exposed.intersection(&self.tainted).next().is_some() {
                self.tainted.extend(flow.bound);
            }
        }
    }

    /// Whether the statements and their gradient lie in the same functions of other rules.
    fn is_apart(&self, run: &'a [ast::Stmt], at: usize) -> bool {
        let holds = |nest: &Nest<'a>, stmt: &ast::Stmt| nest.stmts.iter().any(|own| std::ptr::eq(own, stmt));
        self.cx.stmts.values().filter_map(|(claim, _)| claim.nest.as_ref()).all(|nest| {
            let is_inside = holds(nest, &self.suite[at]);
            run.iter().all(|stmt| holds(nest, stmt) == is_inside)
        })
    }

    fn function(&self, name: &str) -> Option<&Known<'a>> {
        self.functions.iter().find(|known| known.name == name)
    }

    /// How the value of a name is computed from the inputs.
    fn call_of(&self, name: &str) -> Option<String> {
        let Known { function, at, inputs, .. } = self.function(name)?;
        let place = at.map(|at| format!("[{at}]")).unwrap_or_default();
        Some(format!("{function}({}){place}", inputs.join(", ")))
    }

    /// The inputs that a name is computed from; `None` if it isn't known how.
    fn add_inputs(&self, name: &'a str, all: &mut Names<'a>) -> Option<()> {
        match self.inputs.contains(&name) {
            true => all.extend([name]),
            false => all.extend(&self.function(name)?.inputs),
        }
        Some(())
    }

    /// The inputs that the outputs of a gradient are computed from.
    fn inputs_of(&self, gradient: &Asked<'a>) -> Option<Vec<&'a str>> {
        let mut read = Names::new();
        flow::loads(gradient.outputs, &mut read);
        let mut all = Names::new();
        read.intersection(&self.tainted).try_for_each(|name| self.add_inputs(name, &mut all))?;
        gradient.inputs.iter().all(|name| all.contains(name)).then(|| self.ordered(&all))
    }

    fn ordered(&self, names: &Names<'a>) -> Vec<&'a str> {
        self.inputs.iter().copied().filter(|name| names.contains(name)).collect()
    }

    fn known(&mut self, names: &[&'a str], function: &str, inputs: &[&'a str]) {
        self.functions.retain(|known| !names.contains(&known.name));
        let known = names.iter().enumerate().map(|(at, name)| Known {
            name,
            function: function.to_owned(),
            at: (names.len() > 1).then_some(at),
            inputs: inputs.to_vec(),
        });
        self.functions.extend(known);
    }

    /// The names have other values from here on.
    fn forget(&mut self, bound: &Names<'a>) {
        self.functions.retain(|known| !bound.contains(known.name) && !known.inputs.iter().any(|input| bound.contains(input)));
    }

    /// `u_of`
    fn free_name(&mut self, names: &[&str]) -> String {
        let stem = if names.len() > 3 { "values".to_owned() } else { names.join("_") };
        let candidates = [format!("{stem}_of"), format!("{stem}_function")].into_iter().chain((2..).map(|n| format!("{stem}_of_{n}")));
        let is_free = |name: &String| !contains_word(&self.cx.file.text, name) && !self.taken.contains(name);
        let own = candidates.into_iter().find(is_free).unwrap_or(stem);
        self.taken.push(own.clone());
        own
    }
}

/// `u` of `u` and `u.sum()`
fn value_or_sum(outputs: &ast::Expr) -> Option<&str> {
    match outputs {
        ast::Expr::Name(name) => Some(name.id.as_str()),
        ast::Expr::Call(call) if call.args.is_empty() && call.keywords.is_empty() => match &*call.func {
            ast::Expr::Attribute(method) if method.attr.as_str() == "sum" => {
                if let ast::Expr::Name(name) = &*method.value {
                    Some(name.id.as_str())
                } else {
                    None
                }
            }
            _ => None,
        },
        _ => None,
    }
}

fn target_names(target: &ast::Expr) -> Option<Vec<&str>> {
    single::names(target)
}
