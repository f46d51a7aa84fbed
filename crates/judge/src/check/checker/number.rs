//! Numbers: tokens that C's `sscanf(token, "%lf%10s")` reads to the end.
//!
//! That is more than the formats' grammar asks for (hexadecimal numbers, `1e` without an exponent),
//! but authors have tested their packages against it. Infinity and not-a-number are no numbers,
//! and neither is what is too large for one.

/// Returns the value of a token that is a number as a whole.
pub(super) fn parse(token: &[u8]) -> Option<f64> {
    let (negative, body) = match token {
        [b'-', tail @ ..] => (true, tail),
        [b'+', tail @ ..] => (false, tail),
        _ => (false, token),
    };
    let value = match body {
        // The prefix alone is nothing.
        [b'0', b'x' | b'X'] => None,
        [b'0', b'x' | b'X', tail @ ..] => {
            hexadecimal(&Parts::split(tail, b'p', |b| b.is_ascii_hexdigit())?)
        }
        _ => decimal(&Parts::split(body, b'e', |b| b.is_ascii_digit())?),
    }?;
    let value = if negative { -value } else { value };
    value.is_finite().then_some(value)
}

/// A number's pieces; any of them may be empty.
struct Parts<'a> {
    whole: &'a [u8],
    fraction: &'a [u8],
    /// With its sign; without digits it counts as absent.
    exponent: &'a [u8],
}

impl<'a> Parts<'a> {
    /// Returns `None` if something follows the number.
    fn split(text: &'a [u8], exponent_sign: u8, is_digit: impl Fn(u8) -> bool) -> Option<Self> {
        let (whole, tail) = text.split_at(run(text, &is_digit));
        let (fraction, tail) = match tail {
            [b'.', behind @ ..] => behind.split_at(run(behind, &is_digit)),
            _ => (&tail[..0], tail),
        };
        let has_digits = !whole.is_empty() || !fraction.is_empty();
        let exponent = match tail {
            [] => tail,
            [sign, behind @ ..] if has_digits && sign.eq_ignore_ascii_case(&exponent_sign) => {
                behind
            }
            _ => return None,
        };
        let digits = exponent
            .strip_prefix(b"+")
            .or(exponent.strip_prefix(b"-"))
            .unwrap_or(exponent);
        digits.iter().all(u8::is_ascii_digit).then_some(Parts {
            whole,
            fraction,
            exponent: if digits.is_empty() { digits } else { exponent },
        })
    }

    /// Saturates: beyond this every number is infinite or zero.
    fn exponent(&self) -> i64 {
        let (negative, digits) = match self.exponent {
            [b'-', digits @ ..] => (true, digits),
            [b'+', digits @ ..] => (false, digits),
            digits => (false, digits),
        };
        let value = digits.iter().fold(0_i64, |value, digit| {
            value
                .saturating_mul(10)
                .saturating_add(i64::from(digit - b'0'))
        });
        if negative { -value } else { value }
    }
}

fn run(text: &[u8], is_digit: impl Fn(u8) -> bool) -> usize {
    text.iter().take_while(|b| is_digit(**b)).count()
}

fn decimal(parts: &Parts) -> Option<f64> {
    if parts.whole.is_empty() && parts.fraction.is_empty() {
        return None;
    }
    let text = |bytes| std::str::from_utf8(bytes).ok();
    let (whole, fraction) = (text(parts.whole)?, text(parts.fraction)?);
    // Correctly rounded, as C's is.
    format!("0{whole}.{fraction}0e{}", parts.exponent())
        .parse()
        .ok()
}

/// Binary mantissa times a power of two. Digits beyond 60 bits only say whether there were any.
/// Below 1e-307 the last bit may be off: no tolerance can tell.
fn hexadecimal(parts: &Parts) -> Option<f64> {
    let mut mantissa = 0_u64;
    let mut exponent = parts.exponent();
    let digits = parts
        .whole
        .iter()
        .map(|d| (d, false))
        .chain(parts.fraction.iter().map(|d| (d, true)));
    for (digit, is_fraction) in digits {
        let digit = u64::from(char::from(*digit).to_digit(16)?);
        let mut shift = if is_fraction { -4 } else { 0 };
        if mantissa < 1 << 56 {
            mantissa = mantissa << 4 | digit;
        } else {
            mantissa |= u64::from(digit != 0);
            shift += 4;
        }
        exponent = exponent.saturating_add(shift);
    }
    let mut value = mantissa as f64;
    let mut left = exponent.clamp(-5000, 5000) as i32;
    while left != 0 && value != 0.0 && value.is_finite() {
        let step = left.clamp(-1000, 1000);
        value *= 2_f64.powi(step);
        left -= step;
    }
    Some(value)
}
