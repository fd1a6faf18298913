//! Where in the user's program an equation was written.

use std::cell::Cell;
use std::fmt;
use std::panic::Location;

/// A file, line and column of the user's program.
///
/// It takes no part in the equality or the hash of the equation that carries it: the same program
/// written on two lines is the same program.
#[derive(Clone, Copy)]
pub struct Source(&'static Location<'static>);

thread_local! {
    /// The place of the innermost public call that is under way in this thread.
    static CALL: Cell<Option<Source>> = const { Cell::new(None) };
}

impl Source {
    /// The caller's location.
    ///
    /// A function that is called through a pointer, or by an iterator of Rust's library, is not
    /// called from a line of the user's program. Then it is the place of the call under way.
    #[track_caller]
    pub fn here() -> Source {
        let at = Source(Location::caller());
        if at.is_foreign() { CALL.get().unwrap_or(at) } else { at }
    }

    /// Lies in this crate or in Rust's library.
    fn is_foreign(self) -> bool {
        let (file, here) = (self.file(), file!());
        let own = here.strip_suffix("base/source.rs").unwrap_or(here);
        file.starts_with(own)
            || file.starts_with("/rustc/")
            || file.starts_with('/') && file.contains("/rustlib/src/rust/library/")
    }

    /// Runs `f` as the work of a public call at this place.
    pub(crate) fn during<R>(self, f: impl FnOnce() -> R) -> R {
        struct Restore(Option<Source>);
        impl Drop for Restore {
            fn drop(&mut self) {
                CALL.set(self.0);
            }
        }
        let _restore = Restore(CALL.replace(Some(self)));
        f()
    }

    /// The file as the compiler names it.
    pub fn file(&self) -> &'static str {
        self.0.file()
    }

    /// The line, counted from 1.
    pub fn line(&self) -> u32 {
        self.0.line()
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.0.file(), self.0.line(), self.0.column())
    }
}
impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
impl PartialEq for Source {
    fn eq(&self, _: &Source) -> bool {
        true
    }
}
impl Eq for Source {}
impl std::hash::Hash for Source {
    fn hash<H: std::hash::Hasher>(&self, _: &mut H) {}
}
