//! Elements of one dtype as those of another.

use half::{bf16, f16};

use crate::dtype::Dtype;
use crate::error::{Result, refuse};
use crate::float8;

/// Whether there is a cast: floats to floats, complex to complex.
pub(crate) fn can_cast(from: Dtype, to: Dtype) -> bool {
    from == to
        || (from.is_float() && matches!(to, Dtype::F16 | Dtype::Bf16 | Dtype::F32 | Dtype::F64))
        || (from.is_complex() && to == Dtype::C64)
}

/// Casts to the nearest value. Says how many finite values became infinite.
pub(crate) fn cast(from: Dtype, to: Dtype, bytes: &[u8], out: &mut Vec<u8>) -> Result<u64> {
    if !can_cast(from, to) {
        return Err(refuse!("no cast from {from} to {to}"));
    }
    out.clear();
    out.reserve(bytes.len() / from.size() * to.size());
    Ok(match (from, to) {
        _ if from == to => {
            out.extend_from_slice(bytes);
            0
        }
        // The bits of a bfloat16 are the upper half of those of a float32: NaN payloads stay.
        (Dtype::Bf16, Dtype::F32) => {
            out.resize(bytes.len() * 2, 0);
            out.as_chunks_mut::<4>().0.iter_mut().zip(bytes.as_chunks::<2>().0).for_each(|(wide, &[a, b])| *wide = [0, 0, a, b]);
            0
        }
        (Dtype::F32, Dtype::Bf16) => map(bytes, out, |b| f64::from(f32::from_le_bytes(b)), |v| bf16::from_f32(v as f32).to_le_bytes()),
        (Dtype::F32, Dtype::F16) => map(bytes, out, |b| f64::from(f32::from_le_bytes(b)), |v| f16::from_f32(v as f32).to_le_bytes()),
        (Dtype::C128, Dtype::C64) => map(bytes, out, f64::from_le_bytes, |v| (v as f32).to_le_bytes()),
        (Dtype::C32, Dtype::C64) => map(bytes, out, |b| f16::from_le_bytes(b).to_f64(), |v| (v as f32).to_le_bytes()),
        (from, to) => {
            let mut overflows = 0;
            for value in bytes.chunks_exact(from.size()) {
                overflows += u64::from(push(to, one(from, value), out));
            }
            overflows
        }
    })
}

fn map<const N: usize, const M: usize>(
    bytes: &[u8],
    out: &mut Vec<u8>,
    read: impl Fn([u8; N]) -> f64,
    write: impl Fn(f64) -> [u8; M],
) -> u64 {
    let mut overflows = 0;
    let infinite = write(f64::INFINITY);
    let negative = write(f64::NEG_INFINITY);
    for &value in bytes.as_chunks::<N>().0 {
        let value = read(value);
        let written = write(value);
        overflows += u64::from((written == infinite || written == negative) && value.is_finite());
        out.extend_from_slice(&written);
    }
    overflows
}

/// Writes one number, and says whether it became infinite.
fn push(to: Dtype, value: f64, out: &mut Vec<u8>) -> bool {
    let written = match to {
        Dtype::F16 => {
            let v = f16::from_f64(value);
            out.extend_from_slice(&v.to_le_bytes());
            v.is_infinite()
        }
        Dtype::Bf16 => {
            let v = bf16::from_f64(value);
            out.extend_from_slice(&v.to_le_bytes());
            v.is_infinite()
        }
        Dtype::F32 => {
            let v = value as f32;
            out.extend_from_slice(&v.to_le_bytes());
            v.is_infinite()
        }
        _ => {
            out.extend_from_slice(&value.to_le_bytes());
            value.is_infinite()
        }
    };
    written && value.is_finite()
}

/// Numbers as doubles; real and imaginary parts one after the other.
pub(crate) fn to_f64(dtype: Dtype, bytes: &[u8]) -> Vec<f64> {
    let part = match dtype {
        Dtype::C32 => Dtype::F16,
        Dtype::C64 => Dtype::F32,
        Dtype::C128 => Dtype::F64,
        other => other,
    };
    bytes.chunks_exact(part.size()).map(|value| one(part, value)).collect()
}

/// One number. `value` has the dtype's size.
fn one(dtype: Dtype, value: &[u8]) -> f64 {
    let mut bytes = [0; 8];
    bytes[..value.len().min(8)].copy_from_slice(&value[..value.len().min(8)]);
    let word = u64::from_le_bytes(bytes);
    match dtype {
        Dtype::Bool | Dtype::U8 | Dtype::U16 | Dtype::U32 | Dtype::U64 => word as f64,
        Dtype::I8 => f64::from(word as u8 as i8),
        Dtype::I16 => f64::from(word as u16 as i16),
        Dtype::I32 => f64::from(word as u32 as i32),
        Dtype::I64 => word as i64 as f64,
        Dtype::F16 => f16::from_bits(word as u16).to_f64(),
        Dtype::Bf16 => bf16::from_bits(word as u16).to_f64(),
        Dtype::F32 => f64::from(f32::from_bits(word as u32)),
        Dtype::F64 => f64::from_bits(word),
        Dtype::F8E4m3 | Dtype::F8E5m2 | Dtype::F8E4m3Fnuz | Dtype::F8E5m2Fnuz | Dtype::F8E8m0 => float8::value(dtype, word as u8),
        Dtype::C32 | Dtype::C64 | Dtype::C128 => f64::NAN,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn casts_are_to_the_nearest_and_tell_what_overflows() {
        let bytes: Vec<u8> = [1.0f32, 70000.0, f32::INFINITY, -1.5e-8, 65519.9].iter().flat_map(|v| v.to_le_bytes()).collect();
        let mut out = Vec::new();
        assert_eq!(cast(Dtype::F32, Dtype::F16, &bytes, &mut out), Ok(1));
        assert_eq!(to_f64(Dtype::F16, &out)[..3], [1.0, f64::INFINITY, f64::INFINITY]);
        assert_eq!(cast(Dtype::F64, Dtype::F32, &1e300f64.to_le_bytes(), &mut out), Ok(1));
        assert!(cast(Dtype::I64, Dtype::F32, &[0; 8], &mut out).is_err());
    }

    #[test]
    fn payloads_of_bfloat16_stay() {
        let mut out = Vec::new();
        assert_eq!(cast(Dtype::Bf16, Dtype::F32, &[0xc1, 0x7f], &mut out), Ok(0));
        assert_eq!(out, [0, 0, 0xc1, 0x7f]);
    }
}
