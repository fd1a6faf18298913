//! Arrays as text, in the manner of numpy.

use super::cells::Cells;
use crate::base::{DType, HostArray, Scalar, Shape};
use std::fmt::Write as _;
use std::io::Write as _;

/// Arrays with more elements than this are printed without their middle.
const WHOLE: usize = 1000;
/// How many entries at each end of an axis are printed then.
const EDGE: usize = 3;
/// Digits after the decimal point.
const DIGITS: usize = 8;

/// The values as nested brackets with aligned columns.
pub(super) fn array(shape: &[usize], cells: &Cells) -> String {
    let printed = printed_positions(shape);
    let words = words(&printed.iter().map(|&i| cells.at(i)).collect::<Vec<_>>());
    let width = words.iter().map(String::len).max().unwrap_or(0);
    let mut text = String::new();
    brackets(shape, elided(shape), &mut words.iter().map(|w| format!("{w:>width$}")), 0, &mut text);
    text
}

/// Prints a value of a running program as `label: f32[2] [1. 2.]`; what cannot be written is lost.
pub(super) fn print(label: &str, dtype: &str, shape: &[i64], bytes: &[u8]) {
    let Some(dtype) = DType::ALL.into_iter().find(|d| d.to_string() == dtype) else { return };
    let shape: Shape = shape.iter().map(|&n| n as usize).collect();
    let Ok(host) = HostArray::from_bytes(dtype, shape.clone(), bytes.to_vec()) else { return };
    let values = array(&shape, &Cells::from_host(&host));
    let gap = if values.contains('\n') { '\n' } else { ' ' };
    let _ = writeln!(std::io::stdout().lock(), "{label}: {dtype}{shape}{gap}{values}");
}

fn elided(shape: &[usize]) -> bool {
    shape.iter().product::<usize>() > WHOLE
}

/// The indices printed along an axis: all, or the edges.
fn printed_indices(size: usize, elided: bool) -> Vec<usize> {
    if elided && size > 2 * EDGE {
        (0..EDGE).chain(size - EDGE..size).collect()
    } else {
        (0..size).collect()
    }
}

/// The row-major positions of the printed elements, in order.
fn printed_positions(shape: &[usize]) -> Vec<usize> {
    let elided = elided(shape);
    shape.iter().fold(vec![0], |outer, &size| {
        let inner = printed_indices(size, elided);
        outer.iter().flat_map(|&o| inner.iter().map(move |&i| o * size + i)).collect()
    })
}

fn brackets(
    shape: &[usize],
    elided: bool,
    words: &mut impl Iterator<Item = String>,
    depth: usize,
    text: &mut String,
) {
    let Some((&size, inner)) = shape.split_first() else {
        text.push_str(&words.next().unwrap_or_default());
        return;
    };
    // Rows stand below each other, matrices with blank lines between them.
    let between = if inner.is_empty() {
        " ".to_string()
    } else {
        "\n".repeat(inner.len()) + &" ".repeat(depth + 1)
    };
    text.push('[');
    for (k, i) in printed_indices(size, elided).into_iter().enumerate() {
        if k > 0 {
            text.push_str(&between);
        }
        if k == EDGE && i != EDGE {
            text.push_str("...");
            text.push_str(&between);
        }
        brackets(inner, elided, words, depth + 1, text);
    }
    text.push(']');
}

/// The values as words, in one common style.
fn words(values: &[Scalar]) -> Vec<String> {
    let parts = || values.iter().map(|v| v.to_complex()).flat_map(|v| [v.re.abs(), v.im.abs()]);
    let finite = || parts().filter(|v| v.is_finite() && *v > 0.0);
    let (low, high) = (finite().fold(f64::INFINITY, f64::min), finite().fold(0.0, f64::max));
    let scientific = high >= 1e8 || (high > 0.0 && (low < 1e-4 || high / low > 1e3));
    let words: Vec<_> = values.iter().map(|v| word(*v, scientific)).collect();
    if scientific {
        return words;
    }
    // As many places as the longest fraction needs, in every word that has a point.
    let places = |w: &String| w.find('.').map(|point| w.len() - point);
    let longest = words.iter().filter_map(places).max().unwrap_or(0);
    let pad = |w: String| match places(&w) {
        Some(n) => w + &" ".repeat(longest - n),
        None => w,
    };
    words.into_iter().map(pad).collect()
}

fn word(value: Scalar, scientific: bool) -> String {
    let complex = |re: String, im: String| {
        let plus = if im.starts_with('-') { "" } else { "+" };
        format!("{re}{plus}{im}j")
    };
    match value {
        Scalar::F16(v) => word(Scalar::F32(v.into()), scientific),
        Scalar::BF16(v) => word(Scalar::F32(v.into()), scientific),
        Scalar::C64(v) => {
            complex(word(Scalar::F32(v.re), scientific), word(Scalar::F32(v.im), scientific))
        }
        Scalar::C128(v) => {
            complex(word(Scalar::F64(v.re), scientific), word(Scalar::F64(v.im), scientific))
        }
        Scalar::F32(v) => number(f64::from(v), shortest(v, scientific)),
        Scalar::F64(v) => number(v, shortest(v, scientific)),
        other => other.to_string(),
    }
}

/// The fewest digits that tell the number from its neighbours, up to eight after the point.
fn shortest<T: std::fmt::Display + std::fmt::LowerExp>(value: T, scientific: bool) -> String {
    let (full, cut) = if scientific {
        (format!("{value:e}"), format!("{value:.DIGITS$e}"))
    } else {
        (format!("{value}"), format!("{value:.DIGITS$}"))
    };
    if full.len() < cut.len() { full } else { cut }
}

/// The word for a float in numpy's spelling: `1.`, `0.5`, `1.e+00`, `nan`, `inf`.
fn number(value: f64, digits: String) -> String {
    if !value.is_finite() {
        return digits.to_lowercase();
    }
    let (mantissa, exponent) = digits.split_once('e').unwrap_or((&digits, ""));
    let mut word = match mantissa.split_once('.') {
        Some((whole, fraction)) => format!("{whole}.{}", fraction.trim_end_matches('0')),
        None => format!("{mantissa}."),
    };
    if let Ok(exponent) = exponent.parse::<i32>() {
        let sign = if exponent < 0 { '-' } else { '+' };
        // Writing to a string cannot fail.
        let _ = write!(word, "e{sign}{:02}", exponent.abs());
    }
    word
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(shape: &[usize], cells: Cells, expected: &str) {
        assert_eq!(array(shape, &cells), expected);
    }

    #[test]
    fn scalars_rows_and_matrices() {
        check(&[], Cells::F64(vec![2.5]), "2.5");
        check(&[3], Cells::F32(vec![1.0, -2.0, 0.1]), "[ 1.  -2.   0.1]");
        check(&[2, 2], Cells::I32(vec![1, 20, -3, 4]), "[[ 1 20]\n [-3  4]]");
        check(&[2, 1, 1], Cells::U8(vec![1, 2]), "[[[1]]\n\n [[2]]]");
        check(&[2], Cells::Bool(vec![true, false]), "[ true false]");
    }

    #[test]
    fn long_fractions_wide_ranges_and_what_is_not_a_number() {
        check(&[2], Cells::F64(vec![1.0 / 3.0, 0.5]), "[0.33333333 0.5       ]");
        check(&[2], Cells::F32(vec![1.0, 1e-5]), "[1.e+00 1.e-05]");
        check(&[1], Cells::F64(vec![123_456_789.0]), "[1.23456789e+08]");
        check(&[3], Cells::F64(vec![f64::NAN, f64::INFINITY, 1.5]), "[nan inf 1.5]");
    }

    #[test]
    fn empty_arrays() {
        check(&[0], Cells::F32(vec![]), "[]");
        check(&[2, 0], Cells::F32(vec![]), "[[]\n []]");
    }

    #[test]
    fn large_arrays_lose_their_middle() {
        let values: Vec<i32> = (0..2000).collect();
        check(&[2000], Cells::I32(values.clone()), "[   0    1    2 ... 1997 1998 1999]");
        let text = array(&[1000, 2], &Cells::I32(values));
        assert!(
            text.starts_with("[[   0    1]\n [   2    3]\n [   4    5]\n ...\n [1994"),
            "{text}"
        );
    }
}
