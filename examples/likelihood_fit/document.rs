//! JSON with the way to each value, so that a mistake names its place: `channels[0].samples[1].data`.

use anyhow::{Error, Result, anyhow};
use serde_json::Value;

/// A value in a document.
#[derive(Clone)]
pub(crate) struct At<'a> {
    value: &'a Value,
    path: String,
}

impl<'a> At<'a> {
    /// The whole document.
    pub(crate) fn root(value: &'a Value) -> At<'a> {
        At { value, path: String::new() }
    }

    /// An error at this place.
    pub(crate) fn wrong(&self, why: &str) -> Error {
        let path = if self.path.is_empty() { "the document" } else { &self.path };
        anyhow!("{path}: {why}")
    }

    /// A field that may be missing; `null` counts as missing.
    pub(crate) fn maybe(&self, name: &str) -> Option<At<'a>> {
        let value = self.value.get(name).filter(|v| !v.is_null())?;
        let dot = if self.path.is_empty() { "" } else { "." };
        Some(At { value, path: format!("{}{dot}{name}", self.path) })
    }

    /// A field that must be there.
    pub(crate) fn field(&self, name: &str) -> Result<At<'a>> {
        if !self.value.is_object() {
            return Err(self.wrong("must be an object"));
        }
        self.maybe(name).ok_or_else(|| self.wrong(&format!("has no field `{name}`")))
    }

    /// The items of a list.
    pub(crate) fn items(&self) -> Result<Vec<At<'a>>> {
        let list = self.value.as_array().ok_or_else(|| self.wrong("must be a list"))?;
        let item = |(i, value)| At { value, path: format!("{}[{i}]", self.path) };
        Ok(list.iter().enumerate().map(item).collect())
    }

    /// A text.
    pub(crate) fn text(&self) -> Result<&'a str> {
        self.value.as_str().ok_or_else(|| self.wrong("must be a text"))
    }

    /// A finite number.
    pub(crate) fn number(&self) -> Result<f64> {
        self.value.as_f64().ok_or_else(|| self.wrong("must be a number"))
    }

    /// A list of numbers.
    pub(crate) fn numbers(&self) -> Result<Vec<f64>> {
        self.items()?.iter().map(At::number).collect()
    }

    /// A list of so many numbers.
    pub(crate) fn numbers_of(&self, n: usize) -> Result<Vec<f64>> {
        let numbers = self.numbers()?;
        match numbers.len() == n {
            true => Ok(numbers),
            false => {
                Err(self.wrong(&format!("has {} numbers where {n} are needed", numbers.len())))
            }
        }
    }

    /// Truth values: one for all of `n`, or a list of them.
    pub(crate) fn flags(&self, n: usize) -> Result<Vec<bool>> {
        if let Some(flag) = self.value.as_bool() {
            return Ok(vec![flag; n]);
        }
        let flag = |at: At<'_>| at.value.as_bool().ok_or_else(|| at.wrong("must be true or false"));
        let flags: Vec<bool> = self.items()?.into_iter().map(flag).collect::<Result<_>>()?;
        match flags.len() {
            1 => Ok(vec![flags[0]; n]),
            found if found == n => Ok(flags),
            found => Err(self.wrong(&format!("has {found} values where {n} are needed"))),
        }
    }
}
