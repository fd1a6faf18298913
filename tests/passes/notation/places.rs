//! Factors that are one at places: gathers, and sums at places.

use super::{arrays, left_alone, rule};
use cotangent::{Tensor, lax, lax::GatherDims};
use expect_test::expect;

/// Places that come twice, from the end, and out of range.
fn places() -> Tensor {
    Tensor::from_array([2, 0, 2, -1, 9])
}

/// The places of a matrix.
fn pairs() -> Tensor {
    Tensor::from_array([0, 1, 2, 0, -1, 1]).reshape([3, 2])
}

/// `y_ik = Σ_{m: p_m = i} u_mk`, where places out of range are dropped.
fn added(u: &Tensor, n: usize, places: &Tensor) -> Tensor {
    let shape = [&[n], &u.shape()[1..]].concat();
    let zeros = Tensor::full(&shape[..], 0.0);
    let dims = GatherDims {
        offset_dims: (1..u.rank()).collect(),
        collapsed: vec![0],
        operand_batching: vec![],
        indices_batching: vec![],
        start_index_map: vec![0],
    };
    lax::scatter_add(&zeros, &places.expand_dims(-1), u, dims)
}

#[test]
fn a_gather_from_a_diagonal_is_one_at_places() {
    // Σ_i δ(i, p_m) x_i δ_ij = x_j δ(j, p_m), summed over m: sums at places.
    rule(
        |n| arrays([&[n + 1]]),
        |[x]| x.diag().take(places(), 0).sum_axis(0),
        expect![[r#"
            c:bool[5] = lt a 0:i32[]
            d:i32[5] = add a 4:i32[]
            e:i32[5] = select c a d
            f:i32[5] = clamp 0:i32[] e 3:i32[]
            g:f64[5] = broadcast_in_dim[broadcast_dimensions=() shape=(5,)] 1.0:f64[]
            h:i32[5,1] = reshape[new_sizes=(5, 1)] f
            i:f64[4] = broadcast_in_dim[broadcast_dimensions=() shape=(4,)] 0.0:f64[]
            j:f64[4] = scatter_add[dimension_numbers=ScatterDimensionNumbers(update_window_dims=(), inserted_window_dims=(0,), scatter_dims_to_operand_dims=(0,), operand_batching_dims=(), scatter_indices_batching_dims=())] i h g
            k:f64[4] = mul b j
            in (k,)"#]],
    );
    // Over the other axis a gather of x.
    rule(
        |n| arrays([&[n + 1]]),
        |[x]| x.diag().take(places(), 0).sum_axis(1),
        expect![[r#"
            c:bool[5] = lt a 0:i32[]
            d:i32[5] = add a 4:i32[]
            e:i32[5] = select c a d
            f:i32[5] = clamp 0:i32[] e 3:i32[]
            g:i32[5,1] = reshape[new_sizes=(5, 1)] f
            h:f64[5] = gather[dimension_numbers=GatherDimensionNumbers(offset_dims=(), collapsed_slice_dims=(0,), start_index_map=(0,), operand_batching_dims=(), start_indices_batching_dims=()) slice_sizes=(1,)] b g
            in (h,)"#]],
    );
}

#[test]
fn a_gather_from_a_window_sees_zeros_around_it() {
    rule(
        |n| arrays([&[n + 1], &[5]]),
        |[x, y]| {
            let rows = Tensor::concat([x.diag(), Tensor::full([2, x.size()], 0.0)], 0);
            rows.take(places(), 0).t().matmul(y)
        },
        expect![[r#"
            d:bool[5] = lt a 0:i32[]
            e:i32[5] = add a 6:i32[]
            f:i32[5] = select d a e
            g:i32[5] = clamp 0:i32[] f 5:i32[]
            h:i32[5,4] = broadcast_in_dim[broadcast_dimensions=(0,) shape=(5, 4)] g
            i:i32[5,4] = iota[dimension=1 dtype=i32 shape=(5, 4)]
            j:bool[5,4] = eq h i
            k:f64[5,4] = broadcast_in_dim[broadcast_dimensions=(1,) shape=(5, 4)] b
            l:f64[5,4] = select j 0.0:f64[] k
            m:f64[4] = dot_general[dimension_numbers=(([0], [0]), ([], []))] l c
            in (m,)"#]],
    );
}

#[test]
fn sums_at_places_add_up_what_a_diagonal_has() {
    // Σ_m δ(i, p_m) u_m δ_mj.
    rule(
        |_| arrays([&[5], &[5]]),
        |[u, v]| added(&u.diag(), 4, &places()).matmul(v),
        expect![[r#"
            d:i32[5,1] = reshape[new_sizes=(5, 1)] a
            e:f64[5] = mul b c
            f:f64[4] = broadcast_in_dim[broadcast_dimensions=() shape=(4,)] 0.0:f64[]
            g:f64[4] = scatter_add[dimension_numbers=ScatterDimensionNumbers(update_window_dims=(), inserted_window_dims=(0,), scatter_dims_to_operand_dims=(0,), operand_batching_dims=(), scatter_indices_batching_dims=())] f d e
            in (g,)"#]],
    );
}

#[test]
fn two_factors_over_the_same_places_add_up_at_pairs() {
    // Σ_m δ(i, p_m) δ(j, q_m) u_m.
    rule(
        |n| arrays([&[n + 1], &[5]]),
        |[x, u]| {
            let other = Tensor::from_array([1, 1, 0, 2, 0]);
            let of = |p: Tensor| Tensor::eye::<f64>(x.size()).take(p, 0);
            (of(places()) * u.expand_dims(1)).t().matmul(of(other))
        },
        expect![[r#"
            e:bool[5] = lt b 0:i32[]
            f:i32[5] = add b 4:i32[]
            g:i32[5] = select e b f
            h:i32[5] = clamp 0:i32[] g 3:i32[]
            i:bool[5] = lt a 0:i32[]
            j:i32[5] = add a 4:i32[]
            k:i32[5] = select i a j
            l:i32[5] = clamp 0:i32[] k 3:i32[]
            m:i32[5,1] = reshape[new_sizes=(5, 1)] h
            n:i32[5,1] = reshape[new_sizes=(5, 1)] l
            o:i32[5,2] = concatenate[dimension=1] m n
            p:f64[4,4] = broadcast_in_dim[broadcast_dimensions=() shape=(4, 4)] 0.0:f64[]
            q:f64[4,4] = scatter_add[dimension_numbers=ScatterDimensionNumbers(update_window_dims=(), inserted_window_dims=(0, 1), scatter_dims_to_operand_dims=(0, 1), operand_batching_dims=(), scatter_indices_batching_dims=())] p o d
            in (q,)"#]],
    );
    // At the same places it is a diagonal.
    rule(
        |n| arrays([&[n + 1], &[5]]),
        |[x, u]| {
            let p = places();
            let of = || Tensor::eye::<f64>(x.size()).take(&p, 0);
            (of() * u.expand_dims(1)).t().matmul(of())
        },
        expect![[r#"
            d:i32[4,4] = iota[dimension=0 dtype=i32 shape=(4, 4)]
            e:i32[4,4] = iota[dimension=1 dtype=i32 shape=(4, 4)]
            f:bool[4,4] = eq d e
            g:bool[5] = lt a 0:i32[]
            h:i32[5] = add a 4:i32[]
            i:i32[5] = select g a h
            j:i32[5] = clamp 0:i32[] i 3:i32[]
            k:i32[5,1] = reshape[new_sizes=(5, 1)] j
            l:f64[4] = broadcast_in_dim[broadcast_dimensions=() shape=(4,)] 0.0:f64[]
            m:f64[4] = scatter_add[dimension_numbers=ScatterDimensionNumbers(update_window_dims=(), inserted_window_dims=(0,), scatter_dims_to_operand_dims=(0,), operand_batching_dims=(), scatter_indices_batching_dims=())] l k c
            n:f64[4,4] = broadcast_in_dim[broadcast_dimensions=(0,) shape=(4, 4)] m
            o:f64[4,4] = select f 0.0:f64[] n
            in (o,)"#]],
    );
}

#[test]
fn places_of_places_are_places() {
    rule(
        |n| arrays([&[100 * n + 3], &[5, 2]]),
        |[x, y]| {
            let rows = x.diag().take(pairs(), 0).take(places(), 0);
            (rows * y.expand_dims(2)).sum_axis([0, 1])
        },
        expect![[r#"
            e:i32[3,2] = reshape[new_sizes=(3, 2)] a
            f:bool[3,2] = lt e 0:i32[]
            g:i32[3,2] = add e 303:i32[]
            h:i32[3,2] = select f e g
            i:i32[3,2] = clamp 0:i32[] h 302:i32[]
            j:bool[5] = lt b 0:i32[]
            k:i32[5] = add b 3:i32[]
            l:i32[5] = select j b k
            m:i32[5] = clamp 0:i32[] l 2:i32[]
            n:i32[5,1] = reshape[new_sizes=(5, 1)] m
            o:i32[5,2] = gather[dimension_numbers=GatherDimensionNumbers(offset_dims=(1,), collapsed_slice_dims=(0,), start_index_map=(0,), operand_batching_dims=(), start_indices_batching_dims=()) slice_sizes=(1, 2)] i n
            p:i32[5,2,1] = reshape[new_sizes=(5, 2, 1)] o
            q:f64[303] = broadcast_in_dim[broadcast_dimensions=() shape=(303,)] 0.0:f64[]
            r:f64[303] = scatter_add[dimension_numbers=ScatterDimensionNumbers(update_window_dims=(), inserted_window_dims=(0,), scatter_dims_to_operand_dims=(0,), operand_batching_dims=(), scatter_indices_batching_dims=())] q p d
            s:f64[303] = mul c r
            in (s,)"#]],
    );
}

#[test]
fn a_choice_leaves_ones_at_places_alone() {
    rule(
        |n| arrays([&[100 * n + 1], &[5]]),
        |[x, y]| {
            let rows = x.diag().take(places(), 0);
            y.gt(0.0).expand_dims(1).where_(rows * y.expand_dims(1), 0.0).sum_axis(0)
        },
        expect![[r#"
            d:bool[5] = lt a 0:i32[]
            e:i32[5] = add a 301:i32[]
            f:i32[5] = select d a e
            g:i32[5] = clamp 0:i32[] f 300:i32[]
            h:bool[5] = gt c 0.0:f64[]
            i:f64[5] = select h 0.0:f64[] c
            j:i32[5,1] = reshape[new_sizes=(5, 1)] g
            k:f64[301] = broadcast_in_dim[broadcast_dimensions=() shape=(301,)] 0.0:f64[]
            l:f64[301] = scatter_add[dimension_numbers=ScatterDimensionNumbers(update_window_dims=(), inserted_window_dims=(0,), scatter_dims_to_operand_dims=(0,), operand_batching_dims=(), scatter_indices_batching_dims=())] k j i
            m:f64[301] = mul b l
            in (m,)"#]],
    );
}

#[test]
fn a_gather_of_rows_may_come_after_a_product() {
    // Σ_d x_{p_m d} w_dk, where there are more places than rows.
    rule(
        |n| arrays([&[2, 60], &[60, 10 * n]]),
        |[x, w]| {
            let places = Tensor::from_array((0..40).map(|k| k % 2).collect::<Vec<i32>>());
            x.take(places, 0).matmul(w)
        },
        expect![[r#"
            d:bool[40] = lt a 0:i32[]
            e:i32[40] = add a 2:i32[]
            f:i32[40] = select d a e
            g:i32[40] = clamp 0:i32[] f 1:i32[]
            h:f64[30,2] = dot_general[dimension_numbers=(([0], [1]), ([], []))] c b
            i:i32[40,1] = reshape[new_sizes=(40, 1)] g
            j:f64[40,30] = gather[dimension_numbers=GatherDimensionNumbers(offset_dims=(1,), collapsed_slice_dims=(1,), start_index_map=(1,), operand_batching_dims=(), start_indices_batching_dims=()) slice_sizes=(30, 1)] h i
            in (j,)"#]],
    );
}

#[test]
fn labels_of_places_split_and_join() {
    // The hot label as two, and the places as one.
    rule(
        |n| arrays([&[100 * n + 2], &[3, 2]]),
        |[x, y]| {
            let n = x.size();
            let rows = x.diag().reshape([2, n / 2, n]).take(pairs(), 2);
            let rows = rows.reshape([n, 6]).matmul(y.reshape([6]));
            rows.reshape([2, n / 2])
        },
        expect![[r#"
            d:f64[2,151] = reshape[new_sizes=(2, 151)] b
            e:i32[3,2] = reshape[new_sizes=(3, 2)] a
            f:bool[3,2] = lt e 0:i32[]
            g:i32[3,2] = add e 302:i32[]
            h:i32[3,2] = select f e g
            i:i32[3,2] = clamp 0:i32[] h 301:i32[]
            j:i32[3,2] = div i 151:i32[]
            k:i32[3,2] = rem i 151:i32[]
            l:i32[3,2,1] = reshape[new_sizes=(3, 2, 1)] j
            m:i32[3,2,1] = reshape[new_sizes=(3, 2, 1)] k
            n:i32[3,2,2] = concatenate[dimension=2] l m
            o:f64[2,151] = broadcast_in_dim[broadcast_dimensions=() shape=(2, 151)] 0.0:f64[]
            p:f64[2,151] = scatter_add[dimension_numbers=ScatterDimensionNumbers(update_window_dims=(), inserted_window_dims=(0, 1), scatter_dims_to_operand_dims=(0, 1), operand_batching_dims=(), scatter_indices_batching_dims=())] o n c
            q:f64[2,151] = mul d p
            in (q,)"#]],
    );
}

#[test]
fn a_window_of_ones_at_places() {
    rule(
        |n| arrays([&[n + 3], &[5]]),
        |[x, y]| x.diag().take(places(), 0).index((1..4, 1..3)).t().matmul(y.index(1..4)),
        expect![[r#"
            d:bool[5] = lt a 0:i32[]
            e:i32[5] = add a 6:i32[]
            f:i32[5] = select d a e
            g:i32[5] = clamp 0:i32[] f 5:i32[]
            h:i32[3] = slice[limit_indices=(4,) start_indices=(1,)] g
            i:f64[2] = slice[limit_indices=(3,) start_indices=(1,)] b
            j:i32[3] = add h -1:i32[]
            k:i32[3,2] = broadcast_in_dim[broadcast_dimensions=(0,) shape=(3, 2)] j
            l:i32[3,2] = iota[dimension=1 dtype=i32 shape=(3, 2)]
            m:bool[3,2] = eq k l
            n:f64[3] = slice[limit_indices=(4,) start_indices=(1,)] c
            o:f64[3,2] = broadcast_in_dim[broadcast_dimensions=(1,) shape=(3, 2)] i
            p:f64[3,2] = select m 0.0:f64[] o
            q:f64[2] = dot_general[dimension_numbers=(([0], [0]), ([], []))] p n
            in (q,)"#]],
    );
}

#[test]
fn a_gather_that_is_all_of_a_value_stays() {
    left_alone(|n| arrays([&[n + 1, 3]]), |[x]| x.take(places(), 0).exp());
}
