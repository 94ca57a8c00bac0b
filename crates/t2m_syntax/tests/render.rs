//! The renderer on small programs: what stays, what moves, where comments go.

use t2m_syntax::ast::{self, Ranged};
use t2m_syntax::piece::{Action, StmtDecision};
use t2m_syntax::{Decision, Decisions, Edit, Node, NodeId, Piece, Prec, SourceFile, laws, ranges, render};

fn parse(text: &str) -> SourceFile {
    SourceFile::parse("test.py", text).unwrap_or_else(|error| panic!("{}: {text}", error.message))
}

/// Applies `decide` to every node, renders, checks the laws, gives the text.
fn rewrite(text: &str, decide: impl for<'a> Fn(&'a SourceFile, Node<'a>, &mut Decisions<'a>)) -> String {
    let file = parse(text);
    let mut decisions = Decisions::default();
    for stmt in &file.suite {
        Node::Stmt(stmt).walk(&mut |node| decide(&file, node, &mut decisions));
    }
    let output = render(&file, &decisions);
    laws::check(&file, &decisions, &output, &["torch"], &|comment| comment.starts_with("# TODO"))
        .unwrap_or_else(|broken| panic!("{broken}\n{output}"));
    output
}

/// `x.size(i)` to `x.shape[i]`, `a.t()` to `a.T`, `f(x)` with two arguments to `x + y`: enough to nest.
fn port<'a>(_: &'a SourceFile, node: Node<'a>, decisions: &mut Decisions<'a>) {
    let Node::Expr(expr @ ast::Expr::Call(call)) = node else { return };
    let pieces = match (&*call.func, &call.args[..]) {
        (ast::Expr::Attribute(f), [arg]) if f.attr.as_str() == "size" => {
            (vec![Piece::Expr(&f.value, Prec::Atom), Piece::text(".shape["), Piece::Expr(arg, Prec::Tuple), Piece::text("]")], Prec::Atom)
        }
        (ast::Expr::Name(f), [a, b]) if f.id.as_str() == "add" => {
            (vec![Piece::Expr(a, Prec::Arith), Piece::text(" + "), Piece::Expr(b, Prec::Term)], Prec::Arith)
        }
        _ => return,
    };
    decisions.exprs.insert(NodeId::from(expr), Decision::Build(pieces.0, pieces.1));
}

fn delete_cuda<'a>(_: &'a SourceFile, node: Node<'a>, decisions: &mut Decisions<'a>) {
    if let Node::Stmt(stmt @ ast::Stmt::Expr(s)) = node
        && let ast::Expr::Call(call) = &*s.value
        && matches!(&*call.func, ast::Expr::Attribute(f) if f.attr.as_str() == "cuda")
    {
        decisions.stmt_mut(stmt).action = Action::Delete;
    }
}

fn unwrap_with<'a>(file: &'a SourceFile, node: Node<'a>, decisions: &mut Decisions<'a>) {
    delete_cuda(file, node, decisions);
    port(file, node, decisions);
    if let Node::Stmt(stmt @ ast::Stmt::With(s)) = node {
        decisions.stmt_mut(stmt).action = Action::Replace(vec![Piece::Suite(&s.body, 0)]);
    }
}

#[test]
fn expressions_nest_and_keep_their_binding() {
    assert_eq!(rewrite("y = -add(a, b.size(0)) * 2\n", port), "y = -(a + b.shape[0]) * 2\n");
    assert_eq!(rewrite("y = add(add(a, b), add(c, d))\n", port), "y = a + b + (c + d)\n");
    assert_eq!(rewrite("y = add(a, b).size(-1)\n", port), "y = (a + b).shape[-1]\n");
    assert_eq!(rewrite("y = (add(a, b)).z\n", port), "y = (a + b).z\n");
    assert_eq!(
        rewrite("f = lambda x=x.size(0): [add(i, x) for i in x if x.size(i)]\n", port),
        "f = lambda x=x.shape[0]: [i + x for i in x if x.shape[i]]\n"
    );
}

#[test]
fn f_strings_keep_their_quotes_and_their_debug_text() {
    assert_eq!(rewrite("print(f'{x.size(0):>{w.size(1)}} a')\n", port), "print(f'{x.shape[0]:>{w.shape[1]}} a')\n");
    assert_eq!(rewrite("f'{x.size(0)=}'\n", port), "f'x.size(0)={x.shape[0]!r}'\n");
    assert_eq!(rewrite("f'{x.size(0) = :d}'\n", port), "f'x.size(0) = {x.shape[0]:d}'\n");
}

#[test]
fn what_had_lines_of_its_own_moves_with_all_of_them() {
    assert_eq!(
        rewrite(
            "if a:\n    y = add(\n        [\n            b,  # first\n            \"\"\"\n            t\"\"\",\n        ],\n        c,\n    )\n",
            port
        ),
        "if a:\n    y = [\n        b,  # first\n        \"\"\"\n            t\"\"\",\n    ] + c\n"
    );
    assert_eq!(rewrite("y = add([\n        b,\n    ], c)\n", port), "y = [\n        b,\n    ] + c\n");
}

#[test]
fn comments_inside_a_rebuilt_statement_go_above_it() {
    assert_eq!(
        rewrite("if a:\n    y = add(  # first\n        b,  # second\n        c,\n    )  # last\n", port),
        "if a:\n    # first\n    # second\n    y = b + c  # last\n"
    );
}

#[test]
fn deleted_statements_take_their_line() {
    assert_eq!(rewrite("a\nx.cuda()  # move\nb\n", delete_cuda), "a\n# move\nb\n");
    assert_eq!(rewrite("if a:\n    x.cuda()\nb\n", delete_cuda), "if a:\n    pass\nb\n");
    assert_eq!(rewrite("if a: x.cuda()\nb\n", delete_cuda), "if a: pass\nb\n");
    assert_eq!(rewrite("if a:\n    b\n    x.cuda()  # c\nd\n", delete_cuda), "if a:\n    b\n    # c\nd\n");
    assert_eq!(rewrite("a; x.cuda(); b\n", delete_cuda), "a; b\n");
    assert_eq!(rewrite("a; x.cuda()\n", delete_cuda), "a\n");
    assert_eq!(rewrite("x.cuda(); a\n", delete_cuda), "a\n");
    assert_eq!(rewrite("a\n\nx.cuda()\n\nb\n", delete_cuda), "a\n\nb\n");
}

#[test]
fn suites_move_out_of_their_block() {
    assert_eq!(
        rewrite("with no_grad():  # eval only\n    # why\n    y = f(\n        a)\n    s = '''\n    t\n'''  # end\nz\n", unwrap_with),
        "# eval only\n# why\ny = f(\n    a)\ns = '''\n    t\n'''  # end\nz\n"
    );
    assert_eq!(rewrite("def f():\n\twith a: x.cuda()\n\treturn 1\n", unwrap_with), "def f():\n\tpass\n\treturn 1\n");
    assert_eq!(
        rewrite("with a:\n    with b:\n        x.cuda()\n        y.size(0)\n    if c:\n        d\n", unwrap_with),
        "y.shape[0]\nif c:\n    d\n"
    );
    assert_eq!(
        rewrite("def f():\n    with a:\n        b\n        x.cuda()\n    return 1\n", unwrap_with),
        "def f():\n    b\n    return 1\n"
    );
}

#[test]
fn lines_go_above_and_below() {
    let todo = |file: &SourceFile, node: Node<'_>, decisions: &mut Decisions<'_>| {
        if let Node::Stmt(stmt @ (ast::Stmt::Pass(_) | ast::Stmt::FunctionDef(_))) = node {
            let line = file.line_column(stmt.range().start()).line;
            let decision: &mut StmtDecision<'_> = decisions.stmt_mut(stmt);
            decision.before.push(format!("# TODO {line}"));
        }
    };
    assert_eq!(
        rewrite("@a\n@b\ndef f():\n    if c: pass\n    else: pass  # d\n    a; pass\n", todo),
        "# TODO 3\n@a\n@b\ndef f():\n    # TODO 4\n    if c: pass\n    # TODO 5\n    else: pass  # d\n    # TODO 6\n    a; pass\n"
    );
    let after = |_: &SourceFile, node: Node<'_>, decisions: &mut Decisions<'_>| {
        if let Node::Stmt(stmt @ ast::Stmt::Expr(_)) = node {
            decisions.stmt_mut(stmt).after.push(vec![Piece::text("mx.eval(x)")]);
        }
    };
    assert_eq!(rewrite("for a in b:\n    c  # d\ne", after), "for a in b:\n    c  # d\n    mx.eval(x)\ne\nmx.eval(x)");
    assert_eq!(rewrite("c; d = 1\n", after), "c; mx.eval(x); d = 1\n");
    assert_eq!(rewrite("d = 1; c\n", after), "d = 1; c\nmx.eval(x)\n");
    assert_eq!(rewrite("if a: c\n", after), "if a: c; mx.eval(x)\n");
}

#[test]
fn new_lines_follow_the_file() {
    let text = "if a:\r\n\tx.size(0)\r\n";
    let output = rewrite(text, |_, node, decisions| {
        if let Node::Stmt(stmt @ ast::Stmt::Expr(_)) = node {
            decisions.stmt_mut(stmt).action = Action::Replace(vec![
                Piece::text("def f():"),
                Piece::NewLine(1),
                Piece::text("return 1"),
                Piece::NewLine(0),
                Piece::text("f()"),
            ]);
        }
    });
    assert_eq!(output, "if a:\r\n\tdef f():\r\n\t\treturn 1\r\n\tf()\r\n");
}

#[test]
fn edits_reach_into_children_and_delete_arguments() {
    let output = rewrite("y = x.zeros(  # c\n    a.size(0),\n    device=d,  # e\n    dim=(1),\n)\n", |file, node, decisions| {
        port(file, node, decisions);
        let Node::Expr(expr @ ast::Expr::Call(call)) = node else { return };
        let ast::Expr::Attribute(f) = &*call.func else { return };
        if f.attr.as_str() != "zeros" {
            return;
        }
        let mut edits = vec![Edit::text(ranges::attribute_name(f), "ones")];
        for keyword in &call.keywords {
            match keyword.arg.as_deref() {
                Some("device") => edits.push(Edit::delete(ranges::argument_with_comma(file, call, &keyword.value).expect("a call"))),
                Some("dim") => edits.push(Edit::text(ranges::keyword_name(keyword).expect("named"), "axis")),
                _ => {}
            }
        }
        decisions.exprs.insert(NodeId::from(expr), Decision::Edit(edits));
    });
    assert_eq!(output, "y = x.ones(  # c\n    a.shape[0],  # e\n    axis=(1),\n)\n");
}

/// Odd formatting, all of it undecided but walked: a no-op decision on every node must give the same bytes.
#[test]
fn no_op_decisions_change_nothing() {
    let programs = [
        "\u{feff}# bom\nx = 1\r\n\x0cclass A: pass\n",
        "match 1, 2:\n    case (a, b) if a: x.y()\n    case {'k': v, **r}: pass\n    case A(b=c) | [d, *_]: pass\n",
        "with (a as b, c): pass\nasync def f(*, a: int = 1, **k) -> 'T':\n    async with x as y: await z\n",
        "@dec(a)  # c\nclass B(A, metaclass=M):\n    x: int = 1\n    def f(self, /, *a): return (yield a)\n",
        "x = (  # c\n    a\n    if b else c\n)\ntry:\n  pass\nexcept (A, B) as e: raise X from e\nelse:\n  pass\nfinally:\n  pass\n",
        "print(f\"{a!r:>{w}} {{}} {d['k']}\" 'lit' f'{b}')\nx = [i async for i in y if i]\ndel a[0], b.c\n",
        "print(f\"{d[\"k\"]} {'\\n'.join(f\"{d[\"a\\\"b\"]}\")} {\n  a\n}\")\ntry: pass\nexcept A, B: pass\n",
        "a = b = c\nx[::2, ..., 1:n] **= -y\nlambda *a, k=1, **kw: (a, *b)\nglobal q\nassert a, 'b'\nif (n := 10) > 5: pass\n",
        "é = 'ü'  # ö\nif é:\n\tx = \\\n\t\t1\n",
    ];
    for program in programs {
        let output = rewrite(program, |_, node, decisions| match node {
            Node::Stmt(stmt) => {
                decisions.stmt_mut(stmt);
            }
            Node::Expr(expr) => {
                decisions.exprs.insert(NodeId::from(expr), Decision::Edit(Vec::new()));
            }
        });
        assert_eq!(output, program);
    }
}

/// What free seeds of the laws found: the `;` behind the last inner statement belongs to the statement around it.
#[test]
fn a_semicolon_behind_a_suite_goes_with_it() {
    assert_eq!(rewrite("with a:\n    b;  # c\nd\n", unwrap_with), "b  # c\nd\n");
    assert_eq!(rewrite("with a: b ;\nd\n", unwrap_with), "b\nd\n");
    let first_suite = |_: &SourceFile, node: Node<'_>, decisions: &mut Decisions<'_>| {
        if let Node::Stmt(stmt @ ast::Stmt::Try(_)) = node {
            decisions.stmt_mut(stmt).action = Action::Replace(vec![Piece::text("new()")]);
            decisions.stmt_mut(stmt).after.push(vec![Piece::text("below()")]);
        }
    };
    assert_eq!(rewrite("try:\n    import os  # c1\n    x.x += 's'\nexcept 1 as x:import os;\n", first_suite), "# c1\nnew()\nbelow()\n");
    assert_eq!(rewrite("try:\n    a\nfinally:\n# c1\n    's';  # c2\nx\n", first_suite), "# c1\nnew()  # c2\nbelow()\nx\n");
}

/// A comment that ends in a backslash continues no line.
#[test]
fn parentheses_are_found_before_any_comment() {
    let new = |_: &SourceFile, node: Node<'_>, decisions: &mut Decisions<'_>| {
        if let Node::Expr(expr @ ast::Expr::NamedExpr(named)) = node
            && matches!(&*named.value, ast::Expr::NamedExpr(_))
        {
            decisions.exprs.insert(NodeId::from(expr), Decision::Build(vec![Piece::text("new")], Prec::Atom));
        }
    };
    assert_eq!(rewrite("if x:=(\\\n  x\\\n  :=\\\n  (  # c1 \\\n\tx:=x)):\n    x\n", new), "# c1 \\\nif new:\n    x\n");
    assert_eq!(
        rewrite("def x(\\\n  x: (\\\n  x\\\n  :=(  # c1 \\\n\tx:=[])).x):\n    x\n", new),
        "# c1 \\\ndef x(\\\n  x: (\\\n  new).x):\n    x\n"
    );
}
