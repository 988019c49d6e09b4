//! Parses `$filter` by the OASIS grammar of OData 4 and checks its types against the schema.

use crate::expression::{Comparison, Expression, ExpressionType, Path, find_signatures};
use crate::literal::{Primitive, parse_number_or_time, take_leading_guid};
use crate::scan::{Result, Scanner};
use crate::schema::{PropertyType, REFERRAL, find_property};

/// Deep enough for real queries, shallow enough for a thread's stack.
const MAX_DEPTH: usize = 50;

/// Parses a whole `$filter`; returns the names of the row's properties it uses, too.
///
/// # Errors
/// When the text is not OData, or a property or type is not in the schema.
pub(crate) fn parse_filter(text: &str) -> Result<(Expression, Vec<&'static str>)> {
    let mut parser = Parser::new(text);
    let (expression, kind) = parser.parse_or()?;
    parser.scan.require_end()?;
    parser.require_boolean(kind, "$filter")?;
    Ok((expression, parser.roots))
}

/// Parses a path to a primitive property, as in `$orderby`; returns the text after it, too.
///
/// # Errors
/// When the text is not OData, or the property is not in the schema.
pub(crate) fn parse_sort_path(text: &str) -> Result<(Path, &str)> {
    let mut parser = Parser::new(text);
    let name = parser.take_name()?;
    match parser.parse_path(name)? {
        (Expression::Property(path), kind)
            if !matches!(kind, ExpressionType::Complex | ExpressionType::Collection) =>
        {
            Ok((path, parser.scan.rest()))
        }
        _ => Err(parser.scan.error("this property cannot be sorted by")),
    }
}

struct Parser<'t> {
    scan: Scanner<'t>,
    /// Lambda variables in scope, outermost first.
    variables: Vec<Variable<'t>>,
    /// The row's properties used so far.
    roots: Vec<&'static str>,
    depth: usize,
}

struct Variable<'t> {
    name: &'t str,
    kind: PropertyType,
    used: bool,
}

type Typed = (Expression, ExpressionType);

impl<'t> Parser<'t> {
    fn new(text: &'t str) -> Parser<'t> {
        Parser { scan: Scanner::new(text), variables: Vec::new(), roots: Vec::new(), depth: 0 }
    }

    fn parse_or(&mut self) -> Result<Typed> {
        self.parse_chain("or", Parser::parse_and, Expression::Or)
    }

    fn parse_and(&mut self) -> Result<Typed> {
        self.parse_chain("and", Parser::parse_equality, Expression::And)
    }

    /// Operands joined by `word`: one flat node, so that a long list is not a deep tree.
    fn parse_chain(
        &mut self,
        word: &'static str,
        operand: fn(&mut Self) -> Result<Typed>,
        join: fn(Vec<Expression>) -> Expression,
    ) -> Result<Typed> {
        let (first, kind) = operand(self)?;
        let mut operands = vec![first];
        while self.scan.take_operator(&[word]).is_some() {
            if operands.len() == 1 {
                self.require_boolean(kind, word)?;
            }
            let (next, kind) = operand(self)?;
            self.require_boolean(kind, word)?;
            operands.push(next);
        }
        Ok(match operands.len() {
            1 => (operands.swap_remove(0), kind),
            _ => (join(operands), ExpressionType::Boolean),
        })
    }

    fn parse_equality(&mut self) -> Result<Typed> {
        self.parse_comparisons(&["eq", "ne"], Parser::parse_relation)
    }

    fn parse_relation(&mut self) -> Result<Typed> {
        self.parse_comparisons(&["gt", "ge", "lt", "le"], Parser::parse_not)
    }

    fn parse_comparisons(
        &mut self,
        words: &[&'static str],
        operand: fn(&mut Self) -> Result<Typed>,
    ) -> Result<Typed> {
        let (mut left, mut kind) = operand(self)?;
        let mut compared = false;
        while let Some(comparison) = self.scan.take_operator(words).and_then(Comparison::parse) {
            if compared {
                // Each further comparison nests the tree to the left, so the depth is never given back.
                self.descend()?;
            }
            let (right, other) = operand(self)?;
            self.require_comparable(kind, comparison, other)?;
            left = Expression::Compare(comparison, Box::new(left), Box::new(right));
            (kind, compared) = (ExpressionType::Boolean, true);
        }
        Ok((left, kind))
    }

    fn parse_not(&mut self) -> Result<Typed> {
        let mut ahead = self.scan;
        if ahead.take_identifier() != Some("not") || !ahead.skip_blanks() {
            return self.parse_in();
        }
        self.scan = ahead;
        self.descend()?;
        let (inner, kind) = self.parse_not()?;
        self.depth -= 1;
        self.require_boolean(kind, "not")?;
        Ok((Expression::Not(Box::new(inner)), ExpressionType::Boolean))
    }

    fn parse_in(&mut self) -> Result<Typed> {
        let (left, kind) = self.parse_primary()?;
        if self.scan.take_operator(&["in"]).is_none() {
            return Ok((left, kind));
        }
        let left = Box::new(left);
        if self.scan.eat('(') {
            let list = self.parse_list(kind)?;
            return Ok((Expression::InList(left, list), ExpressionType::Boolean));
        }
        let name = self.take_name()?;
        match self.parse_path(name)? {
            (Expression::Property(path), ExpressionType::Collection) => {
                let PropertyType::Collection(element) = path.kind else {
                    return Err(self.scan.error("expected a collection"));
                };
                self.require_comparable(
                    kind,
                    Comparison::Equal,
                    ExpressionType::of_property(*element),
                )?;
                Ok((Expression::InCollection(left, path), ExpressionType::Boolean))
            }
            _ => Err(self.scan.error("expected a list or a collection")),
        }
    }

    fn parse_list(&mut self, kind: ExpressionType) -> Result<Vec<Primitive<'static>>> {
        let mut list = Vec::new();
        self.scan.skip_blanks();
        if self.scan.eat(')') {
            return Ok(list);
        }
        loop {
            let Some(literal) = self.parse_literal()? else {
                return Err(self.scan.error("expected a literal"));
            };
            self.require_comparable(kind, Comparison::Equal, ExpressionType::of_literal(&literal))?;
            list.push(literal);
            self.scan.skip_blanks();
            if !self.scan.eat(',') {
                self.scan.require(')')?;
                return Ok(list);
            }
            self.scan.skip_blanks();
        }
    }

    fn parse_primary(&mut self) -> Result<Typed> {
        if self.scan.eat('(') {
            self.descend()?;
            self.scan.skip_blanks();
            let inner = self.parse_or()?;
            self.scan.skip_blanks();
            self.scan.require(')')?;
            self.depth -= 1;
            return Ok(inner);
        }
        if let Some(literal) = self.parse_literal()? {
            let kind = ExpressionType::of_literal(&literal);
            return Ok((Expression::Literal(literal), kind));
        }
        let name = self.take_name()?;
        if self.scan.eat('(') {
            return self.parse_call(name);
        }
        self.parse_path(name)
    }

    /// `None` where something else begins.
    fn parse_literal(&mut self) -> Result<Option<Primitive<'static>>> {
        let start = self.scan;
        if let Some(guid) = take_leading_guid(start.rest()) {
            self.scan.skip(guid.len());
            return Ok(Some(Primitive::Guid(guid.to_owned().into())));
        }
        match start.peek() {
            Some('\'') => Ok(Some(Primitive::Text(self.scan.take_string()?.into()))),
            Some(first) if first.is_ascii_digit() || "+-".contains(first) => {
                parse_number_or_time(self.scan.take_number_or_time())
                    .map(Some)
                    .map_err(|message| start.error(&message))
            }
            _ => {
                let mut ahead = start;
                let literal = match ahead.take_identifier() {
                    Some("null") => Primitive::Null,
                    Some("true") => Primitive::Boolean(true),
                    Some("false") => Primitive::Boolean(false),
                    _ => return Ok(None),
                };
                self.scan = ahead;
                Ok(Some(literal))
            }
        }
    }

    fn take_name(&mut self) -> Result<&'t str> {
        let start = self.scan;
        self.scan.take_identifier().ok_or_else(|| start.error("expected an expression"))
    }

    /// After `name(`.
    fn parse_call(&mut self, name: &str) -> Result<Typed> {
        let start = self.scan;
        self.descend()?;
        let (mut arguments, mut kinds) = (Vec::new(), Vec::new());
        self.scan.skip_blanks();
        if !self.scan.eat(')') {
            loop {
                let (argument, kind) = self.parse_or()?;
                arguments.push(argument);
                kinds.push(kind);
                self.scan.skip_blanks();
                if !self.scan.eat(',') {
                    break;
                }
                self.scan.skip_blanks();
            }
            self.scan.require(')')?;
        }
        self.depth -= 1;
        let found = find_signatures(name).find(|(_, _, parameters, _)| {
            parameters.len() == kinds.len()
                && kinds
                    .iter()
                    .zip(*parameters)
                    .all(|(kind, parameter)| kind.is_accepted_by(*parameter))
        });
        match found {
            Some((_, function, _, result)) => Ok((Expression::Call(*function, arguments), *result)),
            None => Err(start.error(&format!("no function '{name}' takes these arguments"))),
        }
    }

    /// After the first name of a path: `customerProfile/address/country`, `team/any(…)`, `team/$count`.
    fn parse_path(&mut self, name: &'t str) -> Result<Typed> {
        let mut path = self.resolve_root(name)?;
        while self.scan.eat('/') {
            let step = self.take_name()?;
            match path.kind {
                PropertyType::Complex(properties) => {
                    let Some((known, kind)) = find_property(properties, step) else {
                        return Err(self.unknown_property(step));
                    };
                    path.steps.push(known);
                    path.kind = *kind;
                }
                PropertyType::Collection(_) if step == "$count" => {
                    return Ok((Expression::Count(path), ExpressionType::Number));
                }
                PropertyType::Collection(element) if self.scan.eat('(') => {
                    return self.parse_lambda(step, path, *element);
                }
                _ => return Err(self.unknown_property(step)),
            }
        }
        let kind = ExpressionType::of_property(path.kind);
        Ok((Expression::Property(path), kind))
    }

    fn resolve_root(&mut self, name: &str) -> Result<Path> {
        let variable = self.variables.iter().position(|known| known.name == name);
        if let Some(index) = variable {
            let variable = &mut self.variables[index];
            variable.used = true;
            return Ok(Path { scope: index + 1, steps: Vec::new(), kind: variable.kind });
        }
        let (known, kind) =
            find_property(REFERRAL, name).ok_or_else(|| self.unknown_property(name))?;
        if !self.roots.contains(known) {
            self.roots.push(known);
        }
        Ok(Path { scope: 0, steps: vec![known], kind: *kind })
    }

    /// After `team/any(` or `team/all(`.
    fn parse_lambda(&mut self, name: &str, path: Path, element: PropertyType) -> Result<Typed> {
        if name != "any" && name != "all" {
            return Err(self.unknown_property(name));
        }
        self.scan.skip_blanks();
        if name == "any" && self.scan.eat(')') {
            return Ok((Expression::Any(path, None), ExpressionType::Boolean));
        }
        let variable = self.take_name()?;
        if variable.starts_with('$') || self.variables.iter().any(|known| known.name == variable) {
            return Err(self.scan.error("expected a new variable"));
        }
        self.scan.skip_blanks();
        self.scan.require(':')?;
        self.scan.skip_blanks();
        self.descend()?;
        self.variables.push(Variable { name: variable, kind: element, used: false });
        let (predicate, kind) = self.parse_or()?;
        self.require_boolean(kind, name)?;
        let used = self.variables.pop().is_some_and(|variable| variable.used);
        self.depth -= 1;
        self.scan.skip_blanks();
        self.scan.require(')')?;
        if !used {
            return Err(self.scan.error("the condition must use its variable"));
        }
        let predicate = Box::new(predicate);
        let expression = match name {
            "any" => Expression::Any(path, Some(predicate)),
            _ => Expression::All(path, predicate),
        };
        Ok((expression, ExpressionType::Boolean))
    }

    fn descend(&mut self) -> Result<()> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(self.scan.error("the expression is nested too deeply"));
        }
        Ok(())
    }

    fn require_comparable(
        &self,
        left: ExpressionType,
        operator: Comparison,
        right: ExpressionType,
    ) -> Result<()> {
        if left.is_comparable(operator, right) {
            return Ok(());
        }
        let (left, right) = (left.name(), right.name());
        let message = format!("{left} and {right} cannot be compared with this operator");
        Err(self.scan.error(&message))
    }

    fn require_boolean(&self, kind: ExpressionType, of: &str) -> Result<()> {
        if kind == ExpressionType::Boolean || (kind == ExpressionType::Null && of != "$filter") {
            return Ok(());
        }
        let message = format!("'{of}' needs Edm.Boolean, not {}", kind.name());
        Err(self.scan.error(&message))
    }

    fn unknown_property(&self, name: &str) -> String {
        let message = format!("could not find a property named '{name}'");
        self.scan.error(&message)
    }
}
