//! Values printed while a program runs.

use crate::call::{Call, Threads};
use once_cell::sync::OnceCell;
use std::fmt;
use std::str::FromStr;

/// The name of the function for XLA. Its operand is what it prints and gives back.
pub const PRINT: &str = "cotangent_print";

/// What prints a value: it gets the label, the name of the dtype, the shape and the elements.
pub type Printer = fn(&str, &str, &[i64], &[u8]);

static PRINTER: OnceCell<Printer> = OnceCell::new();

/// Says what prints; the first counts.
pub fn print_with(printer: Printer) {
    PRINTER.get_or_init(|| printer);
}

/// What is printed of a value, apart from it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Print {
    /// The bytes of an element.
    pub width: usize,
    /// The name of the dtype, without spaces.
    pub dtype: String,
    /// Any text.
    pub label: String,
}

impl fmt::Display for Print {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.width, self.dtype)?;
        // Numbers, because the text is written between quotes.
        self.label.bytes().try_for_each(|byte| write!(f, " {byte}"))
    }
}

impl FromStr for Print {
    type Err = ();

    fn from_str(text: &str) -> Result<Print, ()> {
        let mut words = text.split(' ');
        let width = words.next().and_then(|word| word.parse().ok()).ok_or(())?;
        let dtype = words.next().ok_or(())?.to_string();
        let label = words.map(|word| word.parse().map_err(|_| ())).collect::<Result<_, ()>>()?;
        Ok(Print { width, dtype, label: String::from_utf8(label).map_err(|_| ())? })
    }
}

/// What XLA calls.
///
/// # Safety
/// There is an operand, and a result of the same type, as the text describes it.
#[unsafe(no_mangle)]
unsafe extern "C" fn cotangent_print(call: Call, _: Threads) -> bool {
    // SAFETY: XLA hands the text that the program was written with, and the arrays are as the
    // program, which XLA has checked, has them.
    unsafe {
        let Some(Print { width, dtype, label }) = call.text() else { return false };
        let shape = call.operand_shape(0);
        let length = width * shape.iter().product::<i64>() as usize;
        let (x, y) = (call.operand::<u8>(0), call.result::<u8>(0));
        let bytes = match length {
            0 => &[],
            _ => std::slice::from_raw_parts(x.0, length),
        };
        if length > 0 {
            std::ptr::copy_nonoverlapping(x.0, y.0, length);
        }
        if let Some(print) = PRINTER.get() {
            print(&label, &dtype, shape, bytes);
        }
    }
    true
}
