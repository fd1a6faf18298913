//! Products of arrays along axes that some of them lack, such as `z_sij = x_si y_sj`.

use crate::call::{Call, Number, Start, Threads, with_number};

/// The name of the function for XLA. Its operands are the factors, two or more.
pub const PRODUCT: &str = "cotangent_product";

/// What the function gets beside its operands: the sizes of the axes of the result, whose elements are
/// written in their order, and of each factor the distances of their steps in it.
pub fn product_numbers(sizes: &[usize], steps: &[Vec<usize>]) -> Vec<usize> {
    [&[sizes.len()], sizes].concat().into_iter().chain(steps.iter().flatten().copied()).collect()
}

/// So many elements are worth another thread.
const SHARE: usize = 30_000;

/// Writes the product of two factors; gives where it ends.
///
/// # Safety
/// The arrays must have all these elements, and the result must not overlap the factors.
unsafe fn two<T: Number>(
    sizes: &[usize],
    [i, j]: [&[usize]; 2],
    [p, q]: [*const T; 2],
    mut y: *mut T,
) -> *mut T {
    let (&size, &[i, ref i_inner @ ..], &[j, ref j_inner @ ..]) = (&sizes[0], i, j) else {
        return y;
    };
    // SAFETY: as the caller says.
    unsafe {
        if sizes.len() > 1 {
            for k in 0..size {
                y = two(&sizes[1..], [i_inner, j_inner], [p.add(k * i), q.add(k * j)], y);
            }
            return y;
        }
        match (i, j) {
            (1, 1) => (0..size).for_each(|k| *y.add(k) = *p.add(k) * *q.add(k)),
            (0, 1) => (0..size).for_each(|k| *y.add(k) = *p * *q.add(k)),
            (1, 0) => (0..size).for_each(|k| *y.add(k) = *p.add(k) * *q),
            _ => (0..size).for_each(|k| *y.add(k) = *p.add(k * i) * *q.add(k * j)),
        }
        y.add(size)
    }
}

/// Multiplies what is there by one more factor; gives where it ends.
///
/// # Safety
/// As for `two`.
unsafe fn more<T: Number>(sizes: &[usize], i: &[usize], p: *const T, mut y: *mut T) -> *mut T {
    let (&size, &[i, ref inner @ ..]) = (&sizes[0], i) else { return y };
    // SAFETY: as the caller says.
    unsafe {
        if sizes.len() > 1 {
            for k in 0..size {
                y = more(&sizes[1..], inner, p.add(k * i), y);
            }
            return y;
        }
        match i {
            0 => (0..size).for_each(|k| *y.add(k) = *y.add(k) * *p),
            1 => (0..size).for_each(|k| *y.add(k) = *y.add(k) * *p.add(k)),
            _ => (0..size).for_each(|k| *y.add(k) = *y.add(k) * *p.add(k * i)),
        }
        y.add(size)
    }
}

/// None if the numbers make no sense.
///
/// # Safety
/// The operands and the result must have the elements that the axes reach.
unsafe fn product<T: Number>(call: &Call, threads: &Threads) -> Option<()> {
    // SAFETY: as the caller says.
    let (&rank, rest) = unsafe { call.numbers() }.split_first()?;
    let (sizes, rest) = rest.split_at_checked(rank).filter(|(sizes, _)| !sizes.is_empty())?;
    let steps: Vec<&[usize]> = rest.chunks_exact(rank).collect();
    let &[first, second, ref others @ ..] = steps.as_slice() else { return None };
    let (all, size) = (sizes.iter().product::<usize>(), sizes[0]);
    let parts = all.div_ceil(SHARE).min(threads.count).clamp(1, size.max(1));
    let step = size.div_ceil(parts);
    threads.share(parts, &|part| {
        let from = (part * step).min(size);
        let mut own = sizes.to_vec();
        own[0] = step.min(size - from);
        // SAFETY: as the caller says; parts write different elements.
        unsafe {
            let begin = |f: usize, steps: &[usize]| {
                let x: Start<T> = call.operand(f);
                x.at(from * steps[0]).cast_const()
            };
            let result: Start<T> = call.result(0);
            let y = result.at(from * (all / size.max(1)));
            two(&own, [first, second], [begin(0, first), begin(1, second)], y);
            for (f, steps) in others.iter().enumerate() {
                more(&own, steps, begin(2 + f, steps), y);
            }
        }
    });
    Some(())
}

/// What XLA calls.
///
/// # Safety
/// There are operands and a result, as the numbers describe them.
#[unsafe(no_mangle)]
unsafe extern "C" fn cotangent_product(call: Call, threads: Threads) -> bool {
    let mut done = None;
    // SAFETY: XLA hands the numbers that the program was written with, and the arrays are as the
    // program, which XLA has checked, has them.
    unsafe { with_number!(call, T => done = product::<T>(&call, &threads)) && done.is_some() }
}
