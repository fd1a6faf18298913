//! Structs, maps and options as arguments and results, their flat vectors, and names of leaves in
//! errors.

use cotangent::{
    Array, Tensor, Tree, grad, hessian, hvp, jacfwd, jit, jvp, ravel, value_and_grad, vmap,
};
use std::collections::BTreeMap;

cotangent::tree! {
    /// A layer of a network.
    #[derive(Debug, PartialEq)]
    pub struct Layer<L> {
        pub weights: L,
        pub bias: L,
    }
}

cotangent::tree! {
    struct Model<L> {
        layers: Vec<Layer<L>>,
        scale: Option<L>,
        rates: BTreeMap<String, (L, [L; 1])>,
    }
}

type Numbers = Model<Vec<f64>>;

fn model(scale: Option<Vec<f64>>) -> Numbers {
    let layer = |k: f64| Layer { weights: vec![k, 2.0 * k], bias: vec![0.5 * k] };
    let rates = [("b", 0.7), ("a c", 0.2)];
    let rates = rates.map(|(name, x)| (name.to_string(), (vec![x], [vec![2.0 * x, -x]])));
    Model { layers: vec![layer(0.3), layer(-1.1)], scale, rates: rates.into() }
}

/// Every leaf times another one, so that all blocks of the Hessian differ.
fn energy(m: Model) -> Tensor {
    let mut leaves = Vec::new();
    m.flatten(&mut leaves);
    let parts = leaves.iter().enumerate().map(|(k, x)| (x.sin() * (1.0 + k as f64)).sum());
    parts.sum::<Tensor>().powi(3)
}

#[test]
fn leaves_come_in_the_order_of_fields_and_keys() {
    let paths = |scale| {
        let f = jit(|m: Model| {
            println!("{}", m.def());
            assert_eq!(m.def().paths().len(), m.def().leaves());
            m
        });
        let back = f.call(model(scale)).unwrap();
        let lowered = f.lower(model(None)).unwrap();
        assert_eq!(lowered.jaxpr().n_ins, 8);
        back
    };
    let back = paths(Some(vec![9.0]));
    assert_eq!(back.layers[1].weights.to_vec::<f64>().unwrap(), [-1.1, -2.2]);
    assert_eq!(back.scale.unwrap().to_vec::<f64>().unwrap(), [9.0]);
    assert_eq!(back.rates.keys().collect::<Vec<_>>(), ["a c", "b"]);
    assert_eq!(back.rates["b"].1[0].to_vec::<f64>().unwrap(), [1.4, -0.7]);
    assert!(paths(None).scale.is_none());
    let f = jit(|m: Model| {
        let expected = [
            ".layers[0].weights",
            ".layers[0].bias",
            ".layers[1].weights",
            ".layers[1].bias",
            ".scale[0]",
            ".rates[\"a c\"][0]",
            ".rates[\"a c\"][1][0]",
            ".rates.b[0]",
            ".rates.b[1][0]",
        ];
        assert_eq!(m.def().paths(), expected);
        let def = "{layers: ({weights: *, bias: *}, {weights: *, bias: *}), scale: (*), \
                   rates: {a c: (*, (*)), b: (*, (*))}}";
        assert_eq!(m.def().to_string(), def);
        m.scale.unwrap()
    });
    f.call(model(Some(vec![1.0]))).unwrap();
}

#[test]
fn derivatives_of_structs_are_structs() {
    let m = || model(Some(vec![0.4]));
    let (value, gradient) = jit(value_and_grad(energy)).call(m()).unwrap();
    let flat = jit(|m: Model| {
        let (flat, unravel) = ravel(&m);
        let f = move |flat: Tensor| energy(unravel.call(&flat));
        let h = hessian(f.clone()).call(flat.clone());
        (f(flat.clone()), grad(f).call(flat), h)
    });
    let (flat_value, flat_gradient, flat_hessian) = flat.call(m()).unwrap();
    assert_eq!(value.item::<f64>().unwrap(), flat_value.item::<f64>().unwrap());
    let bias = gradient.layers[1].bias.item::<f64>().unwrap();
    let flat_gradient = flat_gradient.to_vec::<f64>().unwrap();
    assert!((bias - flat_gradient[5]).abs() < 1e-13, "{bias} {flat_gradient:?}");
    // A block of the Hessian: the bias of a layer by the second of a rate.
    let h = jit(hessian(energy)).call(m()).unwrap();
    let block = &h.layers[1].bias.rates["b"].1[0];
    assert_eq!(block.shape()[..], [1, 2]);
    let n = flat_gradient.len();
    let row = &flat_hessian.to_vec::<f64>().unwrap()[5 * n..6 * n];
    for (x, y) in block.to_vec::<f64>().unwrap().iter().zip(&row[n - 2..]) {
        assert!((x - y).abs() < 1e-13, "{x} {y}");
    }
    // A struct as the result, a map as the argument.
    let rates =
        |r: BTreeMap<String, Tensor>| Layer { weights: &r["x"] * &r["y"], bias: r["x"].exp() };
    let j = jit(jacfwd(rates)).call(BTreeMap::from([("x", 2.0), ("y", 3.0)])).unwrap();
    assert_eq!(j.weights["x"].item::<f64>().unwrap(), 3.0);
    assert_eq!(j.bias["y"].item::<f64>().unwrap(), 0.0);
    // And batches of them.
    let sums = vmap(|l: Layer| l.weights.sum() + l.bias);
    let layer = Layer { weights: vec![1.0, 2.0, 3.0], bias: vec![0.5, 0.5, 0.5] };
    assert_eq!(jit(sums).call(layer).unwrap().to_vec::<f64>().unwrap(), [1.5, 2.5, 3.5]);
}

#[test]
fn flat_vectors_go_both_ways() {
    let f = jit(|x: (Tensor, Vec<Tensor>, [Tensor; 0])| {
        let (flat, unravel) = ravel(&x);
        assert_eq!(unravel.size(), 7);
        (flat.clone(), unravel.call(&(flat * 2.0)))
    });
    let none: Vec<f64> = vec![];
    let empty = Array::from_vec([0, 3], none).unwrap();
    let square = Array::from([[1.0, 2.0], [3.0, 4.0]]);
    let x = (square, vec![empty, Array::from(5.0), Array::from([6.0, 7.0])], [0.0; 0]);
    let (flat, (a, b, [])) = f.call(x).unwrap();
    assert_eq!(flat.to_vec::<f64>().unwrap(), [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0]);
    assert_eq!(
        (a.shape().to_vec(), a.to_vec::<f64>().unwrap()),
        (vec![2, 2], vec![2.0, 4.0, 6.0, 8.0])
    );
    assert_eq!(b[0].shape()[..], [0, 3]);
    assert_eq!(b[2].to_vec::<f64>().unwrap(), [12.0, 14.0]);
    let nothing = jit(|x: Vec<Tensor>| ravel(&x).0).call(Vec::<f64>::new()).unwrap();
    assert_eq!(nothing.shape()[..], [0]);
}

#[test]
fn errors_name_the_leaf() {
    let message = |e: cotangent::Error| e.to_string().lines().next().unwrap().to_string();
    let layer = || Layer { weights: vec![1.0, 2.0], bias: vec![0.5] };
    let f = |l: Layer| (l.weights * l.bias).sum();
    // A program for other types.
    let program = jit(f).lower(layer()).unwrap().compile().unwrap();
    let other = Layer { weights: vec![1.0, 2.0], bias: vec![0.5, 1.0] };
    assert_eq!(
        message(program.call(other).unwrap_err()),
        "call: `.bias` of the argument is f64[2], compiled for f64[1]"
    );
    // Integers.
    let counts = Layer { weights: Array::from([1, 2]), bias: Array::from([0.5]) };
    assert_eq!(
        message(jit(grad(|l: Layer| l.bias.sum())).call(counts).unwrap_err()),
        "grad: dtypes i32: `.weights` of the argument must be floating-point to be differentiated; \
         use `convert`"
    );
    // Vectors of another shape.
    let product = jit(hvp(f));
    let v = Layer { weights: vec![1.0], bias: vec![1.0] };
    assert_eq!(
        message(product.call((layer(), v)).unwrap_err()),
        "hvp: shapes [1] and [2]: v must have the shape of `.weights` of the argument"
            .replace("[1] and [2]", "[2] and [1]")
    );
    let tangents = jit(move |x: Layer, y: Tensor, t: (Layer, Tensor)| {
        jvp(move |x: Layer, y: Tensor| f(x) * y, (x, y), t).1
    });
    let t = (layer(), vec![1.0f32]);
    assert_eq!(
        message(tangents.call((layer(), 2.0, t)).unwrap_err()),
        "jvp: shapes [] and [1]: a tangent must have the shape of argument 1"
    );
    // Batches of different sizes.
    assert_eq!(
        message(jit(vmap(f)).call(layer()).unwrap_err()),
        "vmap: shapes [2] and [1]: the batch axes have different sizes: 2 (`.weights` of the \
         argument), 1 (`.bias` of the argument)"
    );
    // Leaves of two dtypes in one vector, and a vector of another size.
    let mixed = jit(|x: (Tensor, Tensor)| ravel(&x).0).call((1.0, 2)).unwrap_err();
    assert_eq!(
        message(mixed),
        "ravel: dtypes f64 and i32: the leaves of a flat vector must have one dtype; use `convert`"
    );
    let short = jit(|x: Layer| {
        let (flat, unravel) = ravel(&x);
        unravel.call(&flat.slice_axis(0, 0..2))
    });
    assert_eq!(
        message(short.call(layer()).unwrap_err()),
        "unravel: shapes [2]: the tree {weights: *, bias: *} has 3 elements"
    );
}
