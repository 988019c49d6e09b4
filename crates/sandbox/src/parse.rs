//! Reads `$filter` by the OASIS grammar of OData 4 and checks its types against the schema.
//! Refuses whatever the grammar does not allow; evaluates nothing.

use crate::expression::{Comparison, Expression, Path, Type, signatures};
use crate::literal::{Cell, leading_guid, number_or_time};
use crate::scan::{Result, Scanner};
use crate::schema::{Kind, REFERRAL, field};

/// Deep enough for any query people write, and shallow enough for a thread's stack.
const DEEPEST: usize = 50;

/// Reads a whole `$filter`, and which of the row's properties it looks at.
///
/// # Errors
/// Says what is not OData, or which property or type is not the schema's.
pub(crate) fn filter(text: &str) -> Result<(Expression, Vec<&'static str>)> {
    let mut parser = Parser::new(text);
    let (expression, kind) = parser.disjunction()?;
    parser.scan.finish()?;
    parser.boolean(kind, "$filter")?;
    Ok((expression, parser.roots))
}

/// Reads one path to a primitive property, as `$orderby` needs it, and what follows it.
///
/// # Errors
/// Says what is not OData, or which property is not the schema's.
pub(crate) fn sort_path(text: &str) -> Result<(Path, &str)> {
    let mut parser = Parser::new(text);
    let name = parser.name()?;
    match parser.path(name)? {
        (Expression::Property(path), kind) if !matches!(kind, Type::Complex | Type::Many) => {
            Ok((path, parser.scan.rest()))
        }
        _ => Err(parser.scan.error("this cannot be sorted by")),
    }
}

struct Parser<'t> {
    scan: Scanner<'t>,
    /// Lambda variables in scope, outermost first, and what their elements are.
    variables: Vec<Variable<'t>>,
    /// The row's properties met so far.
    roots: Vec<&'static str>,
    depth: usize,
}

struct Variable<'t> {
    name: &'t str,
    kind: Kind,
    used: bool,
}

type Typed = (Expression, Type);

impl<'t> Parser<'t> {
    fn new(text: &'t str) -> Parser<'t> {
        Parser { scan: Scanner::new(text), variables: Vec::new(), roots: Vec::new(), depth: 0 }
    }

    fn disjunction(&mut self) -> Result<Typed> {
        self.chain("or", Parser::conjunction, Expression::Or)
    }

    fn conjunction(&mut self) -> Result<Typed> {
        self.chain("and", Parser::equality, Expression::And)
    }

    /// Operands joined by `word`, flat, so that a long list is not a deep tree.
    fn chain(
        &mut self,
        word: &'static str,
        operand: fn(&mut Self) -> Result<Typed>,
        join: fn(Vec<Expression>) -> Expression,
    ) -> Result<Typed> {
        let (first, kind) = operand(self)?;
        let mut operands = vec![first];
        while self.scan.operator(&[word]).is_some() {
            if operands.len() == 1 {
                self.boolean(kind, word)?;
            }
            let (next, kind) = operand(self)?;
            self.boolean(kind, word)?;
            operands.push(next);
        }
        Ok(match operands.len() {
            1 => (operands.swap_remove(0), kind),
            _ => (join(operands), Type::Boolean),
        })
    }

    fn equality(&mut self) -> Result<Typed> {
        self.comparisons(&["eq", "ne"], Parser::relation)
    }

    fn relation(&mut self) -> Result<Typed> {
        self.comparisons(&["gt", "ge", "lt", "le"], Parser::negation)
    }

    fn comparisons(
        &mut self,
        words: &[&'static str],
        operand: fn(&mut Self) -> Result<Typed>,
    ) -> Result<Typed> {
        let (mut left, mut kind) = operand(self)?;
        let mut compared = false;
        while let Some(comparison) = self.scan.operator(words).and_then(Comparison::named) {
            if compared {
                // A further comparison nests to the left and stays for as long as the tree does.
                self.descend()?;
            }
            let (right, other) = operand(self)?;
            self.comparable(kind, comparison, other)?;
            left = Expression::Compare(comparison, Box::new(left), Box::new(right));
            (kind, compared) = (Type::Boolean, true);
        }
        Ok((left, kind))
    }

    fn negation(&mut self) -> Result<Typed> {
        let mut ahead = self.scan;
        if ahead.identifier() != Some("not") || !ahead.blanks() {
            return self.membership();
        }
        self.scan = ahead;
        self.descend()?;
        let (inner, kind) = self.negation()?;
        self.depth -= 1;
        self.boolean(kind, "not")?;
        Ok((Expression::Not(Box::new(inner)), Type::Boolean))
    }

    fn membership(&mut self) -> Result<Typed> {
        let (left, kind) = self.primary()?;
        if self.scan.operator(&["in"]).is_none() {
            return Ok((left, kind));
        }
        let left = Box::new(left);
        if self.scan.eat('(') {
            let list = self.list(kind)?;
            return Ok((Expression::InList(left, list), Type::Boolean));
        }
        let name = self.name()?;
        match self.path(name)? {
            (Expression::Property(path), Type::Many) => {
                let Kind::Many(element) = path.kind else {
                    return Err(self.scan.error("a collection is expected"));
                };
                self.comparable(kind, Comparison::Equal, Type::of(*element))?;
                Ok((Expression::InCollection(left, path), Type::Boolean))
            }
            _ => Err(self.scan.error("a list or a collection is expected")),
        }
    }

    fn list(&mut self, kind: Type) -> Result<Vec<Cell<'static>>> {
        let mut list = Vec::new();
        self.scan.blanks();
        if self.scan.eat(')') {
            return Ok(list);
        }
        loop {
            let Some(literal) = self.literal()? else {
                return Err(self.scan.error("a literal is expected"));
            };
            self.comparable(kind, Comparison::Equal, Type::of_literal(&literal))?;
            list.push(literal);
            self.scan.blanks();
            if !self.scan.eat(',') {
                self.scan.expect(')')?;
                return Ok(list);
            }
            self.scan.blanks();
        }
    }

    fn primary(&mut self) -> Result<Typed> {
        if self.scan.eat('(') {
            self.descend()?;
            self.scan.blanks();
            let inner = self.disjunction()?;
            self.scan.blanks();
            self.scan.expect(')')?;
            self.depth -= 1;
            return Ok(inner);
        }
        if let Some(literal) = self.literal()? {
            let kind = Type::of_literal(&literal);
            return Ok((Expression::Literal(literal), kind));
        }
        let name = self.name()?;
        if self.scan.eat('(') {
            return self.call(name);
        }
        self.path(name)
    }

    /// A literal, unless something else begins here.
    fn literal(&mut self) -> Result<Option<Cell<'static>>> {
        let start = self.scan;
        if let Some(guid) = leading_guid(start.rest()) {
            self.scan.skip(guid.len());
            return Ok(Some(Cell::Guid(guid.to_owned().into())));
        }
        match start.peek() {
            Some('\'') => Ok(Some(Cell::Text(self.scan.string()?.into()))),
            Some(first) if first.is_ascii_digit() || "+-".contains(first) => {
                number_or_time(self.scan.number_word())
                    .map(Some)
                    .map_err(|message| start.error(&message))
            }
            _ => {
                let mut ahead = start;
                let literal = match ahead.identifier() {
                    Some("null") => Cell::Null,
                    Some("true") => Cell::Boolean(true),
                    Some("false") => Cell::Boolean(false),
                    _ => return Ok(None),
                };
                self.scan = ahead;
                Ok(Some(literal))
            }
        }
    }

    fn name(&mut self) -> Result<&'t str> {
        let start = self.scan;
        self.scan.identifier().ok_or_else(|| start.error("an expression is expected"))
    }

    /// After `name(`.
    fn call(&mut self, name: &str) -> Result<Typed> {
        let start = self.scan;
        self.descend()?;
        let (mut arguments, mut kinds) = (Vec::new(), Vec::new());
        self.scan.blanks();
        if !self.scan.eat(')') {
            loop {
                let (argument, kind) = self.disjunction()?;
                arguments.push(argument);
                kinds.push(kind);
                self.scan.blanks();
                if !self.scan.eat(',') {
                    break;
                }
                self.scan.blanks();
            }
            self.scan.expect(')')?;
        }
        self.depth -= 1;
        let found = signatures(name).find(|(_, _, wanted, _)| {
            wanted.len() == kinds.len()
                && kinds.iter().zip(*wanted).all(|(kind, wanted)| kind.fits(*wanted))
        });
        match found {
            Some((_, function, _, result)) => Ok((Expression::Call(*function, arguments), *result)),
            None => Err(start.error(&format!("no function '{name}' takes these arguments"))),
        }
    }

    /// After the first name of a path: `customerProfile/address/country`, `team/any(…)`, `team/$count`.
    fn path(&mut self, name: &'t str) -> Result<Typed> {
        let mut path = self.beginning(name)?;
        while self.scan.eat('/') {
            let step = self.name()?;
            match path.kind {
                Kind::Complex(fields) => {
                    let Some((known, kind)) = field(fields, step) else {
                        return Err(self.unknown(step));
                    };
                    path.steps.push(known);
                    path.kind = *kind;
                }
                Kind::Many(_) if step == "$count" => {
                    return Ok((Expression::Count(path), Type::Number));
                }
                Kind::Many(element) if self.scan.eat('(') => {
                    return self.lambda(step, path, *element);
                }
                _ => return Err(self.unknown(step)),
            }
        }
        let kind = Type::of(path.kind);
        Ok((Expression::Property(path), kind))
    }

    fn beginning(&mut self, name: &str) -> Result<Path> {
        let variable = self.variables.iter().position(|known| known.name == name);
        if let Some(index) = variable {
            let variable = &mut self.variables[index];
            variable.used = true;
            return Ok(Path { scope: index + 1, steps: Vec::new(), kind: variable.kind });
        }
        let (known, kind) = field(REFERRAL, name).ok_or_else(|| self.unknown(name))?;
        if !self.roots.contains(known) {
            self.roots.push(known);
        }
        Ok(Path { scope: 0, steps: vec![known], kind: *kind })
    }

    /// After `team/any(` or `team/all(`.
    fn lambda(&mut self, name: &str, path: Path, element: Kind) -> Result<Typed> {
        if name != "any" && name != "all" {
            return Err(self.unknown(name));
        }
        self.scan.blanks();
        if name == "any" && self.scan.eat(')') {
            return Ok((Expression::Any(path, None), Type::Boolean));
        }
        let variable = self.name()?;
        if variable.starts_with('$') || self.variables.iter().any(|known| known.name == variable) {
            return Err(self.scan.error("a new variable is expected"));
        }
        self.scan.blanks();
        self.scan.expect(':')?;
        self.scan.blanks();
        self.descend()?;
        self.variables.push(Variable { name: variable, kind: element, used: false });
        let (predicate, kind) = self.disjunction()?;
        self.boolean(kind, name)?;
        let used = self.variables.pop().is_some_and(|variable| variable.used);
        self.depth -= 1;
        self.scan.blanks();
        self.scan.expect(')')?;
        if !used {
            return Err(self.scan.error("the condition does not use its variable"));
        }
        let predicate = Box::new(predicate);
        let expression = match name {
            "any" => Expression::Any(path, Some(predicate)),
            _ => Expression::All(path, predicate),
        };
        Ok((expression, Type::Boolean))
    }

    fn descend(&mut self) -> Result<()> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(self.scan.error("the expression is nested too deeply"));
        }
        Ok(())
    }

    fn comparable(&self, left: Type, operator: Comparison, right: Type) -> Result<()> {
        if left.compares(operator, right) {
            return Ok(());
        }
        let (left, right) = (left.name(), right.name());
        let message = format!("{left} and {right} cannot be compared so");
        Err(self.scan.error(&message))
    }

    fn boolean(&self, kind: Type, of: &str) -> Result<()> {
        if kind == Type::Boolean || (kind == Type::Null && of != "$filter") {
            return Ok(());
        }
        let message = format!("'{of}' needs Edm.Boolean, not {}", kind.name());
        Err(self.scan.error(&message))
    }

    fn unknown(&self, name: &str) -> String {
        let message = format!("could not find a property named '{name}'");
        self.scan.error(&message)
    }
}
