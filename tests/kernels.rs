//! Programs that call the crate's own functions on the CPU, against those that leave it to XLA.

use cotangent::lax::{self, GatherDims};
use cotangent::{Array, Complex, DType, Device, Element, Ellipsis, NewAxis, Tensor, jit, linalg};

/// Numbers between −1 and 1 without a pattern.
fn numbers(n: usize, seed: usize) -> impl Iterator<Item = f64> {
    (0..n).map(move |i| ((i * 7919 + seed * 104_729 + 13) % 2003) as f64 / 1001.5 - 1.0)
}

fn array<T: Element>(shape: &[usize], seed: usize, of: impl Fn(f64, f64) -> T) -> Array {
    let n = shape.iter().product();
    let values: Vec<T> =
        numbers(n, seed).zip(numbers(n, seed + 5)).map(|(a, b)| of(a, b)).collect();
    Array::from_vec(shape, values).unwrap()
}

/// Shapes of two operands, contracted axes and batch axes.
type Product<'a> = (&'a [usize], &'a [usize], [&'a [usize]; 2], [&'a [usize]; 2]);

/// Both ways, and whether the program with the crate's own functions calls one.
fn compare<T: Element>(
    product: &Product<'_>,
    of: impl Fn(f64, f64) -> T,
) -> (Vec<T>, Vec<T>, bool) {
    let &(x, y, [cx, cy], [bx, by]) = product;
    let (x, y) = (array(x, 1, &of), array(y, 2, &of));
    let axes = [cx, cy, bx, by].map(<[usize]>::to_vec);
    let f = move |x: Tensor, y: Tensor| {
        let [cx, cy, bx, by] = &axes;
        lax::dot_general(&x, &y, (cx, cy), (bx, by))
    };
    let own = jit(f.clone()).on(Device::Cpu);
    let xla = jit(f).on(Device::Cpu).kernels(false);
    let text = own.lower((&x, &y)).unwrap().hlo().to_string();
    assert!(!xla.lower((&x, &y)).unwrap().hlo().contains("cotangent_"));
    let values = |z: Array| z.to_vec::<T>().unwrap();
    let (a, b) = (own.call((&x, &y)).unwrap(), xla.call((&x, &y)).unwrap());
    (values(a), values(b), text.contains("cotangent_dot"))
}

const PRODUCTS: [Product<'_>; 10] = [
    (&[17, 9], &[9, 13], [&[1], &[0]], [&[], &[]]),
    (&[9, 17], &[13, 9], [&[0], &[1]], [&[], &[]]),
    (&[8, 8], &[8, 8], [&[0], &[0]], [&[], &[]]),
    // Axes that go together, and such that do not.
    (&[3, 11, 4, 5], &[4, 5, 19], [&[2, 3], &[0, 1]], [&[], &[]]),
    (&[9, 11, 10], &[10, 13, 9], [&[0, 2], &[2, 0]], [&[], &[]]),
    (&[11, 9, 4], &[9, 3, 13], [&[1], &[0]], [&[], &[]]),
    // Several products.
    (&[5, 11, 9], &[5, 9, 13], [&[2], &[1]], [&[0], &[0]]),
    (&[11, 5, 9, 2], &[9, 2, 13, 5], [&[2], &[0]], [&[1, 3], &[3, 1]]),
    // Enough for several threads, in rows and in columns.
    (&[331, 97], &[97, 101], [&[1], &[0]], [&[], &[]]),
    (&[2, 31, 149], &[2, 307, 149], [&[2], &[2]], [&[0], &[0]]),
];

#[test]
fn products_are_those_of_xla() {
    for product in &PRODUCTS {
        // Some 150 terms of at most 2, in another order.
        let near = |a: f64, b: f64, eps: f64| {
            assert!((a - b).abs() <= eps * 1500.0, "{product:?}: {a} and {b}");
        };
        let (a, b, own) = compare(product, |a, _| a);
        assert!(own, "{product:?}");
        a.iter().zip(&b).for_each(|(a, b)| near(*a, *b, f64::EPSILON));
        let (a, b, _) = compare(product, |a, _| a as f32);
        a.iter().zip(&b).for_each(|(a, b)| near((*a).into(), (*b).into(), f32::EPSILON.into()));
        let (a, b, own) = compare(product, Complex::new);
        assert!(own, "{product:?}");
        a.iter().zip(&b).for_each(|(a, b)| near((a - b).norm(), 0.0, f64::EPSILON));
        let (a, b, _) = compare(product, |a, b| Complex::new(a as f32, b as f32));
        a.iter().zip(&b).for_each(|(a, b)| near((a - b).norm().into(), 0.0, f32::EPSILON.into()));
    }
}

#[test]
fn sums_over_nothing_are_zero() {
    let nothing: Product<'_> = (&[9, 11, 0], &[0, 13, 9], [&[0, 2], &[2, 0]], [&[], &[]]);
    assert_eq!(compare(&nothing, |a, _| a).0, [0.0; 11 * 13]);
    let no_products: Product<'_> = (&[0, 9, 11], &[0, 11, 13], [&[2], &[1]], [&[0], &[0]]);
    assert!(compare(&no_products, |a, _| a).0.is_empty());
}

#[test]
fn small_and_whole_number_products_are_left_to_xla() {
    let small: Product<'_> = (&[17, 7], &[7, 13], [&[1], &[0]], [&[], &[]]);
    assert!(!compare(&small, |a, _| a).2);
    let (a, b, own) = compare(&PRODUCTS[0], |a, _| (a * 100.0) as i32);
    assert!(!own && a == b);
}

/// Both ways of a function of stacks of matrices, where the crate's own calls a function by name.
fn both(f: impl Fn(Tensor) -> Tensor + Clone + 'static, x: &Array, name: &str) -> [Vec<f64>; 2] {
    let own = jit(f.clone()).on(Device::Cpu);
    assert!(own.lower(x).unwrap().hlo().contains(name));
    let xla = jit(f).on(Device::Cpu).kernels(false);
    [own.call(x).unwrap(), xla.call(x).unwrap()].map(|z| z.to_vec::<f64>().unwrap())
}

#[test]
fn decompositions_are_those_without() {
    for shape in [&[1, 1][..], &[7, 7], &[3, 2, 5, 5], &[61, 61]] {
        let x = array(shape, 3, |a, _| a);
        // The vectors are those of one sign; what does not depend on it is compared.
        let power = |x: Tensor| {
            let (w, v) = linalg::eigh(&x);
            let w = w.index((Ellipsis, NewAxis, ..));
            (&v * w.exp()).matmul(v.swapaxes(-2, -1))
        };
        let [a, b] = both(power, &x, "cotangent_eigh");
        let size = b.iter().fold(0.0, |size: f64, b| size.max(b.abs()));
        a.iter().zip(&b).for_each(|(a, b)| assert!((a - b).abs() < 1e-13 * size, "{a} {b}"));
    }
    for shape in [&[1, 1][..], &[7, 3], &[3, 2, 4, 9], &[61, 40]] {
        let x = array(shape, 4, |a, _| a);
        let [a, b] = both(|x: Tensor| linalg::svdvals(&x), &x, "cotangent_svd");
        a.iter().zip(&b).for_each(|(a, b)| assert!((a - b).abs() < 1e-13, "{a} {b}"));
        for full in [false, true] {
            let back = move |x: Tensor| {
                let [u, s, vt] = lax::svd(&x, full);
                let k = s.shape()[s.rank() - 1] as isize;
                let left = u.index((Ellipsis, ..k)) * s.index((Ellipsis, NewAxis, ..));
                left.matmul(vt.index((Ellipsis, ..k, ..)))
            };
            let [a, _] = both(back, &x, "cotangent_svd");
            let x = x.to_vec::<f64>().unwrap();
            a.iter().zip(&x).for_each(|(a, x)| assert!((a - x).abs() < 1e-13, "{a} {x}"));
        }
    }
}

/// Numbers on the diagonal that keep matrices away from singular ones.
fn regular(x: &Tensor) -> Tensor {
    let (m, n) = (x.shape()[x.rank() - 2], x.shape()[x.rank() - 1]);
    x + Tensor::eye_with::<f64>(m, n, 0) * (m + n) as f64
}

/// A real matrix as a complex one without symmetries.
fn complex(x: &Tensor) -> Tensor {
    Tensor::complex(x, x.square() * 0.3)
}

/// The parts of complex numbers, one after the other.
fn parts(z: &Tensor) -> Tensor {
    Tensor::stack(&[z.real(), z.imag()], 0)
}

#[test]
fn factors_are_those_without() {
    let close = |[a, b]: [Vec<f64>; 2]| {
        let size = b.iter().fold(1.0, |size: f64, b| size.max(b.abs()));
        a.iter().zip(&b).for_each(|(a, b)| assert!((a - b).abs() < 1e-13 * size, "{a} {b}"));
    };
    let left = lax::TriangularSolve { left_side: true, lower: true, ..Default::default() };
    let systems = [
        left,
        lax::TriangularSolve { transpose_a: true, ..left },
        lax::TriangularSolve { lower: false, unit_diagonal: true, ..left },
        lax::TriangularSolve { left_side: false, ..left },
    ];
    for shape in [&[1, 1][..], &[7, 7], &[3, 2, 9, 9], &[71, 71]] {
        let x = array(shape, 3, |a, _| a);
        let positive = |x: &Tensor| x.matmul(x.conj().swapaxes(-1, -2));
        let f = move |x: Tensor| linalg::cholesky(&positive(&regular(&x)));
        close(both(f, &x, "cotangent_cholesky"));
        let f = move |x: Tensor| parts(&linalg::cholesky(&positive(&complex(&regular(&x)))));
        close(both(f, &x, "cotangent_cholesky"));
        for system in systems {
            let name = "cotangent_triangular_solve";
            let a = |x: &Tensor| regular(x) / (2 * x.shape()[x.rank() - 1]) as f64;
            let f = move |x: Tensor| lax::triangular_solve(&a(&x), &x, system);
            close(both(f, &x, name));
            let f = move |x: Tensor| {
                parts(&lax::triangular_solve(&complex(&a(&x)), &complex(&x), system))
            };
            close(both(f, &x, name));
        }
    }
    for shape in [&[1, 1][..], &[7, 7], &[3, 2, 9, 5], &[5, 9], &[71, 40], &[40, 71]] {
        // Rows would depend on each other otherwise, and pivots be a matter of rounding.
        let x = array(shape, 4, |a, _| ((a * 57.0).sin() * 1e3).fract());
        close(both(|x: Tensor| lax::lu(&x)[0].clone(), &x, "cotangent_lu"));
        close(both(|x: Tensor| parts(&lax::lu(&complex(&x))[0]), &x, "cotangent_lu"));
        for part in [1, 2] {
            let f = move |x: Tensor| lax::lu(&x)[part].as_type::<f64>();
            close(both(f, &x, "cotangent_lu"));
            let f = move |x: Tensor| lax::lu(&complex(&x))[part].as_type::<f64>();
            close(both(f, &x, "cotangent_lu"));
        }
        for full in [false, true] {
            let f = move |x: Tensor| {
                let [q, r] = lax::qr(&regular(&x), full);
                let k = x.shape()[x.rank() - 2].min(x.shape()[x.rank() - 1]) as isize;
                Tensor::concat(
                    &[q.index((Ellipsis, ..k)), r.index((Ellipsis, ..k, ..)).swapaxes(-1, -2)],
                    -2,
                )
            };
            close(both(f, &x, "cotangent_qr"));
            let back = move |x: Tensor| {
                let z = complex(&regular(&x));
                let [q, r] = lax::qr(&z, full);
                parts(&((q.matmul(r) - z) * 1e-2))
            };
            close(both(back, &x, "cotangent_qr"));
            let unit = move |x: Tensor| {
                let [q, _] = lax::qr(&complex(&regular(&x)), full);
                parts(&q.conj().swapaxes(-1, -2).matmul(&q))
            };
            close(both(unit, &x, "cotangent_qr"));
        }
    }
}

#[test]
fn complex_decompositions_need_the_own_functions() {
    let x = array(&[3, 3], 1, |a, _| a);
    for f in [
        |x: Tensor| linalg::eigh(&complex(&x)).0,
        |x: Tensor| linalg::svdvals(&complex(&x)),
        |x: Tensor| linalg::eigvals(&x).real(),
    ] {
        let e = jit(f).on(Device::Cpu).kernels(false).call(&x).unwrap_err().to_string();
        assert!(e.contains("on the CPU only"), "{e}");
    }
}

#[test]
fn what_is_not_finite_gives_nan() {
    let mut values: Vec<f64> = numbers(2 * 9, 1).collect();
    values[4] = f64::NAN;
    let x = Array::from_vec([2, 3, 3], values).unwrap();
    for f in [|x: Tensor| linalg::eigh(&x).0, |x: Tensor| linalg::svdvals(&x)] {
        let found = jit(f).on(Device::Cpu).call(&x).unwrap().to_vec::<f64>().unwrap();
        assert!(found[..3].iter().all(|x| x.is_nan()), "{found:?}");
        assert!(found[3..].iter().all(|x| x.is_finite()), "{found:?}");
    }
}

/// Shapes of an array, of updates and of indices, and the dimension numbers.
type Sum<'a> = (&'a [usize], &'a [usize], &'a [usize], [&'a [usize]; 5]);

const SUMS: [Sum<'_>; 9] = [
    // Numbers at places of a vector.
    (&[7], &[40], &[40, 1], [&[], &[0], &[], &[], &[0]]),
    // Rows, and columns, of a matrix.
    (&[7, 5], &[40, 5], &[40, 1], [&[1], &[0], &[], &[], &[0]]),
    (&[5, 7], &[5, 40], &[40, 1], [&[0], &[1], &[], &[], &[1]]),
    // Numbers at pairs of places, in either order.
    (&[7, 5], &[4, 10], &[4, 10, 2], [&[], &[0, 1], &[], &[], &[0, 1]]),
    (&[7, 5], &[4, 10], &[4, 10, 2], [&[], &[0, 1], &[], &[], &[1, 0]]),
    // Places of each row.
    (&[6, 7, 3], &[6, 11, 3], &[6, 11, 1], [&[2], &[1], &[0], &[0], &[1]]),
    // Windows of two by two.
    (&[6, 7], &[20, 2, 2], &[20, 2], [&[1, 2], &[], &[], &[], &[0, 1]]),
    // None at all.
    (&[4, 3], &[0, 3], &[0, 1], [&[1], &[0], &[], &[], &[0]]),
    // Enough for two threads.
    (&[30, 400], &[3000, 400], &[3000, 1], [&[1], &[0], &[], &[], &[0]]),
];

/// Sums at places both ways, where some places are out of range; into numbers and into zeros.
fn sums<T: Element>(tolerance: f64, of: impl Fn(f64, f64) -> T, far: impl Fn(T, T) -> f64) {
    for (k, (x, updates, indices, dims)) in SUMS.into_iter().enumerate() {
        let at = numbers(indices.iter().product(), 3).map(|v| (v * 9.0) as i64);
        let indices = Array::from_vec(indices, at.collect::<Vec<i64>>()).unwrap();
        let (x, updates) = (array(x, 1, &of), array(updates, 2, &of));
        let [offset_dims, collapsed, operand_batching, indices_batching, start_index_map] =
            dims.map(<[usize]>::to_vec);
        let dims = GatherDims {
            offset_dims,
            collapsed,
            operand_batching,
            indices_batching,
            start_index_map,
        };
        let f = move |x: Tensor, at: Tensor, updates: Tensor| {
            let zeros = Tensor::full(x.shape().to_vec(), 0.0).convert(x.dtype());
            let narrow = at.convert(DType::I32);
            let into = |x: &Tensor, at: &Tensor| lax::scatter_add(x, at, &updates, dims.clone());
            (into(&x, &at), into(&zeros, &narrow))
        };
        let args = (&x, &indices, &updates);
        let (own, xla) = (jit(f.clone()).on(Device::Cpu), jit(f).on(Device::Cpu).kernels(false));
        assert!(own.lower(args).unwrap().hlo().contains("cotangent_scatter_add"));
        let (a, b) = (own.call(args).unwrap(), xla.call(args).unwrap());
        for (a, b) in [(a.0, b.0), (a.1, b.1)] {
            let (a, b) = (a.to_vec::<T>().unwrap(), b.to_vec::<T>().unwrap());
            let error = a.into_iter().zip(b).fold(0.0, |e: f64, (a, b)| e.max(far(a, b)));
            assert!(error <= tolerance, "{k}: {error:e}");
        }
    }
}

#[test]
fn sums_at_places_are_those_of_xla() {
    sums(1e-12, |a, _| a, |a: f64, b| (a - b).abs());
    sums(1e-3, |a, _| a as f32, |a, b| f64::from((a - b).abs()));
    let distance = |a: Complex<f64>, b: Complex<f64>| (a.re - b.re).abs() + (a.im - b.im).abs();
    sums(1e-12, Complex::new, distance);
    let narrow = |a: f64, b: f64| Complex::new(a as f32, b as f32);
    sums(1e-3, narrow, |a: Complex<f32>, b: Complex<f32>| {
        f64::from((a.re - b.re).abs() + (a.im - b.im).abs())
    });
}

/// The largest difference between the results of a program and those of XLA's own code, with passes
/// over the program and without; one of the two calls the function of this name.
fn far<T: Element>(
    name: &str,
    f: impl Fn(Vec<Tensor>) -> Vec<Tensor> + Clone + 'static,
    args: &[Array],
    distance: impl Fn(T, T) -> f64,
) -> f64 {
    let values = |arrays: Vec<Array>| arrays.into_iter().flat_map(|x| x.to_vec::<T>().unwrap());
    let (mut far, mut texts): (f64, _) = (0.0, String::new());
    for passes in [true, false] {
        let program = || jit(f.clone()).on(Device::Cpu).optimize(passes);
        let (own, xla) = (program(), program().kernels(false));
        texts += own.lower(args.to_vec()).unwrap().hlo();
        let (a, b) = (own.call(args.to_vec()).unwrap(), xla.call(args.to_vec()).unwrap());
        far = values(a).zip(values(b)).fold(far, |e, (a, b)| e.max(distance(a, b)));
    }
    assert!(texts.contains(name), "{texts}");
    far
}

#[test]
fn running_sums_are_those_of_xla() {
    // One of each odd, prime and single size; rows and columns for several sums at a time and for
    // two threads.
    let shapes: [(&[usize], usize); 9] = [
        (&[2], 0),
        (&[1009], 0),
        (&[37, 5], 0),
        (&[5, 37], 1),
        (&[3, 17, 67], 1),
        (&[3, 17, 67], 2),
        (&[2, 3, 1], 1),
        (&[700, 801], 0),
        (&[801, 700], 1),
    ];
    for (shape, axis) in shapes {
        let sums = move |x: Vec<Tensor>| {
            vec![lax::cumsum(&x[0], axis, false), lax::cumsum(&x[0], axis, true)]
        };
        let name = "cotangent_cumulative_sum";
        let x = array(shape, 3, |a, _| a);
        let error = far(name, sums, &[x], |a: f64, b: f64| (a - b).abs());
        assert!(error < 1e-11, "{shape:?}: {error:e}");
        let x = array(shape, 3, |a, _| a as f32);
        let error = far(name, sums, &[x], |a: f32, b: f32| f64::from((a - b).abs()));
        assert!(error < 1e-3, "{shape:?}: {error:e}");
        let x = array(shape, 3, Complex::<f64>::new);
        let apart = |a: Complex<f64>, b: Complex<f64>| (a.re - b.re).abs() + (a.im - b.im).abs();
        let error = far(name, sums, &[x], apart);
        assert!(error < 1e-11, "{shape:?}: {error:e}");
    }
}

#[test]
fn long_running_sums_of_f32_keep_their_digits() {
    let n = 1 << 20;
    let x = Array::from_vec([n], vec![0.1_f32; n]).unwrap();
    let sums = jit(|x: Tensor| lax::cumsum(&x, 0, false)).on(Device::Cpu).call(&x).unwrap();
    let last = f64::from(sums.to_vec::<f32>().unwrap()[n - 1]);
    let exact = n as f64 * f64::from(0.1_f32);
    assert!((last / exact - 1.0).abs() < 1e-7, "{last}");
}

/// `x` with blocks written at known places.
fn put(x: &Tensor, block: &Tensor, at: [usize; 2]) -> Tensor {
    let at = at.map(|n| Tensor::scalar(n as i32));
    lax::dynamic_update_slice(x, block, &[&at[0], &at[1]])
}

/// `x` with a block added to what is there.
fn put_on(x: &Tensor, block: &Tensor, at: [usize; 2]) -> Tensor {
    let end = [at[0] + block.shape()[0], at[1] + block.shape()[1]];
    put(x, &(lax::slice(x, &at, &end, &[1, 1]) + block), at)
}

/// A number as often as an array has elements.
fn filled(x: &Tensor, number: f64) -> Tensor {
    let number = Tensor::scalar(number).convert(x.dtype());
    lax::broadcast_in_dim(&number, x.shape().to_vec(), &[])
}

/// The part of a square array on its diagonal, by a mask.
fn on_diagonal(x: &Tensor) -> Tensor {
    let index = |dim| lax::iota(DType::I32, x.shape().to_vec(), dim);
    lax::select(&lax::eq(&index(0), &index(1)), x, &filled(x, 0.0))
}

/// An array with blocks, made of an array of 17 × 23, one of 3 × 5 and one of 5.
type Blocks = fn(&Tensor, &Tensor, &Tensor) -> Tensor;

const BLOCKS: [(&str, Blocks); 7] = [
    ("blocks that overlap", |x, a, _| {
        let x = put(x, a, [0, 0]);
        let x = put(&x, &lax::transpose(a, &[1, 0]), [1, 2]);
        put(&put(&x, &(a + a), [14, 18]), a, [13, 17])
    }),
    ("blocks on others", |x, a, _| {
        let x = put_on(x, a, [0, 0]);
        let x = put_on(&x, &lax::transpose(a, &[1, 0]), [1, 2]);
        put_on(&put(&x, a, [2, 3]), &lax::exp(a), [3, 4])
    }),
    ("reshaped and repeated", |x, a, b| {
        let x = put(x, &lax::reshape(a, [5, 3]), [4, 4]);
        let x = put(&x, &lax::broadcast_in_dim(b, [7, 5], &[1]), [0, 9]);
        let many = lax::broadcast_in_dim(a, [2, 3, 5], &[1, 2]);
        let x = put(&x, &lax::reshape(&lax::transpose(&many, &[1, 2, 0]), [3, 10]), [12, 11]);
        put_on(&x, &lax::reshape(&many, [6, 5]), [8, 0])
    }),
    ("diagonals", |x, a, b| {
        let x = put(x, a, [0, 0]);
        let rows = on_diagonal(&lax::broadcast_in_dim(b, [5, 5], &[0]));
        let square = lax::broadcast_in_dim(b, [5, 5], &[1]);
        let x = put(&x, &(&rows + &square), [1, 3]);
        let x = put_on(&x, &rows, [2, 2]);
        put(&x, &on_diagonal(&lax::dot_general(a, a, (&[0], &[0]), (&[], &[]))), [9, 9])
    }),
    ("a number", |x, a, _| {
        let x = put(x, &filled(a, 2.5), [0, 0]);
        put(&put(&x, a, [1, 1]), &lax::broadcast_in_dim(&a.sum(), [9, 9], &[]), [2, 2])
    }),
    ("what is read between", |x, a, _| {
        let y = put(&put(x, a, [0, 0]), a, [1, 1]);
        let z = put(&put(&put(&y, a, [2, 2]), a, [3, 3]), a, [4, 4]);
        &y * &z
    }),
    ("out of range", |x, a, _| {
        let x = put(&put(x, a, [16, 0]), a, [100, 100]);
        put(&x, &lax::exp(a), [0, 22])
    }),
];

#[test]
fn arrays_of_blocks_are_those_of_xla() {
    for (name, f) in BLOCKS {
        let of = move |x: Vec<Tensor>| {
            // An array that is given, and one that is computed and needed for nothing else.
            let y = lax::sin(&x[0]);
            vec![f(&x[0], &x[1], &x[2]), f(&y, &x[1], &x[2])]
        };
        let shapes: [&[usize]; 3] = [&[17, 23], &[3, 5], &[5]];
        let args = shapes.map(|shape| array(shape, shape.len(), |a, _| a));
        let error = far("cotangent_assemble", of, &args, |a: f64, b: f64| (a - b).abs());
        assert!(error < 1e-14, "{name}: {error:e}");
        let args = shapes.map(|shape| array(shape, shape.len(), |a, _| a as f32));
        let error = far("cotangent_assemble", of, &args, |a: f32, b: f32| f64::from((a - b).abs()));
        assert!(error < 1e-6, "{name}: {error:e}");
        // In a loop, where they are written over what the last run has left.
        let in_loop = move |x: Vec<Tensor>| {
            let (a, b) = (x[1].clone(), x[2].clone());
            let body = move |_: Tensor, x: Tensor| f(&x, &a, &b) * 0.5;
            vec![cotangent::fori_loop(0..3, body).call(x[0].clone())]
        };
        let args = shapes.map(|shape| array(shape, shape.len(), |a, _| a));
        let error = far("cotangent_assemble", in_loop, &args, |a: f64, b: f64| (a - b).abs());
        assert!(error < 1e-14, "{name} in a loop: {error:e}");
    }
}

#[test]
fn arrays_that_blocks_cover_begin_with_nothing() {
    let f = |x: Vec<Tensor>| {
        let a = &x[0];
        let zeros = lax::broadcast_in_dim(&Tensor::scalar(0.0), [600, 800], &[]);
        let top = put(&put(&zeros, a, [0, 0]), &lax::exp(a), [0, 400]);
        let low = put(&put(&top, &lax::sin(a), [300, 0]), &lax::cos(a), [300, 400]);
        vec![low, put(&put(&put(&zeros, a, [1, 1]), a, [0, 400]), a, [300, 400])]
    };
    let x = array(&[300, 400], 1, |a, _| a);
    let error = far("cotangent_assemble", f, &[x], |a: f64, b: f64| (a - b).abs());
    assert!(error < 1e-15, "{error:e}");
}

#[test]
fn arrays_of_bands_are_those_of_xla() {
    // Zeros but where the index along axis 2 less that along axis 0 is 0, 5 or −7.
    let f = |x: Vec<Tensor>| {
        let index = |dim| lax::iota(DType::I32, [300, 2, 401], dim);
        let distance = index(2) - index(0);
        let at = |k: i32| lax::eq(&distance, &Tensor::scalar(k));
        let rows = lax::broadcast_in_dim(&x[0], [300, 2, 401], &[0, 1]);
        let columns = lax::broadcast_in_dim(&x[1], [300, 2, 401], &[2]);
        let twice = lax::broadcast_in_dim(&(&x[1] * 2.0), [300, 2, 401], &[2]);
        let low = lax::select(&at(-7), &columns, &filled(&rows, 0.0));
        let low = lax::select(&at(5), &rows, &low);
        vec![lax::select(&at(0), &twice, &low)]
    };
    let args = [array(&[300, 2], 1, |a, _| a), array(&[401], 2, |a, _| a)];
    let error = far("cotangent_assemble", f, &args, |a: f64, b: f64| (a - b).abs());
    assert!(error == 0.0, "{error:e}");
    // The tridiagonal Hessian of Rosenbrock's function.
    let f = |x: Vec<Tensor>| {
        let rosenbrock = |x: Tensor| {
            let part = |from: usize| lax::slice(&x, &[from], &[from + 400], &[1]);
            let (head, tail) = (part(0), part(1));
            ((tail - head.powi(2)).powi(2) * 100.0 + (head - 1.0).powi(2)).sum()
        };
        vec![cotangent::hessian(rosenbrock).call(x[0].clone())]
    };
    let args = [array(&[401], 3, |a, _| a as f32)];
    let error = far("cotangent_assemble", f, &args, |a: f32, b: f32| f64::from((a - b).abs()));
    assert!(error < 1e-3, "{error:e}");
}

#[test]
fn outer_products_are_those_of_xla() {
    // Contractions of three arrays, twelve of them so that calls are worth it: along one axis that
    // all have and in several orders, with numbers and squares among the factors.
    let f = |x: Vec<Tensor>| {
        let dot = |x: &Tensor, y: &Tensor, contract: (usize, usize)| {
            lax::dot_general(x, y, (&[contract.0], &[contract.1]), (&[], &[]))
        };
        let [a, b, c] = [&x[0], &x[1], &x[2]].map(|x| dot(x, &x.sin(), (1, 1)));
        let wide = |x: &Tensor, dims: &[usize]| lax::broadcast_in_dim(x, [31, 31, 31], dims);
        let mut sums = Vec::new();
        for (k, dims) in [[0, 1], [0, 2], [1, 2], [0, 1]].into_iter().enumerate() {
            for others in [[0, 2], [1, 2], [0, 1]] {
                let product = wide(&a, &dims) * wide(&b, &others);
                let product = if k == 1 { product * wide(&c, &[0, 1]) } else { product };
                let moved = match k {
                    2 => lax::transpose(&product, &[2, 0, 1]),
                    3 => lax::reshape(&product, [31, 31, 31]) * 1.5,
                    _ => product,
                };
                sums.push(dot(&moved, &c, (k.min(2), 1)));
            }
        }
        sums
    };
    let args = [1, 2, 3].map(|k| array(&[31, 5], k, |a, _| a));
    let error = far("cotangent_product", f, &args, |a: f64, b: f64| (a - b).abs());
    assert!(error < 1e-10, "{error:e}");
    let args = [1, 2, 3].map(|k| array(&[31, 5], k, |a, _| a as f32));
    let error = far("cotangent_product", f, &args, |a: f32, b: f32| f64::from((a - b).abs()));
    assert!(error < 1e-1, "{error:e}");
}

#[test]
fn arrays_of_very_many_blocks() {
    // Every element of 50 × 22 by itself, in two calls.
    let f = |x: Tensor| {
        (0..1100).fold(x, |x, k| {
            let block = lax::broadcast_in_dim(&Tensor::scalar(f64::from(k)), [1, 1], &[]);
            put(&x, &block, [k as usize / 22, k as usize % 22])
        })
    };
    let program = jit(f).on(Device::Cpu);
    let x = array(&[50, 22], 1, |a, _| a);
    let text = program.lower(&x).unwrap().hlo().to_string();
    assert_eq!(text.matches("custom_call_target=\"cotangent_assemble\"").count(), 2);
    let y = program.call(&x).unwrap().to_vec::<f64>().unwrap();
    assert!(y.into_iter().eq((0..1100).map(f64::from)));
}

#[test]
fn long_sums_and_products_are_written() {
    let f = |x: Tensor| {
        let (sum, product) =
            (0..20_000).fold((x.clone(), x.clone()), |(sum, product), _| (sum + &x, product * &x));
        let y = put(&put(&put(&x, &sum, [0, 0]), &sum, [1, 1]), &(&sum + &x), [0, 0]);
        y + lax::dot_general(&product, &x, (&[1], &[1]), (&[], &[]))
    };
    let x = array(&[20, 20], 1, |a, _| a);
    jit(f).on(Device::Cpu).optimize(false).lower(&x).unwrap();
}
