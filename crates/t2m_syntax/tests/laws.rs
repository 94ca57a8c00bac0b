//! The laws on generated programs: no decision, same bytes; whatever is decided, the output parses and every comment is in it once.

mod chaos;

use chaos::{Choices, decide, program::program};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use t2m_syntax::{Decisions, Node, SourceFile, laws, render, stack};

fn parse(text: &str) -> SourceFile {
    SourceFile::parse("generated.py", text).unwrap_or_else(|error| panic!("{} at {:?}\n{text}", error.message, error.offset))
}

fn is_new(comment: &str) -> bool {
    comment.starts_with("# TODO")
}

fn check(file: &SourceFile, decisions: &Decisions<'_>) -> String {
    let output = render(file, decisions);
    laws::check(file, decisions, &output, &[], &is_new)
        .unwrap_or_else(|broken| panic!("{broken}\n--- input\n{}\n--- output\n{output}\n--- escaped\n{:?}", file.text, file.text));
    output
}

/// The tree without places, for comparison.
fn tree(file: &SourceFile) -> String {
    let text = format!("{:?}", file.suite);
    let mut parts = text.split("range: ");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |mut tree, part| {
        tree += part.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.');
        tree
    })
}

/// The same programs in every run: `cargo xtask fuzz` is for new ones.
fn deterministic() -> ProptestConfig {
    ProptestConfig { cases: 1000, failure_persistence: None, rng_seed: RngSeed::Fixed(1), ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(deterministic())]

    #[test]
    fn undecided_files_keep_their_bytes(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        stack::with_deep_stack(|| {
            let file = parse(&program(&mut Choices::new(&bytes)));
            assert_eq!(render(&file, &Decisions::default()), file.text);
            assert_eq!(check(&file, &decide::no_ops(&file)), file.text);
        });
    }

    #[test]
    fn parts_that_are_built_anew_give_the_same_tree(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        stack::with_deep_stack(|| {
            let file = parse(&program(&mut Choices::new(&bytes)));
            let output = check(&file, &decide::rebuilt(&file));
            assert_eq!(tree(&parse(&output)), tree(&file), "--- input\n{}\n--- output\n{output}", file.text);
        });
    }

    #[test]
    fn decided_files_keep_the_laws(bytes in prop::collection::vec(any::<u8>(), 0..400), more in prop::collection::vec(any::<u8>(), 0..80)) {
        stack::with_deep_stack(|| {
            let file = parse(&program(&mut Choices::new(&bytes)));
            check(&file, &decide::anything(&file, &mut Choices::new(&more)));
        });
    }
}

proptest! {
    #![proptest_config(deterministic())]

    #[test]
    fn damage_is_seen(
        bytes in prop::collection::vec(any::<u8>(), 0..400),
        more in prop::collection::vec(any::<u8>(), 0..80),
        place in any::<prop::sample::Index>(),
        damage in prop::sample::select(vec!["(", ")", "\"\"\"", "'", ":", "\n", " ", "    ", "#", "\\", "x y", "else:\n"]),
    ) {
        stack::with_deep_stack(|| {
            let file = parse(&program(&mut Choices::new(&bytes)));
            let decisions = decide::anything(&file, &mut Choices::new(&more));
            let mut damaged = render(&file, &decisions);
            let places: Vec<usize> = damaged.char_indices().map(|(at, _)| at).chain([damaged.len()]).collect();
            damaged.insert_str(places[place.index(places.len())], damage);
            let parses = SourceFile::parse("damaged.py", damaged.as_str()).is_ok();
            let verdict = laws::check(&file, &decisions, &damaged, &[], &is_new);
            assert_eq!(parses, !matches!(verdict, Err(laws::Broken::Parses { .. })), "--- input\n{}\n--- damaged\n{damaged}", file.text);
        });
    }
}

#[test]
fn lines_in_strings_and_brackets_are_no_statements() {
    let file = parse("import torch\nx = f(1)  # c\ny = 2\n");
    let check = |output: &str, forbidden: &[&str]| laws::check(&file, &Decisions::default(), output, forbidden, &is_new);
    let lost = Err(laws::Broken::Comments { comment: "# c".into(), before: 1, after: 0 });
    assert_eq!(check("import torch\nx = f(1)  # c\ny = 2\n", &[]), Ok(()));
    assert_eq!(check("import torch\nx = f(1)  # c\ny = 2\n", &["torch"]), Err(laws::Broken::Imports { name: "torch".into() }));
    assert_eq!(check("'''\nimport torch\nx = f(1)  # c\ny = 2\n'''\n", &["torch"]), lost);
    assert!(matches!(check("z(\nx = f(1)  # c\n, (\ny = 2\n)\n", &[]), Err(laws::Broken::Parses { .. })));
    assert_eq!(check("z(\nx = f(1)  # c\n)\n", &[]), Ok(()));
    assert_eq!(check("if z:\n    x = 1\nx = f(1)\ny = 2\n", &[]), lost);
}

/// What stands in both texts is not parsed again, unless it needs what stood above.
#[test]
fn damage_above_what_stays_is_seen() {
    for (program, damaged) in [
        ("if a: b = c\nelif d:\n    e\n", "if a: b = n\new\nelif d:\n    e\n"),
        ("for x in y:\n    @a\n    class B: pass\n", "for x in y:\\\n    @a\n    class B: pass\n"),
    ] {
        let file = parse(program);
        let verdict = laws::check(&file, &Decisions::default(), damaged, &[], &is_new);
        assert!(matches!(verdict, Err(laws::Broken::Parses { .. })), "{damaged}");
    }
}

#[test]
fn what_is_assigned_to_can_be() {
    let file = parse("a.b, c = x\nfor d in e: f\n");
    let check = |output: &str| laws::check(&file, &Decisions::default(), output, &[], &is_new);
    assert_eq!(check("a.b, *c[1:] = x\nfor (d, e) in e: f\nwith g as h.i: f\n"), Ok(()));
    for damaged in ["g(b), c = x\n", "for d() in e: f\n", "with g as h(): f\n", "del a + b\n", "g(a) += 1\n", "[a, -b] = x\n"] {
        assert!(matches!(check(damaged), Err(laws::Broken::Parses { .. })), "{damaged}");
    }
}

#[test]
fn headers_of_changed_bodies_are_no_statements_elsewhere() {
    let file = parse("@d\ndef f(a,  # c\n      b):\n    # e\n    x = a\n    return x\n");
    let check = |output: &str| laws::check(&file, &Decisions::default(), output, &[], &is_new);
    let lost = |comment: &str| Err(laws::Broken::Comments { comment: comment.into(), before: 1, after: 0 });
    assert_eq!(check("@d\ndef f(a,  # c\n      b):\n    # e\n    x = 2 * a\n    return x\n"), Ok(()));
    assert_eq!(check("'''\ndef f(a,  # c\n      b):\n    # e\n    x = 2 * a\n'''\n"), lost("# c"));
    assert_eq!(check("@d\ndef f(a,  # c\n      b):\n    x = 2 * a\n    return x\n"), lost("# e"));
    let unparsed =
        ["async\n", "z(\n", "z = \\\n", "if z:\n"].map(|before| format!("{before}def f(a,  # c\n      b):\n    # e\n    x = 2 * a\n"));
    for output in unparsed.iter().map(String::as_str).chain(["@d\ndef f(a,  # c\n      b):\n    # e\n"]) {
        assert!(matches!(check(output), Err(laws::Broken::Parses { .. })), "{output}");
    }
}

#[test]
fn nesting_of_3000_levels_renders() {
    let deep = 3000;
    let programs = [
        format!("y = {}x{}\n", "(".repeat(deep), ")".repeat(deep)),
        format!("y = {}x{}  # c\n", "f(".repeat(deep), ")".repeat(deep)),
        format!("y = {}x{}\n", "[".repeat(deep), "]".repeat(deep)),
        format!("y = {}x\n", "-".repeat(deep)),
        format!("y = x{}\n", ".a".repeat(deep)),
        format!("y = x{}\n", " + x".repeat(deep)),
    ];
    for program in programs {
        stack::with_deep_stack(|| {
            let file = parse(&program);
            assert_eq!(check(&file, &decide::no_ops(&file)), program);
            let output = check(&file, &decide::rebuilt(&file));
            assert_eq!(tree(&parse(&output)), tree(&file));
        });
    }
}

/// Blocks nest less deeply than expressions: each level has a line of its own.
#[test]
fn blocks_of_90_levels_render() {
    stack::with_deep_stack(|| {
        let mut program: String = (0..90).map(|level| format!("{}if x:  # {level}\n", " ".repeat(level))).collect();
        program += &format!("{}x\n", " ".repeat(90));
        let file = parse(&program);
        assert_eq!(check(&file, &decide::no_ops(&file)), program);
        let mut nodes = 0;
        file.suite.iter().for_each(|stmt| Node::Stmt(stmt).walk(&mut |_| nodes += 1));
        assert_eq!(nodes, 90 * 2 + 2);
    });
}

/// What the fuzzer found.
#[test]
fn odd_programs_keep_the_laws() {
    for program in ["x = yield (y := (z := (x := x)))()\n", "f((y := (z := (x))), (w := ((v))))\n", "'s'.x((x := (x := x)))[y]\n"] {
        stack::with_deep_stack(|| {
            let file = parse(program);
            let output = check(&file, &decide::rebuilt(&file));
            assert_eq!(tree(&parse(&output)), tree(&file));
        });
    }
}
