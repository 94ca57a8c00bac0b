//! Floats of eight bits, from their definition. Every value of each is a bfloat16.

use crate::dtype::Dtype;

pub(crate) fn value(dtype: Dtype, bits: u8) -> f64 {
    let (mantissa, bias, fnuz) = match dtype {
        Dtype::F8E4m3 => (3, 7, false),
        Dtype::F8E5m2 => (2, 15, false),
        Dtype::F8E4m3Fnuz => (3, 8, true),
        Dtype::F8E5m2Fnuz => (2, 16, true),
        // Powers of two without a sign.
        _ => return if bits == 0xff { f64::NAN } else { f64::from(i32::from(bits) - 127).exp2() },
    };
    let sign = if bits & 0x80 == 0 { 1.0 } else { -1.0 };
    let exponent = i32::from((bits & 0x7f) >> mantissa);
    let fraction = f64::from(bits & ((1 << mantissa) - 1)) / f64::from(1 << mantissa);
    match dtype {
        // "Finite, no negative zero": what would be -0 is the only NaN.
        _ if fnuz && bits == 0x80 => return f64::NAN,
        Dtype::F8E4m3 if bits & 0x7f == 0x7f => return f64::NAN,
        Dtype::F8E5m2 if exponent == 31 => return if fraction == 0.0 { sign * f64::INFINITY } else { f64::NAN },
        _ => {}
    }
    match exponent {
        0 => sign * fraction * f64::from(1 - bias).exp2(),
        _ => sign * (1.0 + fraction) * f64::from(exponent - bias).exp2(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_values() {
        for (dtype, bits, expected) in [
            (Dtype::F8E4m3, 0x7e, 448.0),
            (Dtype::F8E4m3, 0x01, 0.001953125),
            (Dtype::F8E5m2, 0x7b, 57344.0),
            (Dtype::F8E5m2, 0xfc, f64::NEG_INFINITY),
            (Dtype::F8E4m3Fnuz, 0x7f, 240.0),
            (Dtype::F8E5m2Fnuz, 0x7f, 57344.0),
            (Dtype::F8E8m0, 127, 1.0),
            (Dtype::F8E8m0, 0, 2f64.powi(-127)),
        ] {
            assert_eq!(value(dtype, bits), expected, "{dtype} {bits:#x}");
        }
        assert!(value(Dtype::F8E4m3, 0xff).is_nan() && value(Dtype::F8E5m2Fnuz, 0x80).is_nan() && value(Dtype::F8E8m0, 0xff).is_nan());
    }

    /// A float32 detour is exact, too: so a cast to bfloat16 is.
    #[test]
    fn every_value_is_a_bfloat16() {
        for dtype in [Dtype::F8E4m3, Dtype::F8E5m2, Dtype::F8E4m3Fnuz, Dtype::F8E5m2Fnuz, Dtype::F8E8m0] {
            for bits in 0..=255 {
                let v = value(dtype, bits);
                assert!(v.is_nan() || half::bf16::from_f64(v).to_f64() == v, "{dtype} {bits:#x}");
            }
        }
    }
}
