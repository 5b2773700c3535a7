//! Appending expressions and statements to a function under construction.

use std::collections::HashMap;

use naga::{
    Arena, AtomicFunction, BinaryOperator, Block, Expression, GlobalVariable, Handle, Literal, Span, Statement,
    VectorSize,
};

/// Builds a body: expressions go into `Emit` ranges, which end where a literal or a statement comes.
pub(super) struct Emit<'f> {
    expressions: &'f mut Arena<Expression>,
    block: Block,
    pending: Option<usize>,
    words: HashMap<u32, Handle<Expression>>,
    globals: HashMap<Handle<GlobalVariable>, Handle<Expression>>,
}

impl<'f> Emit<'f> {
    pub fn new(expressions: &'f mut Arena<Expression>) -> Self {
        Self {
            expressions,
            block: Block::new(),
            pending: None,
            words: HashMap::new(),
            globals: HashMap::new(),
        }
    }

    pub fn get(&self, handle: Handle<Expression>) -> &Expression {
        &self.expressions[handle]
    }

    /// An expression that is evaluated here.
    pub fn push(&mut self, expression: Expression) -> Handle<Expression> {
        if expression.needs_pre_emit() {
            return self.pre(expression);
        }
        self.pending.get_or_insert(self.expressions.len());
        self.expressions.append(expression, Span::UNDEFINED)
    }

    /// An expression that needs no evaluation, or that a statement evaluates.
    pub fn pre(&mut self, expression: Expression) -> Handle<Expression> {
        self.flush();
        self.expressions.append(expression, Span::UNDEFINED)
    }

    /// A `u32`.
    pub fn word(&mut self, value: u32) -> Handle<Expression> {
        if let Some(known) = self.words.get(&value) {
            return *known;
        }
        let handle = self.pre(Expression::Literal(Literal::U32(value)));
        self.words.insert(value, handle);
        handle
    }

    pub fn global(&mut self, variable: Handle<GlobalVariable>) -> Handle<Expression> {
        if let Some(known) = self.globals.get(&variable) {
            return *known;
        }
        let handle = self.pre(Expression::GlobalVariable(variable));
        self.globals.insert(variable, handle);
        handle
    }

    pub fn binary(
        &mut self,
        op: BinaryOperator,
        left: Handle<Expression>,
        right: Handle<Expression>,
    ) -> Handle<Expression> {
        self.push(Expression::Binary { op, left, right })
    }

    pub fn select(
        &mut self,
        condition: Handle<Expression>,
        accept: Handle<Expression>,
        reject: Handle<Expression>,
    ) -> Handle<Expression> {
        self.push(Expression::Select {
            condition,
            accept,
            reject,
        })
    }

    /// A literal, as often as the vector that it meets is long.
    pub fn splat(&mut self, literal: Literal, size: Option<VectorSize>) -> Handle<Expression> {
        let value = match literal {
            Literal::U32(value) => self.word(value),
            other => self.pre(Expression::Literal(other)),
        };
        match size {
            Some(size) => self.push(Expression::Splat { size, value }),
            None => value,
        }
    }

    pub fn statement(&mut self, statement: Statement) {
        self.flush();
        self.block.push(statement, Span::UNDEFINED);
    }

    pub fn atomic(&mut self, pointer: Handle<Expression>, fun: AtomicFunction, value: Handle<Expression>) {
        self.statement(Statement::Atomic {
            pointer,
            fun,
            value,
            result: None,
        });
    }

    /// Begins a block of its own; what is returned goes back to [`Self::close`].
    pub fn open(&mut self) -> Block {
        self.flush();
        std::mem::take(&mut self.block)
    }

    /// Ends the block that [`Self::open`] began and returns it.
    pub fn close(&mut self, outer: Block) -> Block {
        self.flush();
        std::mem::replace(&mut self.block, outer)
    }

    /// `if condition { inside }`.
    pub fn when(&mut self, condition: Handle<Expression>, inside: impl FnOnce(&mut Self)) {
        let outer = self.open();
        inside(self);
        let accept = self.close(outer);
        self.statement(Statement::If {
            condition,
            accept,
            reject: Block::new(),
        });
    }

    pub fn finish(mut self) -> Block {
        self.flush();
        self.block
    }

    fn flush(&mut self) {
        if let Some(start) = self.pending.take() {
            let range = self.expressions.range_from(start);
            self.block.push(Statement::Emit(range), Span::UNDEFINED);
        }
    }
}
