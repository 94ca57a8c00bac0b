//! The laws under a fuzzer: `cargo xtask fuzz`, or `cargo +nightly fuzz run laws`.
//!
//! The first byte says how long the decisions are; then come their choices. The rest is a program: the text itself where it parses, else one that is generated from it.
#![no_main]

#[path = "../../crates/t2m_syntax/tests/chaos/mod.rs"]
mod chaos;

use chaos::{Choices, decide, program::program};
use libfuzzer_sys::fuzz_target;
use t2m_syntax::{Decisions, SourceFile, laws, render, stack};

fuzz_target!(|bytes: &[u8]| {
    let Some((&len, rest)) = bytes.split_first() else { return };
    let (choices, rest) = rest.split_at(rest.len().min(usize::from(len)));
    stack::with_deep_stack(|| {
        let text = std::str::from_utf8(rest).ok();
        let parsed = text.and_then(|text| SourceFile::parse("fuzz.py", text).ok());
        let Some(file) = parsed.or_else(|| SourceFile::parse("fuzz.py", program(&mut Choices::new(rest))).ok()) else { return };
        assert_eq!(render(&file, &Decisions::default()), file.text);
        for decisions in [decide::no_ops(&file), decide::rebuilt(&file), decide::anything(&file, &mut Choices::new(choices))] {
            let output = render(&file, &decisions);
            if let Err(broken) = laws::check(&file, &decisions, &output, &[], &|comment| comment.starts_with("# TODO")) {
                panic!("{broken}\n{output}");
            }
        }
    });
});
