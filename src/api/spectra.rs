//! Eigenvalues, traces and diagonals of matrices that are given by their products with vectors alone, such
//! as the Hessian of a large model.
//!
//! A matrix is a function from a vector to a vector; see [`hessian_operator`](crate::hessian_operator), and
//! [`ravel`](crate::ravel()) for parameters that are trees. Everything is part of the one compiled program.
//!
//! ```
//! use cotangent::{Tensor, hessian_operator, jit, random, spectra};
//! # fn main() -> cotangent::Result<()> {
//! let f = |x: Tensor| (Tensor::arange(1.0..6.0) * x.powi(2)).sum() / 2.0 + x.sum().powi(4);
//! let curvature = jit(move |x: Tensor, key: Tensor| {
//!     let h = hessian_operator(f, x);
//!     let h = |v: Tensor| h.call(v);
//!     let start = random::normal::<f64>(&key, [5]);
//!     (spectra::top_eigenvalues(h, &start, 1, 5).0, spectra::hutchinson(h, &key, 5, 100))
//! });
//! let (top, trace) = curvature.call((vec![0.0; 5], [0u32, 0]))?;
//! assert!((top.to_vec::<f64>()?[0] - 5.0).abs() < 1e-9);
//! // Exact for a matrix that is a diagonal.
//! assert!((trace.item::<f64>()? - 15.0).abs() < 1e-9);
//! # Ok(())
//! # }
//! ```

use super::tree::traced_call;
use super::{Function, fori_loop, vmap};
use crate::base::{Element, Error, Result, Source};
use crate::ir::Tensor;
use crate::lax;
use crate::library::{linalg, random};

crate::tree! {
    /// A symmetric matrix seen from a vector. See [`lanczos`].
    #[derive(Debug)]
    pub struct Tridiagonal<L> {
        /// The diagonal, `[steps]`.
        pub diagonal: L,
        /// What stands beside it, `[steps − 1]`.
        pub beside: L,
        /// Orthonormal rows, `[steps, n]`.
        pub basis: L,
    }
}

fn vector(op: &str, x: &Tensor) -> Result<usize> {
    if x.rank() != 1 {
        return Err(Error::shape(op, &[x.shape()], "it takes vectors; see `ravel`"));
    }
    if !x.dtype().is_float() {
        return Err(Error::dtype(op, &[x.dtype()], "it is for real numbers"));
    }
    Ok(x.size())
}

/// The product, which must be like the vector.
fn product<A>(op: &str, a: &A, x: &Tensor) -> Result<Tensor>
where
    A: Function<(Tensor,), Out = Tensor>,
{
    let y = a.apply((x.clone(),));
    if y.aval().same_type(x.aval()) {
        return Ok(y);
    }
    let why = format!("the product with a vector {} is {}", x.aval(), y.aval());
    Err(Error::argument(op, why))
}

/// The products with the rows of a matrix.
fn products<A>(op: &str, a: &A, x: &Tensor) -> Tensor
where
    A: Function<(Tensor,), Out = Tensor>,
{
    let one = |x: Tensor| traced_call(Source::here(), || product(op, a, &x));
    vmap(one).call(x.clone())
}

/// The tridiagonal matrix `Q A Qᵀ` of a symmetric `A` and so many orthonormal rows `Q`, the first of which
/// is along `start` (Lanczos 1950). Every new row is made orthogonal to all before it, twice, so that no
/// eigenvalue comes twice; where nothing new is left, it goes on with another vector.
///
/// # Errors
/// A start that is no vector of floats, a product that is not like it, or more steps than it has elements;
/// returned by the transformation around the call.
///
/// ```
/// use cotangent::{Tensor, jit, spectra};
/// # fn main() -> cotangent::Result<()> {
/// let a = |x: Tensor| Tensor::from_array([1.0, 2.0, 4.0]) * x;
/// let t = jit(move |x: Tensor| spectra::lanczos(a, &x, 3)).call(vec![1.0, 1.0, 1.0])?;
/// let trace: f64 = t.diagonal.to_vec::<f64>()?.iter().sum();
/// assert!((trace - 7.0).abs() < 1e-12);
/// # Ok(())
/// # }
/// ```
#[track_caller]
pub fn lanczos<A>(a: A, start: &Tensor, steps: usize) -> Tridiagonal
where
    A: Function<(Tensor,), Out = Tensor>,
{
    traced_call(Source::here(), || {
        let n = vector("lanczos", start)?;
        if steps > n || steps == 0 {
            let why = format!("{steps} steps with vectors of {n} elements: from 1 to {n} will do");
            return Err(Error::argument("lanczos", why));
        }
        product("lanczos", &a, start)?;
        let unit = |x: &Tensor| x / x.norm();
        let zeros = |shape: &[usize]| lax::zeros_like(&start.aval().with_shape(shape));
        let basis = zeros(&[steps, n]).index_set(0, unit(start));
        let small = start.dtype().epsilon();
        let step = |i: Tensor, (basis, diagonal, beside): (Tensor, Tensor, Tensor)| {
            let at = i.expand_dims(0);
            let v = basis.take(&at, 0).index(0);
            let w = a.apply((v.clone(),));
            let alpha = v.dot(&w);
            let without = |w: Tensor| {
                let once = &w - basis.matmul(&w).matmul(&basis);
                &once - basis.matmul(&once).matmul(&basis)
            };
            let size = w.norm();
            let w = without(w);
            let beta = w.norm();
            let nothing = beta.le(size * (4.0 * small * n as f64)) | beta.eq(0.0);
            let place = Tensor::arange(0..n as i32).convert(v.dtype());
            let other = without((place * (i.convert(v.dtype()) + 1.618)).cos());
            let beta = nothing.where_(0.0, beta);
            let next = nothing.where_(unit(&other), w / nothing.where_(1.0, &beta));
            // The last row and number fall off the end.
            let basis = basis.at_set(&at + 1, next.expand_dims(0));
            let beside = beside.at_set(&at, beta.expand_dims(0));
            (basis, diagonal.at_set(&at, alpha.expand_dims(0)), beside)
        };
        let start = (basis, zeros(&[steps]), zeros(&[steps - 1]));
        let (basis, diagonal, beside) = fori_loop(0..steps, step).call(start);
        Ok(Tridiagonal { diagonal, beside, basis })
    })
}

impl Tridiagonal {
    /// The eigenvalues of the tridiagonal matrix, in increasing order, and its eigenvectors as columns.
    fn eigh(&self) -> (Tensor, Tensor) {
        let matrix =
            self.diagonal.diag() + self.beside.diag_offset(1) + self.beside.diag_offset(-1);
        linalg::eigh(&matrix)
    }
}

/// The `k` largest eigenvalues of a symmetric matrix, the largest first, and their eigenvectors as rows, by
/// so many steps of [`lanczos`]. The outermost eigenvalues are found first; with as many steps as elements
/// all are right.
///
/// # Errors
/// Those of [`lanczos`], or more eigenvalues than steps.
///
/// ```
/// use cotangent::{Tensor, jit, spectra};
/// # fn main() -> cotangent::Result<()> {
/// let a = |x: Tensor| Tensor::arange(0.0..100.0).powi(2) * x;
/// let top = jit(move |x: Tensor| spectra::top_eigenvalues(a, &x, 2, 40));
/// let (values, vectors) = top.call(vec![1.0; 100])?;
/// let values = values.to_vec::<f64>()?;
/// assert!((values[0] - 9801.0).abs() < 1e-6 && (values[1] - 9604.0).abs() < 1e-6);
/// assert!((vectors.to_vec::<f64>()?[99].abs() - 1.0).abs() < 1e-6);
/// # Ok(())
/// # }
/// ```
#[track_caller]
pub fn top_eigenvalues<A>(a: A, start: &Tensor, k: usize, steps: usize) -> (Tensor, Tensor)
where
    A: Function<(Tensor,), Out = Tensor>,
{
    traced_call(Source::here(), || {
        if k > steps {
            let why =
                format!("{k} eigenvalues by {steps} steps: it needs as many steps, better more");
            return Err(Error::argument("top_eigenvalues", why));
        }
        let t = lanczos(a, start, steps);
        let (values, vectors) = t.eigh();
        let first = steps - k..steps;
        let values = values.slice_axis(0, first.clone()).flip(0);
        let vectors = vectors.slice_axis(1, first).flip(1);
        Ok((values, vectors.t().matmul(&t.basis)))
    })
}

/// Places and weights of the density of eigenvalues of a symmetric matrix of size `n`, by `steps` of
/// Lanczos from each of so many random vectors: `Σ w f(x)` is about the mean of `f` over all eigenvalues
/// (Ubaru, Chen & Saad 2017). Of `f = log`, times `n`, it is the logarithm of the determinant.
///
/// # Shapes
/// Two of `[probes, steps]`.
///
/// # Errors
/// Those of [`lanczos`].
///
/// ```
/// use cotangent::{Tensor, jit, spectra};
/// # fn main() -> cotangent::Result<()> {
/// let a = |x: Tensor| Tensor::linspace(1.0, 2.0, 50) * x;
/// let mean = jit(move |key: Tensor| {
///     let (places, weights) = spectra::spectral_density::<f64, _>(a, &key, 50, 4, 10);
///     (places.sqrt() * weights).sum()
/// });
/// // ∫ √x from 1 to 2
/// assert!((mean.call([0u32, 0])?.item::<f64>()? - 1.219).abs() < 0.01);
/// # Ok(())
/// # }
/// ```
#[track_caller]
pub fn spectral_density<T: Element, A>(
    a: A,
    key: &Tensor,
    n: usize,
    probes: usize,
    steps: usize,
) -> (Tensor, Tensor)
where
    A: Function<(Tensor,), Out = Tensor>,
{
    let signs = random::rademacher::<T>(key, [probes, n]);
    let one = |start: Tensor| {
        let (places, vectors) = lanczos(|x: Tensor| a.apply((x,)), &start, steps).eigh();
        (places, vectors.index(0).square() / probes as f64)
    };
    vmap(one).call(signs)
}

/// The trace of a matrix of size `n`, as the mean of `vᵀ A v` over so many vectors of random signs
/// (Hutchinson 1990). Its error falls with the square root of their number.
///
/// # Errors
/// A key that is none, or a product that is not like a vector of `f64`; returned by the transformation
/// around the call. For `f32` see [`hutchinson_of`].
#[track_caller]
pub fn hutchinson<A>(a: A, key: &Tensor, n: usize, probes: usize) -> Tensor
where
    A: Function<(Tensor,), Out = Tensor>,
{
    hutchinson_of::<f64, A>(a, key, n, probes)
}

/// [`hutchinson`] for vectors of another dtype.
///
/// ```
/// use cotangent::{Tensor, jit, spectra};
/// # fn main() -> cotangent::Result<()> {
/// let a = |x: Tensor| 3.0 * x;
/// let trace = jit(move |key: Tensor| spectra::hutchinson_of::<f32, _>(a, &key, 4, 1));
/// assert_eq!(trace.call([0u32, 7])?.item::<f32>()?, 12.0);
/// # Ok(())
/// # }
/// ```
#[track_caller]
pub fn hutchinson_of<T: Element, A>(a: A, key: &Tensor, n: usize, probes: usize) -> Tensor
where
    A: Function<(Tensor,), Out = Tensor>,
{
    let signs = random::rademacher::<T>(key, [probes, n]);
    (products("hutchinson", &a, &signs) * signs).sum() / probes as f64
}

/// The trace of a matrix of size `n` by about so many products: exact on the range that a third of them
/// reaches, and by [`hutchinson`]'s method for the rest (Meyer, Musco, Musco & Woodruff, "Hutch++", 2021).
/// Its error falls with the number of products itself.
///
/// # Errors
/// Those of [`hutchinson`], or fewer than three products.
///
/// ```
/// use cotangent::{Tensor, jit, spectra};
/// # fn main() -> cotangent::Result<()> {
/// // A matrix of rank two: exact.
/// let a = |x: Tensor| {
///     let (u, v) = (Tensor::arange(0.0..30.0), Tensor::arange(0.0..30.0).cos());
///     &u * u.dot(&x) + &v * v.dot(&x)
/// };
/// let trace = jit(move |key: Tensor| spectra::hutch_pp::<f64, _>(a, &key, 30, 9));
/// let wanted: f64 = (0..30).map(|i| f64::from(i * i) + f64::from(i).cos().powi(2)).sum();
/// assert!((trace.call([0u32, 3])?.item::<f64>()? - wanted).abs() < 1e-8);
/// # Ok(())
/// # }
/// ```
#[track_caller]
pub fn hutch_pp<T: Element, A>(a: A, key: &Tensor, n: usize, count: usize) -> Tensor
where
    A: Function<(Tensor,), Out = Tensor>,
{
    let op = "hutch_pp";
    traced_call(Source::here(), || {
        let third = count / 3;
        if third == 0 {
            return Err(Error::argument(op, format!("{count} products: it needs three or more")));
        }
        let (one, two) = random::split(key);
        let signs = random::rademacher::<T>(&one, [third.min(n), n]);
        let (q, _) = linalg::qr(&products(op, &a, &signs).t());
        let q = q.t();
        let inside = (products(op, &a, &q) * &q).sum();
        let signs = random::rademacher::<T>(&two, [third, n]);
        let without = |x: &Tensor| x - x.matmul(q.t()).matmul(&q);
        let rest = without(&signs);
        let outside = (products(op, &a, &rest) * &rest).sum() / third as f64;
        Ok(inside + outside)
    })
}

/// The diagonal of a symmetric matrix of size `n` by so many products: exact on the range that half of them
/// reaches, each sign vector left out of it once to estimate the rest (Epperly, Tropp & Webber, "XTrace",
/// 2024, where it is called XDiag).
///
/// # Errors
/// Those of [`hutchinson`], or fewer than four products.
///
/// ```
/// use cotangent::{Tensor, jit, spectra};
/// # fn main() -> cotangent::Result<()> {
/// let a = |x: Tensor| {
///     let u = Tensor::arange(0.0..30.0).sin();
///     &u * u.dot(&x)
/// };
/// let diagonal = jit(move |key: Tensor| spectra::xdiag::<f64, _>(a, &key, 30, 6));
/// let found = diagonal.call([0u32, 3])?.to_vec::<f64>()?;
/// assert!((found[4] - 4f64.sin().powi(2)).abs() < 1e-10);
/// # Ok(())
/// # }
/// ```
#[track_caller]
pub fn xdiag<T: Element, A>(a: A, key: &Tensor, n: usize, count: usize) -> Tensor
where
    A: Function<(Tensor,), Out = Tensor>,
{
    let op = "xdiag";
    traced_call(Source::here(), || {
        let half = (count / 2).min(n);
        if half < 2 {
            let why =
                format!("{count} products with vectors of {n} elements: it needs four or more");
            return Err(Error::argument(op, why));
        }
        // Columns from here on: Y = A Ω = Q R, Z = Aᵀ Q.
        let signs = random::rademacher::<T>(key, [half, n]);
        let (q, r) = linalg::qr(&products(op, &a, &signs).t());
        let z = products(op, &a, &q.t()).t();
        // Without column i the range is that of Q but for the direction sᵢ ∝ R⁻ᵀ eᵢ. A column that the
        // others already hold has none, and a triangle that is not singular gives it one all the same.
        let scale = r.abs().max();
        let tiny = scale * r.dtype().epsilon();
        let diagonal = r.diagonal(0);
        let lift = diagonal.abs().lt(&tiny).where_(&tiny - &diagonal, 0.0);
        let inverse = linalg::inv(&(&r + lift.diag()));
        let lengths = inverse.square().sum_axis(1).sqrt();
        let s = (&inverse / lengths.expand_dims(1)).t();
        let (qs, zs) = (q.matmul(&s), z.matmul(&s));
        let own = signs.t() * &qs / lengths.expand_dims(0);
        let rest = (own - &qs * zs).sum_axis(1) / half as f64;
        Ok((q * z).sum_axis(1) + rest)
    })
}

/// The normal distribution with the same mode and curvature as a density (Laplace's approximation), of whose
/// negative logarithm, `f`, the mode is given: the covariance, which is the inverse Hessian, and the
/// logarithm of `∫ e^{−f}`.
///
/// # Shapes
/// The mode is a vector `[n]`; the results are `[n, n]` and a scalar. They are NaN where the Hessian is not
/// positive definite.
///
/// # Errors
/// A mode that is no vector of floats, or a function that gives no scalar; returned by the transformation
/// around the call.
///
/// ```
/// use cotangent::{Tensor, jit, spectra};
/// # fn main() -> cotangent::Result<()> {
/// let f = |x: Tensor| (Tensor::from_array([4.0, 1.0]) * x.powi(2)).sum() / 2.0;
/// let (covariance, log_integral) = jit(move |x: Tensor| spectra::laplace(f, &x)).call(vec![0.0; 2])?;
/// assert_eq!(covariance.to_vec::<f64>()?, [0.25, 0.0, 0.0, 1.0]);
/// assert!((log_integral.item::<f64>()? - std::f64::consts::PI.ln()).abs() < 1e-12);
/// # Ok(())
/// # }
/// ```
#[track_caller]
pub fn laplace<F>(f: F, mode: &Tensor) -> (Tensor, Tensor)
where
    F: Function<(Tensor,), Out = Tensor>,
{
    traced_call(Source::here(), || {
        let n = vector("laplace", mode)?;
        let (value, _, hessian) = super::value_grad_hessian(f).call(mode.clone());
        let l = linalg::cholesky(&hessian);
        let eye = lax::delta(mode.dtype(), [n, n], 0, 1);
        let half_log_det = l.diagonal(0).log().sum();
        let log_integral =
            0.5 * n as f64 * (2.0 * std::f64::consts::PI).ln() - value - half_log_det;
        Ok((linalg::cho_solve(&l, &eye), log_integral))
    })
}
