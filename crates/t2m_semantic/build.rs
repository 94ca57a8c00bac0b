//! The mapping tables are embedded whole: build again when one changes.

fn main() {
    println!("cargo:rerun-if-changed=../../mappings");
}
