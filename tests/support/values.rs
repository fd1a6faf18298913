//! Numbers to try functions on.

use cotangent::Array;

/// `n` numbers between 0.3 and 1.7, well apart from each other and from 0.5, 0.95 and 1.5, where
/// the kinks of the tests' functions are.
pub fn values(n: usize) -> Vec<f64> {
    // Multiples of the golden ratio never come near each other modulo one.
    let spread = (1..=n).map(|i| 0.3 + 1.4 * (i as f64 * 0.618_033_988_749_894_9).fract());
    let kinks = [0.5, 0.95, 1.5];
    spread.map(|v| if kinks.iter().any(|k| (v - k).abs() < 0.01) { v + 0.02 } else { v }).collect()
}

/// An array of few values between `shift` and `shift + 1.9`.
pub fn array(shape: &[usize], shift: f64) -> Array {
    let n: usize = shape.iter().product();
    let values: Vec<f64> = (0..n).map(|i| shift + 0.31 * ((i * 5 + 2) % 7) as f64).collect();
    Array::from_slice(shape, &values).unwrap()
}
