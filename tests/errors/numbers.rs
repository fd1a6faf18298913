//! Mistakes with complex numbers, half precision, bits, Fourier transforms, updates and random numbers.

use super::{check, given, given2};
use cotangent::lax::FftKind;
use cotangent::{Complex, DType, Tensor, f16, fft, lax, random};
use expect_test::expect;

#[test]
fn numbers_that_do_not_fit() {
    let results = [
        given(&[3], |x| x.gt(0.0).real() + x),
        given(&[3], |x| lax::real(&x)),
        given(&[3], |x| lax::conj(&x)),
        given2([&[2], &[3]], |x, y| Tensor::complex(x, y)),
        given(&[3], |x| Tensor::complex(x.as_type::<f16>(), 0.0)),
        given(&[3], |x| x.convert(DType::C128).maximum(Complex::<f64>::I)),
        given(&[3], |x| x.convert(DType::C128).sort(0)),
        given(&[3], |x| x.convert(DType::C64).argmax()),
        given(&[3], |x| lax::cholesky(&x.as_type::<f16>().reshape([1, 3]))),
        given(&[3], |x| x << 1),
        given(&[3], |x| x.population_count()),
        given(&[3], |x| x.bitcast::<bool>()),
        given(&[3], |x| x.as_type::<f32>().bitcast::<i64>()),
        given(&[3], |x| x.as_type::<f16>().nextafter(1.0)),
        given2([&[2], &[3]], |x, y| x.nextafter(y)),
    ];
    check(
        results,
        expect![[r#"
        add: dtypes bool and f64: they must be the same; convert one with `convert`
          at x.gt(0.0).real() + x
        real: dtypes f64: it takes complex operands; use `convert`
          at lax::real(&x)
        conj: dtypes f64: it takes complex operands; use `convert`
          at lax::conj(&x)
        complex: shapes [2] and [3]: they do not broadcast to a common shape
          at Tensor::complex(x, y)
        complex: dtypes f16: it takes two parts of f32 or f64; use `convert`
          at Tensor::complex(x.as_type::<f16>(), 0.0)
        max: dtypes c128: it takes real operands; use `convert`
          at maximum(Complex::<f64>::I)
        sort: dtypes c128: complex numbers have no order; take `abs` or `real` first
          at sort(0)
        argmax: dtypes c64: complex numbers have no order; take `abs` or `real` first
          at argmax()
        cholesky: dtypes f16: it takes matrices of f32, f64, c64 or c128; convert with `as_type::<f64>()`
          at lax::cholesky(&x.as_type::<f16>().reshape([1, 3]))
        shift_left: dtypes f64: it takes integers; use `convert`
          at x << 1
        population_count: dtypes f64: it takes integers; use `convert`
          at population_count()
        bitcast_convert_type: dtypes f64 and bool: it takes integers and floats to integers and floats
          at bitcast::<bool>()
        bitcast_convert_type: shapes [3]: the last axis must hold the 2 parts of a i64
          at bitcast::<i64>()
        nextafter: dtypes f16: it takes f32 or f64
          at nextafter(1.0)
        nextafter: shapes [2] and [3]: they do not broadcast to a common shape
          at nextafter(y)
    "#]],
    );
}

#[test]
fn transforms_that_do_not_fit() {
    let results = [
        given(&[3], |x| fft::fft(&x, 1)),
        given(&[3, 3], |x| fft::fft(&x, [0, -2])),
        given(&[3], |x| fft::fft(&x, Vec::<i32>::new())),
        given(&[0], |x| fft::fft(&x, 0)),
        given(&[3], |x| fft::fft(&x.as_type::<f16>(), 0)),
        given(&[3], |x| fft::rfft(&x.convert(DType::C128), 0)),
        given(&[3], |x| fft::irfft(&x, 4, 0)),
        given(&[3], |x| fft::irfft(&x.convert(DType::C128), 3, 0)),
        given(&[3], |x| fft::irfft(&x.convert(DType::C128), 0, 0)),
        given(&[3], |x| fft::fftshift(&x, 1)),
        given(&[3], |x| lax::fft(&x.convert(DType::C128), FftKind::Fft, &[4])),
        given(&[3], |x| lax::fft(&x.convert(DType::C128), FftKind::Fft, &[])),
    ];
    check(
        results,
        expect![[r#"
        fft: axis 1 is out of range for an array of rank 1
          at fft::fft(&x, 1)
        fft: axis -2 is named twice
          at fft::fft(&x, [0, -2])
        fft: it needs an axis
          at fft::fft(&x, Vec::<i32>::new())
        fft: shapes [0]: an axis of [0] is empty
          at fft::fft(&x, 0)
        fft: dtypes f16: it takes f32, f64, c64 or c128; use `convert`
          at fft::fft(&x.as_type::<f16>(), 0)
        rfft: dtypes c128: it takes f32 or f64; use `convert`
          at fft::rfft(&x.convert(DType::C128), 0)
        irfft: dtypes f64: it takes complex operands; use `convert`
          at fft::irfft(&x, 4, 0)
        irfft: shapes [3]: its last axes must be of sizes [2]
          at fft::irfft(&x.convert(DType::C128), 3, 0)
        irfft: shapes [3]: an axis of [0] is empty
          at fft::irfft(&x.convert(DType::C128), 0, 0)
        fftshift: axis 1 is out of range for an array of rank 1
          at fft::fftshift(&x, 1)
        fft: shapes [3]: its last axes must be of sizes [4]
          at lax::fft(&x.convert(DType::C128), FftKind::Fft, &[4])
        fft: one to three axes, none of them empty, not []
          at lax::fft(&x.convert(DType::C128), FftKind::Fft, &[])
    "#]],
    );
}

#[test]
fn updates_that_do_not_fit() {
    let places = || Tensor::from_array([0, 1]);
    let results = [
        given(&[3], |x| x.index_set(3, 1.0)),
        given(&[3], |x| x.index_add((0, 0), 1.0)),
        given2([&[3], &[2]], |x, y| x.index_set(.., y)),
        given2([&[3], &[2]], |x, y| x.index_add(.., y.as_type::<f32>())),
        given(&[], |x| x.at_set(places(), 1.0)),
        given(&[3], |x| x.at_set(&x, 1.0)),
        given2([&[3], &[3]], |x, y| x.at_max(places(), y)),
        given2([&[3], &[2]], |x, y| x.at_mul(places(), y.as_type::<f32>())),
        given2([&[3], &[2]], |x, y| x.gt(0.0).at_add(places(), y.gt(0.0))),
        given2([&[3], &[2]], |x, y| x.convert(DType::C64).at_min(places(), y.convert(DType::C64))),
    ];
    check(
        results,
        expect![[r#"
        index: place 3 is out of range for axis 0 of size 3
          at index_set(3, 1.0)
        index: it names 2 axes of an array of shape [3]
          at index_add((0, 0), 1.0)
        index_set: shapes [2] and [3]: the first does not broadcast to the second
          at index_set(.., y)
        index_add: shapes [2] and [3]: the first does not broadcast to the second
          at index_add(.., y.as_type::<f32>())
        at_set: axis 0 is out of range for an array of rank 0
          at at_set(places(), 1.0)
        at_set: dtypes f64: indices must be integers; convert with `as_type::<i32>()`
          at at_set(&x, 1.0)
        at_max: shapes [3] and [2]: the first does not broadcast to the second
          at at_max(places(), y)
        scatter_mul: dtypes f64 and f32: it takes numbers of one dtype; use `convert`
          at at_mul(places(), y.as_type::<f32>())
        scatter_add: dtypes bool and bool: it takes numbers of one dtype; use `convert`
          at at_add(places(), y.gt(0.0))
        scatter_min: dtypes c64: complex numbers have no order; take `abs` or `real` first
          at at_min(places(), y.convert(DType::C64))
    "#]],
    );
}

#[test]
fn draws_that_do_not_fit() {
    let key = || random::key(0);
    let results = [
        given(&[2], |x| random::gamma(&x, [2], 1.0)),
        given(&[2], |x| random::gamma(&key(), [3], x)),
        given(&[2], |_| random::gamma(&key(), [3], 2)),
        given(&[2], |x| random::gamma(&key(), [2], x.as_type::<f16>())),
        given(&[2], |x| random::beta(&key(), [2], &x, x.as_type::<f32>())),
        given(&[2], |x| random::poisson(&key(), [3], x)),
        given(&[2], |x| random::poisson(&x, [2], 2.0)),
        given(&[2], |x| random::binomial(&key(), [3], 5.0, x)),
        given(&[2], |x| random::uniform_in::<f32>(&key(), [2], x, 1.0)),
        given(&[2], |_| random::uniform_in::<i32>(&key(), [2], 0, 1)),
        given(&[2, 2], |x| random::dirichlet(&key(), [2], &x)),
        given(&[2, 3], |x| random::multivariate_normal(&key(), [2], &x.row(0), &x)),
        given(&[], |x| random::choice(&key(), &x, [2])),
        given(&[0], |x| random::choice(&key(), &x, [2])),
        given2([&[2], &[3]], |x, p| random::choice_weighted(&key(), &x, &p, [2])),
        given(&[2, 2], |x| x.searchsorted(1.0)),
        given(&[2], |x| x.searchsorted(x.as_type::<f32>())),
    ];
    check(
        results,
        expect![[r#"
            gamma: a key is a u32[2], see `random::key`, and not f64[2]
              at random::gamma(&x, [2], 1.0)
            gamma: shapes [2] and [3]: the first does not broadcast to the second
              at random::gamma(&key(), [3], x)
            gamma: dtypes i32: there are random f32 and f64
              at random::gamma(&key(), [3], 2)
            gamma: dtypes f16: there are random f32 and f64
              at random::gamma(&key(), [2], x.as_type::<f16>())
            max: dtypes f64 and f32: they must be the same; convert one with `convert`
              at random::beta(&key(), [2], &x, x.as_type::<f32>())
            poisson: shapes [2] and [3]: the first does not broadcast to the second
              at random::poisson(&key(), [3], x)
            poisson: a key is a u32[2], see `random::key`, and not f64[2]
              at random::poisson(&x, [2], 2.0)
            binomial: shapes [2] and [3]: the first does not broadcast to the second
              at random::binomial(&key(), [3], 5.0, x)
            sub: dtypes f32 and f64: they must be the same; convert one with `convert`
              at random::uniform_in::<f32>(&key(), [2], x, 1.0)
            uniform_in: dtypes i32: there are random f32 and f64
              at random::uniform_in::<i32>(&key(), [2], 0, 1)
            dirichlet: shapes [2,2]: the parameter must be a vector
              at random::dirichlet(&key(), [2], &x)
            multivariate_normal: shapes [3] and [2,3]: the mean is a vector, and the covariance a matrix of as many rows and columns
              at random::multivariate_normal(&key(), [2], &x.row(0), &x)
            choice: axis 0 is out of range for an array of rank 0
              at random::choice(&key(), &x, [2])
            choice: shapes [0]: there is nothing to choose from
              at random::choice(&key(), &x, [2])
            choice_weighted: shapes [2] and [3]: the second, the probabilities, must be a vector, one for each row of the first
              at random::choice_weighted(&key(), &x, &p, [2])
            searchsorted: shapes [2,2]: it searches in vectors
              at searchsorted(1.0)
            searchsorted: dtypes f64 and f32: they must be the same; convert one with `convert`
              at searchsorted(x.as_type::<f32>())
        "#]],
    );
}
