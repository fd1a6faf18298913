//! Mistakes in the naming of axes and elements.

use super::{check, given, given2};
use cotangent::{Ellipsis, Step, Tensor};
use expect_test::expect;

#[test]
fn axes_beyond_the_rank_or_named_twice() {
    let results = [
        given(&[2, 3], |x| x.sum_axis(2)),
        given(&[2, 3], |x| x.sum_axis(-3)),
        given(&[2, 3], |x| x.max_axis([0, 0])),
        given(&[2, 3], |x| x.prod_axis([1, -1])),
        given(&[2, 3], |x| x.logsumexp_axis(usize::MAX)),
        given(&[2, 3], |x| x.softmax(5)),
        given(&[2, 3], |x| x.argmax_axis(2)),
        given(&[2, 3], |x| x.cumsum(2)),
        given(&[2, 3], |x| x.permute([0])),
        given(&[2, 3], |x| x.permute([0, 2])),
        given(&[2, 3], |x| x.swapaxes(0, 2)),
        given(&[2, 3], |x| x.moveaxis(-3, 0)),
        given(&[2, 3], |x| x.expand_dims(4)),
        given(&[2, 3], |x| x.expand_dims([0, 0])),
        given(&[2, 3], |x| x.squeeze_axis(2)),
        given(&[2, 3], |x| x.flip(2)),
        given(&[2, 3], |x| x.roll(1, 2)),
        given(&[2, 3], |x| x.repeat(2, 2)),
        given(&[2, 3], |x| x.take(Tensor::from_array([0]), 2)),
        given(&[2, 3], |x| x.slice_axis(2, ..)),
        given(&[2, 3], |x| Tensor::concat([x], 2)),
        given(&[2, 3], |x| Tensor::stack([x], 3)),
        given(&[2, 3], |x| x.split(1, 2)),
        given(&[2, 3], |x| x.tensordot_axes(&x, 2, 0)),
        given(&[], |x| x.sum_axis(0)),
        given(&[], |x| x.at_add(Tensor::from_array([0]), 1.0)),
    ];
    check(
        results,
        expect![[r#"
        sum_axis: axis 2 is out of range for an array of rank 2
          at sum_axis(2)
        sum_axis: axis -3 is out of range for an array of rank 2
          at sum_axis(-3)
        max_axis: axis 0 is named twice
          at max_axis([0, 0])
        prod_axis: axis -1 is named twice
          at prod_axis([1, -1])
        logsumexp_axis: axis 9223372036854775807 is out of range for an array of rank 2
          at logsumexp_axis(usize::MAX)
        softmax: axis 5 is out of range for an array of rank 2
          at softmax(5)
        argmax: axis 2 is out of range for an array of rank 2
          at argmax_axis(2)
        cumsum: axis 2 is out of range for an array of rank 2
          at cumsum(2)
        permute: it needs all 2 axes, given 1
          at permute([0])
        permute: axis 2 is out of range for an array of rank 2
          at permute([0, 2])
        swapaxes: axis 2 is out of range for an array of rank 2
          at swapaxes(0, 2)
        moveaxis: axis -3 is out of range for an array of rank 2
          at moveaxis(-3, 0)
        expand_dims: axis 4 is out of range for an array of rank 3
          at expand_dims(4)
        expand_dims: axis 0 is named twice
          at expand_dims([0, 0])
        squeeze_axis: axis 2 is out of range for an array of rank 2
          at squeeze_axis(2)
        flip: axis 2 is out of range for an array of rank 2
          at flip(2)
        roll: axis 2 is out of range for an array of rank 2
          at roll(1, 2)
        repeat: axis 2 is out of range for an array of rank 2
          at repeat(2, 2)
        take: axis 2 is out of range for an array of rank 2
          at take(Tensor::from_array([0]), 2)
        slice_axis: axis 2 is out of range for an array of rank 2
          at slice_axis(2, ..)
        concat: axis 2 is out of range for an array of rank 2
          at Tensor::concat([x], 2)
        stack: axis 3 is out of range for an array of rank 3
          at Tensor::stack([x], 3)
        split: axis 2 is out of range for an array of rank 2
          at split(1, 2)
        tensordot: axis 2 is out of range for an array of rank 2
          at tensordot_axes(&x, 2, 0)
        sum_axis: axis 0 is out of range for an array of rank 0
          at sum_axis(0)
        at_add: axis 0 is out of range for an array of rank 0
          at at_add(Tensor::from_array([0]), 1.0)
    "#]],
    );
}

#[test]
fn indices() {
    let results = [
        given(&[2, 3], |x| x.row(2)),
        given(&[2, 3], |x| x.index(-3)),
        given(&[2, 3], |x| x.index((0, 3))),
        given(&[2, 3], |x| x.index((0, 0, 0))),
        given(&[2, 3], |x| x.index((Ellipsis, 0, Ellipsis))),
        given(&[2, 3], |x| x.index(Step(.., 0))),
        given(&[], |x| x.index(0)),
        given(&[0], |x| x.row(0)),
        given(&[0], |x| x.take(Tensor::from_array([0]), 0)),
        given(&[2, 0], |x| {
            x.take_along_axis(Tensor::from_array([[0]].concat()).reshape([1, 1]), 1)
        }),
    ];
    check(
        results,
        expect![[r#"
        index: place 2 is out of range for axis 0 of size 2
          at row(2)
        index: place -3 is out of range for axis 0 of size 2
          at index(-3)
        index: place 3 is out of range for axis 1 of size 3
          at index((0, 3))
        index: it names 3 axes of an array of shape [2,3]
          at index((0, 0, 0))
        index: an index can have only one ellipsis
          at index((Ellipsis, 0, Ellipsis))
        index: a range with step 0
          at index(Step(.., 0))
        index: it names 1 axes of an array of shape []
          at index(0)
        index: place 0 is out of range for axis 0 of size 0
          at row(0)
        take: shapes [0] and [1]: axis 0 of the first is empty
          at take(Tensor::from_array([0]), 0)
        take_along_axis: shapes [2,0] and [1,1]: axis 1 of the first is empty
          at take_along_axis(Tensor::from_array([[0]].concat()).reshape([1, 1]), 1)
    "#]],
    );
}

#[test]
fn einsum_specifications() {
    let bad = |spec: &'static str| given(&[2, 3], |x| Tensor::einsum(spec, [&x]));
    let results =
        ["ij->ijk", "i", "ijk->i", "i1->i", "", "ij,jk->ik", "ij->ii", "ij-", "i..j", "ii->i"];
    check(
        results.map(bad),
        expect![[r#"
        einsum: "ij->ijk": the result names an axis that no operand has
          at Tensor::einsum(spec, [&x])
        einsum: "i": "i" for an operand of shape [2,3]
          at Tensor::einsum(spec, [&x])
        einsum: "ijk->i": "ijk" for an operand of shape [2,3]
          at Tensor::einsum(spec, [&x])
        einsum: "i1->i": a term is letters and at most one `...`, not "i1"
          at Tensor::einsum(spec, [&x])
        einsum: "": "" for an operand of shape [2,3]
          at Tensor::einsum(spec, [&x])
        einsum: "ij,jk->ik": it names 2 operands, given 1
          at Tensor::einsum(spec, [&x])
        einsum: "ij->ii": the result names an axis twice
          at Tensor::einsum(spec, [&x])
        einsum: "ij-": a term is letters and at most one `...`, not "ij-"
          at Tensor::einsum(spec, [&x])
        einsum: "i..j": a term is letters and at most one `...`, not "i..j"
          at Tensor::einsum(spec, [&x])
        einsum: shapes [2,3]: axes named `i` that go together have sizes 2 and 3
          at Tensor::einsum(spec, [&x])
    "#]],
    );
    let pair = |spec: &'static str| given2([&[2, 3], &[2, 3]], |x, y| Tensor::einsum(spec, [x, y]));
    check(
        ["ij,jk->ik", "ij->", "...i,...j->ij", "ij,ij->ij->"].map(pair),
        expect![[r#"
        einsum: shapes [2,3] and [2,3]: axes named `j` that go together have sizes 3 and 2
          at Tensor::einsum(spec, [x, y])
        einsum: "ij->": it names 1 operands, given 2
          at Tensor::einsum(spec, [x, y])
        einsum: "...i,...j->ij": the result needs a `...` too
          at Tensor::einsum(spec, [x, y])
        einsum: "ij,ij->ij->": the result is letters and at most one `...`, not "ij->"
          at Tensor::einsum(spec, [x, y])
    "#]],
    );
}
