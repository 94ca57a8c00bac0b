//! What the elements of a tensor are.

use std::fmt;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Dtype {
    Bool,
    U8,
    I8,
    U16,
    I16,
    U32,
    I32,
    U64,
    I64,
    F16,
    Bf16,
    F32,
    F64,
    /// Two halves of 16 bits.
    C32,
    C64,
    C128,
    F8E4m3,
    F8E5m2,
    F8E4m3Fnuz,
    F8E5m2Fnuz,
    F8E8m0,
}

/// What the formats call a dtype: PyTorch, safetensors, NumPy.
struct Names {
    dtype: Dtype,
    size: usize,
    torch: &'static str,
    safetensors: &'static str,
    /// Without the byte order. Empty where NumPy has none.
    npy: &'static str,
}

#[rustfmt::skip]
const TABLE: [Names; 21] = [
    Names { dtype: Dtype::Bool,       size: 1,  torch: "bool",            safetensors: "BOOL",        npy: "b1" },
    Names { dtype: Dtype::U8,         size: 1,  torch: "uint8",           safetensors: "U8",          npy: "u1" },
    Names { dtype: Dtype::I8,         size: 1,  torch: "int8",            safetensors: "I8",          npy: "i1" },
    Names { dtype: Dtype::U16,        size: 2,  torch: "uint16",          safetensors: "U16",         npy: "u2" },
    Names { dtype: Dtype::I16,        size: 2,  torch: "int16",           safetensors: "I16",         npy: "i2" },
    Names { dtype: Dtype::U32,        size: 4,  torch: "uint32",          safetensors: "U32",         npy: "u4" },
    Names { dtype: Dtype::I32,        size: 4,  torch: "int32",           safetensors: "I32",         npy: "i4" },
    Names { dtype: Dtype::U64,        size: 8,  torch: "uint64",          safetensors: "U64",         npy: "u8" },
    Names { dtype: Dtype::I64,        size: 8,  torch: "int64",           safetensors: "I64",         npy: "i8" },
    Names { dtype: Dtype::F16,        size: 2,  torch: "float16",         safetensors: "F16",         npy: "f2" },
    Names { dtype: Dtype::Bf16,       size: 2,  torch: "bfloat16",        safetensors: "BF16",        npy: "" },
    Names { dtype: Dtype::F32,        size: 4,  torch: "float32",         safetensors: "F32",         npy: "f4" },
    Names { dtype: Dtype::F64,        size: 8,  torch: "float64",         safetensors: "F64",         npy: "f8" },
    Names { dtype: Dtype::C32,        size: 4,  torch: "complex32",       safetensors: "",            npy: "" },
    Names { dtype: Dtype::C64,        size: 8,  torch: "complex64",       safetensors: "C64",         npy: "c8" },
    Names { dtype: Dtype::C128,       size: 16, torch: "complex128",      safetensors: "",            npy: "c16" },
    Names { dtype: Dtype::F8E4m3,     size: 1,  torch: "float8_e4m3fn",   safetensors: "F8_E4M3",     npy: "" },
    Names { dtype: Dtype::F8E5m2,     size: 1,  torch: "float8_e5m2",     safetensors: "F8_E5M2",     npy: "" },
    Names { dtype: Dtype::F8E4m3Fnuz, size: 1,  torch: "float8_e4m3fnuz", safetensors: "F8_E4M3FNUZ", npy: "" },
    Names { dtype: Dtype::F8E5m2Fnuz, size: 1,  torch: "float8_e5m2fnuz", safetensors: "F8_E5M2FNUZ", npy: "" },
    Names { dtype: Dtype::F8E8m0,     size: 1,  torch: "float8_e8m0fnu",  safetensors: "F8_E8M0",     npy: "" },
];

impl Dtype {
    fn names(self) -> &'static Names {
        &TABLE[self as usize]
    }

    /// Bytes of one element.
    pub fn size(self) -> usize {
        self.names().size
    }

    /// PyTorch's name without `torch.`.
    pub fn name(self) -> &'static str {
        self.names().torch
    }

    /// By PyTorch's name without `torch.`, its short forms too.
    pub fn from_torch(name: &str) -> Option<Self> {
        let name = match name {
            "float" => "float32",
            "double" => "float64",
            "half" => "float16",
            "cfloat" => "complex64",
            "cdouble" => "complex128",
            "chalf" => "complex32",
            "long" => "int64",
            "int" => "int32",
            "short" => "int16",
            other => other,
        };
        TABLE.iter().find(|names| names.torch == name).map(|names| names.dtype)
    }

    /// By the name of a typed storage class, `FloatStorage`.
    pub(crate) fn from_storage_class(class: &str) -> Option<Self> {
        Some(match class.strip_suffix("Storage")? {
            "Float" => Self::F32,
            "Half" => Self::F16,
            "BFloat16" => Self::Bf16,
            "Double" => Self::F64,
            "Long" => Self::I64,
            "Int" => Self::I32,
            "Short" => Self::I16,
            "Char" => Self::I8,
            "Byte" => Self::U8,
            "Bool" => Self::Bool,
            "ComplexFloat" => Self::C64,
            "ComplexDouble" => Self::C128,
            _ => return None,
        })
    }

    /// The name in a safetensors header.
    pub fn safetensors(self) -> Option<&'static str> {
        Some(self.names().safetensors).filter(|name| !name.is_empty())
    }

    pub fn from_safetensors(name: &str) -> Option<Self> {
        TABLE.iter().find(|names| names.safetensors == name && !name.is_empty()).map(|names| names.dtype)
    }

    /// NumPy's name without the byte order.
    pub fn npy(self) -> Option<&'static str> {
        Some(self.names().npy).filter(|name| !name.is_empty())
    }

    pub(crate) fn from_npy(name: &str) -> Option<Self> {
        TABLE.iter().find(|names| names.npy == name && !name.is_empty()).map(|names| names.dtype)
    }

    /// Real and inexact: what a cast to another float applies to.
    pub fn is_float(self) -> bool {
        matches!(self, Self::F16 | Self::Bf16 | Self::F32 | Self::F64) || self.is_float8()
    }

    pub fn is_float8(self) -> bool {
        matches!(self, Self::F8E4m3 | Self::F8E5m2 | Self::F8E4m3Fnuz | Self::F8E5m2Fnuz | Self::F8E8m0)
    }

    pub fn is_complex(self) -> bool {
        matches!(self, Self::C32 | Self::C64 | Self::C128)
    }

    /// Bytes that change places between byte orders: halves of complex numbers are swapped on their own.
    pub(crate) fn word(self) -> usize {
        if self.is_complex() { self.size() / 2 } else { self.size() }
    }
}

impl fmt::Display for Dtype {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_in_the_order_of_the_enum() {
        for (i, names) in TABLE.iter().enumerate() {
            assert_eq!(names.dtype as usize, i, "{}", names.torch);
            assert_eq!(Dtype::from_torch(names.torch), Some(names.dtype));
        }
        assert_eq!(Dtype::from_safetensors(""), None);
    }
}
