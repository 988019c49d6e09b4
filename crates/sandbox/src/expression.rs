//! The syntax tree of a `$filter`, its types, and the functions of OData.

use crate::literal::Primitive;
use crate::schema::PropertyType;

/// A node whose types were checked by the parser.
#[derive(Debug)]
pub(crate) enum Expression {
    Literal(Primitive<'static>),
    Property(Path),
    /// `team/$count`
    Count(Path),
    /// `left eq right`, for example.
    Compare(Comparison, Box<Expression>, Box<Expression>),
    /// `left in ('a','b')`
    InList(Box<Expression>, Vec<Primitive<'static>>),
    /// `'a' in tags`
    InCollection(Box<Expression>, Path),
    And(Vec<Expression>),
    Or(Vec<Expression>),
    /// `not` of null is null.
    Not(Box<Expression>),
    /// `any()`, true of a collection with elements, or `any(x:…)`, true if one element matches.
    Any(Path, Option<Box<Expression>>),
    /// `all(x:…)`, true if every element matches.
    All(Path, Box<Expression>),
    /// `contains(name,'x')`, for example.
    Call(Function, Vec<Expression>),
}

/// The path to a value from the row or from the variable of a lambda.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Path {
    /// 0 is the row, 1 the variable of the outermost lambda, and so on.
    pub(crate) scope: usize,
    /// Property names from there.
    pub(crate) steps: Vec<&'static str>,
    /// The declared type of the value.
    pub(crate) kind: PropertyType,
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
    /// Parses an operator.
    pub(crate) fn parse(word: &str) -> Option<Comparison> {
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

    /// Every type has these two.
    pub(crate) fn is_equality(self) -> bool {
        matches!(self, Comparison::Equal | Comparison::NotEqual)
    }
}

/// The type of an expression.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ExpressionType {
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
    Collection,
}

impl ExpressionType {
    pub(crate) fn of_property(kind: PropertyType) -> ExpressionType {
        match kind {
            PropertyType::Text => ExpressionType::Text,
            PropertyType::Guid => ExpressionType::GuidText,
            PropertyType::Boolean => ExpressionType::Boolean,
            PropertyType::Number => ExpressionType::Number,
            PropertyType::Instant => ExpressionType::Instant,
            PropertyType::Complex(_) => ExpressionType::Complex,
            PropertyType::Collection(_) => ExpressionType::Collection,
        }
    }

    pub(crate) fn of_literal(literal: &Primitive<'_>) -> ExpressionType {
        match literal {
            Primitive::Null => ExpressionType::Null,
            Primitive::Boolean(_) => ExpressionType::Boolean,
            Primitive::Number(_) => ExpressionType::Number,
            Primitive::Text(_) => ExpressionType::Text,
            Primitive::Guid(_) => ExpressionType::Guid,
            Primitive::Instant(_) => ExpressionType::Instant,
            Primitive::Date(_) => ExpressionType::Date,
        }
    }

    /// The name in the entity data model, for error messages.
    pub(crate) fn name(self) -> &'static str {
        match self {
            ExpressionType::Null => "null",
            ExpressionType::Boolean => "Edm.Boolean",
            ExpressionType::Number => "Edm.Decimal",
            ExpressionType::Text | ExpressionType::GuidText => "Edm.String",
            ExpressionType::Guid => "Edm.Guid",
            ExpressionType::Instant => "Edm.DateTimeOffset",
            ExpressionType::Date => "Edm.Date",
            ExpressionType::Complex => "a complex type",
            ExpressionType::Collection => "a collection",
        }
    }

    /// Whether values of these types may be compared. A date and an instant may not: OData promotes
    /// neither to the other.
    pub(crate) fn is_comparable(self, operator: Comparison, other: ExpressionType) -> bool {
        use ExpressionType::{Collection, Complex, Guid, GuidText, Null, Text};
        match (self, other) {
            (Collection, _) | (_, Collection) => false,
            (Complex, right) => right == Null && operator.is_equality(),
            (left, Complex) => left == Null && operator.is_equality(),
            (Guid, GuidText | Guid) | (GuidText, Guid) => operator.is_equality(),
            (Null, _) | (_, Null) | (Text, GuidText) | (GuidText, Text) => true,
            (left, right) => left == right,
        }
    }

    /// Whether a value of this type may be an argument for a parameter of type `parameter`.
    pub(crate) fn is_accepted_by(self, parameter: ExpressionType) -> bool {
        self == ExpressionType::Null
            || self == parameter
            || (self == ExpressionType::GuidText && parameter == ExpressionType::Text)
            || (self == ExpressionType::Instant && parameter == ExpressionType::Date)
    }
}

/// The functions of OData 4 that are useful with this schema.
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

/// Name, function, parameter types, result type.
pub(crate) type Signature = (&'static str, Function, &'static [ExpressionType], ExpressionType);

/// The overloads of the function `name`.
pub(crate) fn find_signatures(name: &str) -> impl Iterator<Item = &'static Signature> {
    FUNCTIONS.iter().filter(move |(known, ..)| *known == name)
}

/// A parameter of type `Date` accepts an instant too: both have a year, a month and a day.
const FUNCTIONS: &[Signature] = {
    use ExpressionType::{Boolean, Date, Instant, Number, Text};
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
