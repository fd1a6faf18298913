//! How XLA calls, and how work is shared with its other threads.

use faer::traits::{ComplexField, RealField};
use once_cell::sync::Lazy;
use std::ffi::c_void;
use std::hint;
use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

unsafe extern "C" {
    fn cotangent_register() -> bool;
    fn cotangent_with_subnormals(task: unsafe extern "C" fn(*mut c_void), data: *mut c_void);
}

/// Whether programs on the CPU can call the functions of this crate. The first call makes them
/// known to XLA.
pub fn available() -> bool {
    // SAFETY: it may be called at any time, and is called once.
    static REGISTERED: Lazy<bool> = Lazy::new(|| unsafe { cotangent_register() });
    *REGISTERED
}

/// Calls a function with the arithmetic of IEEE 754, where XLA's threads take numbers below the least
/// normal one for 0: `faer` divides by complex numbers of absolute value above 1 by way of such ones.
pub(crate) fn with_subnormals(run: &(dyn Fn() + Sync)) {
    unsafe extern "C" fn task(run: *mut c_void) {
        // SAFETY: it is the reference below.
        unsafe { (*run.cast::<&(dyn Fn() + Sync)>())() }
    }
    // SAFETY: the reference lives as long as the call.
    unsafe { cotangent_with_subnormals(task, (&raw const run).cast_mut().cast()) }
}

/// An array: where it begins, the kind of its elements by XLA's number, and its shape.
#[repr(C)]
struct Buffer {
    start: *mut c_void,
    dtype: u32,
    rank: usize,
    shape: *const i64,
}

/// What a call is about: the operands, the results, and a text (or numbers) that says the rest.
#[repr(C)]
pub(crate) struct Call {
    text: *const u8,
    length: usize,
    ins: *const Buffer,
    outs: *const Buffer,
    /// How many results.
    pub(crate) count: usize,
}

// SAFETY: all of it is read only, but for the results, of which threads write different elements.
unsafe impl Sync for Call {}

impl Call {
    /// An operand, which is read only.
    ///
    /// # Safety
    /// There must be so many operands, and this one have elements of this type.
    pub(crate) unsafe fn operand<T>(&self, i: usize) -> Start<T> {
        // SAFETY: as the caller says.
        Start(unsafe { &*self.ins.add(i) }.start.cast())
    }

    /// A result.
    ///
    /// # Safety
    /// There must be so many results, and this one have elements of this type.
    pub(crate) unsafe fn result<T>(&self, i: usize) -> Start<T> {
        // SAFETY: as the caller says.
        Start(unsafe { &*self.outs.add(i) }.start.cast())
    }

    /// The shape of an operand.
    ///
    /// # Safety
    /// There must be so many operands.
    pub(crate) unsafe fn operand_shape(&self, i: usize) -> &[i64] {
        // SAFETY: as the caller says.
        unsafe { (*self.ins.add(i)).shape() }
    }

    /// The shape of a result.
    ///
    /// # Safety
    /// There must be so many results.
    pub(crate) unsafe fn result_shape(&self, i: usize) -> &[i64] {
        // SAFETY: as the caller says.
        unsafe { (*self.outs.add(i)).shape() }
    }

    /// The number that XLA has for the kind of elements of the first operand.
    ///
    /// # Safety
    /// There must be an operand.
    pub(crate) unsafe fn dtype(&self) -> u32 {
        // SAFETY: as the caller says.
        unsafe { self.operand_dtype(0) }
    }

    /// The number that XLA has for the kind of elements of an operand.
    ///
    /// # Safety
    /// There must be so many operands.
    pub(crate) unsafe fn operand_dtype(&self, i: usize) -> u32 {
        // SAFETY: as the caller says.
        unsafe { &*self.ins.add(i) }.dtype
    }

    /// The numbers that stand in place of the text.
    ///
    /// # Safety
    /// They must be there.
    pub(crate) unsafe fn numbers(&self) -> &[usize] {
        // SAFETY: as the caller says; XLA aligns them as such.
        unsafe { std::slice::from_raw_parts(self.text.cast(), self.length / size_of::<usize>()) }
    }

    /// What the text says.
    ///
    /// # Safety
    /// The text must be there.
    pub(crate) unsafe fn text<T: FromStr>(&self) -> Option<T> {
        // SAFETY: as the caller says.
        let text = unsafe { std::slice::from_raw_parts(self.text, self.length) };
        std::str::from_utf8(text).ok()?.parse().ok()
    }
}

impl Buffer {
    /// # Safety
    /// The shape must be there.
    unsafe fn shape(&self) -> &[i64] {
        if self.rank == 0 {
            return &[];
        }
        // SAFETY: as the caller says.
        unsafe { std::slice::from_raw_parts(self.shape, self.rank) }
    }
}

/// The elements that there are functions for: `f32`, `f64`, `c64` and `c128`.
pub(crate) trait Number:
    ComplexField<Real: RealField + Copy + Send + Sync> + Copy + Send + Sync
{
}

impl<T: ComplexField<Real: RealField + Copy + Send + Sync> + Copy + Send + Sync> Number for T {}

/// The number that XLA has for `i64`.
pub(crate) const I64: u32 = 5;

/// Runs something with the type of the elements of a call's first operand; gives whether there is one.
macro_rules! with_number {
    ($call:expr, $T:ident => $run:expr) => {
        match $call.dtype() {
            11 => {
                type $T = f32;
                $run;
                true
            }
            12 => {
                type $T = f64;
                $run;
                true
            }
            15 => {
                type $T = num_complex::Complex<f32>;
                $run;
                true
            }
            18 => {
                type $T = num_complex::Complex<f64>;
                $run;
                true
            }
            _ => false,
        }
    };
}
pub(crate) use with_number;

/// XLA's threads, for the length of a call.
#[repr(C)]
pub(crate) struct Threads {
    pool: *mut c_void,
    /// How many.
    pub(crate) count: usize,
    schedule: unsafe extern "C" fn(*mut c_void, unsafe extern "C" fn(*mut c_void), *mut c_void),
}

/// Where an array begins, which may go to other threads.
#[derive(Clone, Copy)]
pub(crate) struct Start<T>(pub(crate) *mut T);

// SAFETY: threads write different elements, and read what nobody writes.
unsafe impl<T: Sync> Sync for Start<T> {}

impl<T> Start<T> {
    /// # Safety
    /// The array must have this element.
    pub(crate) unsafe fn at(&self, i: usize) -> *mut T {
        // SAFETY: as the caller says.
        unsafe { self.0.add(i) }
    }
}

/// Work in parts. Whoever comes takes the next one.
struct Job {
    run: *const (dyn Fn(usize) + Sync),
    parts: usize,
    next: AtomicUsize,
    done: AtomicUsize,
}

// SAFETY: `run` may be called by any thread, and is while `share` waits.
unsafe impl Send for Job {}
// SAFETY: as above.
unsafe impl Sync for Job {}

impl Job {
    fn work(&self) {
        loop {
            let part = self.next.fetch_add(1, Ordering::Relaxed);
            if part >= self.parts {
                return;
            }
            // SAFETY: this part is not done, so `share` has not returned.
            unsafe { (*self.run)(part) };
            self.done.fetch_add(1, Ordering::Release);
        }
    }
}

/// A task of another thread, which has a share in the job.
unsafe extern "C" fn help(job: *mut c_void) {
    // SAFETY: `share` made the pointer of a job for this task alone.
    unsafe { Arc::from_raw(job.cast::<Job>()) }.work();
}

impl Threads {
    /// Calls the function with all numbers below `parts`, in any order and on several threads. The
    /// caller waits for no thread to come, but only for what one has begun.
    pub(crate) fn share(&self, parts: usize, run: &(dyn Fn(usize) + Sync)) {
        let helpers = self.count.min(parts).saturating_sub(1);
        if helpers == 0 {
            return (0..parts).for_each(run);
        }
        // SAFETY: the lifetime is forgotten, but this function waits for the last call to end.
        let run = unsafe {
            std::mem::transmute::<*const (dyn Fn(usize) + Sync + '_), *const (dyn Fn(usize) + Sync)>(
                run,
            )
        };
        let job = Arc::new(Job { run, parts, next: 0.into(), done: 0.into() });
        for _ in 0..helpers {
            let share = Arc::into_raw(job.clone()).cast_mut().cast();
            // SAFETY: the pool is XLA's, and the task gets what it expects.
            unsafe { (self.schedule)(self.pool, help, share) };
        }
        job.work();
        while job.done.load(Ordering::Acquire) < parts {
            hint::spin_loop();
        }
    }
}
