//! The one error type of the crate.

use super::{DType, Shape, Source};
use std::fmt;

/// Result of every fallible function of the crate.
pub type Result<T> = std::result::Result<T, Error>;

/// What went wrong, and where in the user's program.
///
/// The message names the operation, the shapes or dtypes, and ends with the user's file and line.
#[derive(Clone, PartialEq)]
pub struct Error(Box<Inner>);

#[derive(Clone, PartialEq)]
struct Inner {
    kind: ErrorKind,
    at: Option<Source>,
}

/// The kinds of error, by area.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// Shapes that do not go together.
    Shape {
        /// The operation.
        op: String,
        /// The shapes of its operands.
        shapes: Vec<Shape>,
        /// Why they do not fit.
        why: String,
    },
    /// Dtypes that do not go together, or one that the operation does not take.
    Dtype {
        /// The operation.
        op: String,
        /// The dtypes of its operands.
        dtypes: Vec<DType>,
        /// Why they do not fit, and what to do.
        why: String,
    },
    /// An axis beyond the rank.
    Axis {
        /// The operation.
        op: String,
        /// The axis as given.
        axis: isize,
        /// The rank it must lie in.
        rank: usize,
    },
    /// Another bad argument.
    Argument {
        /// The operation.
        op: String,
        /// What is wrong with it.
        why: String,
    },
    /// `argnums` beyond the number of arguments, repeated or empty.
    Argnums {
        /// The transformation.
        op: String,
        /// What is wrong with it.
        why: String,
    },
    /// Arguments or results whose tree is not the expected one.
    Tree {
        /// The operation.
        op: String,
        /// What is wrong.
        why: String,
    },
    /// A tensor used outside the function that made it.
    Escaped {
        /// The operation that used it.
        op: String,
    },
    /// A tensor made where nothing is being traced.
    Untraced {
        /// The operation.
        op: String,
    },
    /// Something that exists in mathematics but not here.
    Unsupported {
        /// The operation.
        op: String,
        /// What is missing and what to do instead.
        why: String,
    },
    /// A derivative that is not that of its function.
    Derivative {
        /// The check.
        op: String,
        /// Which derivative, and both values.
        why: String,
    },
    /// A NaN, where it was asked to look for them.
    Nan {
        /// The operation that gives it.
        op: String,
        /// What is known of it.
        why: String,
    },
    /// XLA, a plugin or a device failed.
    Runtime {
        /// What was being done.
        doing: String,
        /// What the runtime said.
        message: String,
    },
    /// A broken promise of this crate: a bug here, not in the user's program.
    Internal {
        /// Which promise.
        what: String,
    },
}

/// Runs the work of a public call at this place. There are placed its errors that have no place of
/// their own.
pub(crate) fn public_call<R>(at: Source, f: impl FnOnce() -> Result<R>) -> Result<R> {
    at.during(f).map_err(|e| e.or_at(at))
}

impl Error {
    /// An error of this kind, not yet located.
    pub fn new(kind: ErrorKind) -> Error {
        Error(Box::new(Inner { kind, at: None }))
    }

    /// A broken internal invariant.
    pub(crate) fn internal(what: impl Into<String>) -> Error {
        Error::new(ErrorKind::Internal { what: what.into() })
    }

    /// A bad argument of `op`.
    pub(crate) fn argument(op: &str, why: impl Into<String>) -> Error {
        Error::new(ErrorKind::Argument { op: op.into(), why: why.into() })
    }

    /// Something of `op` that exists in mathematics but not here.
    pub(crate) fn unsupported(op: &str, why: impl Into<String>) -> Error {
        Error::new(ErrorKind::Unsupported { op: op.into(), why: why.into() })
    }

    /// Shapes that `op` cannot take.
    pub(crate) fn shape(op: &str, shapes: &[&Shape], why: impl Into<String>) -> Error {
        let shapes = shapes.iter().map(|&s| s.clone()).collect();
        Error::new(ErrorKind::Shape { op: op.into(), shapes, why: why.into() })
    }

    /// Dtypes that `op` cannot take.
    pub(crate) fn dtype(op: &str, dtypes: &[DType], why: impl Into<String>) -> Error {
        Error::new(ErrorKind::Dtype { op: op.into(), dtypes: dtypes.to_vec(), why: why.into() })
    }

    /// An axis beyond the rank.
    pub(crate) fn axis(op: &str, axis: isize, rank: usize) -> Error {
        Error::new(ErrorKind::Axis { op: op.into(), axis, rank })
    }

    /// The same error, located at `at` unless it has a place already.
    pub(crate) fn or_at(mut self, at: Source) -> Error {
        self.0.at.get_or_insert(at);
        self
    }

    /// What went wrong.
    pub fn kind(&self) -> &ErrorKind {
        &self.0.kind
    }

    /// Where in the user's program, if known.
    pub fn source_location(&self) -> Option<Source> {
        self.0.at
    }
}

fn list<T: fmt::Display>(f: &mut fmt::Formatter<'_>, items: &[T]) -> fmt::Result {
    for (i, item) in items.iter().enumerate() {
        let comma = match i {
            0 => "",
            _ if i + 1 == items.len() => " and ",
            _ => ", ",
        };
        write!(f, "{comma}{item}")?;
    }
    Ok(())
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ErrorKind::Shape { op, shapes, why } => {
                write!(f, "{op}: shapes ")?;
                list(f, shapes)?;
                write!(f, ": {why}")
            }
            ErrorKind::Dtype { op, dtypes, why } => {
                write!(f, "{op}: dtypes ")?;
                list(f, dtypes)?;
                write!(f, ": {why}")
            }
            ErrorKind::Axis { op, axis, rank } => {
                write!(f, "{op}: axis {axis} is out of range for an array of rank {rank}")
            }
            ErrorKind::Argument { op, why }
            | ErrorKind::Tree { op, why }
            | ErrorKind::Argnums { op, why }
            | ErrorKind::Nan { op, why }
            | ErrorKind::Derivative { op, why }
            | ErrorKind::Unsupported { op, why } => write!(f, "{op}: {why}"),
            ErrorKind::Escaped { op } => write!(
                f,
                "{op}: a tensor was used outside the function whose trace made it; return it from \
                 that function instead of storing it"
            ),
            ErrorKind::Untraced { op } => write!(
                f,
                "{op}: no function is being traced here; tensors exist only inside functions given \
                 to jit, grad, vmap, ..."
            ),
            ErrorKind::Runtime { doing, message } => write!(f, "{doing}: {message}"),
            ErrorKind::Internal { what } => {
                write!(f, "internal error (please report it): {what}")
            }
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.kind)?;
        self.0.at.map_or(Ok(()), |at| write!(f, "\n  at {at}"))
    }
}
impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
impl std::error::Error for Error {}
