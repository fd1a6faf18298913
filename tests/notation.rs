//! Index notation: what it makes of identities, broadcasts, contractions, windows and choices, and
//! that it keeps values.

use crate::passes::diagonals::rows_of_identity;
use crate::passes::{check, program};
use cotangent::{
    Arguments, Array, Function, HessianMode, HostArgs, Tensor, grad, hessian, jacfwd, jacrev, jit,
    jvp, lax, lax::GatherDims, linalg, vmap,
};
use expect_test::{Expect, expect};

fn vector() -> Array {
    Array::from([1.0, -2.0, 3.0])
}

fn square() -> Array {
    Array::from([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0], [7.0, 8.0, 9.0]])
}

/// The Hessian in every mode: one program.
#[track_caller]
fn every_mode<Args, F>(f: F, args: impl HostArgs<Args> + Clone, expected: Expect)
where
    Args: Arguments<First = Tensor>,
    F: Function<Args, Out = Tensor> + Clone,
{
    let of = |mode| program(hessian(f.clone()).mode(mode), args.clone());
    for mode in HessianMode::ALL {
        assert_eq!(of(mode), of(HessianMode::FwdRev), "{}", mode.name());
    }
    expected.assert_eq(&of(HessianMode::FwdRev));
}

#[test]
fn the_jacobian_of_a_linear_map_is_its_matrix() {
    let f = |x: Tensor, w: Tensor| w.matmul(x);
    check(jacfwd(f), (vector(), square()), expect!["in (b,)"]);
    check(jacrev(f), (vector(), square()), expect!["in (b,)"]);
}

#[test]
fn a_quadratic_form_is_a_transposition_and_a_sum() {
    let f = |x: Tensor, a: Tensor| x.dot(a.matmul(&x));
    every_mode(
        f,
        (vector(), square()),
        expect![[r#"
        c:f64[3,3] = transpose[permutation=(1, 0)] b
        d:f64[3,3] = add b c
        in (d,)"#]],
    );
}

#[test]
fn a_diagonal_hessian_is_one_comparison_of_indices() {
    let f = |x: Tensor| x.sin().sum();
    every_mode(
        f,
        vector(),
        expect![[r#"
        b:f64[3] = sin a
        c:f64[3] = neg b
        d:i32[3,3] = iota[dimension=0 dtype=i32 shape=(3, 3)]
        e:i32[3,3] = iota[dimension=1 dtype=i32 shape=(3, 3)]
        f:bool[3,3] = eq d e
        g:f64[3,3] = broadcast_in_dim[broadcast_dimensions=(0,) shape=(3, 3)] c
        h:f64[3,3] = select f 0.0:f64[] g
        in (h,)"#]],
    );
}

#[test]
fn a_value_and_its_transpose_are_computed_once() {
    check(
        |x: Tensor, y: Tensor| (x.t().matmul(&y), y.t().matmul(x) * 2.0 / 2.0),
        (square(), square()),
        expect![[r#"
            c:f64[3,3] = dot_general[dimension_numbers=(([0], [0]), ([], []))] a b
            d:f64[3,3] = transpose[permutation=(1, 0)] c
            in (c, d)"#]],
    );
    check(
        |x: Tensor, y: Tensor| (x.t() * &y, y.t() * &x, x.t() + &y, y.t() + x),
        (square(), square()),
        expect![[r#"
            c:f64[3,3] = transpose[permutation=(1, 0)] a
            d:f64[3,3] = mul b c
            e:f64[3,3] = transpose[permutation=(1, 0)] d
            f:f64[3,3] = add b c
            g:f64[3,3] = transpose[permutation=(1, 0)] f
            in (d, e, f, g)"#]],
    );
    // The factors of a contraction in another order, and summed over another index.
    check(
        |x: Tensor, y: Tensor, v: Tensor| {
            let one = Tensor::einsum("si,sj,s->ij", [&x, &y, &v]);
            let other = Tensor::einsum("s,sj,si->ji", [v, y, x]);
            (one, other)
        },
        (square(), square(), vector()),
        expect![[r#"
            d:f64[3,3] = broadcast_in_dim[broadcast_dimensions=(0,) shape=(3, 3)] c
            e:f64[3,3] = mul a d
            f:f64[3,3] = dot_general[dimension_numbers=(([0], [0]), ([], []))] e b
            g:f64[3,3] = transpose[permutation=(1, 0)] f
            in (f, g)"#]],
    );
    // These are not transposes of each other.
    check(
        |x: Tensor, y: Tensor| (x.t().matmul(&y), x.matmul(y.t())),
        (square(), square()),
        expect![[r#"
            c:f64[3,3] = dot_general[dimension_numbers=(([0], [0]), ([], []))] a b
            d:f64[3,3] = dot_general[dimension_numbers=(([1], [1]), ([], []))] a b
            in (c, d)"#]],
    );
}

#[test]
fn identities_that_users_write_cost_nothing() {
    check(|x: Tensor| Tensor::eye::<f64>(3).matmul(&x), square(), expect!["in (a,)"]);
    check(
        |x: Tensor| x.diag().matmul(Tensor::eye::<f64>(3)).sum_axis(0),
        vector(),
        expect!["in (a,)"],
    );
    check(
        |x: Tensor, v: Tensor| v.diag().matmul(x),
        (square(), vector()),
        expect![[r#"
        c:f64[3,3] = broadcast_in_dim[broadcast_dimensions=(0,) shape=(3, 3)] b
        d:f64[3,3] = mul a c
        in (d,)"#]],
    );
    check(
        |x: Tensor| (x * Tensor::eye::<f64>(3)).sum(),
        square(),
        expect![[r#"
            b:f64[9] = reshape[new_sizes=(9,)] a
            c:f64[3] = slice[limit_indices=(9,) start_indices=(0,) strides=(4,)] b
            d:f64[] = reduce_sum[axes=(0,)] c
            in (d,)"#]],
    );
}

#[test]
fn one_index_at_two_offsets_meets_itself_nowhere() {
    let wide = |x: &Tensor| x.diag().pad(&[(0, 1), (1, 0)], 0.0);
    let tall = |x: &Tensor| x.diag().pad(&[(1, 0), (0, 1)], 0.0);
    let all = jit(move |x: Tensor| {
        let (a, b) = (wide(&x), tall(&x));
        let zeros =
            vec![x.diag_offset(1).diagonal(0), a.diagonal(0), &a * &b, a.trace() + b.diagonal(0)];
        let trace = a.matmul(&b).diagonal(0);
        let shifted = a.diagonal(1);
        (zeros, trace, shifted)
    });
    let (zeros, trace, shifted) = all.call(vec![1.0, 2.0, 3.0]).unwrap();
    for z in zeros {
        assert!(z.to_vec::<f64>().unwrap().iter().all(|&v| v == 0.0), "{z}");
    }
    assert_eq!(trace.to_vec::<f64>().unwrap(), [1.0, 4.0, 9.0, 0.0]);
    assert_eq!(shifted.to_vec::<f64>().unwrap(), [1.0, 2.0, 3.0]);
}

#[test]
fn sums_over_what_is_constant_are_products() {
    check(
        |x: Tensor, y: Tensor| (x.expand_dims(1) * y.expand_dims(0)).sum(),
        (vector(), vector()),
        expect![[r#"
            c:f64[] = reduce_sum[axes=(0,)] a
            d:f64[] = reduce_sum[axes=(0,)] b
            e:f64[] = mul c d
            in (e,)"#]],
    );
    check(
        |x: Tensor| x.broadcast_to([1000, 3]).sum_axis(0),
        vector(),
        expect![[r#"
        b:f64[3] = mul a 1000.0:f64[]
        in (b,)"#]],
    );
}

#[test]
fn functions_act_below_broadcasts() {
    check(
        |x: Tensor| x.expand_dims(0).broadcast_to([5, 3]).exp(),
        vector(),
        expect![[r#"
        b:f64[3] = exp a
        c:f64[5,3] = broadcast_in_dim[broadcast_dimensions=(1,) shape=(5, 3)] b
        in (c,)"#]],
    );
}

#[test]
fn third_derivatives() {
    let f = |x: Tensor| x.powi(4).sum();
    check(
        jacfwd(hessian(f)),
        vector(),
        expect![[r#"
        b:f64[3] = mul a 2.0:f64[]
        c:f64[3] = mul b 12.0:f64[]
        d:f64[3,3,3] = broadcast_in_dim[broadcast_dimensions=(0,) shape=(3, 3, 3)] c
        e:i32[3,3,3] = iota[dimension=0 dtype=i32 shape=(3, 3, 3)]
        f:i32[3,3,3] = iota[dimension=1 dtype=i32 shape=(3, 3, 3)]
        g:bool[3,3,3] = eq e f
        h:i32[3,3,3] = iota[dimension=2 dtype=i32 shape=(3, 3, 3)]
        i:bool[3,3,3] = eq e h
        j:bool[3,3,3] = and g i
        k:f64[3,3,3] = select j 0.0:f64[] d
        in (k,)"#]],
    );
}

#[test]
fn a_nan_that_is_not_chosen_stays_out() {
    // The slope of the root is infinite at 0, where it is not taken.
    let f = |x: Tensor| x.gt(0.0).where_(x.gt(0.0).where_(&x, 1.0).sqrt(), 0.0).sum();
    for mode in HessianMode::ALL {
        let h = jit(hessian(f).mode(mode)).call(vec![0.0, 4.0]).unwrap();
        assert_eq!(h.to_vec::<f64>().unwrap(), [0.0, 0.0, 0.0, -1.0 / 32.0], "{}", mode.name());
    }
}

#[test]
fn an_infinite_number_is_chosen_itself() {
    // Not as 0 · ∞ where it is not chosen: the other branch is a sum of terms.
    let f = |x: Tensor, s: Tensor| x.gt(0.0).where_(x.sin() - s.exp(), f64::NEG_INFINITY);
    let y = jit(f).call((vec![1.0, -1.0], 0.5)).unwrap().to_vec::<f64>().unwrap();
    assert!((y[0] - (1f64.sin() - 0.5f64.exp())).abs() < 1e-15, "{y:?}");
    assert_eq!(y[1], f64::NEG_INFINITY);
}

#[test]
fn products_with_zero_are_left_to_the_device() {
    let f = jit(|x: Tensor| (x.broadcast_to([2, 3]) * 0.0).sum_axis(0));
    let y = f.call(vec![1.0, f64::INFINITY, f64::NAN]).unwrap().to_vec::<f64>().unwrap();
    assert!(y[0] == 0.0 && y[1].is_nan() && y[2].is_nan(), "{y:?}");
}

#[test]
fn differences_of_equals_are_left_to_the_device() {
    let f = jit(|x: Tensor| (x.expand_dims(0) - x.expand_dims(0)).sum_axis(0));
    let y = f.call(vec![1.0, f64::INFINITY]).unwrap().to_vec::<f64>().unwrap();
    assert!(y[0] == 0.0 && y[1].is_nan(), "{y:?}");
}

/// Flattened parameters of two layers: windows, and row-major composites of labels.
fn layers(theta: Tensor) -> Tensor {
    let w = theta.index(..6).reshape([3, 2]);
    let (b, v) = (theta.index(6..9), theta.index(9..12));
    let x = Tensor::from_array(vec![0.5, -1.5, 2.0, 0.25]).reshape([2, 2]);
    let h = (x.matmul(w.t()) + b).tanh();
    (h.matmul(v) - 1.0).powi(2).sum()
}

fn pairs(r: Tensor) -> Tensor {
    let r = r.reshape([4, 3]);
    let d = r.expand_dims(1) - r.expand_dims(0);
    (d.powi(2).sum_axis(-1) + 0.1).sqrt().sum()
}

type OfVector = fn(Tensor) -> Tensor;

/// Functions of twelve variables.
const FUNCTIONS: &[(&str, OfVector)] = &[
    ("layers", layers),
    ("pairs", pairs),
    ("prod", |x| (x + 1.5).prod()),
    ("logsumexp", |x| x.logsumexp()),
    ("softmax", |x| (x.softmax(0) * x).sum()),
    ("quotient", |x| (x.index(..6) / (x.index(6..).square() + 1.0)).sum()),
    ("abs", |x| (x.abs() * x.flip(0)).sum()),
    ("cumsum", |x| x.cumsum(0).sin().sum()),
    ("norm", |x| x.reshape([3, 4]).norm_axis(1).prod()),
    ("trace", |x| {
        let a = x.index(..9).reshape([3, 3]);
        (a.matmul(&a).matmul(a.t()) + x.index(9..).diag()).trace()
    }),
    ("roll", |x| (x.roll(1, 0) * x.roll(-2, 0) * &x).sum()),
    ("concat", |x| {
        let y = Tensor::concat([x.index(6..), x.index(..3).exp()], 0);
        (y.expand_dims(1) * y.expand_dims(0)).tanh().sum()
    }),
    ("take", |x| {
        let places = Tensor::from_array(vec![3, 0, 3, 11]);
        (x.take(&places, 0) * x.index(4..8)).powi(2).sum()
    }),
    ("take_rows", |x| {
        let places = Tensor::from_array(vec![3, 0, 3]);
        x.reshape([4, 3]).take(&places, 0).prod_axis(0).sum()
    }),
    ("flip_rows", |x| {
        let x = x.reshape([4, 3]);
        (x.flip(0) * x.square()).matmul(system().index((..3, ..))).tanh().sum()
    }),
    ("cumsum_rows", |x| x.reshape([4, 3]).cumsum(0).sin().sum()),
    ("solve_rows", |x| linalg::solve(&system(), &x.reshape([4, 3])).tanh().sum()),
    ("one_hot", |x| {
        let classes = Tensor::from_array(vec![1, 0, 2, 2]).one_hot::<f64>(3);
        (x.reshape([4, 3]).log_softmax(1) * classes).sum()
    }),
    ("places_of_places", |x| {
        let table = x.take(Tensor::from_array([0, 5, 11, -1, 3, 3]).reshape([3, 2]), 0);
        let rows = table.exp().take(Tensor::from_array([2, 0, 1, 1, 7]), 0);
        let near = rows.lt(1.0).where_(rows.square(), rows);
        (near.sum_axis(1) * x.take(Tensor::from_array([4, 4, 0, 9, 2]), 0)).powi(2).sum()
    }),
    ("sums_at_places", |x| {
        let at = Tensor::from_array([0, 2, 2, 1, 0, 3]);
        let sums = Tensor::full([4], 0.5).at_add(&at, x.index(..6).sin() * x.index(6..));
        (sums.powi(3) * x.take(Tensor::from_array([1, 8, 1, 6]), 0)).sum()
    }),
];

/// The matrix of a system of four equations.
fn system() -> Tensor {
    let x = Tensor::from_array((0..16).map(|i| f64::from(i * i % 7)).collect::<Vec<_>>());
    x.reshape([4, 4]) + Tensor::eye::<f64>(4) * 9.0
}

/// Linear maps of 4 × 3 matrices along the first axis, and what does them forward and backward.
const ALONG: &[(OfVector, [&str; 2])] = &[
    (|x| linalg::solve(&system(), &x), ["linear_solve[", "linear_solve["]),
    (|x| linalg::cho_solve(&system().tril(0), &x), ["triangular_solve[", "triangular_solve["]),
    // Windows of two rows.
    (
        |x| {
            let dims = GatherDims {
                offset_dims: vec![1, 2],
                collapsed: vec![],
                operand_batching: vec![],
                indices_batching: vec![],
                start_index_map: vec![0],
            };
            lax::gather(&x, &Tensor::from_array(vec![2, 9]).expand_dims(1), dims, &[2, 3])
        },
        ["gather[", "scatter_add["],
    ),
];

#[test]
fn linear_maps_along_an_axis_let_the_others_pass() {
    let x = Array::from_vec([4, 3], (0..12).map(|i| 0.3 * f64::from(i) - 1.45).collect()).unwrap();
    for (f, ops) in ALONG {
        let both = [jit(jacfwd(*f)), jit(jacrev(*f))];
        let plain = [jit(jacfwd(*f)).optimize(false), jit(jacrev(*f)).optimize(false)];
        for ((on, off), op) in both.iter().zip(&plain).zip(ops) {
            let text = on.lower(&x).unwrap().jaxpr().to_string();
            let lines: Vec<&str> = text.lines().filter(|l| l.contains(op)).collect();
            assert!(!lines.is_empty(), "{op} in {text}");
            // Neither the axis that passes through nor that of its identity is three long there.
            let long = |line: &&str| line.split(']').next().is_some_and(|t| t.contains('3'));
            assert!(!lines.iter().any(long), "{text}");
            let (on, off) = (on.call(&x).unwrap(), off.call(&x).unwrap());
            let (on, off) = (on.to_vec::<f64>().unwrap(), off.to_vec::<f64>().unwrap());
            assert!(on.iter().zip(&off).all(|(a, b)| (a - b).abs() < 1e-14), "{on:?} {off:?}");
        }
    }
}

#[test]
fn values_are_those_without_it() {
    let point =
        Array::from_vec([12], (0..12).map(|i| 0.3 * f64::from(i) - 1.45).collect()).unwrap();
    for mode in HessianMode::ALL {
        let all = |x: Tensor| -> Vec<Tensor> {
            FUNCTIONS.iter().map(|(_, f)| hessian(*f).mode(mode).call(x.clone())).collect()
        };
        let on = jit(all).call(&point).unwrap();
        let off = jit(all).optimize(false).call(&point).unwrap();
        for ((name, _), (on, off)) in FUNCTIONS.iter().zip(on.iter().zip(&off)) {
            let (on, off) = (on.to_vec::<f64>().unwrap(), off.to_vec::<f64>().unwrap());
            let scale = off.iter().fold(1e-3, |m: f64, v| m.max(v.abs()));
            let close = on.iter().zip(&off).all(|(a, b)| (a - b).abs() <= 1e-11 * scale);
            assert!(close, "{name} by {}: {on:?} and {off:?}", mode.name());
        }
    }
}

#[test]
fn batches_of_hessians_and_gradients_of_them() {
    let f = |x: Tensor| (x.expand_dims(1) * x.expand_dims(0)).sin().sum();
    let batch = |x: Tensor| vmap(hessian(f)).call(x);
    let slope = grad(move |x: Tensor| batch(x).square().sum());
    let x = Array::from([[0.1, 0.7, -0.4], [1.2, 0.0, 0.5]]);
    let on = jit(slope.clone()).call(&x).unwrap().to_vec::<f64>().unwrap();
    let off = jit(slope).optimize(false).call(&x).unwrap().to_vec::<f64>().unwrap();
    assert!(on.iter().zip(&off).all(|(a, b)| (a - b).abs() < 1e-10), "{on:?} and {off:?}");
}

/// Rows `s..s + c` of the Hessian of `f`, by as many directions.
fn hessian_rows(
    f: fn(Tensor) -> Tensor,
    c: usize,
) -> impl Function<(Tensor, Tensor), Out = Tensor> + Clone {
    move |x: Tensor, s: Tensor| {
        let seed = rows_of_identity(&s, c, x.size());
        let along = move |v: Tensor, x: Tensor| jvp(|x| grad(f).call(x), x, v).1;
        vmap(along).in_axes([Some(0), None]).call((seed, x))
    }
}

#[test]
fn rows_of_hessians_from_a_start_that_the_program_computes() {
    let n = 12;
    let values = (0..n).map(|i| 0.3 * f64::from(i) - 1.45).collect();
    let x = Array::from_vec([n as usize], values).unwrap();
    for (name, f) in FUNCTIONS {
        let whole = jit(hessian(*f)).call(&x).unwrap().to_vec::<f64>().unwrap();
        for c in [1, 3, 12] {
            let rows = jit(hessian_rows(*f, c));
            for s in [-1, 0, 4, 9, 50] {
                let start = s.clamp(0, n - c as i32) as usize;
                let part = rows.call((&x, s)).unwrap().to_vec::<f64>().unwrap();
                let expected = &whole[start * 12..(start + c) * 12];
                let scale = whole.iter().fold(1e-3, |m: f64, v| m.max(v.abs()));
                let close = part.iter().zip(expected).all(|(a, b)| (a - b).abs() <= 1e-11 * scale);
                assert!(close, "{name}, {c} rows from {s}: {part:?} and {expected:?}");
            }
        }
    }
}

#[test]
fn rows_of_a_diagonal_hessian_are_one_window() {
    check(
        hessian_rows(|x| x.powi(3).sum(), 2),
        (Array::from([1.0, 2.0, 3.0, 4.0, 5.0]), 1),
        expect![[r#"
            c:i32[] = max b 0:i32[]
            d:i32[] = min c 3:i32[]
            e:f64[5] = mul a 2.0:f64[]
            f:f64[2] = dynamic_slice[slice_sizes=(2,)] e d
            g:f64[2] = mul f 3.0:f64[]
            h:f64[2,2] = broadcast_in_dim[broadcast_dimensions=(0,) shape=(2, 2)] g
            i:i32[2,2] = iota[dimension=0 dtype=i32 shape=(2, 2)]
            j:i32[2,2] = iota[dimension=1 dtype=i32 shape=(2, 2)]
            k:bool[2,2] = eq i j
            l:f64[2,2] = select k 0.0:f64[] h
            m:f64[2,5] = broadcast_in_dim[broadcast_dimensions=() shape=(2, 5)] 0.0:f64[]
            n:f64[2,5] = dynamic_update_slice m l 0:i32[] d
            in (n,)"#]],
    );
}

#[test]
fn rows_of_an_identity_take_windows() {
    // A product with them is a window, and their transpose puts one into zeros.
    check(
        |x: Tensor, s: Tensor| rows_of_identity(&s, 2, 3).matmul(x),
        (square(), 1),
        expect![[r#"
            c:i32[] = max b 0:i32[]
            d:i32[] = min c 1:i32[]
            e:f64[2,3] = dynamic_slice[slice_sizes=(2, 3)] a d 0:i32[]
            in (e,)"#]],
    );
    check(
        |x: Tensor, s: Tensor| x.matmul(rows_of_identity(&s, 3, 4)),
        (square(), 1),
        expect![[r#"
            c:i32[] = max b 0:i32[]
            d:i32[] = min c 1:i32[]
            e:f64[3,4] = broadcast_in_dim[broadcast_dimensions=() shape=(3, 4)] 0.0:f64[]
            f:f64[3,4] = dynamic_update_slice e a 0:i32[] d
            in (f,)"#]],
    );
    check(
        |x: Tensor, s: Tensor| x.dot(s.clip(0, 2).one_hot::<f64>(3)),
        (vector(), 1),
        expect![[r#"
            c:i32[] = max b 0:i32[]
            d:i32[] = min c 2:i32[]
            e:f64[1] = dynamic_slice[slice_sizes=(1,)] a d
            f:f64[] = reshape[new_sizes=()] e
            in (f,)"#]],
    );
    // A start that may be out of range is left alone.
    check(
        |x: Tensor, s: Tensor| x.dot(s.one_hot::<f64>(3)),
        (vector(), 1),
        expect![[r#"
        c:i32[3] = iota[dimension=0 dtype=i32 shape=(3,)]
        d:i32[3] = broadcast_in_dim[broadcast_dimensions=() shape=(3,)] b
        e:bool[3] = eq c d
        f:f64[3] = convert_element_type[new_dtype=f64] e
        g:f64[] = dot_general[dimension_numbers=(([0], [0]), ([], []))] a f
        in (g,)"#]],
    );
}

#[test]
fn rectangular_and_shifted_identities_are_windows() {
    check(
        |x: Tensor| Tensor::eye_with::<f64>(2, 3, 1).matmul(x),
        square(),
        expect![[r#"
        b:f64[2,3] = slice[limit_indices=(3, 3) start_indices=(1, 0)] a
        in (b,)"#]],
    );
    check(
        |x: Tensor| x.matmul(Tensor::eye_with::<f64>(3, 2, 0)),
        square(),
        expect![[r#"
        b:f64[3,2] = slice[limit_indices=(3, 2) start_indices=(0, 0)] a
        in (b,)"#]],
    );
}

#[test]
fn bands_are_one_loop() {
    // The Hessian of a chain: three bands, each a choice by the distance from the diagonal.
    let chain = |x: Tensor| (x.index(..-1) * x.index(1..).square()).sum();
    every_mode(
        chain,
        Array::from([1.0, 2.0, 3.0, 4.0]),
        expect![[r#"
            b:f64[3] = slice[limit_indices=(3,) start_indices=(0,)] a
            c:f64[3] = slice[limit_indices=(4,) start_indices=(1,)] a
            d:f64[3] = mul c 2.0:f64[]
            e:i32[4,4] = iota[dimension=0 dtype=i32 shape=(4, 4)]
            f:i32[4,4] = iota[dimension=1 dtype=i32 shape=(4, 4)]
            g:f64[3] = mul b 2.0:f64[]
            h:f64[4] = pad[padding_config=((1, 0, 0),)] d 0.0:f64[]
            i:f64[4] = pad[padding_config=((1, 0, 0),)] g 0.0:f64[]
            j:f64[4] = pad[padding_config=((0, 1, 0),)] d 0.0:f64[]
            k:i32[4,4] = sub f e
            l:bool[4,4] = eq k -1:i32[]
            m:f64[4,4] = broadcast_in_dim[broadcast_dimensions=(0,) shape=(4, 4)] h
            n:f64[4,4] = select l 0.0:f64[] m
            o:bool[4,4] = eq k 0:i32[]
            p:f64[4,4] = broadcast_in_dim[broadcast_dimensions=(0,) shape=(4, 4)] i
            q:f64[4,4] = select o n p
            r:bool[4,4] = eq k 1:i32[]
            s:f64[4,4] = broadcast_in_dim[broadcast_dimensions=(0,) shape=(4, 4)] j
            t:f64[4,4] = select r q s
            in (t,)"#]],
    );
}
