//! Compiled functions: the cache and its counters, threads, and values going in and out.

use crate::support::compare::scalars;
use crate::support::values::values;
use cotangent::{
    Array, Complex, DType, Device, Element, Function, HostArray, Jit, Tensor, bf16, default_device,
    f16, grad, jit,
};
use ndarray::{Array2, Axis, Ix2, array, s};
use std::sync::Barrier;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Traces, compilations and hits so far.
fn counts<F: Function<(Tensor,)>>(f: &Jit<F, (Tensor,)>) -> [u64; 3] {
    let stats = f.stats();
    [stats.traces, stats.compiles, stats.hits]
}

fn zeros(n: usize) -> Vec<f64> {
    vec![0.0; n]
}

#[test]
fn values_never_recompile_and_types_do_once() {
    let traces = AtomicUsize::new(0);
    let f = jit(|x: Tensor| {
        traces.fetch_add(1, Ordering::Relaxed);
        x * 2
    });
    for i in 0..5 {
        assert_eq!(f.call(f64::from(i)).unwrap().item::<f64>().unwrap(), f64::from(2 * i));
    }
    assert_eq!(counts(&f), [1, 1, 4]);
    for n in [1, 2, 1, 2] {
        f.call(zeros(n)).unwrap();
    }
    assert_eq!(counts(&f), [3, 3, 6]);
    for _ in 0..2 {
        f.call(vec![0.0f32, 0.0]).unwrap();
        f.call(vec![0, 0]).unwrap();
    }
    assert_eq!(counts(&f), [5, 5, 8]);
    // The rank belongs to the type, and the place of the values does not.
    let there = Array::from([0.0, 0.0]).to_device(Device::Cpu).unwrap();
    f.call(there).unwrap();
    f.call(ndarray::arr2(&[[0.0, 0.0]])).unwrap();
    assert_eq!(counts(&f), [6, 6, 9]);
    assert_eq!(traces.load(Ordering::Relaxed), 6);
    assert!(f.stats().compile_time.as_nanos() > 0);
    // To look at a program is not to compile it.
    f.lower(zeros(7)).unwrap();
    assert_eq!(counts(&f), [6, 6, 9]);
}

#[test]
fn the_structure_of_arguments_is_part_of_their_type() {
    let f =
        jit(|all: Vec<Vec<Tensor>>| all.iter().map(Vec::len).sum::<usize>() as f64 + &all[0][0]);
    let calls = [vec![vec![1.0, 1.0]], vec![vec![1.0], vec![1.0]], vec![vec![1.0, 1.0]]];
    for call in calls {
        assert_eq!(f.call(call).unwrap().item::<f64>().unwrap(), 3.0);
    }
    assert_eq!((f.stats().compiles, f.stats().hits), (2, 1));
}

#[test]
fn the_least_recently_used_program_makes_room() {
    let f = jit(|x: Tensor| x + 1.0).capacity(2);
    let calls = [
        (1, [1, 1, 0]),
        (2, [2, 2, 0]),
        (1, [2, 2, 1]),
        (3, [3, 3, 1]), // in the place of 2
        (1, [3, 3, 2]),
        (2, [4, 4, 2]), // in the place of 3
        (3, [5, 5, 2]),
        (2, [5, 5, 3]),
    ];
    for (n, wanted) in calls {
        f.call(zeros(n)).unwrap();
        assert_eq!(counts(&f), wanted, "after a call of size {n}");
    }
    // The least capacity is one.
    let f = jit(|x: Tensor| x).capacity(0);
    for (n, wanted) in [(1, [1, 1, 0]), (1, [1, 1, 1]), (2, [2, 2, 1])] {
        f.call(zeros(n)).unwrap();
        assert_eq!(counts(&f), wanted);
    }
}

#[test]
fn many_threads_compile_once() {
    let (threads, calls) = (8, 10);
    let f = jit(grad(|x: Tensor| x.powi(3).sum()));
    let start = Barrier::new(threads);
    std::thread::scope(|scope| {
        for t in 0..threads {
            let (f, start) = (&f, &start);
            scope.spawn(move || {
                start.wait();
                for i in 0..calls {
                    let x = (t * calls + i) as f64;
                    let y = f.call(vec![x, 1.0]).unwrap().to_vec::<f64>().unwrap();
                    assert_eq!(y, [3.0 * x * x, 3.0]);
                }
            });
        }
    });
    // Those that waited for the first are no hits: they found no program when they came.
    let stats = f.stats();
    assert_eq!((stats.traces, stats.compiles), (1, 1));
    assert!(stats.hits >= (threads * (calls - 1)) as u64, "{stats:?}");
}

#[test]
fn results_stay_on_the_device_and_go_into_later_calls() {
    let device = default_device().unwrap();
    let f = jit(|x: Tensor, y: Tensor| (x.matmul(&y), y));
    let (a, b) = (array![[1.0, 2.0], [3.0, 4.0]], array![[0.0, 1.0], [1.0, 0.0]]);
    let host = Array::from(&a);
    assert_eq!(host.device(), None);
    let (mut x, y) = f.call((&host, &b)).unwrap();
    assert_eq!((x.device(), y.device()), (Some(device), Some(device)));
    // The argument's copy on the device is kept, and its clones share it.
    assert_eq!(host.clone().device(), Some(device));
    for _ in 0..4 {
        x = f.call((x, &y)).unwrap().0;
    }
    assert_eq!(x.to_ndarray::<f64>().unwrap().into_dimensionality::<Ix2>().unwrap(), a.dot(&b));
    assert_eq!(f.stats().compiles, 1);
    // An array survives its use, and may be two arguments at once.
    assert_eq!(f.call((&host, &host)).unwrap().0.to_vec::<f64>().unwrap(), [7.0, 10.0, 15.0, 22.0]);
    assert_eq!(host.to_vec::<f64>().unwrap(), [1.0, 2.0, 3.0, 4.0]);
    let same = jit(|x: Tensor| x).call(&host).unwrap();
    assert_eq!(same.to_vec::<f64>().unwrap(), [1.0, 2.0, 3.0, 4.0]);
}

#[test]
fn arrays_of_ndarray_of_every_layout() {
    let a = Array2::from_shape_fn((3, 5), |(i, j)| (10 * i + j) as f64);
    let f = jit(|x: Tensor| x * 1.0);
    let views = [
        a.view(),
        a.t(),
        a.slice(s![1.., ..]),
        a.slice(s![.., 1..;2]),
        a.slice(s![..;-1, ..;-2]),
        a.slice(s![1..1, ..]),
        a.slice(s![2..3, 4..5]),
        a.index_axis(Axis(0), 1).insert_axis(Axis(1)),
    ];
    for view in views {
        for given in [Array::from(view), Array::from(&view), Array::from(view.to_owned())] {
            let back = f.call(given).unwrap().to_ndarray::<f64>().unwrap();
            assert_eq!(back, view.into_dyn());
        }
    }
    // An owned array that starts in the middle of its vector, and one in column order.
    let cut = a.clone().slice_move(s![1..2, 2..]);
    assert_eq!(f.call(cut).unwrap().to_vec::<f64>().unwrap(), [12.0, 13.0, 14.0]);
    let column_order = a.clone().reversed_axes();
    let back = f.call(column_order).unwrap().to_ndarray::<f64>().unwrap();
    assert_eq!(back, a.t().into_dyn());
    assert_eq!(f.call(a.into_dyn()).unwrap().shape()[..], [3, 5]);
    assert_eq!(f.call(ndarray::arr0(2.0)).unwrap().item::<f64>().unwrap(), 2.0);
}

/// Values of one type in and out, unchanged and through a host array.
fn round_trip<T: Element>(values: &[T]) -> Array {
    let host = Array::from(values);
    assert_eq!(host.dtype(), T::DTYPE);
    assert_eq!(host.to_vec::<T>().unwrap(), values);
    let copy = HostArray::from_values([values.len()], values).unwrap();
    assert_eq!(Array::from(copy.clone()).to_vec::<T>().unwrap(), values);
    assert_eq!(host.to_host().unwrap(), copy);
    host
}

#[test]
fn every_dtype_in_and_out() {
    let ins = [
        round_trip(&[true, false, true]),
        round_trip(&[0u8, 1, u8::MAX]),
        round_trip(&[i32::MIN, 0, i32::MAX]),
        round_trip(&[0u32, 1, u32::MAX]),
        round_trip(&[i64::MIN, 0, i64::MAX]),
        round_trip(&[f16::MIN, f16::MIN_POSITIVE, f16::MAX]),
        round_trip(&[bf16::MIN, bf16::MIN_POSITIVE, bf16::MAX]),
        round_trip(&[f32::MIN, f32::MIN_POSITIVE, f32::MAX]),
        round_trip(&[f64::MIN, f64::MIN_POSITIVE, f64::MAX]),
        round_trip(&[Complex::new(1f32, f32::MAX), Complex::new(0.0, -1.0), Complex::I]),
        round_trip(&[Complex::new(1.0, f64::MAX), Complex::new(0.0, -1.0), Complex::I]),
    ];
    assert_eq!(ins.clone().map(|a| a.dtype()), DType::ALL);
    // Through a program that only passes them on, and through one that looks at them.
    let f = jit(|ins: [Tensor; 11]| {
        let turned = ins.clone().map(|t| t.flip(0));
        (ins, turned)
    });
    let (same, turned) = f.call(ins.clone()).unwrap();
    for ((given, same), turned) in ins.iter().zip(&same).zip(&turned) {
        let mut values = scalars(given).unwrap();
        assert_eq!(scalars(same).unwrap(), values);
        values.reverse();
        assert_eq!(scalars(turned).unwrap(), values);
        assert_eq!((same.dtype(), turned.dtype()), (given.dtype(), given.dtype()));
    }
}

#[test]
fn arrays_without_elements() {
    let f = jit(|x: Tensor| {
        let sums = (x.sum(), x.prod(), x.sum_axis(0), x.max_axis(1));
        (sums, x.exp(), x.matmul(x.t()), x.t().matmul(&x), grad(|x: Tensor| x.sin().sum()).call(x))
    });
    let empty = Array2::<f64>::zeros((3, 0));
    let ((sum, prod, columns, rows), exp, gram, inner, slope) = f.call(empty.t()).unwrap();
    assert_eq!((sum.item::<f64>().unwrap(), prod.item::<f64>().unwrap()), (0.0, 1.0));
    assert_eq!(columns.to_vec::<f64>().unwrap(), [0.0; 3]);
    assert_eq!((rows.shape()[..].to_vec(), exp.shape()[..].to_vec()), (vec![0], vec![0, 3]));
    assert_eq!((gram.shape()[..].to_vec(), slope.shape()[..].to_vec()), (vec![0, 0], vec![0, 3]));
    assert_eq!(inner.to_vec::<f64>().unwrap(), [0.0; 9]);
    assert_eq!(exp.to_ndarray::<f64>().unwrap().shape(), [0, 3]);
    // No arguments' leaves at all, and no results.
    let none = jit(|list: Vec<Tensor>| list).call(Vec::<Array>::new()).unwrap();
    assert!(none.is_empty());
    let one = jit(|_: Vec<Tensor>| Tensor::scalar(1)).call(Vec::<Array>::new()).unwrap();
    assert_eq!(one.item::<i32>().unwrap(), 1);
}

#[test]
fn nan_and_infinities_pass_through() {
    let special = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -0.0, f64::MIN_POSITIVE];
    let f = jit(|x: Tensor| {
        (x.clone(), x.t(), x.sum(), x.gt(0.0), grad(|x: Tensor| x.powi(2).sum()).call(x))
    });
    let (same, moved, sum, positive, slope) = f.call(special).unwrap();
    let bits =
        |a: &Array| a.to_vec::<f64>().unwrap().into_iter().map(f64::to_bits).collect::<Vec<_>>();
    assert_eq!(bits(&same), special.map(f64::to_bits));
    assert_eq!(bits(&moved), special.map(f64::to_bits));
    assert!(sum.item::<f64>().unwrap().is_nan());
    assert_eq!(positive.to_vec::<bool>().unwrap(), [false, true, false, false, true]);
    let slope = slope.to_vec::<f64>().unwrap();
    assert!(slope[0].is_nan());
    assert_eq!(slope[1..4], [f64::INFINITY, f64::NEG_INFINITY, 0.0]);
}

#[test]
fn constants_of_every_size() {
    // Small ones stand in the text of the program, large ones are given to it at each call.
    for n in [1, 16, 17, 1000] {
        let large = values(n);
        let f = jit(|x: Tensor| {
            let c = Tensor::from_array(&large);
            let twice = jit(|x: Tensor| x + &c).apply((x,));
            (twice * Tensor::from_array(&large), Tensor::from_array(&large))
        });
        for k in [0.0, 1.0] {
            let (y, c) = f.call(k).unwrap();
            let wanted: Vec<f64> = large.iter().map(|c| (k + c) * c).collect();
            for (y, wanted) in y.to_vec::<f64>().unwrap().into_iter().zip(wanted) {
                assert!((y - wanted).abs() <= 4e-16 * wanted.abs(), "{y} is not {wanted}");
            }
            assert_eq!(c.to_vec::<f64>().unwrap(), large);
        }
        assert_eq!((f.stats().compiles, f.stats().hits), (1, 1));
    }
}

#[test]
fn stages_one_by_one() {
    let f = jit(|x: Tensor, y: Tensor| x.sin() * y);
    let lowered = f.lower((vec![0.5f32; 3], 2.0f32)).unwrap();
    let text = lowered.jaxpr().to_string();
    assert!(text.starts_with("{ lambda ; a:f32[3] b:f32[]. let"), "{text}");
    lowered.jaxpr().check().unwrap();
    for part in ["HloModule", "ENTRY", "f32[3]", "sine(", "multiply(", "tests/jit.rs"] {
        assert!(lowered.hlo().contains(part), "{part} in {}", lowered.hlo());
    }
    assert!(lowered.trace_time().as_nanos() > 0 && lowered.lower_time().as_nanos() > 0);
    let compiled = lowered.compile().unwrap();
    assert!(compiled.compile_time().as_nanos() > 0);
    for k in [0.0f32, 1.0, 2.0] {
        let y = compiled.call((vec![k, 0.5, 1.0], 2.0f32)).unwrap().to_vec::<f32>().unwrap();
        assert!(y.iter().zip([k, 0.5, 1.0]).all(|(y, x)| (y - 2.0 * x.sin()).abs() < 1e-6));
    }
    // A compiled program may be called from many threads, and does not count as the function's.
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| compiled.call((vec![0.0f32; 3], 1.0f32)).unwrap());
        }
    });
    assert_eq!((f.stats().compiles, f.stats().hits), (0, 0));
}

#[test]
fn on_a_device_and_without_passes() {
    let device = default_device().unwrap();
    for f in [
        jit(double as fn(Tensor) -> Tensor).on(device),
        jit(double as fn(Tensor) -> Tensor).optimize(false),
    ] {
        let y = f.call(vec![1.0, 2.0]).unwrap();
        assert_eq!((y.device(), y.to_vec::<f64>().unwrap()), (Some(device), vec![2.0, 4.0]));
    }
}

fn double(x: Tensor) -> Tensor {
    x * 2.0
}
