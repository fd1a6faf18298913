//! Vectorization: any axis in, any axis out, nested, and of functions that do not depend on it.

use super::{num, vector};
use crate::support::claims::prove;
use cotangent::{DType, Function, Tensor, grad, jacrev, jit, jvp, vmap};

#[test]
fn axes_in_and_out() {
    let a = ndarray::Array::from_shape_fn((2, 3, 5), |(i, j, k)| (i * 15 + j * 5 + k) as f64 * 0.1);
    prove([a], |c, [a]| {
        let f = |x: Tensor| x.sin() * x.t().cumsum(0).t();
        // The batch axis to the front, the examples one by one, and stacked where they should go.
        for axis in -3..3_isize {
            for out in -3..3_isize {
                let front = a.moveaxis(axis, 0);
                let rows: Vec<Tensor> =
                    (0..front.dim(0)).map(|i| f(front.row(i as isize))).collect();
                let found = vmap(f).in_axes(axis).out_axes(out).call(a.clone());
                let note = format!("in {axis}, out {out}");
                c.agree_within(1e-14, &note, found, Tensor::stack(rows, out));
            }
        }
    });
}

#[test]
fn arguments_with_and_without_an_axis() {
    prove([[[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]], |c, [a]| {
        let v = vector(&[1.0, -1.0]);
        let f = |m: Tensor, x: Tensor, k: Tensor| m.dot(&x) * k;
        let rows = a.matmul(&v);
        let args = |k: Tensor| (a.clone(), v.clone(), k);
        c.agree(vmap(f).in_axes([Some(0), None, None]).call(args(num(2.0))), 2.0 * &rows);
        let ks = vector(&[1.0, 2.0, 3.0]);
        c.agree(vmap(f).in_axes([Some(0), None, Some(-1)]).call(args(ks.clone())), &rows * &ks);
        let swapped = (v.clone(), a.t(), ks.clone());
        c.agree(vmap(f).in_axes(vec![None, Some(1), Some(0)]).call(swapped), &rows * &ks);
        // One axis for the whole tree of an argument, and for a tree of results.
        let pair = |(x, y): (Tensor, Tensor), k: Tensor| [&x * &k, x.dot(&y).expand_dims(0)];
        let found = vmap(pair)
            .in_axes([Some(-2), None])
            .out_axes(1)
            .call(((a.clone(), &a * 2.0), num(3.0)));
        c.agree(found, [3.0 * a.t(), 2.0 * a.powi(2).sum_axis(1).expand_dims(0)]);
    });
}

#[test]
fn maps_inside_maps() {
    prove([[1.0, 2.0, 3.0], [4.0, 5.0, 7.0]], |c, [x, y]| {
        // All pairs, by mapping over one argument at a time.
        let f = |x: Tensor, y: Tensor| x * y.powi(2);
        let columns = vmap(f).in_axes([None, Some(0)]);
        let pairs = vmap(columns).in_axes([Some(0), None]);
        c.agree(pairs.call((x.clone(), y.clone())), x.outer(y.powi(2)));
        let slopes =
            vmap(vmap(grad(f).argnums(1)).in_axes([None, Some(0)])).in_axes([Some(0), None]);
        c.agree(slopes.call((x.clone(), y.clone())), 2.0 * x.outer(&y));
        // The same by capture, with the outer variable on the inner axis of the result.
        let inner = |x: Tensor| vmap(|y: Tensor| &x * y.powi(2)).call(y.clone());
        c.agree(vmap(inner).call(x.clone()), x.outer(y.powi(2)));
        c.agree(vmap(inner).out_axes(-1).call(x.clone()), y.powi(2).outer(&x));
        // Three deep.
        let cube = |x: Tensor| {
            let square = |y: Tensor| vmap(|z: Tensor| &x * &y * z).call(vector(&[1.0, 10.0]));
            vmap(square).call(y.clone())
        };
        let wanted = Tensor::einsum("i,j,k->ijk", [&x, &y, &vector(&[1.0, 10.0])]);
        c.agree(vmap(cube).call(x.clone()), wanted);
    });
}

#[test]
fn captured_tensors_are_the_same_for_all_examples() {
    prove([[1.0, 2.0], [3.0, 4.0]], |c, [w, x]| {
        let scaled = |x: Tensor| x * &w;
        c.agree(vmap(scaled).call(x.clone()), x.outer(&w));
        let sums = |w: Tensor| vmap(|x: Tensor| (x * &w).sum()).call(x.clone());
        c.agree(sums(w.clone()), &x * w.sum());
        c.agree(jacrev(sums).call(w.clone()), x.outer(w.ones_like()));
        c.agree(jvp(sums, w.clone(), w.clone()).1, &x * w.sum());
        // A captured tensor of the map around.
        let all = vmap(|w: Tensor| vmap(|x: Tensor| x - &w).call(x.clone()));
        c.agree(all.call(w.clone()), x.expand_dims(0) - w.expand_dims(1));
        c.agree(jit(all).apply((w.clone(),)), x.expand_dims(0) - w.expand_dims(1));
    });
}

#[test]
fn functions_of_literals_and_of_no_operands() {
    prove([[1.0, 2.0, 3.0]], |c, [x]| {
        c.agree(vmap(|_: Tensor| num(2.0) * num(3.0)).call(x.clone()), vector(&[6.0; 3]));
        c.agree(vmap(|x: Tensor| 2.0 * x + 1.0).call(x.clone()), 2.0 * &x + 1.0);
        let places = |x: Tensor| (Tensor::arange(0..2), x);
        let wanted = Tensor::from_array([0, 1]).broadcast_to([3, 2]);
        c.agree(vmap(places).call(x.clone()), (wanted.clone(), x.clone()));
        c.agree(vmap(places).out_axes(-1).call(x.clone()).0, wanted.t());
        let chosen = |x: Tensor| x.gt(1.5).where_(num(1.0), num(0.0));
        c.agree(vmap(chosen).call(x.clone()), vector(&[0.0, 1.0, 1.0]));
    });
}

#[test]
fn indices_and_choices_per_example() {
    let table = [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]];
    prove([table], |c, [t]| {
        let i = Tensor::from_array(&ndarray::array![[2_i64, 0], [1, -1]]);
        let wanted = vector(&[3.0, 1.0, 5.0, 6.0]).reshape([2, 2]);
        let take = |t: Tensor, i: Tensor| t.take(i, 0);
        c.agree(vmap(take).call((t.clone(), i.clone())), wanted);
        // One table, and one index.
        let column = t.index((.., 0));
        let wanted = column.take(Tensor::from_array([[0, 0], [1, 1]].concat()), 0).reshape([2, 2]);
        let one = Tensor::from_array([[0_i64, 0], [1, 1]].concat()).reshape([2, 2]);
        c.agree(vmap(take).in_axes([None, Some(0)]).call((column, one)), wanted);
        let added = |t: Tensor, i: Tensor| t.zeros_like().at_add(i, 1.0);
        let wanted = vector(&[1.0, 0.0, 1.0, 0.0, 1.0, 1.0]).reshape([2, 3]);
        c.agree(vmap(added).call((t.clone(), i)), wanted);
        let best =
            |t: Tensor| t.argmax().convert(DType::F64) + t.max() * t.gt(2.0).as_type::<f64>();
        let wanted = vector(&[2.0, 2.0, 5.0, 8.0, 8.0, 8.0]).reshape([2, 3]);
        c.agree(vmap(best).call(t), wanted);
    });
}

#[test]
fn empty_batches_and_batches_of_one() {
    prove([1.0], |c, [x]| {
        for n in [0, 1] {
            let batch = x.broadcast_to([n, 3]);
            let f = |x: Tensor| (x.sum(), x.exp());
            let wanted = (batch.sum_axis(1), batch.exp());
            c.agree(vmap(f).call(batch.clone()), wanted);
            let slopes = vmap(grad(|x: Tensor| x.prod())).call(batch.clone());
            c.agree(slopes, batch.ones_like());
        }
        // Examples without elements.
        let none = x.broadcast_to([2, 0]);
        c.agree(vmap(|x: Tensor| x.sum()).call(none.clone()), vector(&[0.0; 2]));
        c.agree(vmap(grad(|x: Tensor| x.prod())).call(none.clone()), none);
    });
}
