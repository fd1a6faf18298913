//! Mistakes with arrays, compiled programs and devices.

use super::{array, check};
use cotangent::{Array, DType, Device, HostArray, Tensor, jit};
use expect_test::expect;

#[test]
fn arrays() {
    let a = Array::from([1.0, 2.0, 3.0]);
    let results = [
        a.item::<f64>().map(drop),
        array(&[0]).item::<f64>().map(drop),
        a.item::<f32>().map(drop),
        a.to_vec::<f32>().map(drop),
        a.to_vec::<bool>().map(drop),
        a.to_ndarray::<i64>().map(drop),
        Array::from_vec([2, 2], vec![1, 2, 3]).map(drop),
        Array::from_slice([0], &[1]).map(drop),
        Array::from_vec([usize::MAX, 2], vec![1]).map(drop),
        Array::from_vec([usize::MAX, 0], Vec::<f64>::new()).map(drop),
        HostArray::from_values([2], &[1.0]).map(drop),
        HostArray::from_bytes(DType::F64, [1], vec![0]).map(drop),
    ];
    check(
        results,
        expect![[r#"
        item: shapes [3]: only an array of one element is one value; use to_vec
          at item::<f64>().map(drop)
        item: shapes [0]: only an array of one element is one value; use to_vec
          at item::<f64>().map(drop)
        item: dtypes f64 and f32: the array holds f64; ask for `item::<f64>()`
          at item::<f32>().map(drop)
        to_vec: dtypes f64 and f32: the array holds f64; ask for `to_vec::<f64>()`
          at to_vec::<f32>().map(drop)
        to_vec: dtypes f64 and bool: the array holds f64; ask for `to_vec::<f64>()`
          at to_vec::<bool>().map(drop)
        to_ndarray: dtypes f64 and i64: the array holds f64; ask for `to_ndarray::<f64>()`
          at to_ndarray::<i64>().map(drop)
        array: 3 values do not fill an array of shape [2,2], which takes 4
          at Array::from_vec([2, 2], vec![1, 2, 3]).map(drop)
        array: 1 values do not fill an array of shape [0], which takes 0
          at Array::from_slice([0], &[1]).map(drop)
        array: no memory can hold an array of shape [18446744073709551615,2]
          at Array::from_vec([usize::MAX, 2], vec![1]).map(drop)
        array: no memory can hold an array of shape [18446744073709551615,0]
          at Array::from_vec([usize::MAX, 0], Vec::<f64>::new()).map(drop)
        array: 8 bytes do not fill an array f64[2]
          at HostArray::from_values([2], &[1.0]).map(drop)
        array: 1 bytes do not fill an array f64[1]
          at HostArray::from_bytes(DType::F64, [1], vec![0]).map(drop)
    "#]],
    );
}

#[test]
fn devices_that_there_are_not() {
    for name in ["tpu", "", "cuda:", "cuda:x", "cuda:-1", "cpu:0", "CPU"] {
        let error = name.parse::<Device>().unwrap_err().to_string();
        let wanted = format!("device: there is no device `{name}`; write cpu, cuda or cuda:1");
        assert_eq!(error, wanted);
    }
}

#[test]
fn a_device_that_does_not_work() {
    // Where there is a GPU it works; elsewhere the error says what is missing, each time.
    let f = jit(|x: Tensor| x + 1.0).on(Device::Cuda(0));
    for _ in 0..2 {
        match f.call(1.0) {
            Ok(y) => assert_eq!(y.item::<f64>().unwrap(), 2.0),
            Err(e) => {
                assert!(e.to_string().contains("CUDA"), "{e}");
                assert_eq!(e.source_location().unwrap().file(), file!(), "{e}");
            }
        }
    }
}

#[test]
fn programs_called_with_other_types() {
    let f = |x: Tensor, y: Tensor| x + y;
    let program = jit(f).lower((array(&[2]), 1.0)).unwrap().compile().unwrap();
    let results = [
        program.call((array(&[3]), 1.0)),
        program.call((vec![1.0f32, 2.0], 1.0)),
        program.call((array(&[2]), vec![1.0])),
        program.call((array(&[2]), 1)),
    ];
    check(
        results,
        expect![[r#"
            call: argument 0 is f64[3], compiled for f64[2]
              at call((array(&[3]), 1.0))
            call: argument 0 is f32[2], compiled for f64[2]
              at call((vec![1.0f32, 2.0], 1.0))
            call: argument 1 is f64[1], compiled for f64[]
              at call((array(&[2]), vec![1.0]))
            call: argument 1 is i32[], compiled for f64[]
              at call((array(&[2]), 1))
        "#]],
    );
    // The error leaves the program usable.
    assert_eq!(program.call((array(&[2]), 1.0)).unwrap().to_vec::<f64>().unwrap(), [1.5, 1.5]);
    // The structure counts, too.
    let lists = |all: Vec<Vec<Tensor>>| all.concat().into_iter().sum::<Tensor>();
    let program = jit(lists).lower(vec![vec![1.0], vec![2.0]]).unwrap().compile().unwrap();
    let results = [
        program.call(vec![vec![1.0, 2.0]]),
        program.call(vec![vec![1.0], vec![2.0], vec![]]),
        program.call(vec![vec![1.0]]),
        program.call(Vec::<Vec<f64>>::new()),
    ];
    check(
        results,
        expect![[r#"
            call: compiled for (((*), (*))), called with (((*, *)))
              at call(vec![vec![1.0, 2.0]])
            call: compiled for (((*), (*))), called with (((*), (*), ()))
              at call(vec![vec![1.0], vec![2.0], vec![]])
            call: compiled for (((*), (*))), called with (((*)))
              at call(vec![vec![1.0]])
            call: compiled for (((*), (*))), called with (())
              at call(Vec::<Vec<f64>>::new())
        "#]],
    );
    assert_eq!(program.call(vec![vec![1.0], vec![2.0]]).unwrap().item::<f64>().unwrap(), 3.0);
}

#[test]
fn mistakes_found_by_jit() {
    // Tracing fails at the call; the function keeps no trace of it, and works for other shapes.
    let f = jit(|x: Tensor| x + Tensor::from_array([1.0, 2.0, 3.0]));
    check(
        [f.call(vec![1.0, 2.0]), f.call(vec![1.0, 2.0])],
        expect![[r#"
        add: shapes [2] and [3]: they do not broadcast to a common shape
          at x + Tensor::from_array([1.0, 2.0, 3.0])
        add: shapes [2] and [3]: they do not broadcast to a common shape
          at x + Tensor::from_array([1.0, 2.0, 3.0])
    "#]],
    );
    check(
        [f.lower(vec![1.0, 2.0])],
        expect![[r#"
        add: shapes [2] and [3]: they do not broadcast to a common shape
          at x + Tensor::from_array([1.0, 2.0, 3.0])
    "#]],
    );
    assert_eq!(f.call(vec![0.0; 3]).unwrap().to_vec::<f64>().unwrap(), [1.0, 2.0, 3.0]);
    assert_eq!((f.stats().compiles, f.stats().hits), (1, 0));
}
