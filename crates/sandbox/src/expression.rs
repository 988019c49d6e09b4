//! A checked `$filter` as a tree, and the functions it may call.
//! Neither reads text nor looks at rows.

use crate::literal::Cell;
use crate::schema::Kind;

/// A node; its types were checked when it was read.
#[derive(Debug)]
pub(crate) enum Expression {
    /// A literal.
    Literal(Cell<'static>),
    /// A property's value.
    Property(Path),
    /// How many elements a collection has.
    Count(Path),
    /// `left eq right` and its five siblings.
    Compare(Comparison, Box<Expression>, Box<Expression>),
    /// `left in ('a','b')`
    InList(Box<Expression>, Vec<Cell<'static>>),
    /// `'a' in tags`
    InCollection(Box<Expression>, Path),
    /// All of these.
    And(Vec<Expression>),
    /// One of these.
    Or(Vec<Expression>),
    /// The opposite; null stays null.
    Not(Box<Expression>),
    /// `any()`: whether there are elements; `any(x:…)`: whether one of them passes.
    Any(Path, Option<Box<Expression>>),
    /// `all(x:…)`: whether every element passes.
    All(Path, Box<Expression>),
    /// `contains(name,'x')` and the like.
    Call(Function, Vec<Expression>),
}

/// Where a value is: from the row, or from an element that a lambda is looking at.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Path {
    /// 0 is the row; 1 the element of the outermost lambda, and so on.
    pub(crate) scope: usize,
    /// Property names from there.
    pub(crate) steps: Vec<&'static str>,
    /// The declared type of what is found.
    pub(crate) kind: Kind,
}

/// The six comparison operators.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Comparison {
    Equal,
    NotEqual,
    Greater,
    GreaterOrEqual,
    Less,
    LessOrEqual,
}

impl Comparison {
    /// The operator written so.
    pub(crate) fn named(word: &str) -> Option<Comparison> {
        Some(match word {
            "eq" => Comparison::Equal,
            "ne" => Comparison::NotEqual,
            "gt" => Comparison::Greater,
            "ge" => Comparison::GreaterOrEqual,
            "lt" => Comparison::Less,
            "le" => Comparison::LessOrEqual,
            _ => return None,
        })
    }

    /// Whether it asks for equality, which every type has.
    pub(crate) fn is_equality(self) -> bool {
        matches!(self, Comparison::Equal | Comparison::NotEqual)
    }
}

/// What an expression results in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Type {
    Null,
    Boolean,
    Number,
    Text,
    /// A string property that holds GUIDs.
    GuidText,
    /// A GUID without quotes.
    Guid,
    Instant,
    Date,
    Complex,
    Many,
}

impl Type {
    /// The type of a property of this kind.
    pub(crate) fn of(kind: Kind) -> Type {
        match kind {
            Kind::Text => Type::Text,
            Kind::Guid => Type::GuidText,
            Kind::Boolean => Type::Boolean,
            Kind::Number => Type::Number,
            Kind::Instant => Type::Instant,
            Kind::Complex(_) => Type::Complex,
            Kind::Many(_) => Type::Many,
        }
    }

    /// The type of a literal.
    pub(crate) fn of_literal(cell: &Cell<'_>) -> Type {
        match cell {
            Cell::Null => Type::Null,
            Cell::Boolean(_) => Type::Boolean,
            Cell::Number(_) => Type::Number,
            Cell::Text(_) => Type::Text,
            Cell::Guid(_) => Type::Guid,
            Cell::Instant(_) => Type::Instant,
            Cell::Date(_) => Type::Date,
        }
    }

    /// Its name in the entity data model, for error messages.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Type::Null => "null",
            Type::Boolean => "Edm.Boolean",
            Type::Number => "Edm.Decimal",
            Type::Text | Type::GuidText => "Edm.String",
            Type::Guid => "Edm.Guid",
            Type::Instant => "Edm.DateTimeOffset",
            Type::Date => "Edm.Date",
            Type::Complex => "a complex type",
            Type::Many => "a collection",
        }
    }

    /// Whether values of these types may stand on both sides of an operator. A date and an instant
    /// may not: OData has no promotion between them.
    pub(crate) fn compares(self, operator: Comparison, other: Type) -> bool {
        use Type::{Complex, Guid, GuidText, Many, Null, Text};
        match (self, other) {
            (Many, _) | (_, Many) => false,
            (Complex, right) => right == Null && operator.is_equality(),
            (left, Complex) => left == Null && operator.is_equality(),
            (Guid, GuidText | Guid) | (GuidText, Guid) => operator.is_equality(),
            (Null, _) | (_, Null) | (Text, GuidText) | (GuidText, Text) => true,
            (left, right) => left == right,
        }
    }

    /// Whether a value of this type may be handed to a function that wants `wanted`.
    pub(crate) fn fits(self, wanted: Type) -> bool {
        self == Type::Null
            || self == wanted
            || (self == Type::GuidText && wanted == Type::Text)
            || (self == Type::Instant && wanted == Type::Date)
    }
}

/// The functions of OData 4 that make sense over this schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Function {
    Contains,
    StartsWith,
    EndsWith,
    Length,
    IndexOf,
    Substring,
    ToLower,
    ToUpper,
    Trim,
    Concat,
    Year,
    Month,
    Day,
    Hour,
    Minute,
    Second,
    Date,
    Now,
}

/// A function's name, what it takes, and what comes out.
pub(crate) type Signature = (&'static str, Function, &'static [Type], Type);

/// The signatures called `name`.
pub(crate) fn signatures(name: &str) -> impl Iterator<Item = &'static Signature> {
    FUNCTIONS.iter().filter(move |(known, ..)| *known == name)
}

/// `Type::Date` as a parameter takes an instant too: both have a year, a month and a day.
const FUNCTIONS: &[Signature] = {
    use Type::{Boolean, Date, Instant, Number, Text};
    &[
        ("contains", Function::Contains, &[Text, Text], Boolean),
        ("startswith", Function::StartsWith, &[Text, Text], Boolean),
        ("endswith", Function::EndsWith, &[Text, Text], Boolean),
        ("length", Function::Length, &[Text], Number),
        ("indexof", Function::IndexOf, &[Text, Text], Number),
        ("substring", Function::Substring, &[Text, Number], Text),
        ("substring", Function::Substring, &[Text, Number, Number], Text),
        ("tolower", Function::ToLower, &[Text], Text),
        ("toupper", Function::ToUpper, &[Text], Text),
        ("trim", Function::Trim, &[Text], Text),
        ("concat", Function::Concat, &[Text, Text], Text),
        ("year", Function::Year, &[Date], Number),
        ("month", Function::Month, &[Date], Number),
        ("day", Function::Day, &[Date], Number),
        ("hour", Function::Hour, &[Instant], Number),
        ("minute", Function::Minute, &[Instant], Number),
        ("second", Function::Second, &[Instant], Number),
        ("date", Function::Date, &[Instant], Date),
        ("now", Function::Now, &[], Instant),
    ]
};
