//! Complex numbers: what derivatives mean, and how they go through transformations and passes.

use crate::support::claims::{Claims, prove};
use crate::support::compare::numbers;
use crate::support::values::array;
use cotangent::{
    Array, Complex, DType, Device, HessianMode, Tensor, fft, grad, hessian, hvp, jacfwd, jacobian,
    jacrev, jit, jvp, make_jaxpr, scan, value_and_grad, vmap,
};

type C = Complex<f64>;

fn points(n: usize) -> Vec<C> {
    (0..n).map(|k| C::new(0.3 + 0.2 * k as f64, 0.7 - 0.3 * k as f64)).collect()
}

#[track_caller]
fn near(found: &Array, wanted: &[C]) {
    let found = found.to_vec::<C>().unwrap();
    assert_eq!(found.len(), wanted.len());
    for (f, w) in found.iter().zip(wanted) {
        assert!((f - w).norm() <= 1e-13 * w.norm().max(1.0), "{f} instead of {w}");
    }
}

/// `Σ zₖ² zₖ₊₁`, around the corner.
fn cubic(z: Tensor) -> Tensor {
    (z.square() * z.roll(-1, 0)).sum()
}

#[test]
fn holomorphic_derivatives_are_those_of_the_polynomial() {
    let z = points(3);
    let next = |k: usize| z[(k + 1) % 3];
    let before = |k: usize| z[(k + 2) % 3];
    let slope: Vec<C> = (0..3).map(|k| 2.0 * z[k] * next(k) + before(k) * before(k)).collect();
    near(&jit(grad(cubic).holomorphic()).call(z.clone()).unwrap(), &slope);
    let (value, same) = jit(value_and_grad(cubic).holomorphic()).call(z.clone()).unwrap();
    near(&value, &[(0..3).map(|k| z[k] * z[k] * next(k)).sum()]);
    near(&same, &slope);
    near(&jit(jacrev(cubic).holomorphic()).call(z.clone()).unwrap(), &slope);
    near(&jit(jacfwd(cubic).holomorphic()).call(z.clone()).unwrap(), &slope);
    near(&jit(jacobian(cubic).holomorphic()).call(z.clone()).unwrap(), &slope);

    let mut curvature = vec![C::ZERO; 9];
    for k in 0..3 {
        curvature[3 * k + k] += 2.0 * next(k);
        curvature[3 * k + (k + 1) % 3] += 2.0 * z[k];
        curvature[3 * ((k + 1) % 3) + k] += 2.0 * z[k];
    }
    for mode in HessianMode::ALL {
        for optimize in [true, false] {
            let h = jit(hessian(cubic).holomorphic().mode(mode)).optimize(optimize);
            near(&h.call(z.clone()).unwrap(), &curvature);
        }
        let chunks = jit(hessian(cubic).holomorphic().mode(mode).chunk(2));
        near(&chunks.call(z.clone()).unwrap(), &curvature);
    }
    near(&jit(hessian(cubic).holomorphic()).call(z.clone()).unwrap(), &curvature);
    let v = vec![C::ONE, C::I, C::new(1.0, -2.0)];
    let product: Vec<C> =
        curvature.chunks(3).map(|row| row.iter().zip(&v).map(|(a, b)| a * b).sum()).collect();
    near(&jit(hvp(cubic).holomorphic()).call((z, v)).unwrap(), &product);
}

#[test]
fn real_functions_of_complex_arguments() {
    // ∂f/∂x − i ∂f/∂y, from differentiation by both parts.
    let f = |z: Tensor| (z.sin() * z.conj()).real().sum() + z.abs().powi(3).sum() + z.angle().sum();
    prove([array(&[3], 0.4), array(&[3], -0.9)], |c: &Claims, [x, y]| {
        let parts = |x: Tensor, y: Tensor| f(Tensor::complex(x, y));
        let [dx, dy] = grad(parts).argnums([0, 1]).call((x.clone(), y.clone()));
        let z = Tensor::complex(&x, &y);
        let slope = grad(f).call(z.clone());
        c.agree(slope.real(), dx);
        c.agree(slope.imag(), -dy);
        c.agree(jacrev(f).call(z.clone()), slope.clone());
        c.agree(jacobian(f).call(z.clone()), slope.clone());
        // Along a direction: Re(slope·v).
        let v = Tensor::complex(&y, &x);
        c.agree(jvp(f, z.clone(), v.clone()).1, (slope * v).real().sum());
        // The second derivatives of the parts.
        c.agree(
            hessian(parts).argnums([0, 1]).call((x.clone(), y.clone())),
            jacfwd(jacrev(parts).argnums([0, 1])).argnums([0, 1]).call((x, y)),
        );
    });
}

#[test]
fn complex_functions_of_real_arguments() {
    // A filter in the frequencies: linear, so that its Jacobian is a circulant matrix.
    let filter = |x: Tensor| {
        let spectrum = fft::rfft(&x, 0);
        let gain = Tensor::complex(0.5, fft::rfftfreq::<f64>(5, 1.0));
        fft::irfft(&(spectrum * gain), 5, 0)
    };
    prove([array(&[5], 0.2)], |c: &Claims, [x]| {
        let column = filter(Tensor::eye::<f64>(5).row(0));
        let by_hand = Tensor::stack((0..5).map(|k| column.roll(k, 0)).collect::<Vec<_>>(), 1);
        c.agree(jacfwd(filter).call(x.clone()), by_hand.clone());
        c.agree(jacrev(filter).call(x.clone()), by_hand.clone());
        let energy = |x: Tensor| filter(x).square().sum();
        c.agree(hessian(energy).call(x.clone()), by_hand.t().matmul(&by_hand) * 2.0);
        // Forward mode goes to complex results, reverse mode through their parts.
        let spectrum = |x: Tensor| fft::rfft(&x, 0);
        let j = jacfwd(spectrum).call(x.clone());
        c.agree(j.real(), jacrev(move |x: Tensor| spectrum(x).real()).call(x.clone()));
        c.agree(j.imag(), jacrev(move |x: Tensor| spectrum(x).imag()).call(x.clone()));
        c.agree(jacobian(spectrum).call(x), j);
    });
}

#[test]
fn what_has_no_derivative_is_refused() {
    let z = Array::from(points(2));
    let errors = [
        jit(grad(cubic)).call(&z).unwrap_err(),
        jit(jacfwd(|z: Tensor| z.abs())).call(&z).unwrap_err(),
        jit(jacobian(|z: Tensor| z.exp())).call(&z).unwrap_err(),
        jit(hessian(|z: Tensor| z.abs().sum())).call(&z).unwrap_err(),
        jit(grad(|z: Tensor| z.abs().sum()).holomorphic()).call(&z).unwrap_err(),
        jit(|z: Tensor| z.lt(1.0)).call(&z).unwrap_err(),
        jit(|z: Tensor| z.max()).call(&z).unwrap_err(),
        jit(|z: Tensor| z.floor()).call(&z).unwrap_err(),
        jit(|x: Tensor| x * C::I).call(vec![1.0]).unwrap_err(),
        jit(|x: Tensor| x.real() + x).call(&z).unwrap_err(),
    ];
    let texts: Vec<String> =
        errors.iter().map(|e| e.to_string().split("\n").next().unwrap_or("").to_string()).collect();
    expect_test::expect![[r#"
        grad: dtypes c128: a complex result has a derivative here only if the function is holomorphic: say `.holomorphic()`, or differentiate with respect to real and imaginary parts
        jacfwd: dtypes c128: a complex argument has a derivative here only if the function is holomorphic: say `.holomorphic()`, or differentiate with respect to real and imaginary parts
        jacobian: dtypes c128: a complex result has a derivative here only if the function is holomorphic: say `.holomorphic()`, or differentiate with respect to real and imaginary parts
        hessian: dtypes c128: a complex argument has a derivative here only if the function is holomorphic: say `.holomorphic()`, or differentiate with respect to real and imaginary parts
        grad: dtypes f64: holomorphic functions have complex arguments and results
        lt: dtypes c128: complex numbers have no order; take `abs` or `real` first
        reduce_max: dtypes c128: complex numbers have no order; take `abs` or `real` first
        floor: dtypes c128: it takes floating-point operands; use `convert`
        literal: dtypes c128 and f64: the number (0.0, 1.0) does not go with a tensor of f64; convert one of them
        add: dtypes f64 and c128: they must be the same; convert one with `convert`
    "#]].assert_eq(&(texts.join("\n") + "\n"));
}

#[test]
fn programs_print_and_batch_and_loop() {
    let jaxpr = make_jaxpr(|z: Tensor| z * C::new(0.0, -1.5), Array::from(points(2))).unwrap();
    assert!(jaxpr.to_string().contains("mul a (0.0, -1.5):c128[]"), "{jaxpr}");
    // Iterations of a map of the plane, for each start; and the derivative of the last point.
    let orbit = |z: Tensor, c: Tensor| {
        let step = move |z: Tensor, _: Tensor| (z.square() + &c, z.abs());
        scan(step).call((z, Tensor::zeros::<f64>(4)))
    };
    let starts = Array::from(points(3));
    let c = C::new(-0.1, 0.2);
    let (last, sizes) = jit(vmap(orbit).in_axes([Some(0), None])).call((&starts, c)).unwrap();
    let slope = jit(vmap(grad(move |z: Tensor| orbit(z, Tensor::scalar(c)).0).holomorphic()));
    let slope = slope.call(&starts).unwrap();
    let (mut wanted, mut slopes, mut moduli) = (Vec::new(), Vec::new(), Vec::new());
    for mut z in points(3) {
        let mut dz = C::ONE;
        for _ in 0..4 {
            moduli.push(z.norm());
            dz *= 2.0 * z;
            z = z * z + c;
        }
        wanted.push(z);
        slopes.push(dz);
    }
    near(&last, &wanted);
    let sizes = sizes.to_vec::<f64>().unwrap();
    assert!(sizes.iter().zip(moduli).all(|(a, b)| (a - b).abs() < 1e-14), "{sizes:?}");
    near(&slope, &slopes);
    let error = jit(|z: Tensor| z.log() * 0.0).check_nans(true).on(Device::Cpu);
    assert!(error.call(vec![C::ZERO]).unwrap_err().to_string().contains("mul"));
    assert_eq!(Array::from(points(2)).to_string(), "[0.3+0.7j 0.5+0.4j]");
}

#[test]
fn half_precision_sums_are_wide() {
    let x = vec![cotangent::f16::from_f32(0.1); 3000];
    let f = jit(|x: Tensor| (x.sum(), x.mean(), grad(|x: Tensor| x.square().sum()).call(x)));
    let (sum, mean, slope) = f.call(x).unwrap();
    assert_eq!(sum.dtype(), DType::F16);
    let number = |x: &Array| numbers(x).unwrap()[0];
    assert!((number(&sum) - 300.0).abs() < 0.3, "{sum}");
    assert!((number(&mean) - 0.1).abs() < 1e-4, "{mean}");
    assert!((number(&slope) - 0.2).abs() < 2e-4, "{slope}");
}
