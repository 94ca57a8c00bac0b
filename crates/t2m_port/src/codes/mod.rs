//! The codes of findings and their pages. A code is never reused or renumbered.
//!
//! To add one: write `CODE.md` beside this file (its first line is `# CODE: title`) and give it a name in `codes!`.
//!
//! | range | about |
//! | --- | --- |
//! | T2M1xx | calls, methods and attributes |
//! | T2M2xx | classes, imports, annotations |
//! | T2M3xx | training: backward, optimizers, gradients |
//! | T2M4xx | aliasing and in-place changes |
//! | T2M6xx | files that can't be read |
//! | T2M9xx | our own bugs, and notes about the run |

/// A code and its page in Markdown.
#[derive(Debug, Clone, Copy)]
pub struct Code {
    pub code: &'static str,
    pub page: &'static str,
}

impl Code {
    /// The rest of the page's first line: what is matched, in a few words.
    pub fn title(&self) -> &'static str {
        let line = self.page.lines().next().unwrap_or_default();
        line.split_once(": ").map_or(line, |(_, title)| title)
    }
}

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $code:literal;)*) => {
        $($(#[$doc])* pub const $name: &str = $code;)*

        /// All codes, sorted.
        static CODES: &[Code] = &[$(Code { code: $code, page: include_str!(concat!($code, ".md")) }),*];
    };
}

codes! {
    /// A torch name without a row.
    UNMAPPED = "T2M101";
    /// A method of a tensor without a row.
    UNMAPPED_METHOD = "T2M102";
    /// A method that means something else in MLX, on a value that may not be a tensor.
    UNKNOWN_RECEIVER = "T2M103";
    /// MLX can't do it.
    UNSUPPORTED = "T2M104";
    /// A name of torchvision and the like.
    COMPANION = "T2M105";
    /// A package that imports torch.
    FOREIGN_PACKAGE = "T2M106";
    /// A kernel of the program's own.
    CUSTOM_KERNEL = "T2M107";
    /// A sparse tensor.
    SPARSE = "T2M108";
    /// A quantised tensor or module.
    QUANTISED = "T2M109";
    /// Axes that have names.
    NAMED_AXES = "T2M110";
    /// Arguments that don't bind to the signature.
    ARGUMENTS = "T2M111";
    /// The right form depends on a kind that is not known.
    UNDECIDED = "T2M112";
    /// An argument would be evaluated twice or in another order.
    EVALUATION = "T2M113";
    /// An autocast block, which has no counterpart.
    AUTOCAST = "T2M121";
    /// Values of an array are read. A note for `-v` and the report.
    EVALUATES = "T2M122";
    /// What MLX has on the CPU device alone. A note.
    CPU_ONLY = "T2M123";
    /// `forward` beside `__call__`, replaced on an object, or of an unknown object.
    FORWARD = "T2M201";
    /// A class whose base is not part of the project.
    FOREIGN_BASE = "T2M202";
    /// A torch type that only annotations name.
    ANNOTATION = "T2M203";
    /// A check of a class that MLX does not tell apart.
    INSTANCE_CHECK = "T2M204";
    /// `requires_grad=False` on an array that no attribute takes.
    FROZEN_PARAMETER = "T2M205";
    /// A plain tensor attribute that MLX would train.
    PLAIN_TENSOR = "T2M206";
    /// Weights tied in a way that can't be written down.
    TIED_WEIGHT = "T2M207";
    /// An overridden method that the port does not call.
    MODULE_OVERRIDE = "T2M208";
    /// An attribute with another name in the port.
    ATTRIBUTE_NAME = "T2M209";
    /// The truth and the value of a module.
    MODULE_TRUTH = "T2M210";
    /// A training step in a shape that is not ported.
    TRAINING_STEP = "T2M301";
    /// An optimizer over something else than the parameters of one model.
    OPTIMIZER = "T2M302";
    /// Parameter groups of an optimizer.
    PARAM_GROUPS = "T2M303";
    /// A change without a gradient inside of differentiated code.
    NO_GRAD_CHANGE = "T2M321";
    /// Compiling is switched off for a gradient inside of a loss. A note for `-v` and the report.
    COMPILE_OFF = "T2M322";
    /// A write through a view, which MLX would lose.
    WRITE_THROUGH_VIEW = "T2M401";
    /// The result of an in-place method is used where no statement can store it.
    IN_PLACE_VALUE = "T2M402";
    /// A model's arrays that are kept while it is trained.
    KEPT_ARRAYS = "T2M403";
    /// Syntax that can't be parsed.
    SYNTAX = "T2M601";
    /// Bytes that are not text.
    DECODE = "T2M602";
    /// A file that can't be read.
    READ = "T2M603";
    /// A file that can't be written in its encoding.
    ENCODE = "T2M604";
    /// Torch in a file that is copied, such as a stub file, or in a cell of another language.
    NOT_A_MODULE = "T2M605";
    /// An entry of a dependency file.
    DEPENDENCY = "T2M606";
    /// A broken law: our bug.
    INTERNAL = "T2M901";
    /// A comment that keeps nothing.
    UNUSED_KEEP = "T2M902";
    /// Almost something that `--fuse` fuses.
    FUSABLE = "T2M903";
}

/// All codes, sorted.
pub fn all() -> &'static [Code] {
    CODES
}

/// The page of a code, such as `T2M601`; letters of either case.
pub fn page(code: &str) -> Option<&'static str> {
    CODES.iter().find(|known| known.code.eq_ignore_ascii_case(code)).map(|known| known.page)
}

/// Whether the call is understood, and MLX has no counterpart for it.
pub(crate) fn is_unsupported(code: &str) -> bool {
    matches!(code, UNSUPPORTED | CUSTOM_KERNEL | SPARSE | QUANTISED | NAMED_AXES)
}

/// Whether a code says what is worth knowing, and asks for nothing: `-v` and the report tell it.
pub fn is_detail(code: &str) -> bool {
    matches!(code, EVALUATES | COMPILE_OFF)
}

/// The static text of a code that a table names; an unknown one counts as unsupported (a test finds it).
pub fn intern(code: &str) -> &'static str {
    CODES.iter().find(|entry| entry.code == code).map_or(UNSUPPORTED, |entry| entry.code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_sorted_and_unique() {
        assert!(CODES.windows(2).all(|pair| pair[0].code < pair[1].code));
    }

    #[test]
    fn pages_start_with_their_code_and_title() {
        for code in CODES {
            let first = code.page.lines().next().unwrap_or_default();
            assert!(first.starts_with(&format!("# {}: ", code.code)), "{first}");
            assert!(!code.title().is_empty(), "{first}");
        }
    }

    #[test]
    fn every_page_in_the_folder_is_listed() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/codes");
        for entry in std::fs::read_dir(folder).expect("the folder of pages") {
            let name = entry.expect("an entry").file_name().to_string_lossy().into_owned();
            if let Some(code) = name.strip_suffix(".md") {
                assert!(page(code).is_some(), "{name} is not named in `CODES`");
            }
        }
    }
}
