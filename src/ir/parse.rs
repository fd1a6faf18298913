//! Jaxprs from text, as [`print`](super::print) writes them.
//!
//! Names of variables are free, but each must be defined once and before its use. The values of
//! constants are not in the text: they are given beside it.

use super::tokens::{Token, What, tokens};
use super::{Atom, Aval, Eqn, Jaxpr, Prim, Var};
use crate::base::{DType, Error, ErrorKind, HostArray, Result, Scalar, Shape, Source};
use num_complex::Complex;
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::str::FromStr;
use std::sync::Arc;

impl Jaxpr {
    /// The values of the constants of the program and of those inside of it, in the order in which its
    /// text names them.
    pub fn constants(&self) -> Vec<HostArray> {
        let own = self.consts.iter().map(|c| c.as_ref().clone());
        let inner = self.eqns.iter().flat_map(|eqn| eqn.prim.rules().inner());
        own.chain(inner.flat_map(Jaxpr::constants)).collect()
    }

    /// The program that a text describes, which is that of [`Display`](std::fmt::Display), with these
    /// values of its constants, in the order of [`constants`](Jaxpr::constants).
    ///
    /// # Errors
    /// When the text describes no well-formed program (the error gives the line and the column), or
    /// the constants are not of the types that it gives them.
    ///
    /// ```
    /// use cotangent::{Jaxpr, Tensor, make_jaxpr};
    /// # fn main() -> cotangent::Result<()> {
    /// let jaxpr = make_jaxpr(|x: Tensor| (x.sin() * 2.0).sum(), vec![1.0, 2.0])?;
    /// assert_eq!(Jaxpr::parse(&jaxpr.to_string(), vec![])?, jaxpr);
    ///
    /// let error = Jaxpr::parse("{ lambda ; a:f64[2]. let\n b:f64[2] = sine a\n in (b,) }", vec![]);
    /// let error = error.unwrap_err().to_string();
    /// assert!(error.starts_with("jaxpr: line 2, column 13: no primitive `sine`"), "{error}");
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn parse(text: &str, constants: Vec<HostArray>) -> Result<Jaxpr> {
        let at = Source::here();
        let mut parser = Parser { tokens: tokens(text), next: 0, constants: constants.into(), at };
        let run = || {
            let jaxpr = parser.program()?;
            parser.skip_lines();
            if parser.peek().what != What::End {
                return Err(parser.wrong("the end of the text"));
            }
            if !parser.constants.is_empty() {
                let why = format!("there are {} constants too many", parser.constants.len());
                return Err(Error::argument("jaxpr", why));
            }
            jaxpr.check()?;
            Ok(jaxpr)
        };
        crate::base::public_call(at, run)
    }
}

/// [`Jaxpr::parse`] of a program without constants.
impl FromStr for Jaxpr {
    type Err = Error;

    #[track_caller]
    fn from_str(text: &str) -> Result<Jaxpr> {
        Jaxpr::parse(text, Vec::new())
    }
}

/// A parameter of an equation.
#[derive(Clone, Debug)]
enum Value {
    Word(String),
    List(Vec<Value>),
    /// `Name(key=value, …)`.
    Record(BTreeMap<String, Value>),
    Program(Arc<Jaxpr>),
}

/// An equation as it is written, for the primitive of that name to read.
pub(crate) struct Written {
    /// The name of the primitive.
    pub(crate) name: String,
    /// The number of operands.
    pub(crate) n_ins: usize,
    params: BTreeMap<String, Value>,
    programs: Vec<Arc<Jaxpr>>,
}

impl Written {
    /// What `read` makes of the parameters, if the name is that of the primitive.
    pub(crate) fn named<T>(
        &self,
        name: &str,
        read: impl FnOnce() -> Result<T>,
    ) -> Result<Option<T>> {
        if self.name == name { read().map(Some) } else { Ok(None) }
    }

    pub(crate) fn wrong(&self, key: &str, wanted: &str) -> Error {
        Error::argument("jaxpr", format!("{} needs {wanted} as {key}", self.name))
    }

    fn get<T>(&self, key: &str, wanted: &str, read: impl Fn(&Value) -> Option<T>) -> Result<T> {
        self.params.get(key).and_then(read).ok_or_else(|| self.wrong(key, wanted))
    }

    /// True if there is a parameter of this name.
    pub(crate) fn has(&self, key: &str) -> bool {
        self.params.contains_key(key)
    }

    /// A number.
    pub(crate) fn number<T: FromStr>(&self, key: &str) -> Result<T> {
        self.get(key, "a number", |v| v.word()?.parse().ok())
    }

    /// A number of operands, of which there are so many.
    pub(crate) fn count(&self, key: &str, of: usize) -> Result<usize> {
        let wanted = format!("a number up to {of}");
        self.get(key, &wanted, |v| v.word()?.parse().ok().filter(|&n: &usize| n <= of))
    }

    /// `True` or `False`.
    pub(crate) fn flag(&self, key: &str) -> Result<bool> {
        self.get(key, "True or False", |v| match v.word()? {
            "True" => Some(true),
            "False" => Some(false),
            _ => None,
        })
    }

    /// A list of numbers.
    pub(crate) fn numbers<T: FromStr>(&self, key: &str) -> Result<Vec<T>> {
        self.get(key, "a list of numbers", Value::numbers)
    }

    /// A list of numbers in a record.
    pub(crate) fn numbers_of<T: FromStr>(&self, key: &str, field: &str) -> Result<Vec<T>> {
        self.get(key, &format!("a record with a list of numbers {field}"), |v| match v {
            Value::Record(fields) => fields.get(field)?.numbers(),
            _ => None,
        })
    }

    /// A list of lists of numbers.
    pub(crate) fn table<T: FromStr>(&self, key: &str) -> Result<Vec<Vec<T>>> {
        self.get(key, "a list of lists of numbers", |v| {
            v.list()?.iter().map(Value::numbers).collect()
        })
    }

    /// Two pairs of lists of numbers.
    pub(crate) fn pairs(&self, key: &str) -> Result<[(Vec<usize>, Vec<usize>); 2]> {
        let pair = |v: &Value| match v.list()? {
            [a, b] => Some((a.numbers()?, b.numbers()?)),
            _ => None,
        };
        self.get(key, "two pairs of lists of numbers", |v| match v.list()? {
            [a, b] => Some([pair(a)?, pair(b)?]),
            _ => None,
        })
    }

    /// A dtype.
    pub(crate) fn dtype(&self, key: &str) -> Result<DType> {
        self.get(key, "a dtype", |v| dtype(v.word()?))
    }

    /// A name.
    pub(crate) fn text(&self, key: &str) -> Result<String> {
        self.get(key, "a name", |v| v.word().map(str::to_string))
    }

    /// A name with a list of names behind.
    pub(crate) fn texts(&self, key: &str) -> Result<Vec<String>> {
        self.get(key, "a list of names", |v| {
            v.list()?.iter().map(|v| v.word().map(str::to_string)).collect()
        })
    }

    /// The programs, as many as are asked for.
    pub(crate) fn programs<const N: usize>(&self) -> Result<[Arc<Jaxpr>; N]> {
        let wanted = if N == 1 { "a program" } else { "several programs" };
        self.programs.clone().try_into().map_err(|_| self.wrong("jaxpr", wanted))
    }

    /// All programs, at least one.
    pub(crate) fn all_programs(&self) -> Result<Vec<Arc<Jaxpr>>> {
        if self.programs.is_empty() {
            return Err(self.wrong("jaxpr", "a program"));
        }
        Ok(self.programs.clone())
    }
}

impl Value {
    fn word(&self) -> Option<&str> {
        match self {
            Value::Word(word) => Some(word),
            _ => None,
        }
    }

    fn list(&self) -> Option<&[Value]> {
        match self {
            Value::List(items) => Some(items),
            _ => None,
        }
    }

    fn numbers<T: FromStr>(&self) -> Option<Vec<T>> {
        self.list()?.iter().map(|v| v.word()?.parse().ok()).collect()
    }
}

fn dtype(name: &str) -> Option<DType> {
    DType::ALL.into_iter().find(|d| d.name() == name)
}

struct Parser {
    tokens: Vec<Token>,
    next: usize,
    /// Those of programs that are still to come.
    constants: VecDeque<HostArray>,
    at: Source,
}

impl Parser {
    fn peek(&self) -> &Token {
        // The last token is the end, which is never taken.
        &self.tokens[self.next.min(self.tokens.len() - 1)]
    }

    fn wrong(&self, wanted: &str) -> Error {
        let found = match &self.peek().what {
            What::Word(w) | What::Quoted(w) => format!("`{w}`"),
            What::Sign(c) => format!("`{c}`"),
            What::Line => "the end of the line".into(),
            What::End => "the end of the text".into(),
        };
        self.error(self.peek(), format!("{found} where there should be {wanted}"))
    }

    fn error(&self, token: &Token, why: String) -> Error {
        Error::argument("jaxpr", format!("line {}, column {}: {why}", token.line, token.column))
    }

    fn skip_lines(&mut self) {
        while self.peek().what == What::Line {
            self.next += 1;
        }
    }

    fn is(&self, sign: char) -> bool {
        self.peek().what == What::Sign(sign)
    }

    /// Takes the sign if it comes next.
    fn take(&mut self, sign: char) -> bool {
        let found = self.is(sign);
        self.next += usize::from(found);
        found
    }

    /// Takes the sign that must come next.
    fn sign(&mut self, sign: char) -> Result<()> {
        if self.take(sign) { Ok(()) } else { Err(self.wrong(&format!("`{sign}`"))) }
    }

    fn word(&mut self, wanted: &str) -> Result<String> {
        match &self.peek().what {
            What::Word(word) => {
                let word = word.clone();
                self.next += 1;
                Ok(word)
            }
            _ => Err(self.wrong(wanted)),
        }
    }

    fn keyword(&mut self, word: &str) -> Result<()> {
        match &self.peek().what {
            What::Word(found) if found == word => {
                self.next += 1;
                Ok(())
            }
            _ => Err(self.wrong(&format!("`{word}`"))),
        }
    }

    /// True if the token so many places on is this sign.
    fn ahead(&self, places: usize, sign: char) -> bool {
        self.tokens.get(self.next + places).is_some_and(|t| t.what == What::Sign(sign))
    }

    /// `f32[2,3]`
    fn aval(&mut self) -> Result<Aval> {
        let wrong = self.wrong("a type such as `f32[2,3]`");
        let dtype = dtype(&self.word("a dtype")?).ok_or(wrong)?;
        self.sign('[')?;
        let mut shape = Vec::new();
        while !self.take(']') {
            let wrong = self.wrong("a size");
            shape.push(self.word("a size")?.parse().map_err(|_| wrong)?);
            if !self.is(']') {
                self.sign(',')?;
            }
        }
        Ok(Aval::new(Shape::from(shape), dtype))
    }

    /// `a:f32[2] b:f32[]`, up to a sign.
    fn definitions(&mut self, jaxpr: &mut Jaxpr, names: &mut Names, end: char) -> Result<Vec<Var>> {
        let mut vars = Vec::new();
        while !self.take(end) {
            let token = self.peek().clone();
            let name = self.word(&format!("a variable or `{end}`"))?;
            self.sign(':')?;
            let var = Var(jaxpr.avals.len() as u32);
            jaxpr.avals.push(self.aval()?);
            if names.insert(name.clone(), var).is_some() {
                return Err(self.error(&token, format!("`{name}` is defined twice")));
            }
            vars.push(var);
        }
        Ok(vars)
    }

    /// A variable, or a literal with its type.
    fn atom(&mut self, names: &Names) -> Result<Atom> {
        let token = self.peek().clone();
        let parts = if self.take('(') {
            let re = self.word("a number")?;
            self.sign(',')?;
            let im = self.word("a number")?;
            self.sign(')')?;
            vec![re, im]
        } else {
            vec![self.word("a variable or a number")?]
        };
        if !self.take(':') {
            let unknown = || self.error(&token, format!("nothing defines `{}`", parts[0]));
            return names.get(&parts[0]).map(|&v| Atom::Var(v)).ok_or_else(unknown);
        }
        let aval = self.aval()?;
        let value = scalar(&parts, aval.dtype).filter(|_| aval.rank() == 0);
        let wrong = || self.error(&token, format!("{} is no {aval}", parts.join(", ")));
        value.map(Atom::Lit).ok_or_else(wrong)
    }

    /// `{ lambda consts; ins. let equations in (outs) }`
    fn program(&mut self) -> Result<Jaxpr> {
        self.skip_lines();
        self.sign('{')?;
        self.keyword("lambda")?;
        let mut names = Names::new();
        let mut jaxpr = Jaxpr {
            avals: Vec::new(),
            consts: Vec::new(),
            n_ins: 0,
            eqns: Vec::new(),
            outs: Vec::new(),
        };
        for var in self.definitions(&mut jaxpr, &mut names, ';')? {
            let aval = jaxpr.aval(var);
            match self.constants.pop_front() {
                Some(c) if Aval::new(c.shape(), c.dtype()).same_type(aval) => {
                    jaxpr.consts.push(Arc::new(c));
                }
                given => {
                    let given =
                        given.map_or("nothing".into(), |c| format!("{}{}", c.dtype(), c.shape()));
                    let why = format!("{given} is given for a constant {aval}");
                    return Err(self.error(self.peek(), why));
                }
            }
        }
        jaxpr.n_ins = self.definitions(&mut jaxpr, &mut names, '.')?.len();
        self.keyword("let")?;
        self.skip_lines();
        // A variable may be called `in`, but is followed by its type.
        while self.keyword("in").is_err() || self.is(':') {
            let retreat = usize::from(self.is(':'));
            self.next -= retreat;
            self.equation(&mut jaxpr, &mut names)?;
            self.skip_lines();
        }
        self.sign('(')?;
        while !self.take(')') {
            jaxpr.outs.push(self.atom(&names)?);
            if !self.is(')') {
                self.sign(',')?;
            }
        }
        self.sign('}')?;
        Ok(jaxpr)
    }

    /// `a:f32[] b:f32[2] = primitive[parameters] operands`, up to the end of the line.
    fn equation(&mut self, jaxpr: &mut Jaxpr, names: &mut Names) -> Result<()> {
        let outs = self.definitions(jaxpr, names, '=')?;
        let token = self.peek().clone();
        let name = self.word("a primitive")?;
        let mut written = Written { name, n_ins: 0, params: BTreeMap::new(), programs: Vec::new() };
        if self.take('[') {
            self.params(&mut written)?;
        }
        let mut ins = Vec::new();
        while !matches!(self.peek().what, What::Line | What::End) {
            ins.push(self.atom(names)?);
        }
        written.n_ins = ins.len();
        let prim = Prim::read(&written).map_err(|e| self.error(&token, reason(&e)))?;
        let known = prim.rules().params();
        if let Some(key) = written.params.keys().find(|k| known.iter().all(|(n, _)| n != k)) {
            return Err(self.error(&token, format!("{} has no parameter {key}", written.name)));
        }
        let avals: Vec<Aval> = ins.iter().map(|&a| jaxpr.atom_aval(a)).collect();
        let wanted =
            prim.rules().abstract_eval(&avals).map_err(|e| self.error(&token, reason(&e)))?;
        let given: Vec<Aval> = outs.iter().map(|&v| jaxpr.aval(v).clone()).collect();
        if wanted.len() != given.len() || wanted.iter().zip(&given).any(|(a, b)| !a.same_type(b)) {
            let why = format!("{} gives {wanted:?}, not {given:?}", written.name);
            return Err(self.error(&token, why));
        }
        jaxpr.eqns.push(Eqn { prim, ins, outs, at: self.at });
        Ok(())
    }

    /// `key=value …]`; programs may have a number before their key.
    fn params(&mut self, written: &mut Written) -> Result<()> {
        self.skip_lines();
        while !self.take(']') {
            let mut key = self.word("a parameter or `]`")?;
            if self.take(':') {
                key = self.word("a parameter")?;
            }
            self.sign('=')?;
            match self.value()? {
                Value::Program(program) => written.programs.push(program),
                value => drop(written.params.insert(key, value)),
            }
            self.skip_lines();
        }
        Ok(())
    }

    fn value(&mut self) -> Result<Value> {
        match self.peek().what.clone() {
            What::Sign('{') => Ok(Value::Program(Arc::new(self.program()?))),
            What::Sign('(') => self.list('(', ')'),
            What::Sign('[') => self.list('[', ']'),
            What::Quoted(text) => {
                self.next += 1;
                Ok(Value::Word(text))
            }
            What::Word(word) => {
                self.next += 1;
                match () {
                    () if !self.is('(') => Ok(Value::Word(word)),
                    // `Names(["h"])` and the like: the list alone.
                    () if self.ahead(1, '[') => {
                        self.sign('(')?;
                        let list = self.value()?;
                        self.sign(')')?;
                        Ok(list)
                    }
                    () if self.ahead(1, ')') || self.ahead(2, '=') => self.record(),
                    // `jvp(f)`
                    () => {
                        self.sign('(')?;
                        let inner = self.value()?;
                        self.sign(')')?;
                        let inner = inner.word().ok_or_else(|| self.wrong("a name"))?;
                        Ok(Value::Word(format!("{word}({inner})")))
                    }
                }
            }
            _ => Err(self.wrong("a value")),
        }
    }

    fn list(&mut self, open: char, close: char) -> Result<Value> {
        self.sign(open)?;
        let mut items = Vec::new();
        while !self.take(close) {
            items.push(self.value()?);
            if !self.is(close) {
                self.sign(',')?;
            }
        }
        Ok(Value::List(items))
    }

    fn record(&mut self) -> Result<Value> {
        self.sign('(')?;
        let mut fields = BTreeMap::new();
        while !self.take(')') {
            let key = self.word("a field")?;
            self.sign('=')?;
            fields.insert(key, self.value()?);
            if !self.is(')') {
                self.sign(',')?;
            }
        }
        Ok(Value::Record(fields))
    }
}

type Names = HashMap<String, Var>;

/// Why an equation is none: what the user sees of errors that a traced program never has, too.
fn reason(error: &Error) -> String {
    match error.kind() {
        ErrorKind::Internal { what } => what.clone(),
        kind => {
            let text = kind.to_string();
            text.strip_prefix("jaxpr: ").map_or(text.clone(), str::to_string)
        }
    }
}

/// The value that these words spell.
fn scalar(parts: &[String], dtype: DType) -> Option<Scalar> {
    if let [re, im] = parts {
        let value = Complex::new(re.parse().ok()?, im.parse().ok()?);
        return dtype.is_complex().then(|| Scalar::C128(value).convert(dtype));
    }
    let word = parts.first()?;
    Some(match dtype {
        DType::Bool => Scalar::Bool(word.parse().ok()?),
        DType::F32 | DType::F16 | DType::BF16 => Scalar::F32(word.parse().ok()?).convert(dtype),
        DType::F64 => Scalar::F64(word.parse().ok()?),
        DType::C64 | DType::C128 => return None,
        _ => Scalar::I64(word.parse().ok()?).convert(dtype),
    })
}
